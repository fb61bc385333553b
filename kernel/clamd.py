"""A client of ClamAV's daemon: a file goes over its socket piece by piece, and a verdict comes back.

The daemon's own protocol (`zINSTREAM`): each piece with its length in four bytes before it, a length of zero at the
end. The file never has to be readable to the daemon's user.
"""

from __future__ import annotations

import socket
import struct
from dataclasses import dataclass
from pathlib import Path

PIECE = 64 * 1024
LONGEST_ANSWER = 4096


class ScannerError(Exception):
    """The scanner gave no verdict: it cannot be reached, broke off, or refused the file. Try again later."""


@dataclass(frozen=True)
class Verdict:
    """What the scanner says of a file; `name` is what it calls what it found."""

    clean: bool
    name: str = ""


def scan(path: Path, address: str, *, seconds: float = 60) -> Verdict:
    """Have a file scanned by the daemon at `unix:/path` or `tcp://host:port`. Raises ScannerError without a verdict."""
    try:
        with _connect(address, seconds) as connection:
            _send(connection, path)
            return _verdict(_answer(connection))
    except (OSError, ValueError) as error:
        raise ScannerError(f"{type(error).__name__}: {error}") from error


def address_parse(address: str) -> tuple[str, str | tuple[str, int]]:
    """An address as ("unix", path) or ("tcp", (host, port)). Raises ValueError for anything else."""
    kind, _, rest = address.partition(":")
    if kind == "unix" and rest.startswith("/"):
        return kind, rest
    host, _, port = rest.removeprefix("//").rpartition(":")
    if kind == "tcp" and host and port.isdigit():
        return kind, (host.strip("[]"), int(port))
    raise ValueError("A scanner's address is unix:/path/to/socket or tcp://host:port.")


def _connect(address: str, seconds: float) -> socket.socket:
    kind, place = address_parse(address)
    if kind == "tcp":
        return socket.create_connection(place, timeout=seconds)  # type: ignore[arg-type]
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.settimeout(seconds)
    try:
        connection.connect(str(place))
    except OSError:
        connection.close()
        raise
    return connection


def _send(connection: socket.socket, path: Path) -> None:
    connection.sendall(b"zINSTREAM\0")
    try:
        with path.open("rb") as file:
            while piece := file.read(PIECE):
                connection.sendall(struct.pack("!I", len(piece)) + piece)
        connection.sendall(struct.pack("!I", 0))
    except (BrokenPipeError, ConnectionResetError):
        # It stopped listening before the end: its answer may still say why.
        return


def _answer(connection: socket.socket) -> str:
    said = b""
    while not said.endswith(b"\0") and len(said) < LONGEST_ANSWER:
        piece = connection.recv(LONGEST_ANSWER)
        if not piece:
            break
        said += piece
    return said.rstrip(b"\0\n").decode("utf-8", "replace")


def _verdict(said: str) -> Verdict:
    """`stream: OK`, or `stream: Name FOUND`; anything else is no verdict."""
    text = said.removeprefix("stream:").strip()
    if text == "OK":
        return Verdict(True)
    if text.endswith(" FOUND"):
        return Verdict(False, text.removesuffix(" FOUND")[:200])
    raise ScannerError(f"no verdict: {said[:200] or 'nothing'}")
