package dev.weir.predictionlog;

/** What the log consists of. */
public sealed interface LogEntry permits PredictionRecord, GapRecord {}
