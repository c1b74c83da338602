package dev.weir.registry;

import dev.weir.failure.FailureCode;
import dev.weir.failure.RegistryUnavailable;
import dev.weir.failure.RequestRejected;
import dev.weir.registry.MlflowAnswers.Alias;
import dev.weir.registry.MlflowAnswers.RegisteredModel;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Aliases in MLflow, with the history that MLflow does not keep in a tag of the registered model.
 *
 * <p>MLflow can't move an alias on a condition. It is read right before it is written, and this process moves one at a
 * time; but who moves the same alias elsewhere within those milliseconds is overwritten, and the history is written after
 * the alias, so a process killed in between leaves a move that no history tells of. Moves made in MLflow are not in it
 * either.
 */
final class MlflowAliases {

    /** The tag that holds the history. */
    static final String HISTORY = "weir.alias-history";

    private static final int MAX_MOVES = 1_000;

    /** MLflow takes 100,000 characters in a tag. */
    private static final int MAX_CHARACTERS = 95_000;

    /** The tag's text. The history is the newest first. */
    private record Document(
            @Nullable String schemaVersion, @Nullable List<AliasMove> history) {}

    private final MlflowApi api;

    MlflowAliases(MlflowApi api) {
        this.api = api;
    }

    /**
     * Returns the history of a model's aliases, the newest first, as far as the tag holds it.
     *
     * @throws RegistryUnavailable when it can't be read
     */
    List<AliasMove> history(String model) {
        RegisteredModel registered = api.model(model);
        return registered == null ? List.of() : moves(registered);
    }

    private static List<AliasMove> moves(RegisteredModel model) {
        String tag = model.tag(HISTORY);
        if (tag == null || tag.isEmpty()) {
            return List.of();
        }
        try {
            Document document = DocumentJson.read(tag.getBytes(StandardCharsets.UTF_8), Document.class);
            List<AliasMove> history = document.history();
            if (!DocumentJson.SCHEMA_VERSION.equals(document.schemaVersion())
                    || history == null
                    || !history.stream().allMatch(move -> move != null && move.isWhole())) {
                throw new IOException("the aliases' history is not as Weir writes it");
            }
            return history;
        } catch (IOException e) {
            throw new RegistryUnavailable("the aliases' history can't be read from tag " + HISTORY, e);
        }
    }

    /**
     * Moves an alias.
     *
     * @throws RequestRejected when it stands for something else than {@code move.from()}, or MLflow keeps the name
     * @throws RegistryUnavailable when MLflow can't be read or written
     */
    synchronized void move(String model, AliasMove move) {
        RegisteredModel registered = api.model(model);
        if (registered == null) {
            throw new RequestRejected(FailureCode.UNKNOWN_VERSION, "the registry has no such version", "version");
        }
        if (move.alias().equalsIgnoreCase("latest") || move.alias().matches("[vV][0-9]+")) {
            throw new RequestRejected(FailureCode.INVALID_FIELD, "MLflow keeps this alias for itself", "alias");
        }
        if (!Objects.equals(target(registered, move.alias()), move.from())) {
            throw new RequestRejected(FailureCode.CONFLICT, "the alias was moved by somebody else meanwhile", "alias");
        }
        List<AliasMove> history = new ArrayList<>(List.of(move));
        history.addAll(moves(registered));
        String text = bounded(history);
        api.setAlias(model, move.alias(), move.to());
        api.setModelTag(model, HISTORY, text);
    }

    private static @Nullable String target(RegisteredModel model, String alias) {
        return model.aliasList().stream()
                .filter(each -> alias.equals(each.alias()))
                .map(Alias::version)
                .findFirst()
                .orElse(null);
    }

    /** Returns the text of as many moves as the tag takes. */
    static String bounded(List<AliasMove> history) {
        int moves = Math.min(history.size(), MAX_MOVES);
        try {
            while (true) {
                String text = new String(
                        DocumentJson.write(new Document(DocumentJson.SCHEMA_VERSION, history.subList(0, moves))),
                        StandardCharsets.UTF_8);
                if (text.length() <= MAX_CHARACTERS) {
                    return text;
                }
                moves = moves * 9 / 10;
            }
        } catch (IOException e) {
            throw new RegistryUnavailable("the aliases' history can't be written", e);
        }
    }
}
