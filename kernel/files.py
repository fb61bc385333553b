"""Files that people send: straight to disk while they arrive, kept under random names, gone where nothing came of them.

A file that arrives never stands whole in memory and never passes the machine's common folder of temporary files. What
is kept lies in a storage outside everything that a web server hands out, readable to the system's own user alone. Of
a transaction that is rolled back no file stays; what a killed process leaves behind is found by a sweep.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.storage import Storage
from django.core.files.uploadedfile import TemporaryUploadedFile, UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, TemporaryFileUploadHandler

CHUNK = 64 * 1024

_undo: ContextVar[list[Callable[[], None]] | None] = ContextVar("files_undo", default=None)


class ArrivingFile(TemporaryUploadedFile):
    """A file that is just arriving: gone when the request is over, whatever became of it."""

    def __init__(
        self, name: str | None, content_type: str | None, size: int, charset: str | None, extra: Any = None
    ) -> None:
        folder = incoming_folder()
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        file = tempfile.NamedTemporaryFile(suffix=".upload", dir=folder)  # noqa: SIM115 closed with the request
        UploadedFile.__init__(self, file, name, content_type, size, charset, extra)


class DiskUploadHandler(TemporaryFileUploadHandler):
    """Every file to disk, whatever its size, into a private folder of ours.

    What goes past the limit is counted and thrown away: the form can still say how large the file was.
    """

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """Open the file's own temporary file."""
        FileUploadHandler.new_file(self, *args, **kwargs)
        self.file = ArrivingFile(self.file_name, self.content_type, 0, self.charset, self.content_type_extra)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Write what came, as long as the file is within its limit."""
        if start + len(raw_data) <= settings.EVIDENCE_LARGEST:
            self.file.write(raw_data)


def incoming_folder() -> Path:
    """Where files lie while they arrive and while they are checked."""
    return Path(settings.INCOMING_ROOT)


@dataclass(frozen=True)
class Stored:
    """A file that is kept: its random name, how many bytes, their SHA-256."""

    name: str
    size: int
    sha256: str


def file_store(storage: Storage, source: Path) -> Stored:
    """Keep a copy of a file byte for byte, piece by piece; where the transaction around it fails, it is removed again."""
    name = random_name()
    digest, size = hashlib.sha256(), 0
    on_rollback(lambda: storage.delete(name))
    target = Path(storage.path(name))
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as out, source.open("rb") as file:
            while piece := file.read(CHUNK):
                digest.update(piece)
                size += len(piece)
                out.write(piece)
            out.flush()
            os.fsync(out.fileno())
    except OSError:
        storage.delete(name)
        raise
    return Stored(name, size, digest.hexdigest())


def path_digest(path: Path) -> str:
    """The SHA-256 of a file on this machine's disk, read piece by piece."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def random_name() -> str:
    """A name that tells nothing, in one of 256 folders."""
    word = secrets.token_hex(20)
    return f"{word[:2]}/{word[2:]}"


def file_digest(storage: Storage, name: str) -> str:
    """The SHA-256 of a kept file as it lies there now."""
    digest = hashlib.sha256()
    with storage.open(name, "rb") as file:
        while piece := file.read(CHUNK):
            digest.update(piece)
    return digest.hexdigest()


# --- What a failed transaction takes with it --------------------------------------------------------


@contextmanager
def undone_on_failure() -> Iterator[None]:
    """Around a transaction: where the block fails, what was kept inside is removed. Nested, the inner one alone undoes
    what was kept in it, and hands the rest to the outer one where it succeeds."""
    outer = _undo.get()
    mine: list[Callable[[], None]] = []
    token = _undo.set(mine)
    try:
        yield
    except BaseException:
        for undo in reversed(mine):
            undo()
        raise
    finally:
        _undo.reset(token)
    if outer is not None:
        outer.extend(mine)


def on_rollback(undo: Callable[[], None]) -> None:
    """Do this where the transaction fails. Without a watch around it nothing is kept in mind: the sweep finds it."""
    watched = _undo.get()
    if watched is not None:
        watched.append(undo)


# --- What a killed process left ---------------------------------------------------------------------


def files_older(folder: Path, moment: float) -> Iterator[Path]:
    """The files below a folder that nobody has touched since a moment (seconds since 1970)."""
    if not folder.is_dir():
        return
    for path in sorted(folder.rglob("*")):
        try:
            if path.is_file() and path.stat().st_mtime < moment:
                yield path
        except FileNotFoundError:
            continue
