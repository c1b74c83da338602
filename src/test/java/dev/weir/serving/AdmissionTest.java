package dev.weir.serving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.weir.deployment.Disclosure;
import dev.weir.failure.FailureCode;
import dev.weir.failure.RequestRejected;
import dev.weir.failure.WeirException;
import dev.weir.fixture.FakeModel;
import dev.weir.inference.Caller;
import dev.weir.inference.CallerRole;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is decided from a request's head. */
class AdmissionTest {

    @TempDir
    Path directory;

    private Harness harness;

    @BeforeEach
    void start() {
        harness = new Harness(directory);
        harness.serve(FakeModel.echo());
    }

    @AfterEach
    void stop() {
        harness.close();
    }

    private Admission admit(String name, @Nullable String version, @Nullable Duration timeout) {
        return harness.predictions.admit(name, version, Harness.CALLER, timeout);
    }

    private WeirException refusal(String name, @Nullable String version, @Nullable Duration timeout) {
        return catchThrowableOfType(WeirException.class, () -> admit(name, version, timeout));
    }

    private Duration patience(Admission admission) {
        return Duration.ofNanos(admission.deadlineNanos() - harness.ticker.nanos());
    }

    @Test
    void shouldPromiseWhatTheDeploymentDoes() {
        Admission admission = admit("flowers", null, null);

        assertThat(admission.promise()).isEqualTo(FakeModel.SIGNATURE);
        assertThat(admission.deployment().name()).isEqualTo("flowers");
        assertThat(admission.version()).isNull();
        assertThat(admission.caller()).isEqualTo(Harness.CALLER);
    }

    @ParameterizedTest
    @EnumSource(names = "PREDICT", mode = EnumSource.Mode.EXCLUDE)
    void shouldForbidACallerWithAnotherRole(CallerRole role) {
        Caller caller = new Caller("other", EnumSet.of(role));

        assertThat(catchThrowableOfType(
                                RequestRejected.class, () -> harness.predictions.admit("flowers", null, caller, null))
                        .code())
                .isEqualTo(FailureCode.FORBIDDEN);
    }

    @Test
    void shouldNotTellAForbiddenCallerWhatIsDeployed() {
        Caller nobody = new Caller("nobody", Set.of());

        assertThat(catchThrowableOfType(
                                RequestRejected.class, () -> harness.predictions.admit("nope", null, nobody, null))
                        .code())
                .isEqualTo(FailureCode.FORBIDDEN);
    }

    @Test
    void shouldRefuseWhatComesDuringAShutdown() {
        harness.state.drain();

        assertThat(refusal("flowers", null, null).code()).isEqualTo(FailureCode.SHUTTING_DOWN);
    }

    @ParameterizedTest
    @ValueSource(strings = {"nope", "", "Flowers", "../flowers", "flowers\n", "a b", "\u0000"})
    void shouldKnowNoOtherName(String name) {
        WeirException refusal = refusal(name, null, null);

        assertThat(refusal.code()).isEqualTo(FailureCode.UNKNOWN_MODEL);
        assertThat(refusal.publicMessage()).isEqualTo("no model of this name is deployed");
    }

    @ParameterizedTest
    @ValueSource(strings = {"1", "2"})
    void shouldAdmitACallerWhoNamesADeployedVersion(String version) {
        assertThat(admit("flowers", version, null).version()).isEqualTo(version);
    }

    @ParameterizedTest
    @ValueSource(strings = {"3", "", "primary", "1 ", "\n"})
    void shouldKnowNoOtherVersion(String version) {
        assertThat(refusal("flowers", version, null).code()).isEqualTo(FailureCode.UNKNOWN_VERSION);
    }

    @ParameterizedTest
    @ValueSource(strings = {"1", "2", "3"})
    void shouldNotConfirmAnyVersionOfAnOpaqueDeployment(String version) {
        harness.serve(harness.deployment(
                Disclosure.OPAQUE, Map.of(Harness.TWO, harness.lane(Harness.TWO, FakeModel.echo()))));

        assertThat(refusal("flowers", version, null).code()).isEqualTo(FailureCode.UNKNOWN_VERSION);
    }

    @Test
    void shouldRefuseAsLongAsNoVersionIsLoaded() {
        harness.serve(harness.deployment(Disclosure.FULL, Map.of()));

        assertThat(refusal("flowers", null, null).code()).isEqualTo(FailureCode.MODEL_NOT_READY);
    }

    @Test
    void shouldTakeTheDeploymentsTimeoutWhenTheCallerNamesNone() {
        assertThat(patience(admit("flowers", null, null))).isEqualTo(Duration.ofSeconds(2));
    }

    @Test
    void shouldTakeTheCallersTimeoutUpToTheLimit() {
        assertThat(patience(admit("flowers", null, Harness.MAX_TIMEOUT))).isEqualTo(Harness.MAX_TIMEOUT);
    }

    @ParameterizedTest
    @ValueSource(longs = {Long.MIN_VALUE, -1, 0, 60_001, Long.MAX_VALUE})
    void shouldRefuseATimeoutOutOfBoundsAndNameTheLimit(long millis) {
        WeirException refusal = refusal("flowers", null, Duration.ofMillis(millis));

        assertThat(refusal).isInstanceOfSatisfying(RequestRejected.class, rejected -> {
            assertThat(rejected.code()).isEqualTo(FailureCode.INVALID_FIELD);
            assertThat(rejected.field()).isEqualTo("Weir-Timeout-Ms");
            assertThat(rejected.limit()).isEqualTo(60_000L);
        });
    }

    @Test
    void shouldShortenADeadline() {
        Admission shortened = harness.predictions.within(admit("flowers", null, null), Duration.ofMillis(5));

        assertThat(patience(shortened)).isEqualTo(Duration.ofMillis(5));
        assertThat(shortened.deployment().name()).isEqualTo("flowers");
    }

    @ParameterizedTest
    @ValueSource(longs = {2, 3, Long.MAX_VALUE})
    void shouldNotExtendADeadline(long seconds) {
        Admission admission = admit("flowers", null, null);

        assertThat(harness.predictions.within(admission, Duration.ofSeconds(seconds)))
                .isSameAs(admission);
    }
}
