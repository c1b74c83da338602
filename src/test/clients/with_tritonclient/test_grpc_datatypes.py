"""tritonclient.grpc: every datatype, as raw contents, which is all this client sends, and as typed contents."""

import numpy as np
import pytest
from tritonclient.grpc import InferInput, InferRequestedOutput, service_pb2
from tritonclient.utils import InferenceServerException

import samples

TYPED = {
    "BOOL": "bool_contents",
    "UINT8": "uint_contents",
    "INT8": "int_contents",
    "INT16": "int_contents",
    "INT32": "int_contents",
    "INT64": "int64_contents",
    "FP32": "fp32_contents",
    "FP64": "fp64_contents",
    "BYTES": "bytes_contents",
}


def infer(client, sample, values):
    tensor = InferInput("input", list(values.shape), sample.datatype).set_data_from_numpy(values)
    result = client.infer(sample.model, [tensor])
    assert result.get_output("output").datatype == sample.datatype
    return result.as_numpy("output")


@pytest.mark.parametrize("sample", samples.SERVED, ids=str)
def test_raw_contents(grpc_identities, sample):
    samples.assert_same(infer(grpc_identities, sample, sample.values), sample.values)


@pytest.mark.parametrize("sample", [each for each in samples.SERVED if each.datatype in TYPED], ids=str)
def test_typed_contents(grpc_identities, sample):
    request = service_pb2.ModelInferRequest(model_name=sample.model)
    tensor = request.inputs.add(name="input", datatype=sample.datatype, shape=sample.shape)
    elements = [each.encode() if isinstance(each, str) else each.item() for each in sample.values.ravel()]
    getattr(tensor.contents, TYPED[sample.datatype]).extend(elements)
    response = grpc_identities._client_stub.ModelInfer(request, timeout=30)
    (output,) = response.outputs
    assert (output.name, output.datatype, list(output.shape)) == ("output", sample.datatype, sample.shape)
    if response.raw_output_contents:
        assert not output.HasField("contents")
    else:
        assert list(getattr(output.contents, TYPED[sample.datatype])) == elements


@pytest.mark.parametrize("sample", samples.FLOATS, ids=str)
def test_nan_and_infinities(grpc_identities, sample):
    values = samples.not_finite(sample)
    samples.assert_same(infer(grpc_identities, sample, values), values)


def test_nan_where_the_model_takes_none_is_refused(grpc_identities):
    tensor = InferInput("input", [1, 2], "FP32").set_data_from_numpy(np.array([[1, np.nan]], dtype=np.float32))
    with pytest.raises(InferenceServerException, match="NaN") as refused:
        grpc_identities.infer("finite-only", [tensor])
    assert refused.value.status() == "StatusCode.INVALID_ARGUMENT"


@pytest.mark.parametrize("sample", samples.REFUSED, ids=str)
def test_a_model_of_a_datatype_the_runtime_has_not_is_unavailable(grpc_identities, sample):
    assert not grpc_identities.is_model_ready(sample.model)
    with pytest.raises(InferenceServerException) as refused:
        infer(grpc_identities, sample, sample.values)
    assert refused.value.status() == "StatusCode.UNAVAILABLE"


@pytest.mark.parametrize("text", ["😀", "zero\0inside"], ids=["above U+FFFF", "NUL"])
def test_a_text_the_runtime_would_damage_is_refused(grpc_identities, text):
    with pytest.raises(InferenceServerException) as refused:
        infer(grpc_identities, samples.by_datatype("BYTES"), np.array([[text]], dtype=np.object_))
    assert refused.value.status() == "StatusCode.INVALID_ARGUMENT"


def test_bytes_that_are_not_utf8_are_refused(grpc_identities):
    with pytest.raises(InferenceServerException, match="UTF-8") as refused:
        infer(grpc_identities, samples.by_datatype("BYTES"), np.array([[b"\xff\xfe"]], dtype=np.object_))
    assert refused.value.status() == "StatusCode.INVALID_ARGUMENT"


def test_several_tensors_of_different_datatypes_in_any_order(grpc_identities):
    numbers = np.array([[1.5, -2.5]], dtype=np.float32)
    words = np.array([["früh"]], dtype=np.object_)
    flags = np.array([[True, False, True]])
    inputs = [
        InferInput("flags", [1, 3], "BOOL").set_data_from_numpy(flags),
        InferInput("words", [1, 1], "BYTES").set_data_from_numpy(words),
        InferInput("numbers", [1, 2], "FP32").set_data_from_numpy(numbers),
    ]
    wanted = ["same_words", "same_flags", "same_numbers"]
    result = grpc_identities.infer("several", inputs, outputs=[InferRequestedOutput(name) for name in wanted])
    assert [output.name for output in result.get_response().outputs] == wanted
    samples.assert_same(result.as_numpy("same_numbers"), numbers)
    samples.assert_same(result.as_numpy("same_words"), words)
    samples.assert_same(result.as_numpy("same_flags"), flags)


def test_raw_and_typed_contents_together_are_refused(grpc_identities):
    request = service_pb2.ModelInferRequest(model_name="identity-fp32", raw_input_contents=[bytes(8)])
    tensor = request.inputs.add(name="input", datatype="FP32", shape=[1, 2])
    tensor.contents.fp32_contents.extend([1, 2])
    with pytest.raises(Exception) as refused:
        grpc_identities._client_stub.ModelInfer(request, timeout=30)
    assert refused.value.code().name == "INVALID_ARGUMENT"
