package dev.weir.format;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.WireFormat;
import dev.weir.failure.ArtifactRejected;
import dev.weir.servable.ArtifactFile;
import dev.weir.servable.ModelArtifact;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Looks through an ONNX file for tensors that lie in other files, which the runtime would read without asking.
 *
 * <p>An ONNX file is a protobuf message. This walks the fields through which a tensor can be reached and skips the
 * rest, large weights included, on the mapped file; so it costs next to nothing, whatever the size of the model.
 */
final class OnnxExternalData {

    /** As deep as protobuf itself goes. */
    private static final int MAX_DEPTH = 100;

    private static final int MAX_SHOWN = 200;
    private static final String LOCATION = "location";

    /** The messages on the way to a tensor. */
    private enum Kind {
        MODEL,
        TRAINING_INFO,
        FUNCTION,
        GRAPH,
        NODE,
        ATTRIBUTE,
        SPARSE_TENSOR,
        TENSOR;

        /** Returns what a field of this message holds, or null when it leads to no tensor. */
        private @Nullable Kind at(int field) {
            return switch (this) {
                case MODEL ->
                    switch (field) {
                        case 7 -> GRAPH;
                        case 20 -> TRAINING_INFO;
                        case 25 -> FUNCTION;
                        default -> null;
                    };
                case TRAINING_INFO -> field == 1 || field == 2 ? GRAPH : null;
                case FUNCTION ->
                    switch (field) {
                        case 7 -> NODE;
                        case 11 -> ATTRIBUTE;
                        default -> null;
                    };
                case GRAPH ->
                    switch (field) {
                        case 1 -> NODE;
                        case 5 -> TENSOR;
                        case 15 -> SPARSE_TENSOR;
                        default -> null;
                    };
                case NODE -> field == 5 ? ATTRIBUTE : null;
                case ATTRIBUTE ->
                    switch (field) {
                        case 5, 10 -> TENSOR;
                        case 6, 11 -> GRAPH;
                        case 22, 23 -> SPARSE_TENSOR;
                        default -> null;
                    };
                case SPARSE_TENSOR -> field == 1 || field == 2 ? TENSOR : null;
                case TENSOR -> null;
            };
        }
    }

    private static final int TENSOR_EXTERNAL_DATA = tag(13, WireFormat.WIRETYPE_LENGTH_DELIMITED);
    private static final int TENSOR_DATA_LOCATION = tag(14, WireFormat.WIRETYPE_VARINT);
    private static final int ENTRY_KEY = tag(1, WireFormat.WIRETYPE_LENGTH_DELIMITED);
    private static final int ENTRY_VALUE = tag(2, WireFormat.WIRETYPE_LENGTH_DELIMITED);

    private static int tag(int field, int wireType) {
        return field << 3 | wireType;
    }

    private final CodedInputStream in;
    private final Set<String> allowed;

    private OnnxExternalData(CodedInputStream in, Set<String> allowed) {
        this.in = in;
        this.allowed = allowed;
    }

    /**
     * Requires that every tensor of a model lies in the model's file or in another one that the manifest lists.
     *
     * @throws ArtifactRejected naming the first place that is not listed, or when the file is no ONNX model
     */
    static void requireListed(ModelArtifact artifact) {
        if (artifact.model().toString().endsWith(".ort")) {
            throw new ArtifactRejected("models in ONNX Runtime's own format (.ort) are not supported; use ONNX");
        }
        try (FileChannel file = FileChannel.open(artifact.model(), StandardOpenOption.READ);
                Arena arena = Arena.ofConfined()) {
            if (file.size() > Integer.MAX_VALUE) {
                throw new ArtifactRejected("the model file is larger than 2 GiB; keep weights in files beside it");
            }
            CodedInputStream in =
                    CodedInputStream.newInstance(file.map(FileChannel.MapMode.READ_ONLY, 0, file.size(), arena)
                            .asByteBuffer());
            new OnnxExternalData(in, besideTheModel(artifact)).walk(Kind.MODEL, 0);
        } catch (InvalidProtocolBufferException e) {
            throw new ArtifactRejected("the model file is no ONNX model", e);
        } catch (IOException e) {
            throw new ArtifactRejected("the model file can't be read", e);
        }
    }

    /** Returns the listed files as the model would name them: relative to its own directory. */
    private static Set<String> besideTheModel(ModelArtifact artifact) {
        Path home = artifact.model().getParent();
        Set<String> names = new HashSet<>();
        for (ArtifactFile file : artifact.manifest().files()) {
            Path path = artifact.locate(file);
            if (home != null && path.startsWith(home)) {
                names.add(home.relativize(path).toString().replace('\\', '/'));
            }
        }
        return names;
    }

    private void walk(Kind kind, int depth) throws IOException {
        if (depth > MAX_DEPTH) {
            throw new ArtifactRejected("the model is nested more than " + MAX_DEPTH + " deep");
        }
        boolean external = false;
        boolean located = false;
        for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
            Kind inner = WireFormat.getTagWireType(tag) == WireFormat.WIRETYPE_LENGTH_DELIMITED
                    ? kind.at(WireFormat.getTagFieldNumber(tag))
                    : null;
            if (inner != null) {
                int end = in.pushLimit(in.readRawVarint32());
                walk(inner, depth + 1);
                in.popLimit(end);
            } else if (kind == Kind.TENSOR && tag == TENSOR_EXTERNAL_DATA) {
                external = true;
                located |= readEntry();
            } else if (kind == Kind.TENSOR && tag == TENSOR_DATA_LOCATION) {
                external |= in.readEnum() != 0;
            } else if (!in.skipField(tag)) {
                throw new ArtifactRejected("the model file is no ONNX model");
            }
        }
        in.checkLastTagWas(0);
        if (external && !located) {
            throw new ArtifactRejected("the model keeps weights in another file, but does not say in which");
        }
    }

    /** Reads a key and its value, and says whether they were a location. */
    private boolean readEntry() throws IOException {
        int end = in.pushLimit(in.readRawVarint32());
        String key = "";
        String value = "";
        for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
            if (tag == ENTRY_KEY) {
                key = in.readString();
            } else if (tag == ENTRY_VALUE) {
                value = in.readString();
            } else if (!in.skipField(tag)) {
                throw new ArtifactRejected("the model file is no ONNX model");
            }
        }
        in.checkLastTagWas(0);
        in.popLimit(end);
        if (!key.equals(LOCATION)) {
            return false;
        }
        if (!allowed.contains(value)) {
            throw new ArtifactRejected("the model keeps weights in '"
                    + value.substring(0, Math.min(value.length(), MAX_SHOWN))
                    + "', which is none of the files that the manifest lists");
        }
        return true;
    }
}
