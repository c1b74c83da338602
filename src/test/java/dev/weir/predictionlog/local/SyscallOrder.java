package dev.weir.predictionlog.local;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What {@code strace -f -y} saw of the system calls of several threads: which answers left before all that was written until
 * then was synced. A call that another thread's interrupts stands on two lines; a sync counts only once it has returned, and
 * only for writes that had returned when it began.
 */
final class SyscallOrder {

    private static final Pattern BEGUN = Pattern.compile("(\\d+) +(\\w+)\\(\\d+<([^>]*)>(.*)");
    private static final Pattern RESUMED = Pattern.compile("(\\d+) +<\\.\\.\\. (\\w+) resumed>(.*)");
    private static final Pattern SUCCEEDED = Pattern.compile(".*\\) += \\d+.*");
    private static final String UNFINISHED = "<unfinished ...>";

    private final Predicate<String> isRecord;
    private final Predicate<String> isAnswer;
    private final Set<Write> unsynced = new LinkedHashSet<>();

    /** By thread. */
    private final Map<String, Runnable> running = new HashMap<>();

    private final List<String> early = new ArrayList<>();
    private int writes;
    private int syncs;
    private int answers;

    private static final class Write {
        private final String file;
        private boolean returned;

        Write(String file) {
            this.file = file;
        }
    }

    /**
     * What was seen.
     *
     * @param writes writes of records
     * @param syncs syncs of records that returned
     * @param answers answers that were begun
     * @param early the lines of those that were begun too early
     */
    record Seen(int writes, int syncs, int answers, List<String> early) {}

    private SyscallOrder(Predicate<String> isRecord, Predicate<String> isAnswer) {
        this.isRecord = isRecord;
        this.isAnswer = isAnswer;
    }

    /**
     * Reads a trace.
     *
     * @param isRecord knows the files that records are written to
     * @param isAnswer knows the files that answers are written to
     */
    static Seen of(List<String> lines, Predicate<String> isRecord, Predicate<String> isAnswer) {
        SyscallOrder order = new SyscallOrder(isRecord, isAnswer);
        lines.forEach(order::take);
        return new Seen(order.writes, order.syncs, order.answers, List.copyOf(order.early));
    }

    private void take(String line) {
        Matcher begun = BEGUN.matcher(line);
        Matcher resumed = RESUMED.matcher(line);
        if (begun.matches()) {
            Runnable end = begin(begun.group(2), begun.group(3), line);
            if (line.endsWith(UNFINISHED)) {
                running.put(begun.group(1), end);
            } else if (SUCCEEDED.matcher(begun.group(4)).matches()) {
                end.run();
            }
        } else if (resumed.matches()) {
            Runnable end = running.remove(resumed.group(1));
            if (end != null && SUCCEEDED.matcher(resumed.group(3)).matches()) {
                end.run();
            }
        }
    }

    /** Takes note that a call begins, and returns what its return means. */
    private Runnable begin(String call, String file, String line) {
        boolean isSync = call.equals("fsync") || call.equals("fdatasync");
        if (isRecord.test(file) && isSync) {
            List<Write> covered = unsynced.stream()
                    .filter(each -> each.returned && each.file.equals(file))
                    .toList();
            return () -> {
                syncs++;
                covered.forEach(unsynced::remove);
            };
        }
        if (isRecord.test(file)) {
            Write write = new Write(file);
            unsynced.add(write);
            writes++;
            return () -> write.returned = true;
        }
        if (isAnswer.test(file) && !isSync) {
            answers++;
            if (!unsynced.isEmpty()) {
                early.add(line);
            }
        }
        return () -> {};
    }
}
