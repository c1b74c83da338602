"""Makes a registry whose models have three versions each, and requests for them."""

import json
import shutil
import sys
from pathlib import Path

import numpy as np
from onnx import TensorProto, helper, numpy_helper, save

VERSIONS = ("1", "2", "3")

# Models that nobody asks, to see what it costs to look for changes among them.
IDLE_MODELS = 200

LAYERS = (784, 1024, 1024, 10)


def main(iris, work, models):
    work = Path(work)
    wanted = models.split(",")
    (work / "deployments").mkdir()
    if "iris" in wanted:
        add(work, "iris", lambda version, to: shutil.copy(iris, to), iris_request())
    if "mlp" in wanted:
        add(work, "mlp", mlp, mlp_request())
    if "minilm" in wanted:
        add(work, "minilm", lambda version, to: shutil.copy(work / "all-minilm-l6-v2.onnx", to), minilm_request())
    for number in range(IDLE_MODELS):
        place(work, f"idle-{number}", "1").mkdir(parents=True)
        shutil.copy(iris, place(work, f"idle-{number}", "1") / "model.onnx")


def place(work, model, version):
    return work / "registry" / model / version


def add(work, model, write, request):
    for version in VERSIONS:
        place(work, model, version).mkdir(parents=True)
        write(version, place(work, model, version) / "model.onnx")
    (work / "registry" / model / "aliases.json").write_text(
        json.dumps({"schema_version": "1.0", "aliases": {"champion": VERSIONS[0]}})
    )
    (work / "deployments" / f"{model}.yaml").write_text(
        f'apiVersion: weir.dev/v1\nkind: ModelDeployment\nmetadata: {{name: {model}}}\n'
        f'spec: {{model: {model}, version: "@champion"}}\n'
    )
    (work / f"{model}.json").write_text(json.dumps(request))


def mlp(version, to):
    """A perceptron of about 8 MB; each version has weights of its own."""
    random = np.random.default_rng(int(version))
    nodes, weights = [], []
    name = "x"
    for index, (rows, columns) in enumerate(zip(LAYERS, LAYERS[1:])):
        scale = np.sqrt(2 / rows)
        weights.append(numpy_helper.from_array((random.normal(size=(rows, columns)) * scale).astype("f4"), f"w{index}"))
        weights.append(numpy_helper.from_array(np.zeros(columns, "f4"), f"b{index}"))
        last = index == len(LAYERS) - 2
        nodes.append(helper.make_node("Gemm", [name, f"w{index}", f"b{index}"], ["y" if last else f"g{index}"]))
        if not last:
            nodes.append(helper.make_node("Relu", [f"g{index}"], [f"r{index}"]))
            name = f"r{index}"
    graph = helper.make_graph(
        nodes,
        "mlp",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", LAYERS[0]])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", LAYERS[-1]])],
        weights,
    )
    save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), to)


def tensor(name, datatype, values):
    return {"name": name, "datatype": datatype, "shape": [1, len(values)], "data": values}


def iris_request():
    # The file itself calls its input so; there is no manifest here.
    return {"inputs": [tensor("features", "FP32", [5.1, 3.5, 1.4, 0.2])]}


def mlp_request():
    return {"inputs": [tensor("x", "FP32", [round(index % 17 / 17, 3) for index in range(LAYERS[0])])]}


def minilm_request():
    tokens = [101, 2054, 2003, 1996, 3437, 1029, 102, 0]
    return {
        "inputs": [
            tensor("input_ids", "INT64", tokens),
            tensor("attention_mask", "INT64", [1] * 7 + [0]),
            tensor("token_type_ids", "INT64", [0] * 8),
        ]
    }


if __name__ == "__main__":
    main(*sys.argv[1:])
