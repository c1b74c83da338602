package dev.weir.deployment;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.fixture.Artifacts;
import dev.weir.fixture.FakeModel;
import dev.weir.fixture.ManualExecutor;
import dev.weir.fixture.ManualTicker;
import dev.weir.fixture.MapStateStore;
import dev.weir.inference.DataType;
import dev.weir.inference.ModelSignature;
import dev.weir.inference.TensorSpec;
import dev.weir.inference.VersionRef;
import dev.weir.servable.Lane;
import dev.weir.servable.Servable;
import dev.weir.store.StateStore;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is remembered of versions that served. */
class ServedSignaturesTest {

    @TempDir
    Path directory;

    private final MapStateStore store = new MapStateStore();
    private final ServedSignatures served = new ServedSignatures(store);

    private static ModelSignature signature(String input) {
        return new ModelSignature(
                List.of(TensorSpec.of(input, DataType.FP32, -1, 2)),
                List.of(TensorSpec.of("y", DataType.FP32, -1)),
                true);
    }

    private Servable version(int number, ModelSignature signature) {
        return new Servable(
                Artifacts.in(directory.resolve(Integer.toString(number)))
                        .version("m", Integer.toString(number))
                        .promising(signature)
                        .holding(new byte[] {(byte) (number >> 8), (byte) number}),
                FakeModel.echo(),
                () -> {});
    }

    private Servable version(int number) {
        return version(number, signature("x" + number));
    }

    private static ServingSnapshot serving(Servable... servables) {
        ServingState state = new ServingState();
        Map<VersionRef, Lane> lanes = new HashMap<>();
        for (Servable each : servables) {
            lanes.put(each.ref(), new Lane(each, 1, 1, new ManualExecutor(), new ManualTicker()));
        }
        if (servables.length == 0) {
            Snapshots.apply(state);
        } else {
            Snapshots.apply(
                    state,
                    Snapshots.deployment(
                            Snapshots.spec("d", Disclosure.FULL, servables[0].ref()), servables[0].signature(), lanes));
        }
        return state.current();
    }

    private static String digest(Servable servable) {
        return servable.artifact().digest();
    }

    private Servable[] versions(int from, int to) {
        return IntStream.range(from, to).mapToObj(this::version).toArray(Servable[]::new);
    }

    @Test
    void shouldWriteEachOnce() {
        Servable one = version(1);
        served.note(serving(one));
        long revision = store.list("served_signatures").getFirst().revision();

        served.note(serving(one));
        new ServedSignatures(store).note(serving(one));

        assertThat(store.list("served_signatures"))
                .singleElement()
                .extracting(StateStore.Entry::revision)
                .isEqualTo(revision);
    }

    @Test
    void shouldForgetTheOldestBeyondTheMost() {
        Servable[] all = versions(0, ServedSignatures.MOST + 1);
        for (Servable each : all) {
            served.note(serving(each));
        }

        assertThat(store.list("served_signatures")).hasSize(ServedSignatures.MOST);
        assertThat(served.of(digest(all[0]))).isNull();
        assertThat(served.of(digest(all[1])))
                .isEqualTo(all[1].artifact().manifest().signature());
        assertThat(new ServedSignatures(store).of(digest(all[ServedSignatures.MOST])))
                .isEqualTo(all[ServedSignatures.MOST].artifact().manifest().signature());
    }

    @Test
    void shouldCountAVersionFromTheEndOfItsService() {
        Servable old = version(0);
        Servable[] others = versions(1, ServedSignatures.MOST);
        served.note(serving(old));
        for (Servable each : others) {
            served.note(serving(old, each));
        }
        served.note(serving());

        served.note(serving(version(ServedSignatures.MOST)));

        assertThat(served.of(digest(old))).isNotNull();
        assertThat(served.of(digest(others[0]))).isNull();
    }

    @Test
    void shouldNotForgetWhatServesForWhatDidLately() {
        Servable old = version(0);
        served.note(serving(old));
        for (Servable each : versions(1, ServedSignatures.MOST + 10)) {
            served.note(serving(old, each));
        }

        assertThat(served.of(digest(old))).isNotNull();
    }

    @Test
    void shouldNotKeepWhatIsLong() {
        Servable wide = version(1, signature("x".repeat(ServedSignatures.LONGEST)));

        served.note(serving(wide));

        assertThat(store.list("served_signatures")).isEmpty();
    }

    @Test
    void shouldLiveWithDamage() throws Exception {
        Servable one = version(1);
        served.note(serving(one));
        StateStore.Entry entry = store.list("served_signatures").getFirst();
        store.put("served_signatures", entry.key(), digest(one) + "\n{", entry.revision());
        store.put("served_signatures", "7", "nothing of the kind", StateStore.ABSENT);

        ServedSignatures next = new ServedSignatures(store);
        Servable two = version(2);
        next.note(serving(two));

        assertThat(next.of(digest(one))).isNull();
        assertThat(next.of(digest(two))).isNotNull();
    }

    @Test
    void shouldServeThoughNothingCanBeKept() {
        store.breakDown();

        served.note(serving(version(1)));

        assertThat(served.of(digest(version(1)))).isNull();
    }
}
