"""tritonclient.http: questions, predictions and errors, and the traps this client is known to fall into."""

import urllib.request

import numpy as np
import pytest
from tritonclient.http import InferenceServerClient, InferInput, InferRequestedOutput
from tritonclient.utils import InferenceServerException

import iris


def flowers(rows=3, binary=True):
    values = np.resize(iris.FLOWERS, (rows, 4))
    return [InferInput("features", [rows, 4], "FP32").set_data_from_numpy(values, binary_data=binary)]


def answer(result, rows=3):
    iris.assert_answers(result.as_numpy("label"), result.as_numpy("probabilities"), rows)


def refusal(call):
    """Runs a call that must be refused; returns status and message."""
    with pytest.raises(InferenceServerException) as refused:
        call()
    assert "decoding the response" not in refused.value.message()
    assert refused.value.message()
    return refused.value.status(), refused.value.message()


def test_server_metadata(http):
    metadata = http.get_server_metadata()
    assert metadata["name"] == "weir"
    assert metadata["version"]
    # Some servers leave them out, or misspell them.
    assert set(metadata["extensions"]) >= {"binary_tensor_data", "statistics", "model_configuration"}


def test_live_and_ready(http):
    assert http.is_server_live()
    assert http.is_server_ready()


def test_a_server_that_is_not_ready_is_live(http_unready):
    assert http_unready.is_server_live()
    assert not http_unready.is_server_ready()
    assert not http_unready.is_model_ready("identity-uint64")


def test_health_answers_200_with_a_body_that_every_client_reads(examples, unready):
    healthy = {"live": True, "ready": True}
    assert examples.get("/v2/health/live") == (200, healthy)
    assert examples.get("/v2/health/ready") == (200, healthy)
    assert unready.get("/v2/health/live") == (200, {"live": True, "ready": False})
    assert unready.get("/v2/health/ready") == (503, {"live": True, "ready": False})


def test_model_ready_with_and_without_version(http):
    assert http.is_model_ready("iris")
    assert http.is_model_ready("iris", "1")
    assert http.is_model_ready("breast-cancer", "2")
    assert http.is_model_ready("breast-cancer", "1")
    assert not http.is_model_ready("breast-cancer", "3")
    assert not http.is_model_ready("no-such-model")


def test_model_metadata_with_and_without_version(http):
    metadata = http.get_model_metadata("iris")
    assert metadata["name"] == "iris"
    assert metadata["versions"] == ["1"]
    assert metadata["platform"] == "onnx_onnxv1"
    (features,) = metadata["inputs"]
    assert (features["name"], features["datatype"], features["shape"]) == ("features", "FP32", [-1, 4])
    assert [(output["name"], output["datatype"], output["shape"]) for output in metadata["outputs"]] == [
        ("label", "INT64", [-1]),
        ("probabilities", "FP32", [-1, 3]),
    ]
    assert http.get_model_metadata("breast-cancer", "1")["versions"] == ["1"]
    assert set(http.get_model_metadata("breast-cancer")["versions"]) == {"1", "2"}


def test_model_config(http):
    config = http.get_model_config("iris")
    assert config["name"] == "iris"
    assert config["platform"] == "onnx_onnxv1"
    assert config["backend"] == "onnxruntime"
    assert config["max_batch_size"] == 0
    assert config["input"] == [{"name": "features", "data_type": "TYPE_FP32", "dims": [-1, 4]}]
    assert [output["data_type"] for output in config["output"]] == ["TYPE_INT64", "TYPE_FP32"]


def test_statistics_count_what_was_asked(http):
    def figures():
        (stats,) = http.get_inference_statistics("iris", "1")["model_stats"]
        assert (stats["name"], stats["version"]) == ("iris", "1")
        return stats

    before = figures()
    for _ in range(3):
        http.infer("iris", flowers())
    after = figures()
    assert after["inference_stats"]["success"]["count"] - before["inference_stats"]["success"]["count"] == 3
    assert after["inference_count"] - before["inference_count"] == 9
    assert after["last_inference"] >= max(before["last_inference"], 1)
    for phase in ("success", "queue", "compute_input", "compute_infer", "compute_output"):
        assert after["inference_stats"][phase]["ns"] > before["inference_stats"][phase]["ns"], phase
    everything = {stats["name"] for stats in http.get_inference_statistics()["model_stats"]}
    assert everything >= {"iris", "breast-cancer", "digits", "diabetes", "penguins"}


def test_binary_request_and_binary_answer(http):
    answer(http.infer("iris", flowers()))


def test_json_request_and_json_answer(http):
    outputs = [InferRequestedOutput(name, binary_data=False) for name in ("label", "probabilities")]
    result = http.infer("iris", flowers(binary=False), outputs=outputs)
    assert all("data" in output for output in result.get_response()["outputs"])
    answer(result)


def test_without_outputs_the_client_asks_for_binary_data_and_gets_it(http):
    result = http.infer("iris", flowers(binary=False))
    outputs = result.get_response()["outputs"]
    assert [output["name"] for output in outputs] == ["label", "probabilities"]
    assert [output["parameters"]["binary_data_size"] for output in outputs] == [24, 36]
    answer(result)


def test_an_answer_in_json_has_no_length_header(examples):
    body, header = InferenceServerClient.generate_request_body(
        flowers(binary=False), outputs=[InferRequestedOutput("label", binary_data=False)]
    )
    assert header is None
    request = urllib.request.Request(f"{examples.url}/v2/models/iris/infer", data=body)
    with urllib.request.urlopen(request, timeout=10) as response:
        assert response.status == 200
        assert response.headers["Content-Type"] == "application/json"
        assert response.headers["Inference-Header-Content-Length"] is None


def test_outputs_come_as_selected(http):
    result = http.infer("iris", flowers(), outputs=[InferRequestedOutput("probabilities")])
    assert [output["name"] for output in result.get_response()["outputs"]] == ["probabilities"]
    assert result.as_numpy("label") is None


def test_versioned_and_unversioned_paths(http):
    response = http.infer("iris", flowers()).get_response()
    assert (response["model_name"], response["model_version"]) == ("iris", "1")
    cells = [InferInput("features", [1, 30], "FP32").set_data_from_numpy(np.ones([1, 30], dtype=np.float32))]
    assert http.infer("breast-cancer", cells).get_response()["model_version"] == "2"
    assert http.infer("breast-cancer", cells, model_version="1").get_response()["model_version"] == "1"
    status, _ = refusal(lambda: http.infer("breast-cancer", cells, model_version="3"))
    assert status == "404"


def test_a_model_of_named_columns(http):
    metadata = http.get_model_metadata("penguins")
    columns = {
        "island": ("BYTES", np.array([["Torgersen"], ["Biscoe"]], dtype=np.object_)),
        "sex": ("BYTES", np.array([["female"], ["female"]], dtype=np.object_)),
        "body_mass_g": ("INT64", np.array([[3800], [4500]])),
        "flipper_length_mm": ("FP32", np.array([[186], [211]], dtype=np.float32)),
        "bill_depth_mm": ("FP32", np.array([[17.4], [13.2]], dtype=np.float32)),
        "bill_length_mm": ("FP32", np.array([[39.5], [46.1]], dtype=np.float32)),
    }
    assert {each["name"]: each["datatype"] for each in metadata["inputs"]} == {
        name: datatype for name, (datatype, _) in columns.items()
    }
    inputs = [InferInput(name, [2, 1], datatype).set_data_from_numpy(v) for name, (datatype, v) in columns.items()]
    result = http.infer("penguins", inputs)
    assert result.as_numpy("label").tolist() == [b"Adelie", b"Gentoo"]


def test_the_id_comes_back(http):
    assert http.infer("iris", flowers(), request_id="order-42").get_response()["id"] == "order-42"


def test_without_an_id_the_answer_has_one_that_is_a_string(http):
    first = http.infer("iris", flowers()).get_response()["id"]
    second = http.infer("iris", flowers()).get_response()["id"]
    assert isinstance(first, str) and first
    assert first != second


def test_a_hostile_id_is_refused_and_not_repeated(http):
    status, message = refusal(lambda: http.infer("iris", flowers(), request_id="a\r\nb"))
    assert status == "400"
    assert "a\r\nb" not in message


def test_async_infer(http):
    requests = [http.async_infer("iris", flowers(), request_id=f"async-{i}") for i in range(8)]
    results = [request.get_result(timeout=30) for request in requests]
    assert [result.get_response()["id"] for result in results] == [f"async-{i}" for i in range(8)]
    for result in results:
        answer(result)


@pytest.mark.parametrize(("rows", "binary"), [(50_000, True), (5_000, False)], ids=["binary", "json"])
def test_a_large_batch(http, rows, binary):
    answer(http.infer("iris", flowers(rows, binary)), rows)


def test_a_body_that_is_too_large_is_refused(http):
    status, message = refusal(lambda: http.infer("iris", flowers(17 * 1024 * 1024 // 16)))
    assert status == "413"
    assert "16777216" in message


@pytest.mark.parametrize("algorithm", ["gzip", "deflate"])
def test_a_compressed_request_is_refused(http, algorithm):
    status, message = refusal(lambda: http.infer("iris", flowers(), request_compression_algorithm=algorithm))
    assert status == "415"
    assert "compressed" in message
    # The connection is still good for the next request.
    answer(http.infer("iris", flowers()))


@pytest.mark.parametrize("algorithm", ["gzip", "deflate"])
def test_a_caller_that_accepts_compression_gets_a_plain_answer(http, algorithm):
    answer(http.infer("iris", flowers(), response_compression_algorithm=algorithm))


def test_an_unknown_model(http):
    for call in (
        lambda: http.infer("no-such-model", flowers()),
        lambda: http.get_model_metadata("no-such-model"),
        lambda: http.get_model_config("no-such-model"),
        lambda: http.get_inference_statistics("no-such-model"),
    ):
        assert refusal(call)[0] == "404"


def test_a_path_this_server_does_not_have_is_an_error_the_client_can_read(http):
    assert refusal(http.get_trace_settings)[0] == "404"


def test_an_unknown_input_is_named(http):
    inputs = [InferInput("flowers", [1, 4], "FP32").set_data_from_numpy(iris.FLOWERS[:1])]
    status, message = refusal(lambda: http.infer("iris", inputs))
    assert status == "400"
    assert "features" in message


def test_an_unknown_output(http):
    status, message = refusal(lambda: http.infer("iris", flowers(), outputs=[InferRequestedOutput("colour")]))
    assert status == "400"
    assert "label" in message


def test_a_missing_input(http):
    assert refusal(lambda: http.infer("iris", []))[0] == "400"


def test_a_wrong_datatype(http):
    inputs = [InferInput("features", [3, 4], "FP64").set_data_from_numpy(iris.FLOWERS.astype(np.float64))]
    status, message = refusal(lambda: http.infer("iris", inputs))
    assert status == "400"
    assert "FP32" in message and "FP64" in message


def test_a_wrong_shape(http):
    inputs = [InferInput("features", [3, 3], "FP32").set_data_from_numpy(iris.FLOWERS[:, :3].copy())]
    status, message = refusal(lambda: http.infer("iris", inputs))
    assert status == "400"
    assert "3" in message


def test_an_empty_batch(http):
    inputs = [InferInput("features", [0, 4], "FP32").set_data_from_numpy(np.empty([0, 4], dtype=np.float32))]
    assert refusal(lambda: http.infer("iris", inputs))[0] == "400"


def test_a_classification_output_is_refused_instead_of_ignored(http):
    outputs = [InferRequestedOutput("probabilities", class_count=2)]
    status, message = refusal(lambda: http.infer("iris", flowers(), outputs=outputs))
    assert status == "400"
    assert "classification" in message


@pytest.mark.parametrize("arguments", [{"priority": 1}, {"sequence_id": 7, "sequence_start": True}], ids=str)
def test_scheduling_that_this_server_does_not_do_is_refused_instead_of_ignored(http, arguments):
    assert refusal(lambda: http.infer("iris", flowers(), **arguments))[0] == "400"


def test_a_timeout_in_microseconds(http):
    answer(http.infer("iris", flowers(), timeout=30_000_000))
    assert refusal(lambda: http.infer("iris", flowers(), timeout=0))[0] == "400"


def test_parameters_of_every_kind_are_accepted(http):
    parameters = {"text": "grün", "whole": 2**53 + 1, "part": 0.5, "flag": True}
    answer(http.infer("iris", flowers(), parameters=parameters))


def test_repository_index(http):
    states = {(each["name"], each["version"]): each["state"] for each in http.get_model_repository_index()}
    assert states["iris", "1"] == "READY"
    assert states["breast-cancer", "3"] == "UNAVAILABLE"


def test_load_of_a_deployed_model(http):
    http.load_model("iris")
    assert http.is_model_ready("iris")


def test_unload_of_a_deployed_model_is_refused(http):
    assert "deployment 'iris'" in refusal(lambda: http.unload_model("iris"))[1]
    assert http.is_model_ready("iris")


def test_load_with_a_config_is_refused(http):
    assert "config" in refusal(lambda: http.load_model("iris", config="{}"))[1]
