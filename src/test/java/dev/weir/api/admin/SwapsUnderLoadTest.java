package dev.weir.api.admin;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.deployment.AliasControl;
import dev.weir.deployment.ServingState;
import dev.weir.inference.VersionRef;
import dev.weir.servable.ServableBoard;
import dev.weir.servable.ServableState;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import jakarta.inject.Inject;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Callers at a fixed rate, while the version that answers them is swapped again and again. */
@QuarkusTest
@TestProfile(RegistryApiTest.OwnRegistry.class)
@Timeout(600)
class SwapsUnderLoadTest {

    private static final int SWAPS = 200;
    private static final String BODY =
            "{\"inputs\":[{\"name\":\"features\",\"datatype\":\"FP32\",\"shape\":[1,30],\"data\":[17.99,10.38,122.8,1001.0,"
                    + "0.1184,0.2776,0.3001,0.1471,0.2419,0.07871,1.095,0.9053,8.589,153.4,0.006399,0.04904,0.05373,"
                    + "0.01587,0.03003,0.006193,25.38,17.33,184.6,2019.0,0.1622,0.6656,0.7119,0.2654,0.4601,0.1189]}]}";

    @Inject
    AliasControl aliases;

    @Inject
    ServingState state;

    @Inject
    ServableBoard board;

    @TestHTTPResource("/v2/models/tumours/infer")
    URI url;

    private final Queue<String> failures = new ConcurrentLinkedQueue<>();
    private final Set<String> versions = new ConcurrentSkipListSet<>();

    /** Which version serves after so many swaps; how many have begun, and how many have ended. */
    private final List<String> serving = new CopyOnWriteArrayList<>();

    private final AtomicInteger begun = new AtomicInteger();

    private final AtomicInteger ended = new AtomicInteger();
    private final AtomicInteger answers = new AtomicInteger();
    private final Queue<CompletableFuture<?>> calls = new ConcurrentLinkedQueue<>();

    @Test
    void shouldAnswerEveryRequestWhileVersionsAreSwapped() throws InterruptedException {
        try (HttpClient client = HttpClient.newBuilder()
                        .version(HttpClient.Version.HTTP_1_1)
                        .build();
                ScheduledExecutorService callers = Executors.newSingleThreadScheduledExecutor()) {
            serving.add(serving().version());
            ScheduledFuture<?> arrivals =
                    callers.scheduleAtFixedRate(() -> calls.add(call(client)), 0, 4, TimeUnit.MILLISECONDS);
            for (int i = 0; i < SWAPS; i++) {
                // Of three versions the one that leaves is closed each time, and loaded again for the next swap but
                // one.
                swap(Integer.toString((i + 1) % 3 + 1));
            }
            arrivals.cancel(false);
            callers.shutdown();
            assertThat(callers.awaitTermination(60, TimeUnit.SECONDS)).isTrue();
            calls.forEach(CompletableFuture::join);
        }

        assertThat(failures).isEmpty();
        assertThat(new TreeSet<>(versions)).containsExactly("1", "2", "3");
        assertThat(answers).hasValue(calls.size()).hasPositiveValue();
    }

    private void swap(String version) {
        serving.add(version);
        int swap = begun.incrementAndGet();
        aliases.set("breast-cancer", "champion", version, "test", "swap " + swap);
        assertThat(serving()).isEqualTo(new VersionRef("breast-cancer", version));
        assertThat(board.get(serving())).isInstanceOf(ServableState.Available.class);
        ended.set(swap);
    }

    private VersionRef serving() {
        return Objects.requireNonNull(
                Objects.requireNonNull(state.current().deployment("tumours")).serving());
    }

    /** Says whether a version served at some time between two swaps. */
    private boolean served(String version, int first, int last) {
        return IntStream.rangeClosed(first, last)
                .anyMatch(swap -> serving.get(swap).equals(version));
    }

    private CompletableFuture<?> call(HttpClient client) {
        int before = ended.get();
        HttpRequest request = HttpRequest.newBuilder(url)
                .POST(HttpRequest.BodyPublishers.ofString(BODY))
                .build();
        return client.sendAsync(request, HttpResponse.BodyHandlers.ofString()).handle((response, failure) -> {
            if (failure != null) {
                failures.add(failure.toString());
            } else if (response.statusCode() != 200) {
                failures.add(response.statusCode() + " " + response.body());
            } else {
                answers.incrementAndGet();
                String version =
                        response.headers().firstValue("Weir-Model-Version").orElse("none");
                versions.add(version);
                if (!served(version, before, begun.get())) {
                    failures.add("version " + version + " answered, which had left or was still to come");
                }
            }
            return null;
        });
    }
}
