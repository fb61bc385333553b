"""How the people of a case stand to one another: said, ended, never deleted (docs/domain.md §5.4).

What is said of two people tells of the sides of both, so that it is for those alone who may know both.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.db.models import Q

from agencies.choices import Side
from incidents.choices import Level
from incidents.choices.changes import ChangeKind
from incidents.choices.involved import TieKind
from incidents.models import Case, InvolvedPerson, Party, PersonTie
from incidents.services.change import change_tell
from incidents.services.common import agency_acting, case_hold, case_touch, insert_once, submitted_before
from kernel import audit, clock
from kernel.actors import Actor
from kernel.errors import RuleError
from kernel.models import AuditOperation

KnownPerson = tuple[str, Any, Side]
"""Somebody of a case: which kind, the record, whose side."""


def tie_add(
    *, actor: Actor, case: Case, kind: str, first: str, second: str, submission_id: uuid.UUID | None = None
) -> PersonTie:
    """Say how one person of a case stands to another. `first` and `second` are keys of `people_choices`: a reference,
    or the key of somebody further. The same `submission_id` twice is the first one.

    Raises ForbiddenError below contribute, RuleError with the field: for people whom the actor may not know here, for
    somebody and themself, and for what is recorded already.
    """
    with transaction.atomic():
        held = case_hold(actor, case, Level.CONTRIBUTE)
        submission_id = submission_id or uuid.uuid4()
        earlier = submitted_before(actor, PersonTie, held, submission_id)
        if earlier is not None:
            return earlier
        if kind not in TieKind.values:
            raise RuleError("Select how they stand to each other.", "kind")
        if first == second:
            raise RuleError("Select two different people.", "second")
        people = people_by_key(actor, held)
        ends: dict[str, Any] = {}
        for end, key, field in (("from", first, "first"), ("to", second, "second")):
            if key not in people:
                raise RuleError("Select a person of this case.", field)
            ends |= {f"{end}_{people[key][0]}": people[key][1]}
        if held.ties.filter(kind=kind, ended_at=None, **ends).exists():
            raise RuleError("This is recorded already.", "kind")
        [tie] = ties_keep(actor, held, kind, [(people[first], people[second])], submission_id)
        return tie


def tie_end(*, actor: Actor, case: Case, uid: uuid.UUID) -> PersonTie:
    """Say that it is so no more. Twice is once. Raises PersonTie.DoesNotExist, ForbiddenError below contribute."""
    with transaction.atomic():
        held = case_hold(actor, case, Level.CONTRIBUTE)
        tie: PersonTie = (
            PersonTie.objects.visible_to(actor).filter(case=held).select_for_update(of=("self",)).get(pk=uid)
        )
        if tie.ended_at is None:
            ties_end(actor, held, [tie])
        return tie


def ties_keep(
    actor: Actor,
    case: Case,
    kind: str,
    pairs: Sequence[tuple[KnownPerson, KnownPerson]],
    submission_id: uuid.UUID,
) -> list[PersonTie]:
    """Say how these pairs stand to one another, in a case that is held; the first of them is known by the submission."""
    ties = [_tie(actor, case, kind, *pair) for pair in pairs]
    ties[0].submission_id = submission_id
    for tie in ties:
        insert_once(tie)
        detail = {"case": case.ref, "kind": tie.kind}
        audit.record(actor, "tie.add", tie, operation=AuditOperation.COLLECTION, detail=detail, case_id=case.pk)
    _tell(actor, case, ChangeKind.TIE_ADDED, ties)
    return ties


def ties_end(actor: Actor, case: Case, ties: Sequence[PersonTie]) -> None:
    """Say of ties that stand, in a case that is held, that they are no more."""
    for tie in ties:
        tie.ended_at, tie.ended_by_id = clock.now(), actor.user_id
        tie.save(update_fields=["ended_at", "ended_by"])
        audit.record(actor, "tie.end", tie, detail={"case": case.ref, "kind": tie.kind}, case_id=case.pk)
    _tell(actor, case, ChangeKind.TIE_ENDED, ties)


def ties_move(person: InvolvedPerson) -> None:
    """What is said of somebody tells of the side that they are of now; for whoever may know both sides, as each of their
    ties has to be seen."""
    theirs = person.case.ties.filter(Q(from_involved=person) | Q(to_involved=person))
    for tie in theirs.select_related("from_involved", "to_involved").select_for_update(of=("self",)):
        sides = {_side_of(tie, "from"), _side_of(tie, "to")}
        tie.needs_victim, tie.needs_perpetrator = Side.VICTIM in sides, Side.PERPETRATOR in sides
        tie.save(update_fields=["needs_victim", "needs_perpetrator"])


def _side_of(tie: PersonTie, end: str) -> str:
    if getattr(tie, f"{end}_victim_id"):
        return Side.VICTIM
    if getattr(tie, f"{end}_perpetrator_id"):
        return Side.PERPETRATOR
    return str(getattr(tie, f"{end}_involved").side)


def _tie(actor: Actor, case: Case, kind: str, first: KnownPerson, second: KnownPerson) -> PersonTie:
    sides = {first[2], second[2]}
    return PersonTie(
        case=case,
        kind=kind,
        needs_victim=Side.VICTIM in sides,
        needs_perpetrator=Side.PERPETRATOR in sides,
        agency_id=agency_acting(actor, case),
        by_id=actor.user_id,
        created_at=clock.now(),
        **{f"from_{first[0]}": first[1], f"to_{second[0]}": second[1]},
    )


def _tell(actor: Actor, case: Case, kind: ChangeKind, ties: Sequence[PersonTie]) -> None:
    """Once for each set of sides: whoever may know one of them is told of what is of that one, and of no more."""
    for victim, perpetrator in sorted({(tie.needs_victim, tie.needs_perpetrator) for tie in ties}):
        needed = {Side.VICTIM: victim, Side.PERPETRATOR: perpetrator}
        change_tell(actor, case, kind, sides=[side for side, needs in needed.items() if needs])
    if ties:
        case_touch(case)


def people_by_key(actor: Actor, case: Case) -> dict[str, KnownPerson]:
    """The people of a case whom the actor may know, by reference or key: which kind, the record, whose side. Two queries."""
    found: dict[str, KnownPerson] = {}
    parties = Party.objects.visible_to(actor).filter(case=case).select_related("victim", "perpetrator")
    for party in parties.order_by("created_at", "pk"):
        if party.victim is not None:
            found[party.victim.ref] = ("victim", party.victim, Side.VICTIM)
        elif party.perpetrator is not None:
            found[party.perpetrator.ref] = ("perpetrator", party.perpetrator, Side.PERPETRATOR)
    for person in InvolvedPerson.objects.visible_to(actor).filter(case=case, ended_at=None).order_by("created_at"):
        found[str(person.pk)] = ("involved", person, Side(person.side))
    return found
