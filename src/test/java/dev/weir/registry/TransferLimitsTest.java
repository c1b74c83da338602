package dev.weir.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.failure.ArtifactRejected;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class TransferLimitsTest {

    private final TransferLimits limits = new TransferLimits(3, 10, 15);

    private static Map<String, @Nullable Long> sizes(@Nullable Long... sizes) {
        Map<String, @Nullable Long> files = new HashMap<>();
        for (int i = 0; i < sizes.length; i++) {
            files.put("file" + i, sizes[i]);
        }
        return files;
    }

    @Test
    void shouldTakeAsMuchAsMayBe() {
        assertThatCode(() -> limits.begin(sizes(10L, 5L, null))).doesNotThrowAnyException();
    }

    @Test
    void shouldRefuseTooManyFiles() {
        assertThatThrownBy(() -> limits.begin(sizes(1L, 1L, 1L, 1L)))
                .isInstanceOf(ArtifactRejected.class)
                .hasMessage("the version has 4 files, but may have 3 (weir.load.max-files)");
    }

    @Test
    void shouldRefuseAFileThatIsSaidToBeTooLarge() {
        assertThatThrownBy(() -> limits.begin(sizes(Long.MAX_VALUE)))
                .isInstanceOf(ArtifactRejected.class)
                .hasMessage("file 'file0' has more than 10 bytes (weir.load.max-file-bytes)");
    }

    @Test
    void shouldRefuseFilesThatAreSaidToBeTooLargeTogether() {
        assertThatThrownBy(() -> limits.begin(sizes(8L, 8L)))
                .isInstanceOf(ArtifactRejected.class)
                .hasMessage("the version's files have more than 15 bytes (weir.load.max-bytes)");
    }

    @Test
    void shouldNotOverflowWhereSizesAreHuge() {
        TransferLimits endless = new TransferLimits(3, Long.MAX_VALUE, Long.MAX_VALUE);

        assertThatThrownBy(() -> endless.begin(sizes(Long.MAX_VALUE, 1L))).isInstanceOf(ArtifactRejected.class);
    }

    @Test
    void shouldStopAFileOfUnknownSizeAtItsLimit() throws IOException {
        InputStream in = limits.begin(sizes((Long) null)).over("file0", new ByteArrayInputStream(new byte[11]));
        assertThat(in.readNBytes(10)).hasSize(10);

        assertThatThrownBy(in::read)
                .isInstanceOf(ArtifactRejected.class)
                .hasMessage("file 'file0' has more than 10 bytes (weir.load.max-file-bytes)");
    }

    @Test
    void shouldStopFilesOfUnknownSizeAtTheLimitOfAll() throws IOException {
        TransferLimits.Transfer transfer = limits.begin(sizes(null, null));
        transfer.over("file0", new ByteArrayInputStream(new byte[9])).readAllBytes();
        InputStream second = transfer.over("file1", new ByteArrayInputStream(new byte[7]));

        assertThatThrownBy(second::readAllBytes)
                .isInstanceOf(ArtifactRejected.class)
                .hasMessage("the version's files have more than 15 bytes (weir.load.max-bytes)");
    }

    @Test
    void shouldKnowNoSumWhereASizeIsMissingOrWrong() {
        assertThat(TransferLimits.sum(List.of(1L, 2L))).isEqualTo(3);
        assertThat(TransferLimits.sum(Arrays.asList(1L, null))).isNull();
        assertThat(TransferLimits.sum(List.of(-1L))).isNull();
        assertThat(TransferLimits.sum(List.of(Long.MAX_VALUE, 1L))).isNull();
    }
}
