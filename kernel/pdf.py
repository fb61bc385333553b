"""The one door to WeasyPrint: HTML in, a tagged PDF out.

The work is done by a short-lived process of its own, without the environment of ours (no passwords, no keys), without
network, under a limit of memory and of time. So a document that grows too large ends as a sentence for whoever asked,
never as a dead worker, and what it used is given back at once. It reads files below the named folders alone.

This file is both halves: `pdf_make` on this side, and the program of that process when it is run by itself.
"""

from __future__ import annotations

import json
import math
import os
import resource
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

SECONDS = 180
MEGABYTES = 1000
VARIANT = "pdf/ua-1"
TOO_LARGE = "The document is too large to make in one piece."


class PdfError(Exception):
    """A document could not be made. `message` is a sentence for whoever asked; `detail` is for the log."""

    def __init__(self, message: str, detail: str = "") -> None:
        super().__init__(f"{message} {detail}".strip())
        self.message = message
        self.detail = detail


@dataclass(frozen=True)
class Pdf:
    """A finished document, how many pages it has, and what it took."""

    content: bytes
    pages: int
    seconds: float
    peak_megabytes: float


def pdf_make(
    html: str,
    *,
    css: Sequence[str] = (),
    folders: Sequence[Path] = (),
    seconds: float = SECONDS,
    megabytes: int = MEGABYTES,
) -> Pdf:
    """Turn a page into a tagged PDF (PDF/UA-1) with bookmarks from its headings and its own title and language.

    `css` are style sheets as text; `folders` are the only places that pictures and fonts may come from. Nothing is
    ever fetched. Raises PdfError when it takes longer or more memory than allowed, or cannot be made at all.
    """
    order = {"html": html, "css": list(css), "folders": [str(p.resolve()) for p in folders]}
    # Isolated: neither this folder (whose modules bear names of the standard library) nor our variables reach it.
    command = [sys.executable, "-I", str(Path(__file__).resolve()), str(math.ceil(seconds)), str(megabytes)]
    started = time.monotonic()
    try:
        done = subprocess.run(
            command,
            input=json.dumps(order).encode(),
            capture_output=True,
            timeout=seconds,
            env={"PATH": os.defpath, "LANG": "C.UTF-8", "HOME": os.environ.get("HOME", "/")},
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise PdfError(TOO_LARGE, f"not done after {seconds} s") from None
    if done.returncode != 0:
        raise _failure(done.returncode, done.stderr.decode(errors="replace"))
    header, _, content = done.stdout.partition(b"\n")
    facts = json.loads(header)
    return Pdf(content, facts["pages"], round(time.monotonic() - started, 2), round(facts["peak_kb"] / 1024, 1))


def _failure(code: int, errors: str) -> PdfError:
    detail = f"ended with {code}: {errors.strip()[-800:]}"
    # Killed, or refused memory: libraries in C end the process by a signal, Python says MemoryError.
    if code < 0 or "MemoryError" in errors:
        return PdfError(TOO_LARGE, detail)
    return PdfError("The document could not be made.", detail)


# --- The other half: runs alone, imports nothing of ours -----------------------------------------


def _limit(seconds: int, megabytes: int) -> None:
    size = megabytes * 1024 * 1024
    resource.setrlimit(resource.RLIMIT_DATA, (size, size))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _peak_kb() -> int:
    """The most memory this process has held. Linux's own account of it starts afresh with the program; the other one
    still counts the process that it was started from."""
    status = Path("/proc/self/status")
    if status.exists():
        return next(int(line.split()[1]) for line in status.read_text().splitlines() if line.startswith("VmHWM"))
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def _render() -> None:
    seconds, megabytes = (int(word) for word in sys.argv[1:3])
    order = json.load(sys.stdin.buffer)
    _limit(seconds, megabytes)
    from weasyprint import CSS, HTML
    from weasyprint.text.fonts import FontConfiguration
    from weasyprint.urls import URLFetcher, URLFetcherResponse

    folders = [Path(folder) for folder in order["folders"]]

    class LocalFiles(URLFetcher):
        """Opens files below the named folders; whatever else is asked for is refused."""

        def fetch(self, url: str, headers: dict[str, str] | None = None) -> URLFetcherResponse:
            path = Path(URLFetcherResponse(url).path or "").resolve()
            if not url.startswith("file:///") or not any(path.is_relative_to(folder) for folder in folders):
                raise ValueError(f"refused: {url[:80]}")
            return super().fetch(url, headers)

    fetcher, fonts = LocalFiles(allowed_protocols=("file",)), FontConfiguration()
    base = f"{folders[0].as_uri()}/" if folders else None
    sheets = [CSS(string=text, base_url=base, url_fetcher=fetcher, font_config=fonts) for text in order["css"]]
    page = HTML(string=order["html"], base_url=base, url_fetcher=fetcher)
    document = page.render(font_config=fonts, stylesheets=sheets, pdf_variant=VARIANT)
    content = document.write_pdf(pdf_variant=VARIANT, pdf_tags=True)
    facts = {"pages": len(document.pages), "peak_kb": _peak_kb()}
    sys.stdout.buffer.write(json.dumps(facts).encode() + b"\n" + content)


if __name__ == "__main__":
    _render()
