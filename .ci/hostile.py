"""Sends hostile requests of every kind, in rounds, and compares what the server holds before and after.

Arguments: the server's URL, its management URL, its process id, the directory where registrations arrive. Fails when the
byte budget or the requests in flight do not return to zero, when a request that should be refused is answered otherwise,
when a registration leaves a file, or when resident memory grows on from round to round. Needs nothing but the standard
library.
"""

import json
import os
import pathlib
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
server, management, process, spool = sys.argv[1:5]
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


REGISTER = "/api/v1/models/hostile/versions?dry_run=true"
FORM = "Content-Type: multipart/form-data; boundary=b"
IRIS = (pathlib.Path(__file__).parents[1] / "examples/registry/iris/1/model.onnx").read_bytes()
FEATURES = ["sepal_length", "sepal_width", "petal_length", "petal_width"]
KNOWN = json.dumps({"signature": {"inputs": [{"name": "features", "features": FEATURES}]}}).encode()


def part(head, content):
    return b"--b\r\n" + head + b"\r\n\r\n" + content + b"\r\n"


def named(name, content, file_name=None):
    more = b"" if file_name is None else b'; filename="' + file_name + b'"'
    return part(b'Content-Disposition: form-data; name="' + name.encode() + b'"' + more, content)


def model(file_name=b"model.onnx", content=IRIS):
    return named("model", content, file_name)


def form(*parts, end=b"--b--\r\n", headers=(FORM,)):
    return REGISTER, b"".join(parts) + end, list(headers)


def trained(data):
    return form(model(), named("manifest", KNOWN), named("training", data, b"data"))


# Registrations; each is answered with 4xx and a code.
REGISTRATIONS = {
    "no boundary": form(model(), headers=["Content-Type: multipart/form-data"]),
    "long boundary": form(model(), headers=["Content-Type: multipart/form-data; boundary=" + "b" * 1000]),
    "other boundary": form(model(), headers=["Content-Type: multipart/form-data; boundary=c"]),
    "no form": form(model(), headers=["Content-Type: application/json"]),
    "empty": form(end=b""),
    "no parts": form(),
    "only a preamble": form(b"x" * 1_000_000),
    "no end": form(model(), end=b""),
    "cut in a head": form(b"--b\r\nContent-Dispos", end=b""),
    "part without a head": form(part(b"", b"x")),
    "head that is no head": form(part(b"\xff\xfe", b"x")),
    "huge head": form(part(b"X: " + b"x" * 1_000_000, b"x")),
    "many heads": form(part(b"\r\n".join(b"X: %d" % i for i in range(10_000)), b"x")),
    "encoded part": form(part(b'Content-Disposition: form-data; name="model"\r\nContent-Transfer-Encoding: base64', b"x")),
    "two dispositions": form(part(b'Content-Disposition: form-data; name="model"\r\n' * 2, b"x")),
    "encoded file name": form(part(b"Content-Disposition: form-data; name=\"model\"; filename*=UTF-8''..%2fx", b"x")),
    "file twice": form(model(), model()),
    "file inside a file": form(model(), model(b"model.onnx/x")),
    "manifest twice": form(model(), named("manifest", b"{}"), named("manifest", b"{}")),
    "version twice": form(model(), named("version", b"1"), named("version", b"2")),
    "unknown part": form(model(), named("script", b"x")),
    "too many parts": form(*(model(b"f%d" % i, b"x") for i in range(300))),
    "no model": form(named("version", b"1")),
    "manifest among the files": form(model(), model(b"manifest.json", b"{}")),
    "long word": form(model(), named("reason", b"x" * 100_000)),
    "large manifest": form(model(), named("manifest", b" " * (5 << 20))),
    "nested manifest": form(model(), named("manifest", b'{"golden":' + b"[" * 100_000)),
    "manifest of brackets": form(model(), named("manifest", b'{"golden":[' + b"[]," * 1_300_000 + b"[]]}")),
    "golden of brackets": form(model(), named("golden", b"[" + b"[]," * 1_300_000 + b"[]]")),
    "golden that closes the manifest": form(model(), named("golden", b'null},"model":{')),
    "no model file": form(model(content=b"x" * 1000)),
    "no format": form(model(b"model.pkl")),
    "large profile": form(
        model(), model(b"p.json", b" " * (17 << 20)), named("manifest", b'{"profile": "p.json"}')),
    "profile of brackets": form(
        model(), model(b"p.json", b'{"absent":[' + b"[]," * 4_000_000), named("manifest", b'{"profile": "p.json"}')),
    "million columns": trained(b"x" + b",y" * 1_000_000),
    "cell without end": trained(b'x\n"' + b"a" * (3 << 20)),
    "row of long cells": trained(b"x" + (b"," + b"a" * (1 << 19)) * 9),
    "text for numbers": trained(b"sepal_length\n" + b"".join(b"t%d\n" % i for i in range(100_000))),
    "no UTF-8": trained(b"sepal_length\n\xff\n"),
    "no Parquet": trained(b"PAR1" + b"x" * 1000),
    "Parquet of a long text": trained(b"PAR1" + bytes.fromhex("68ffffffff07") + struct.pack("<I", 6) + b"PAR1"),
    "Parquet of a long list": trained(b"PAR1" + bytes.fromhex("79fcffffff07") + struct.pack("<I", 6) + b"PAR1"),
    "Parquet of a long footer": trained(b"PAR1" + struct.pack("<I", 0x7FFFFFFF) + b"PAR1"),
}
for each in (b"../x", b"a/../../x", b"/etc/x", b"..\\x", b"C:\\x", b"%2e%2e/x", b"%2e%2e%2fx", b"x\0.onnx", b".x", b"a//x",
             b"a/./x", b"a/", b"\xff.onnx", "модель".encode(), b"x" * 300, b"x\tx", b" x"):
    REGISTRATIONS["file name %r" % each[:20]] = form(model(each))


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


def answer(connection):
    """Returns whatever comes, up to a code; what the server closes before is nothing."""
    said = b""
    try:
        while b'"code"' not in said or b"}" not in said:
            some = connection.recv(65536)
            if not some:
                break
            said += some
    except ConnectionError:
        pass
    return said.decode(errors="replace")


def refuse_registration(name, path, body, headers):
    """Those before may still be about to leave, so there may be no room for a moment."""
    said = ""
    for _ in range(100):
        with connect() as connection:
            try:
                connection.sendall(head(path, headers + ["Content-Length: %d" % len(body)]))
                connection.sendall(body)
            except ConnectionError:
                pass  # refused before it was read to its end
            said = answer(connection)
        if "QUEUE_FULL" not in said:
            break
        time.sleep(0.1)
    if not said.startswith("HTTP/1.1 4") or not re.search(r'"code": ?"[A-Z_0-9]+"', said):
        raise SystemExit("registration '%s' was answered: %s" % (name, said[:500] or "nothing"))


def leave_registrations():
    """Bodies that are shorter than they say, half closed or left, and one that comes too slowly."""
    path, body, headers = form(model())
    for leave in (socket.SHUT_WR, socket.SHUT_RDWR, None):
        with connect() as connection:
            connection.sendall(head(path, headers + ["Content-Length: 5000000"]) + body[:-20])
            if leave is not None:
                connection.shutdown(leave)
            if leave == socket.SHUT_WR:
                said = answer(connection)
                if said and not said.startswith("HTTP/1.1 4") and "QUEUE_FULL" not in said:
                    raise SystemExit("a half-closed registration was answered: %s" % said[:500])
    refuse_registration("shorter than its form", path, body[:-20], headers)
    for _ in range(100):
        with connect() as connection:
            connection.sendall(head(path, headers + ["Content-Length: 5000000"]) + body[:200])
            connection.settimeout(0.1)
            said = ""
            for _ in range(200):
                try:
                    connection.send(b"x")
                    said = connection.recv(65536).decode(errors="replace")
                    break
                except TimeoutError:
                    continue
                except ConnectionError:
                    break
        if "QUEUE_FULL" not in said:
            break
        time.sleep(0.1)
    if not said.startswith("HTTP/1.1 408"):
        raise SystemExit("a slow registration was answered: %s" % (said[:500] or "nothing"))


def spooled():
    return sorted(os.listdir(spool)) if os.path.isdir(spool) else []


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
        if budget == 0 and flight == 0 and not spooled():
            break
        time.sleep(0.1)
    else:
        raise SystemExit("after 10 s there are still %d bytes reserved, %d requests in flight, registrations %s"
                         % (budget, flight, spooled()))
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
    for kind, request in REGISTRATIONS.items():
        refuse_registration(kind, *request)
    leave_registrations()
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
