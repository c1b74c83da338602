/**
 * Holds the documents to the code: tables that the code can write are written by it, links lead somewhere, and the
 * OpenAPI document says what the server does.
 *
 * <p>{@code ./build test -Dtest='dev.weir.docs.*Test' -Dweir.docs.update=true} writes what is generated.
 */
@NullMarked
package dev.weir.docs;

import org.jspecify.annotations.NullMarked;
