package dev.weir.deployment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import dev.weir.deployment.DirectoryState.Content;
import dev.weir.deployment.DirectoryState.Held;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class DeploymentDirectoryTest {

    @TempDir
    Path directory;

    private DirectoryState read() {
        return DeploymentDirectory.read(directory);
    }

    private Map<String, Content> files() {
        return ((Held) read()).files();
    }

    private void write(String name, String text) throws IOException {
        Files.writeString(directory.resolve(name), text);
    }

    @Test
    void shouldPassOverWhatEditorsLeaveForAMoment() throws IOException {
        write("a.yaml", "a");
        for (String name : new String[] {".a.yaml.swp", "a.yaml~", "4913", "#a.yaml#", ".a.yaml.a1b2", "a.yaml.tmp"}) {
            write(name, "half of something");
        }
        Files.createSymbolicLink(directory.resolve(".#a.yaml"), Path.of("ada@host.1234"));

        assertThat(files()).containsOnlyKeys("a.yaml");
    }

    @Test
    void shouldReadAMountedConfigMapLikePlainFiles() throws IOException {
        write("a.yaml", "a");
        write("b.yml", "b");
        Path mount = directory.resolve("mount");
        new MountedFiles(mount).publish(Map.of("a.yaml", "a", "b.yml", "b"));

        assertThat(DeploymentDirectory.read(mount)).isEqualTo(read());
    }

    @Test
    void shouldTakeADirectoryThatIsNotThereForUnreadableAndNotForEmpty() {
        assertThat(DeploymentDirectory.read(directory.resolve("none"))).isInstanceOf(DirectoryState.Unreadable.class);
    }

    @Test
    void shouldTakeAMountWhoseLinkLeadsNowhereForUnreadable() throws IOException {
        Files.createSymbolicLink(directory.resolve("..data"), Path.of("..gone"));

        assertThat(read()).isInstanceOf(DirectoryState.Unreadable.class);
    }

    @Test
    void shouldSayWhatIsWrongWithAFileThatHoldsNoText() throws IOException {
        Files.write(directory.resolve("a.yaml"), new byte[] {(byte) 0xff});
        Files.createSymbolicLink(directory.resolve("b.yaml"), Path.of("gone"));
        Files.createDirectory(directory.resolve("c.yaml"));
        Files.write(directory.resolve("d.yaml"), new byte[(1 << 20) + 1]);

        assertThat(files())
                .containsEntry("a.yaml", new Content.Broken("can't be read as UTF-8 text"))
                .containsEntry("b.yaml", new Content.Broken("this link leads to no file"))
                .containsEntry("c.yaml", new Content.Broken("this is no regular file"))
                .containsEntry("d.yaml", new Content.Broken("the file has more than 1048576 bytes"));
    }

    @Test
    void shouldHaveAnotherDigestWhenAFileIsRenamed() throws IOException {
        write("a.yaml", "a");
        DirectoryState before = read();
        Files.move(directory.resolve("a.yaml"), directory.resolve("b.yaml"));

        assertThat(read())
                .asInstanceOf(type(Held.class))
                .extracting(Held::digest)
                .isNotEqualTo(((Held) before).digest());
    }

    @Test
    @Timeout(60)
    void shouldNeverReadFilesOfTwoConfigMapsTogether() throws Exception {
        MountedFiles mount = new MountedFiles(directory);
        mount.publish(Map.of("a.yaml", "0", "b.yaml", "0", "c.yaml", "0"));
        CountDownLatch enough = new CountDownLatch(1);
        Set<Set<Content>> seen = new HashSet<>();
        try (ExecutorService kubelet = Executors.newSingleThreadExecutor()) {
            Future<?> swaps = kubelet.submit(() -> {
                for (int i = 1; enough.getCount() > 0; i++) {
                    String text = String.valueOf(i % 10);
                    mount.publish(Map.of("a.yaml", text, "b.yaml", text, "c.yaml", text));
                }
            });
            while (seen.size() < 10) {
                if (read() instanceof Held held) {
                    seen.add(new HashSet<>(held.files().values()));
                }
            }
            enough.countDown();
            swaps.get(30, TimeUnit.SECONDS);
        }

        assertThat(seen).allSatisfy(texts -> assertThat(texts).hasSize(1));
    }

    @Test
    void shouldReadTextsAsUtf8() throws IOException {
        Files.write(directory.resolve("a.yaml"), "ä".getBytes(StandardCharsets.UTF_8));

        assertThat(files()).containsEntry("a.yaml", new Content.Text("ä"));
    }
}
