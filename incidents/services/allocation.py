"""Who works a case: handing it over with a note, a deputy, and several cases at once (docs/domain.md §5.3)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction

from agencies.models import User
from agencies.services.notice import NoticeData, notices_create
from incidents.choices import Tier
from incidents.choices.changes import ChangeKind, DecisionKind
from incidents.models import Case, Handover
from incidents.scoping import allocates
from incidents.selectors.allocation import takers
from incidents.services.access import access_rebuild
from incidents.services.case import case_for_change
from incidents.services.change import change_tell
from incidents.services.clock import triage_meet
from incidents.services.common import text_check
from incidents.services.decision_keep import decision_keep, standing_of
from incidents.services.task_bulk import Outcome
from incidents.services.words import case_words
from kernel import audit, clock
from kernel.actors import Actor
from kernel.errors import ForbiddenError, RuleError, StaleError

NOTE_LIMIT = 4000
MOST = 100


def case_handover(*, actor: Actor, case: Case, version: int, to: User, note: str) -> Case:
    """Give a case to another lead worker of the lead agency, with what they have to know; the note stands in the
    chronology. Sent twice, it is handed over once.

    For who decides for the lead agency, and who works the case. Raises StaleError where somebody saved first,
    ForbiddenError, RuleError with the field where the person may not open the case, works it already, or the note is
    missing.
    """
    note = case_words(actor, case, note, name="What they have to know", field="note", limit=NOTE_LIMIT)
    with transaction.atomic():
        if _handed_before(actor, case, to, note):
            return case
        held = _held(actor, case, version)
        _check_taker(held, to, "to")
        if held.lead_worker_id == to.pk:
            raise RuleError(f"{to.name} works {held.ref} already.", "to")
        before, stood = held.lead_worker_id, standing_of(held)
        held.lead_worker = to
        if held.deputy_id == to.pk:
            held.deputy = None
            change_tell(actor, held, ChangeKind.DEPUTY)
        _save(held, "lead_worker", "deputy")
        Handover(
            case=held,
            from_user_id=before,
            to_user=to,
            note=note,
            by_id=actor.user_id,
            agency_id=held.lead_agency_id,
            at=clock.now(),
        ).save(force_insert=True)
        triage_meet(held)
        decision_keep(actor, held, DecisionKind.HANDED, stood)
        audit.record(actor, "case.handover", held, before={"lead_worker": before}, after={"lead_worker": to.pk})
        _tell(actor, held, to, "handover", "is handed over to you")
        _follow(held)
        return held


def case_deputy_set(*, actor: Actor, case: Case, version: int, deputy: User | None) -> Case:
    """Name who stands beside the lead worker of a case, or nobody. Raises as `case_handover` does."""
    with transaction.atomic():
        held = _held(actor, case, version)
        if held.deputy_id == (deputy.pk if deputy else None):
            return held
        if deputy is not None:
            _check_taker(held, deputy, "deputy")
            if held.lead_worker_id == deputy.pk:
                raise RuleError(f"{deputy.name} is the lead worker. Choose somebody else as deputy.", "deputy")
        before = held.deputy_id
        held.deputy = deputy
        _save(held, "deputy")
        audit.record(actor, "case.deputy", held, before={"deputy": before}, after={"deputy": held.deputy_id})
        change_tell(actor, held, ChangeKind.DEPUTY, person_id=held.deputy_id)
        if deputy is not None:
            _tell(actor, held, deputy, "deputy", "is yours as deputy")
        _follow(held)
        return held


@dataclass(frozen=True)
class ChosenCase:
    """A case as whoever chose it saw it: its reference and its version."""

    ref: str
    version: int

    @classmethod
    def parse(cls, mark: str) -> ChosenCase | None:
        """A row's mark as the list wrote it; None for anything else."""
        ref, _, version = mark.partition("~")
        return cls(ref, int(version)) if version.isdecimal() and len(version) < 10 else None


def cases_reassign(*, actor: Actor, chosen: Iterable[ChosenCase], to: User | None, reason: str) -> list[Outcome]:
    """Hand several cases over to one colleague; answers for each what became of it.

    One that has changed since it was chosen stays as it is. Raises RuleError where nothing is chosen, more than a
    hundred are, nobody is named or no reason is given. About fifteen queries a case.
    """
    rows = sorted({row.ref: row for row in chosen}.values(), key=lambda row: row.ref)
    if not rows:
        raise RuleError("Select at least one case.", "cases")
    if len(rows) > MOST:
        raise RuleError(f"Select no more than {MOST} cases at a time.", "cases")
    if to is None:
        raise RuleError("Choose the colleague who is to work them.", "to")
    reason = text_check(reason, name="Why they are given on", field="reason", limit=NOTE_LIMIT)
    return [_one(actor, row, to, reason) for row in rows]


def _one(actor: Actor, row: ChosenCase, to: User, reason: str) -> Outcome:
    try:
        with transaction.atomic():
            case = Case.objects.visible_to(actor).get(ref=row.ref)
            case_handover(actor=actor, case=case, version=row.version, to=to, note=reason)
    except Case.DoesNotExist:
        return Outcome(row.ref, "You cannot open this case any more.")
    except StaleError:
        return Outcome(row.ref, "Changed while you were choosing. Nothing was done.")
    except (RuleError, ForbiddenError) as error:
        return Outcome(row.ref, error.message)
    return Outcome(row.ref)


def _held(actor: Actor, case: Case, version: int) -> Case:
    held = case_for_change(actor, case, version)
    if not allocates(actor, held):
        raise ForbiddenError("Only who works the case, and who decides for the lead agency, can say who works it.")
    return held


def _check_taker(case: Case, user: User, field: str) -> None:
    if not takers(case).filter(pk=user.pk).exists():
        raise RuleError(f"{user.name} cannot be given {case.ref}: they cannot open it. Nothing was changed.", field)


def _handed_before(actor: Actor, case: Case, to: User, note: str) -> bool:
    """Whether this page was sent a moment ago: the latest handover says just this."""
    latest = Handover.objects.visible_to(actor).filter(case=case).order_by("-at", "-pk").first()
    said = latest is not None and (latest.by_id, latest.to_user_id, latest.note) == (actor.user_id, to.pk, note)
    return said and Case.objects.visible_to(actor).filter(pk=case.pk, lead_worker=to).exists()


def _save(case: Case, *fields: str) -> None:
    case.version += 1
    case.updated_at = clock.now()
    case.save(update_fields=[*fields, "version", "updated_at"])


def _follow(case: Case) -> None:
    """A case that only the agency's own people open follows who works it."""
    if case.tier == Tier.OWN:
        access_rebuild([case.pk])


def _tell(actor: Actor, case: Case, user: User, kind: str, words: str) -> None:
    if user.pk != actor.user_id:
        key, url = f"{kind}:{case.pk}:{case.version}", f"/cases/{case.ref}/"
        notices_create([NoticeData(user.pk, key, kind, f"{case.ref} {words}", url, case.pk)])
