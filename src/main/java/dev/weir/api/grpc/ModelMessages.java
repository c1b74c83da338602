package dev.weir.api.grpc;

import dev.weir.api.ModelViews;
import dev.weir.inference.TensorSpec;
import dev.weir.servable.ServableStatistics;
import inference.wire.DataType;
import inference.wire.InferStatistics;
import inference.wire.ModelConfig;
import inference.wire.ModelConfigResponse;
import inference.wire.ModelInput;
import inference.wire.ModelMetadataResponse;
import inference.wire.ModelMetadataResponse.TensorMetadata;
import inference.wire.ModelOutput;
import inference.wire.ModelStatistics;
import inference.wire.ModelStatisticsResponse;
import inference.wire.ServerMetadataResponse;
import inference.wire.StatisticDuration;
import java.util.List;
import java.util.stream.LongStream;

/** Spells the answers about server and models as the protocol's messages. */
final class ModelMessages {

    private ModelMessages() {}

    static ServerMetadataResponse server(ModelViews.ServerView server) {
        return ServerMetadataResponse.newBuilder()
                .setName(server.name())
                .setVersion(server.version())
                .addAllExtensions(server.extensions())
                .build();
    }

    static ModelMetadataResponse model(ModelViews.ModelView model) {
        return ModelMetadataResponse.newBuilder()
                .setName(model.name())
                .addAllVersions(model.versions())
                .setPlatform(model.platform())
                .addAllInputs(model.inputs().stream().map(ModelMessages::tensor).toList())
                .addAllOutputs(
                        model.outputs().stream().map(ModelMessages::tensor).toList())
                .build();
    }

    private static TensorMetadata tensor(TensorSpec spec) {
        return TensorMetadata.newBuilder()
                .setName(spec.name())
                .setDatatype(spec.datatype().name())
                .addAllShape(extents(spec))
                .build();
    }

    static ModelConfigResponse config(ModelViews.ConfigView view) {
        ModelConfig.Builder config = ModelConfig.newBuilder()
                .setName(view.name())
                .setPlatform(view.platform())
                .setBackend(view.backend());
        for (TensorSpec input : view.signature().inputs()) {
            config.addInput(ModelInput.newBuilder()
                    .setName(input.name())
                    .setDataType(type(input))
                    .addAllDims(extents(input)));
        }
        for (TensorSpec output : view.signature().outputs()) {
            config.addOutput(ModelOutput.newBuilder()
                    .setName(output.name())
                    .setDataType(type(output))
                    .addAllDims(extents(output)));
        }
        return ModelConfigResponse.newBuilder().setConfig(config).build();
    }

    private static DataType type(TensorSpec spec) {
        return DataType.valueOf(ModelViews.configType(spec.datatype()));
    }

    private static Iterable<Long> extents(TensorSpec spec) {
        return LongStream.of(spec.shape().toArray()).boxed().toList();
    }

    static ModelStatisticsResponse statistics(List<ModelViews.StatisticsView> views) {
        ModelStatisticsResponse.Builder response = ModelStatisticsResponse.newBuilder();
        views.forEach(view -> response.addModelStats(statistics(view)));
        return response.build();
    }

    private static ModelStatistics statistics(ModelViews.StatisticsView view) {
        ServableStatistics.Snapshot figures = view.figures();
        return ModelStatistics.newBuilder()
                .setName(view.name())
                .setVersion(view.version())
                .setLastInference(figures.lastInferenceMillis())
                .setInferenceCount(figures.inferences())
                .setExecutionCount(figures.executions())
                .setInferenceStats(InferStatistics.newBuilder()
                        .setSuccess(total(figures.success()))
                        .setFail(total(figures.fail()))
                        .setQueue(total(figures.queue()))
                        .setComputeInput(total(figures.computeInput()))
                        .setComputeInfer(total(figures.computeInfer()))
                        .setComputeOutput(total(figures.computeOutput()))
                        .setCacheHit(StatisticDuration.getDefaultInstance())
                        .setCacheMiss(StatisticDuration.getDefaultInstance()))
                .build();
    }

    private static StatisticDuration total(ServableStatistics.Total total) {
        return StatisticDuration.newBuilder()
                .setCount(total.count())
                .setNs(total.nanos())
                .build();
    }
}
