package dev.weir.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.failure.ConfigurationRejected;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MlflowAccessTest {

    private static final MlflowSettings PLAIN = MlflowSettings.of(URI.create("https://mlflow.example/base"));

    @ParameterizedTest
    @ValueSource(
            strings = {"sqlite:///m.db", "/mlruns", "http://ada:secret@mlflow.example", "http:///x", "http://h/?a=b"})
    void shouldRefuseWhatIsNoAddressOfAServer(String url) {
        assertThatThrownBy(() -> MlflowAccess.url(MlflowSettings.of(URI.create(url))))
                .isInstanceOf(ConfigurationRejected.class)
                .hasMessageContaining("weir.registry.mlflow.url: must ")
                .hasMessageNotContaining("secret");
    }

    @Test
    void shouldRefuseToStartWithoutAnAddress() {
        MlflowSettings nowhere = new MlflowSettings(
                Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), Duration.ofSeconds(1), 1);

        assertThatThrownBy(() -> MlflowAccess.url(nowhere))
                .isInstanceOf(ConfigurationRejected.class)
                .hasMessageContaining("weir.registry.mlflow.url: source mlflow needs the address");
    }

    @Test
    void shouldPreferTheToken() {
        assertThat(MlflowAccess.authorization(PLAIN.as("ada", "pass").with("token")))
                .isEqualTo("Bearer token");
    }

    @Test
    void shouldShowNothingByDefault() {
        assertThat(MlflowAccess.authorization(PLAIN)).isNull();
    }

    @Test
    void shouldRefuseHalfOfAUserAndPassword() {
        MlflowSettings half = new MlflowSettings(
                PLAIN.url(), Optional.empty(), Optional.of("ada"), Optional.empty(), Duration.ofSeconds(1), 1);

        assertThatThrownBy(() -> MlflowAccess.authorization(half)).isInstanceOf(ConfigurationRejected.class);
    }
}
