package dev.weir.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.keyring.Keyring;
import dev.weir.predictionlog.Position;
import dev.weir.predictionlog.checkpoint.CheckpointFile;
import dev.weir.predictionlog.checkpoint.SignedCheckpoint;
import dev.weir.predictionlog.local.ChainHead;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** The commands that need no server; what they find is told elsewhere. */
class LogCommandTest {

    @TempDir
    Path directory;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int run(Object command, String... arguments) {
        return new CommandLine(command)
                .setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(err, true))
                .execute(arguments);
    }

    private int verify() {
        return run(
                new LogCommand(),
                "verify",
                "--directory",
                directory.toString(),
                "--keys",
                directory.resolve("keys").toString());
    }

    @Test
    void acceptsALogWithoutAnything() {
        new Keyring(directory.resolve("keys"), true);

        assertThat(verify()).as(err.toString()).isZero();
        assertThat(out.toString())
                .contains("all is as it was written", "without checkpoints", "0 segments deleted by retention");
    }

    @Test
    void endsWithOneWhenACheckpointSawALogThatIsNotThere() throws IOException {
        Keyring keyring = new Keyring(directory.resolve("keys"), true);
        ChainHead head = new ChainHead("replica-a", new Position(1, 1, 7), "sha256:7");
        Files.writeString(
                directory.resolve(CheckpointFile.NAME),
                SignedCheckpoint.of(head, Instant.EPOCH, keyring).toLine() + "\n");

        assertThat(verify()).isEqualTo(1);
        assertThat(out.toString()).contains("missing_replica", "replica-a");
    }

    @Test
    void takesTheCheckpointsOfADirectoryOfFiles() throws IOException {
        Keyring keyring = new Keyring(directory.resolve("keys"), true);
        Path files = Files.createDirectories(directory.resolve("kept/_checkpoints/replica-a"));
        for (int seq : new int[] {7, 8}) {
            ChainHead head = new ChainHead("replica-a", new Position(1, 1, seq), "sha256:" + seq);
            Files.writeString(
                    files.resolve(seq + ".json"),
                    SignedCheckpoint.of(head, Instant.EPOCH, keyring).toLine() + "\n");
        }
        Files.writeString(files.resolve("9.json.new"), "half of o");

        int code = run(
                new LogCommand(),
                "verify",
                "--directory",
                directory.toString(),
                "--checkpoints",
                directory.resolve("kept").toString(),
                "--keys",
                directory.resolve("keys").toString());

        assertThat(code).isEqualTo(1);
        assertThat(out.toString()).contains("2 checkpoints", "missing_replica").doesNotContain("unreadable");
    }

    @Test
    void endsWithOneWhenTheFileOfCheckpointsIsDamaged() throws IOException {
        new Keyring(directory.resolve("keys"), true);
        Files.writeString(directory.resolve(CheckpointFile.NAME), "hello\n");

        assertThat(verify()).isEqualTo(1);
        assertThat(out.toString()).contains("no checkpoints");
    }

    @Test
    void endsWithOneWhenThereIsNoSuchDirectory() {
        assertThat(run(new LogCommand(), "verify", "--directory", "none/at/all"))
                .isEqualTo(1);
        assertThat(err.toString()).contains("none/at/all");
    }

    @Test
    void makesTheNextVersionOfAKey() {
        String keys = directory.resolve("keys").toString();

        assertThat(run(new KeyCommand(), "rotate", "hmac", "--directory", keys)).isZero();
        assertThat(run(new KeyCommand(), "rotate", "hmac", "--directory", keys)).isZero();

        assertThat(out.toString()).contains("hmac key k2");
        assertThat(directory.resolve("keys/hmac-k2.key")).exists();
    }

    @Test
    void knowsNoOtherKindOfKey() {
        assertThat(run(new KeyCommand(), "rotate", "house")).isEqualTo(2);
    }
}
