package dev.weir.predictionlog.sink.parquet;

import static org.apache.parquet.schema.LogicalTypeAnnotation.intType;
import static org.apache.parquet.schema.LogicalTypeAnnotation.stringType;

import dev.weir.inference.DataType;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;
import org.apache.parquet.schema.Type;
import org.apache.parquet.schema.Types;

/**
 * A column of values.
 *
 * @param name its name
 * @param datatype what its values are
 * @param many whether a row has any number of them
 * @param text whether all of them are UTF-8; of byte strings only
 */
record Column(String name, DataType datatype, boolean many, boolean text) {

    /** Returns it as Parquet has it: every value may be missing. */
    Type type() {
        if (!many) {
            return primitive(Types.optional(physical()), name);
        }
        return Types.optionalGroup()
                .as(org.apache.parquet.schema.LogicalTypeAnnotation.listType())
                .addField(Types.repeatedGroup()
                        .addField(primitive(Types.optional(physical()), "element"))
                        .named("list"))
                .named(name);
    }

    private Type primitive(Types.PrimitiveBuilder<? extends Type> builder, String as) {
        return switch (datatype) {
            case UINT8 -> builder.as(intType(8, false)).named(as);
            case UINT16 -> builder.as(intType(16, false)).named(as);
            case UINT32 -> builder.as(intType(32, false)).named(as);
            case UINT64 -> builder.as(intType(64, false)).named(as);
            case INT8 -> builder.as(intType(8, true)).named(as);
            case INT16 -> builder.as(intType(16, true)).named(as);
            case BYTES -> (text ? builder.as(stringType()) : builder).named(as);
            case BOOL, INT32, INT64, FP16, BF16, FP32, FP64 -> builder.named(as);
        };
    }

    private PrimitiveTypeName physical() {
        return switch (datatype) {
            case BOOL -> PrimitiveTypeName.BOOLEAN;
            case UINT8, UINT16, UINT32, INT8, INT16, INT32 -> PrimitiveTypeName.INT32;
            case UINT64, INT64 -> PrimitiveTypeName.INT64;
            case FP16, BF16, FP32 -> PrimitiveTypeName.FLOAT;
            case FP64 -> PrimitiveTypeName.DOUBLE;
            case BYTES -> PrimitiveTypeName.BINARY;
        };
    }
}
