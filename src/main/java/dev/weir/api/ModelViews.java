package dev.weir.api;

import dev.weir.deployment.Deployment;
import dev.weir.deployment.Disclosure;
import dev.weir.deployment.ServingState;
import dev.weir.failure.FailureCode;
import dev.weir.failure.PredictionFailed;
import dev.weir.failure.RequestRejected;
import dev.weir.inference.DataType;
import dev.weir.inference.ModelSignature;
import dev.weir.inference.Names;
import dev.weir.inference.TensorSpec;
import dev.weir.routing.Route;
import dev.weir.routing.Variant;
import dev.weir.servable.Lane;
import dev.weir.servable.Servable;
import dev.weir.servable.ServableStatistics;
import dev.weir.serving.Predictions;
import dev.weir.telemetry.WeirVersion;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The protocol-neutral answers to questions about server and models; REST and gRPC only spell them. Tells no more than
 * a deployment discloses: an opaque one has no versions to a caller, named or asked for.
 */
@Singleton
public class ModelViews {

    /** The extensions of the Open Inference Protocol this server has. */
    public static final List<String> EXTENSIONS =
            List.of("binary_tensor_data", "statistics", "model_configuration", "model_repository");

    private final ServingState state;
    private final Predictions predictions;

    /** Answers from the snapshot that serves. */
    @Inject
    public ModelViews(ServingState state, Predictions predictions) {
        this.state = state;
        this.predictions = predictions;
    }

    /**
     * What this server is.
     *
     * @param name the product
     * @param version the build
     * @param extensions what it does beyond the protocol's core
     */
    public record ServerView(String name, String version, List<String> extensions) {}

    /**
     * What a model takes and gives.
     *
     * @param name the deployment's name
     * @param versions what a caller may pin
     * @param platform format and runtime
     * @param inputs what it takes
     * @param outputs what it gives
     */
    public record ModelView(
            String name, List<String> versions, String platform, List<TensorSpec> inputs, List<TensorSpec> outputs) {}

    /**
     * How a model is set up.
     *
     * @param name the deployment's name
     * @param platform format and runtime
     * @param backend the runtime
     * @param signature what it takes and gives
     */
    public record ConfigView(String name, String platform, String backend, ModelSignature signature) {}

    /**
     * What a version did since it was loaded.
     *
     * @param name the deployment's name
     * @param version the version's name, empty when it is not disclosed
     * @param figures the counts; of all versions together when they are not disclosed
     */
    public record StatisticsView(String name, String version, ServableStatistics.Snapshot figures) {}

    /** Returns a datatype as the model configuration extension spells it. */
    public static String configType(DataType datatype) {
        return datatype == DataType.BYTES ? "TYPE_STRING" : "TYPE_" + datatype.name();
    }

    /** Returns what this server is. */
    public ServerView server() {
        return new ServerView("weir", WeirVersion.current(), EXTENSIONS);
    }

    /** Says whether the server can serve all that is required of it. */
    public boolean isServerReady() {
        return state.isReady();
    }

    /**
     * Says whether a deployment, or one version of it, can serve: on its way out, the server takes nothing new.
     *
     * @throws RequestRejected when there is no such deployment or version
     */
    public boolean isModelReady(String name, @Nullable String version) {
        Deployment deployment = predictions.find(name);
        return lane(deployment, version) != null && !state.isDraining();
    }

    /**
     * Returns what a model takes and gives.
     *
     * @throws RequestRejected when there is no such deployment or version
     * @throws PredictionFailed when it is not loaded
     */
    public ModelView model(String name, @Nullable String version) {
        Deployment deployment = predictions.find(name);
        Servable servable = servable(deployment, version);
        return new ModelView(
                deployment.name(),
                version == null ? versions(deployment) : List.of(version),
                servable.platform(),
                servable.signature().inputs(),
                servable.signature().outputs());
    }

    /**
     * Returns how a model is set up.
     *
     * @throws RequestRejected when there is no such deployment or version
     * @throws PredictionFailed when it is not loaded
     */
    public ConfigView config(String name, @Nullable String version) {
        Deployment deployment = predictions.find(name);
        Servable servable = servable(deployment, version);
        String runtime = servable.runtime();
        return new ConfigView(
                deployment.name(),
                servable.platform(),
                runtime.contains(" ") ? runtime.substring(0, runtime.indexOf(' ')) : runtime,
                servable.signature());
    }

    /**
     * Returns what versions did: of one version, of one deployment, or of all that are loaded.
     *
     * @throws RequestRejected when there is no such deployment or version
     */
    public List<StatisticsView> statistics(@Nullable String name, @Nullable String version) {
        List<StatisticsView> views = new ArrayList<>();
        if (name == null) {
            state.current().deployments().values().forEach(deployment -> addStatistics(deployment, null, views));
        } else {
            addStatistics(predictions.find(name), version, views);
        }
        return views;
    }

    private static void addStatistics(Deployment deployment, @Nullable String version, List<StatisticsView> views) {
        List<Variant> variants = version == null ? deployment.variants() : List.of(variant(deployment, version));
        ServableStatistics.Snapshot sum = null;
        for (Variant variant : variants) {
            Lane lane = deployment.lane(variant);
            if (lane != null) {
                ServableStatistics.Snapshot figures =
                        lane.servable().statistics().snapshot();
                sum = sum == null ? figures : sum.plus(figures);
                if (!isOpaque(deployment)) {
                    views.add(new StatisticsView(
                            deployment.name(), variant.version().version(), figures));
                }
            }
        }
        if (sum != null && isOpaque(deployment)) {
            views.add(new StatisticsView(deployment.name(), "", sum));
        }
    }

    private static List<String> versions(Deployment deployment) {
        if (isOpaque(deployment)) {
            return List.of();
        }
        return deployment.variants().stream()
                .filter(variant -> deployment.lane(variant) != null)
                .map(variant -> variant.version().version())
                .toList();
    }

    private static Servable servable(Deployment deployment, @Nullable String version) {
        Lane lane = lane(deployment, version);
        if (lane == null) {
            throw new PredictionFailed(FailureCode.MODEL_NOT_READY, "the model is deployed, but not ready");
        }
        return lane.servable();
    }

    private static @Nullable Lane lane(Deployment deployment, @Nullable String version) {
        return version == null ? deployment.primaryLane() : deployment.lane(variant(deployment, version));
    }

    private static Variant variant(Deployment deployment, String version) {
        Route route = Names.isName(version) && !isOpaque(deployment) ? deployment.pin(version) : null;
        if (route == null) {
            throw new RequestRejected(FailureCode.UNKNOWN_VERSION, "the model has no such version deployed", "version");
        }
        return route.variant();
    }

    private static boolean isOpaque(Deployment deployment) {
        return deployment.spec().disclosure() == Disclosure.OPAQUE;
    }
}
