"""The table on the screen, and docs/bench.md, which keeps the last run of everything."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench.pace import STEPS, loop_ms
from bench.spine import KEPT, SLOWER, ratio
from bench.targets import (
    CHAIN_SECONDS,
    IDLE_MEGABYTES,
    PACK_MEGABYTES,
    PACK_SECONDS,
    TARGETS,
    TOLD_APART,
    blind,
    verdict,
)

HEAD = (
    "What",
    "Who sees how much",
    "p50 ms",
    "p95 ms",
    "p95 aim",
    "Processor ms",
    "Loop ms",
    "To before",
    "Queries",
    "",
)


def machine() -> dict[str, Any]:
    """What it ran on."""
    info = Path("/proc/cpuinfo").read_text()
    model = next((line.split(":", 1)[1].strip() for line in info.splitlines() if line.startswith("model name")), "")
    memory = int(Path("/proc/meminfo").read_text().split()[1]) / 1024**2
    return {
        "processor": model or platform.machine(),
        "cores": os.cpu_count(),
        "memory_gb": round(memory, 1),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "load": [round(load, 1) for load in os.getloadavg()],
        "pace_ms": round(min(loop_ms() for _ in range(20)), 1),
    }


def rows(timings: list[dict[str, Any]]) -> list[tuple[str, ...]]:
    """The timings against what is aimed for, and against what they were before casework."""
    found: list[tuple[str, ...]] = []
    for each in timings:
        target = TARGETS.get(each["group"])
        marks = [verdict(each["p95_ms"], target.p95_ms)] if target else []
        if target and target.queries is not None and verdict(each["queries"], target.queries) == "missed":
            marks = ["missed"]
        slower = ratio(each)
        if slower is not None and target and slower > SLOWER:
            marks = ["missed"]
        found.append(
            (
                each["name"],
                each["who"],
                f"{each['p50_ms']:.1f}",
                f"{each['p95_ms']:.1f}",
                f"{target.p95_ms:.0f}" if target else "",
                f"{each['processor_ms']:.1f}",
                f"{each['pace_ms']:.1f}",
                "" if slower is None else f"{slower:.2f}",
                str(each["queries"]) + (f" of {target.queries}" if target and target.queries else ""),
                "".join(marks),
            )
        )
    return found


def others(result: dict[str, Any]) -> list[tuple[str, str, str, str]]:
    """What is not a request: the pack, the memory, the county and the figures."""
    found = []
    if pack := result.get("pack"):
        what = f"Pack of {pack['cases']} cases, {pack['pages']} pages"
        took = f"{pack['seconds']} s (processor {pack['processor_seconds']} s)"
        found.append((what, took, f"{PACK_SECONDS} s", verdict(pack["seconds"], PACK_SECONDS)))
        most = max(pack["printing_mb"], pack["worker_mb"])
        megabytes = f"printing {pack['printing_mb']} MB, worker {pack['worker_mb']} MB"
        found.append(("Its memory at most", megabytes, f"{PACK_MEGABYTES} MB", verdict(most, PACK_MEGABYTES)))
    if chain := result.get("chain"):
        what = f"Verifying {chain['events']:,} audit events"
        text = f"{chain['seconds']} s ({chain['processor_seconds']} s of the processor's)"
        found.append((what, text, f"{CHAIN_SECONDS} s", verdict(chain["seconds"], CHAIN_SECONDS)))
        what = "Of them in the last 30 days, most left by benchmarks: what the audit's pages read"
        found.append((what, f"{chain['recent']:,}", "", ""))
    if pairs := result.get("pairs"):
        what = f"Telling excluded from absent by time, {pairs['pairs']:,} pairs"
        text = f"AUC {pairs['auc']:.3f} (95 %: {pairs['low']:.3f} to {pairs['high']:.3f})"
        aim = f"0.5 in it, under {TOLD_APART}"
        found.append((what, text, aim, blind(pairs["auc"], pairs["low"], pairs["high"])))
        text = f"{pairs['excluded_ms']:.2f} ms, {pairs['absent_ms']:.2f} ms"
        found.append(("Median answer to the excluded, and where nothing is", text, "", ""))
    if idle := result.get("idle"):
        text = f"{idle['megabytes']} MB in {idle['processes']} processes"
        found.append(
            ("Whole system at rest", text, f"{IDLE_MEGABYTES} MB", verdict(idle["megabytes"], IDLE_MEGABYTES))
        )
        found.append(("From start to ready, county there", f"{idle['ready_seconds']} s", "", ""))
    if figures := result.get("figures"):
        found.append(("Making the county's figures", f"{figures['seconds']} s", "", ""))
    if county := result.get("county"):
        found.append((f"Filling the county: {county['cases']:,} cases", f"{county['seconds']:.0f} s", "", ""))
    return found


def table(head: tuple[str, ...], body: Sequence[tuple[str, ...]]) -> str:
    """Plain columns for the screen."""
    widths = [max(len(row[place]) for row in (head, *body)) for place in range(len(head))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in (head, *body)
    )


def page(result: dict[str, Any]) -> str:
    """docs/bench.md: measured numbers alone."""
    on = result["machine"]
    lines = [
        "# Benchmarks: the last run",
        "",
        (
            f"`make bench` on {result['date']}, commit {result['commit']}: {on['processor']}, {on['cores']} cores,"
            f" {on['memory_gb']} GB, {on['system']}, Python {on['python']}, PostgreSQL {result['postgres']} embedded."
            f" Load average before: {', '.join(map(str, on['load']))}; a fixed loop of {STEPS:,} steps in Python took"
            f" {on['pace_ms']} ms at best, by which two runs on a shared machine can be compared."
        ),
        "",
        (
            f"A county of {result['cases']:,} cases (`./manage.py county --cases {result['asked']} --seed 1`). Requests go"
            " through every middleware in one process, one after the other, under the application's database role; server"
            " time without the network; beside it the processor's time, of the process and its database sessions, on average,"
            " and the median of what the fixed loop took between the requests of that row."
            " An agency is chosen for each share of the cases: about 0.1 %, 10 % and 90 %."
            f" “To before” is the processor's time to that of before casework ({KEPT['source']}), each as a multiple of what"
            f" the fixed loop took between the requests; no page with an aim may stand above {SLOWER}."
            f" Measuring took {result['minutes']} minutes; filling the county, done once, is in the second table."
        ),
        "",
        *_markdown(HEAD, rows(result["timings"])),
        "",
        *_markdown(("What", "Measured", "Aim", ""), others(result)),
    ]
    if idle := result.get("idle"):
        parts = ", ".join(f"{name.rsplit(' (', 1)[0]} {size} MB" for name, size in idle["largest"].items())
        lines += ["", f"Largest at rest (proportional set size): {parts}."]
    return "\n".join(lines) + "\n"


def _markdown(head: tuple[str, ...], body: Sequence[tuple[str, ...]]) -> list[str]:
    return [
        f"| {' | '.join(head)} |",
        f"|{'---|' * len(head)}",
        *(f"| {' | '.join(row)} |" for row in body),
    ]
