package dev.weir.registry;

import dev.weir.failure.FailureCode;
import dev.weir.failure.RegistryUnavailable;
import dev.weir.failure.RequestRejected;
import dev.weir.inference.Names;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The aliases of models as {@code <model>/aliases.json}: where each points, and how it came there. */
final class Aliases {

    static final String FILE = "aliases.json";

    private static final int MAX_HISTORY = 1_000;

    /** The file. The history is the newest first. */
    private record Document(
            @Nullable String schemaVersion,
            @Nullable Map<String, String> aliases,
            @Nullable List<AliasMove> history) {

        static final Document NONE = new Document(DocumentJson.SCHEMA_VERSION, Map.of(), List.of());

        Map<String, String> names() {
            return aliases == null ? Map.of() : aliases;
        }

        List<AliasMove> moves() {
            return history == null ? List.of() : history;
        }

        boolean isSound() {
            return DocumentJson.SCHEMA_VERSION.equals(schemaVersion)
                    && moves().stream().allMatch(move -> move != null && move.isWhole())
                    && names().entrySet().stream()
                            .allMatch(entry -> entry.getValue() != null
                                    && Names.isName(entry.getKey())
                                    && Names.isName(entry.getValue()));
        }
    }

    private final ModelDocuments documents;

    Aliases(ModelDocuments documents) {
        this.documents = documents;
    }

    /**
     * Returns where each alias of a model points.
     *
     * @throws IOException when the document can't be read, or is not what Weir writes
     */
    Map<String, String> read(String model) throws IOException {
        return parse(documents.read(model, FILE)).names();
    }

    /** Returns the history of a model's aliases, the newest first. */
    List<AliasMove> history(String model) throws IOException {
        return parse(documents.read(model, FILE)).moves();
    }

    private static Document parse(byte @Nullable [] bytes) throws IOException {
        if (bytes == null) {
            return Document.NONE;
        }
        Document document = DocumentJson.read(bytes, Document.class);
        if (!document.isSound()) {
            throw new IOException("the aliases' document is not as Weir writes it");
        }
        return document;
    }

    /**
     * Moves an alias.
     *
     * @throws RequestRejected when it stands for something else than {@code move.from()}
     * @throws RegistryUnavailable when the document can't be read or written
     */
    void move(String model, AliasMove move) {
        try {
            documents.change(model, FILE, before -> DocumentJson.write(after(parse(before), move)));
        } catch (IOException e) {
            throw new RegistryUnavailable("the alias can't be written", e);
        }
    }

    private static Document after(Document before, AliasMove move) {
        if (!Objects.equals(before.names().get(move.alias()), move.from())) {
            throw new RequestRejected(FailureCode.CONFLICT, "the alias was moved by somebody else meanwhile", "alias");
        }
        Map<String, String> aliases = new TreeMap<>(before.names());
        aliases.put(move.alias(), move.to());
        List<AliasMove> history = new ArrayList<>();
        history.add(move);
        before.moves().stream().limit(MAX_HISTORY - 1L).forEach(history::add);
        return new Document(DocumentJson.SCHEMA_VERSION, aliases, history);
    }
}
