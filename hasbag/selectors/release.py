"""What a release to a meeting would do: who would newly read the case, and what its victims wish."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Q
from django.db.models.functions import Now

from agencies.models import Agency
from hasbag import rules
from hasbag.models import Meeting
from incidents.choices import LEVEL_RANK, Level
from incidents.models import Case, CaseExclusion, CaseGrant, Characteristic
from incidents.rules.sharing import Wishes, sharing_error
from incidents.selectors.share import wishes_of
from kernel.actors import Actor
from victims.choices import Wish


@dataclass(frozen=True)
class Release:
    """A release of one case to one meeting, worked out. `left_out` are newcomers who are not ticked at first."""

    newcomers: tuple[Agency, ...]
    left_out: frozenset[int]
    wishes: tuple[Wishes, ...]

    @property
    def suggested(self) -> tuple[Agency, ...]:
        """The agencies that get to read the case unless the lead agency chooses otherwise."""
        return tuple(agency for agency in self.newcomers if agency.pk not in self.left_out)

    @property
    def wish_rows(self) -> list[tuple[str, str]]:
        """The victims' wishes in words, for a summary list; of several victims each answer once."""
        kinds = (("the police", "police"), ("councils", "council"), ("support services", "support"))
        return [(f"Sharing with {said}", _words(getattr(w, name) for w in self.wishes)) for said, name in kinds]

    def problems(self, agencies: Sequence[Agency]) -> list[str]:
        """Why the case may not be released to these agencies against the victims' wishes, as sentences."""
        errors = (sharing_error(self.wishes, agency.type) for agency in agencies)
        return list(dict.fromkeys(error for error in errors if error))


def release_for(actor: Actor, case: Case, meeting: Meeting) -> Release:
    """What releasing a case to a meeting's members would do. Agencies that may find no trace of the case are passed
    over without a word (docs/domain.md §5.5). Six queries."""
    members = list(Agency.objects.filter(pk__in=meeting.agency_ids, is_active=True))
    excluded = set(
        CaseExclusion.objects.visible_to(actor)
        .filter(case=case, ended_at=None, agency__isnull=False)
        .values_list("agency_id", flat=True)
    )
    readers = agencies_reading_on(actor, case, meeting)
    newcomers = tuple(agency for agency in members if agency.pk not in excluded | readers)
    subs = set(Characteristic.objects.visible_to(actor).filter(case=case).values_list("sub", flat=True))
    left_out = frozenset(agency.pk for agency in newcomers if rules.is_left_out(agency.type, subs))
    return Release(newcomers, left_out, wishes_of(case))


def agencies_reading_on(actor: Actor, case: Case, meeting: Meeting) -> set[int]:
    """The agencies that read the case by a grant of view or more for as long as a meeting's members would. One query."""
    lasting = Q(until=None) | Q(until__gte=rules.reads_on(meeting.starts_at))
    return set(
        CaseGrant.objects.visible_to(actor)
        .filter(lasting, content_object=case, ended_at=None, starts_at__lte=Now(), rank__gte=LEVEL_RANK[Level.VIEW])
        .values_list("agency_id", flat=True)
    )


def _words(answers: Iterable[str]) -> str:
    said = dict.fromkeys(Wish(answer).label for answer in answers)
    return "; ".join(said) or "No victim on record"
