package dev.weir.predictionlog;

/** Reads the log of this server, as it stands on its disk. */
public interface OwnLogReader extends LogReader {}
