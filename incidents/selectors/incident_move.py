"""What moving incidents between two cases changes: who gains and who loses sight of them, and what goes along."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from django.db.models import F, QuerySet

from agencies.models import Agency
from incidents.choices import LEVEL_RANK, Level, Tier
from incidents.models import Case, Incident, IncidentMove
from incidents.rules.moving import CaseFacts, MoveFacts, back_refusal, move_refusal
from incidents.rules.sharing import sharing_error
from incidents.scoping import CaseLevel
from incidents.selectors.exclusion import kept_out_names, may_see_exclusions
from incidents.selectors.openers import Opener, agency_ids, openers, openers_later, untold_keys
from incidents.selectors.share import wishes_of
from incidents.selectors.text import person_told, text_shown, written_by_colleague
from kernel.actors import Actor

MOVES_SHOWN = 50


@dataclass(frozen=True)
class MovePreview:
    """What a move would do. `refusal` says why it cannot be; the lists are who newly sees the incidents, and who no
    longer; `kept_out` who does not find the other case any more, for who may know.
    """

    refusal: str
    gaining: list[Opener] = field(default_factory=list)
    losing: list[Opener] = field(default_factory=list)
    kept_out: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Act:
    """Everything that was moved at once, as the history shows it."""

    act: uuid.UUID
    kind: str
    label: str
    from_ref: str
    to_ref: str
    refs: list[str]
    reason: str
    by: str
    at: Any
    undone_at: Any

    @property
    def undoable(self) -> bool:
        """Whether it stands."""
        return self.undone_at is None


def move_preview(actor: Actor, source: Case, target: Case, *, whole: bool) -> MovePreview:
    """What a move of incidents from one case to another would do, for who manages both: of agencies of a side that the
    actor is not told of, nothing. Some twelve queries.
    """
    before, after = openers(source), openers(target, out_of=source)
    later = _only(openers_later(target, source), after)
    gaining, losing = _only([*after, *later], before), _only(before, after)
    untold = untold_keys(actor, source, gaining + losing)
    lead_out, lead_told = _lead_out(actor, source, target)
    facts = MoveFacts(
        source=_facts(source),
        target=_facts(target),
        whole=whole,
        widens=Tier(source.tier).by_name and bool(gaining),
        lead_out=lead_out,
        lead_told=lead_told,
        unwanted=_unwanted(source, gaining, untold),
    )
    return MovePreview(
        move_refusal(facts),
        gaining=[one for one in gaining if one.key not in untold],
        losing=[one for one in losing if one.key not in untold],
        kept_out=kept_out_names(actor, source, target),
    )


def back_refused(actor: Actor, source: Case, target: Case, since: dt.datetime) -> str:
    """Why incidents may not go back to a case from another one: the agency that leads it must not see them since, or only
    named people may. Some five queries.
    """
    lead_out, lead_told = _lead_out(actor, target, source, since)
    return back_refusal(MoveFacts(_facts(target), _facts(source), lead_out=lead_out, lead_told=lead_told))


def _lead_out(actor: Actor, source: Case, target: Case, since: dt.datetime | None = None) -> tuple[bool, str]:
    """Whether the agency that leads the target is kept out of the source, said since a moment; and its name, for who may
    see who is kept out there."""
    out = source.exclusions.filter(ended_at=None, agency_id=target.lead_agency_id)
    found = (out if since is None else out.filter(created_at__gte=since)).exists()
    told = found and may_see_exclusions(actor, source)
    return found, target.lead_agency.name if told else ""


def _only(these: list[Opener], those: list[Opener]) -> list[Opener]:
    known = {one.key for one in those}
    return [one for one in these if one.key not in known]


def _facts(case: Case) -> CaseFacts:
    return CaseFacts(case.ref, case.status, case.tier, case.classification, case.incidents.count())


def _unwanted(source: Case, new: list[Opener], untold: set[str]) -> tuple[str, ...]:
    """The agencies that a victim does not want to know of it, of those that would."""
    keys = agency_ids(new)
    wishes = wishes_of(source) if keys else ()
    rows = Agency.objects.filter(pk__in=keys).order_by("name").values_list("pk", "name", "type") if wishes else []
    against = [(pk, name) for pk, name, kind in rows if sharing_error(wishes, kind)]
    return tuple("an agency" if f"agency:{pk}" in untold else name for pk, name in against)


def move_target(*, actor: Actor, ref: str) -> Case | None:
    """A case by reference that an incident could go to: one that the actor manages; None for any other. One query."""
    found = Case.objects.visible_to(actor).annotate(rank=CaseLevel("pk")).filter(ref=ref)
    return found.select_related("lead_agency").filter(rank__gte=LEVEL_RANK[Level.MANAGE]).first()


def case_incidents(*, actor: Actor, case: Case, refs: Collection[str] | None = None) -> list[Incident]:
    """The incidents of a case, oldest report first; with `refs` only those. One query."""
    rows = Incident.objects.visible_to(actor).filter(case=case).order_by("received_at", "pk")
    return list(rows if refs is None else rows.filter(ref__in=refs))


def incident_get(*, actor: Actor, case: Case, ref: str) -> Incident | None:
    """One incident of a case, with its reports counted as `others`. One query."""
    return Incident.objects.visible_to(actor).select_related("same_as").filter(case=case, ref=ref).first()


def acts_of(*, actor: Actor, case: Case) -> list[Act]:
    """What went into a case and out of it, newest first, as far as the actor may see both cases. Two queries."""
    out = _moves(actor).filter(from_case=case)
    into = _moves(actor).filter(to_case=case).exclude(from_case=case)
    rows = sorted([*out[:MOVES_SHOWN], *into[:MOVES_SHOWN]], key=lambda row: (row.at, row.pk), reverse=True)
    return _acts(rows)


def act_get(*, actor: Actor, case: Case, act: uuid.UUID) -> Act | None:
    """One act of a case's history. One query."""
    rows = list(_moves(actor).filter(act=act))
    return next(iter(_acts(rows)), None) if any(case.pk in (r.from_case_id, r.to_case_id) for r in rows) else None


def case_moved_to(*, actor: Actor, act: str) -> str:
    """The case to which the actor moved something by a page that is sent again; empty where it is sent first. One query."""
    try:
        sent = uuid.UUID(act)
    except ValueError:
        return ""
    rows = IncidentMove.objects.visible_to(actor).filter(act=sent, by_id=actor.user_id)
    return rows.values_list("to_case__ref", flat=True).first() or ""


def _moves(actor: Actor) -> QuerySet[IncidentMove]:
    shown = text_shown(actor, F("to_case_id"), F("reason"), written_by_colleague(actor, "by"))
    return (
        IncidentMove.objects.visible_to(actor)
        .select_related("incident", "from_case", "to_case")
        .annotate(reason_shown=shown, by_told=person_told(actor, "by"))
    )


def _acts(rows: list[Any]) -> list[Act]:
    found: dict[uuid.UUID, list[Any]] = {}
    for row in rows:
        found.setdefault(row.act, []).append(row)
    return [
        Act(
            act=act,
            kind=group[0].kind,
            label=group[0].get_kind_display(),
            from_ref=group[0].from_case.ref,
            to_ref=group[0].to_case.ref,
            refs=[row.incident.ref for row in group],
            reason=group[0].reason_shown,
            by=group[0].by_told,
            at=group[0].at,
            undone_at=group[0].undone_at,
        )
        for act, group in found.items()
    ]
