package dev.weir.format;

import dev.weir.failure.ArtifactRejected;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Enumeration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;
import org.jspecify.annotations.Nullable;

/**
 * Looks through a TorchScript file before PyTorch does.
 *
 * <p>The file is a zip of tensors, of pickles that only PyTorch's own reader opens, which calls no Python, and of the
 * module's code as text. What is bounded here are entries, names and what is unpacked; the code is held against {@link
 * TorchScriptCode}. That keeps mistakes and known attacks out. It is no sandbox: what passes runs as native code in this
 * process, as with every format.
 */
final class TorchScriptArchive {

    private static final int MAX_ENTRIES = 20_000;
    private static final int MAX_NAME = 1_000;

    /** What code and pickles may take together; tensors are stored as they are, and bounded by the file itself. */
    private static final long MAX_UNPACKED_BYTES = 64L << 20;

    private static final Pattern NAME = Pattern.compile("[^/\\\\\\p{Cntrl}]+(/[^/\\\\\\p{Cntrl}]+)+");
    private static final Pattern STEP_UP = Pattern.compile("(^|.*/)\\.\\.?(/.*|$)");

    /** How every module's pickle begins: protocol 2, and the module's class. */
    private static final Pattern MODULE =
            Pattern.compile("\\A\u0080\u0002c([A-Za-z0-9_.]+)\n([A-Za-z0-9_]+)\n", Pattern.DOTALL);

    private final ZipFile zip;
    private final String root;
    private final Map<String, ZipEntry> entries = new HashMap<>();

    private TorchScriptArchive(ZipFile zip) {
        this.zip = zip;
        this.root = collect(zip);
    }

    /**
     * Reads what a file says of its module's {@code forward}, and refuses a file that has no business in a registry.
     *
     * @throws ArtifactRejected when it is no TorchScript archive, passes a bound, or holds what may not run here
     */
    static TorchScriptForward forward(Path model) {
        try {
            TorchScriptDirectory.requirePlain(model);
            try (ZipFile zip = new ZipFile(model.toFile(), StandardCharsets.UTF_8)) {
                return new TorchScriptArchive(zip).read();
            }
        } catch (ZipException e) {
            throw new ArtifactRejected("the model file is no TorchScript archive", e);
        } catch (IOException e) {
            throw new ArtifactRejected("the model file can't be read", e);
        }
    }

    /** Takes in all entries, and returns the one directory that they lie in. */
    private String collect(ZipFile archive) {
        Set<String> folded = new HashSet<>();
        String prefix = "";
        Enumeration<? extends ZipEntry> all = archive.entries();
        while (all.hasMoreElements()) {
            ZipEntry entry = all.nextElement();
            String name = entry.getName();
            requireName(name);
            if (prefix.isEmpty()) {
                prefix = name.substring(0, name.indexOf('/') + 1);
            }
            if (!name.startsWith(prefix)) {
                throw new ArtifactRejected("the model's archive holds more than one directory");
            }
            // PyTorch finds entries whatever their case, so two that differ in nothing else would be one.
            if (!folded.add(name.toLowerCase(Locale.ROOT))) {
                throw new ArtifactRejected("the model's archive holds '" + shown(name) + "' twice");
            }
            if (folded.size() > MAX_ENTRIES) {
                throw new ArtifactRejected("the model's archive holds more than " + MAX_ENTRIES + " entries");
            }
            entries.put(name, entry);
        }
        return prefix;
    }

    private static void requireName(String name) {
        if (name.length() > MAX_NAME
                || !NAME.matcher(name).matches()
                || STEP_UP.matcher(name).matches()) {
            throw new ArtifactRejected("the model's archive holds an entry with the name '" + shown(name) + "'");
        }
    }

    private TorchScriptForward read() throws IOException {
        byte[] data = needed("data.pkl");
        needed("constants.pkl");
        needed("version");
        if (entries.containsKey(root + "model.json")) {
            throw new ArtifactRejected("the model's archive has the form of PyTorch 1.1 and older; export it again");
        }
        Map<String, String> code = unpack();

        Matcher module = MODULE.matcher(new String(data, StandardCharsets.ISO_8859_1));
        if (!module.find()) {
            throw new ArtifactRejected("the model file holds no module; save it with torch.jit.save");
        }
        String source = code.get(root + "code/" + module.group(1).replace('.', '/') + ".py");
        if (source == null) {
            throw new ArtifactRejected("the model's file lacks the code of its module");
        }
        return TorchScriptForward.parse(source, module.group(2));
    }

    /** Reads code and pickles, all of them within their bound, and returns the code by name. */
    private Map<String, String> unpack() throws IOException {
        Map<String, String> code = new HashMap<>();
        long left = MAX_UNPACKED_BYTES;
        for (Map.Entry<String, ZipEntry> each : entries.entrySet()) {
            String name = each.getKey();
            ZipEntry entry = each.getValue();
            boolean isCode = name.endsWith(".py");
            if (!isCode && !name.endsWith("pkl")) {
                requireStored(entry);
                continue;
            }
            byte[] content = content(entry, left);
            left -= content.length;
            if (isCode) {
                String text = new String(content, StandardCharsets.UTF_8);
                TorchScriptCode.requireHarmless(text);
                code.put(name, text);
            } else if (!name.endsWith(".debug_pkl")) {
                TorchScriptCode.requireKnownClasses(new String(content, StandardCharsets.ISO_8859_1));
            }
        }
        return code;
    }

    /** Tensors are never packed, so that nothing grows when they are read. */
    private static void requireStored(ZipEntry entry) {
        if (entry.getMethod() != ZipEntry.STORED || entry.getSize() != entry.getCompressedSize()) {
            throw new ArtifactRejected("the model's archive holds a compressed tensor; save it with torch.jit.save");
        }
    }

    private byte[] needed(String name) throws IOException {
        @Nullable ZipEntry entry = entries.get(root + name);
        if (entry == null) {
            throw new ArtifactRejected("the model file is no TorchScript archive: it has no '" + name + "'");
        }
        return content(entry, MAX_UNPACKED_BYTES);
    }

    private byte[] content(ZipEntry entry, long limit) throws IOException {
        try (InputStream in = zip.getInputStream(entry)) {
            byte[] content = in.readNBytes(Math.toIntExact(limit + 1));
            if (content.length > limit) {
                throw new ArtifactRejected(
                        "the model's code and pickles take more than " + (MAX_UNPACKED_BYTES >> 20) + " MiB unpacked");
            }
            return content;
        }
    }

    private static String shown(String name) {
        return name.substring(0, Math.min(name.length(), 100)).replaceAll("\\p{Cntrl}", "?");
    }
}
