"""Makes one summary of the raw figures that ./run left in a directory: as JSON for programs, as a table for people."""

import json
import os
import platform
import statistics
import sys
from datetime import datetime, timezone
from pathlib import Path

SCHEMA = "1.0"

# What Weir wants to reach of the bare route's rate, with ids and metrics on.
TARGET = 0.55


def main(work, target, *facts):
    work = Path(work)
    facts = dict(fact.split("=", 1) for fact in facts)
    weir = runs(work / "weir.jsonl")
    bare = runs(work / "bare.jsonl")
    ratios = [ours["requests_per_second"] / theirs["requests_per_second"] for ours, theirs in zip(weir, bare)]
    in_process = {threads: float((work / f"in-process-{threads}").read_text()) for threads in (1, 2)}
    summary = {
        "schema_version": SCHEMA,
        "measured_at": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "commit": facts["commit"],
        "machine": machine(),
        "java": facts["java"],
        "jvm_flags": facts["flags"],
        "quarkus": facts["quarkus"],
        "model": facts["model"],
        "load": {
            "generator": facts["generator"],
            "where": "on the same machine, sharing its cores with the server",
            "loop": "closed",
            "protocol": "Open Inference Protocol v2, JSON both ways, HTTP/1.1 kept alive",
            "rows_per_request": 1,
            "connections": int(facts["connections"]),
            "threads": int(facts["threads"]),
            "warm_up_seconds": int(facts["warm_up"]),
            "seconds_per_run": int(facts["seconds"]),
            "runs": len(weir),
            "order": "bare route and Weir in turns",
        },
        "weir": side(weir),
        "bare_route": side(bare),
        "weir_to_bare_route": spread(ratios),
        "in_process": {
            "calls_per_second_1_thread": in_process[1],
            "calls_per_second_2_threads": in_process[2],
            "weir_to_1_thread": median(weir, "requests_per_second") / in_process[1],
            "weir_to_2_threads": median(weir, "requests_per_second") / in_process[2],
        },
        "start_to_ready_ms": spread([int(line) for line in (work / "starts").read_text().split()]),
        "resident_mib": {
            "ready": int((work / "rss-ready").read_text()) / 1024,
            "loaded": int((work / "rss-loaded").read_text()) / 1024,
        },
        "requests_counted_by_weir": counted(work / "counted"),
    }
    check(summary)
    Path(target).write_text(json.dumps(summary, indent=2) + "\n")
    print(table(summary))


def runs(file):
    """Returns the generator's lines, each with its rate."""
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    return [{"requests_per_second": line["requests"] / line["seconds"], **line} for line in lines]


def side(lines):
    """Returns all runs of one side and what they come to."""
    return {
        "requests_per_second": spread([line["requests_per_second"] for line in lines]),
        "p50_us": median(lines, "p50_us"),
        "p90_us": median(lines, "p90_us"),
        "p99_us": median(lines, "p99_us"),
        "p999_us": median(lines, "p999_us"),
        "max_us": max(line["max_us"] for line in lines),
        "requests": sum(line["requests"] for line in lines),
        "errors": sum(sum(line["errors"].values()) for line in lines),
        "runs": lines,
    }


def median(lines, field):
    return statistics.median(line[field] for line in lines)


def spread(values):
    """Returns the median and how far the values lie apart."""
    return {"median": statistics.median(values), "min": min(values), "max": max(values), "n": len(values)}


def counted(file):
    """Returns the requests that the server counted for the model, by result."""
    results = {}
    for line in file.read_text().splitlines():
        if 'model_deployment="iris"' in line:
            result = line.split('result="', 1)[1].split('"', 1)[0]
            results[result] = results.get(result, 0) + int(float(line.rsplit(" ", 1)[1]))
    return results


def check(summary):
    """Refuses a summary of a run in which anything failed."""
    answered = summary["weir"]["requests"]
    results = summary["requests_counted_by_weir"]
    if summary["weir"]["errors"] or summary["bare_route"]["errors"]:
        sys.exit("requests failed; the figures are worth nothing")
    # A generator that stops leaves its last requests, and the server counts those as cancelled.
    if set(results) - {"cancelled"} != {"ok"} or results["ok"] < answered:
        sys.exit(f"the generator saw {answered} good answers, but the server counted {results}")


def machine():
    """Returns what the figures were taken on."""
    cpu = "unknown"
    info = Path("/proc/cpuinfo")
    if info.exists():
        names = [line.split(":", 1)[1].strip() for line in info.read_text().splitlines() if line.startswith("model name")]
        cpu = names[0] if names else cpu
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return {
        "cpu": cpu,
        "cores": len(os.sched_getaffinity(0)),
        "pinning": "none",
        "memory_gib": round(memory, 1),
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "load_average_at_the_end": os.getloadavg()[0],
    }


def table(summary):
    load = summary["load"]
    weir, bare, model = summary["weir"], summary["bare_route"], summary["in_process"]
    start, memory, ratio = summary["start_to_ready_ms"], summary["resident_mib"], summary["weir_to_bare_route"]

    def row(name, figures):
        rate = figures["requests_per_second"]
        return (
            f"{name:<18}{rate['median']:>12,.0f}{rate['min']:>10,.0f} –{rate['max']:>8,.0f}"
            f"{figures['p50_us'] / 1000:>10.2f}{figures['p99_us'] / 1000:>10.2f}"
        )

    return "\n".join(
        [
            "",
            f"iris, v2, JSON, 1 row; {load['connections']} connections, {load['runs']} runs of "
            f"{load['seconds_per_run']} s each in turns after {load['warm_up_seconds']} s of warm-up;",
            f"generator {load['where']} ({summary['machine']['cores']} cores, {summary['machine']['cpu']})",
            "",
            f"{'':<18}{'requests/s':>12}{'min – max':>20}{'p50 ms':>10}{'p99 ms':>10}",
            row("Weir", weir),
            row("bare route", bare),
            f"{'in process, 1 thr.':<18}{model['calls_per_second_1_thread']:>12,.0f}",
            f"{'in process, 2 thr.':<18}{model['calls_per_second_2_threads']:>12,.0f}",
            "",
            f"Weir to bare route: {ratio['median']:.1%} (median of pairs; {ratio['min']:.1%} – {ratio['max']:.1%})",
            f"Target: at least {TARGET:.0%}, {'met' if ratio['median'] >= TARGET else 'missed'}",
            f"Weir to the model in process: {model['weir_to_1_thread']:.1%} of one thread, "
            f"{model['weir_to_2_threads']:.1%} of two",
            f"Start to ready: {start['median']:,.0f} ms (median of {start['n']}; {start['min']:,} – {start['max']:,})",
            f"Resident memory: {memory['ready']:.0f} MiB when ready, {memory['loaded']:.0f} MiB after the load",
            f"Requests: {weir['requests']:,} to Weir, {bare['requests']:,} to the bare route, none failed",
            "",
        ]
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
