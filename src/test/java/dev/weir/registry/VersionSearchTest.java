package dev.weir.registry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.failure.ArtifactRejected;
import dev.weir.fixture.Artifacts;
import dev.weir.fixture.Described;
import dev.weir.fixture.MapModelSource;
import dev.weir.inference.VersionRef;
import dev.weir.servable.ModelArtifact;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VersionSearchTest {

    private static final VersionQuery MARCH = new VersionQuery(null, "s3://data/2026-03", null, null, null);

    @TempDir
    Path directory;

    private final MapModelSource source = new MapModelSource();
    private final VersionSearch search = new VersionSearch(new Manifests(source));

    @BeforeEach
    void fill() {
        put("churn", "1", "s3://data/2026-03");
        put("churn", "2", "s3://data/2026-04");
        put("fraud", "1", "s3://data/2026-03");
    }

    private void put(String model, String version, String trainedOn) {
        ModelArtifact bare = Artifacts.in(directory.resolve(model + version))
                .version(model, version)
                .holding(new byte[] {1});
        source.put(new ModelArtifact(
                Described.with(bare.manifest(), Described.trainedOn(trainedOn)), bare.directory(), bare.digest()));
    }

    private VersionSearch.Page find(VersionQuery query) {
        return search.search(source.list(), query, null, 100);
    }

    @Test
    void shouldFindEveryVersionOfTheSameTrainingData() {
        assertThat(find(MARCH).found()).containsOnlyKeys(new VersionRef("churn", "1"), new VersionRef("fraud", "1"));
    }

    @Test
    void shouldFindVersionsOfOneModel() {
        assertThat(find(new VersionQuery("churn", null, null, null, null)).found())
                .hasSize(2);
    }

    @Test
    void shouldFindNothingByWhatNoManifestSays() {
        assertThat(find(new VersionQuery(null, null, null, "run-7", null)).found())
                .isEmpty();
    }

    @Test
    void shouldReadEachManifestOnce() {
        find(MARCH);
        find(new VersionQuery(null, "s3://data/2026-04", null, null, null));

        assertThat(source.reads()).isEqualTo(3);
    }

    @Test
    void shouldForgetWhatIsGone() {
        find(MARCH);
        source.delete(new VersionRef("churn", "1"));
        put("churn", "3", "s3://data/2026-03");
        find(MARCH);

        assertThat(source.reads()).isEqualTo(4);
    }

    @Test
    void shouldSayOfWhichVersionsItIsNotKnown() {
        source.put(new VersionRef("fraud", "2"), () -> {
            throw new ArtifactRejected("manifest: field 'files' is missing");
        });

        assertThat(find(MARCH).unread())
                .containsEntry(new VersionRef("fraud", "2"), "manifest: field 'files' is missing");
    }

    @Test
    void shouldGoOnWhereAPageEnded() {
        VersionSearch.Page first = search.search(source.list(), MARCH, null, 1);
        VersionSearch.Page second = search.search(source.list(), MARCH, first.next(), 1);

        assertThat(first.found()).containsOnlyKeys(new VersionRef("churn", "1"));
        assertThat(second.found()).containsOnlyKeys(new VersionRef("fraud", "1"));
        assertThat(second.next()).isNull();
    }
}
