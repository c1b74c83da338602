"""Asks a server for predictions until it dies, and later looks for every one of them in its record.

kill_under_load.py ask URL ANSWERED THREADS SECONDS   appends the id of each answered prediction to the file ANSWERED
kill_under_load.py check URL ANSWERED KILLS           all of them are on record, each once; what may be missing is marked
kill_under_load.py positions URL                      prints the place of every entry of the record: incarnation|seq
"""

import collections
import http.client
import json
import sys
import threading
import time
import urllib.parse

BODY = json.dumps({"instances": [[5.1, 3.5, 1.4, 0.2]]})


def ask(url, answered, threads, seconds):
    """Sends one request after another on each thread. An id counts once its whole answer is there."""
    host = urllib.parse.urlsplit(url).netloc
    until = time.monotonic() + float(seconds)
    lock = threading.Lock()
    with open(answered, "a", encoding="ascii") as out:

        def work():
            connection = http.client.HTTPConnection(host, timeout=10)
            try:
                while time.monotonic() < until:
                    connection.request("POST", "/v1/models/iris:predict", BODY)
                    answer = connection.getresponse()
                    answer.read()
                    if answer.status == 200:
                        with lock:
                            out.write(answer.headers["Weir-Prediction-Id"] + "\n")
                            out.flush()
                    else:
                        time.sleep(0.05)  # refused, because it can't be put on record now
            except (OSError, http.client.HTTPException):
                pass  # the server is gone, which is what this is about

        workers = [threading.Thread(target=work) for _ in range(int(threads))]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()


def check(url, answered, kills):
    with open(answered, encoding="ascii") as lines:
        ids = [line.strip() for line in lines]
    found = collections.Counter()
    unacknowledged = 0
    crashes = 0
    for entry in entries(url):
        if entry["kind"] == "gap":
            crashes += entry["reason"] == "crash"
        else:
            found[entry["prediction_id"]] += 1
            unacknowledged += not entry.get("acknowledged", True)
    missing = [each for each in ids if found[each] == 0]
    twice = [each for each, count in found.items() if count > 1]
    print(
        f"{len(ids):,} answers, {sum(found.values()):,} records, {len(missing)} missing, {len(twice)} twice, "
        f"{unacknowledged} unacknowledged, {crashes} ends without a goodbye marked"
    )
    if not ids:
        sys.exit("FAILED: nothing was answered, so nothing is shown")
    if len(ids) != len(set(ids)):
        sys.exit("FAILED: an id was given twice")
    if missing or twice:
        sys.exit(f"FAILED: missing {missing[:3]}, twice {twice[:3]}")
    if crashes != int(kills):
        sys.exit(f"FAILED: {kills} kills, but {crashes} marks of them")


def positions(url):
    for entry in entries(url):
        print(f"{entry['position']['incarnation']}|{entry['position']['seq']}")


def entries(url):
    """Returns every entry of the record, without payloads, one at a time."""
    connection = http.client.HTTPConnection(urllib.parse.urlsplit(url).netloc, timeout=60)
    connection.request("GET", "/api/v1/predictions?gaps=true&payload=false", headers={"Accept": "application/x-ndjson"})
    answer = connection.getresponse()
    if answer.status != 200:
        sys.exit(f"FAILED: the record answers {answer.status}: {answer.read()[:500]}")
    for line in answer:
        if line.strip():
            yield json.loads(line)


if __name__ == "__main__":
    {"ask": ask, "check": check, "positions": positions}[sys.argv[1]](*sys.argv[2:])
