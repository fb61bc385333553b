"""How urgent a report is, from what was told and from who the victims are (docs/domain.md §2.6)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from incidents.choices import Classification, PlaceType
from incidents.choices.changes import ChangeKind
from incidents.models import Case, PriorityChange
from incidents.rules.repeat import IncidentDay, repeat_victim, under_18
from incidents.rules.triage import Suggestion, TriageAnswers, priority_suggest
from incidents.services.change import change_tell
from incidents.services.repeat import victim_days
from kernel import clock
from kernel.actors import Actor
from kernel.working_days import local_date
from victims.models import Victim

if TYPE_CHECKING:
    from incidents.services.incident import IncidentData


def priority_for(*, actor: Actor, data: IncidentData) -> Suggestion:
    """The suggested priority with its reasons (docs/domain.md §2.6). One or two queries for known victims."""
    born = [v.date_of_birth for v in data.victims if v.date_of_birth]
    known = [v.ref for v in data.victims if v.ref]
    repeat = False
    if known:
        for victim in Victim.objects.visible_to(actor).filter(ref__in=known):
            born += [victim.date_of_birth] if victim.date_of_birth else []
            days = [*victim_days(victim.pk), IncidentDay("this", local_date(data.occurred_from))]
            repeat = repeat or repeat_victim(days).is_repeat
    day = local_date(data.occurred_from)
    facts: dict[str, Any] = {k: bool(v) for k, v in data.triage_answers.items() if k in _TRIAGE_QUESTIONS}
    facts["victim_under_18"] = facts.get("victim_under_18", False) or any(under_18(d, day) for d in born)
    facts["repeat_victim"] = facts.get("repeat_victim", False) or repeat
    facts["worship_or_community_venue"] = (
        facts.get("worship_or_community_venue", False) or data.place_type == PlaceType.WORSHIP
    )
    return priority_suggest(
        TriageAnswers(
            received_at=data.received_at,
            occurred_from=data.occurred_from,
            occurred_to=data.occurred_to,
            behaviours=frozenset(data.behaviours),
            classification=data.classification or Classification.UNDETERMINED,
            **facts,
        )
    )


def priority_write(actor: Actor, case: Case, value: str, reason: str = "") -> None:
    """Set the priority of a case that the caller holds and saves, with a row in its history and one in the chronology.

    Two queries where it changes, else none.
    """
    if value == case.priority:
        return
    at = clock.now()
    PriorityChange(case=case, before=case.priority, after=value, reason=reason, by_id=actor.user_id, at=at).save(
        force_insert=True
    )
    # The same moment: by it the chronology finds the reason.
    change_tell(actor, case, ChangeKind.PRIORITY, before=case.priority, after=value, at=at)
    case.priority = value


_TRIAGE_QUESTIONS = frozenset(
    name
    for name in TriageAnswers.__dataclass_fields__
    if name not in ("received_at", "occurred_from", "occurred_to", "behaviours", "classification")
)
