package dev.weir.serving;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.deployment.Disclosure;
import dev.weir.fixture.FakeModel;
import dev.weir.inference.InferenceRequest;
import dev.weir.inference.VariantRole;
import dev.weir.predictionlog.RecordTags;
import dev.weir.routing.Route;
import dev.weir.servable.ComputePool;
import dev.weir.servable.Lane;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** From an admission to its single end. */
class PredictionsTest {

    @TempDir
    Path directory;

    private Harness harness;

    @BeforeEach
    void start() {
        harness = new Harness(directory);
    }

    @AfterEach
    void stop() {
        harness.close();
    }

    private void assertSettledOnceBeforeTheAnswer(Harness.Told told, String result) {
        assertThat(harness.settled(result)).isOne();
        assertThat(harness.settled()).isOne();
        assertThat(told.settledBefore).containsExactly(1.0);
        assertThat(harness.budget.reserved()).isZero();
    }

    private static int uses(Lane lane) {
        return lane.servable().holds() - 1;
    }

    @Test
    void shouldAnswerByThePrimary() {
        Lane primary = harness.serve(FakeModel.echo());

        Harness.Told told = harness.run(harness.admit());
        harness.compute.runAll();

        assertThat(told.ends).containsExactly("OK");
        assertThat(told.prediction.id()).isEqualTo(told.attempt);
        assertThat(told.prediction.route().variant().version()).isEqualTo(Harness.TWO);
        assertThat(told.prediction.route().reason()).isEqualTo(Route.Reason.PRIMARY);
        assertThat(uses(primary)).isZero();
        assertSettledOnceBeforeTheAnswer(told, "ok");
    }

    @Test
    void shouldAnswerByTheVersionThatTheCallerNames() {
        harness.serve(FakeModel.echo());

        Harness.Told told = harness.run(harness.predictions.admit("flowers", "1", Harness.CALLER, null));
        harness.compute.runAll();

        assertThat(told.prediction.route().variant().version()).isEqualTo(Harness.ONE);
        assertThat(told.prediction.route().variant().role()).isEqualTo(VariantRole.STANDBY);
        assertThat(told.prediction.route().reason()).isEqualTo(Route.Reason.PINNED);
    }

    @Test
    void shouldTellTheRouteBeforeTheEnd() {
        harness.serve(FakeModel.echo());

        Harness.Told told = harness.run(harness.admit());

        assertThat(told.ends).isEmpty();
        assertThat(told.attempt).isNotNull();
        assertThat(told.route.variant().version()).isEqualTo(Harness.TWO);
    }

    @Test
    void shouldSettleAModelsFailure() {
        harness.serve(FakeModel.failing(new IllegalStateException("native")));

        Harness.Told told = harness.run(harness.admit());
        harness.compute.runAll();

        assertThat(told.ends).containsExactly("EXECUTION_FAILED");
        assertSettledOnceBeforeTheAnswer(told, "error");
    }

    @Test
    void shouldSettleWhatFindsNoRoom() {
        harness.serve(FakeModel.echo());
        harness.run(harness.admit());
        harness.run(harness.admit());

        Harness.Told told = harness.run(harness.admit());

        assertThat(told.ends).containsExactly("QUEUE_FULL");
        assertThat(harness.settled("rejected")).isOne();
        assertThat(told.settledBefore).containsExactly(1.0);
    }

    @Test
    void shouldSettleACallerWhoLeaves() {
        Lane primary = harness.serve(FakeModel.echo());
        Harness.Told told = harness.new Told();

        harness.predictions
                .predict(harness.admit(), harness.request(), RecordTags.NONE, told)
                .cancel();
        harness.compute.runAll();

        assertThat(told.ends).containsExactly("CANCELLED");
        assertThat(uses(primary)).isZero();
        assertSettledOnceBeforeTheAnswer(told, "cancelled");
    }

    @Test
    void shouldSettleWhatExpiredInTheQueueAndNotComputeIt() {
        FakeModel model = FakeModel.echo();
        harness.serve(model);

        Harness.Told told = harness.run(harness.admit());
        harness.ticker.advance(Duration.ofSeconds(2));
        harness.compute.runAll();

        assertThat(told.ends).containsExactly("DEADLINE_EXCEEDED");
        assertThat(model.runs()).isZero();
        assertSettledOnceBeforeTheAnswer(told, "timeout");
    }

    @Test
    void shouldWakeACallerWhoseTimeIsOverWhileTheModelRuns() {
        Semaphore permits = new Semaphore(0);
        ComputePool pool = new ComputePool(1, 30_000);
        try {
            Lane lane = harness.lane(Harness.TWO, FakeModel.waitingFor(permits), pool);
            harness.serve(harness.deployment(Disclosure.FULL, Map.of(Harness.TWO, lane)));

            Harness.Told told =
                    harness.run(harness.predictions.admit("flowers", null, Harness.CALLER, Duration.ofMillis(20)));
            Awaitility.await().untilAsserted(() -> assertThat(told.ends).containsExactly("DEADLINE_EXCEEDED"));
            permits.release();
            Awaitility.await().untilAsserted(() -> assertThat(uses(lane)).isZero());

            assertThat(told.ends).hasSize(1);
            assertSettledOnceBeforeTheAnswer(told, "timeout");
        } finally {
            permits.release();
            pool.close();
        }
    }

    @Test
    void shouldSettleOnceWhenTheCallerLeavesAsTheAnswerComes() {
        int requests = 2_000;
        ComputePool pool = new ComputePool(1, 30_000);
        List<Harness.Told> all = new ArrayList<>();
        try {
            Lane lane = harness.lane(Harness.TWO, FakeModel.echo(), pool);
            harness.serve(harness.deployment(Disclosure.FULL, Map.of(Harness.TWO, lane)));
            for (int i = 0; i < requests; i++) {
                Harness.Told told = harness.new Told();
                all.add(told);
                harness.predictions
                        .predict(harness.admit(), harness.request(), RecordTags.NONE, told)
                        .cancel();
            }
            Awaitility.await().untilAsserted(() -> assertThat(uses(lane)).isZero());
        } finally {
            pool.close();
        }

        assertThat(all).allSatisfy(told -> assertThat(told.ends).hasSize(1));
        assertThat(harness.settled()).isEqualTo(requests);
        assertThat(harness.budget.reserved()).isZero();
    }

    @Test
    void shouldSettleOnceWhenTheDeadlinePassesAsTheAnswerComes() {
        int requests = 200;
        ComputePool pool = new ComputePool(1, 30_000);
        List<Harness.Told> all = new CopyOnWriteArrayList<>();
        Semaphore permits = new Semaphore(0);
        Deadlines alarm = new Deadlines();
        try {
            Lane lane = harness.lane(Harness.TWO, FakeModel.waitingFor(permits), pool);
            harness.serve(harness.deployment(Disclosure.FULL, Map.of(Harness.TWO, lane)));
            for (int i = 0; i < requests; i++) {
                // The model is let go by an alarm that is due in the same turn of a wheel as the request's own.
                long due = Duration.ofMillis(1).toNanos();
                new Deadlines.Timer().start(alarm, due, permits::release);
                all.add(harness.run(harness.predictions.admit("flowers", null, Harness.CALLER, Duration.ofNanos(due))));
                Harness.Told told = all.getLast();
                Awaitility.await()
                        .pollInterval(Duration.ofMillis(1))
                        .until(() -> told.ends.size() == 1 && uses(lane) == 0);
            }
        } finally {
            alarm.stop();
            pool.close();
        }

        assertThat(all).allSatisfy(told -> assertThat(told.ends).hasSize(1));
        assertThat(harness.settled()).isEqualTo(requests);
        assertThat(harness.settled("ok") + harness.settled("timeout")).isEqualTo(requests);
    }

    @Test
    void shouldTakeTheNextSnapshotWhenAVersionClosesUnderTheRequest() {
        Lane closing = harness.serve(FakeModel.echo());
        Admission admission = harness.admit();
        harness.serve(FakeModel.echo());
        closing.servable().drain();

        Harness.Told told = harness.run(admission);
        harness.compute.runAll();

        assertThat(told.ends).containsExactly("OK");
    }

    @Test
    void shouldLookAgainUntilTheNextSnapshotIsThere() throws InterruptedException {
        harness.serve(FakeModel.echo()).servable().drain();
        Admission admission = harness.admit();
        Harness.Told told = harness.new Told();
        Thread caller = Thread.ofPlatform()
                .start(() -> harness.predictions.predict(admission, harness.request(), RecordTags.NONE, told));

        harness.serve(FakeModel.echo());
        caller.join(Duration.ofSeconds(30));
        harness.compute.runAll();

        assertThat(told.ends).containsExactly("OK");
    }

    @Test
    void shouldGiveUpOnAClosedVersionDuringAShutdown() {
        Lane closing = harness.serve(FakeModel.echo());
        Admission admission = harness.admit();
        harness.state.drain();
        closing.servable().drain();

        Harness.Told told = harness.run(admission);

        assertThat(told.ends).containsExactly("MODEL_NOT_READY");
        assertThat(told.attempt).isNull();
        assertThat(harness.budget.reserved()).isZero();
    }

    @Test
    void shouldServeWhatWasAdmittedBeforeAShutdown() {
        harness.serve(FakeModel.echo());
        Admission admission = harness.admit();
        harness.state.drain();

        Harness.Told told = harness.run(admission);
        harness.compute.runAll();

        assertThat(told.ends).containsExactly("OK");
    }

    @Test
    void shouldRefuseWhenTheDeploymentWentAwaySinceItsAdmission() {
        harness.serve(FakeModel.echo());
        Admission admission = harness.admit();
        harness.serve();

        Harness.Told told = harness.run(admission);

        assertThat(told.ends).containsExactly("UNKNOWN_MODEL");
        assertThat(harness.budget.reserved()).isZero();
        assertThat(harness.settled()).isZero();
    }

    @Test
    void shouldRefuseWhenThePrimaryIsNotLoadedAndOnlyAStandbyIs() {
        harness.serve(
                harness.deployment(Disclosure.FULL, Map.of(Harness.ONE, harness.lane(Harness.ONE, FakeModel.echo()))));

        Harness.Told told = harness.run(harness.admit());

        assertThat(told.ends).containsExactly("MODEL_NOT_READY");
        assertThat(harness.budget.reserved()).isZero();
    }

    @Test
    void shouldIgnoreACallerWhoLeavesAfterARefusal() {
        harness.serve(FakeModel.echo());
        Admission admission = harness.admit();
        harness.serve();
        Harness.Told told = harness.new Told();
        InferenceRequest request = harness.request();

        harness.predictions.predict(admission, request, RecordTags.NONE, told).cancel();

        assertThat(told.ends).hasSize(1);
    }
}
