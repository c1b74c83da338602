package dev.weir.cli;

import java.io.FileNotFoundException;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/** The multipart body of a form. Files are read while they are sent. */
final class FormBody {

    private final String boundary = "weir-" + UUID.randomUUID();
    private final List<BodyPublisher> pieces = new ArrayList<>();

    void word(String name, String value) {
        begin(name, "");
        pieces.add(text(value));
    }

    /** Adds a file under its own name; the caller has checked that the name has no quote. */
    void file(String name, Path file) throws FileNotFoundException {
        begin(name, "; filename=\"" + file.getFileName() + "\"");
        pieces.add(BodyPublishers.ofFile(file));
    }

    private void begin(String name, String more) {
        pieces.add(text((pieces.isEmpty() ? "" : "\r\n") + "--" + boundary
                + "\r\nContent-Disposition: form-data; name=\"" + name + "\"" + more + "\r\n\r\n"));
    }

    private static BodyPublisher text(String text) {
        return BodyPublishers.ofString(text, StandardCharsets.UTF_8);
    }

    String contentType() {
        return "multipart/form-data; boundary=" + boundary;
    }

    BodyPublisher publisher() {
        List<BodyPublisher> all = new ArrayList<>(pieces);
        all.add(text("\r\n--" + boundary + "--\r\n"));
        return BodyPublishers.concat(all.toArray(BodyPublisher[]::new));
    }
}
