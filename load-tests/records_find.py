"""Reads a server's whole record once, then some of its predictions by id, and prints how long that took.

records_find.py URL
"""

import http.client
import json
import random
import statistics
import sys
import time
import urllib.parse

SAMPLE = 500


def main(url):
    host = urllib.parse.urlsplit(url).netloc
    connection = http.client.HTTPConnection(host, timeout=600)
    begun = time.perf_counter()
    connection.request("GET", "/api/v1/predictions?payload=false", headers={"Accept": "application/x-ndjson"})
    answer = connection.getresponse()
    if answer.status != 200:
        sys.exit(f"the record answers {answer.status}: {answer.read()[:500]}")
    chosen, count = [], 0
    generator = random.Random(1)
    for line in answer:
        if not line.strip():
            continue
        count += 1
        # Each line is as likely as the others to be among those that are kept.
        place = len(chosen) if len(chosen) < SAMPLE else generator.randrange(count)
        if place < SAMPLE:
            entry = json.loads(line)
            chosen[place : place + 1] = [(entry["prediction_id"], entry["request_id"])]
    streamed = time.perf_counter() - begun
    connection.close()

    connection = http.client.HTTPConnection(host, timeout=60)

    def seconds(path):
        begun = time.perf_counter()
        connection.request("GET", path)
        answer = connection.getresponse()
        body = answer.read()
        if answer.status != 200:
            sys.exit(f"{path} answers {answer.status}: {body[:500]}")
        return time.perf_counter() - begun

    for prediction, _ in chosen[:50]:
        seconds(f"/api/v1/predictions/{prediction}")  # warms up
    by_id = [seconds(f"/api/v1/predictions/{prediction}") for prediction, _ in chosen]
    by_request = [seconds(f"/api/v1/predictions?request_id={request}") for _, request in chosen[:50]]
    print(
        json.dumps(
            {
                "records": count,
                "stream_seconds": streamed,
                "stream_records_per_second": count / streamed,
                "by_id_ms": quantiles(by_id),
                "by_request_id_ms": quantiles(by_request),
            }
        )
    )


def quantiles(times):
    cuts = statistics.quantiles(times, n=100, method="inclusive")
    return {"p50": cuts[49] * 1000, "p99": cuts[98] * 1000, "max": max(times) * 1000, "n": len(times)}


if __name__ == "__main__":
    main(sys.argv[1])
