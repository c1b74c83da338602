package dev.weir.predictionlog.local;

import dev.weir.predictionlog.Position;

/**
 * The chain of a replica's log up to an entry: who has it can tell later whether anything before was changed or taken away.
 *
 * @param replica whose log it is
 * @param position the last entry that it covers
 * @param head {@code sha256:} and the digest
 */
public record ChainHead(String replica, Position position, String head) {}
