"""The files of the registry and the sample requests: how they are worded and laid out."""

import hashlib
import json
import platform
import re
from importlib.metadata import version
from pathlib import Path

import numpy as np

from .export import TOLERANCE
from .models import DATATYPES, SEED, Model

EXAMPLES = Path(__file__).resolve().parent.parent
CREATED_AT = "2026-11-23T00:00:00Z"


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def packages() -> dict[str, str]:
    """The pinned packages; fails if others are installed."""
    pins = re.findall(r"^([^\s=]+)==(\S+)", (EXAMPLES / "requirements.txt").read_text(), re.M)
    wrong = [f"{name} {version(name)}, not {pin}" for name, pin in pins if version(name) != pin]
    if wrong:
        raise SystemExit(f"Install requirements.txt first; found {'; '.join(wrong)}.")
    return dict(sorted(pins))


def code_sha256() -> str:
    """The digest of the sorted lines that sha256sum prints; README.md has the command."""
    sources = [EXAMPLES / "train.py", *(EXAMPLES / "training").glob("*.py")]
    lines = (
        f"{sha256(path.read_bytes())}  examples/{path.relative_to(EXAMPLES).as_posix()}\n"
        for path in sources
    )
    return sha256("".join(sorted(lines)).encode())


def manifest(model: Model, content: bytes, predict, metrics: dict) -> dict:
    return {
        "schema_version": "1.0",
        "model": model.name,
        "version": model.version,
        "format": "onnx",
        "description": model.description,
        "files": [{"path": "model.onnx", "sha256": sha256(content), "bytes": len(content)}],
        "signature": {"batch_axis": 0, "inputs": model.inputs, "outputs": model.outputs},
        "session": {
            "execution_provider": "cpu",
            "intra_op_threads": 1,
            "graph_optimization": "all",
        },
        "golden": [
            {
                "name": name,
                "inputs": tensors(model.data.take(rows)),
                "outputs": tensors(predict(model.data.take(rows))),
                "tolerance": TOLERANCE,
            }
            for name, rows in model.golden.items()
        ],
        "lineage": lineage(model, metrics),
    }


def lineage(model: Model, metrics: dict) -> dict:
    data = model.training_data
    facts = {
        "code": {"path": "examples/train.py", "sha256": code_sha256()},
        "environment": {
            "python": ".".join(platform.python_version_tuple()[:2]),
            "packages": packages(),
        },
        "training_data": {
            "reference": data.reference,
            "sha256": data.sha256(),
            "rows": data.rows,
            "licence": data.licence,
        },
    }
    run = sha256(json.dumps([model.key, SEED, facts], sort_keys=True).encode())
    return {
        **facts,
        "run": {"id": f"{model.name}-{model.version}-{run[:12]}", "seed": SEED},
        "metrics": metrics,
        "author": "Weir examples",
        "project": "weir-examples",
        "created_at": CREATED_AT,
    }


def tensors(values: dict[str, np.ndarray]) -> list[dict]:
    return [
        {
            "name": name,
            "datatype": DATATYPES[array.dtype.kind],
            "shape": list(array.shape),
            "data": [plain(value) for value in array.ravel()],
        }
        for name, array in values.items()
    ]


def plain(value):
    """The shortest JSON value that reads back as the same number."""
    if isinstance(value, np.floating):
        return float(str(value))
    return int(value) if isinstance(value, np.integer) else value


def requests(model: Model) -> dict[str, dict]:
    """The first two rows of the batch sample, as an Open Inference (v2) and as a v1 request."""
    _, batch, *_ = model.golden.values()
    inputs = model.data.take(batch[:2])
    if model.data.features:
        (values,) = inputs.values()
        features = model.data.features
        instances = [dict(zip(features, map(plain, row), strict=True)) for row in values]
    elif len(inputs) == 1:
        (values,) = inputs.values()
        instances = [[[plain(value) for value in line] for line in image] for image in values]
    else:
        instances = [
            {name: plain(values[row, 0]) for name, values in inputs.items()} for row in range(2)
        ]
    return {"v2": {"inputs": tensors(inputs)}, "v1": {"instances": instances}}


def to_json(value, indent: str = "") -> str:
    """JSON indented by two, with each list of plain values on one line."""
    inner = indent + "  "
    if isinstance(value, dict):
        items = [f"{inner}{json.dumps(key)}: {to_json(each, inner)}" for key, each in value.items()]
        return "{\n" + ",\n".join(items) + f"\n{indent}}}"
    if isinstance(value, list) and any(isinstance(each, (dict, list)) for each in value):
        items = [inner + to_json(each, inner) for each in value]
        return "[\n" + ",\n".join(items) + f"\n{indent}]"
    return json.dumps(value, ensure_ascii=False, allow_nan=False)
