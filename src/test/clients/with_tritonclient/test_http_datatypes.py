"""tritonclient.http: every datatype, as JSON and as binary data, in both directions."""

import numpy as np
import pytest
from tritonclient.http import InferInput, InferRequestedOutput
from tritonclient.utils import InferenceServerException

import samples

# The client itself has no JSON form of this one.
JSON_INPUTS = [sample for sample in samples.SERVED if sample.datatype != "BF16"]


def infer(client, sample, values, binary_in, binary_out):
    tensor = InferInput("input", list(values.shape), sample.datatype).set_data_from_numpy(values, binary_data=binary_in)
    result = client.infer(sample.model, [tensor], outputs=[InferRequestedOutput("output", binary_data=binary_out)])
    output = result.get_output("output")
    assert output["datatype"] == sample.datatype
    assert ("data" in output) != binary_out
    return result.as_numpy("output")


@pytest.mark.parametrize("sample", samples.SERVED, ids=str)
def test_binary_to_binary(http_identities, sample):
    samples.assert_same(infer(http_identities, sample, sample.values, True, True), sample.values)


@pytest.mark.parametrize("sample", samples.SERVED, ids=str)
def test_binary_to_json(http_identities, sample):
    samples.assert_same(infer(http_identities, sample, sample.values, True, False), sample.values)


@pytest.mark.parametrize("sample", JSON_INPUTS, ids=str)
def test_json_to_json(http_identities, sample):
    samples.assert_same(infer(http_identities, sample, sample.values, False, False), sample.values)


@pytest.mark.parametrize("sample", JSON_INPUTS, ids=str)
def test_json_to_binary(http_identities, sample):
    samples.assert_same(infer(http_identities, sample, sample.values, False, True), sample.values)


@pytest.mark.parametrize("sample", samples.FLOATS, ids=str)
def test_nan_and_infinities_in_binary_data(http_identities, sample):
    values = samples.not_finite(sample)
    samples.assert_same(infer(http_identities, sample, values, True, True), values)


@pytest.mark.parametrize("sample", samples.FLOATS, ids=str)
def test_nan_and_infinities_are_strings_in_json_answers_and_the_client_reads_them(http_identities, sample):
    values = samples.not_finite(sample)
    tensor = InferInput("input", list(values.shape), sample.datatype).set_data_from_numpy(values)
    result = http_identities.infer(sample.model, [tensor], outputs=[InferRequestedOutput("output", binary_data=False)])
    assert result.get_output("output")["data"] == ["NaN", "Infinity", "-Infinity", 1.5]
    if sample.datatype == "BF16":
        # The client's array type of it takes no strings.
        return
    read = result.as_numpy("output")
    assert np.array_equal(read.astype(np.float64), values.astype(np.float64), equal_nan=True)


@pytest.mark.parametrize("datatype", ["FP32", "FP64"])
def test_the_nan_literal_that_the_client_writes_is_no_json_and_refused(http_identities, datatype):
    sample = samples.by_datatype(datatype)
    with pytest.raises(InferenceServerException) as refused:
        infer(http_identities, sample, samples.not_finite(sample), False, False)
    assert refused.value.status() == "400"
    assert "decoding the response" not in refused.value.message()


def test_nan_where_the_model_takes_none_is_refused(http_identities):
    values = np.array([[1, np.nan]], dtype=np.float32)
    tensor = InferInput("input", [1, 2], "FP32").set_data_from_numpy(values)
    with pytest.raises(InferenceServerException, match="NaN") as refused:
        http_identities.infer("finite-only", [tensor])
    assert refused.value.status() == "400"


@pytest.mark.parametrize("sample", samples.REFUSED, ids=str)
def test_a_datatype_the_runtime_has_not_is_refused_at_load_and_says_why(identities, http_identities, sample):
    status, versions = identities.get("/api/v1/versions")
    assert status == 200
    version = next(each for each in versions if each["model"] == sample.model)
    assert version["state"] == "FAILED"
    assert sample.datatype in version["reason"]
    assert not http_identities.is_model_ready(sample.model)
    tensor = InferInput("input", sample.shape, sample.datatype).set_data_from_numpy(sample.values)
    with pytest.raises(InferenceServerException) as refused:
        http_identities.infer(sample.model, [tensor])
    assert refused.value.status() == "503"


def test_models_beside_a_refused_one_are_ready(identities, http_identities):
    assert http_identities.is_server_ready()
    for sample in samples.SERVED:
        assert http_identities.is_model_ready(sample.model), sample
    _, versions = identities.get("/api/v1/versions")
    states = {each["model"]: each["state"] for each in versions}
    assert {states[sample.model] for sample in samples.SERVED} == {"READY"}


@pytest.mark.parametrize("text", ["😀", "zero\0inside"], ids=["above U+FFFF", "NUL"])
@pytest.mark.parametrize("binary", [True, False], ids=["binary", "json"])
def test_a_text_the_runtime_would_damage_is_refused(http_identities, text, binary):
    values = np.array([[text]], dtype=np.object_)
    with pytest.raises(InferenceServerException) as refused:
        infer(http_identities, samples.by_datatype("BYTES"), values, binary, binary)
    assert refused.value.status() == "400"


def test_bytes_that_are_not_utf8_are_refused(http_identities):
    values = np.array([[b"\xff\xfe"]], dtype=np.object_)
    with pytest.raises(InferenceServerException, match="UTF-8") as refused:
        infer(http_identities, samples.by_datatype("BYTES"), values, True, True)
    assert refused.value.status() == "400"


def test_a_tensor_of_no_columns(http_identities):
    sample = samples.by_datatype("FP32")
    values = np.empty([2, 0], dtype=np.float32)
    assert infer(http_identities, sample, values, True, True).shape == (2, 0)
    assert infer(http_identities, sample, values, False, False).shape == (2, 0)


@pytest.mark.parametrize("binary", [True, False], ids=["binary", "json"])
def test_several_tensors_of_different_datatypes_in_any_order(http_identities, binary):
    numbers = np.array([[1.5, -2.5]], dtype=np.float32)
    words = np.array([["früh"]], dtype=np.object_)
    flags = np.array([[True, False, True]])
    inputs = [
        InferInput("flags", [1, 3], "BOOL").set_data_from_numpy(flags, binary_data=binary),
        InferInput("words", [1, 1], "BYTES").set_data_from_numpy(words, binary_data=binary),
        InferInput("numbers", [1, 2], "FP32").set_data_from_numpy(numbers, binary_data=binary),
    ]
    wanted = ["same_words", "same_flags", "same_numbers"]
    # One output in the other form than the rest.
    outputs = [InferRequestedOutput(name, binary_data=binary != (name == "same_flags")) for name in wanted]
    result = http_identities.infer("several", inputs, outputs=outputs)
    assert [output["name"] for output in result.get_response()["outputs"]] == wanted
    samples.assert_same(result.as_numpy("same_numbers"), numbers)
    samples.assert_same(result.as_numpy("same_words"), words)
    samples.assert_same(result.as_numpy("same_flags"), flags)
