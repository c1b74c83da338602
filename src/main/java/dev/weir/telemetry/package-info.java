/**
 * What Weir tells about itself: every meter's name, unit, help and tags in one file, every log key in another.
 *
 * <p>Invariants: no label takes a value a caller chose freely; log messages are constant and what varies stands in keys
 * of {@link dev.weir.telemetry.LogKey}; tensor contents are never logged.
 */
@NullMarked
package dev.weir.telemetry;

import org.jspecify.annotations.NullMarked;
