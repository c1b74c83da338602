package dev.weir.predictionlog.local;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/** The test of the test: what it must not take for a sync. */
class SyscallOrderTest {

    private static final String WRITE = "11 pwrite64(5</d/s.db-wal>, \"\"..., 32, 0) = 32";
    private static final String ANSWER = "12 write(9</d/acks>, \"\"..., 9) = 9";

    private static SyscallOrder.Seen see(String... lines) {
        return SyscallOrder.of(List.of(lines), file -> file.endsWith("-wal"), file -> file.endsWith("/acks"));
    }

    @Test
    void shouldFindNothingWrongWhenASyncReturnedBeforeTheAnswer() {
        assertThat(see(WRITE, "11 fdatasync(5</d/s.db-wal>) = 0", ANSWER))
                .isEqualTo(new SyscallOrder.Seen(1, 1, 1, List.of()));
        assertThat(see(
                        "11 pwrite64(5</d/s.db-wal>, \"\"..., 32, 0 <unfinished ...>",
                        "13 write(3</d/other>, \"\"..., 1) = 1",
                        "11 <... pwrite64 resumed>) = 32",
                        "11 fsync(5</d/s.db-wal> <unfinished ...>",
                        "11 <... fsync resumed>) = 0",
                        ANSWER))
                .isEqualTo(new SyscallOrder.Seen(1, 1, 1, List.of()));
    }

    @Test
    void shouldFindAnAnswerWithoutASync() {
        assertThat(see(WRITE, ANSWER).early()).containsExactly(ANSWER);
        assertThat(see(WRITE, "11 fsync(6</d/other.db-wal>) = 0", ANSWER).early())
                .containsExactly(ANSWER);
    }

    @Test
    void shouldFindAnAnswerWhileTheSyncStillRuns() {
        assertThat(see(WRITE, "11 fsync(5</d/s.db-wal> <unfinished ...>", ANSWER, "11 <... fsync resumed>) = 0")
                        .early())
                .containsExactly(ANSWER);
    }

    @Test
    void shouldFindAnAnswerAfterASyncThatFailed() {
        assertThat(see(WRITE, "11 fsync(5</d/s.db-wal>) = -1 EIO (Input/output error)", ANSWER)
                        .early())
                .containsExactly(ANSWER);
    }

    @Test
    void shouldNotTakeASyncForOneOfWhatIsWrittenMeanwhile() {
        assertThat(see("13 fsync(5</d/s.db-wal> <unfinished ...>", WRITE, "13 <... fsync resumed>) = 0", ANSWER)
                        .early())
                .containsExactly(ANSWER);
    }
}
