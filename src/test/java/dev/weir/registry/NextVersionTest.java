package dev.weir.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.failure.FailureCode;
import dev.weir.failure.RequestRejected;
import dev.weir.inference.VersionRef;
import dev.weir.registry.metadata.Metadata;
import dev.weir.servable.Lineage;
import java.lang.reflect.Proxy;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class NextVersionTest {

    private static final VersionRef REF = new VersionRef("iris", "1");

    private static NextVersion next(@Nullable String digest) {
        ModelSource source = (ModelSource) Proxy.newProxyInstance(
                NextVersionTest.class.getClassLoader(),
                new Class<?>[] {ModelSource.class},
                (self, method, arguments) -> switch (method.getName()) {
                    case "list" -> Listing.of(Map.of(REF, ""), Map.of(), Map.of(), Map.of());
                    case "describe" -> new Description(Metadata.ofUnread("onnx", "", 1L, Lineage.UNKNOWN), digest);
                    default -> throw new AssertionError(method + " brings files here");
                });
        return new NextVersion(source);
    }

    @Test
    void shouldKnowAVersionWithoutFetchingIt() {
        assertThat(next("sha256:1").holds(REF, "sha256:1")).isTrue();
    }

    @Test
    void shouldNotTakeAVersionWithoutAManifestForTheSame() {
        assertThatThrownBy(() -> next(null).holds(REF, "sha256:1"))
                .isInstanceOfSatisfying(RequestRejected.class, refusal -> assertThat(refusal.code())
                        .isEqualTo(FailureCode.CONFLICT));
    }
}
