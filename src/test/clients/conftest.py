"""The servers that the client tests talk to. Each is started once per run."""

import pytest

import identity_models
import weir_server


@pytest.fixture(scope="session")
def _built():
    weir_server.build()


@pytest.fixture(scope="session")
def examples(_built, tmp_path_factory):
    """A server with the bundled example registry, started as README says."""
    server = weir_server.start(tmp_path_factory.mktemp("examples"))
    yield server
    server.stop()


@pytest.fixture(scope="session")
def identities(_built, tmp_path_factory):
    """A server whose models give back what they get, one for every datatype."""
    root = tmp_path_factory.mktemp("identities")
    place = identity_models.write(root)
    server = weir_server.start(root, place.registry, place.deployments)
    yield server
    server.stop()


@pytest.fixture(scope="session")
def unready(_built, tmp_path_factory):
    """A server that is live but not ready: the one model that it requires can't be served."""
    root = tmp_path_factory.mktemp("unready")
    place = identity_models.write_required(root, "UINT64")
    server = weir_server.start(root, place.registry, place.deployments, until="live")
    yield server
    server.stop()
