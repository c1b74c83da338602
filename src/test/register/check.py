"""Registers models with a running server as a data scientist would, and asks it for predictions.

check.py URL REGISTRY                    everything that is promised of a registration
check.py URL --half                      begins a registration and never ends it
check.py URL --kill NAME                 registers versions NAME-1, NAME-2, … until the server dies
check.py URL --whole REGISTRY VERSION... after that: nothing is half there, and these versions can be registered
"""

import json
import pathlib
import re
import subprocess
import sys
import time

import numpy as np
import requests

PROJECT = pathlib.Path(__file__).resolve().parents[3]
SHORT = PROJECT / "examples" / "register.py"
SCRIPT = PROJECT / "examples" / "register_with_samples.py"
LOCAL = "http://127.0.0.1:8080"


def check(holds, message):
    if not holds:
        sys.exit(f"FAILED: {message}")


def run_script(url, script=SCRIPT):
    """Runs the documented lines against this server, and returns what they leave."""
    source = script.read_text()
    check(source in (PROJECT / "docs" / "getting-started.md").read_text(), f"the docs show other lines than {script}")
    scope = {}
    exec(compile(source.replace(LOCAL, url), str(script), "exec"), scope)
    return scope


def ten_lines(url, registry):
    lines = [line for line in SHORT.read_text().splitlines() if line]
    check(len(lines) <= 10, f"{SHORT} has {len(lines)} lines")
    answer = run_script(url, SHORT)["answer"]
    check(answer.status_code == 201 and answer.json()["version"] == "1", answer.text)
    again = run_script(url, SHORT)["answer"]
    check(again.status_code == 200 and again.json()["digest"] == answer.json()["digest"], again.text)
    check(versions(registry, "wine") == ["1"], versions(registry, "wine"))
    print("registered wine/1 in ten lines, twice: once")


def predictions(url, deployment, rows):
    answer = requests.post(
        f"{url}/v2/models/{deployment}/infer",
        json={"inputs": [{"name": "X", "datatype": "FP32", "shape": list(rows.shape), "data": rows.ravel().tolist()}]},
        timeout=30,
    )
    check(answer.ok, answer.text)
    outputs = {output["name"]: output for output in answer.json()["outputs"]}
    return np.array(outputs["probabilities"]["data"]).reshape(outputs["probabilities"]["shape"])


def versions(registry, model):
    return sorted(path.name for path in (registry / model).iterdir() if path.is_dir())


def everything(url, registry):
    ten_lines(url, registry)
    scope = run_script(url)
    check(scope["answer"].status_code == 201, scope["answer"].text)
    answer = scope["answer"].json()
    check(answer["version"] == "2" and answer["profile"] == "profile.json", answer)
    profile = json.loads((registry / "wine" / "2" / "profile.json").read_text())
    check(profile["rows"] == 178 and len(profile["features"]) == 13, profile["rows"])
    for feature in profile["features"]:
        column = scope["X"][feature["name"]].to_numpy("float32").astype("float64")
        check(np.isclose(feature["mean"], column.mean(), rtol=1e-12), feature["name"])

    rows = scope["X"].to_numpy("float32")
    served = predictions(url, "wine", rows)
    expected = scope["model"].predict_proba(scope["X"])
    check(np.allclose(served, expected, rtol=1e-4, atol=1e-5), np.abs(served - expected).max())
    print(f"registered wine/2 and served it at once: 178 rows as scikit-learn, within {np.abs(served - expected).max():.1e}")

    before = {path: path.stat().st_mtime_ns for path in (registry / "wine").rglob("*")}
    again = run_script(url)["answer"]
    check(again.status_code == 200 and again.json()["digest"] == answer["digest"], again.text)
    after = {path: path.stat().st_mtime_ns for path in (registry / "wine").rglob("*")}
    check(before == after, "a second run changed the registry")
    print("trained and registered again: nothing changed")

    # By the shell.
    work = registry.parent
    (work / "model.onnx").write_bytes(scope["graph"].SerializeToString())
    scope["X"].to_csv(work / "wine.csv", index=False)
    (work / "manifest.json").write_text(
        json.dumps({"signature": {"inputs": [{"name": "X", "features": list(scope["X"])}]}})
    )
    command = [PROJECT / "weir", "register", work / "model.onnx", "--model", "wine-by-shell", "--server", url]
    command += ["--manifest", work / "manifest.json", "--training", work / "wine.csv"]
    for said in ("is registered", "was there already"):
        done = subprocess.run(command, capture_output=True, text=True, timeout=300)
        check(done.returncode == 0 and said in done.stdout, done.stdout + done.stderr)
    print("weir register did the same, twice")
    made = subprocess.run(
        [PROJECT / "weir", "profile", work / "wine.csv", "--model", registry / "wine-by-shell" / "1"],
        capture_output=True,
        timeout=300,
    )
    check(made.returncode == 0, made.stderr)
    check(made.stdout == (registry / "wine-by-shell" / "1" / "profile.json").read_bytes(), "profiles differ")
    print("weir profile made the same profile, byte for byte")

    # By a copy into the registry's directory, whole when its name appears.
    bare = registry / "wine-by-copy" / ".coming"
    bare.mkdir(parents=True)
    (bare / "model.onnx").write_bytes(scope["graph"].SerializeToString())
    bare.rename(bare.with_name("1"))
    check(requests.post(f"{url}/api/v1/registry/refresh", timeout=60).ok, "no refresh")
    served = predictions(url, "wine-by-copy", rows)
    check(np.allclose(served, expected, rtol=1e-4, atol=1e-5), "a copied model answers otherwise")
    print("a copy into the directory served, too")


def form(description, filler):
    """A registration that takes a while to copy."""
    model = (PROJECT / "examples/registry/iris/1/model.onnx").read_bytes()
    files = [("model", ("model.onnx", model)), ("model", ("filler.bin", filler))]
    return files + [("manifest", json.dumps({"description": description}))]


def keep_registering(url):
    """Registers versions with a filler until somebody kills the server, or for two minutes."""
    filler = b"x" * (48 << 20)
    deadline = time.monotonic() + 120
    number = 0
    while time.monotonic() < deadline:
        number += 1
        try:
            answer = requests.post(
                f"{url}/api/v1/models/killed/versions",
                files=form("while it is killed", filler),
                data={"version": f"{sys.argv[3]}-{number}"},
                timeout=60,
            )
        except requests.exceptions.RequestException:
            print(f"killed during registration {number}")
            return
        check(answer.status_code in (200, 201), answer.text)


def half(url):
    def body():
        yield b'--x\r\nContent-Disposition: form-data; name="model"; filename="model.onnx"\r\n\r\n'
        while True:
            yield b"x" * 65536
            time.sleep(0.01)

    try:
        requests.post(
            f"{url}/api/v1/models/killed/versions",
            data=body(),
            headers={"Content-Type": "multipart/form-data; boundary=x"},
            timeout=60,
        )
    except requests.exceptions.RequestException:
        print("killed during an upload")


def whole(url, registry):
    """Says that every version that can be seen is whole, and that each can be registered, again or at last."""
    for version in versions(registry, "killed") if (registry / "killed").exists() else []:
        if version.startswith("."):
            continue
        directory = registry / "killed" / version
        manifest = json.loads((directory / "manifest.json").read_text())
        for file in manifest["files"]:
            check((directory / file["path"]).stat().st_size == file["bytes"], f"{version} is half there")
    for version in sys.argv[4:]:
        answer = requests.post(
            f"{url}/api/v1/models/killed/versions",
            files=form("while it is killed", b"x" * (48 << 20)),
            data={"version": version},
            timeout=60,
        )
        check(answer.status_code in (200, 201), answer.text)
    listed = requests.get(f"{url}/api/v1/registry", timeout=30).json()["models"]
    check(all(re.fullmatch("[A-Za-z0-9_-]+", v["version"]) for m in listed for v in m["versions"]), listed)


if __name__ == "__main__":
    target = sys.argv[1]
    match sys.argv[2]:
        case "--kill":
            keep_registering(target)
        case "--half":
            half(target)
        case "--whole":
            whole(target, pathlib.Path(sys.argv[3]))
        case place:
            everything(target, pathlib.Path(place))
