package dev.weir.access;

import dev.weir.failure.ConfigurationRejected;
import dev.weir.inference.Caller;
import dev.weir.inference.CallerRole;
import io.quarkus.runtime.Startup;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.jspecify.annotations.Nullable;

/** The open mode: everybody is one anonymous caller with every role. Refuses to start where strangers could reach it. */
@Singleton
@Startup
public class OpenAuthenticator implements Authenticator {

    private static final Caller ANYBODY = new Caller("anonymous", EnumSet.allOf(CallerRole.class));

    /**
     * Checks where the server listens. Probes and metrics are checked like the rest: they tell strangers what is
     * deployed and how much it is used.
     *
     * @throws ConfigurationRejected when it is not loopback and the configuration does not allow it
     */
    @Inject
    public OpenAuthenticator(
            AccessConfig config,
            @ConfigProperty(name = "quarkus.http.host") String host,
            @ConfigProperty(name = "quarkus.management.host") String management) {
        if (config.openBeyondLoopback()) {
            return;
        }
        List<String> problems = new ArrayList<>();
        requireLoopback("quarkus.http.host", host, problems);
        requireLoopback("quarkus.management.host", management, problems);
        if (!problems.isEmpty()) {
            throw new ConfigurationRejected(problems);
        }
    }

    private static void requireLoopback(String key, String host, List<String> problems) {
        if (!isLoopback(host)) {
            problems.add(key + " is " + host
                    + ", but weir.access.mode=open serves loopback only; set weir.access.open-beyond-loopback=true"
                    + " to let anyone who reaches the server use it");
        }
    }

    private static boolean isLoopback(String host) {
        try {
            return InetAddress.getByName(host).isLoopbackAddress();
        } catch (UnknownHostException e) {
            return false;
        }
    }

    @Override
    public Caller authenticate(@Nullable String authorization) {
        return ANYBODY;
    }
}
