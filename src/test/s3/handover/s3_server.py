"""Starts a real S3 server for a test, and ends it by its process id."""

import os
import re
import subprocess
import time
from pathlib import Path

START_SECONDS = 60
STOP_SECONDS = 20
POLL_SECONDS = 0.1
RUNNING = re.compile(r"Running on (http://127\.0\.0\.1:\d+)")


class S3Server:
    """A running server that keeps everything in its memory, and where it listens."""

    def __init__(self, process, url):
        self.process = process
        self.url = url

    def kill(self):
        """Ends it as a crash would."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(STOP_SECONDS)


def start(root):
    """Starts a server on a free port of the loopback interface, and waits until it listens. Its log goes below root."""
    log = Path(root) / "s3.log"
    command = [os.environ["WEIR_TEST_S3_PYTHON"], "-u", "-m", "moto.server", "-H", "127.0.0.1", "-p", "0"]
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd=root, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT)
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        running = RUNNING.search(log.read_text(errors="replace"))
        if running:
            return S3Server(process, running.group(1))
        time.sleep(POLL_SECONDS)
    process.kill()
    process.wait(STOP_SECONDS)
    raise AssertionError(f"the S3 server did not start\n{log.read_text(errors='replace')[-4000:]}")
