package dev.weir;

import static com.tngtech.archunit.base.DescribedPredicate.alwaysTrue;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackages;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noFields;
import static com.tngtech.archunit.library.GeneralCodingRules.ACCESS_STANDARD_STREAMS;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaPackage;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import jakarta.inject.Inject;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The plan of the house: which room may know which, and what no room may do. */
class ArchitectureTest {

    private static final String HOUSE = "dev.weir";

    /** What every room above may import. */
    private static final Set<String> GROUND = Set.of("failure", "telemetry", "inference");

    private static final Set<String> EDGES = Set.of("api", "health", "console", "cli");

    /** Room by room, bottom-up: what it may import beside the ground. Rooms that do not exist yet stand here too. */
    private static final Map<String, Set<String>> PLAN = plan();

    private static final JavaClasses MAIN = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages(HOUSE);

    private static Map<String, Set<String>> plan() {
        Map<String, Set<String>> plan = new LinkedHashMap<>();
        plan.put("failure", Set.of());
        plan.put("telemetry", Set.of());
        plan.put("keyring", Set.of());
        plan.put("inference", Set.of());
        plan.put("servable", Set.of());
        plan.put("routing", Set.of());
        plan.put("guardrail", Set.of());
        plan.put("access", Set.of("keyring"));
        plan.put("ratelimit", Set.of("access"));
        plan.put("store", Set.of());
        plan.put("audit", Set.of("store"));
        plan.put("profile", Set.of());
        plan.put("registry", Set.of("servable", "profile", "keyring", "store", "audit"));
        plan.put("predictionlog", Set.of("routing", "keyring", "store", "audit"));
        plan.put(
                "deployment",
                Set.of("routing", "guardrail", "registry", "servable", "store", "audit", "predictionlog"));
        plan.put("comparison", Set.of("routing", "store"));
        plan.put(
                "serving",
                Set.of(
                        "deployment",
                        "servable",
                        "routing",
                        "guardrail",
                        "access",
                        "keyring",
                        "ratelimit",
                        "predictionlog"));
        plan.put("format", Set.of("servable"));
        for (String above : List.of("replay", "outcome", "drift", "explain", "experiment")) {
            plan.put(above, below(plan.keySet()));
        }
        Set<String> everything = below(plan.keySet());
        EDGES.forEach(edge -> plan.put(edge, everything));
        return plan;
    }

    private static Set<String> below(Set<String> rooms) {
        Set<String> below = new TreeSet<>(rooms);
        below.remove("format");
        return below;
    }

    private static Set<String> mayImport(String room) {
        return switch (room) {
            case "failure", "telemetry" -> Set.of();
            case "keyring" -> Set.of("failure", "telemetry");
            case "inference" -> Set.of("failure");
            default -> {
                Set<String> all = new TreeSet<>(GROUND);
                all.addAll(PLAN.get(room));
                yield all;
            }
        };
    }

    private static String packages(String room) {
        return HOUSE + "." + room + "..";
    }

    private static DescribedPredicate<JavaClass> in(String room) {
        return resideInAPackage(packages(room));
    }

    private static String room(JavaClass each) {
        String below = each.getPackageName().substring(HOUSE.length());
        return below.isEmpty() ? "" : below.substring(1).replaceFirst("\\..*", "");
    }

    static Stream<Arguments> rooms() {
        return PLAN.keySet().stream().map(room -> arguments(room, String.join(", ", mayImport(room))));
    }

    @Test
    void shouldHaveNoClassOutsideTheRoomsOfThePlan() {
        assertThat(MAIN).extracting(ArchitectureTest::room).isSubsetOf(PLAN.keySet());
    }

    @ParameterizedTest(name = "{0} imports only: {1}")
    @MethodSource("rooms")
    void shouldImportOnlyWhatItsRowNames(String room, String named) {
        String[] allowed = Stream.concat(Stream.of(room), mayImport(room).stream())
                .map(ArchitectureTest::packages)
                .toArray(String[]::new);

        classes()
                .that(in(room))
                .should()
                .onlyDependOnClassesThat(resideOutsideOfPackages(HOUSE + "..").or(resideInAnyPackage(allowed)))
                .as(room + " imports only: " + named)
                .allowEmptyShould(true)
                .check(MAIN);
    }

    @Test
    void shouldHaveNoCyclesBetweenRooms() {
        slices().matching(HOUSE + ".(*)..").should().beFreeOfCycles().check(MAIN);
    }

    @Test
    void shouldKnowNoRuntimeOutsideRoomFormat() {
        noClasses()
                .that(resideOutsideOfPackages(packages("format")))
                .should()
                .dependOnClassesThat(resideInAnyPackage("ai.onnxruntime..", "ai.djl.."))
                .check(MAIN);
    }

    @Test
    void shouldLeaveFormatsToBeFoundByNobodyButTheContainer() {
        noClasses()
                .that(resideOutsideOfPackages(packages("format")))
                .should()
                .dependOnClassesThat(in("format"))
                .check(MAIN);
    }

    @Test
    void shouldBuildFailuresOfNothingButTheJdk() {
        classes()
                .that(in("failure"))
                .should()
                .onlyDependOnClassesThat(resideInAnyPackage("java..", "org.jspecify..", packages("failure")))
                .check(MAIN);
    }

    @Test
    void shouldBuildTelemetryOfTheJdkMicrometerAndThePlatformsLoggerAndConfiguration() {
        classes()
                .that(in("telemetry"))
                .should()
                .onlyDependOnClassesThat(resideInAnyPackage(
                        "java..",
                        "org.jspecify..",
                        "io.micrometer.core.instrument..",
                        "org.jboss.logmanager..",
                        "io.smallrye.config..",
                        "org.eclipse.microprofile.config..",
                        packages("telemetry")))
                .check(MAIN);
    }

    @Test
    void shouldDecideRoutesWithoutClocksFilesAndContainers() {
        noClasses()
                .that(resideInAnyPackage(packages("routing"), packages("guardrail")))
                .should()
                .dependOnClassesThat(resideInAnyPackage(
                        "java.io..", "java.nio.file..", "java.nio.channels..", "java.time..", "jakarta..", "io.."))
                .allowEmptyShould(true)
                .check(MAIN);
    }

    @Test
    void shouldKnowHttpAndGrpcAtTheEdgesOnly() {
        String[] edges = EDGES.stream().map(ArchitectureTest::packages).toArray(String[]::new);
        noClasses()
                .that(resideOutsideOfPackages(edges))
                .should()
                .dependOnClassesThat(
                        resideInAnyPackage("jakarta.ws.rs..", "io.vertx..", "io.grpc..", "io.quarkus.vertx.."))
                .check(MAIN);
    }

    @Test
    void shouldSayOfEveryPackageWhereNullsAre() {
        assertThat(packagesWithClasses()).allSatisfy(each -> assertThat(each.tryGetPackageInfo())
                .as("package-info of %s", each.getName())
                .hasValueSatisfying(info -> assertThat(info.isAnnotatedWith(NullMarked.class))
                        .as("@NullMarked on %s", each.getName())
                        .isTrue()));
    }

    private static List<JavaPackage> packagesWithClasses() {
        return MAIN.stream().map(JavaClass::getPackage).distinct().toList();
    }

    @Test
    void shouldNameNoClassAfterItsLackOfMeaning() {
        noClasses()
                .should()
                .haveNameMatching(".*(Util|Utils|Helper|Impl|Dto|DTO)")
                .check(MAIN);
    }

    @Test
    void shouldHaveNoRoomForLeftovers() {
        noClasses()
                .should()
                .resideInAnyPackage("..util..", "..common..", "..dto..", "..impl..", "..helper..")
                .check(MAIN);
    }

    @Test
    void shouldLogThroughTelemetryOnly() {
        noClasses()
                .that(resideOutsideOfPackages(packages("telemetry"), packages("cli")))
                .should()
                .dependOnClassesThat(resideInAnyPackage(
                        "java.util.logging..", "org.jboss.logging..", "org.slf4j..", "io.quarkus.logging.."))
                .check(MAIN);
    }

    @Test
    void shouldLeaveTheConsoleToTheCommandLine() {
        noClasses()
                .that(resideOutsideOfPackages(packages("telemetry"), packages("cli")))
                .should(ACCESS_STANDARD_STREAMS)
                .check(MAIN);
    }

    @Test
    void shouldInjectThroughConstructors() {
        noFields()
                .should()
                .beAnnotatedWith(Inject.class)
                .orShould()
                .beAnnotatedWith(ConfigProperty.class)
                .check(MAIN);
    }

    @Test
    void shouldKeepMutableStateOutOfStaticFields() {
        fields().that().areStatic().should().beFinal().check(MAIN);
    }

    @Test
    void shouldSeeTheClassesItSpeaksOf() {
        assertThat(MAIN.stream().map(ArchitectureTest::room).distinct())
                .containsAll(Arrays.asList("failure", "inference", "servable", "deployment", "serving", "format"));
        assertThat(MAIN.that(alwaysTrue()).size()).isGreaterThan(80);
    }
}
