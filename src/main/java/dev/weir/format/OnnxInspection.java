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
import java.util.Locale;
import java.util.Set;

/**
 * Looks through an ONNX file for what the runtime must not come upon: tensors that lie in other files, which it would
 * read without asking, and operators that are not built in.
 *
 * <p>An ONNX file is a protobuf message. This walks the fields through which a tensor or an operator can be reached and
 * skips the rest, large weights included, on the mapped file; so it costs next to nothing, whatever the size of the model.
 */
final class OnnxInspection {

    /** As deep as protobuf itself goes. */
    private static final int MAX_DEPTH = 100;

    private static final int MAX_SHOWN = 200;
    private static final String LOCATION = "location";

    private static final int TENSOR_EXTERNAL_DATA = tag(13, WireFormat.WIRETYPE_LENGTH_DELIMITED);
    private static final int TENSOR_DATA_LOCATION = tag(14, WireFormat.WIRETYPE_VARINT);
    private static final int ENTRY_KEY = tag(1, WireFormat.WIRETYPE_LENGTH_DELIMITED);
    private static final int ENTRY_VALUE = tag(2, WireFormat.WIRETYPE_LENGTH_DELIMITED);

    private static int tag(int field, int wireType) {
        return field << 3 | wireType;
    }

    private final CodedInputStream in;
    private final Set<String> allowed;
    private final OnnxDomains domains = new OnnxDomains();

    private OnnxInspection(CodedInputStream in, Set<String> allowed) {
        this.in = in;
        this.allowed = allowed;
    }

    /**
     * Requires that every tensor of a model lies in the model's file or in another one that the manifest lists, and that
     * the runtime brings every operator it uses.
     *
     * @throws ArtifactRejected naming the first place that is not listed, or the domain that is not built in, or when
     *     the file is no ONNX model
     */
    static void require(ModelArtifact artifact) {
        if (artifact.model().toString().toLowerCase(Locale.ROOT).endsWith(".ort")) {
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
            OnnxInspection inspection = new OnnxInspection(in, besideTheModel(artifact));
            inspection.walk(OnnxPart.MODEL, 0);
            inspection.domains.requireBuiltIn();
        } catch (InvalidProtocolBufferException e) {
            throw new ArtifactRejected("the model file is no ONNX model", e);
        } catch (IOException e) {
            throw ArtifactRejected.forNow("the model file can't be read", e);
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

    private void walk(OnnxPart part, int depth) throws IOException {
        if (depth > MAX_DEPTH) {
            throw new ArtifactRejected("the model is nested more than " + MAX_DEPTH + " deep");
        }
        boolean external = false;
        boolean located = false;
        String domain = "";
        String operator = "";
        for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
            boolean delimited = WireFormat.getTagWireType(tag) == WireFormat.WIRETYPE_LENGTH_DELIMITED;
            int field = WireFormat.getTagFieldNumber(tag);
            OnnxPart inner = delimited ? part.at(field) : null;
            if (inner != null) {
                int end = in.pushLimit(in.readRawVarint32());
                walk(inner, depth + 1);
                in.popLimit(end);
            } else if (delimited && field == part.domainField()) {
                domain = in.readString();
            } else if (delimited && field == part.operatorField()) {
                operator = in.readString();
            } else if (part == OnnxPart.TENSOR && tag == TENSOR_EXTERNAL_DATA) {
                external = true;
                located |= readEntry();
            } else if (part == OnnxPart.TENSOR && tag == TENSOR_DATA_LOCATION) {
                external |= in.readEnum() != 0;
            } else if (!in.skipField(tag)) {
                throw new ArtifactRejected("the model file is no ONNX model");
            }
        }
        in.checkLastTagWas(0);
        if (external && !located) {
            throw new ArtifactRejected("the model keeps weights in another file, but does not say in which");
        }
        domains.note(part, domain, operator);
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
