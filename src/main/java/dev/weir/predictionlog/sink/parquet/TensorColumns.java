package dev.weir.predictionlog.sink.parquet;

import dev.weir.inference.DataType;
import dev.weir.inference.Tensor;
import dev.weir.inference.TensorSpec;
import dev.weir.predictionlog.PackedTensors;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.io.api.Binary;
import org.jspecify.annotations.Nullable;

/**
 * How the tensors of one name, in the records of one version, become columns: one where a row has one value, one per value
 * where the version says how many there are, or names them, and one of lists else. What is not known of the version is seen
 * from the records of the file.
 *
 * <p>An element that was taken out is missing; where a digest stands for it, column {@code <name>_hash} has that.
 */
final class TensorColumns {

    /** Beyond, a row is a list. */
    private static final int MOST_COLUMNS = 1_024;

    private final String tensor;
    private final DataType datatype;
    private final @Nullable TensorSpec spec;
    private int width = -1;
    private boolean varies;
    private boolean text = true;
    private boolean hashed;
    private List<Column> columns = List.of();
    private @Nullable Column hashes;

    TensorColumns(Tensor first, @Nullable TensorSpec spec) {
        this.tensor = first.name();
        this.datatype = first.datatype();
        this.spec = spec;
    }

    String tensor() {
        return tensor;
    }

    /** Looks at a tensor of the file. */
    void see(Tensor each, int rows, Map<Integer, String> taken) {
        int elements = Math.toIntExact(each.shape().elements());
        int wide = elements / Math.max(1, rows);
        varies |= (width >= 0 && width != wide) || each.shape().rank() > 2;
        width = wide;
        hashed |= taken.values().stream().anyMatch(digest -> !digest.isEmpty());
        if (each instanceof Tensor.Bytes texts) {
            for (byte[] element : texts.elements()) {
                text &= isUtf8(element);
            }
        }
    }

    private static boolean isUtf8(byte[] element) {
        try {
            StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(element));
            return true;
        } catch (CharacterCodingException e) {
            return false;
        }
    }

    /** Decides on the columns once all tensors were seen. */
    List<Column> decide(Function<String, String> unused) {
        boolean named = spec != null && !spec.features().isEmpty();
        boolean many = !named && width != 1 && (varies || width == 0 || width > MOST_COLUMNS || isOpen());
        columns = new ArrayList<>();
        if (many || varies) {
            columns.add(new Column(unused.apply(tensor), datatype, true, text));
        } else if (named && spec != null && spec.features().size() == width) {
            for (String feature : spec.features()) {
                columns.add(new Column(unused.apply(feature), datatype, false, text));
            }
        } else {
            for (int i = 0; i < width; i++) {
                columns.add(new Column(unused.apply(width == 1 ? tensor : tensor + "_" + i), datatype, false, text));
            }
        }
        List<Column> all = new ArrayList<>(columns);
        if (hashed) {
            hashes = new Column(
                    unused.apply(tensor + "_hash"),
                    DataType.BYTES,
                    columns.getFirst().many() || width > 1,
                    true);
            all.add(hashes);
        }
        return all;
    }

    /** Says whether the version leaves the number of values open. */
    private boolean isOpen() {
        return spec != null
                && spec.shape().rank() > 0
                && spec.shape().dimension(spec.shape().rank() - 1) < 0
                && spec.shape().rank() > 1;
    }

    /** Writes one row of a tensor. */
    void write(Group to, Tensor of, int row, int rows, Map<Integer, String> taken) {
        int wide = Math.toIntExact(of.shape().elements()) / Math.max(1, rows);
        int from = row * wide;
        if (columns.getFirst().many()) {
            Group list = to.addGroup(columns.getFirst().name());
            for (int i = 0; i < wide; i++) {
                Group item = list.addGroup("list");
                if (!taken.containsKey(from + i)) {
                    add(item, "element", of, from + i);
                }
            }
        } else {
            for (int i = 0; i < wide; i++) {
                if (!taken.containsKey(from + i)) {
                    add(to, columns.get(i).name(), of, from + i);
                }
            }
        }
        writeHashes(to, from, wide, taken);
    }

    private void writeHashes(Group to, int from, int wide, Map<Integer, String> taken) {
        if (hashes == null) {
            return;
        }
        Group list = hashes.many() ? to.addGroup(hashes.name()) : null;
        for (int i = 0; i < wide; i++) {
            String digest = taken.getOrDefault(from + i, "");
            Group item = list == null ? to : list.addGroup("list");
            if (!digest.isEmpty()) {
                item.append(list == null ? hashes.name() : "element", digest);
            }
        }
    }

    private static void add(Group to, String column, Tensor of, int index) {
        switch (of) {
            case Tensor.Bytes texts ->
                to.add(column, Binary.fromConstantByteArray(texts.elements().get(index)));
            case Tensor.Fixed fixed -> add(to, column, fixed.datatype(), fixed.data(), index);
        }
    }

    private static void add(Group to, String column, DataType type, ByteBuffer data, int index) {
        int at = index * type.bytes();
        switch (type) {
            case BOOL -> to.add(column, data.get(at) != 0);
            case UINT8 -> to.add(column, data.get(at) & 0xFF);
            case INT8 -> to.add(column, (int) data.get(at));
            case UINT16 -> to.add(column, data.getShort(at) & 0xFFFF);
            case INT16 -> to.add(column, (int) data.getShort(at));
            case UINT32, INT32 -> to.add(column, data.getInt(at));
            case UINT64, INT64 -> to.add(column, data.getLong(at));
            case FP16 -> to.add(column, Float.float16ToFloat(data.getShort(at)));
            case BF16 -> to.add(column, Float.intBitsToFloat(data.getShort(at) << 16));
            case FP32 -> to.add(column, data.getFloat(at));
            case FP64 -> to.add(column, data.getDouble(at));
            case BYTES -> throw new IllegalStateException("byte strings have no fixed size");
        }
    }

    /** Returns columns for all tensors of some records, by name. */
    static Map<String, TensorColumns> of(
            Iterable<Unpacked> records,
            Function<Unpacked, PackedTensors.@Nullable Contents> side,
            Function<String, @Nullable TensorSpec> specs) {
        Map<String, TensorColumns> all = new LinkedHashMap<>();
        for (Unpacked record : records) {
            PackedTensors.Contents contents = side.apply(record);
            if (contents != null) {
                for (int i = 0; i < contents.tensors().size(); i++) {
                    Tensor tensor = contents.tensors().get(i);
                    TensorColumns columns = all.get(tensor.name());
                    if (columns == null) {
                        columns = new TensorColumns(tensor, specs.apply(tensor.name()));
                        all.put(tensor.name(), columns);
                    }
                    columns.see(tensor, record.rows(), PackedTensors.taken(contents, i));
                }
            }
        }
        return all;
    }
}
