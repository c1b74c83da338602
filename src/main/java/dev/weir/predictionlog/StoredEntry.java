package dev.weir.predictionlog;

/**
 * An entry as it stands in a log.
 *
 * @param replica the replica that wrote it
 * @param position where it stands
 * @param acknowledged false when a caller waited for it to be written and was told that it might not be
 * @param entry what it says
 */
public record StoredEntry(String replica, Position position, boolean acknowledged, LogEntry entry) {}
