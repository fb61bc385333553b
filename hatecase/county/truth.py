"""The ground truth beside the county: who is the same person, who is a repeat victim, which rises were planted."""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path
from typing import Any

from hatecase.county.calendar import Calendar
from hatecase.county.people import Person
from hatecase.county.shapes import Alleged, CasePlan
from incidents.rules.repeat import IncidentDay, repeat_victim


class Truth:
    """Collects, case by case, what only the maker of the county can know."""

    def __init__(self, cases: int, seed: int, calendar: Calendar) -> None:
        self.head = {
            "cases": cases,
            "seed": seed,
            "from": calendar.first.isoformat(),
            "until": calendar.until.isoformat(),
        }
        self._calendar = calendar
        self._people: dict[int, Person] = {}
        self._alleged: dict[int, tuple[str, list[str]]] = {}
        self._spikes: dict[int, list[str]] = defaultdict(list)
        self.incidents = 0
        self.records = 0

    def add(self, case: CasePlan) -> None:
        """Take note of a case."""
        for report in case.reports:
            self.incidents += 1
            self.records += report.record_is_new
            person = report.person
            if person is not None and (len(person.records) > 1 or len(person.incidents) > 1):
                self._people[person.number] = person
            for alleged, is_new in report.alleged:
                self._alleged_add(alleged, report.ref, is_new=is_new)
        if case.spike is not None:
            self._spikes[case.spike].append(case.first.ref)

    def _alleged_add(self, alleged: Alleged, incident: str, *, is_new: bool) -> None:
        if alleged.given_name:
            _, incidents = self._alleged.setdefault(alleged.number, (alleged.ref, []))
            incidents.append(incident)

    def flagged_cases(self) -> set[str]:
        """References of the cases that carry the repeat flag: by one record of a person, as the product counts."""
        found: set[str] = set()
        for person in self._people.values():
            by_record = defaultdict(list)
            for lived in person.incidents:
                if lived.classification not in ("not_hate", "no_record", "out_of_area") and not lived.restricted:
                    by_record[lived.record].append(lived)
            for lives in by_record.values():
                days = [IncidentDay(lived.incident, lived.day, lived.classification) for lived in lives]
                if repeat_victim(days).is_repeat:
                    found |= {lived.case for lived in lives}
        return found

    def whole(self) -> dict[str, Any]:
        """Everything, ready to be written down."""
        people = sorted(self._people.values(), key=lambda person: person.number)
        return {
            **self.head,
            "incidents": self.incidents,
            "victim_records": self.records,
            "person_clusters": [_cluster(person) for person in people if len(person.records) > 1],
            "repeats": [found for found in map(_repeat, people) if found],
            "alleged_perpetrators": [
                {"record": ref, "incidents": incidents}
                for ref, incidents in self._alleged.values()
                if len(incidents) > 1
            ],
            "spikes": [self._spike(index, spike) for index, spike in self._calendar.spikes()],
        }

    def _spike(self, index: int, spike: Any) -> dict[str, Any]:
        starts = spike.starts(self._calendar.until)
        return {
            "name": spike.name,
            "strand": spike.strand.value,
            "subs": list(spike.subs),
            "district": spike.district.value,
            "from": starts.isoformat(),
            "days": spike.days,
            "planted": self._spikes[index],
        }

    def write(self, path: Path) -> None:
        """Write it as JSON."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(self.whole(), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _cluster(person: Person) -> dict[str, Any]:
    return {
        "person": person.number,
        "name": person.name,
        "born": person.born.isoformat(),
        "records": [
            {"ref": record.ref, "agency": record.agency, "differences": list(record.differences)}
            for record in person.records
        ],
    }


def _repeat(person: Person) -> dict[str, Any] | None:
    """What is true of the human being, over all their records; and whether one record alone shows it."""
    counting = [lived for lived in person.incidents if not lived.restricted]
    whole = repeat_victim(IncidentDay(lived.incident, lived.day, lived.classification) for lived in counting)
    if not whole.is_repeat:
        return None
    records = sorted({lived.record for lived in person.incidents})
    shown = [
        record
        for record in records
        if repeat_victim(
            IncidentDay(lived.incident, lived.day, lived.classification)
            for lived in counting
            if lived.record == record and lived.classification != "out_of_area"
        ).is_repeat
    ]
    return {
        "person": person.number,
        "records": records,
        "records_that_show_it": shown,
        "incidents": [lived.incident for lived in person.incidents],
        "cases": sorted({lived.case for lived in person.incidents}),
    }
