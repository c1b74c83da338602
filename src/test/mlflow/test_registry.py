"""What a data scientist logs into MLflow serves in Weir: the walk of one model, step by step, in this order."""

import json
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import mlflow
import numpy as np
import onnx
import pytest
from mlflow.models import infer_signature
from onnx import TensorProto, helper, numpy_helper
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

PROJECT = Path(__file__).resolve().parents[3]
SCRIPT = PROJECT / "examples" / "register_with_mlflow.py"
FLOWERS = [[5.1, 3.5, 1.4, 0.2], [6.4, 3.2, 4.5, 1.5], [5.8, 2.7, 5.1, 1.9]]
FOLLOW_SECONDS = 30


@pytest.fixture(scope="module")
def log_iris(mlflow_at):
    """Runs the ten lines, as the guide shows them."""

    def run():
        subprocess.run([sys.executable, SCRIPT.name], cwd=SCRIPT.parent, check=True, timeout=300)

    return run


@pytest.fixture(scope="module")
def registered(log_iris):
    """A model with an alias; one with its weights in a second file; one whose artifacts the proxy does not hold."""
    log_iris()
    _log_linear("linear", experiment=None)


@pytest.fixture(scope="module")
def plain(mlflow_at, registered):
    place = mlflow_at.root / "plain"
    _log_linear("plain", experiment=mlflow.create_experiment("plain", artifact_location=place.as_uri()))


@pytest.fixture(scope="module")
def past(bucket, registered):
    """A model whose artifacts MLflow's client put into a bucket itself, past MLflow."""
    _log_linear("past", experiment=mlflow.create_experiment("past", artifact_location=f"{bucket}/experiment"))


def _log_linear(name, experiment):
    """Logs a model of 64 inputs that adds them up, in which MLflow puts the weights into a file of their own."""
    weights = numpy_helper.from_array(np.ones((64, 32), np.float32), "w")
    graph = helper.make_graph(
        [helper.make_node("MatMul", ["x", "w"], ["y"])],
        "linear",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [None, 64])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [None, 32])],
        [weights],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    onnx.checker.check_model(model)
    with mlflow.start_run(experiment_id=experiment):
        mlflow.onnx.log_model(
            model, name="model", registered_model_name=name, signature=infer_signature(np.zeros((1, 64), np.float32))
        )


def _post(url, body):
    request = urllib.request.Request(url, json.dumps(body).encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=30) as response:
        return json.load(response)


def _ask(weir):
    answer = _post(f"{weir.url}/v1/models/iris:predict", {"instances": FLOWERS})
    return answer["model_version"], [each["label"] for each in answer["predictions"]]


def _refresh(weir):
    request = urllib.request.Request(f"{weir.url}/api/v1/registry/refresh", b"", method="POST")
    urllib.request.urlopen(request, timeout=60).close()


def _truth():
    X, y = load_iris(return_X_y=True)
    return make_pipeline(StandardScaler(), LogisticRegression()).fit(X, y).predict(FLOWERS).tolist()


@pytest.fixture(scope="module")
def weir(start_weir, plain, past):
    return start_weir()


def test_the_guide_shows_the_script():
    shown = (PROJECT / "docs" / "getting-started.md").read_text()
    assert SCRIPT.read_text() in shown


def test_the_champion_answers_as_in_python(weir):
    assert _ask(weir) == ("1", _truth())


def test_columns_of_the_signature_are_features(weir):
    flower = dict(zip(load_iris().feature_names, FLOWERS[1]))
    answer = _post(f"{weir.url}/v1/models/iris:predict", {"instances": [flower]})
    assert answer["predictions"][0]["label"] == 1


@pytest.mark.parametrize("name", ["linear", "plain", "past"])
def test_weights_in_a_second_file_arrive(weir, name):
    """Through the proxy; as the server reads them itself; and from a bucket that only Weir can read."""
    answer = _post(
        f"{weir.url}/v2/models/{name}/infer",
        {"inputs": [{"name": "x", "datatype": "FP32", "shape": [1, 64], "data": [1] * 64}]},
    )
    assert answer["outputs"][0]["data"] == [64] * 32


def test_an_alias_moved_in_mlflow_is_followed(weir, log_iris):
    log_iris()
    assert _ask(weir)[0] == "1"
    _refresh(weir)
    deadline = time.monotonic() + FOLLOW_SECONDS
    while _ask(weir)[0] != "2" and time.monotonic() < deadline:
        time.sleep(0.1)
    assert _ask(weir) == ("2", _truth())


def test_without_mlflow_it_serves_on_and_starts_again(weir, mlflow_at, start_weir):
    mlflow_at.kill()
    assert _ask(weir) == ("2", _truth())
    weir.stop()
    again = start_weir()
    assert _ask(again) == ("2", _truth())
    status, registry = again.get("/api/v1/registry")
    assert status == 200
    assert registry.get("cachedAt"), registry
