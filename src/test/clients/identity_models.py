"""Writes a registry of tiny ONNX models that give back what they get, one for every datatype, and their deployments."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from onnx import TensorProto, checker, helper

import samples

OPSET = 21
IR_VERSION = 10


@dataclass(frozen=True)
class Tensors:
    """An input and the output that repeats it."""

    input: str
    output: str
    datatype: str
    onnx_type: int
    width: object


@dataclass(frozen=True)
class Place:
    """Where a registry and its deployments were written."""

    registry: Path
    deployments: Path


def write(root):
    """Writes all models: the served ones, a model with several tensors, and those that must be refused."""
    place = Place(Path(root) / "registry", Path(root) / "deployments")
    place.deployments.mkdir(parents=True)
    for sample in samples.SERVED:
        _add(place, sample.model, ["1"], [_only(sample)])
    for sample in samples.REFUSED:
        _add(place, sample.model, ["1"], [_only(sample)], required=False)
    _add(
        place,
        "several",
        ["1", "2"],
        [
            Tensors("numbers", "same_numbers", "FP32", TensorProto.FLOAT, 2),
            Tensors("words", "same_words", "BYTES", TensorProto.STRING, 1),
            Tensors("flags", "same_flags", "BOOL", TensorProto.BOOL, 3),
        ],
    )
    strict = Tensors("input", "output", "FP32", TensorProto.FLOAT, "width")
    _add(place, "finite-only", ["1"], [strict], non_finite="forbid")
    return place


def write_required(root, datatype):
    """Writes the model of one datatype alone, and a deployment without which the server is not ready."""
    place = Place(Path(root) / "registry", Path(root) / "deployments")
    place.deployments.mkdir(parents=True)
    sample = samples.by_datatype(datatype)
    _add(place, sample.model, ["1"], [_only(sample)])
    return place


def _only(sample):
    return Tensors("input", "output", sample.datatype, sample.onnx_type, "width")


def _add(place, model, versions, tensors, required=True, non_finite="allow"):
    for version in versions:
        directory = place.registry / model / version
        directory.mkdir(parents=True)
        content = _onnx(tensors)
        (directory / "model.onnx").write_bytes(content)
        (directory / "manifest.json").write_text(json.dumps(_manifest(model, version, content, tensors, non_finite)))
    primary, *standby = reversed(versions)
    (place.deployments / f"{model}.yaml").write_text(
        # JSON is YAML.
        json.dumps(
            {
                "apiVersion": "weir.dev/v1",
                "kind": "ModelDeployment",
                "metadata": {"name": model},
                "spec": {"model": model, "version": primary, "standby": standby, "required": required},
            }
        )
    )


def _onnx(tensors):
    graph = helper.make_graph(
        [helper.make_node("Identity", [each.input], [each.output]) for each in tensors],
        "identity",
        [helper.make_tensor_value_info(each.input, each.onnx_type, ["rows", each.width]) for each in tensors],
        [helper.make_tensor_value_info(each.output, each.onnx_type, ["rows", each.width]) for each in tensors],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION)
    checker.check_model(model)
    return model.SerializeToString()


def _manifest(model, version, content, tensors, non_finite):
    def shape(each):
        return [-1, each.width if isinstance(each.width, int) else -1]

    return {
        "schema_version": "1.0",
        "model": model,
        "version": version,
        "format": "onnx",
        "description": "Gives back what it gets.",
        "files": [
            {"path": "model.onnx", "sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)},
        ],
        "signature": {
            "batch_axis": 0,
            "inputs": [
                {"name": each.input, "datatype": each.datatype, "shape": shape(each), "non_finite": non_finite}
                for each in tensors
            ],
            "outputs": [{"name": each.output, "datatype": each.datatype, "shape": shape(each)} for each in tensors],
        },
    }
