"""kserve's gRPC client, whose protocol file lacks Triton's later parameters and services."""

import grpc as grpc_library
import pytest
from kserve import InferInput, InferRequest

import iris
import samples

# The client does not know BF16.
KNOWN = [sample for sample in samples.SERVED if sample.datatype != "BF16"]
TYPED = [sample for sample in KNOWN if sample.datatype != "FP16"]


def tensor(name, values, datatype, binary):
    made = InferInput(name, list(values.shape), datatype)
    made.set_data_from_numpy(values, binary_data=binary)
    return made


def flowers(binary=True, **more):
    return InferRequest("iris", [tensor("features", iris.FLOWERS, "FP32", binary)], **more)


def test_live_and_ready(grpc, examples):
    assert grpc(examples, lambda client: client.is_server_live())
    assert grpc(examples, lambda client: client.is_server_ready())
    assert grpc(examples, lambda client: client.is_model_ready("iris"))


def test_a_server_that_is_not_ready(grpc, unready):
    assert grpc(unready, lambda client: client.is_server_live())
    assert not grpc(unready, lambda client: client.is_server_ready())
    assert not grpc(unready, lambda client: client.is_model_ready("identity-uint64"))


@pytest.mark.parametrize("binary", [True, False], ids=["raw", "typed"])
def test_infer(grpc, examples, binary):
    response = grpc(examples, lambda client: client.infer(flowers(binary, request_id="order-42")))
    assert (response.id, response.model_name, response.model_version) == ("order-42", "iris", "1")
    iris.assert_answers(*(response.get_output_by_name(name).as_numpy() for name in ("label", "probabilities")))


def test_without_an_id_the_answer_has_one(grpc, examples):
    assert grpc(examples, lambda client: client.infer(flowers())).id


@pytest.mark.parametrize("sample", KNOWN, ids=str)
def test_every_datatype_as_raw_contents(grpc, identities, sample):
    request = InferRequest(sample.model, [tensor("input", sample.values, sample.datatype, True)])
    response = grpc(identities, lambda client: client.infer(request))
    samples.assert_same(response.outputs[0].as_numpy(), sample.values)


@pytest.mark.parametrize("sample", TYPED, ids=str)
def test_every_datatype_as_typed_contents(grpc, identities, sample):
    request = InferRequest(sample.model, [tensor("input", sample.values, sample.datatype, False)])
    response = grpc(identities, lambda client: client.infer(request))
    samples.assert_same(response.outputs[0].as_numpy(), sample.values)


def test_errors_carry_status_and_reason(grpc, examples):
    with pytest.raises(grpc_library.RpcError) as refused:
        grpc(examples, lambda client: client.infer(InferRequest("no-such-model", flowers().inputs)))
    assert refused.value.code() == grpc_library.StatusCode.NOT_FOUND
    assert dict(refused.value.trailing_metadata())["weir-code"] == "UNKNOWN_MODEL"
    with pytest.raises(grpc_library.RpcError) as refused:
        grpc(examples, lambda client: client.infer(InferRequest("breast-cancer", flowers().inputs)))
    assert refused.value.code() == grpc_library.StatusCode.INVALID_ARGUMENT
    assert dict(refused.value.trailing_metadata())["weir-code"] == "WRONG_SHAPE"
    assert "30" in refused.value.details()
