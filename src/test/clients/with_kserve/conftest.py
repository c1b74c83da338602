"""Running the kserve package's clients, which are asynchronous, from plain tests."""

import asyncio

import pytest
from kserve import InferenceGRPCClient, InferenceRESTClient, RESTConfig


@pytest.fixture
def rest():
    """Runs one call of the REST client: rest("v2", lambda client: client.infer(...))."""

    def run(protocol, call):
        async def scenario():
            async with InferenceRESTClient(RESTConfig(protocol=protocol, timeout=30)) as client:
                return await call(client)

        return asyncio.run(scenario())

    return run


@pytest.fixture
def grpc():
    """Runs one call of the gRPC client: grpc(server, lambda client: client.infer(...))."""

    def run(server, call):
        async def scenario():
            async with InferenceGRPCClient(server.address, timeout=30) as client:
                return await call(client)

        return asyncio.run(scenario())

    return run
