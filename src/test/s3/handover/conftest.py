"""A real S3 server with an empty bucket, and Weirs that serve from it."""

import os
from pathlib import Path

import boto3
import pytest

import s3_server
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
def s3(tmp_path_factory):
    """A store for the clients of this process and of those that it starts, and for the servers."""
    store = s3_server.start(tmp_path_factory.mktemp("s3"))
    os.environ["AWS_ACCESS_KEY_ID"] = "test"
    os.environ["AWS_SECRET_ACCESS_KEY"] = "test-secret"
    os.environ["AWS_REGION"] = os.environ["AWS_DEFAULT_REGION"] = "us-east-1"
    os.environ["AWS_ENDPOINT_URL"] = os.environ["WEIR_REGISTRY_S3_ENDPOINT"] = store.url
    os.environ["WEIR_REGISTRY_S3_PATH_STYLE"] = "true"
    os.environ["WEIR_REGISTRY_SOURCE"] = "s3"
    os.environ["WEIR_REGISTRY_S3_BUCKET"] = "models"
    os.environ["WEIR_REGISTRY_S3_PREFIX"] = "registry"
    os.environ["WEIR_REGISTRY_POLL"] = "1s"
    os.environ["WEIR_REGISTRY_S3_BARE_AFTER"] = "5s"
    yield store
    store.kill()


@pytest.fixture(scope="module")
def bucket(s3):
    made = boto3.resource("s3").Bucket("models")
    made.create()
    return made


@pytest.fixture(scope="module")
def start_weir(bucket, tmp_path_factory):
    """Starts servers that share their state and their cache, one after the other."""
    weir_server.build()
    root = Path(tmp_path_factory.mktemp("weir"))
    deployments = root / "deployments"
    deployments.mkdir()
    for model, version in {"wine": "@champion", "plain": "7"}.items():
        (deployments / f"{model}.yaml").write_text(DEPLOYMENT.format(model=model, version=version))
    started = []

    def start(until):
        server = weir_server.start(root, deployments=deployments, until=until)
        started.append(server)
        return server

    yield start
    for server in started:
        if server.process.poll() is None:
            server.stop()
