package dev.weir.registry;

import dev.weir.failure.RegistryUnavailable;
import dev.weir.inference.Names;
import dev.weir.inference.VersionRef;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The versions of models that may not serve, as {@code <model>/revoked.json}. */
final class Revocations {

    static final String FILE = "revoked.json";

    /** The file, by version. */
    private record Document(
            @Nullable String schemaVersion, @Nullable Map<String, Revocation> revoked) {

        Map<String, Revocation> versions() {
            return revoked == null ? Map.of() : revoked;
        }

        boolean isSound() {
            return DocumentJson.SCHEMA_VERSION.equals(schemaVersion)
                    && versions().entrySet().stream()
                            .allMatch(entry -> entry.getValue() != null && Names.isName(entry.getKey()));
        }
    }

    private final ModelDocuments documents;

    Revocations(ModelDocuments documents) {
        this.documents = documents;
    }

    /**
     * Returns the revoked versions of a model. One of which somebody wrote by hand too little is revoked as well.
     *
     * @throws IOException when the document can't be read, or is not what Weir writes
     */
    Map<VersionRef, Revocation> read(String model) throws IOException {
        Map<VersionRef, Revocation> refs = new HashMap<>();
        parse(documents.read(model, FILE)).forEach((version, why) -> refs.put(new VersionRef(model, version), why));
        return refs;
    }

    private static Map<String, Revocation> parse(byte @Nullable [] bytes) throws IOException {
        if (bytes == null) {
            return Map.of();
        }
        Document document = DocumentJson.read(bytes, Document.class);
        if (!document.isSound()) {
            throw new IOException("the revocations' document is not as Weir writes it");
        }
        Map<String, Revocation> whole = new TreeMap<>();
        document.versions().forEach((version, read) -> whole.put(version, read.orUnknown()));
        return whole;
    }

    /**
     * Revokes a version; the first revocation stays.
     *
     * @throws RegistryUnavailable when the document can't be read or written
     */
    void add(VersionRef ref, Revocation revocation) {
        try {
            documents.change(ref.model(), FILE, before -> {
                Map<String, Revocation> revoked = new TreeMap<>(parse(before));
                revoked.putIfAbsent(ref.version(), revocation);
                return DocumentJson.write(new Document(DocumentJson.SCHEMA_VERSION, revoked));
            });
        } catch (IOException e) {
            throw new RegistryUnavailable("the revocation can't be written", e);
        }
    }
}
