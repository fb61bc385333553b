"""Pages of a stranger's PDF as pictures, and files with parts covered; drawn by `page_picture.py` in a process of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kernel.isolated import IsolatedError, run

PROGRAM = Path(__file__).parent / "page_picture.py"
COUNT_SECONDS, DRAW_SECONDS, COVER_SECONDS = 10, 20, 90
COUNT_MEGABYTES, DRAW_MEGABYTES, COVER_MEGABYTES = 400, 800, 1600


@dataclass(frozen=True)
class Box:
    """A part of a page to cover: the page from 1, and its left, top, width and height in hundredths of the page."""

    page: int
    left: float
    top: float
    width: float
    height: float


def pages_count(path: Path) -> int:
    """How many pages a PDF has. Raises IsolatedError where it cannot be read."""
    order = {"do": "count", "path": str(path.resolve())}
    return int(run(PROGRAM, order, seconds=COUNT_SECONDS, megabytes=COUNT_MEGABYTES)["pages"])


def pages_sizes(path: Path, kind: str, most: int) -> list[tuple[int, int]]:
    """How wide and high a picture is, or the pages of a PDF as they are drawn: as many as asked for. Raises IsolatedError."""
    order = {"do": "sizes", "path": str(path.resolve()), "kind": kind, "most": most}
    found = run(PROGRAM, order, seconds=COUNT_SECONDS, megabytes=DRAW_MEGABYTES)["sizes"]
    return [(int(width), int(height)) for width, height in found]


def page_draw(path: Path, page: int, target: Path) -> None:
    """Draw one page as a PNG picture to `target`, which must not be there. Raises IsolatedError; then there is none."""
    order = {"do": "draw", "path": str(path.resolve()), "page": page, "target": str(target.resolve())}
    _to(target, order, DRAW_SECONDS, DRAW_MEGABYTES)


def file_cover(path: Path, kind: str, boxes: Sequence[Box], target: Path) -> None:
    """Draw a picture or a PDF anew with parts covered: a PNG of a picture, a PDF of pictures of a PDF.

    Raises IsolatedError; then there is no target.
    """
    parts = [[box.page, box.left, box.top, box.width, box.height] for box in boxes]
    order: dict[str, Any] = {
        "do": "cover",
        "path": str(path.resolve()),
        "kind": kind,
        "boxes": parts,
        "target": str(target.resolve()),
    }
    _to(target, order, COVER_SECONDS, COVER_MEGABYTES)


def _to(target: Path, order: dict[str, Any], seconds: int, megabytes: int) -> None:
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        run(PROGRAM, order, seconds=seconds, megabytes=megabytes)
    except IsolatedError:
        target.unlink(missing_ok=True)
        raise
