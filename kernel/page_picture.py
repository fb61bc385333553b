"""Draws pages of a PDF as pictures, and covers parts of pictures: the program that `kernel.pages` runs by itself.

PDFium reads the file; what comes out is pixels. Nothing of ours is imported here.
"""

from __future__ import annotations

import json
import os
import resource
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

WIDEST, SHARPEST = 1400, 3.0
"""A page is drawn as wide as this many pixels, or three times its own size where that is less."""

MOST_PIXELS = 50_000_000


def count(path: Path) -> int:
    """How many pages a PDF has."""
    import pypdfium2

    document = pypdfium2.PdfDocument(path)
    try:
        return len(document)
    finally:
        document.close()


def sizes(path: Path, kind: str, most: int) -> list[list[int]]:
    """How wide and high each page is drawn, of as many pages as asked for; a picture is one page."""
    if kind != "pdf":
        return [list(_picture(path).size)]
    import pypdfium2

    document = pypdfium2.PdfDocument(path)
    try:
        found = [document.get_page_size(number) for number in range(min(len(document), most))]
    finally:
        document.close()
    return [[round(side * _scale(*page)) for side in page] for page in found]


def draw(path: Path, page: int, target: Path) -> None:
    """Write one page of a PDF, counted from 1, as a PNG picture."""
    with _new(target) as out:
        next(iter(_pages(path, [page]))).save(out, "PNG")


def cover(path: Path, kind: str, boxes: list[list[float]], target: Path) -> None:
    """Write a picture or PDF anew as pictures with parts covered in black: what was there is not in the new file.

    A box is page, left, top, width and height; all but the page in hundredths of the page.
    """
    pages = _pages(path, range(1, count(path) + 1)) if kind == "pdf" else iter([_picture(path)])
    covered = [
        _cover_page(image, [box[1:] for box in boxes if box[0] == number]) for number, image in enumerate(pages, 1)
    ]
    with _new(target) as out:
        if kind == "pdf":
            covered[0].save(out, "PDF", save_all=True, append_images=covered[1:], resolution=150)
        else:
            covered[0].save(out, "PNG")


def _new(target: Path) -> Any:
    return os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")


def _pages(path: Path, numbers: Iterable[int]) -> Iterator[Any]:
    import pypdfium2

    document = pypdfium2.PdfDocument(path)
    try:
        document.init_forms()
        for number in numbers:
            page = document[number - 1]
            yield page.render(scale=_scale(*page.get_size())).to_pil().convert("RGB")
    finally:
        document.close()


def _scale(width: float, height: float) -> float:
    return min(SHARPEST, WIDEST / max(width, 1.0), (MOST_PIXELS / max(width * height, 1.0)) ** 0.5)


def _picture(path: Path) -> Any:
    from PIL import Image

    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    with Image.open(path, formats=("JPEG", "PNG", "WEBP")) as image:
        return image.convert("RGB")


def _cover_page(image: Any, boxes: list[list[float]]) -> Any:
    from PIL import Image, ImageDraw

    new = Image.new("RGB", image.size)
    new.paste(image)
    pen = ImageDraw.Draw(new)
    for left, top, width, height in boxes:
        corners = (left, top), (left + width, top + height)
        pen.rectangle([(round(x * new.width / 100), round(y * new.height / 100)) for x, y in corners], fill="black")
    return new


def _main() -> None:
    seconds, megabytes = (int(word) for word in sys.argv[1:3])
    order = json.load(sys.stdin)
    resource.setrlimit(resource.RLIMIT_DATA, (megabytes * 1024 * 1024,) * 2)
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    path = Path(order["path"])
    said: dict[str, Any] = {}
    if order["do"] == "count":
        said = {"pages": count(path)}
    elif order["do"] == "sizes":
        said = {"sizes": sizes(path, order["kind"], order["most"])}
    elif order["do"] == "draw":
        draw(path, order["page"], Path(order["target"]))
    else:
        cover(path, order["kind"], order["boxes"], Path(order["target"]))
    sys.stdout.write(json.dumps(said))


if __name__ == "__main__":
    _main()
