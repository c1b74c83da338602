"""Measures what it costs to read a registry in which nothing changes: a real S3 server or MLflow, filled for that."""

import argparse
import json
import os
import statistics
import sys
import time
import urllib.request
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
POLLS = 100
BUCKET = "models"


def call(method, url, body=None):
    request = urllib.request.Request(url, method=method, data=None if body is None else json.dumps(body).encode())
    request.add_header("Content-Type", "application/json")
    with urllib.request.urlopen(request, timeout=120) as answer:
        return json.load(answer)


def cpu_seconds(pid):
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def spread(values):
    return {"median": statistics.median(values), "min": min(values), "max": max(values)}


def measure(server, pid):
    """Has a server read its registry again and again, as its polls do, and returns what each time took."""
    refresh = f"{server}/api/v1/registry/refresh"
    for _ in range(POLLS):
        call("POST", refresh)
    before = cpu_seconds(pid)
    millis = []
    for _ in range(POLLS):
        begun = time.monotonic()
        answer = call("POST", refresh)
        millis.append((time.monotonic() - begun) * 1000)
        if not answer["readable"]:
            sys.exit(f"the registry can't be read: {answer['problem']}")
    return {
        "versions": sum(len(model["versions"]) for model in answer["models"]),
        "polls": POLLS,
        "millis": spread(millis),
        "cpu_ms_per_poll": (cpu_seconds(pid) - before) * 1000 / POLLS,
    }


def fill_s3(store, registry):
    """Gives an S3 server what a registry directory holds; returns how a Weir finds it."""
    import boto3

    keys = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test-secret", "AWS_REGION": "us-east-1"}
    client = boto3.client(
        "s3",
        endpoint_url=store.url,
        region_name=keys["AWS_REGION"],
        aws_access_key_id=keys["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=keys["AWS_SECRET_ACCESS_KEY"],
    )
    client.create_bucket(Bucket=BUCKET)
    for file in sorted(path for path in registry.rglob("*") if path.is_file()):
        client.upload_file(str(file), BUCKET, file.relative_to(registry).as_posix())
    return keys | {
        "WEIR_REGISTRY_SOURCE": "s3",
        "WEIR_REGISTRY_S3_BUCKET": BUCKET,
        "WEIR_REGISTRY_S3_ENDPOINT": store.url,
        "WEIR_REGISTRY_S3_PATH_STYLE": "true",
        "WEIR_REGISTRY_S3_BARE_AFTER": "0s",
    }


def fill_mlflow(tracking, registry):
    """Gives an MLflow a version for each of a directory's, whose artifacts nobody reads; returns how a Weir finds it."""
    api = f"{tracking.url}/api/2.0/mlflow"
    for model in sorted(path for path in registry.iterdir() if path.is_dir()):
        call("POST", f"{api}/registered-models/create", {"name": model.name})
        for version in sorted(path for path in model.iterdir() if path.is_dir()):
            source = f"s3://{BUCKET}/{model.name}/{version.name}"
            call("POST", f"{api}/model-versions/create", {"name": model.name, "source": source})
    return {"WEIR_REGISTRY_SOURCE": "mlflow", "WEIR_REGISTRY_MLFLOW_URL": tracking.url}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--kind", required=True, choices=("s3", "mlflow"))
    for name in ("work", "registry", "out"):
        parser.add_argument(f"--{name}", required=True, type=Path)
    arguments = parser.parse_args()
    for tests in ("src/test/clients", "src/test/s3/handover", "src/test/mlflow"):
        sys.path.insert(0, str(PROJECT / tests))
    import weir_server

    weir_server.build()
    print(f"filling {arguments.kind}…", file=sys.stderr)
    (arguments.work / "deployments").mkdir(parents=True)
    if arguments.kind == "s3":
        import s3_server as servers
    else:
        import mlflow_server as servers
    store = servers.start(arguments.work)
    try:
        environment = (fill_s3 if arguments.kind == "s3" else fill_mlflow)(store, arguments.registry)
        environment |= {"WEIR_DEPLOYMENTS_ALLOW_NONE": "true", "WEIR_REGISTRY_POLL": "0s"}
        weir = weir_server.start(arguments.work, deployments=arguments.work / "deployments", environment=environment)
        try:
            print(f"reading an idle registry in {arguments.kind}…", file=sys.stderr)
            arguments.out.write_text(json.dumps(measure(weir.url, weir.process.pid)))
        finally:
            weir.stop()
    finally:
        store.kill()


if __name__ == "__main__":
    main()
