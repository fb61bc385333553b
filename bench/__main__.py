"""``python -m bench``: fills a county once, measures, prints a table, writes var/bench/ and docs/bench.md.

It starts servers of its own under var/bench, uses Unix sockets and one loopback port, and stops all it started.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from bench import idle, report

PROJECT = Path(__file__).resolve().parent.parent
GROUPS = ("list", "search", "work", "case", "desk", "part", "paper", "strategy", "api")
LONGEST = 3600
FURTHER = {"worked.json": "casework.sql", "evidence.json": "evidence.sql"}
"""What is filled once, by the note that it leaves."""


def main(arguments: list[str]) -> int:
    """Answers the exit code: 0 also where an aim is missed, because the machine decides about that."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--cases", type=int, default=100_000, help="size of the county (100000); another home each")
    parser.add_argument(
        "--only",
        choices=(*GROUPS, "pages", "pack", "idle", "figures", "audit", "pairs"),
        help="one part; keeps docs",
    )
    parser.add_argument("--home", type=Path, help="where the county lives (var/bench)")
    options = parser.parse_args(arguments)
    home = (
        options.home or PROJECT / "var" / ("bench" if options.cases == 100_000 else f"bench-{options.cases}")
    ).resolve()
    home.mkdir(parents=True, exist_ok=True)
    os.environ["HATECASE_HOME"] = str(home)
    for name in ("DATABASE_URL", "DATABASE_APP_URL", "REDIS_URL", "HATECASE_NOW", "HATECASE_DEMO"):
        os.environ.pop(name, None)
    result: dict[str, Any] = {
        "date": dt.datetime.now(dt.UTC).date().isoformat(),
        "commit": _commit(),
        "machine": report.machine(),
        "asked": options.cases,
    }
    if result["machine"]["load"][0] > 1:
        print(f"Something else is at work here (load average {result['machine']['load'][0]}): times will be too long.")
    started = time.monotonic()
    _measure(home, options, result)
    result["minutes"] = round((time.monotonic() - started - result.pop("filling", 0)) / 60)
    (home / "last.json").write_text(json.dumps(result, indent=1))
    _show(result)
    if options.only is None and options.cases == 100_000:
        (PROJECT / "docs" / "bench.md").write_text(report.page(result))
        print("\nWritten: docs/bench.md")
    return 0


def _measure(home: Path, options: argparse.Namespace, result: dict[str, Any]) -> None:
    from hatecase.embedded import servers

    wanted = options.only
    if wanted != "idle":
        with servers.running():
            _county(home, options.cases, result)
            _measure_served(home, wanted, result)
    if wanted in (None, "idle"):
        print("The whole system at rest")
        result["idle"] = idle.measure(home)


def _measure_served(home: Path, wanted: str | None, result: dict[str, Any]) -> None:
    if wanted in (None, "figures", "strategy", "pages"):
        print("The figures")
        result["figures"] = _step(home, "figures", "worker")
    subjects = _step(home, "subjects", "owner")
    result["cases"] = subjects["cases"]
    result["timings"] = []
    if wanted in (None, "pages", *GROUPS):
        print("Pages and API")
        only = [wanted] if wanted in GROUPS else []
        result["timings"] = _step(home, "pages", "app", *only)
    if wanted in (None, "pack"):
        print("A briefing pack")
        result["pack"] = _step(home, "pack", "worker")
    if wanted in (None, "pairs"):
        print("What is hidden, and what is not there")
        _step(home, "excluded", "owner")
        result["pairs"] = _step(home, "pairs", "app")
    if wanted in (None, "audit"):
        print("A million audit events: made once, verified, read")
        result["chain"] = _step(home, "chain", "owner")
        result["timings"] += _step(home, "audit", "app")


def _county(home: Path, cases: int, result: dict[str, Any]) -> None:
    """Fill the county if it is not there, and bring an older one's tables and styles up to date."""
    _manage("migrate", "--no-input", "--verbosity", "0")
    _manage("collectstatic", "--no-input", "--clear", "--verbosity", "0")
    note = home / "filled.json"
    if not note.exists():
        print(f"Filling a county of {cases:,} cases in {home} (once)", flush=True)
        started = time.monotonic()
        _manage("county", "--cases", str(cases), "--seed", "1")
        seconds = round(time.monotonic() - started)
        _sql("vacuum analyze")
        note.write_text(json.dumps({"cases": cases, "seconds": seconds}))
        result["filling"] = time.monotonic() - started
    for name, statements in FURTHER.items():
        filled = home / name
        if not filled.exists():
            print(f"Filling what a county that is worked with holds beyond it: {statements} (once)", flush=True)
            _sql((PROJECT / "bench" / statements).read_text())
            _sql("vacuum analyze")
            filled.write_text("{}")
    result["county"] = json.loads(note.read_text())
    result["postgres"] = _sql("show server_version")


def _manage(*arguments: str) -> None:
    environment = os.environ | {"HATECASE_ROLE": "owner"}
    command = [sys.executable, str(PROJECT / "manage.py"), *arguments]
    subprocess.run(command, check=True, env=environment, cwd=PROJECT, timeout=2 * LONGEST)


def _step(home: Path, name: str, role: str, *more: str) -> Any:
    """One step in a process of its own, under the role that it has in earnest."""
    path = home / f"{name}.json"
    command = [sys.executable, "-m", "bench.step", name, str(path), *more]
    environment = os.environ | {"HATECASE_ROLE": role}
    subprocess.run(command, check=True, env=environment, cwd=PROJECT, timeout=LONGEST)
    return json.loads(path.read_text())


def _sql(statement: str) -> str:
    import psycopg

    from hatecase import embedded

    with psycopg.connect(embedded.database_url("owner"), autocommit=True) as connection:
        cursor = connection.execute(statement)
        return str(cursor.fetchone()[0]) if cursor.description else ""  # type: ignore[index]


def _commit() -> str:
    command = ["git", "rev-parse", "--short", "HEAD"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=PROJECT)
    return done.stdout.strip() or "unknown"


def _show(result: dict[str, Any]) -> None:
    if result.get("timings"):
        print("\n" + report.table(report.HEAD, report.rows(result["timings"])))
    if rest := report.others(result):
        print("\n" + report.table(("What", "Measured", "Aim", ""), rest))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
