package dev.weir.registry;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.JsonNode;
import dev.weir.failure.ArtifactRejected;
import dev.weir.failure.FailureCode;
import dev.weir.failure.RequestRejected;
import dev.weir.inference.DataType;
import dev.weir.inference.Shape;
import dev.weir.inference.Tensor;
import dev.weir.inference.TensorAllocator;
import dev.weir.inference.TensorJsonReader;
import dev.weir.servable.GoldenSample;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Reads the golden samples of a manifest. */
final class GoldenReader {

    private GoldenReader() {}

    /**
     * Reads them.
     *
     * @throws ArtifactRejected naming the field that is missing
     * @throws RequestRejected naming the tensor that is none
     */
    static List<GoldenSample> read(List<ManifestDocument.Golden> samples) {
        List<GoldenSample> read = new ArrayList<>();
        for (int i = 0; i < samples.size(); i++) {
            ManifestDocument.Golden sample = samples.get(i);
            String place = "golden[" + i + "]";
            ManifestDocument.Tolerance tolerance = sample.tolerance();
            read.add(new GoldenSample(
                    sample.name() == null ? place : sample.name(),
                    tensors(place + ".inputs", ManifestReader.require(sample.inputs(), place + ".inputs")),
                    tensors(place + ".outputs", ManifestReader.require(sample.outputs(), place + ".outputs")),
                    tolerance == null || tolerance.absolute() == null ? 0 : tolerance.absolute(),
                    tolerance == null || tolerance.relative() == null ? 0 : tolerance.relative()));
        }
        return read;
    }

    private static List<Tensor> tensors(String place, List<ManifestDocument.TensorEntry> entries) {
        List<Tensor> tensors = new ArrayList<>();
        for (int i = 0; i < entries.size(); i++) {
            ManifestDocument.TensorEntry entry = entries.get(i);
            String here = place + "[" + i + "]";
            try {
                tensors.add(tensor(entry, here));
            } catch (RequestRejected e) {
                throw e.at(here);
            } catch (IOException e) {
                throw new ArtifactRejected("manifest: " + here + ".data can't be read", e);
            }
        }
        return tensors;
    }

    private static Tensor tensor(ManifestDocument.TensorEntry entry, String place) throws IOException {
        JsonNode data = ManifestReader.require(entry.data(), place + ".data");
        String name = ManifestReader.require(entry.name(), place + ".name");
        DataType datatype = DataType.named(ManifestReader.require(entry.datatype(), place + ".datatype"));
        Shape shape = Shape.of(SignatureJson.extents(ManifestReader.require(entry.shape(), place + ".shape")));
        if (data.isArray() && shape.elements() > values(data)) {
            // Before memory is taken for what the shape claims.
            throw new RequestRejected(
                    FailureCode.WRONG_DATA_LENGTH, "shape " + shape + " takes more elements than there are", "data");
        }
        try (JsonParser parser = data.traverse()) {
            parser.nextToken();
            return TensorJsonReader.read(
                    parser, name, datatype, shape, TensorAllocator.UNPOOLED, TensorJsonReader.Bounds.NONE);
        }
    }

    private static long values(JsonNode data) {
        if (!data.isArray()) {
            return 1;
        }
        long values = 0;
        for (JsonNode element : data) {
            values += values(element);
        }
        return values;
    }
}
