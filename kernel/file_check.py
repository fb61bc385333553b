"""Says what a file is by reading it whole: the program that `kernel.inspection` runs in a process of its own.

A few kinds are known, each by its own reader. A file counts as of a kind where that reader reads it to the end, nothing
else could read it as something that runs, and its name does not say otherwise. Everything else is refused with a
sentence. Nothing of ours is imported here.
"""

from __future__ import annotations

import codecs
import email
import email.policy
import importlib
import json
import re
import resource
import sys
import tempfile
import warnings
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

PIXELS = 50_000_000
FORMATS = ("JPEG", "PNG", "GIF", "WEBP")
FRAMES_PIXELS = 60_000_000
FRAMES = 500
PDF_PAGES = 1000
PDF_OBJECTS = 300_000
MAIL_PARTS = 100
MAIL_DEPTH = 3
PIECE = 256 * 1024

ENDINGS = {
    "jpeg": ("jpg", "jpeg", "jpe", "jfif"),
    "png": ("png",),
    "gif": ("gif",),
    "webp": ("webp",),
    "pdf": ("pdf",),
    "text": ("txt", "text", "log", "csv", "md"),
    "email": ("eml",),
    "mp3": ("mp3",),
    "m4a": ("m4a", "m4b"),
    "wav": ("wav", "wave"),
    "mp4": ("mp4", "m4v"),
}
NAMES = {
    "jpeg": "a JPEG image",
    "png": "a PNG image",
    "gif": "a GIF image",
    "webp": "a WebP image",
    "pdf": "a PDF",
    "text": "plain text",
    "email": "an e-mail",
    "mp3": "an MP3 recording",
    "m4a": "an M4A recording",
    "wav": "a WAV recording",
    "mp4": "an MP4 video",
}
UNKNOWN = (
    "The selected file is of a kind that cannot be checked. Add a JPEG, PNG, GIF or WebP image, a PDF, plain text,"
    " an e-mail (.eml), an MP3, M4A or WAV recording, or an MP4 video"
)
EMPTY = "The selected file is empty"
DAMAGED = "The selected file is damaged and cannot be read. Get it again and add that"
OFFICE = "Office documents and archives cannot be checked. Save the document as a PDF and add that"
HEIC = "HEIC and AVIF photos cannot be checked. Share the photo as JPEG and add that"
MOV = "QuickTime videos cannot be checked. Save the video as MP4 and add that"
CODE = "The selected file holds web page or program code and cannot be added. Add a screenshot or a PDF of it"
TWO_KINDS = "The selected file can be read as two kinds of file at once and cannot be added"
IMAGE_LARGE = "The image is too large. It may have up to 50 million pixels"
PDF_LOCKED = "The PDF has a password and cannot be checked. Save it without one and add that"
PDF_ACTIVE = "The PDF holds a script, a form that sends, or media that plays. Print it to a new PDF and add that"
PDF_FILES = "The PDF has other files inside. Take them out, or print it to a new PDF and add that"
PDF_LARGE = "The PDF is too large to check. It may have up to 1,000 pages: split it and add the parts"
TEXT_CODING = "The text cannot be read. Save it as plain text in UTF-8, or as a PDF, and add that"
MAIL_LARGE = "The e-mail has too many parts to check. Save what matters and add that"


class Refused(Exception):
    """The file is not taken; the argument is a sentence for whoever sent it."""


def check(path: Path, name: str, depth: int = 0) -> str:
    """The kind of a file, by its content; its name may only agree. Raises Refused."""
    with path.open("rb") as file:
        head = file.read(4096)
    if not head:
        raise Refused(EMPTY)
    kind = _kind(head)
    if kind == "text" and _is_mail(head):
        kind = "email"
    _READERS[kind](path, depth)
    _check_name(kind, name)
    return kind


def _kind(head: bytes) -> str:
    for start, kind in ((b"\xff\xd8\xff", "jpeg"), (b"\x89PNG\r\n\x1a\n", "png"), (b"GIF8", "gif"), (b"%PDF-", "pdf")):
        if head.startswith(start):
            return kind
    if head.startswith(b"RIFF") and head[8:12] in (b"WEBP", b"WAVE"):
        return "webp" if head[8:12] == b"WEBP" else "wav"
    if head[4:8] == b"ftyp":
        return _movie_kind(head[8:12])
    if head.startswith(b"ID3") or _frame_length(head[:4]):
        return "mp3"
    if head.startswith(
        (b"PK\x03\x04", b"PK\x05\x06", b"\xd0\xcf\x11\xe0", b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b", b"{\\rtf")
    ):
        raise Refused(OFFICE)
    return "text"


def _movie_kind(brand: bytes) -> str:
    if brand in (b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1", b"avif", b"avis"):
        raise Refused(HEIC)
    if brand == b"qt  ":
        raise Refused(MOV)
    return "m4a" if brand in (b"M4A ", b"M4B ") else "mp4"


def _check_name(kind: str, name: str) -> None:
    found = re.search(r"\.([A-Za-z][A-Za-z0-9]{1,7})\s*$", name)
    if found and found[1].lower() not in ENDINGS[kind]:
        raise Refused(
            f"The file’s name ends in .{found[1].lower()}, but it is {NAMES[kind]}. Name it .{ENDINGS[kind][0]} and add it again"
        )


# --- Nothing else beside -----------------------------------------------------------------------------

_CODE = (b"<script", b"<html", b"<svg", b"<!doctype", b"<?php", b"<iframe")


def _single(path: Path, *, marks: bool = True) -> None:
    """Refuse what another program would read as something else: an archive, a PDF, a web page."""
    with path.open("rb") as file:
        head = file.read(1024)
    if zipfile.is_zipfile(path) or (b"%PDF-" in head and not head.startswith(b"%PDF-")):
        raise Refused(TWO_KINDS)
    if marks and _has_code(path):
        raise Refused(TWO_KINDS)


def _has_code(path: Path) -> bool:
    longest = max(map(len, _CODE))
    with path.open("rb") as file:
        kept = b""
        while piece := file.read(PIECE):
            window = (kept + piece).lower()
            if any(mark in window for mark in _CODE):
                return True
            kept = window[-longest:]
    return False


# --- Images ------------------------------------------------------------------------------------------


def _read_image(path: Path, depth: int) -> None:
    from PIL import Image, UnidentifiedImageError

    _single(path)
    for plugin in ("Jpeg", "Png", "Gif", "WebP"):
        importlib.import_module(f"PIL.{plugin}ImagePlugin")
    Image.MAX_IMAGE_PIXELS = PIXELS
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    try:
        with Image.open(path, formats=FORMATS) as image:
            size = image.width * image.height
            frames = 1 if image.format == "MPO" else getattr(image, "n_frames", 1)
            if frames > FRAMES or (frames > 1 and size * frames > FRAMES_PIXELS):
                raise Refused(IMAGE_LARGE)
            for number in range(frames):
                image.seek(number)
                image.load()
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise Refused(IMAGE_LARGE) from None
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, EOFError):
        raise Refused(DAMAGED) from None


# --- PDF ---------------------------------------------------------------------------------------------

_PDF_KEYS = {"/JS": PDF_ACTIVE, "/JavaScript": PDF_ACTIVE, "/XFA": PDF_ACTIVE, "/RichMediaContent": PDF_ACTIVE}
_PDF_KEYS |= {"/EF": PDF_FILES, "/EmbeddedFiles": PDF_FILES}
_PDF_VALUES = {
    "/JavaScript": PDF_ACTIVE,
    "/Launch": PDF_ACTIVE,
    "/SubmitForm": PDF_ACTIVE,
    "/ImportData": PDF_ACTIVE,
    "/Rendition": PDF_ACTIVE,
    "/RichMedia": PDF_ACTIVE,
    "/Movie": PDF_ACTIVE,
    "/Screen": PDF_ACTIVE,
    "/3D": PDF_ACTIVE,
    "/GoToE": PDF_FILES,
    "/EmbeddedFile": PDF_FILES,
    "/FileAttachment": PDF_FILES,
}


def _read_pdf(path: Path, depth: int) -> None:
    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    _single(path, marks=False)
    try:
        reader = PdfReader(path, strict=False)
        if reader.is_encrypted:
            raise Refused(PDF_LOCKED)
        if len(reader.pages) > PDF_PAGES:
            raise Refused(PDF_LARGE)
        if not reader.pages:
            raise Refused(DAMAGED)
        for number, found in enumerate(_pdf_objects(reader)):
            if number > PDF_OBJECTS:
                raise Refused(PDF_LARGE)
            _pdf_walk(found)
    except (PyPdfError, OSError, ValueError, KeyError, TypeError, IndexError, AttributeError, RecursionError):
        raise Refused(DAMAGED) from None


def _pdf_objects(reader: Any) -> Iterator[Any]:
    """Everything that the file holds, whether anything leads there or not."""
    from pypdf.generic import IndirectObject

    yield reader.trailer
    for generation, numbers in reader.xref.items():
        for number in numbers:
            if number and generation != 65535:
                yield reader.get_object(IndirectObject(number, generation, reader))
    for number in reader.xref_objStm:
        yield reader.get_object(IndirectObject(number, 0, reader))


def _pdf_walk(found: Any) -> None:
    """Refuse what runs, sends, plays or hides; references are looked at where they lead, not here."""
    todo = [found]
    while todo:
        one = todo.pop()
        if isinstance(one, dict):
            for key in one:
                if key in _PDF_KEYS:
                    raise Refused(_PDF_KEYS[key])
                value = one.raw_get(key) if hasattr(one, "raw_get") else one[key]
                if key in ("/S", "/Subtype", "/Type") and str(value) in _PDF_VALUES:
                    raise Refused(_PDF_VALUES[str(value)])
                todo.append(value)
        elif isinstance(one, list):
            todo.extend(list.__iter__(one))


# --- Text and e-mail -----------------------------------------------------------------------------------

_CONTROL = re.compile("[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f\x7f]")


def _read_text(path: Path, depth: int) -> None:
    decoder = codecs.getincrementaldecoder("utf-8-sig")()
    try:
        with path.open("rb") as file:
            for piece in iter(lambda: file.read(PIECE), b""):
                if _CONTROL.search(decoder.decode(piece)):
                    raise Refused(UNKNOWN)
            decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        raise Refused(TEXT_CODING if _mostly_text(path) else UNKNOWN) from None
    with path.open("rb") as file:
        start = file.read(64).lstrip(codecs.BOM_UTF8).lstrip().lower()
    if start.startswith((b"#!", b"<?xml", b"@echo", b"mz")) or _has_code(path) or zipfile.is_zipfile(path):
        raise Refused(CODE)
    _single(path, marks=False)


def _mostly_text(path: Path) -> bool:
    with path.open("rb") as file:
        head = file.read(4096)
    return head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or not re.search(rb"[\x00-\x08\x0e-\x1a]", head)


_HEADER = re.compile(rb"[!-9;-~]+:")


def _is_mail(head: bytes) -> bool:
    """Whether a text begins as a message does: header lines up to an empty one, with From and Date or Received."""
    lines = head.replace(b"\r\n", b"\n").split(b"\n\n")[0].split(b"\n")
    if len(head) >= 4096:
        lines = lines[:-1] or lines
    if len(lines) < 2 or not all(_HEADER.match(line) or line[:1] in (b" ", b"\t") for line in lines):
        return False
    names = {line.partition(b":")[0].strip().lower() for line in lines if _HEADER.match(line)}
    return bool(names & {b"date", b"received"}) and bool(names & {b"from", b"return-path", b"received"})


def _read_mail(path: Path, depth: int) -> None:
    if depth >= MAIL_DEPTH:
        raise Refused(MAIL_LARGE)
    _single(path, marks=False)
    with path.open("rb") as file:
        message = email.message_from_binary_file(file, policy=email.policy.compat32)
    for number, part in enumerate(message.walk()):
        if number > MAIL_PARTS:
            raise Refused(MAIL_LARGE)
        if not part.is_multipart():
            _read_part(part, depth)


def _read_part(part: Any, depth: int) -> None:
    """The words of the message are let be; what is attached to it is checked like any other file."""
    name = str(part.get_filename() or "")
    payload = part.get_payload(decode=True) or b""
    if not payload or (not name and part.get_content_maintype() == "text"):
        if b"\0" in payload:
            raise Refused(UNKNOWN)
        return
    with tempfile.NamedTemporaryFile() as file:
        file.write(payload)
        file.flush()
        try:
            check(Path(file.name), name, depth + 1)
        except Refused:
            raise Refused(
                "The e-mail has an attachment that cannot be checked or added. Save the e-mail as a PDF, and add"
                " the attachments that matter by themselves"
            ) from None


# --- Sound and video: the frame of the file is read to its end, nothing is decoded ------------------------

_BOXES = frozenset(b"ftyp moov mdat free skip wide uuid moof mfra sidx ssix styp meta pdin udta prft emsg".split())


def _read_movie(path: Path, depth: int) -> None:
    _single(path)
    size, seen = path.stat().st_size, set()
    with path.open("rb") as file:
        at = 0
        while at < size:
            kind, length = _box(file, at, size)
            seen.add(kind)
            at += length
    if not {b"ftyp", b"moov"} <= seen:
        raise Refused(DAMAGED)


def _box(file: BinaryIO, at: int, size: int) -> tuple[bytes, int]:
    file.seek(at)
    header = file.read(16)
    kind, length = header[4:8], int.from_bytes(header[:4], "big")
    if length == 1:
        length = int.from_bytes(header[8:16], "big")
    elif length == 0:
        length = size - at
    if kind not in _BOXES or length < 8 or at + length > size:
        raise Refused(DAMAGED)
    return kind, length


def _read_wav(path: Path, depth: int) -> None:
    _single(path)
    size, seen, at = path.stat().st_size, set(), 12
    with path.open("rb") as file:
        while at + 8 <= size:
            file.seek(at)
            header = file.read(8)
            kind, length = header[:4], int.from_bytes(header[4:], "little")
            if not kind.isascii() or (at + 8 + length > size and kind != b"data"):
                raise Refused(DAMAGED)
            seen.add(kind)
            at += 8 + length + length % 2
    if not {b"fmt ", b"data"} <= seen:
        raise Refused(DAMAGED)


_BITRATES = {
    True: (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0),
    False: (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0),
}
_RATES = {3: (44100, 48000, 32000), 2: (22050, 24000, 16000), 0: (11025, 12000, 8000)}


def _frame_length(header: bytes) -> int:
    """How long the MP3 frame is that begins with these four bytes; 0 where none does."""
    if len(header) < 4 or header[0] != 0xFF or header[1] & 0xE6 != 0xE2:
        return 0
    version, rate = header[1] >> 3 & 3, header[2] >> 2 & 3
    first = version == 3
    bits = _BITRATES[first][header[2] >> 4]
    if version == 1 or rate == 3 or not bits:
        return 0
    return (144 if first else 72) * bits * 1000 // _RATES[version][rate] + (header[2] >> 1 & 1)


def _read_mp3(path: Path, depth: int) -> None:
    _single(path)
    size, at, frames = path.stat().st_size, 0, 0
    with path.open("rb") as file:
        head = file.read(10)
        if head.startswith(b"ID3") and len(head) == 10:
            at = 10 + sum((byte & 0x7F) << 7 * place for place, byte in enumerate(reversed(head[6:10])))
        while at < size:
            file.seek(at)
            length = _frame_length(file.read(4))
            if not length:
                break
            frames, at = frames + 1, at + length
        file.seek(min(at, size))
        rest = file.read()
    if frames < 4 or (rest.strip(b"\0") and not rest.lstrip(b"\0").startswith((b"TAG", b"APETAGEX", b"LYRICSBEGIN"))):
        raise Refused(DAMAGED)


_READERS = {
    "jpeg": _read_image,
    "png": _read_image,
    "gif": _read_image,
    "webp": _read_image,
    "pdf": _read_pdf,
    "text": _read_text,
    "email": _read_mail,
    "mp3": _read_mp3,
    "m4a": _read_movie,
    "wav": _read_wav,
    "mp4": _read_movie,
}


def _main() -> None:
    seconds, megabytes = (int(word) for word in sys.argv[1:3])
    order = json.load(sys.stdin)
    resource.setrlimit(resource.RLIMIT_DATA, (megabytes * 1024 * 1024,) * 2)
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        answer = {"kind": check(Path(order["path"]), order["name"])}
    except Refused as error:
        answer = {"refused": str(error)}
    sys.stdout.write(json.dumps(answer))


if __name__ == "__main__":
    _main()
