/**
 * What all HTTP protocols share: one exchange from headers to answer, bounded body collection, and the data plane's
 * paths.
 */
@NullMarked
package dev.weir.api.http;

import org.jspecify.annotations.NullMarked;
