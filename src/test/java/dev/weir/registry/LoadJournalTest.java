package dev.weir.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.failure.ArtifactRejected;
import dev.weir.fixture.Artifacts;
import dev.weir.inference.VersionRef;
import dev.weir.registry.LoadMark.Standing;
import dev.weir.servable.LoadGuard;
import dev.weir.servable.ModelArtifact;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LoadJournalTest {

    private static final Instant NOW = Instant.parse("2026-01-02T03:04:05Z");

    @TempDir
    Path directory;

    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private Instant now = NOW;
    private int starts;

    /** Starts a process that knows what the former ones left; none of them lives any more. */
    private LoadJournal start() {
        starts++;
        LoadingProcess self = LoadingProcess.current(starts);
        return start(new LoadingProcess(starts, Long.MAX_VALUE - starts, NOW, self.boot()));
    }

    private LoadJournal start(LoadingProcess process) {
        meters.clear();
        return new LoadJournal(directory.resolve("loads"), process, Duration.ofDays(1), () -> now, meters);
    }

    private ModelArtifact artifact(String version, String bytes) {
        return Artifacts.in(directory.resolve(version))
                .version("m", version)
                .holding(bytes.getBytes(StandardCharsets.UTF_8));
    }

    private ModelArtifact artifact(String version) {
        return artifact(version, "bytes");
    }

    private static VersionRef ref(String version) {
        return new VersionRef("m", version);
    }

    /** Lets a process die while these versions load. */
    private void dieLoading(String... versions) {
        LoadJournal journal = start();
        for (String version : versions) {
            journal.admit(artifact(version));
        }
    }

    private long files() throws IOException {
        try (Stream<Path> all = Files.list(directory.resolve("loads"))) {
            return all.count();
        }
    }

    @Test
    void shouldQuarantineTheOneVersionThatWasLoadedWhenTheProcessDied() {
        dieLoading("1");

        LoadJournal journal = start();

        assertThatThrownBy(() -> journal.admit(artifact("1")))
                .isInstanceOf(ArtifactRejected.class)
                .hasMessage("quarantined: the server died while this version was loaded, as was found at"
                        + " 2026-01-02T03:04:05Z; it is tried again with other files, when an operator asks for a retry,"
                        + " or at a start after 2026-01-03T03:04:05Z");
        assertThat(meters.get("weir.models.quarantined").gauge().value()).isOne();
    }

    @Test
    void shouldKeepTheQuarantineThroughFurtherStarts() {
        dieLoading("1");
        start();
        start();

        LoadJournal journal = start();

        assertThatThrownBy(() -> journal.admit(artifact("1"))).isInstanceOf(ArtifactRejected.class);
    }

    @Test
    void shouldLetOtherVersionsIn() {
        dieLoading("1");

        LoadJournal journal = start();

        assertThatCode(() -> journal.admit(artifact("2"))).doesNotThrowAnyException();
    }

    @Test
    void shouldLetOtherBytesIn() throws IOException {
        dieLoading("1");

        start().admit(artifact("1", "other bytes")).loaded();

        assertThat(files()).isZero();
        assertThat(meters.get("weir.models.quarantined").gauge().value()).isZero();
    }

    @Test
    void shouldTryAgainAloneWhenAskedTo() {
        dieLoading("1");
        LoadJournal journal = start();

        journal.forgive(ref("1"));

        assertThat(journal.isSuspect(ref("1"))).isTrue();
        assertThatCode(() -> journal.admit(artifact("1"))).doesNotThrowAnyException();
    }

    @Test
    void shouldQuarantineAgainWhatKillsAgain() {
        dieLoading("1");
        LoadJournal second = start();
        second.forgive(ref("1"));
        second.admit(artifact("1"));

        LoadJournal third = start();

        assertThatThrownBy(() -> third.admit(artifact("1"))).isInstanceOf(ArtifactRejected.class);
    }

    @Test
    void shouldSuspectAllThatWereLoadedTogether() {
        dieLoading("1", "2");

        LoadJournal journal = start();

        assertThat(journal.isSuspect(ref("1"))).isTrue();
        assertThat(journal.isSuspect(ref("2"))).isTrue();
        assertThat(meters.get("weir.models.quarantined").gauge().value()).isZero();
    }

    @Test
    void shouldQuarantineTheSuspectThatKillsAlone() {
        dieLoading("1", "2");
        LoadJournal second = start();
        second.admit(artifact("1")).loaded();
        second.admit(artifact("2"));

        LoadJournal third = start();

        assertThat(third.isSuspect(ref("1"))).isFalse();
        assertThatThrownBy(() -> third.admit(artifact("2"))).isInstanceOf(ArtifactRejected.class);
    }

    @Test
    void shouldNotBlameTheSecondSuspectWhenTheProcessDiesAmongTheMarks() throws IOException {
        dieLoading("1", "2");
        LoadMark first = marks().stream()
                .filter(mark -> mark.version().equals("1"))
                .findFirst()
                .orElseThrow();
        Files.delete(directory.resolve("loads").resolve(first.fileName()));
        write(first.as(Standing.SUSPECT, NOW));

        LoadJournal journal = start();

        assertThat(journal.isSuspect(ref("2"))).isTrue();
    }

    private List<LoadMark> marks() {
        return new LoadMarks(directory.resolve("loads")).read();
    }

    private void write(LoadMark mark) {
        new LoadMarks(directory.resolve("loads")).write(mark);
    }

    @Test
    void shouldKeepTheMarkOfALoadWhenAnotherOfTheSameVersionIsOver() throws IOException {
        LoadJournal journal = start();
        LoadGuard.Permit describe = journal.admit(artifact("1"));
        journal.admit(artifact("1"));

        describe.gone();

        assertThat(files()).isOne();
    }

    @Test
    void shouldQuarantineWhatWasLoadedTwiceAtATimeWhenTheProcessDied() {
        dieLoading("1", "1");

        LoadJournal journal = start();

        assertThatThrownBy(() -> journal.admit(artifact("1"))).isInstanceOf(ArtifactRejected.class);
        assertThat(marks()).extracting(LoadMark::standing).containsExactly(Standing.QUARANTINED);
    }

    @Test
    void shouldSuspectWhatHadOtherBytesUnderTheSameName() {
        LoadJournal first = start();
        first.admit(artifact("1", "bytes of one"));
        first.admit(artifact("1", "bytes of another"));

        LoadJournal journal = start();

        assertThat(journal.isSuspect(ref("1"))).isTrue();
        assertThat(marks()).extracting(LoadMark::standing).containsExactly(Standing.SUSPECT);
    }

    @Test
    void shouldNotEndAQuarantineBecauseOtherBytesAreReadUnderTheName() {
        dieLoading("1");
        LoadJournal journal = start();

        journal.admit(artifact("1", "a description of it")).gone();

        assertThatThrownBy(() -> journal.admit(artifact("1"))).isInstanceOf(ArtifactRejected.class);
        assertThat(marks()).extracting(LoadMark::standing).containsExactly(Standing.QUARANTINED);
    }

    @Test
    void shouldKeepAQuarantineWhenOtherBytesOfTheNameAreSuspected() {
        dieLoading("1");
        LoadJournal second = start();
        second.admit(artifact("1", "other bytes"));
        second.admit(artifact("2"));
        start();

        LoadJournal journal = start();

        assertThatThrownBy(() -> journal.admit(artifact("1"))).isInstanceOf(ArtifactRejected.class);
    }

    @Test
    void shouldReadAMarkAsFormerReleasesWroteIt() throws IOException {
        ModelArtifact artifact = artifact("1");
        byte[] old = """
                {"model": "m", "version": "1", "digest": "%s", "standing": "LOADING",
                 "process": {"incarnation": 1, "pid": 9223372036854775807, "started": "2026-01-02T03:04:05Z",
                   "boot": "%s"},
                 "at": "2026-01-02T03:04:05Z"}
                """.formatted(artifact.digest(), LoadingProcess.current(1).boot())
                .getBytes(StandardCharsets.UTF_8);
        Files.createDirectories(directory.resolve("loads"));
        Files.write(directory.resolve("loads").resolve(LoadMark.of(old).fileName()), old);

        LoadJournal journal = start();

        assertThatThrownBy(() -> journal.admit(artifact)).isInstanceOf(ArtifactRejected.class);
    }

    @Test
    void shouldTryALongQuarantinedVersionOnceMoreAtAStart() {
        dieLoading("1");
        start();
        now = NOW.plus(Duration.ofDays(1));

        LoadJournal journal = start();

        assertThat(journal.isSuspect(ref("1"))).isTrue();
    }

    @Test
    void shouldLeaveNoMarkOfALoadThatEnded() throws IOException {
        LoadJournal journal = start();
        journal.admit(artifact("1")).loaded();
        journal.admit(artifact("2")).gone();

        assertThat(files()).isZero();
    }

    @Test
    void shouldMarkALoadOnDiskBeforeItBegins() throws IOException {
        start().admit(artifact("1"));

        assertThat(files()).isOne();
    }

    @Test
    void shouldBlameNobodyForAStop() throws IOException {
        LoadJournal journal = start();
        LoadGuard.Permit permit = journal.admit(artifact("1"));
        journal.end();
        journal.admit(artifact("2"));
        permit.gone();

        assertThat(files()).isZero();
    }

    @Test
    void shouldBlameNobodyForTheMachinesEnd() throws IOException {
        start(new LoadingProcess(1, Long.MAX_VALUE, NOW, "another boot")).admit(artifact("1"));

        LoadJournal journal = start();

        assertThat(files()).isZero();
        assertThat(journal.isSuspect(ref("1"))).isFalse();
    }

    @Test
    void shouldLeaveTheMarksOfAProcessThatLives() throws Exception {
        Process other = new ProcessBuilder("sleep", "60").start();
        try {
            LoadingProcess self = LoadingProcess.current(1);
            start(new LoadingProcess(1, other.pid(), other.info().startInstant().orElse(null), self.boot()))
                    .admit(artifact("1"));

            LoadJournal journal = start();

            assertThat(journal.isSuspect(ref("1"))).isFalse();
            assertThatCode(() -> journal.admit(artifact("1"))).doesNotThrowAnyException();
        } finally {
            other.destroyForcibly();
        }
    }

    @Test
    void shouldNotBeKeptUpByAMarkThatCannotBeRead() throws IOException {
        Files.createDirectories(directory.resolve("loads"));
        Files.writeString(directory.resolve("loads/x.json"), "{\"model\": ");
        Files.writeString(directory.resolve("loads/y.json"), "{}");

        start();

        assertThat(files()).isZero();
    }

    @Test
    void shouldLoadWithoutAMarkWhereNoneCanBeWritten() throws IOException {
        Files.writeString(directory.resolve("loads"), "a file is in the way");

        LoadJournal journal = start();

        assertThatCode(() -> journal.admit(artifact("1")).gone()).doesNotThrowAnyException();
    }
}
