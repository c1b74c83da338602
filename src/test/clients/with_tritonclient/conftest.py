"""The two clients of the tritonclient package, connected to the servers."""

import pytest
import tritonclient.grpc
import tritonclient.http


@pytest.fixture
def http(examples):
    with tritonclient.http.InferenceServerClient(examples.address, concurrency=4) as client:
        yield client


@pytest.fixture
def http_identities(identities):
    with tritonclient.http.InferenceServerClient(identities.address, concurrency=4) as client:
        yield client


@pytest.fixture
def http_unready(unready):
    with tritonclient.http.InferenceServerClient(unready.address) as client:
        yield client


@pytest.fixture
def grpc(examples):
    with tritonclient.grpc.InferenceServerClient(examples.address) as client:
        yield client


@pytest.fixture
def grpc_identities(identities):
    with tritonclient.grpc.InferenceServerClient(identities.address) as client:
        yield client


@pytest.fixture
def grpc_unready(unready):
    with tritonclient.grpc.InferenceServerClient(unready.address) as client:
        yield client
