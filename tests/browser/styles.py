"""Whether the pages' styles and scripts are built from what stands there now: an old build shows the browser old pages."""

from __future__ import annotations

from pathlib import Path

from hatecase.embedded import PROJECT

HOW = "run `node static/build.mjs` (`make test` does)"


def styles_stale(static: Path = PROJECT / "static") -> str:
    """What to do about them, in a sentence; nothing where they are as new as their sources."""
    built = static / "build" / "hatecase.css"
    if not built.exists():
        return f"There are no styles and scripts in {built.parent}: {HOW}."
    newest = max((path for path in [static / "build.mjs", *(static / "src").rglob("*")] if path.is_file()), key=_time)
    return (
        f"{newest} is newer than the styles and scripts built from it: {HOW}." if _time(newest) > _time(built) else ""
    )


def _time(path: Path) -> int:
    return path.stat().st_mtime_ns
