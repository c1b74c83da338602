package dev.weir.api.admin;

import dev.weir.api.RegistrationConfig;
import dev.weir.failure.FailureCode;
import dev.weir.failure.RequestRejected;
import dev.weir.inference.Names;
import dev.weir.servable.ArtifactFile;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.commons.fileupload2.core.FileUploadException;
import org.apache.commons.fileupload2.core.FileUploadSizeException;
import org.apache.commons.fileupload2.core.MultipartInput;
import org.jspecify.annotations.Nullable;

/**
 * The parts of a registration. Files and training data are written to disk while they arrive; only documents and words
 * are kept in memory, and those are small. Not thread-safe.
 */
final class RegistrationForm {

    static final String MODEL = "model";
    static final String MANIFEST = "manifest";
    static final String GOLDEN = "golden";
    static final String TRAINING = "training";
    static final String VERSION = "version";
    static final String ALIAS = "alias";
    static final String REASON = "reason";

    private static final String BODY = "body";
    private static final String UNNAMED_MODEL = "model.onnx";
    private static final int MAX_HEAD = 4 << 10;
    private static final int MAX_WORD = 4 << 10;
    private static final int MAX_PATH = 256;
    private static final int CHUNK = 1 << 16;

    private final RegistrationConfig config;
    private final Path place;
    private final List<String> files = new ArrayList<>();
    private byte @Nullable [] manifest;
    private byte @Nullable [] golden;
    private @Nullable Path training;
    private @Nullable String version;
    private @Nullable String alias;
    private @Nullable String reason;

    private RegistrationForm(RegistrationConfig config, Path place) {
        this.config = config;
        this.place = place;
    }

    /**
     * Reads a body to its end.
     *
     * @param contentType its content type, which names the boundary
     * @param place an empty directory for its files
     * @throws RequestRejected naming the part and the limit
     * @throws IOException when the disk fails
     */
    static RegistrationForm read(InputStream body, String contentType, Path place, RegistrationConfig config)
            throws IOException {
        RegistrationForm form = new RegistrationForm(config, place);
        Files.createDirectory(form.directory());
        try {
            form.read(MultipartInput.builder()
                    .setInputStream(body)
                    .setBoundary(boundary(contentType))
                    .setPartHeaderSizeMax(MAX_HEAD)
                    .get());
        } catch (FileUploadSizeException e) {
            throw new RequestRejected(
                    FailureCode.LIMIT_EXCEEDED, "a part's head has at most " + MAX_HEAD + " bytes", BODY, (long)
                            MAX_HEAD);
        } catch (FileUploadException | IllegalArgumentException e) {
            throw new RequestRejected(
                    FailureCode.MALFORMED_BODY, "the body is no form, or ends early: it lacks its last boundary", BODY);
        }
        body.transferTo(OutputStream.nullOutputStream());
        if (form.files.isEmpty()) {
            throw new RequestRejected(FailureCode.MISSING_FIELD, "the form has no model file", MODEL);
        }
        return form;
    }

    private static byte[] boundary(String contentType) {
        String found = null;
        for (String parameter : contentType.split(";", -1)) {
            String each = parameter.strip();
            if (each.regionMatches(true, 0, "boundary=", 0, 9)) {
                found = each.substring(9);
            }
        }
        if (found != null && found.length() > 1 && found.startsWith("\"") && found.endsWith("\"")) {
            found = found.substring(1, found.length() - 1);
        }
        if (found == null || !found.matches("[0-9A-Za-z'()+_,./:=? -]{1,70}")) {
            throw new RequestRejected(
                    FailureCode.MALFORMED_BODY, "the content type needs a boundary of 1 to 70 characters", BODY);
        }
        return found.getBytes(StandardCharsets.US_ASCII);
    }

    private void read(MultipartInput input) throws IOException {
        int parts = 0;
        for (boolean more = input.skipPreamble(); more; more = input.readBoundary()) {
            if (++parts > config.maxParts()) {
                throw new RequestRejected(
                        FailureCode.LIMIT_EXCEEDED,
                        "a registration has at most " + config.maxParts() + " parts",
                        BODY,
                        (long) config.maxParts());
            }
            take(PartHead.parse(input.readHeaders()), input);
        }
        if (parts == 0) {
            throw new RequestRejected(FailureCode.MALFORMED_BODY, "the body has no parts", BODY);
        }
    }

    private void take(PartHead head, MultipartInput input) throws IOException {
        switch (head.name()) {
            case MODEL -> file(head, input);
            case MANIFEST -> manifest = once(manifest, MANIFEST, document(MANIFEST, input));
            case GOLDEN -> golden = once(golden, GOLDEN, document(GOLDEN, input));
            case TRAINING -> training = once(training, TRAINING, write(place.resolve(TRAINING), input, TRAINING));
            case VERSION -> version = once(version, VERSION, Names.requireName(word(VERSION, input), VERSION));
            case ALIAS -> alias = once(alias, ALIAS, word(ALIAS, input));
            case REASON -> reason = once(reason, REASON, word(REASON, input));
            default ->
                throw new RequestRejected(
                        FailureCode.INVALID_FIELD,
                        "a registration has the parts model, manifest, training, golden, version, alias and reason",
                        Names.isName(head.name()) ? head.name() : BODY);
        }
    }

    private static <T> T once(@Nullable T before, String part, T now) {
        if (before != null) {
            throw twice(part);
        }
        return now;
    }

    private static RequestRejected twice(String part) {
        return new RequestRejected(FailureCode.INVALID_FIELD, "the form has this part twice", part);
    }

    private void file(PartHead head, MultipartInput input) throws IOException {
        String path = head.fileName();
        if (path == null || path.isEmpty()) {
            path = UNNAMED_MODEL;
        }
        if (path.length() > MAX_PATH) {
            throw new RequestRejected(
                    FailureCode.LIMIT_EXCEEDED, "a file's name has at most " + MAX_PATH + " characters", MODEL, (long)
                            MAX_PATH);
        }
        if (!ArtifactFile.isPath(path)) {
            throw new RequestRejected(
                    FailureCode.INVALID_FIELD,
                    "a file's name is a relative path of A-Z a-z 0-9 . _ - and /, and no part of it begins with a dot",
                    MODEL);
        }
        for (String other : files) {
            if (other.equals(path) || other.startsWith(path + "/") || path.startsWith(other + "/")) {
                throw new RequestRejected(
                        FailureCode.INVALID_FIELD, "two files have the same path, or one lies inside another", MODEL);
            }
        }
        Path file = directory().resolve(path);
        Files.createDirectories(file.getParent());
        write(file, input, MODEL);
        files.add(path);
    }

    private static Path write(Path file, MultipartInput input, String part) throws IOException {
        if (Files.exists(file)) {
            throw twice(part);
        }
        try (InputStream in = input.newInputStream();
                OutputStream out = Files.newOutputStream(file)) {
            byte[] chunk = new byte[CHUNK];
            for (int count = in.read(chunk); count >= 0; count = in.read(chunk)) {
                out.write(chunk, 0, count);
            }
        }
        return file;
    }

    private byte[] document(String part, MultipartInput input) throws IOException {
        return bytes(part, input, Math.toIntExact(config.maxDocument().asLongValue()));
    }

    private static byte[] bytes(String part, MultipartInput input, int most) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        byte[] chunk = new byte[MAX_WORD];
        InputStream in = input.newInputStream(); // not closed on a refusal: that would read what is refused
        for (int count = in.read(chunk); count >= 0; count = in.read(chunk)) {
            bytes.write(chunk, 0, count);
            if (bytes.size() > most) {
                throw new RequestRejected(
                        FailureCode.LIMIT_EXCEEDED, "this part has at most " + most + " bytes", part, (long) most);
            }
        }
        return bytes.toByteArray();
    }

    private static String word(String part, MultipartInput input) throws IOException {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes(part, input, MAX_WORD)))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new RequestRejected(FailureCode.INVALID_UTF8, "this part is not valid UTF-8", part);
        }
    }

    /** Returns where the files lie. */
    Path directory() {
        return place.resolve("version");
    }

    /** Returns the files' paths below {@link #directory}, as they came; at least one. */
    List<String> files() {
        return files;
    }

    byte @Nullable [] manifest() {
        return manifest;
    }

    byte @Nullable [] golden() {
        return golden;
    }

    @Nullable
    Path training() {
        return training;
    }

    @Nullable
    String version() {
        return version;
    }

    @Nullable
    String alias() {
        return alias;
    }

    @Nullable
    String reason() {
        return reason;
    }
}
