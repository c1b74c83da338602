"""Drives a server whose models have three versions, and reports what swapping between them costs."""

import argparse
import json
import shutil
import statistics
import subprocess
import sys
import threading
import time
import urllib.request
from datetime import datetime, timezone
from pathlib import Path

import idle_registry
from idle_registry import spread
from report import machine

SCHEMA = "2.0"
CONNECTIONS = 16
SECONDS_BETWEEN_SWAPS = 1.0
APPEARANCES = 10


def call(method, url, body=None):
    request = urllib.request.Request(url, method=method, data=None if body is None else json.dumps(body).encode())
    request.add_header("Content-Type", "application/json")
    with urllib.request.urlopen(request, timeout=120) as answer:
        return answer.headers, answer.read()


class Swapper:
    """Points a model's champion to the next of its versions, each of which has to be loaded for it."""

    def __init__(self, server, model, versions=3):
        self.url = f"{server}/api/v1/models/{model}/aliases/champion"
        self.version = 1
        self.versions = versions
        self.millis = []

    def swap(self):
        following = self.version % self.versions + 1
        begun = time.monotonic()
        call("PUT", self.url, {"version": str(following), "reason": "load test"})
        self.millis.append((time.monotonic() - begun) * 1000)
        self.version = following

    def run_until(self, over):
        while not over.wait(SECONDS_BETWEEN_SWAPS):
            self.swap()


def wrk(url, body, seconds):
    command = ["wrk", "--threads", "1", "--connections", str(CONNECTIONS), "--duration", f"{seconds}s"]
    command += ["--timeout", "10s", "--script", str(Path(__file__).with_name("post.lua")), url, "--", str(body)]
    line = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()[-1]
    result = json.loads(line)
    if not result["requests"] or any(result["errors"].values()):
        sys.exit(f"requests failed: {line}")
    return result["requests"] / result["seconds"]


def attack(vegeta, url, body, rate, seconds):
    """Sends at a fixed rate, however late the answers are."""
    target = f"POST {url}\nContent-Type: application/json\n@{body}\n"
    command = [vegeta, "attack", f"-rate={rate}/s", f"-duration={seconds}s", "-timeout=10s", "-max-workers=256"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as attacker:
        attacker.stdin.write(target.encode())
        attacker.stdin.close()
        report = subprocess.run([vegeta, "report", "-type=json"], stdin=attacker.stdout, capture_output=True, check=True)
    result = json.loads(report.stdout)
    if result["success"] != 1 or set(result["status_codes"]) != {"200"}:
        sys.exit(f"requests failed: {result['status_codes']} {result['errors'][:3]}")
    return {
        "requests": result["requests"],
        "rate": result["rate"],
        "p50_ms": result["latencies"]["50th"] / 1e6,
        "p99_ms": result["latencies"]["99th"] / 1e6,
        "max_ms": result["latencies"]["max"] / 1e6,
    }


def attack_beside(swapper, arguments, url, body, rate):
    """Sends load at a rate, with swaps meanwhile if there is a swapper."""
    if swapper is None:
        return attack(arguments.vegeta, url, body, rate, arguments.seconds)
    over = threading.Event()
    thread = threading.Thread(target=swapper.run_until, args=(over,))
    thread.start()
    try:
        return attack(arguments.vegeta, url, body, rate, arguments.seconds)
    finally:
        over.set()
        thread.join()


def measure(arguments, model):
    url = f"{arguments.server}/v2/models/{model}/infer"
    body = Path(arguments.work, f"{model}.json")
    print(f"{model}: warming up…", file=sys.stderr)
    capacity = wrk(url, body, arguments.warm_up)
    capacity = wrk(url, body, arguments.seconds)
    rate = max(1, round(capacity / 2))
    swapper = Swapper(arguments.server, model)
    swapper.swap()
    swapper.millis.clear()
    calm, swapped = [], []
    for pair in range(arguments.pairs):
        print(f"{model}: pair {pair + 1} of {arguments.pairs}, {rate} requests/s…", file=sys.stderr)
        for swapping in (False, True) if pair % 2 == 0 else (True, False):
            (swapped if swapping else calm).append(attack_beside(swapper if swapping else None, arguments, url, body, rate))
    ratios = [one["p99_ms"] / other["p99_ms"] for one, other in zip(swapped, calm)]
    return {
        "model": model,
        "bytes": Path(arguments.work, "registry", model, "1", "model.onnx").stat().st_size,
        "capacity_requests_per_second": capacity,
        "rate_requests_per_second": rate,
        "swaps": len(swapper.millis),
        "swap_ms": spread(swapper.millis) if swapper.millis else None,
        "p99_with_to_without_swaps": spread(ratios),
        "without_swaps": calm,
        "with_swaps": swapped,
        "failed_requests": 0,
        "appearing_to_serving_ms": spread(appearances(arguments, model)),
    }


def appearances(arguments, model):
    """From the renaming of a complete version into the registry to the first answer of that version."""
    registry = Path(arguments.work, "registry", model)
    body = json.loads(Path(arguments.work, f"{model}.json").read_text())
    millis = []
    for number in range(4, 4 + min(APPEARANCES, 2 * arguments.pairs)):
        fresh = registry / ".fresh"
        shutil.copytree(registry / "1", fresh)
        begun = time.monotonic()
        fresh.rename(registry / str(number))
        call(
            "PUT",
            f"{arguments.server}/api/v1/models/{model}/aliases/champion",
            {"version": str(number), "reason": "a new version"},
        )
        headers, _ = call("POST", f"{arguments.server}/v2/models/{model}/infer", body)
        millis.append((time.monotonic() - begun) * 1000)
        if headers["Weir-Model-Version"] != str(number):
            sys.exit(f"{model}: version {headers['Weir-Model-Version']} answered instead of {number}")
    return millis


def idle_registries(arguments):
    """What an idle poll costs, by kind of registry: of the one that is here, and of those that were measured before."""
    print("reading an idle registry…", file=sys.stderr)
    idle = {"directory": idle_registry.measure(arguments.server, arguments.pid)}
    for kind in ("s3", "mlflow"):
        measured = Path(arguments.work, f"idle-{kind}.json")
        if measured.exists():
            idle[kind] = json.loads(measured.read_text())
    return idle


def main():
    parser = argparse.ArgumentParser()
    for name in ("server", "work", "vegeta", "models", "commit", "java", "out"):
        parser.add_argument(f"--{name}", required=True)
    for name in ("pid", "pairs", "seconds", "warm-up"):
        parser.add_argument(f"--{name}", required=True, type=int)
    arguments = parser.parse_args()
    summary = {
        "schema_version": SCHEMA,
        "measured_at": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "commit": arguments.commit,
        "machine": machine(),
        "java": arguments.java,
        "load": {
            "generator": "vegeta for fixed rates, wrk for the capacity",
            "where": "on the same machine, sharing its cores with the server",
            "loop": "open, at half of the capacity of a closed loop",
            "seconds_between_swaps": SECONDS_BETWEEN_SWAPS,
            "seconds_per_run": arguments.seconds,
        },
        "idle_registries": idle_registries(arguments),
        "models": [measure(arguments, model) for model in arguments.models.split(",")],
    }
    Path(arguments.out).write_text(json.dumps(summary, indent=2) + "\n")
    show(summary)


def show(summary):
    for kind, idle in summary["idle_registries"].items():
        print(
            f"idle registry of {idle['versions']} versions in {kind}: {idle['millis']['median']:.1f} ms and "
            f"{idle['cpu_ms_per_poll']:.1f} ms of CPU a poll"
        )
    print(f"{'model':8} {'MB':>6} {'rate/s':>8} {'p99 ms':>8} {'swapped':>8} {'ratio (min-max)':>20} {'swap ms':>8} {'new ms':>7}")
    for each in summary["models"]:
        ratio = each["p99_with_to_without_swaps"]
        calm = statistics.median(run["p99_ms"] for run in each["without_swaps"])
        swapped = statistics.median(run["p99_ms"] for run in each["with_swaps"])
        swap = each["swap_ms"]["median"] if each["swap_ms"] else float("nan")
        print(
            f"{each['model']:8} {each['bytes'] / 1e6:6.1f} {each['rate_requests_per_second']:8} {calm:8.2f} {swapped:8.2f} "
            f"{ratio['median']:8.2f} ({ratio['min']:.2f}-{ratio['max']:.2f}) {swap:8.0f} "
            f"{each['appearing_to_serving_ms']['median']:7.0f}"
        )


if __name__ == "__main__":
    main()
