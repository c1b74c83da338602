"""Starts a Weir from these sources for a test, waits until it answers, and ends it by its process id."""

import json
import os
import socket
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[3]

# The first start builds the application and may have to download its libraries.
BUILD_SECONDS = 1200
START_SECONDS = 90
STOP_SECONDS = 40
POLL_SECONDS = 0.05
START_TRIES = 3


class WeirServer:
    """A running server and where it listens."""

    def __init__(self, process, port, management_port, log):
        self.process = process
        self.address = f"127.0.0.1:{port}"
        self.url = f"http://{self.address}"
        self.management_url = f"http://127.0.0.1:{management_port}"
        self.log = log

    def get(self, path, management=False):
        """Returns status and parsed JSON of a GET, whatever the status."""
        return _get((self.management_url if management else self.url) + path)

    def stop(self):
        """Ends the server as a service manager would, and the hard way if that takes too long."""
        self.process.terminate()
        try:
            return self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(STOP_SECONDS)
            raise AssertionError(f"the server did not stop within {STOP_SECONDS} s\n{self.tail()}") from None

    def tail(self, lines=40):
        """Returns the end of the server's output."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])


def build():
    """Builds the application if its sources changed, so that no start has to wait for it."""
    subprocess.run(
        [PROJECT / "weir", "version"],
        check=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        timeout=BUILD_SECONDS,
    )


def start(directory, registry=None, deployments=None, until="ready", environment=None):
    """Starts a server on free ports of the loopback interface.

    directory takes its state and its log. environment adds to that of this process. until says which health answer to wait for: "ready", or "live" for a server
    that must not become ready.
    """
    for attempt in range(START_TRIES):
        server = _launch(Path(directory), attempt, registry, deployments, environment or {})
        try:
            if _await(server, f"/v2/health/{until}"):
                return server
        except BaseException:
            server.process.kill()
            server.process.wait(STOP_SECONDS)
            raise
        if not _lost_its_port(server):
            break
    raise AssertionError(f"the server ended with {server.process.returncode}\n{server.tail()}")


def _launch(directory, attempt, registry, deployments, environment):
    port, management_port = _free_ports(2)
    command = [PROJECT / "weir", "serve", "--port", str(port), "--management-port", str(management_port)]
    command += ["--state", directory / "state"]
    if registry is not None:
        command += ["--registry", registry]
    if deployments is not None:
        command += ["--deployments", deployments]
    log = directory / f"server-{attempt}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [str(part) for part in command],
            cwd=directory,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**os.environ, "NO_COLOR": "1", **environment},
        )
    return WeirServer(process, port, management_port, log)


def _await(server, path):
    """Waits for a 200; False when the process ended instead."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if server.process.poll() is not None:
            return False
        try:
            if _get(server.url + path)[0] == 200:
                return True
        except (ConnectionError, urllib.error.URLError, TimeoutError):
            pass
        time.sleep(POLL_SECONDS)
    raise AssertionError(f"{path} did not answer 200 within {START_SECONDS} s\n{server.tail()}")


def _lost_its_port(server):
    """Whether another process took the port between the moment it was found free and the server's start."""
    return "already in use" in server.log.read_text(errors="replace")


def _free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()


def _get(url):
    try:
        with urllib.request.urlopen(url, timeout=10) as response:
            return response.status, json.load(response)
    except urllib.error.HTTPError as refused:
        return refused.code, json.load(refused)
