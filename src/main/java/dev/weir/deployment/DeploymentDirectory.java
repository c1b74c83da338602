package dev.weir.deployment;

import dev.weir.deployment.DirectoryState.Content;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Reads the directory of deployment files so that all files are of one state of it.
 *
 * <p>A mounted ConfigMap is a link {@code ..data} to a directory that is never changed: the kubelet writes another one,
 * swaps the link and deletes the former directory. So the link is followed once and compared afterwards; through the
 * links of single files, one might be read before the swap and the next one after it.
 */
final class DeploymentDirectory {

    /** The link that a kubelet swaps. */
    static final String DATA = "..data";

    private static final int MAX_BYTES = 1 << 20;
    private static final int MAX_FILES = 10_000;
    private static final long MAX_BYTES_IN_ALL = 64L << 20;

    /** Whatever changes the directory is done by then, or changes it all the time. */
    private static final int TRIES = 5;

    private static final String KEY = "weir.deployments.directory: ";

    private DeploymentDirectory() {}

    /** Reads {@code *.yaml} and {@code *.yml}, but for hidden files. */
    static DirectoryState read(Path directory) {
        DirectoryState seen = new DirectoryState.Moving();
        for (int i = 0; i < TRIES && !(seen instanceof DirectoryState.Held); i++) {
            try {
                seen = readOnce(directory);
            } catch (IOException | DirectoryIteratorException e) {
                // It may have been replaced just now.
                seen = new DirectoryState.Unreadable(KEY + "the directory of deployment files can't be read");
            }
        }
        return seen;
    }

    private static DirectoryState readOnce(Path directory) throws IOException {
        Path base = base(directory);
        List<Path> names = list(base);
        if (names.size() > MAX_FILES) {
            return new DirectoryState.Unreadable(KEY + "there are more than " + MAX_FILES + " deployment files");
        }
        SortedMap<String, Content> files = new TreeMap<>();
        long room = MAX_BYTES_IN_ALL;
        for (Path file : names) {
            Content content = content(file);
            if (content == null) {
                return new DirectoryState.Moving();
            }
            if (content instanceof Content.Text text) {
                room -= text.text().length();
            }
            if (room < 0) {
                return new DirectoryState.Unreadable(
                        KEY + "the deployment files have more than " + MAX_BYTES_IN_ALL + " characters in all");
            }
            files.put(file.getFileName().toString(), content);
        }
        return base.equals(base(directory)) && names.equals(list(base))
                ? DirectoryState.Held.of(files)
                : new DirectoryState.Moving();
    }

    private static Path base(Path directory) throws IOException {
        Path data = directory.resolve(DATA);
        return Files.exists(data, LinkOption.NOFOLLOW_LINKS) ? data.toRealPath() : directory.toRealPath();
    }

    private static List<Path> list(Path directory) throws IOException {
        List<Path> files = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory, "*.{yaml,yml}")) {
            for (Path entry : entries) {
                // What begins with a dot is an editor's or the platform's, and often half of something.
                if (!entry.getFileName().toString().startsWith(".")) {
                    files.add(entry);
                }
            }
        }
        files.sort(Comparator.comparing(path -> path.getFileName().toString()));
        return files;
    }

    /**
     * Reads a file that is one and is not large; a pipe would never end. Links are followed.
     *
     * @return null when it is gone
     */
    private static @Nullable Content content(Path file) {
        if (!Files.isRegularFile(file)) {
            if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
                return null;
            }
            return new Content.Broken(Files.exists(file) ? "this is no regular file" : "this link leads to no file");
        }
        try (InputStream in = Files.newInputStream(file)) {
            byte[] bytes = in.readNBytes(MAX_BYTES + 1);
            return bytes.length > MAX_BYTES
                    ? new Content.Broken("the file has more than " + MAX_BYTES + " bytes")
                    : new Content.Text(text(bytes));
        } catch (NoSuchFileException e) {
            return null;
        } catch (IOException e) {
            return new Content.Broken("can't be read as UTF-8 text");
        }
    }

    private static String text(byte[] bytes) throws CharacterCodingException {
        return StandardCharsets.UTF_8
                .newDecoder()
                .decode(ByteBuffer.wrap(bytes))
                .toString();
    }
}
