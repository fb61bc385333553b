"""The place in a list of the API after which a page goes on."""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import json
from dataclasses import dataclass

from django.utils.dateparse import parse_datetime


@dataclass(frozen=True)
class Cursor:
    """The sort instant and the id of the last row of a page; both None at the start of the list."""

    at: dt.datetime | None = None
    pk: int | None = None

    @classmethod
    def parse(cls, text: str) -> Cursor:
        """A cursor from its text; the start of the list from "". Raises ValueError for what is no cursor."""
        if not text:
            return cls()
        try:
            at, pk = json.loads(base64.urlsafe_b64decode(text.encode() + b"=="))
            instant = parse_datetime(at)
        except (TypeError, binascii.Error) as error:
            raise ValueError(text) from error
        if instant is None or not isinstance(pk, int):
            raise ValueError(text)
        return cls(instant, pk)

    def text(self) -> str:
        """The cursor as it stands in an address."""
        at = self.at.isoformat() if self.at else ""
        return base64.urlsafe_b64encode(json.dumps([at, self.pk]).encode()).decode().rstrip("=")
