"""Whose incident it is: the victims of each incident of a case, by whom its clocks are met (docs/domain.md §3.3)."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

from incidents.models import Case, Incident, Party


@dataclass(frozen=True)
class Victims:
    """The victims of a case by incident, as far as the asker may know them. Reports of the same event have theirs in
    common."""

    by_incident: dict[int, frozenset[Hashable]]

    def of(self, incident: Incident | None) -> frozenset[Hashable]:
        """The victims of an incident; all of the case for a clock of the whole case, and where none of it is known."""
        if incident is None:
            return self.everybody
        return self.by_incident.get(incident.same_as_id or incident.pk) or self.everybody

    @property
    def everybody(self) -> frozenset[Hashable]:
        """All victims of the case."""
        return frozenset(one for some in self.by_incident.values() for one in some)


def victims_of(case: Case) -> Victims:
    """The victims of a case that the service holds. One query."""
    found: dict[int, set[Hashable]] = {}
    rows = Party.objects.unscoped(reason="the victims of the case that the service holds")
    parties = rows.filter(case=case, victim__isnull=False)
    for incident, root, victim in parties.values_list("incident_id", "incident__same_as_id", "victim_id"):
        found.setdefault(root or incident or 0, set()).add(victim)
    return Victims({root: frozenset(victims) for root, victims in found.items()})
