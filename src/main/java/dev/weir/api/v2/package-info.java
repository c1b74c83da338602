/** Open Inference Protocol v2 over HTTP, with Triton's binary tensor, statistics and model configuration extensions. */
@NullMarked
package dev.weir.api.v2;

import org.jspecify.annotations.NullMarked;
