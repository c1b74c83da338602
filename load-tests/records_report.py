"""Makes one summary of the raw figures that ./records left in a directory: as JSON for programs, as a table for people."""

import json
import statistics
import sys
from datetime import datetime, timezone
from pathlib import Path

from log_report import counted
from report import machine

SCHEMA = "1.0"


def main(work, target, *facts):
    work = Path(work)
    facts = dict(fact.split("=", 1) for fact in facts)
    loads = [json.loads(line) for line in (work / "load.jsonl").read_text().splitlines()]
    for load in loads:
        if sum(load["errors"].values()):
            sys.exit("requests failed; the figures are worth nothing")
    find = json.loads((work / "find.json").read_text())
    kinds = counted(work / "fill.metrics")
    summary = {
        "schema_version": SCHEMA,
        "measured_at": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "commit": facts["commit"],
        "machine": machine(),
        "connections": int(facts["connections"]),
        "written": {
            "records": kinds,
            "per_second": sum(load["requests"] for load in loads) / sum(load["seconds"] for load in loads),
            "bytes_per_record": int((work / "disk").read_text()) * 1024 / find["records"],
        },
        "find": find,
        "memory": memory(work / "rss"),
        "forwarded": [
            {"sink": sink, "records": int(count), "per_second": int(count) / (int(micros) / 1e6)}
            for sink, count, micros in (line.split() for line in (work / "forwarded").read_text().splitlines())
        ],
    }
    Path(target).write_text(json.dumps(summary, indent=2) + "\n")
    print(table(summary))


def memory(file):
    """Returns the resident memory over the second half of the load, and the slope of a line through it."""
    samples = [line.split() for line in file.read_text().splitlines() if len(line.split()) == 2]
    half = samples[len(samples) // 2 :]
    if len(half) < 3:
        return {"samples": len(samples)}
    times = [int(micros) / 1e6 for micros, _ in half]
    sizes = [int(kilobytes) / 1024 for _, kilobytes in half]
    slope = statistics.linear_regression(times, sizes).slope
    return {
        "samples": len(half),
        "first_mib": sizes[0],
        "last_mib": sizes[-1],
        "max_mib": max(sizes),
        "slope_mib_per_minute": slope * 60,
        "seconds": times[-1] - times[0],
    }


def table(summary):
    written, find, memory_ = summary["written"], summary["find"], summary["memory"]
    lines = [
        "",
        f"{find['records']:,} records of iris, {summary['connections']} connections",
        f"generator on the same machine ({summary['machine']['cores']} cores, {summary['machine']['cpu']})",
        "",
        f"answered and recorded:  {written['per_second']:>10,.0f}/s, {written['bytes_per_record']:,.0f} bytes a record on disk",
        f"counted:                {written['records']}",
        f"streamed as NDJSON:     {find['stream_records_per_second']:>10,.0f}/s",
        f"by prediction id:       p50 {find['by_id_ms']['p50']:.2f} ms, p99 {find['by_id_ms']['p99']:.2f} ms",
        f"by request id:          p50 {find['by_request_id_ms']['p50']:.2f} ms, p99 {find['by_request_id_ms']['p99']:.2f} ms",
    ]
    if "slope_mib_per_minute" in memory_:
        lines.append(
            f"resident memory:        {memory_['first_mib']:.0f} → {memory_['last_mib']:.0f} MiB over the last "
            f"{memory_['seconds']:.0f} s, {memory_['slope_mib_per_minute']:+.1f} MiB a minute"
        )
    for sink in summary["forwarded"]:
        lines.append(f"forwarded to {sink['sink']:<11}{sink['per_second']:>10,.0f}/s of {sink['records']:,}")
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    main(*sys.argv[1:])
