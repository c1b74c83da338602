package dev.weir.predictionlog.checkpoint;

import dev.weir.keyring.Keyring;
import dev.weir.predictionlog.Position;
import dev.weir.predictionlog.local.ChainBreak;
import dev.weir.predictionlog.local.ChainHead;
import dev.weir.predictionlog.local.ChainVerifier;
import dev.weir.predictionlog.local.LogOwners;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** Compares logs with themselves and with checkpoints, and says in words what does not fit. Pure, but for what it reads. */
public final class LogVerification {

    private LogVerification() {}

    /**
     * What was found.
     *
     * @param segments segments that were read
     * @param entries entries in them
     * @param deleted segments that retention deleted and the server signed, over which the chain goes on
     * @param checkpoints checkpoints they were compared with
     * @param problems what is not as it was written, one sentence each; empty when all is well
     */
    public record Result(long segments, long entries, long deleted, int checkpoints, List<String> problems) {

        /** Copies the list. */
        public Result {
            problems = List.copyOf(problems);
        }
    }

    /**
     * Verifies the logs of some replicas.
     *
     * @param logs the directory of each
     * @param checkpoints how far logs went, as was signed; of other replicas too, whose logs then count as deleted
     * @param keys checks their signatures and those of deletions; what is not genuine is a problem and proves nothing
     * @throws IOException when a directory can't be read
     */
    public static Result verify(List<Path> logs, List<SignedCheckpoint> checkpoints, Keyring.Verifier keys)
            throws IOException {
        List<String> problems = new ArrayList<>();
        List<ChainHead> heads = new ArrayList<>();
        Set<String> wanted = new TreeSet<>();
        for (SignedCheckpoint each : checkpoints) {
            if (each.isGenuine(keys)) {
                heads.add(new ChainHead(each.replica(), each.position(), each.head()));
                wanted.add(each.replica());
            } else {
                problems.add(
                        "not genuine: the checkpoint of replica " + each.replica() + " at " + place(each.position())
                                + " is not signed by key " + each.signature().keyId());
            }
        }
        long segments = 0;
        long entries = 0;
        long deleted = 0;
        Set<String> found = new HashSet<>();
        for (Path log : logs) {
            ChainVerifier.Report report = ChainVerifier.verify(log, heads, keys);
            segments += report.segments();
            entries += report.entries();
            deleted += report.deleted();
            found.addAll(LogOwners.of(log));
            report.breaks().stream()
                    .filter(each -> each.kind() != ChainBreak.Kind.MISSING_REPLICA)
                    .forEach(each -> problems.add(each.kind().word() + ": " + words(each.kind()) + ", in " + log
                            + " at " + place(each.position())));
        }
        wanted.removeAll(found);
        for (String replica : wanted) {
            problems.add(ChainBreak.Kind.MISSING_REPLICA.word() + ": " + words(ChainBreak.Kind.MISSING_REPLICA) + " "
                    + replica);
        }
        return new Result(segments, entries, deleted, heads.size(), problems);
    }

    private static String place(Position position) {
        return "segment " + position.segment() + ", entry " + position.incarnation() + "/" + position.seq();
    }

    private static String words(ChainBreak.Kind kind) {
        return switch (kind) {
            case EDITED -> "an entry was changed, added or removed";
            case EDITED_PAYLOAD -> "a payload was changed";
            case EDITED_INDEX -> "entries can't be found any more by what they are about";
            case MISSING_BLOCK -> "entries are missing";
            case MISSING_SEGMENT -> "a segment is missing before this one";
            case UNSIGNED_DELETION -> "a deletion is on record that is not signed by a known key, and counts as none";
            case UNREADABLE -> "this can't be read";
            case CUT_TAIL -> "the log ends before what a checkpoint or a deletion saw";
            case OTHER_CHAIN -> "a checkpoint saw another log";
            case MISSING_REPLICA -> "nothing is here of replica";
        };
    }
}
