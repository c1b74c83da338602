package dev.weir.api.rows;

import dev.weir.inference.DataType;
import dev.weir.inference.ModelSignature;
import dev.weir.inference.ShapePattern;
import dev.weir.inference.TensorSpec;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** A signature and rows for it, made from a seed, and every way to write them down. */
final class RandomTable {

    private static final String[] TEXTS = {"", "a", "b,c", "d\"e", "f\ng", "é😀", "NaN", "1.5", "true", " x "};

    private final Random random;
    private final ModelSignature signature;
    private final int rows;

    /** For each input, for each row, the literals of its elements in row-major order. */
    private final List<List<List<String>>> literals = new ArrayList<>();

    RandomTable(long seed, int maxRows) {
        random = new Random(seed);
        int inputs = 1 + random.nextInt(4);
        List<TensorSpec> specs = new ArrayList<>();
        for (int i = 0; i < inputs; i++) {
            specs.add(spec("in " + i));
        }
        signature = new ModelSignature(specs, specs, true);
        rows = 1 + random.nextInt(maxRows);
        for (TensorSpec spec : specs) {
            literals.add(IntStream.range(0, rows)
                    .mapToObj(row -> IntStream.range(0, elements(spec))
                            .mapToObj(element -> literal(spec))
                            .toList())
                    .toList());
        }
    }

    private TensorSpec spec(String name) {
        DataType datatype = pick(DataType.values());
        boolean nonFinite = random.nextBoolean();
        return switch (random.nextInt(5)) {
            case 0 -> new TensorSpec(name, datatype, ShapePattern.of(-1), List.of(), List.of(), nonFinite);
            case 1 -> new TensorSpec(name, datatype, ShapePattern.of(-1, 1), List.of(), List.of(), nonFinite);
            case 2 -> {
                long[] shape = {-1, 1 + random.nextInt(3), 1 + random.nextInt(3)};
                yield new TensorSpec(name, datatype, ShapePattern.of(shape), List.of(), List.of(), nonFinite);
            }
            default -> {
                int width = 1 + random.nextInt(5);
                List<String> features = IntStream.range(0, width)
                        .mapToObj(feature -> name + "." + feature)
                        .toList();
                yield new TensorSpec(name, datatype, ShapePattern.of(-1, width), features, List.of(), nonFinite);
            }
        };
    }

    private <T> T pick(T[] values) {
        return values[random.nextInt(values.length)];
    }

    private static int elements(TensorSpec spec) {
        int product = 1;
        for (int axis = 1; axis < spec.shape().rank(); axis++) {
            product *= (int) spec.shape().dimension(axis);
        }
        return product;
    }

    private String literal(TensorSpec spec) {
        DataType datatype = spec.datatype();
        return switch (datatype) {
            case BOOL -> Boolean.toString(random.nextBoolean());
            case BYTES -> quoted(pick(TEXTS));
            case UINT64 -> integer(new BigInteger(random.nextInt(65), random));
            case INT64 -> integer(BigInteger.valueOf(random.nextLong() >> random.nextInt(64)));
            case UINT8, UINT16, UINT32 -> integer(new BigInteger(random.nextInt(datatype.bytes() * 8 + 1), random));
            case INT8, INT16, INT32 ->
                integer(BigInteger.valueOf(
                        random.nextLong() >> (64 - 8 * datatype.bytes() + random.nextInt(datatype.bytes() * 8))));
            case FP16, BF16, FP32, FP64 -> real(spec);
        };
    }

    private String integer(BigInteger value) {
        return random.nextInt(4) == 0 ? value + ".0" : value.toString();
    }

    private String real(TensorSpec spec) {
        if (spec.takes(Double.NaN) && random.nextInt(6) == 0) {
            String[] words = {"null", "\"NaN\"", "\"Infinity\"", "\"-Infinity\""};
            return pick(words);
        }
        return random.nextBoolean()
                ? Integer.toString(random.nextInt(200) - 100)
                : Double.toString(random.nextGaussian() * Math.pow(10, random.nextInt(5)));
    }

    private static String quoted(String text) {
        return "\"" + text.replace("\"", "\\\"").replace("\n", "\\n") + "\"";
    }

    ModelSignature signature() {
        return signature;
    }

    int rows() {
        return rows;
    }

    /** Says whether every column is a single value. */
    boolean isFlat() {
        return signature.inputs().stream()
                .allMatch(spec -> spec.shape().rank() == 1
                        || !spec.features().isEmpty()
                        || (spec.shape().rank() == 2 && spec.shape().dimension(1) == 1));
    }

    boolean hasOneInput() {
        return signature.inputs().size() == 1;
    }

    /** One column of a row: its name and its JSON. */
    record Cell(String name, String json) {
        @Override
        public String toString() {
            return quoted(name) + ":" + json;
        }
    }

    private List<Cell> cells(int row, boolean whole) {
        List<Cell> cells = new ArrayList<>();
        for (int input = 0; input < literals.size(); input++) {
            TensorSpec spec = signature.inputs().get(input);
            List<String> values = literals.get(input).get(row);
            if (spec.features().isEmpty() || whole) {
                cells.add(new Cell(spec.name(), nested(spec, values)));
            } else {
                for (int feature = 0; feature < values.size(); feature++) {
                    cells.add(new Cell(spec.features().get(feature), values.get(feature)));
                }
            }
        }
        return cells;
    }

    private String nested(TensorSpec spec, List<String> values) {
        boolean scalar = spec.shape().rank() == 1
                || (spec.features().isEmpty()
                        && spec.shape().rank() == 2
                        && spec.shape().dimension(1) == 1);
        if (scalar) {
            return values.getFirst();
        }
        if (spec.shape().rank() == 2) {
            return "[" + String.join(",", values) + "]";
        }
        int width = (int) spec.shape().dimension(2);
        return IntStream.range(0, values.size() / width)
                .mapToObj(i -> "[" + String.join(",", values.subList(i * width, (i + 1) * width)) + "]")
                .collect(Collectors.joining(",", "[", "]"));
    }

    private String array(IntFunction<String> row) {
        return IntStream.range(0, rows).mapToObj(row).collect(Collectors.joining(",", "[", "]"));
    }

    private <T> List<T> shuffled(List<T> values) {
        List<T> copy = new ArrayList<>(values);
        Collections.shuffle(copy, random);
        return copy;
    }

    private static String object(List<Cell> cells) {
        return cells.stream().map(Cell::toString).collect(Collectors.joining(",", "{", "}"));
    }

    private static String values(List<Cell> cells) {
        return cells.stream().map(Cell::json).collect(Collectors.joining(",", "[", "]"));
    }

    /** Rows as objects in the signature's order: the form others are compared with. */
    String objects() {
        return "{\"instances\":" + array(row -> object(cells(row, false))) + "}";
    }

    String shuffledObjects() {
        return "{\"instances\":" + array(row -> object(shuffled(cells(row, random.nextBoolean())))) + "}";
    }

    /** Rows as arrays; the only column of a row that is itself an array stands bare. */
    String positional() {
        return "{\"instances\":"
                + array(row -> {
                    List<Cell> cells = cells(row, false);
                    return cells.size() == 1 && !isFlat() ? cells.getFirst().json() : values(cells);
                })
                + "}";
    }

    String columns() {
        boolean whole = random.nextBoolean();
        List<String> names = shuffled(cells(0, whole).stream().map(Cell::name).toList());
        return names.stream()
                .map(name -> quoted(name) + ":"
                        + array(row -> cells(row, whole).stream()
                                .filter(cell -> cell.name().equals(name))
                                .findFirst()
                                .orElseThrow()
                                .json()))
                .collect(Collectors.joining(",", "{\"inputs\":{", "}}"));
    }

    String split() {
        long order = random.nextLong();
        List<Cell> head = new ArrayList<>(cells(0, false));
        Collections.shuffle(head, new Random(order));
        String columns = head.stream().map(cell -> quoted(cell.name())).collect(Collectors.joining(",", "[", "]"));
        String data = array(row -> {
            List<Cell> cells = new ArrayList<>(cells(row, false));
            Collections.shuffle(cells, new Random(order));
            return values(cells);
        });
        return random.nextBoolean()
                ? "{\"dataframe_split\":{\"columns\":" + columns + ",\"data\":" + data + "}}"
                : "{\"dataframe_split\":{\"data\":" + data + ",\"columns\":" + columns + "}}";
    }

    String lines() {
        return IntStream.range(0, rows)
                .mapToObj(row -> object(shuffled(cells(row, false))))
                .collect(Collectors.joining("\n"));
    }

    String csv() {
        StringBuilder csv = new StringBuilder();
        if (isFlat() && random.nextBoolean()) {
            csv.append(cells(0, false).stream().map(Cell::name).collect(Collectors.joining(",")))
                    .append('\n');
        }
        for (int row = 0; row < rows; row++) {
            List<String> cells = new ArrayList<>();
            for (int input = 0; input < literals.size(); input++) {
                DataType datatype = signature.inputs().get(input).datatype();
                literals.get(input).get(row).forEach(literal -> cells.add(cell(datatype, literal)));
            }
            csv.append(String.join(",", cells)).append("\r\n");
        }
        return csv.toString();
    }

    private static String cell(DataType datatype, String literal) {
        if (datatype == DataType.BYTES) {
            String text = literal.substring(1, literal.length() - 1)
                    .replace("\\\"", "\"")
                    .replace("\\n", "\n");
            return "\"" + text.replace("\"", "\"\"") + "\"";
        }
        // Quoted, since an empty cell in a line of its own would be a blank line, which at the end is no row.
        return literal.equals("null") ? "\"\"" : literal;
    }

    @Override
    public String toString() {
        return signature.inputs() + " " + objects();
    }
}
