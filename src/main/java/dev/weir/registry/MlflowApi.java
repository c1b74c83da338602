package dev.weir.registry;

import dev.weir.failure.RegistryUnavailable;
import dev.weir.inference.VersionRef;
import dev.weir.registry.MlflowAnswers.ModelVersion;
import dev.weir.registry.MlflowAnswers.RegisteredModel;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The calls of MLflow's REST API 2.0 that Weir makes. Methods block and throw {@link RegistryUnavailable}. */
final class MlflowApi {

    private static final int MAX_PAGES = 10_000;
    private static final String MODELS = MlflowClient.API + "registered-models/";
    private static final String VERSIONS = MlflowClient.API + "model-versions/";

    private final MlflowClient client;
    private final int pageSize;

    MlflowApi(MlflowClient client, int pageSize) {
        this.client = client;
        this.pageSize = pageSize;
    }

    /** Returns every registered model. A page that is missing fails the whole: a part is not the registry. */
    List<RegisteredModel> models() {
        List<RegisteredModel> all = new ArrayList<>();
        pages(MODELS + "search", MlflowAnswers.ModelPage.class, page -> {
            all.addAll(MlflowAnswers.orNone(page.registeredModels()));
            return page.nextPageToken();
        });
        return all;
    }

    /** Returns every version of every model. */
    List<ModelVersion> versions() {
        List<ModelVersion> all = new ArrayList<>();
        pages(VERSIONS + "search", MlflowAnswers.VersionPage.class, page -> {
            all.addAll(MlflowAnswers.orNone(page.modelVersions()));
            return page.nextPageToken();
        });
        return all;
    }

    private <P> void pages(String path, Class<P> type, Function<P, @Nullable String> take) {
        Set<String> tokens = new HashSet<>();
        String token = null;
        do {
            Map<String, String> query = new TreeMap<>(Map.of("max_results", String.valueOf(pageSize)));
            if (token != null) {
                query.put("page_token", token);
            }
            token = take.apply(require(client.get(path, query, type)));
        } while (token != null && !token.isEmpty() && isNew(tokens, token));
    }

    private static boolean isNew(Set<String> tokens, String token) {
        if (tokens.size() >= MAX_PAGES || !tokens.add(token)) {
            throw new RegistryUnavailable("MLflow's pages do not end", null);
        }
        return true;
    }

    private static <T> T require(@Nullable T answer) {
        if (answer == null) {
            throw new RegistryUnavailable("MLflow lacks what it has just named", null);
        }
        return answer;
    }

    /** Returns a registered model, or null when there is none. */
    @Nullable
    RegisteredModel model(String name) {
        MlflowAnswers.ModelAnswer answer =
                client.get(MODELS + "get", Map.of("name", name), MlflowAnswers.ModelAnswer.class);
        return answer == null ? null : require(answer.registeredModel());
    }

    /** Returns a version that is complete, or null when there is none. */
    @Nullable
    ModelVersion version(VersionRef ref) {
        if (!ref.version().matches("[1-9][0-9]{0,8}")) {
            return null; // MLflow calls no version so, and would answer that the request is wrong
        }
        MlflowAnswers.VersionAnswer answer =
                client.get(VERSIONS + "get", query(ref), MlflowAnswers.VersionAnswer.class);
        if (answer == null) {
            return null;
        }
        ModelVersion version = require(answer.modelVersion());
        return version.isReady() ? version : null;
    }

    private static Map<String, String> query(VersionRef ref) {
        return Map.of("name", ref.model(), "version", ref.version());
    }

    /** Returns where a version's artifacts lie. */
    String downloadUri(VersionRef ref) {
        return require(require(client.get(VERSIONS + "get-download-uri", query(ref), MlflowAnswers.DownloadUri.class))
                .artifactUri());
    }

    /** Returns a run, or null when there is none. */
    MlflowAnswers.@Nullable Run run(String id) {
        MlflowAnswers.RunAnswer answer =
                client.get(MlflowClient.API + "runs/get", Map.of("run_id", id), MlflowAnswers.RunAnswer.class);
        return answer == null ? null : answer.run();
    }

    /** Returns an experiment, or null when there is none. */
    MlflowAnswers.@Nullable Experiment experiment(String id) {
        MlflowAnswers.ExperimentAnswer answer = client.get(
                MlflowClient.API + "experiments/get",
                Map.of("experiment_id", id),
                MlflowAnswers.ExperimentAnswer.class);
        return answer == null ? null : answer.experiment();
    }

    /** Returns a logged model, which there are since MLflow 3, or null when there is none. */
    MlflowAnswers.@Nullable LoggedModel loggedModel(String id) {
        MlflowAnswers.LoggedModelAnswer answer = client.get(
                MlflowClient.API + "logged-models/" + MlflowClient.encode(id),
                Map.of(),
                MlflowAnswers.LoggedModelAnswer.class);
        return answer == null ? null : answer.model();
    }

    /** Points an alias to a version. */
    void setAlias(String model, String alias, String version) {
        requireDone(client.send("POST", MODELS + "alias", Map.of("name", model, "alias", alias, "version", version)));
    }

    /** Sets a tag of a registered model. */
    void setModelTag(String model, String key, String value) {
        requireDone(client.send("POST", MODELS + "set-tag", Map.of("name", model, "key", key, "value", value)));
    }

    /** Sets a tag of a version. */
    void setVersionTag(VersionRef ref, String key, String value) {
        Map<String, String> body = new TreeMap<>(query(ref));
        body.put("key", key);
        body.put("value", value);
        requireDone(client.send("POST", VERSIONS + "set-tag", body));
    }

    /** Deletes a version; says whether there was one. */
    boolean delete(VersionRef ref) {
        return client.send("DELETE", VERSIONS + "delete", query(ref));
    }

    private static void requireDone(boolean done) {
        if (!done) {
            throw new RegistryUnavailable("MLflow lost the model or version meanwhile", null);
        }
    }
}
