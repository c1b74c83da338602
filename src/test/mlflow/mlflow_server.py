"""Starts a real MLflow tracking server for a test, and ends it with all its processes, by their group."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

# Imports alone take half a minute on a small machine.
START_SECONDS = 180
STOP_SECONDS = 20
POLL_SECONDS = 0.2


class MlflowServer:
    """A running server, where it listens, and the directory of what it holds."""

    def __init__(self, process, port, root, log):
        self.process = process
        self.url = f"http://127.0.0.1:{port}"
        self.root = root
        self.log = log

    def kill(self):
        """Ends it as a crash would, with its workers."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(STOP_SECONDS)


def start(root):
    """Starts a server that keeps everything below root, and waits until it answers."""
    root = Path(root)
    port = _free_port()
    log = root / "mlflow.log"
    command = [sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(port)]
    command += ["--backend-store-uri", f"sqlite:///{root / 'mlflow.db'}"]
    command += ["--artifacts-destination", str(root / "artifacts"), "--serve-artifacts", "--workers", "1"]
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=root,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**os.environ, "MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true"},
            start_new_session=True,
        )
    server = MlflowServer(process, port, root, log)
    try:
        _await(server)
    except BaseException:
        server.kill()
        raise
    return server


def _await(server):
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if server.process.poll() is not None:
            break
        try:
            with urllib.request.urlopen(f"{server.url}/health", timeout=5) as response:
                if response.status == 200:
                    return
        except (OSError, urllib.error.URLError):
            pass
        time.sleep(POLL_SECONDS)
    raise AssertionError(f"MLflow did not start\n{server.log.read_text(errors='replace')[-4000:]}")


def _free_port():
    with socket.socket() as each:
        each.bind(("127.0.0.1", 0))
        return each.getsockname()[1]


if __name__ == "__main__":
    # For scripts: prints the address, and serves until its standard input ends.
    running = start(sys.argv[1])
    print(running.url, flush=True)
    try:
        sys.stdin.read()
    finally:
        running.kill()
