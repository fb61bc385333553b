"""Tables as Excel files, row by row."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell

from incidents.rules.table_file import cell_text

MOST_IN_CELL = 32_000
"""Excel holds 32,767 characters in a cell."""


def xlsx_file(title: str, rows: Iterable[Sequence[str]]) -> bytes:
    """Rows as a workbook of one sheet. Every cell is a text, whatever it looks like; the file names nobody."""
    book = Workbook(write_only=True)
    book.properties.creator = "Hatecase"
    sheet = book.create_sheet(title)
    for row in rows:
        sheet.append([_text(sheet, value) for value in row])
    stored = io.BytesIO()
    book.save(stored)
    return stored.getvalue()


def _text(sheet: object, value: str) -> WriteOnlyCell:
    cell = WriteOnlyCell(sheet, value=cell_text(value)[:MOST_IN_CELL])
    cell.data_type = "s"
    return cell
