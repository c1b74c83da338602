"""Sends hostile requests of every kind, in rounds, and compares what the server holds before and after.

Arguments: the server's URL, its management URL, its process id. Fails when the byte budget or the requests in flight
do not return to zero, when a request that should be refused is answered otherwise, or when resident memory grows on
from round to round. Needs nothing but the standard library.
"""

import re
import socket
import struct
import sys
import time
import urllib.parse
import urllib.request

ROUNDS = 8
WARM_UP = 3
# Resident memory after the warm-up and after the last round may differ by this much, for the collector's habits.
MARGIN = 64 << 20
SECONDS = 45

INFER = "/v2/models/iris/infer"
server, management, process = sys.argv[1:4]
where = urllib.parse.urlsplit(server)


def tensor(shape, data, datatype="FP32", name="features"):
    return '{"inputs":[{"name":"%s","datatype":"%s","shape":%s,"data":%s}]}' % (name, datatype, shape, data)


GOOD = tensor("[1,4]", "[5.1,3.5,1.4,0.2]")


def binary(size, block, shape="[1,4]", datatype="FP32", model="iris", name="features"):
    head = '{"inputs":[{"name":"%s","datatype":"%s","shape":%s,"parameters":{"binary_data_size":%d}}]}' % (
        name, datatype, shape, size)
    return ("/v2/models/%s/infer" % model, head.encode() + block,
            ["Inference-Header-Content-Length: %d" % len(head)])


# Path, body, headers; each is answered with 4xx.
REFUSED = {
    "empty": (INFER, b"", []),
    "truncated": (INFER, GOOD[:-20].encode(), []),
    "trailing": (INFER, (GOOD + "x").encode(), []),
    "nested": (INFER, b"[" * 100_000, []),
    "nested data": (INFER, tensor("[1,4]", "[" * 20_000).encode(), []),
    "duplicate key": (INFER, GOOD.replace('"name"', '"shape":[1,4],"name"').encode(), []),
    "shape overflow": (INFER, tensor("[9223372036854775807,9223372036854775807]", "[1]").encode(), []),
    "shape lies": (INFER, tensor("[4000000,4]", "[1]").encode(), []),
    "negative shape": (INFER, tensor("[-1,4]", "[1,2,3,4]").encode(), []),
    "long number": (INFER, tensor("[1,4]", "[" + "1" * 10_000 + ",1,1,1]").encode(), []),
    "long name": (INFER, tensor("[1,4]", "[1,1,1,1]", name="x" * 100_000).encode(), []),
    "bad UTF-8": (INFER, GOOD.replace("features", "\xff\xfe").encode("latin-1"), []),
    "NaN": (INFER, tensor("[1,4]", "[NaN,1,1,1]").encode(), []),
    "one bad of many": (INFER, tensor("[50000,4]", "[" + "1," * 199_999 + '"x"]').encode(), []),
    "binary short": binary(1 << 30, b"\0" * 16),
    "binary long": binary(16, b"\0" * 1_000_000),
    "BYTES lies": binary(8, struct.pack("<I", 0xFFFFFFFF) + b"four", "[1,1]", "BYTES", "penguins", "island"),
    "huge announced": (INFER, b"x" * 100, ["Content-Length: 99999999999"]),
    "too large": (INFER, b"x" * (17 << 20), []),
    "rows": ("/v1/models/iris:predict", b'{"instances":' + b"[" * 50_000, []),
    "rows duplicate": ("/v1/models/iris:predict", b'{"instances":[],"instances":[]}', []),
    "unknown model": ("/v2/models/none/infer", b"x" * 100_000, []),
    "odd path": ("/v2/models/%ff%fe/infer", b"", []),
    "hostile id": (INFER, GOOD.encode(), ["X-Request-Id: " + "x" * 5000]),
}


def connect():
    return socket.create_connection((where.hostname, where.port), timeout=20)


def head(path, headers):
    return ("POST %s HTTP/1.1\r\nHost: weir\r\n%s\r\n" % (path, "".join(h + "\r\n" for h in headers))).encode()


def status(connection):
    answer = b""
    while b"\r\n" not in answer:
        some = connection.recv(4096)
        if not some:
            break
        answer += some
    return answer.split(b"\r\n")[0].decode()


def refuse(name, path, body, headers):
    if not any(h.startswith("Content-Length") for h in headers):
        headers = headers + ["Content-Length: %d" % len(body)]
    with connect() as connection:
        connection.sendall(head(path, headers))
        connection.sendall(body)
        line = status(connection)
    if not line.startswith("HTTP/1.1 4"):
        raise SystemExit("'%s' was answered: %s" % (name, line or "nothing"))


def leave_in_the_middle():
    """Slow bodies, whose callers give up, and whole ones, whose callers do not wait."""
    slow = [connect() for _ in range(20)]
    for connection in slow:
        connection.sendall(head(INFER, ["Content-Length: 1000000"]) + b"x" * 200_000)
    for connection in slow:
        connection.close()
    for _ in range(20):
        with connect() as connection:
            connection.sendall(head(INFER, ["Content-Length: %d" % len(GOOD)]) + GOOD.encode())


def stall():
    with connect() as connection:
        connection.sendall(head(INFER, ["Content-Length: 1000", "Weir-Timeout-Ms: 50"]) + b"{")
        line = status(connection)
    if not line.startswith("HTTP/1.1 504"):
        raise SystemExit("a stalled body was answered: %s" % (line or "nothing"))


def pipeline_and_read_nothing():
    with connect() as connection:
        connection.setblocking(False)
        wave = b"GET /v2/models/iris HTTP/1.1\r\nHost: weir\r\n\r\n" * 1000
        for _ in range(200):
            try:
                connection.send(wave)
            except BlockingIOError:
                time.sleep(0.001)


def broken_framing():
    with connect() as connection:
        connection.sendall(head(INFER, ["Transfer-Encoding: chunked"]) + b"zz\r\n")
        status(connection)


def metrics():
    with urllib.request.urlopen(management + "/q/metrics", timeout=10) as answer:
        return answer.read().decode()


def total(text, name, tag=""):
    found = re.findall(r"^%s(\{[^}]*%s[^}]*\})? (\S+)$" % (name, tag), text, re.MULTILINE)
    return sum(float(value) for _, value in found)


def resident():
    with open("/proc/%s/status" % process) as lines:
        return int(re.search(r"VmRSS:\s+(\d+) kB", lines.read()).group(1)) << 10


def settle():
    """Waits until nothing is held any more, and returns what there is to report."""
    for _ in range(100):
        text = metrics()
        budget, flight = total(text, "weir_byte_budget_reserved_bytes"), total(text, "weir_in_flight")
        if budget == 0 and flight == 0:
            break
        time.sleep(0.1)
    else:
        raise SystemExit("after 10 s there are still %d bytes reserved and %d requests in flight" % (budget, flight))
    return {
        "rss": resident(),
        "heap": total(text, "jvm_memory_used_bytes", 'area="heap"'),
        # Only what the JVM counts; what Netty takes beyond it shows in the resident memory.
        "direct": total(text, "jvm_buffer_memory_used_bytes", 'id="direct"'),
        "budget": budget,
    }


def report(name, held):
    print("%-14s" % name + "".join("  %s %7.1f MB" % (what, size / (1 << 20)) for what, size in held.items()), flush=True)


begun = time.monotonic()
report("before", settle())
warm = None
done = 0
for done in range(1, ROUNDS + 1):
    for kind, request in REFUSED.items():
        for _ in range(3):
            refuse(kind, *request)
    leave_in_the_middle()
    stall()
    pipeline_and_read_nothing()
    broken_framing()
    held = settle()
    report("round %d" % done, held)
    if done == WARM_UP:
        warm = held
    if done > WARM_UP and time.monotonic() - begun > SECONDS:
        break

with urllib.request.urlopen(urllib.request.Request(server + INFER, GOOD.encode()), timeout=10) as answer:
    answer.read()
grown = held["rss"] - warm["rss"]
print("%d rounds; resident memory changed by %+.1f MB since round %d" % (done, grown / (1 << 20), WARM_UP))
if grown > MARGIN:
    raise SystemExit("that is more than %d MB" % (MARGIN >> 20))
