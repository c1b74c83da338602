package dev.weir.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.failure.FailureCode;
import dev.weir.failure.RequestRejected;
import dev.weir.inference.VersionRef;
import dev.weir.registry.metadata.Metadata;
import dev.weir.servable.ArtifactDigests;
import dev.weir.servable.ArtifactFile;
import dev.weir.servable.Lineage;
import java.lang.reflect.Proxy;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class NextVersionTest {

    private static final VersionRef REF = new VersionRef("iris", "1");

    private static final ManifestDraft DRAFT = new ManifestDraft(
            "iris",
            "onnx",
            List.of(new ArtifactFile("model.onnx", "0".repeat(64), 1)),
            new ManifestDocument.Signature(null, List.of(), List.of()),
            List.of(),
            null,
            ManifestDocument.EMPTY);

    private static NextVersion next(@Nullable String digest) {
        ModelSource source = (ModelSource) Proxy.newProxyInstance(
                NextVersionTest.class.getClassLoader(),
                new Class<?>[] {ModelSource.class},
                (self, method, arguments) -> switch (method.getName()) {
                    case "list" -> Listing.of(Map.of(REF, ""), Map.of(), Map.of(), Map.of());
                    case "describe" -> described(digest);
                    default -> throw new AssertionError(method + " brings files here");
                });
        return new NextVersion(source, new Manifests(source));
    }

    private static Description described(@Nullable String digest) {
        return new Description(Metadata.ofUnread("onnx", "", 1L, Lineage.UNKNOWN), digest);
    }

    @Test
    void shouldKnowAVersionWithoutFetchingIt() {
        assertThat(next("sha256:1").holds(REF, "sha256:1")).isTrue();
    }

    @Test
    void shouldKnowARepeatedRegistrationAfterManyNewerOnes() {
        Map<VersionRef, String> marks = new HashMap<>();
        for (int i = 1; i <= 300; i++) {
            marks.put(new VersionRef("iris", Integer.toString(i)), "");
        }
        String third = "sha256:" + ArtifactDigests.sha256(DRAFT.write("3"));
        ModelSource source = (ModelSource) Proxy.newProxyInstance(
                NextVersionTest.class.getClassLoader(),
                new Class<?>[] {ModelSource.class},
                (self, method, arguments) -> switch (method.getName()) {
                    case "list" -> Listing.of(marks, Map.of(), Map.of(), Map.of());
                    case "describe" ->
                        described(((VersionRef) arguments[0]).version().equals("3") ? third : "sha256:another");
                    default -> throw new AssertionError(method + " brings files here");
                });

        assertThat(new NextVersion(source, new Manifests(source)).find(DRAFT)).isEqualTo("3");
    }

    @Test
    void shouldNotTakeAVersionWithoutAManifestForTheSame() {
        assertThatThrownBy(() -> next(null).holds(REF, "sha256:1"))
                .isInstanceOfSatisfying(RequestRejected.class, refusal -> assertThat(refusal.code())
                        .isEqualTo(FailureCode.CONFLICT));
    }
}
