package dev.weir.predictionlog.sink.parquet;

import static org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName.BINARY;
import static org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName.BOOLEAN;
import static org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName.DOUBLE;
import static org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName.INT32;
import static org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName.INT64;

import dev.weir.inference.ModelSignature;
import dev.weir.inference.Tensor;
import dev.weir.predictionlog.GapRecord;
import dev.weir.predictionlog.PackedTensors;
import dev.weir.predictionlog.PredictionRecord;
import dev.weir.predictionlog.RecordContext;
import dev.weir.predictionlog.RecordJson;
import dev.weir.predictionlog.StoredEntry;
import java.io.IOException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.apache.parquet.conf.PlainParquetConfiguration;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.SimpleGroup;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.example.ExampleParquetWriter;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.schema.LogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.TimeUnit;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;
import org.apache.parquet.schema.Type;
import org.apache.parquet.schema.Types;
import org.jspecify.annotations.Nullable;

/**
 * Writes entries as Parquet. Columns of the record begin with {@code weir_}; those of inputs and outputs have the names of
 * features and tensors, an output's {@code output_} before it where an input has the same.
 */
final class ParquetFiles {

    private static final String PREFIX = "weir_";
    private static final long NANOS_PER_MICRO = 1_000;

    private ParquetFiles() {}

    /** Returns a file with a row per row of records of one version. */
    static byte[] records(List<Unpacked> records, @Nullable ModelSignature signature) throws IOException {
        Set<String> names = new HashSet<>();
        List<Type> fields = new ArrayList<>(metadata());
        Map<String, TensorColumns> inputs =
                TensorColumns.of(records, Unpacked::inputs, name -> signature == null ? null : signature.input(name));
        Map<String, TensorColumns> outputs =
                TensorColumns.of(records, Unpacked::outputs, name -> signature == null ? null : signature.output(name));
        decide(inputs, names, "input_", fields);
        decide(outputs, names, "output_", fields);
        MessageType schema = new MessageType("prediction", fields);
        return write(schema, writer -> {
            for (Unpacked each : records) {
                int rows = each.rows();
                for (int row = 0; row < rows; row++) {
                    Group group = new SimpleGroup(schema);
                    metadata(group, each, row, rows);
                    tensors(group, each.inputs(), inputs, row, rows);
                    tensors(group, each.outputs(), outputs, row, rows);
                    writer.write(group);
                }
            }
        });
    }

    private static void decide(
            Map<String, TensorColumns> tensors, Set<String> names, String prefix, List<Type> fields) {
        Function<String, String> unused = name -> {
            String free = name.startsWith(PREFIX) ? prefix + name : name;
            while (!names.add(free)) {
                free = prefix + free;
            }
            return free;
        };
        for (TensorColumns columns : tensors.values()) {
            for (Column column : columns.decide(unused)) {
                fields.add(column.type());
            }
        }
    }

    private static void tensors(
            Group group,
            PackedTensors.@Nullable Contents contents,
            Map<String, TensorColumns> columns,
            int row,
            int rows) {
        if (contents == null) {
            return;
        }
        for (int i = 0; i < contents.tensors().size(); i++) {
            Tensor tensor = contents.tensors().get(i);
            TensorColumns of = columns.get(tensor.name());
            if (of != null) {
                of.write(group, tensor, row, rows, PackedTensors.taken(contents, i));
            }
        }
    }

    private static List<Type> metadata() {
        return List.of(
                text("prediction_id"),
                text("request_id"),
                text("inference_id"),
                field(INT32, "row"),
                time("at"),
                text("model"),
                text("version"),
                text("manifest_digest"),
                text("config_digest"),
                text("experiment"),
                text("epoch"),
                text("variant"),
                text("role"),
                text("route_reason"),
                field(INT32, "bucket"),
                field(DOUBLE, "propensity"),
                text("primary_prediction_id"),
                text("caller_id"),
                text("subject_key"),
                text("trace_id"),
                text("result"),
                text("code"),
                field(INT64, "queue_us"),
                field(INT64, "compute_us"),
                field(INT64, "total_us"),
                text("capture"),
                field(DOUBLE, "probability"),
                field(BOOLEAN, "sampled"),
                field(BOOLEAN, "truncated"),
                field(BOOLEAN, "erased"),
                field(BOOLEAN, "acknowledged"),
                text("replica"),
                field(INT64, "incarnation"),
                field(INT64, "seq"));
    }

    private static Type text(String name) {
        return Types.optional(BINARY).as(LogicalTypeAnnotation.stringType()).named(PREFIX + name);
    }

    private static Type time(String name) {
        return Types.optional(INT64)
                .as(LogicalTypeAnnotation.timestampType(true, TimeUnit.MICROS))
                .named(PREFIX + name);
    }

    private static Type field(PrimitiveTypeName type, String name) {
        return Types.optional(type).named(PREFIX + name);
    }

    private static void put(Group group, String name, @Nullable String text) {
        if (text != null) {
            group.append(PREFIX + name, text);
        }
    }

    private static long micros(Instant time) {
        return Instant.EPOCH.until(time, ChronoUnit.MICROS);
    }

    private static void metadata(Group group, Unpacked each, int row, int rows) {
        PredictionRecord record = each.record();
        RecordContext context = record.context();
        PredictionRecord.Routing routing = record.routing();
        put(group, "prediction_id", record.id().row(row, rows));
        put(group, "request_id", record.requestId().value());
        put(
                group,
                "inference_id",
                row < record.inferenceIds().size() ? record.inferenceIds().get(row) : null);
        group.append(PREFIX + "row", row);
        group.append(PREFIX + "at", micros(record.started()));
        put(group, "model", context.version().model());
        put(group, "version", context.version().version());
        put(group, "manifest_digest", context.manifestDigest());
        put(group, "config_digest", context.configDigest());
        put(group, "experiment", context.experiment());
        put(group, "epoch", context.epoch());
        put(group, "variant", context.variant());
        put(group, "role", context.role().word());
        put(group, "route_reason", routing.reason());
        if (routing.bucket() != null) {
            group.append(PREFIX + "bucket", routing.bucket());
        }
        if (routing.propensity() != null) {
            group.append(PREFIX + "propensity", routing.propensity());
        }
        put(
                group,
                "primary_prediction_id",
                routing.primary() == null ? null : routing.primary().toString());
        put(group, "caller_id", record.callerId());
        put(group, "subject_key", record.subjectKey());
        put(group, "trace_id", record.traceId());
        put(group, "result", record.result().word());
        put(group, "code", record.code() == null ? null : record.code().name());
        group.append(PREFIX + "queue_us", record.timing().queueNanos() / NANOS_PER_MICRO);
        group.append(PREFIX + "compute_us", record.timing().computeNanos() / NANOS_PER_MICRO);
        group.append(PREFIX + "total_us", record.timing().totalNanos() / NANOS_PER_MICRO);
        put(group, "capture", record.payload().capture().word());
        group.append(PREFIX + "probability", record.payload().probability());
        group.append(PREFIX + "sampled", record.payload().sampled());
        group.append(PREFIX + "truncated", record.payload().truncated());
        group.append(PREFIX + "erased", record.payload().erased());
        group.append(PREFIX + "acknowledged", each.entry().acknowledged());
        place(group, each.entry());
    }

    private static void place(Group group, StoredEntry entry) {
        put(group, "replica", entry.replica());
        group.append(PREFIX + "incarnation", entry.position().incarnation());
        group.append(PREFIX + "seq", entry.position().seq());
    }

    /** A gap and where it stands. */
    record Gap(StoredEntry entry, GapRecord gap) {}

    /** Returns a file with a row per gap. */
    static byte[] gaps(List<Gap> gaps) throws IOException {
        MessageType schema = new MessageType(
                "gap",
                List.of(
                        time("at"),
                        time("to"),
                        text("deployment"),
                        field(INT64, "count"),
                        text("reason"),
                        text("replica"),
                        field(INT64, "incarnation"),
                        field(INT64, "seq")));
        return write(schema, writer -> {
            for (Gap each : gaps) {
                Group group = new SimpleGroup(schema);
                group.append(PREFIX + "at", micros(each.gap().from()));
                group.append(PREFIX + "to", micros(each.gap().to()));
                put(group, "deployment", each.gap().deployment());
                if (each.gap().count() != null) {
                    group.append(PREFIX + "count", each.gap().count());
                }
                put(group, "reason", each.gap().reason().word());
                place(group, each.entry());
                writer.write(group);
            }
        });
    }

    /** Writes rows. */
    private interface Rows {
        void write(ParquetWriter<Group> writer) throws IOException;
    }

    private static byte[] write(MessageType schema, Rows rows) throws IOException {
        MemoryFile file = new MemoryFile();
        try (ParquetWriter<Group> writer = ExampleParquetWriter.builder(file)
                .withConf(new PlainParquetConfiguration())
                .withType(schema)
                .withCodecFactory(new SnappyCodec())
                .withCompressionCodec(CompressionCodecName.SNAPPY)
                .withExtraMetaData(Map.of("weir.schema_version", RecordJson.SCHEMA_VERSION))
                .build()) {
            rows.write(writer);
        }
        return file.toByteArray();
    }
}
