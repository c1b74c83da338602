package dev.weir.docs;

import com.sun.source.doctree.DocCommentTree;
import com.sun.source.doctree.DocTree;
import com.sun.source.doctree.LinkTree;
import com.sun.source.doctree.LiteralTree;
import com.sun.source.doctree.TextTree;
import com.sun.source.tree.AnnotationTree;
import com.sun.source.tree.AssignmentTree;
import com.sun.source.tree.BinaryTree;
import com.sun.source.tree.ClassTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.ExpressionTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.ModifiersTree;
import com.sun.source.tree.Tree;
import com.sun.source.tree.VariableTree;
import com.sun.source.util.DocTrees;
import com.sun.source.util.JavacTask;
import com.sun.source.util.TreePath;
import com.sun.source.util.TreePathScanner;
import com.sun.source.util.TreeScanner;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.jspecify.annotations.Nullable;

/** What the sources say in doc comments and in configuration mappings; parsed by javac, not compiled. */
final class SourceDocs {

    /**
     * One key of a configuration mapping.
     *
     * @param name the whole key
     * @param type what it holds, in words
     * @param fallback the default that the mapping itself gives, or null
     * @param meaning what it sets
     */
    record ConfigKey(String name, String type, @Nullable String fallback, String meaning) {}

    /**
     * One configuration mapping.
     *
     * @param prefix what its keys start with
     * @param meaning what they are about
     * @param keys its keys, in the order of the source
     */
    record ConfigGroup(String prefix, String meaning, List<ConfigKey> keys) {}

    private final Map<String, String> comments = new HashMap<>();
    private final Map<String, String> words = new HashMap<>();
    private final SortedMap<String, ConfigGroup> configuration = new TreeMap<>();

    private SourceDocs() {}

    /** Reads every source below a directory. */
    static SourceDocs read(Path root) throws IOException {
        SourceDocs docs = new SourceDocs();
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, StandardCharsets.UTF_8);
                Stream<Path> paths = Files.walk(root)) {
            List<Path> sources = paths.filter(path -> path.toString().endsWith(".java"))
                    .sorted()
                    .toList();
            JavacTask task = (JavacTask) compiler.getTask(
                    null, files, null, List.of("-proc:none"), null, files.getJavaFileObjectsFromPaths(sources));
            DocTrees trees = DocTrees.instance(task);
            List<CompilationUnitTree> units = new ArrayList<>();
            task.parse().forEach(units::add);
            units.forEach(unit -> docs.new Enums().scan(unit, null));
            units.forEach(unit -> docs.new Scanner(trees).scan(unit, null));
        }
        return docs;
    }

    /** Returns the doc comment of a class's field or constant. */
    String comment(Class<?> type, String member) {
        String comment = comments.get(type.getSimpleName() + "." + member);
        if (comment == null) {
            throw new NoSuchElementException(type.getSimpleName() + "." + member + " has no doc comment");
        }
        return comment;
    }

    /** Returns every configuration mapping, by prefix. */
    List<ConfigGroup> configuration() {
        return List.copyOf(configuration.values());
    }

    /** Collects the words of enums, which keys of configuration may hold. */
    private final class Enums extends TreeScanner<@Nullable Void, @Nullable Void> {
        @Override
        public @Nullable Void visitClass(ClassTree type, @Nullable Void unused) {
            if (type.getKind() == Tree.Kind.ENUM) {
                words.put(
                        type.getSimpleName().toString(),
                        type.getMembers().stream()
                                .filter(VariableTree.class::isInstance)
                                .map(VariableTree.class::cast)
                                .filter(constant ->
                                        constant.getType().toString().contentEquals(type.getSimpleName()))
                                .map(constant ->
                                        "`" + constant.getName().toString().toLowerCase(Locale.ROOT) + "`")
                                .collect(Collectors.joining(" or ")));
            }
            return super.visitClass(type, null);
        }
    }

    private final class Scanner extends TreePathScanner<@Nullable Void, @Nullable Void> {
        private final DocTrees trees;

        Scanner(DocTrees trees) {
            this.trees = trees;
        }

        @Override
        public @Nullable Void visitClass(ClassTree type, @Nullable Void unused) {
            String prefix = annotation(type.getModifiers(), "ConfigMapping");
            if (prefix != null) {
                List<ConfigKey> keys = new ArrayList<>();
                addKeys(keys, prefix, type, type, getCurrentPath());
                configuration.put(prefix, new ConfigGroup(prefix, comment(getCurrentPath()), keys));
            }
            return super.visitClass(type, null);
        }

        /** Adds the keys of a mapping, or of an interface within it. */
        private void addKeys(List<ConfigKey> keys, String prefix, ClassTree mapping, ClassTree type, TreePath path) {
            for (Tree member : type.getMembers()) {
                if (member instanceof MethodTree method) {
                    String returned = method.getReturnType().toString();
                    boolean named = returned.startsWith("Map<String, ");
                    ClassTree within =
                            nested(mapping, named ? returned.substring(12, returned.length() - 1) : returned);
                    if (within == null) {
                        keys.add(key(prefix, method, path));
                    } else {
                        boolean parents = annotations(method.getModifiers()).contains("WithParentName");
                        String of = (parents ? prefix : prefix + "." + name(method)) + (named ? ".NAME" : "");
                        addKeys(keys, of, mapping, within, new TreePath(path, within));
                    }
                }
            }
        }

        private static @Nullable ClassTree nested(ClassTree mapping, String name) {
            return mapping.getMembers().stream()
                    .filter(member -> member instanceof ClassTree type
                            && type.getKind() == Tree.Kind.INTERFACE
                            && type.getSimpleName().contentEquals(name))
                    .map(ClassTree.class::cast)
                    .findFirst()
                    .orElse(null);
        }

        private static String name(MethodTree method) {
            return method.getName()
                    .toString()
                    .replaceAll("([a-z0-9])([A-Z])", "$1-$2")
                    .toLowerCase(Locale.ROOT);
        }

        private ConfigKey key(String prefix, MethodTree method, TreePath path) {
            return new ConfigKey(
                    prefix + "." + name(method),
                    type(method.getReturnType().toString()) + bounds(method.getModifiers()),
                    annotation(method.getModifiers(), "WithDefault"),
                    comment(new TreePath(path, method)));
        }

        @Override
        public @Nullable Void visitVariable(VariableTree variable, @Nullable Void unused) {
            if (getCurrentPath().getParentPath().getLeaf() instanceof ClassTree type) {
                comments.put(type.getSimpleName() + "." + variable.getName(), comment(getCurrentPath()));
            }
            return super.visitVariable(variable, null);
        }

        private String comment(TreePath path) {
            DocCommentTree comment = trees.getDocCommentTree(path);
            return comment == null
                    ? ""
                    : comment.getFullBody().stream()
                            .map(SourceDocs::markdown)
                            .collect(Collectors.joining())
                            .replaceAll("\\s+", " ")
                            .trim();
        }
    }

    private static String markdown(DocTree tree) {
        return switch (tree) {
            case TextTree text -> text.getBody();
            case LiteralTree literal -> "`" + literal.getBody().getBody() + "`";
            case LinkTree link ->
                "`"
                        + link.getReference()
                                .getSignature()
                                .replaceFirst(".*[.#]", "")
                                .replaceFirst("\\(.*", "") + "`";
            default -> "";
        };
    }

    private static @Nullable String annotation(ModifiersTree modifiers, String name) {
        for (AnnotationTree annotation : modifiers.getAnnotations()) {
            if (annotation.getAnnotationType().toString().equals(name)) {
                ExpressionTree argument = annotation.getArguments().getFirst();
                ExpressionTree value = argument instanceof AssignmentTree named ? named.getExpression() : argument;
                return String.valueOf(((com.sun.source.tree.LiteralTree) value).getValue());
            }
        }
        return null;
    }

    /** Returns the limits that the annotations set, in words. */
    private static String bounds(ModifiersTree modifiers) {
        StringBuilder bounds = new StringBuilder();
        for (AnnotationTree annotation : modifiers.getAnnotations()) {
            String name = annotation.getAnnotationType().toString();
            if (Set.of("Min", "Max", "DurationMin", "DurationMax", "Bytes").contains(name)) {
                for (ExpressionTree argument : annotation.getArguments()) {
                    bounds.append(bound(name, argument));
                }
            }
        }
        return bounds.toString();
    }

    private static String bound(String annotation, ExpressionTree argument) {
        String unit =
                argument instanceof AssignmentTree named ? named.getVariable().toString() : "value";
        ExpressionTree literal = argument instanceof AssignmentTree named ? named.getExpression() : argument;
        boolean least = annotation.endsWith("Min") || unit.equals("min");
        String suffix =
                switch (unit) {
                    case "value", "min", "max" -> "";
                    case "millis" -> "ms";
                    default -> unit.substring(0, 1);
                };
        return ", " + (least ? "at least " : "at most ") + number(literal) + suffix;
    }

    /** Returns the value of a literal, or of one that is shifted. */
    private static String number(ExpressionTree expression) {
        if (expression instanceof BinaryTree shift && shift.getKind() == Tree.Kind.LEFT_SHIFT) {
            return Long.toString(Long.parseLong(number(shift.getLeftOperand()))
                    << Integer.parseInt(number(shift.getRightOperand())));
        }
        return String.valueOf(((com.sun.source.tree.LiteralTree) expression).getValue());
    }

    private static Set<String> annotations(ModifiersTree modifiers) {
        return modifiers.getAnnotations().stream()
                .map(annotation -> annotation.getAnnotationType().toString())
                .collect(Collectors.toSet());
    }

    private String type(String java) {
        return switch (java) {
            case "boolean" -> "true or false";
            case "int", "long", "OptionalInt" -> "whole number";
            case "String", "Optional<String>" -> "text";
            case "Optional<List<String>>" -> "list of texts";
            case "URI", "Optional<URI>" -> "address";
            case "Path", "Optional<Path>" -> "path";
            case "Duration" -> "duration";
            case "Map<String, Duration>" -> "durations by name";
            case "MemorySize" -> "size";
            default -> {
                String known = words.get(java);
                if (known == null) {
                    throw new NoSuchElementException("no word for a key of type " + java);
                }
                yield known;
            }
        };
    }
}
