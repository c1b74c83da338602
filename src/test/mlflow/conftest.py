"""A real MLflow, and Weirs that serve from it."""

import os

import pytest

import mlflow_server
import weir_server

DEPLOYMENT = """\
apiVersion: weir.dev/v1
kind: ModelDeployment
metadata:
  name: {model}
spec:
  model: {model}
  version: "{version}"
"""


@pytest.fixture(scope="module")
def mlflow_at(tmp_path_factory):
    """A tracking server with nothing in it, for the clients of this process and of those that it starts."""
    server = mlflow_server.start(tmp_path_factory.mktemp("mlflow"))
    os.environ["MLFLOW_TRACKING_URI"] = server.url
    os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
    yield server
    server.kill()


@pytest.fixture(scope="module")
def start_weir(mlflow_at, tmp_path_factory):
    """Starts servers that share their state and their cache, one after the other."""
    weir_server.build()
    root = tmp_path_factory.mktemp("weir")
    deployments = root / "deployments"
    deployments.mkdir()
    for model, version in {"iris": "@champion", "linear": "1", "plain": "1"}.items():
        (deployments / f"{model}.yaml").write_text(DEPLOYMENT.format(model=model, version=version))
    started = []

    def start():
        server = weir_server.start(
            root,
            deployments=deployments,
            environment={
                "WEIR_REGISTRY_SOURCE": "mlflow",
                "WEIR_REGISTRY_MLFLOW_URL": mlflow_at.url,
                "WEIR_REGISTRY_MLFLOW_TIMEOUT": "10s",
                "WEIR_REGISTRY_POLL": "0s",
            },
        )
        started.append(server)
        return server

    yield start
    for server in started:
        if server.process.poll() is None:
            server.stop()
