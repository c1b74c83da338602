"""Records a real server's answers for the tests in Java: python record.py SERVER RECORDING, on a server that holds
nothing. What differs from run to run, such as ids and times, stays as it was."""

import base64
import json
import os
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[3]
API = "/api/2.0/mlflow"
PROXY = "/api/2.0/mlflow-artifacts/artifacts"


def main(url, recording):
    environment = {**os.environ, "MLFLOW_TRACKING_URI": url, "MLFLOW_DISABLE_TELEMETRY": "true"}
    for _ in range(2):
        subprocess.run(
            [sys.executable, "register_with_mlflow.py"], cwd=PROJECT / "examples", env=environment, check=True, timeout=300
        )
    _post(url, "/registered-models/create", {"name": "no name, for Weir"})
    _post(url, "/registered-models/set-tag", {"name": "iris", "key": "team", "value": "botany"})
    _post(url, "/registered-models/alias", {"name": "iris", "alias": "first", "version": "1"})
    _post(url, "/model-versions/set-tag", {"name": "iris", "version": "1", "key": "weir.revoked", "value": "leaked"})

    answers = []

    def get(path, /, **query):
        status, body = _get(url, path, query)
        answers.append({"path": path, "query": query, "status": status, "body": base64.b64encode(body).decode()})
        return json.loads(body) if status == 200 and body[:1] == b"{" else None

    token = get(f"{API}/registered-models/search", max_results="1")["next_page_token"]
    get(f"{API}/registered-models/search", max_results="1", page_token=token)
    token = get(f"{API}/model-versions/search", max_results="1")["next_page_token"]
    get(f"{API}/model-versions/search", max_results="1", page_token=token)
    get(f"{API}/registered-models/get", name="iris")
    get(f"{API}/registered-models/get", name="wine")
    get(f"{API}/model-versions/get", name="iris", version="3")
    for version in ("1", "2"):
        found = get(f"{API}/model-versions/get", name="iris", version=version)["model_version"]
        uri = get(f"{API}/model-versions/get-download-uri", name="iris", version=version)["artifact_uri"]
        root = urllib.parse.urlparse(uri).path.lstrip("/")
        for entry in get(PROXY, path=root)["files"]:
            get(f"{PROXY}/{root}/{entry['path']}")
        get(f"{API}/logged-models/{found['source'].removeprefix('models:/')}")
        run = get(f"{API}/runs/get", run_id=found["run_id"])["run"]
        get(f"{API}/experiments/get", experiment_id=run["info"]["experiment_id"])
    get(f"{API}/experiments/get", experiment_id="404")
    Path(recording).write_text(json.dumps(answers, indent=1) + "\n")


def _get(url, path, query):
    try:
        with urllib.request.urlopen(f"{url}{path}?{urllib.parse.urlencode(query)}", timeout=30) as response:
            return response.status, response.read()
    except urllib.error.HTTPError as refused:
        return refused.code, refused.read()


def _post(url, path, body):
    request = urllib.request.Request(
        f"{url}{API}{path}", json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    urllib.request.urlopen(request, timeout=30).close()


if __name__ == "__main__":
    main(*sys.argv[1:])
