/**
 * The {@code weir} command: the server, and small tools that talk to a running one over HTTP.
 *
 * <p>Invariants: only {@code serve} starts a server; results go to standard output, trouble to standard error; exit code
 * 0 is success, 1 is failure, 2 is wrong usage.
 */
@NullMarked
package dev.weir.cli;

import org.jspecify.annotations.NullMarked;
