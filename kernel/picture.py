"""Draws a picture anew without anything that was written beside it: the program that `kernel.inspection` runs by itself.

Where it was taken, with what, by whom, earlier versions and thumbnails stay behind: only the pixels go over, turned the way
the camera was held. Nothing of ours is imported here.
"""

from __future__ import annotations

import importlib
import json
import os
import resource
import sys
from pathlib import Path
from typing import Any

PIXELS = 50_000_000
FORMATS = ("JPEG", "PNG", "GIF", "WEBP")


def redraw(path: Path, target: Path) -> str:
    """Write the pixels of a picture to a new file; answers its kind: JPEG of a JPEG, else PNG, WebP where it moves."""
    from PIL import Image

    for plugin in ("Jpeg", "Png", "Gif", "WebP"):
        importlib.import_module(f"PIL.{plugin}ImagePlugin")
    Image.MAX_IMAGE_PIXELS = PIXELS
    with Image.open(path, formats=FORMATS) as image:
        moves = image.format != "MPO" and getattr(image, "n_frames", 1) > 1
        photo = image.format in ("JPEG", "MPO")
        with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            if moves:
                _moving(image, out)
                return "webp"
            bare = _bare(image)
            if photo:
                bare.convert("RGB").save(out, "JPEG", quality=90)
                return "jpeg"
            bare.save(out, "PNG")
            return "png"


def _bare(image: Any) -> Any:
    """The pixels of one frame in a new image: what the file said beside them has no way over."""
    from PIL import Image, ImageOps

    turned = ImageOps.exif_transpose(image)
    clear = turned.mode in ("RGBA", "LA", "PA") or "transparency" in turned.info
    plain = turned.convert("RGBA" if clear else "RGB")
    new = Image.new(plain.mode, plain.size)
    new.paste(plain)
    return new


def _moving(image: Any, out: Any) -> None:
    frames, times = [], []
    for number in range(image.n_frames):
        image.seek(number)
        frames.append(_bare(image))
        times.append(int(image.info.get("duration") or 100))
    frames[0].save(out, "WEBP", save_all=True, append_images=frames[1:], duration=times, loop=0, quality=85)


def _main() -> None:
    seconds, megabytes = (int(word) for word in sys.argv[1:3])
    order = json.load(sys.stdin)
    resource.setrlimit(resource.RLIMIT_DATA, (megabytes * 1024 * 1024,) * 2)
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    sys.stdout.write(json.dumps({"kind": redraw(Path(order["path"]), Path(order["target"]))}))


if __name__ == "__main__":
    _main()
