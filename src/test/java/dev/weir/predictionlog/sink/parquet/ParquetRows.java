package dev.weir.predictionlog.sink.parquet;

import dev.hardwood.HardwoodContext;
import dev.hardwood.InputFile;
import dev.hardwood.reader.ParquetFileReader;
import dev.hardwood.reader.RowReader;
import dev.hardwood.schema.ColumnSchema;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Reads files with a library that did not write them. Columns of lists are left out. */
final class ParquetRows {

    private ParquetRows() {}

    /** Returns the files below a directory, by name. */
    static List<Path> files(Path directory) throws IOException {
        if (Files.notExists(directory)) {
            return List.of();
        }
        try (Stream<Path> files = Files.walk(directory)) {
            return files.filter(file -> file.toString().endsWith(".parquet"))
                    .sorted()
                    .toList();
        }
    }

    /** Returns the rows of a file: values by column. */
    static List<Map<String, @Nullable Object>> read(Path file) throws IOException {
        List<Map<String, @Nullable Object>> all = new ArrayList<>();
        HardwoodContext context = HardwoodContext.create();
        try (context;
                ParquetFileReader reader = ParquetFileReader.open(InputFile.of(file), context);
                RowReader rows = reader.buildRowReader().build()) {
            List<String> names = reader.getFileSchema().getColumns().stream()
                    .map(ColumnSchema::name)
                    .toList();
            while (rows.hasNext()) {
                rows.next();
                Map<String, @Nullable Object> row = new LinkedHashMap<>();
                for (String name : names) {
                    if (!name.equals("element")) {
                        row.put(name, rows.isNull(name) ? null : rows.getValue(name));
                    }
                }
                all.add(row);
            }
        }
        return all;
    }
}
