package dev.weir.registry;

import java.net.URI;
import java.time.Duration;
import java.util.Optional;

/** A configuration for tests that may not wait long. */
record MlflowSettings(
        Optional<URI> url,
        Optional<String> token,
        Optional<String> username,
        Optional<String> password,
        Duration timeout,
        int pageSize)
        implements MlflowConfig {

    static MlflowSettings of(URI url) {
        return new MlflowSettings(
                Optional.of(url), Optional.empty(), Optional.empty(), Optional.empty(), Duration.ofSeconds(20), 1);
    }

    MlflowSettings within(Duration limit) {
        return new MlflowSettings(url, token, username, password, limit, pageSize);
    }

    MlflowSettings as(String user, String secret) {
        return new MlflowSettings(url, token, Optional.of(user), Optional.of(secret), timeout, pageSize);
    }

    MlflowSettings with(String bearer) {
        return new MlflowSettings(url, Optional.of(bearer), username, password, timeout, pageSize);
    }

    @Override
    public Duration connectTimeout() {
        return Duration.ofSeconds(5);
    }
}
