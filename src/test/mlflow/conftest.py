"""A real MLflow, and Weirs that serve from it."""

import os

import boto3
import pytest

import mlflow_server
import s3_server
import weir_server

BUCKET = "mlflow-artifacts"

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
def bucket(mlflow_at, tmp_path_factory):
    """A bucket to which MLflow's clients and Weir have keys, and MLflow, which is started already, has none."""
    store = s3_server.start(tmp_path_factory.mktemp("s3"))
    os.environ["AWS_ACCESS_KEY_ID"] = "test"
    os.environ["AWS_SECRET_ACCESS_KEY"] = "test-secret"
    os.environ["AWS_REGION"] = os.environ["AWS_DEFAULT_REGION"] = "us-east-1"
    os.environ["AWS_ENDPOINT_URL"] = os.environ["MLFLOW_S3_ENDPOINT_URL"] = store.url
    boto3.client("s3").create_bucket(Bucket=BUCKET)
    os.environ["WEIR_REGISTRY_S3_BUCKET"] = BUCKET
    os.environ["WEIR_REGISTRY_S3_PREFIX"] = "teams/botany"
    os.environ["WEIR_REGISTRY_S3_ENDPOINT"] = store.url
    os.environ["WEIR_REGISTRY_S3_PATH_STYLE"] = "true"
    yield f"s3://{BUCKET}/teams/botany"
    store.kill()


@pytest.fixture(scope="module")
def start_weir(mlflow_at, tmp_path_factory):
    """Starts servers that share their state and their cache, one after the other."""
    weir_server.build()
    root = tmp_path_factory.mktemp("weir")
    deployments = root / "deployments"
    deployments.mkdir()
    for model, version in {"iris": "@champion", "linear": "1", "plain": "1", "past": "1"}.items():
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
