"""Strings that stand nowhere else: each is planted in one field of one record, and tells from where a text has it.

Words are consonants of one length after a common beginning, so that none is part of another, the stemmer of the search
leaves them alone, and one expression finds them all. Telephone numbers come from the ranges kept for drama, postcodes and
dates are used once. References, which the product makes itself, are remembered here as well.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import unquote_plus

HEAD = "qzv"
_LETTERS = "bcdfghkmnpqrtvwxz"
_LENGTH = 5
_PHONE_RANGES = (("01632 960", 1000), ("07700 900", 1000), ("0808 157 0", 1000))
_INWARD = "ABDEFGHJLNPQRSTUWXYZ"
_FIRST_DAY = dt.date(1931, 1, 11)

_WORD = re.compile(rf"{HEAD}[{_LETTERS}]{{{_LENGTH}}}", re.IGNORECASE)
_PHONE = re.compile(r"(?:1632[\s-]?960|7700[\s-]?900|808[\s-]?157[\s-]?0)[\s-]?\d{3}(?!\d)")
_POSTCODE = re.compile(r"\bNN(\d{2})[\s+]?(\d[A-Z]{2})\b", re.IGNORECASE)
_ISO = re.compile(r"\b(19[3-5]\d)-(\d{2})-(\d{2})\b")
_LONG = re.compile(
    r"\b(\d{1,2})\s(" + "|".join(f"{dt.date(2000, m, 1):%B}" for m in range(1, 13)) + r")\s(19[3-5]\d)\b"
)
_SHORT = re.compile(r"\b(\d{1,2})/(\d{1,2})/(19[3-5]\d)\b")
_REFERENCE = re.compile(r"\bH[A-Z]-\d{2}-[0-9A-Z]{6}\b")
_MONTHS = {f"{dt.date(2000, m, 1):%B}": m for m in range(1, 13)}


@dataclass(frozen=True)
class Canary:
    """One planted string: in which case's record and field it stands, of which kind that makes it (tests/sweep/truth.py),
    and by whom or for whom where that decides.
    """

    text: str
    case: str
    kind: str
    field: str
    of: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.text} ({self.case}: {self.field}, {self.kind}{' of ' + '+'.join(self.of) if self.of else ''})"


class Canaries:
    """Hands out canaries and knows them again."""

    def __init__(self) -> None:
        self.all: list[Canary] = []
        self._by_text: dict[str, Canary] = {}
        self._numbers = {"word": 0, "phone": 0, "postcode": 0, "date": 0}

    def __iter__(self) -> Iterator[Canary]:
        return iter(self.all)

    def __len__(self) -> int:
        return len(self.all)

    def _keep(self, key: str, text: str, case: str, kind: str, field: str, of: tuple[str, ...]) -> str:
        canary = Canary(text, case, kind, field, of)
        assert key not in self._by_text, f"{key} is planted twice"
        self._by_text[key] = canary
        self.all.append(canary)
        return text

    def _next(self, kind: str) -> int:
        self._numbers[kind] += 1
        return self._numbers[kind]

    def word(self, case: str, kind: str, field: str, *of: str) -> str:
        """A word, as a name is written."""
        number, letters = self._next("word") * 7919, ""
        for _ in range(_LENGTH):
            number, rest = divmod(number, len(_LETTERS))
            letters += _LETTERS[rest]
        return self._keep(HEAD + letters, (HEAD + letters).capitalize(), case, kind, field, of)

    def phone(self, case: str, kind: str, field: str, *of: str) -> str:
        """A telephone number that rings nowhere."""
        number = self._next("phone")
        for head, size in _PHONE_RANGES:
            if number < size:
                text = f"{head}{number:03d}"
                return self._keep(_digits(text)[-9:], text, case, kind, field, of)
            number -= size
        raise ValueError("More telephone numbers are needed than are kept for drama.")

    def email(self, case: str, kind: str, field: str, *of: str) -> str:
        """An address whose first part is a canary."""
        return f"{self.word(case, kind, field, *of).lower()}@canary.example"

    def postcode(self, case: str, kind: str, field: str, *of: str) -> str:
        """A postcode of the right shape."""
        number = self._next("postcode")
        rest, last = divmod(number, len(_INWARD))
        digit, middle = divmod(rest, len(_INWARD))
        text = f"NN99 {digit}{_INWARD[middle]}{_INWARD[last]}"
        return self._keep(text.replace(" ", ""), text, case, kind, field, of)

    def date(self, case: str, kind: str, field: str, *of: str) -> dt.date:
        """A day long ago."""
        day = _FIRST_DAY + dt.timedelta(days=37 * self._next("date"))
        self._keep(day.isoformat(), day.isoformat(), case, kind, field, of)
        return day

    def reference(self, ref: str, case: str, kind: str, field: str, *of: str) -> None:
        """A reference that the product gave to a record."""
        self._keep(ref, ref, case, kind, field, of)

    def find(self, text: str) -> set[Canary]:
        """The canaries that stand in a text."""
        return {self._by_text[key] for key in set(keys(text)) if key in self._by_text}


def keys(text: str) -> Iterator[str]:
    """What might be a canary in a text, whatever its kind, in the one way of writing by which it is known."""
    if HEAD in text or HEAD.capitalize() in text or HEAD.upper() in text:
        yield from (found.lower() for found in _WORD.findall(text))
    yield from (_digits(match[0])[-9:] for match in _PHONE.finditer(text))
    yield from (f"NN{district}{rest.upper()}" for district, rest in _POSTCODE.findall(text))
    yield from _REFERENCE.findall(text)
    if "193" in text or "194" in text or "195" in text:
        yield from _dates(text)


def _dates(text: str) -> Iterator[str]:
    yield from (f"{y}-{m}-{d}" for y, m, d in _ISO.findall(text))
    yield from (f"{y}-{_MONTHS[m]:02d}-{int(d):02d}" for d, m, y in _LONG.findall(text))
    yield from (f"{y}-{int(m):02d}-{int(d):02d}" for d, m, y in _SHORT.findall(text))


def references(text: str) -> set[str]:
    """The references that somebody wrote in an address: an answer may repeat them."""
    return set(_REFERENCE.findall(unquote_plus(text)))


def _digits(text: str) -> str:
    return re.sub(r"\D", "", text)
