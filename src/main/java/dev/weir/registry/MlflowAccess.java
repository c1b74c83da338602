package dev.weir.registry;

import dev.weir.failure.ConfigurationRejected;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Where the configured MLflow is, and what to show it. */
final class MlflowAccess {

    private static final String KEY = "weir.registry.mlflow.";

    private MlflowAccess() {}

    /**
     * Returns the server's address.
     *
     * @throws ConfigurationRejected when it is none, or holds a user, a query or a fragment
     */
    static URI url(MlflowConfig config) {
        URI url = config.url().orElseThrow(() -> rejected("url: source mlflow needs the address of a tracking server"));
        boolean isWeb = "http".equals(url.getScheme()) || "https".equals(url.getScheme());
        if (!isWeb || url.getHost() == null) {
            throw rejected("url: must begin with http:// or https:// and name a host");
        }
        if (url.getRawUserInfo() != null || url.getRawQuery() != null || url.getRawFragment() != null) {
            throw rejected("url: must hold neither a user nor parameters; give username and password, or token");
        }
        return url;
    }

    /**
     * Returns the value of the header that identifies Weir, or null for none.
     *
     * @throws ConfigurationRejected when there is half of it
     */
    static @Nullable String authorization(MlflowConfig config) {
        Optional<String> token = config.token();
        if (token.isPresent()) {
            return "Bearer " + token.get();
        }
        if (config.username().isEmpty() && config.password().isEmpty()) {
            return null;
        }
        String user = config.username().orElseThrow(() -> rejected("username: a password is given without it"));
        String password = config.password().orElseThrow(() -> rejected("password: a username is given without it"));
        return "Basic " + Base64.getEncoder().encodeToString((user + ":" + password).getBytes(StandardCharsets.UTF_8));
    }

    private static ConfigurationRejected rejected(String problem) {
        return new ConfigurationRejected(List.of(KEY + problem));
    }
}
