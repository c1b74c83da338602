"""Makes the tiny ONNX models that the tests load, and the one that the server itself uses.

    pip install -r requirements.txt
    python make_models.py

Run it again only to add or change a model, and commit what it writes: the tests' models to src/test/resources/models,
the server's to src/main/resources. The files are the same bytes on every run.
"""

from pathlib import Path

import numpy as np
from onnx import ModelProto, TensorProto, checker, helper, numpy_helper

SOURCES = Path(__file__).resolve().parents[2]
MODELS = SOURCES / "test" / "resources" / "models"
FORMAT = SOURCES / "main" / "resources" / "dev" / "weir" / "format"

# ONNX Runtime 1.29 executes both; neither is newer than it needs to be.
OPSET = 20
IR_VERSION = 9

# The datatypes by the name that the Open Inference Protocol has for them.
DATATYPES = {
    "bool": TensorProto.BOOL,
    "uint8": TensorProto.UINT8,
    "uint16": TensorProto.UINT16,
    "uint32": TensorProto.UINT32,
    "uint64": TensorProto.UINT64,
    "int8": TensorProto.INT8,
    "int16": TensorProto.INT16,
    "int32": TensorProto.INT32,
    "int64": TensorProto.INT64,
    "fp16": TensorProto.FLOAT16,
    "bf16": TensorProto.BFLOAT16,
    "fp32": TensorProto.FLOAT,
    "fp64": TensorProto.DOUBLE,
    "bytes": TensorProto.STRING,
}

# What phrases.onnx answers with, by index. Models hold bytes, not text: not all of these are valid UTF-8.
PHRASES = [
    b"plain",
    "caf\u00e9".encode(),
    "\u65e5\u672c".encode(),
    b"",
    "\ufffd".encode(),
    "a\U0001f600b".encode(),
    b"cut\x00off",
    b"caf\xe9",
    b"\xed\xa0\xbd\xed\xb8\x80",
    b"\xc0\x80",
    b"\xe6\x97",
    "\u00f0\u009f\u0098\u0080".encode(),
]


def value(name, datatype, shape):
    return helper.make_tensor_value_info(name, datatype, shape)


def strings(name, elements):
    return TensorProto(
        name=name, data_type=TensorProto.STRING, dims=[len(elements)], string_data=elements
    )


def model(nodes, inputs, outputs, initializers=(), any_rank=False):
    graph = helper.make_graph(nodes, "graph", inputs, outputs, list(initializers))
    opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid("ai.onnx.ml", 3)]
    made = helper.make_model(graph, opset_imports=opsets, ir_version=IR_VERSION, producer_name="weir-tests")
    if not any_rank:  # The checker wants a shape; ONNX Runtime takes none for any.
        checker.check_model(made)
    return made


def identity(datatype):
    """Gives back what it gets."""
    return model(
        [helper.make_node("Identity", ["x"], ["y"])],
        [value("x", datatype, ["n"])],
        [value("y", datatype, ["n"])],
    )


def linear():
    """Takes rows of three features; gives a score and a class per row, declared in this order."""
    weights = numpy_helper.from_array(np.array([[1, 0], [0, 1], [1, -1]], dtype=np.float32), "weights")
    return model(
        [
            helper.make_node("MatMul", ["features", "weights"], ["scores"]),
            helper.make_node("ArgMax", ["scores"], ["label"], axis=1, keepdims=0),
        ],
        [value("features", TensorProto.FLOAT, ["n", 3])],
        [value("scores", TensorProto.FLOAT, ["n", 2]), value("label", TensorProto.INT64, ["n"])],
        [weights],
    )


def total():
    """Adds everything up to a scalar, and gives the rows back beside it."""
    return model(
        [
            helper.make_node("ReduceSum", ["x"], ["total"], keepdims=0),
            helper.make_node("Identity", ["x"], ["y"]),
        ],
        [value("x", TensorProto.FLOAT, ["n"])],
        [value("total", TensorProto.FLOAT, []), value("y", TensorProto.FLOAT, ["n"])],
    )


def positive():
    """Gives the positive elements; their number is not the number of rows, whatever a manifest says."""
    zero = numpy_helper.from_array(np.array(0, dtype=np.float32), "zero")
    return model(
        [
            helper.make_node("Greater", ["x", "zero"], ["wanted"]),
            helper.make_node("Compress", ["x", "wanted"], ["y"], axis=0),
        ],
        [value("x", TensorProto.FLOAT, ["n"])],
        [value("y", TensorProto.FLOAT, ["m"])],
        [zero],
    )


def lookup(table):
    """Gives the table's elements at the indices it gets; fails when one is out of range."""
    return model(
        [helper.make_node("Gather", ["table", "index"], ["found"], axis=0)],
        [value("index", TensorProto.INT64, ["n"])],
        [value("found", table.data_type, ["n"])],
        [table],
    )


def slow():
    """Multiplies matrices as often as it is told, one node after another, so that a run can be stopped in between."""
    size = 64
    body = helper.make_graph(
        [
            helper.make_node("Identity", ["going"], ["still_going"]),
            helper.make_node("MatMul", ["before", "rotation"], ["after"]),
        ],
        "body",
        [
            value("iteration", TensorProto.INT64, []),
            value("going", TensorProto.BOOL, []),
            value("before", TensorProto.FLOAT, [size, size]),
        ],
        [value("still_going", TensorProto.BOOL, []), value("after", TensorProto.FLOAT, [size, size])],
    )
    rotation = np.roll(np.eye(size, dtype=np.float32), 1, axis=1)
    return model(
        [
            helper.make_node("Squeeze", ["iterations"], ["trips"]),
            helper.make_node("Loop", ["trips", "true", "rotation"], ["matrix"], body=body),
            helper.make_node("ReduceSum", ["matrix"], ["sum"], keepdims=0),
            helper.make_node("Unsqueeze", ["sum", "axis"], ["y"]),
        ],
        [value("iterations", TensorProto.INT64, [1])],
        [value("y", TensorProto.FLOAT, [1])],
        [
            numpy_helper.from_array(rotation, "rotation"),
            numpy_helper.from_array(np.array(True), "true"),
            numpy_helper.from_array(np.array([0], dtype=np.int64), "axis"),
        ],
    )


def sequence():
    """Gives a sequence of tensors."""
    return model(
        [helper.make_node("SequenceConstruct", ["x"], ["y"])],
        [value("x", TensorProto.FLOAT, ["n"])],
        [helper.make_tensor_sequence_value_info("y", TensorProto.FLOAT, None)],
    )


def maps():
    """Gives a map per row, as scikit-learn's converter does by default."""
    element = helper.make_map_type_proto(TensorProto.INT64, helper.make_tensor_type_proto(TensorProto.FLOAT, []))
    return model(
        [helper.make_node("ZipMap", ["x"], ["y"], domain="ai.onnx.ml", classlabels_int64s=[0, 1])],
        [value("x", TensorProto.FLOAT, ["n", 2])],
        [helper.make_value_info("y", helper.make_sequence_type_proto(element))],
    )


def plain_text():
    """Says of each string whether it is UTF-8 without NUL and without characters above U+FFFF."""
    return model(
        [helper.make_node("RegexFullMatch", ["text"], ["plain"], pattern="[\\x01-\\x{D7FF}\\x{E000}-\\x{FFFF}]*")],
        [value("text", TensorProto.STRING, None)],
        [value("plain", TensorProto.BOOL, None)],
        any_rank=True,
    )


def models():
    for name, datatype in DATATYPES.items():
        yield f"identity_{name}", identity(datatype)
    yield "linear", linear()
    yield "total", total()
    yield "positive", positive()
    yield "lookup", lookup(numpy_helper.from_array(np.array([10, 20, 30], dtype=np.float32), "table"))
    yield "phrases", lookup(strings("table", PHRASES))
    yield "slow", slow()
    yield "sequence", sequence()
    yield "maps", maps()


def write(directory, name, made: ModelProto):
    directory.mkdir(parents=True, exist_ok=True)
    (directory / f"{name}.onnx").write_bytes(made.SerializeToString(deterministic=True))


def main():
    for name, made in models():
        write(MODELS, name, made)
    write(FORMAT, "plain_text", plain_text())


if __name__ == "__main__":
    main()
