"""Makes one summary of the raw figures that ./log left in a directory: as JSON for programs, as a table for people."""

import json
import os
import sqlite3
import statistics
import sys
import time
from datetime import datetime, timezone
from pathlib import Path

from report import machine, median, runs, side, spread

SCHEMA = "1.0"

# What the record may cost at most: shares of the rate without it, and of what the disk allows.
ASYNC_TARGET = 0.85
SYNC_TARGET = 0.70


def main(work, target, *facts):
    work = Path(work)
    facts = dict(fact.split("=", 1) for fact in facts)
    sides = {kind: runs(work / f"{kind}.jsonl") for kind in ("off", "async", "sync")}
    connections = int(facts["connections"])
    commit = commit_seconds(work, connections)
    off, rate = median(sides["off"], "requests_per_second"), median(sides["async"], "requests_per_second")
    bound = min(rate, connections / commit)
    ratio_async = [a["requests_per_second"] / o["requests_per_second"] for a, o in zip(sides["async"], sides["off"])]
    ratio_sync = [
        s["requests_per_second"] / min(a["requests_per_second"], connections / commit)
        for s, a in zip(sides["sync"], sides["async"])
    ]
    summary = {
        "schema_version": SCHEMA,
        "measured_at": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "commit": facts["commit"],
        "machine": machine(),
        "load": {key: int(facts[key]) for key in ("rounds", "seconds", "warm_up", "connections")},
        "without": side(sides["off"]),
        "async": side(sides["async"]),
        "sync": side(sides["sync"]),
        "commit_seconds_median": commit,
        "sync_bound_requests_per_second": bound,
        "async_to_without": spread(ratio_async),
        "sync_to_bound": spread(ratio_sync),
        "records_counted": {kind: counted(work / f"{kind}.metrics") for kind in sides},
    }
    for kind in ("async", "sync"):
        lost = summary["records_counted"][kind].get("dropped", 0)
        if summary[kind]["errors"] or summary["without"]["errors"]:
            sys.exit("requests failed; the figures are worth nothing")
        if lost:
            print(f"note: {kind} dropped {lost:,} records", file=sys.stderr)
    Path(target).write_text(json.dumps(summary, indent=2) + "\n")
    print(table(summary, off))


def commit_seconds(work, rows):
    """Returns the median time of a synced commit of as many records as are in flight, on the disk of the log."""
    file = work / "commit.db"
    database = sqlite3.connect(file, isolation_level=None)
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA synchronous = FULL")
    database.execute("CREATE TABLE block (seq INTEGER PRIMARY KEY, body BLOB)")
    times = []
    for i in range(200):
        begun = time.perf_counter()
        database.execute("INSERT INTO block VALUES (?, ?)", (i, os.urandom(400 * rows)))
        times.append(time.perf_counter() - begun)
    database.close()
    return statistics.median(times)


def counted(file):
    """Returns the records that the server counted, by result."""
    results = {}
    for line in file.read_text().splitlines():
        if line.startswith("weir_log_records_total{"):
            result = line.split('result="', 1)[1].split('"', 1)[0]
            results[result] = results.get(result, 0) + int(float(line.rsplit(" ", 1)[1]))
    return results


def table(summary, off):
    load = summary["load"]

    def row(name, figures):
        rate = figures["requests_per_second"]
        return (
            f"{name:<16}{rate['median']:>12,.0f}{rate['min']:>10,.0f} –{rate['max']:>8,.0f}"
            f"{figures['p50_us'] / 1000:>10.2f}{figures['p99_us'] / 1000:>10.2f}{rate['median'] / off:>12.1%}"
        )

    def verdict(name, ratio, target, of):
        met = "met" if ratio["median"] >= target else "missed"
        return (
            f"{name}: {ratio['median']:.1%} of {of} ({ratio['min']:.1%} – {ratio['max']:.1%}); "
            f"target at least {target:.0%}, {met}"
        )

    return "\n".join(
        [
            "",
            f"iris, v2, JSON, 1 row; {load['connections']} connections, {load['rounds']} rounds of "
            f"{load['seconds']} s each in turns after {load['warm_up']} s of warm-up;",
            f"generator on the same machine ({summary['machine']['cores']} cores, {summary['machine']['cpu']})",
            "",
            f"{'':<16}{'requests/s':>12}{'min – max':>20}{'p50 ms':>10}{'p99 ms':>10}{'of without':>12}",
            row("without", summary["without"]),
            row("async", summary["async"]),
            row("sync", summary["sync"]),
            "",
            verdict("async", summary["async_to_without"], ASYNC_TARGET, "the rate without"),
            verdict(
                "sync",
                summary["sync_to_bound"],
                SYNC_TARGET,
                f"min(async, {load['connections']} in flight ÷ {summary['commit_seconds_median'] * 1000:.2f} ms)",
            ),
            f"records: {summary['records_counted']}",
            "",
        ]
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
