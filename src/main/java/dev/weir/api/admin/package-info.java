/** Weir's own API under {@code /api/v1}: what is deployed, what is loaded, what this server is. */
@NullMarked
package dev.weir.api.admin;

import org.jspecify.annotations.NullMarked;
