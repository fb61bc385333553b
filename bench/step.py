"""One step of the benchmarks in a process of its own, with the database role that the step has in earnest.

``python -m bench.step NAME FILE [ONLY]`` writes what it found to FILE.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import Any


def main(arguments: list[str]) -> int:
    """Answers the exit code."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hatecase.settings")
    import django

    django.setup()
    # As the web server is settled before it answers (hatecase/gunicorn_conf.py).
    from hatecase.collector import collector_settle

    collector_settle()
    name, path, *rest = arguments
    steps = {
        "subjects": _subjects,
        "pages": _pages,
        "pack": _pack,
        "figures": _figures,
        "chain": _chain,
        "audit": _audit,
        "excluded": _excluded,
        "pairs": _pairs,
    }
    found = steps[name](Path(path), *rest)
    Path(path).write_text(json.dumps(found, indent=1))
    return 0


def _subjects(path: Path) -> Any:
    from bench.subjects import choose

    return choose(path)


def _pages(path: Path, only: str = "") -> Any:
    from bench.pages import everything

    subjects = json.loads((path.parent / "subjects.json").read_text())
    found = []
    for each in everything(subjects, only):
        _print(each)
        found.append(each.as_dict())
    return found


def _print(each: Any) -> None:
    print(f"  {each.name:26} {each.who:16} p50 {each.p50_ms:7.1f} ms   p95 {each.p95_ms:7.1f} ms", flush=True)


def _pack(path: Path) -> Any:
    from bench.packs import measure

    return measure()


def _chain(path: Path) -> Any:
    from bench.chain import measure, subjects

    return measure() | {"subjects": subjects()}


def _audit(path: Path) -> Any:
    from bench.chain import reading

    found = []
    for each in reading(json.loads((path.parent / "chain.json").read_text())["subjects"]):
        _print(each)
        found.append(each.as_dict())
    return found


def _excluded(path: Path) -> Any:
    from bench.pairs import arrange

    return arrange()


def _pairs(path: Path) -> Any:
    from bench.pairs import measure

    return measure(json.loads((path.parent / "excluded.json").read_text()))


def _figures(path: Path) -> Any:
    from kernel.actors import system_actor
    from strategy.services import facts_refresh

    started = time.perf_counter()
    facts_refresh(actor=system_actor("the benchmark makes the figures"))
    return {"seconds": round(time.perf_counter() - started, 1)}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
