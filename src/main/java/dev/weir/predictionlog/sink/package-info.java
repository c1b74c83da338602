/**
 * Forwarding: what the local log holds, told to others in the order of the log.
 *
 * <p>Invariants: each sink has a thread, a position and dead letters of its own, and shares nothing with the others; what
 * a sink refuses is put aside with a reason, and what the log deleted before it was forwarded is marked as a gap; no line,
 * status or dead letter holds anything of a payload.
 *
 * <p>To add a kind of sink: implement {@link dev.weir.predictionlog.LogSink} and {@link
 * dev.weir.predictionlog.sink.SinkProvider} in a package below this one, give it a group of keys in {@link
 * dev.weir.predictionlog.sink.SinkConfig}, and extend the contract test of sinks.
 */
@NullMarked
package dev.weir.predictionlog.sink;

import org.jspecify.annotations.NullMarked;
