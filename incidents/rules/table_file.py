"""Tables as files that no spreadsheet program mistakes for a program of its own."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

_STARTS_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_BOM = b"\xef\xbb\xbf"


def cell_text(value: str) -> str:
    """A text as a cell may hold it: one that a spreadsheet would read as a formula begins with an apostrophe, and what
    no file can hold (control characters) is left out.
    """
    kept = "".join(char for char in value if char in "\t\r\n" or (ord(char) >= 32 and not 0x7F <= ord(char) < 0xA0))
    kept = "".join(char for char in kept if not 0xD800 <= ord(char) <= 0xDFFF and ord(char) not in (0xFFFE, 0xFFFF))
    risky = kept.startswith(_STARTS_FORMULA) or kept.lstrip().startswith(_STARTS_FORMULA)
    return f"'{kept}" if risky else kept


def csv_file(rows: Iterable[Sequence[str]]) -> bytes:
    """Rows as CSV in UTF-8 with a byte order mark, so that every program reads other alphabets rightly."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerows([cell_text(value) for value in row] for row in rows)
    return _BOM + text.getvalue().encode("utf-8")
