package dev.weir.keyring;

import dev.weir.failure.ConfigurationRejected;
import dev.weir.telemetry.Log;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Base64;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The directory of keys. A file holds one key as Base64, in PEM or without its frame: 32 random bytes of HMAC and master
 * keys, a PKCS #8 private key of signing keys and beside it the public key as SubjectPublicKeyInfo. A public key may be there
 * alone, to check what was signed with a private key that is no more.
 */
final class KeyFiles {

    /** Bytes of an HMAC or master key. */
    static final int KEY_BYTES = 32;

    private static final Log LOG = Log.of(KeyFiles.class);
    private static final String KEY = "weir.keyring.directory";
    private static final String PUBLIC = "signing.pub";
    private static final long MAX_FILE_BYTES = 16 << 10;
    private static final Pattern NAME = Pattern.compile("(hmac|master|signing)-k([1-9][0-9]{0,8})\\.(key|pub)");
    private static final Pattern FRAME = Pattern.compile("-----[A-Z ]+-----|\\s+");
    private static final FileAttribute<Set<PosixFilePermission>> OWNER_ONLY_FILE =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
    private static final FileAttribute<Set<PosixFilePermission>> OWNER_ONLY_DIRECTORY =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));

    private final Path directory;
    private final SecureRandom random = new SecureRandom();

    KeyFiles(Path directory) {
        this.directory = directory;
    }

    /** Returns the names of the files that hold keys, in order; empty when the directory is not there. */
    Set<String> names() {
        if (!Files.isDirectory(directory)) {
            return Set.of();
        }
        try (Stream<Path> files = Files.list(directory)) {
            Set<String> names = new TreeSet<>();
            files.map(each -> String.valueOf(each.getFileName()))
                    .filter(each -> NAME.matcher(each).matches())
                    .forEach(names::add);
            return names;
        } catch (IOException e) {
            throw refused("the directory can't be read", e);
        }
    }

    /** Makes a first version of each kind of which there is none. */
    void complete() {
        Set<String> names = names();
        for (KeyKind kind : KeyKind.values()) {
            if (names.stream().noneMatch(each -> each.startsWith(kind.word() + "-") && each.endsWith(".key"))) {
                create(kind, newest(names, kind) + 1);
            }
        }
    }

    /**
     * Makes the next version of a kind.
     *
     * @return its number
     */
    int rotate(KeyKind kind) {
        int version = newest(names(), kind) + 1;
        create(kind, version);
        return version;
    }

    private static int newest(Set<String> names, KeyKind kind) {
        int newest = 0;
        for (String name : names) {
            Matcher matcher = NAME.matcher(name);
            if (matcher.matches() && matcher.group(1).equals(kind.word())) {
                newest = Math.max(newest, Integer.parseInt(matcher.group(2)));
            }
        }
        return newest;
    }

    private void create(KeyKind kind, int version) {
        try {
            if (!Files.isDirectory(directory)) {
                Path parent = directory.toAbsolutePath().getParent();
                if (parent != null) {
                    Files.createDirectories(parent);
                }
                Files.createDirectory(directory, OWNER_ONLY_DIRECTORY);
            }
            String name = kind.word() + "-k" + version;
            switch (kind) {
                case HMAC, MASTER -> {
                    byte[] key = new byte[KEY_BYTES];
                    random.nextBytes(key);
                    write(name + ".key", key);
                }
                case SIGNING -> {
                    KeyPair pair = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
                    // The public key first: a private key counts as there, and needs it.
                    write(name + ".pub", pair.getPublic().getEncoded());
                    write(name + ".key", pair.getPrivate().getEncoded());
                }
            }
        } catch (FileAlreadyExistsException e) {
            // another process made it at the same time, and its key is as good
        } catch (IOException | GeneralSecurityException | UnsupportedOperationException e) {
            throw refused("keys can't be written there", e);
        }
    }

    /** Writes a file of its owner alone, which is on disk when this returns. */
    private void write(String name, byte[] key) throws IOException {
        Path file = directory.resolve(name);
        byte[] text = (Base64.getEncoder().encodeToString(key) + "\n").getBytes(StandardCharsets.US_ASCII);
        try (SeekableByteChannel out = Files.newByteChannel(
                file, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE), OWNER_ONLY_FILE)) {
            ByteBuffer bytes = ByteBuffer.wrap(text);
            while (bytes.hasRemaining()) {
                out.write(bytes);
            }
            if (out instanceof FileChannel channel) {
                channel.force(true);
            }
        }
        try (FileChannel parent = FileChannel.open(directory, StandardOpenOption.READ)) {
            parent.force(true);
        }
    }

    /**
     * Reads every key.
     *
     * @throws ConfigurationRejected naming each file that holds none, and each kind of which there is none
     */
    Keys read() {
        List<String> problems = new ArrayList<>();
        Map<String, Map<Integer, Secret>> found = found(names(), problems);
        Map<KeyKind, Map<Integer, Secret>> keys = new EnumMap<>(KeyKind.class);
        for (KeyKind kind : KeyKind.values()) {
            keys.put(kind, found.getOrDefault(kind.word(), Map.of()));
            if (keys.get(kind).isEmpty()) {
                problems.add(KEY + ": there is no " + kind.word() + "-k1.key, and weir.keyring.create is false");
            }
        }
        if (!problems.isEmpty()) {
            throw new ConfigurationRejected(problems);
        }
        return Keys.of(keys, found.getOrDefault(PUBLIC, Map.of()));
    }

    /**
     * Reads the public keys alone.
     *
     * @throws ConfigurationRejected naming each file that holds none
     */
    Keys publicKeys() {
        List<String> problems = new ArrayList<>();
        Set<String> names = new TreeSet<>(names());
        names.removeIf(each -> !each.endsWith(".pub"));
        Map<String, Map<Integer, Secret>> found = found(names, problems);
        if (!problems.isEmpty()) {
            throw new ConfigurationRejected(problems);
        }
        return Keys.of(Map.of(), found.getOrDefault(PUBLIC, Map.of()));
    }

    private Map<String, Map<Integer, Secret>> found(Set<String> names, List<String> problems) {
        Map<String, Map<Integer, Secret>> found = new TreeMap<>();
        for (String name : names) {
            Matcher matcher = NAME.matcher(name);
            if (!matcher.matches()) {
                throw new AssertionError("names match");
            }
            try {
                String kind = matcher.group(3).equals("pub") ? matcher.group(1) + ".pub" : matcher.group(1);
                found.computeIfAbsent(kind, any -> new TreeMap<>())
                        .put(Integer.parseInt(matcher.group(2)), content(name, problems));
            } catch (IOException e) {
                problems.add(KEY + ": " + name + " can't be read");
            }
        }
        return found;
    }

    private Secret content(String name, List<String> problems) throws IOException {
        Path file = directory.resolve(name);
        if (Files.size(file) > MAX_FILE_BYTES) {
            problems.add(KEY + ": " + name + " is too large for a key");
            return new Secret(new byte[0]);
        }
        if (name.endsWith(".key") && !isPrivate(file)) {
            LOG.warn("a key can be read by every user of this machine").write();
        }
        String text = FRAME.matcher(Files.readString(file, StandardCharsets.ISO_8859_1))
                .replaceAll("");
        byte[] key;
        try {
            key = Base64.getDecoder().decode(text);
        } catch (IllegalArgumentException e) {
            key = new byte[0];
        }
        if (key.length < KEY_BYTES || (!name.startsWith("signing") && key.length != KEY_BYTES)) {
            problems.add(KEY + ": " + name + " must hold " + KEY_BYTES + " bytes as Base64, or a PEM file of Ed25519");
        }
        return new Secret(key);
    }

    private static boolean isPrivate(Path file) throws IOException {
        try {
            return !Files.getPosixFilePermissions(file).contains(PosixFilePermission.OTHERS_READ);
        } catch (UnsupportedOperationException e) {
            return true;
        }
    }

    private static ConfigurationRejected refused(String problem, Exception cause) {
        return new ConfigurationRejected(List.of(KEY + ": " + problem), cause);
    }
}
