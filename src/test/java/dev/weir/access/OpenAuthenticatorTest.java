package dev.weir.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.failure.ConfigurationRejected;
import dev.weir.inference.CallerRole;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class OpenAuthenticatorTest {

    private static AccessConfig config(boolean openBeyondLoopback) {
        return new AccessConfig() {
            @Override
            public Mode mode() {
                return Mode.OPEN;
            }

            @Override
            public boolean openBeyondLoopback() {
                return openBeyondLoopback;
            }
        };
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "localhost", "::1", "127.1.2.3"})
    void shouldServeLoopback(String host) {
        assertThatCode(() -> new OpenAuthenticator(config(false), host, host)).doesNotThrowAnyException();
    }

    @ParameterizedTest
    @ValueSource(strings = {"0.0.0.0", "::", "10.0.0.1", "192.0.2.1"})
    void shouldRefuseToServeStrangers(String host) {
        assertThatThrownBy(() -> new OpenAuthenticator(config(false), host, "127.0.0.1"))
                .isInstanceOf(ConfigurationRejected.class)
                .hasMessageStartingWith("quarkus.http.host is " + host)
                .hasMessageContaining("weir.access.open-beyond-loopback=true");
    }

    @ParameterizedTest
    @ValueSource(strings = {"0.0.0.0", "::", "10.0.0.1"})
    void shouldRefuseToTellStrangersWhatIsDeployed(String management) {
        assertThatThrownBy(() -> new OpenAuthenticator(config(false), "127.0.0.1", management))
                .isInstanceOf(ConfigurationRejected.class)
                .hasMessageStartingWith("quarkus.management.host is " + management)
                .hasMessageContaining("weir.access.open-beyond-loopback=true");
    }

    @ParameterizedTest
    @ValueSource(strings = {"0.0.0.0", "10.0.0.1"})
    void shouldServeStrangersWhenToldTo(String host) {
        assertThatCode(() -> new OpenAuthenticator(config(true), host, host)).doesNotThrowAnyException();
    }

    @ParameterizedTest
    @EnumSource
    void shouldLetEverybodyDoEverything(CallerRole role) {
        assertThat(new OpenAuthenticator(config(false), "127.0.0.1", "127.0.0.1")
                        .authenticate(null)
                        .may(role))
                .isTrue();
    }
}
