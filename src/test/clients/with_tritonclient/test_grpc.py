"""tritonclient.grpc: questions, predictions and errors, and the traps this client is known to fall into."""

import queue

import numpy as np
import pytest
from tritonclient.grpc import InferInput, InferRequestedOutput
from tritonclient.utils import InferenceServerException

import iris

INVALID = "StatusCode.INVALID_ARGUMENT"
NOT_FOUND = "StatusCode.NOT_FOUND"
WAIT_SECONDS = 30


def flowers(rows=3):
    return [InferInput("features", [rows, 4], "FP32").set_data_from_numpy(np.resize(iris.FLOWERS, (rows, 4)))]


def answer(result, rows=3):
    iris.assert_answers(result.as_numpy("label"), result.as_numpy("probabilities"), rows)


def refusal(call):
    """Runs a call that must be refused; returns status and message."""
    with pytest.raises(InferenceServerException) as refused:
        call()
    assert refused.value.message()
    return refused.value.status(), refused.value.message()


def test_server_metadata(grpc):
    metadata = grpc.get_server_metadata()
    assert metadata.name == "weir"
    assert metadata.version
    assert set(metadata.extensions) >= {"binary_tensor_data", "statistics", "model_configuration"}


def test_live_and_ready(grpc):
    assert grpc.is_server_live()
    assert grpc.is_server_ready()


def test_a_server_that_is_not_ready_is_live(grpc_unready):
    assert grpc_unready.is_server_live()
    assert not grpc_unready.is_server_ready()
    assert not grpc_unready.is_model_ready("identity-uint64")


def test_model_ready_with_and_without_version(grpc):
    assert grpc.is_model_ready("iris")
    assert grpc.is_model_ready("iris", "1")
    assert grpc.is_model_ready("breast-cancer", "2")
    assert grpc.is_model_ready("breast-cancer", "1")


def test_model_metadata_with_and_without_version(grpc):
    metadata = grpc.get_model_metadata("iris")
    assert (metadata.name, list(metadata.versions), metadata.platform) == ("iris", ["1"], "onnx_onnxv1")
    (features,) = metadata.inputs
    assert (features.name, features.datatype, list(features.shape)) == ("features", "FP32", [-1, 4])
    assert [(output.name, output.datatype, list(output.shape)) for output in metadata.outputs] == [
        ("label", "INT64", [-1]),
        ("probabilities", "FP32", [-1, 3]),
    ]
    assert list(grpc.get_model_metadata("breast-cancer", "1").versions) == ["1"]
    assert set(grpc.get_model_metadata("breast-cancer").versions) == {"1", "2"}


def test_model_metadata_as_json(grpc):
    assert grpc.get_model_metadata("iris", as_json=True)["inputs"][0]["shape"] == ["-1", "4"]


def test_model_config(grpc):
    config = grpc.get_model_config("iris").config
    assert (config.name, config.platform, config.backend) == ("iris", "onnx_onnxv1", "onnxruntime")
    assert config.max_batch_size == 0
    assert [(each.name, list(each.dims)) for each in config.input] == [("features", [-1, 4])]
    assert [each.name for each in config.output] == ["label", "probabilities"]
    as_json = grpc.get_model_config("iris", as_json=True)["config"]
    assert as_json["input"][0]["data_type"] == "TYPE_FP32"


def test_statistics_count_what_was_asked(grpc):
    def figures():
        (stats,) = grpc.get_inference_statistics("iris", "1").model_stats
        assert (stats.name, stats.version) == ("iris", "1")
        return stats

    before = figures()
    for _ in range(3):
        grpc.infer("iris", flowers())
    after = figures()
    assert after.inference_stats.success.count - before.inference_stats.success.count == 3
    assert after.inference_count - before.inference_count == 9
    assert after.last_inference >= max(before.last_inference, 1)
    for phase in ("success", "queue", "compute_input", "compute_infer", "compute_output"):
        assert getattr(after.inference_stats, phase).ns > getattr(before.inference_stats, phase).ns, phase
    everything = {stats.name for stats in grpc.get_inference_statistics().model_stats}
    assert everything >= {"iris", "breast-cancer", "digits", "diabetes", "penguins"}


def test_infer(grpc):
    answer(grpc.infer("iris", flowers()))


def test_outputs_come_as_selected(grpc):
    result = grpc.infer("iris", flowers(), outputs=[InferRequestedOutput("probabilities")])
    assert [output.name for output in result.get_response().outputs] == ["probabilities"]
    assert result.as_numpy("label") is None


def test_with_and_without_version(grpc):
    response = grpc.infer("iris", flowers()).get_response()
    assert (response.model_name, response.model_version) == ("iris", "1")
    cells = [InferInput("features", [1, 30], "FP32").set_data_from_numpy(np.ones([1, 30], dtype=np.float32))]
    assert grpc.infer("breast-cancer", cells).get_response().model_version == "2"
    assert grpc.infer("breast-cancer", cells, model_version="1").get_response().model_version == "1"
    assert refusal(lambda: grpc.infer("breast-cancer", cells, model_version="3"))[0] == NOT_FOUND


def test_the_id_comes_back(grpc):
    assert grpc.infer("iris", flowers(), request_id="order-42").get_response().id == "order-42"


def test_without_an_id_the_answer_has_one(grpc):
    first = grpc.infer("iris", flowers()).get_response().id
    second = grpc.infer("iris", flowers()).get_response().id
    assert first
    assert first != second


def test_a_hostile_id_is_refused_and_not_repeated(grpc):
    status, message = refusal(lambda: grpc.infer("iris", flowers(), request_id="a\r\nb"))
    assert status == INVALID
    assert "a\r\nb" not in message


def test_async_infer(grpc):
    answers = queue.Queue()
    for i in range(8):
        grpc.async_infer("iris", flowers(), lambda result, error: answers.put((result, error)), request_id=f"async-{i}")
    ids = set()
    for _ in range(8):
        result, error = answers.get(timeout=WAIT_SECONDS)
        assert error is None
        answer(result)
        ids.add(result.get_response().id)
    assert ids == {f"async-{i}" for i in range(8)}


def test_async_infer_hands_over_errors(grpc):
    answers = queue.Queue()
    grpc.async_infer("no-such-model", flowers(), lambda result, error: answers.put((result, error)))
    result, error = answers.get(timeout=WAIT_SECONDS)
    assert result is None
    assert error.status() == NOT_FOUND


def test_a_large_batch(grpc):
    answer(grpc.infer("iris", flowers(50_000)), 50_000)


def test_a_message_that_is_too_large_is_refused(grpc):
    status, _ = refusal(lambda: grpc.infer("iris", flowers(17 * 1024 * 1024 // 16)))
    assert status == "StatusCode.RESOURCE_EXHAUSTED"
    answer(grpc.infer("iris", flowers()))


@pytest.mark.parametrize("algorithm", ["gzip", "deflate"])
def test_a_compressed_request_is_refused(grpc, algorithm):
    status, message = refusal(lambda: grpc.infer("iris", flowers(1000), compression_algorithm=algorithm))
    assert status == "StatusCode.UNIMPLEMENTED"
    assert "compressed" in message
    # The library leaves alone what would not become smaller, whatever it was asked to do.
    answer(grpc.infer("iris", flowers(), compression_algorithm=algorithm))


def test_an_unknown_model(grpc):
    for call in (
        lambda: grpc.infer("no-such-model", flowers()),
        lambda: grpc.get_model_metadata("no-such-model"),
        lambda: grpc.get_model_config("no-such-model"),
        lambda: grpc.get_inference_statistics("no-such-model"),
    ):
        assert refusal(call)[0] == NOT_FOUND


def test_a_call_this_server_does_not_have(grpc):
    assert refusal(grpc.get_trace_settings)[0] == "StatusCode.UNIMPLEMENTED"


def test_an_unknown_input_is_named(grpc):
    inputs = [InferInput("flowers", [1, 4], "FP32").set_data_from_numpy(iris.FLOWERS[:1])]
    status, message = refusal(lambda: grpc.infer("iris", inputs))
    assert status == INVALID
    assert "features" in message


def test_an_unknown_output(grpc):
    status, message = refusal(lambda: grpc.infer("iris", flowers(), outputs=[InferRequestedOutput("colour")]))
    assert status == INVALID
    assert "label" in message


def test_a_missing_input(grpc):
    assert refusal(lambda: grpc.infer("iris", []))[0] == INVALID


def test_a_wrong_datatype(grpc):
    inputs = [InferInput("features", [3, 4], "FP64").set_data_from_numpy(iris.FLOWERS.astype(np.float64))]
    status, message = refusal(lambda: grpc.infer("iris", inputs))
    assert status == INVALID
    assert "FP32" in message and "FP64" in message


def test_a_wrong_shape(grpc):
    inputs = [InferInput("features", [3, 3], "FP32").set_data_from_numpy(iris.FLOWERS[:, :3].copy())]
    assert refusal(lambda: grpc.infer("iris", inputs))[0] == INVALID


def test_an_empty_batch(grpc):
    inputs = [InferInput("features", [0, 4], "FP32").set_data_from_numpy(np.empty([0, 4], dtype=np.float32))]
    assert refusal(lambda: grpc.infer("iris", inputs))[0] == INVALID


def test_a_classification_output_is_refused_instead_of_ignored(grpc):
    outputs = [InferRequestedOutput("probabilities", class_count=2)]
    status, message = refusal(lambda: grpc.infer("iris", flowers(), outputs=outputs))
    assert status == INVALID
    assert "classification" in message


def test_a_priority_is_read_from_uint64_param_and_refused_instead_of_dropped(grpc):
    status, message = refusal(lambda: grpc.infer("iris", flowers(), priority=1))
    assert status == INVALID
    assert "priority" in message


def test_a_sequence_is_refused_instead_of_ignored(grpc):
    status, message = refusal(lambda: grpc.infer("iris", flowers(), sequence_id=7, sequence_start=True))
    assert status == INVALID
    assert "sequence" in message


def test_parameters_of_every_kind_are_accepted(grpc):
    # A fraction travels as double_param, which several servers do not know.
    parameters = {"text": "grün", "whole": 2**53 + 1, "part": 0.5, "flag": True}
    answer(grpc.infer("iris", flowers(), parameters=parameters))


def test_a_timeout_in_microseconds(grpc):
    answer(grpc.infer("iris", flowers(), timeout=30_000_000))
    assert refusal(lambda: grpc.infer("iris", flowers(), timeout=0))[0] == INVALID


def test_a_deadline_of_the_call(grpc):
    answer(grpc.infer("iris", flowers(), client_timeout=WAIT_SECONDS))


def test_repository_index(grpc):
    states = {(each.name, each.version): each.state for each in grpc.get_model_repository_index().models}
    assert states["iris", "1"] == "READY"
    assert states["breast-cancer", "3"] == "UNAVAILABLE"


def test_load_of_a_deployed_model(grpc):
    grpc.load_model("iris")
    assert grpc.is_model_ready("iris")


def test_unload_of_a_deployed_model_is_refused(grpc):
    assert "deployment 'iris'" in refusal(lambda: grpc.unload_model("iris"))[1]
    assert grpc.is_model_ready("iris")


def test_load_with_a_config_is_refused(grpc):
    assert "config" in refusal(lambda: grpc.load_model("iris", config="{}"))[1]
