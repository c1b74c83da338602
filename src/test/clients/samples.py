"""Every datatype of the protocol, with values at the ends of its range."""

from dataclasses import dataclass

import ml_dtypes
import numpy as np
from onnx import TensorProto


@dataclass(frozen=True)
class Sample:
    """A datatype, what ONNX calls it, and a tensor of two rows that is hard to carry."""

    datatype: str
    onnx_type: int
    values: np.ndarray

    @property
    def model(self):
        """The model that gives such tensors back as they came."""
        return f"identity-{self.datatype.lower()}"

    @property
    def shape(self):
        return list(self.values.shape)

    def __str__(self):
        return self.datatype


def _integers(datatype, onnx_type, numpy_type):
    limits = np.iinfo(numpy_type)
    values = [[limits.min, 0, 1], [limits.max, limits.max // 3, limits.min // 3]]
    return Sample(datatype, onnx_type, np.array(values, dtype=numpy_type))


def _floats(datatype, onnx_type, numpy_type):
    limits = ml_dtypes.finfo(numpy_type)
    values = [[limits.max, limits.min, limits.tiny], [0.1, -0.0, limits.smallest_subnormal]]
    return Sample(datatype, onnx_type, np.array(values, dtype=numpy_type))


TEXTS = [["", "plain", "Grüße, Welt"], ["日本語", "quote \" backslash \\ newline \n", "\u0001\u007f\ud7ff\ue000"]]

SERVED = [
    Sample("BOOL", TensorProto.BOOL, np.array([[True, False, True], [False, False, True]])),
    _integers("UINT8", TensorProto.UINT8, np.uint8),
    _integers("INT8", TensorProto.INT8, np.int8),
    _integers("INT16", TensorProto.INT16, np.int16),
    _integers("INT32", TensorProto.INT32, np.int32),
    _integers("INT64", TensorProto.INT64, np.int64),
    _floats("FP16", TensorProto.FLOAT16, np.float16),
    _floats("BF16", TensorProto.BFLOAT16, ml_dtypes.bfloat16),
    _floats("FP32", TensorProto.FLOAT, np.float32),
    _floats("FP64", TensorProto.DOUBLE, np.float64),
    Sample("BYTES", TensorProto.STRING, np.array(TEXTS, dtype=np.object_)),
]

# The runtime's Java interface carries no tensors of these.
REFUSED = [
    _integers("UINT16", TensorProto.UINT16, np.uint16),
    _integers("UINT32", TensorProto.UINT32, np.uint32),
    _integers("UINT64", TensorProto.UINT64, np.uint64),
]

FLOATS = [sample for sample in SERVED if sample.datatype in ("FP16", "BF16", "FP32", "FP64")]


def by_datatype(datatype):
    """Returns the sample of a datatype."""
    return next(sample for sample in SERVED + REFUSED if sample.datatype == datatype)


def not_finite(sample):
    """Returns NaN, both infinities and a finite value in a sample's datatype."""
    return np.array([[np.nan, np.inf, -np.inf, 1.5]], dtype=sample.values.dtype)


def assert_same(actual, expected):
    """Asserts that two tensors have the same shape and the same bits; texts may come as UTF-8 bytes or as str."""
    assert list(actual.shape) == list(expected.shape)
    if expected.dtype == np.object_:
        assert [_text(element) for element in actual.ravel()] == [_text(element) for element in expected.ravel()]
    else:
        assert actual.dtype == expected.dtype
        assert _bits(actual) == _bits(expected)


def _text(element):
    return element.decode() if isinstance(element, bytes) else element


def _bits(tensor):
    return np.ascontiguousarray(tensor).tobytes()
