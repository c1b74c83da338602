"""What a data scientist copies into a bucket serves in Weir: the walk of one model, step by step, in this order."""

import json
import shlex
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import requests
from sklearn.datasets import load_wine
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

PROJECT = Path(__file__).resolve().parents[4]
SCRIPT = PROJECT / "examples" / "register_with_s3.py"
GUIDE = (PROJECT / "docs" / "getting-started.md").read_text()
SET_ALIAS = './weir alias set wine @champion 1 --reason "first try"'
FOLLOW_SECONDS = 30


@pytest.fixture(scope="module")
def weir(start_weir):
    """A server that starts with an empty bucket, so its deployment has nothing to serve yet."""
    return start_weir(until="live")


@pytest.fixture(scope="module")
def truth():
    wine = load_wine()
    rows = wine.data.astype("float32")
    pipeline = make_pipeline(StandardScaler(), LogisticRegression()).fit(wine.data, wine.target)
    return rows, pipeline.predict_proba(wine.data)


def _predict(server, rows, deployment="wine"):
    body = {"inputs": [{"name": "X", "datatype": "FP32", "shape": list(rows.shape), "data": rows.ravel().tolist()}]}
    answer = requests.post(f"{server.url}/v2/models/{deployment}/infer", json=body, timeout=30)
    assert answer.ok, answer.text
    output = next(each for each in answer.json()["outputs"] if each["name"] == "probabilities")
    return answer.json()["model_version"], np.array(output["data"]).reshape(output["shape"])


def _assert_serves(server, version, truth, deployment="wine"):
    rows, expected = truth
    served, answered = _predict(server, rows, deployment)
    assert served == version
    np.testing.assert_allclose(answered, expected, rtol=1e-4, atol=1e-5)


def _registry(server):
    status, answer = server.get("/api/v1/registry")
    assert status == 200
    return answer


def _versions(server):
    return {(model["model"], each["version"]) for model in _registry(server)["models"] for each in model["versions"]}


def _until(holds, what):
    """Waits until something holds that nobody asked the server for."""
    deadline = time.monotonic() + FOLLOW_SECONDS
    while not holds():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)


def _weir(server, command):
    arguments = shlex.split(command)
    assert arguments[0] == "./weir"
    return subprocess.run(
        arguments + ["--server", server.url], cwd=PROJECT, capture_output=True, text=True, timeout=120
    )


def _keys(bucket, prefix):
    return {each.key.removeprefix(prefix): each.size for each in bucket.objects.filter(Prefix=prefix)}


def test_the_guide_shows_what_is_run_here():
    assert SCRIPT.read_text() in GUIDE
    assert f"    {SET_ALIAS}\n" in GUIDE
    assert "WEIR_REGISTRY_SOURCE=s3 WEIR_REGISTRY_S3_BUCKET=models WEIR_REGISTRY_S3_PREFIX=registry\n" in GUIDE


def test_an_empty_bucket_serves_nothing(weir):
    assert _registry(weir)["readable"]
    assert _versions(weir) == set()
    assert weir.get("/v2/health/ready")[0] == 503


def test_a_copied_version_is_found_by_the_poll(weir, bucket):
    subprocess.run([sys.executable, SCRIPT.name], cwd=SCRIPT.parent, check=True, timeout=300)
    copied = time.monotonic()
    _until(lambda: ("wine", "1") in _versions(weir), "no poll found the version")
    print(f"found {time.monotonic() - copied:.1f} s after it was copied, with a poll each second")


def test_a_version_without_a_manifest_serves_after_a_while(weir, bucket, truth):
    bucket.copy({"Bucket": "models", "Key": "registry/wine/1/model.onnx"}, "registry/plain/7/model.onnx")
    assert ("plain", "7") not in _versions(weir)
    _until(lambda: ("plain", "7") in _versions(weir), "no poll found the version without a manifest")
    _until(lambda: weir.get("/v2/models/plain/ready")[0] == 200, "the version without a manifest does not serve")
    _assert_serves(weir, "7", truth, "plain")


def test_it_serves_once_the_alias_stands_for_it(weir, truth):
    done = _weir(weir, SET_ALIAS)
    assert done.returncode == 0, done.stdout + done.stderr
    _assert_serves(weir, "1", truth)
    assert weir.get("/v2/health/ready")[0] == 200


def test_the_alias_stands_in_the_bucket(bucket):
    document = json.loads(bucket.Object("registry/wine/aliases.json").get()["Body"].read())
    assert "champion" in json.dumps(document)


def test_files_without_a_manifest_are_not_seen(weir, bucket):
    """The rest of a copy may be on its way, and a version that is named is none of Triton's."""
    bucket.put_object(Key="registry/wine/cut/model.onnx", Body=b"half")
    requests.post(f"{weir.url}/api/v1/registry/refresh", timeout=60).raise_for_status()
    assert _versions(weir) == {("wine", "1"), ("plain", "7")}


def test_a_registered_version_is_in_the_bucket(weir, bucket, truth):
    graph = bucket.Object("registry/wine/1/model.onnx").get()["Body"].read()
    signature = json.loads(bucket.Object("registry/wine/1/manifest.json").get()["Body"].read())["signature"]
    registration = {
        "files": {
            "model": ("model.onnx", graph),
            "manifest": json.dumps({"signature": signature, "lineage": {"metrics": {"accuracy": 0.98}}}),
        },
        "data": {"alias": "champion", "reason": "with lineage"},
    }
    answer = requests.post(f"{weir.url}/api/v1/models/wine/versions", timeout=120, **registration)
    assert answer.status_code == 201, answer.text
    assert answer.json()["version"] == "2"

    held = _keys(bucket, "registry/wine/2/")
    assert set(held) == {"model.onnx", "manifest.json"}
    assert held["model.onnx"] == len(graph)
    manifest = json.loads(bucket.Object("registry/wine/2/manifest.json").get()["Body"].read())
    assert manifest["lineage"]["metrics"] == {"accuracy": 0.98}
    assert _predict(weir, truth[0])[0] == "2", weir.tail()

    again = requests.post(f"{weir.url}/api/v1/models/wine/versions", timeout=120, **registration)
    assert again.status_code == 200, again.text
    assert _keys(bucket, "registry/wine/3/") == {}


def test_a_version_serves_that_was_given_back_its_alias(weir, truth):
    done = _weir(weir, './weir alias revert wine @champion --reason "worse"')
    assert done.returncode == 0, done.stdout + done.stderr
    _assert_serves(weir, "1", truth)


def test_without_the_store_it_serves_on_and_says_so(weir, s3, truth):
    s3.kill()
    _until(lambda: not _registry(weir)["readable"], "no poll noticed that the store is gone")
    _assert_serves(weir, "1", truth)
    assert weir.get("/v2/health/ready")[0] == 200
    assert "registry can't be read; what serves goes on serving" in weir.log.read_text()

    refused = _weir(weir, './weir alias set wine @champion 2 --reason "without a store"')
    assert refused.returncode == 1, refused.stdout + refused.stderr
    _assert_serves(weir, "1", truth)
    weir.stop()


def test_a_server_that_starts_without_the_store_serves_from_its_cache(start_weir, truth):
    again = start_weir(until="ready")
    _assert_serves(again, "1", truth)
    _assert_serves(again, "7", truth, "plain")

    registry = _registry(again)
    assert not registry["readable"]
    assert registry["cachedAt"] and registry["problem"]
    assert _versions(again) == {("wine", "1"), ("wine", "2"), ("plain", "7")}
    assert again.get("/api/v1/deployments")[1]["registryCachedAt"] == registry["cachedAt"]
    status, readiness = again.get("/q/health/ready", management=True)
    assert status == 200
    assert "serving what was kept of it at" in json.dumps(readiness)
    log = again.log.read_text()
    assert "registry can't be read; a version comes from its cache" in log
    for command in ("./weir status", "./weir models"):
        assert "registry can't be read" in _weir(again, command).stdout
    again.stop()


def test_a_version_can_be_revoked_without_the_store(start_weir, truth):
    again = start_weir(until="ready")
    done = _weir(again, './weir models revoke wine 1 --reason "leaked labels"')
    assert done.returncode == 0, done.stdout + done.stderr
    assert "other servers do not know yet" in done.stdout
    # What the alias stood for before, of which the cache knows.
    _until(lambda: again.get("/v2/models/wine/ready")[0] == 200, "nothing stands in for the revoked version")
    assert _predict(again, truth[0])[0] == "2"
    again.stop()

    once_more = start_weir(until="ready")
    assert _predict(once_more, truth[0])[0] == "2"
    once_more.stop()
