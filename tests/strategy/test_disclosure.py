"""The attacker reads what is served: every page of every choice and every answer of the API, taken together.

What the pages show is parsed from their tables; the sums that must hold between them are written down; whatever can be
solved is solved. No count of 1 to 4 may come out, and none may be shown (docs/domain.md §9.5).
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import Any

import pytest

from agencies.choices import District
from incidents.choices import Strand
from strategy.rules.periods import HALVES, WHOLE
from strategy.rules.plan import strand_keys
from strategy.selectors import facts
from strategy.selectors.dashboard import BANDS, HEADS, STRANDS
from tests.strategy.attack import solved, sums
from tests.strategy.county import small_county
from tests.strategy.test_dashboard import soup_of, tables_of
from tests.strategy.test_indicators import bearer

pytestmark = pytest.mark.django_db

KEYS = [key for key, _ in STRANDS]
PLACES = {"Open cases by district and risk band": "band", "Victims targeted again, by district": "victim"}


def number(text: str) -> int | None:
    return None if text == "[c]" else int(text.replace(",", ""))


class Book:
    """Everything that was read, each count under one name; the same count must read alike wherever it stands."""

    def __init__(self, window: Any) -> None:
        self.window = window
        self.months = {f"{month:%b %Y}": (place, place) for place, month in enumerate(window.months)}
        self.shown: dict[Any, int | None] = {}

    def note(self, key: Any, text: str) -> None:
        value = number(text)
        assert self.shown.setdefault(key, value) == value, f"{key} reads {self.shown[key]} and {value}"

    def column(self, rows: list[list[str]], name: Any) -> None:
        """A table of one column: `name` tells the count for a row's heading."""
        for label, text in rows[1:]:
            self.note(name(label), text)

    def read_county(self, tables: dict[str, list[list[str]]]) -> None:
        self.column(tables["Incidents by month"], lambda label: ("all", self.months[label], ""))
        self.column(tables["Incidents by strand"], lambda label: ("strand", WHOLE, _strand(label)))
        self.column(tables["Incidents by district"], lambda label: ("district", WHOLE, label))
        self.column(tables["Incidents by lead agency"], lambda label: ("agency", WHOLE, label))
        for row in tables.get("Incidents by month and strand", [])[1:]:
            span = self.months.get(row[0], WHOLE)
            for key, text in zip(KEYS, row[1:-1], strict=True):
                self.note(("strand", span, key), text)
            self.note(("all", span, ""), row[-1])
        for row in tables.get("Incidents by district and strand", [])[1:]:
            for key, text in zip(KEYS, row[1:-1], strict=True):
                self.note(self._crossed(row[0], key), text)
            self.note(("district", WHOLE, row[0]) if row[0] != "The whole county" else ("all", WHOLE, ""), row[-1])
        for caption, by in PLACES.items():
            head, *rows = tables.get(caption, [[]])
            for row in rows:
                for column, text in zip(head[1:], row[1:], strict=True):
                    self.note((by, row[0], column), text)

    def _crossed(self, place: str, key: str) -> Any:
        return ("strand", WHOLE, key) if place == "The whole county" else ("crossed", place, key)

    def read_strand(self, tables: dict[str, list[list[str]]], strand: Strand) -> None:
        month, place = f"Incidents by month: {strand.label}", f"Incidents by district: {strand.label}"
        self.column(tables[month], lambda label: ("strand", self.months[label], strand.value))
        self.column(tables[place], lambda label: ("crossed", label, strand.value))

    def read_district(self, tables: dict[str, list[list[str]]], place: District) -> None:
        month, strand = f"Incidents by month: {place.label}", f"Incidents by strand: {place.label}"
        self.column(tables[month], lambda label: ("district", self.months[label], place.label))
        self.column(tables[strand], lambda label: ("crossed", place.label, _strand(label)))

    def read_api(self, by: str, span: tuple[int, int], answer: dict[str, Any]) -> None:
        assert answer["period_from"] == f"{self.window.months[span[0]]}"
        self.note(("all", span, ""), str(answer["total"]))
        for place, row in enumerate(answer["results"]):
            if by == "month":
                self.note(("all", (span[0] + place,) * 2, ""), str(row["value"]))
            else:
                self.note((by, span, row["key"] if by == "strand" else row["label"]), str(row["value"]))

    def equations(self, mentions: dict[tuple[int, int], int]) -> Iterator[dict[Any, int]]:
        names = {(key[0], key[2]) for key in self.shown if key[0] in ("all", "strand", "district", "agency")}
        for by, name in names:
            yield sums((by, WHOLE, name), [(by, half, name) for half in HALVES])
            for first, last in HALVES:
                yield sums((by, (first, last), name), [(by, (m, m), name) for m in range(first, last + 1)])
        for span in (WHOLE, *HALVES, *self.months.values()):
            for by in ("district", "agency"):
                yield sums(("all", span, ""), [(by, span, name) for each, name in names if each == by])
            if self.shown.get(("strand", span, "several")) is not None:
                self.shown["mentions", span] = mentions[span]
                yield sums(("mentions", span), [("strand", span, key) for key in Strand.values])
        for key in KEYS:
            yield sums(("strand", WHOLE, key), [("crossed", place.label, key) for place in District])
        yield from self._places("band", [*(label for _, label in BANDS), "Not assessed"], "Open cases")
        yield from self._places("victim", ["Targeted again", "Targeted once"], "Victims")

    def _places(self, by: str, columns: list[str], total: str) -> Iterator[dict[Any, int]]:
        if (by, "The whole county", total) not in self.shown:
            return
        places = [place.label for place in District]
        for place in (*places, "The whole county"):
            yield sums((by, place, total), [(by, place, column) for column in columns])
        for column in (*columns, total):
            yield sums((by, "The whole county", column), [(by, place, column) for place in places])


def _strand(label: str) -> str:
    return next(key for key, each in STRANDS if each == label)


@pytest.fixture(params=[(90, 1), (350, 2), (900, 3)], ids=lambda param: f"{param[0]} incidents")
def county(request, happened, window, victim_make, refresh):
    size, seed = request.param
    happened(small_county(window, size, seed, [victim_make() for _ in range(size // 4)]))
    refresh()
    return window


@pytest.fixture
def book(county, client_for, cast):
    """Everything that one reader can fetch."""
    read, client, token = Book(county), client_for("ines"), bearer("ines")
    read.read_county(tables_of(soup_of(client.get("/strategy/"))))
    for strand in Strand:
        read.read_strand(tables_of(soup_of(client.get(f"/strategy/?show={strand.value}"))), strand)
    for place in District:
        read.read_district(tables_of(soup_of(client.get(f"/strategy/?show={place.value}"))), place)
    for span in (WHOLE, *HALVES, *((m, m) for m in range(24))):
        first, last = (f"{county.months[place]:%Y-%m}" for place in span)
        for by in ("strand", "district", "agency", "month"):
            query = f"?by={by}&period_from={first}&period_to={last}"
            answer = client.get(f"/api/v1/indicators/{query}", headers={"Authorization": token})
            read.read_api(by, span, answer.json())
    # An agency that leads nothing in a period is not listed there.
    for name in {key[2] for key in read.shown if key[0] == "agency"}:
        for span in county.spans:
            read.shown.setdefault(("agency", span, name), 0)
    return read


def truth_of(window: Any) -> tuple[dict[Any, int], dict[tuple[int, int], int]]:
    """Every count of incidents as it really is, and how many strands there are in each period."""
    records, _ = facts.incidents_counted(window)
    places = {place.value: place.label for place in District}
    truth: dict[Any, int] = {}
    mentions: dict[tuple[int, int], int] = {}
    for record, many in records.items():
        spans = [span for span in window.spans if span[0] <= record.month <= span[1]]
        keys = [key for key in strand_keys(record.strands) if key in KEYS]
        names = [("all", ""), ("district", places[record.district]), *(("strand", key) for key in keys)]
        counted = [(by, span, name) for span in spans for by, name in names]
        for key in chain(counted, (("crossed", places[record.district], key) for key in keys)):
            truth[key] = truth.get(key, 0) + many
        for span in spans:
            mentions[span] = mentions.get(span, 0) + many * len(record.strands)
    return truth, mentions


def test_all_that_is_served_together_gives_no_small_count_away(book, county):
    truth, mentions = truth_of(county)
    assert not [key for key, value in book.shown.items() if value is not None and 0 < value < 5]
    assert all(truth.get(key, 0) == value for key, value in book.shown.items() if value is not None and key in truth)
    found = solved(book.equations({span: mentions.get(span, 0) for span in county.spans}), book.shown)
    assert [key for key, value in found.items() if 0 < value < 5] == []


def test_the_heads_are_the_strands():
    assert len(HEADS) == len(STRANDS)
    assert all(
        head.split()[0].lower()[:3] in label.lower() for head, (_, label) in zip(HEADS[:-1], STRANDS, strict=False)
    )
