"""From a fitted estimator to an ONNX graph that matches its manifest, and proof that it does."""

from math import prod

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper
from skl2onnx import convert_sklearn
from skl2onnx.common.data_types import FloatTensorType, Int64TensorType, StringTensorType

from .datasets import matrix
from .models import Model

OPSETS = {"": 18, "ai.onnx.ml": 3}
TOLERANCE = {"absolute": 1e-5, "relative": 1e-4}

CONVERTER_TYPES = {"FP32": FloatTensorType, "INT64": Int64TensorType, "BYTES": StringTensorType}
ONNX_TYPES = {
    "FP32": TensorProto.FLOAT,
    "INT64": TensorProto.INT64,
    "BYTES": TensorProto.STRING,
}
SESSION_TYPES = {
    "FP32": "tensor(float)",
    "INT64": "tensor(int64)",
    "BYTES": "tensor(string)",
}


def to_onnx(model: Model, estimator) -> bytes:
    proto = convert_sklearn(
        estimator,
        name=model.name,
        initial_types=[
            (tensor["name"], CONVERTER_TYPES[tensor["datatype"]]([None, prod(tensor["shape"][1:])]))
            for tensor in model.inputs
        ],
        options={"zipmap": False} if model.classifier else None,
        target_opset=OPSETS,
    )
    # The converter lists these in the order of a hash set, which varies from run to run.
    opsets = sorted(proto.opset_import, key=lambda opset: opset.domain)
    del proto.opset_import[:]
    proto.opset_import.extend(opsets)
    graph = proto.graph
    for tensor in model.inputs:
        if len(tensor["shape"]) > 2:
            _flatten(graph, tensor["name"])
    for value, tensor in zip(graph.output, model.outputs, strict=True):
        _rename_output(graph, value.name, tensor["name"])
    _declare(graph.input, model.inputs)
    _declare(graph.output, model.outputs)
    onnx.checker.check_model(proto, full_check=True)
    return proto.SerializeToString(deterministic=True)


def _flatten(graph, name: str) -> None:
    """Puts a Flatten between the input and every node that reads it."""
    for node in graph.node:
        node.input[:] = [f"{name}_flat" if each == name else each for each in node.input]
    graph.node.insert(0, helper.make_node("Flatten", [name], [f"{name}_flat"], "Flatten", axis=1))


def _rename_output(graph, old: str, new: str) -> None:
    for node in graph.node:
        node.output[:] = [new if each == old else each for each in node.output]
        node.input[:] = [new if each == old else each for each in node.input]


def _declare(values, tensors: list[dict]) -> None:
    """Gives the graph the names, types and shapes of the manifest."""
    del values[:]
    for tensor in tensors:
        shape = ["batch", *tensor["shape"][1:]]
        datatype = ONNX_TYPES[tensor["datatype"]]
        values.append(helper.make_tensor_value_info(tensor["name"], datatype, shape))


def predictor(content: bytes):
    """A function from inputs to outputs by name, run as the server runs them."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    names = [value.name for value in session.get_outputs()]
    return lambda inputs: dict(zip(names, session.run(names, inputs), strict=True))


def verify(model: Model, estimator, content: bytes) -> None:
    """Fails unless the graph is portable, as declared, and agrees with scikit-learn."""
    _verify_graph(model, onnx.load_model_from_string(content))
    predict = predictor(content)
    samples = [model.data.inputs]
    if model.accepts_missing:
        samples += [
            model.data.inputs | {tensor["name"]: np.full((model.data.rows, 1), np.nan, np.float32)}
            for tensor in model.inputs
            if tensor["datatype"] == "FP32"
        ]
    for inputs in samples:
        outputs = predict(inputs)
        expect(model, outputs, _reference(model, estimator, inputs), "scikit-learn")
        rows = [
            predict({name: values[row : row + 1] for name, values in inputs.items()})
            for row in range(model.data.rows)
        ]
        single = {name: np.concatenate([row[name] for row in rows]) for name in outputs}
        expect(model, single, outputs, "the same rows in one batch")


def _verify_graph(model: Model, proto: onnx.ModelProto) -> None:
    for opset in proto.opset_import:
        supported = opset.version <= OPSETS.get(opset.domain, 0)
        require(supported, model, f"needs {opset.domain} opset {opset.version}")
    require(not proto.functions, model, "has local functions")
    external = any(value.external_data for value in proto.graph.initializer)
    require(not external, model, "keeps weights in another file")
    session = onnxruntime.InferenceSession(
        proto.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    for values, tensors in (
        (session.get_inputs(), model.inputs),
        (session.get_outputs(), model.outputs),
    ):
        actual = [(value.name, value.type, value.shape) for value in values]
        declared = [
            (each["name"], SESSION_TYPES[each["datatype"]], ["batch", *each["shape"][1:]])
            for each in tensors
        ]
        require(actual == declared, model, f"has {actual}, its manifest {declared}")


def _reference(model: Model, estimator, inputs) -> dict[str, np.ndarray]:
    data = matrix(inputs)
    if not model.classifier:
        return {"prediction": estimator.predict(data).reshape(-1, 1)}
    return {"label": estimator.predict(data), "probabilities": estimator.predict_proba(data)}


def difference(actual: np.ndarray, expected: np.ndarray) -> tuple[bool, float]:
    """Whether the values agree, and by how much they differ at most (labels: how many)."""
    if actual.shape != expected.shape:
        return False, float("inf")
    if actual.dtype.kind != "f":
        wrong = int((actual != expected).sum())
        return wrong == 0, wrong
    close = np.allclose(actual, expected, rtol=TOLERANCE["relative"], atol=TOLERANCE["absolute"])
    return close, float(np.abs(actual - expected).max())


def expect(model: Model, actual: dict, expected: dict, source: str) -> None:
    for name, values in expected.items():
        agrees, worst = difference(actual[name], values)
        require(agrees, model, f"{name} differs from {source} by {worst}")


def require(condition: bool, model: Model, problem: str) -> None:
    if not condition:
        raise SystemExit(f"{model.key}: {problem}")
