"""kserve's REST client in protocol v2, and the traps this client is known to fall into."""

import httpx
import numpy as np
import pytest
from kserve import InferInput, InferRequest
from kserve.protocol.infer_type import RequestedOutput

import iris
import samples

# The client sends FP16 as binary data only, and does not know BF16.
BINARY = [sample for sample in samples.SERVED if sample.datatype != "BF16"]
JSON = [sample for sample in BINARY if sample.datatype != "FP16"]


def tensor(name, values, datatype, binary):
    made = InferInput(name, list(values.shape), datatype)
    made.set_data_from_numpy(values, binary_data=binary)
    return made


def flowers(binary=False, **more):
    return InferRequest("iris", [tensor("features", iris.FLOWERS, "FP32", binary)], **more)


def answer(response):
    iris.assert_answers(*(response.get_output_by_name(name).as_numpy() for name in ("label", "probabilities")))


def test_live_and_ready_read_from_the_body(rest, examples):
    assert rest("v2", lambda client: client.is_server_live(examples.url)) is True
    assert rest("v2", lambda client: client.is_server_ready(examples.url)) is True


def test_a_server_that_is_not_ready(rest, unready):
    assert rest("v2", lambda client: client.is_server_live(unready.url)) is True
    with pytest.raises(httpx.HTTPStatusError) as refused:
        rest("v2", lambda client: client.is_server_ready(unready.url))
    assert refused.value.response.status_code == 503


def test_model_ready(rest, examples, unready):
    assert rest("v2", lambda client: client.is_model_ready(examples.url, "iris")) is True
    assert rest("v2", lambda client: client.is_model_ready(examples.url, "no-such-model")) is False
    assert rest("v2", lambda client: client.is_model_ready(unready.url, "identity-uint64")) is False


@pytest.mark.parametrize("binary", [False, True], ids=["json", "binary"])
def test_infer(rest, examples, binary):
    response = rest("v2", lambda client: client.infer(examples.url, flowers(binary), model_name="iris"))
    assert response.model_name == "iris"
    answer(response)


def test_binary_outputs_on_request(rest, examples):
    headers = {}
    request = flowers(binary=True, parameters={"binary_data_output": True})
    response = rest(
        "v2", lambda client: client.infer(examples.url, request, model_name="iris", response_headers=headers)
    )
    assert "inference-header-content-length" in headers
    answer(response)


def test_one_output_on_request(rest, examples):
    request = flowers(request_outputs=[RequestedOutput("label")])
    response = rest("v2", lambda client: client.infer(examples.url, request, model_name="iris"))
    assert [output.name for output in response.outputs] == ["label"]


def test_the_id_comes_back(rest, examples):
    request = flowers(request_id="order-42")
    assert rest("v2", lambda client: client.infer(examples.url, request, model_name="iris")).id == "order-42"


def test_without_an_id_the_answer_has_one_that_is_a_string(rest, examples):
    body = {"inputs": [{"name": "features", "shape": [1, 4], "datatype": "FP32", "data": [5.1, 3.5, 1.4, 0.2]}]}
    response = rest("v2", lambda client: client.infer(examples.url, body, model_name="iris"))
    assert isinstance(response.id, str) and response.id


@pytest.mark.parametrize("sample", JSON, ids=str)
def test_every_datatype_as_json(rest, identities, sample):
    request = InferRequest(sample.model, [tensor("input", sample.values, sample.datatype, False)])
    response = rest("v2", lambda client: client.infer(identities.url, request, model_name=sample.model))
    samples.assert_same(response.outputs[0].as_numpy(), sample.values)


@pytest.mark.parametrize("sample", BINARY, ids=str)
def test_every_datatype_as_binary_data(rest, identities, sample):
    request = InferRequest(
        sample.model,
        [tensor("input", sample.values, sample.datatype, True)],
        parameters={"binary_data_output": True},
    )
    response = rest("v2", lambda client: client.infer(identities.url, request, model_name=sample.model))
    samples.assert_same(response.outputs[0].as_numpy(), sample.values)


def test_an_error_carries_status_and_reason(rest, examples):
    wrong = InferRequest("iris", [tensor("features", iris.FLOWERS.astype(np.float64), "FP64", False)])
    with pytest.raises(httpx.HTTPStatusError, match="FP32") as refused:
        rest("v2", lambda client: client.infer(examples.url, wrong, model_name="iris"))
    assert refused.value.response.status_code == 400
    assert refused.value.response.json()["code"] == "WRONG_DATATYPE"


def test_an_unknown_model(rest, examples):
    with pytest.raises(httpx.HTTPStatusError, match="404") as refused:
        rest("v2", lambda client: client.infer(examples.url, flowers(), model_name="no-such-model"))
    assert refused.value.response.json()["code"] == "UNKNOWN_MODEL"
