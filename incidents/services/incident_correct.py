"""Putting right what is recorded of an incident and turns out otherwise: where, what was done, at what it was aimed.

What was told is never overwritten: the account is added to. Nobody's belief is judged: something was recorded by
mistake, or told since (docs/domain.md §1.1).
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from agencies.choices import DistrictSource
from agencies.geography import outward_of, postcode_normalise
from incidents.choices import (
    HOMES,
    SUBS,
    Behaviour,
    Classification,
    CorrectionCause,
    FactField,
    FieldGroup,
    Level,
    PlaceType,
    Strand,
)
from incidents.models import Case, Characteristic, FieldCorrection, Incident
from incidents.rules.online import happened_online
from incidents.rules.triage import Suggestion
from incidents.scoping import in_case
from incidents.selectors.case_incidents import place_told
from incidents.selectors.fields import shown
from incidents.selectors.repair import characteristics, facts_words
from incidents.services.access import access_rebuild
from incidents.services.case_open import district_of
from incidents.services.clock import clocks_reprioritise
from incidents.services.common import agency_acting, case_hold, insert_once, submitted_before
from incidents.services.incident import NARRATIVE_LIMIT, IncidentData, StrandData
from incidents.services.move_rows import case_derive
from incidents.services.priority import priority_for, priority_write
from incidents.services.repair import REASON_LIMIT
from incidents.services.search import search_refresh
from incidents.services.words import case_words
from kernel import audit, clock
from kernel.actors import Actor
from kernel.errors import ForbiddenError, RuleError, StaleError

LOCATION_LIMIT = 200
STALE = "Somebody else changed this case while you were working on it."
ONE_STAYS = (
    "Select at least one: the case counts as hate. If nobody perceives it as hate any more, propose another"
    " classification."
)
NO_FACTOR = "This case is anti-social behaviour without a hate factor. Say first, on its page, which one was found."


@dataclass(frozen=True)
class FactsData:
    """What an incident is to say. None leaves what is there: it was not asked, or is not shown to who corrects."""

    place_type: str | None = None
    location: str | None = None
    postcode: str | None = None
    district: str | None = None
    behaviours: list[str] | None = None
    strands: list[StrandData] | None = None
    online: bool | None = None
    addition: str = ""


def incident_set_right(
    *,
    actor: Actor,
    case: Case,
    incident: Incident,
    version: int,
    data: FactsData,
    cause: str,
    reason: str,
    submission_id: uuid.UUID | None = None,
) -> list[FieldCorrection]:
    """Correct what is recorded of an incident, with the reason; one row of history for each fact that changed.

    What hangs on it follows at once: the case's characteristics and district, the lists, the search, the point of the
    place, and a priority that what was done now calls for, with its deadlines. The lead agency stays. For who manages the
    case; where somebody lives is changed by those who are shown it. The same `submission_id` twice gives the first
    correction. Raises ForbiddenError, StaleError where `version` is not the case's own any more, RuleError with the field.
    """
    with transaction.atomic():
        held = case_hold(actor, case, Level.MANAGE)
        earlier = submission_id and submitted_before(actor, FieldCorrection, held, submission_id)
        if earlier:
            return [earlier]
        if held.version != version:
            raise StaleError(STALE, held)
        if cause not in CorrectionCause.values:
            raise RuleError("Choose why it is corrected.", "cause")
        reason = case_words(actor, held, reason, name="How it was found", field="reason", limit=REASON_LIMIT)
        rows = held.incidents.select_related("district").select_for_update(of=("self",))
        row = rows.get(pk=incident.pk)
        strands = characteristics(actor, row)
        was = _Recorded.of(actor, held, row, strands)
        _place(actor, held, row, data)
        _done(row, data)
        if data.strands is not None:
            strands = _strands(actor, held, row, strands, data.strands)
        now = _Recorded.of(actor, held, row, strands, _addition(actor, held, data))
        changed = [name for name in FactField if was.words[name] != now.words[name]]
        if not changed:
            raise RuleError("Nothing was changed. Change what is wrong, or go back to the case.")
        _follow(actor, held, row, was, now)
        agency_id = agency_acting(actor, held)
        kept = [
            FieldCorrection(
                case=held,
                incident=row,
                field=name,
                words_before=was.words[name],
                words_after=now.words[name],
                cause=cause,
                reason=reason,
                needs_victim=name == FactField.PLACE,
                group=_group(name, was, now),
                by_id=actor.user_id,
                agency_id=agency_id,
                at=clock.now(),
            )
            for name in changed
        ]
        # The first one carries the mark of the page, so that a page sent twice is known.
        kept[0].submission_id = submission_id or kept[0].submission_id
        for correction in kept:
            insert_once(correction)
        search_refresh(held)
        audit.record(
            actor,
            "incident.set_right",
            row,
            before={name.value: was.words[name] for name in changed},
            after={name.value: now.words[name] for name in changed},
            detail={"case": held.ref, "cause": cause},
            reason=reason,
        )
        return kept


@dataclass(frozen=True)
class _Recorded:
    """What is recorded of an incident at one moment, and the priority that it suggests, whoever its victims are."""

    words: dict[FactField, str]
    kind: str
    district_id: str
    codes: frozenset[str]
    suggestion: Suggestion

    @classmethod
    def of(
        cls, actor: Actor, case: Case, row: Incident, strands: Iterable[Characteristic], addition: str = ""
    ) -> _Recorded:
        told = IncidentData(
            received_at=row.received_at,
            occurred_from=row.occurred_from,
            occurred_to=row.occurred_to,
            narrative="",
            behaviours=row.behaviours,
            place_type=row.place_type,
            triage_answers=row.triage_answers,
            classification=case.classification,
        )
        return cls(
            words=facts_words(row, strands) | {FactField.ACCOUNT: addition},
            kind=row.place_type,
            district_id=row.district_id,
            codes=frozenset(one.code for one in strands),
            suggestion=priority_for(actor=actor, data=told),
        )


def _group(name: FactField, was: _Recorded, now: _Recorded) -> str:
    """The group of fields to which what a fact said and says belongs, if any (docs/domain.md §5.4)."""
    if name == FactField.PLACE and {was.kind, now.kind} & HOMES:
        return FieldGroup.VICTIM_CONTACT
    if name == FactField.STRANDS and Strand.TRANSGENDER in was.codes | now.codes:
        return FieldGroup.TRANS_STATUS
    return ""


def _addition(actor: Actor, case: Case, data: FactsData) -> str:
    return case_words(
        actor, case, data.addition, name="What is to be added", field="addition", limit=NARRATIVE_LIMIT, required=False
    )


# --- Where, and what was done -----------------------------------------------------------------------------------


def _place(actor: Actor, case: Case, row: Incident, data: FactsData) -> None:
    wanted = {name: getattr(data, name) for name in ("place_type", "location", "postcode")}
    wanted = {name: value for name, value in wanted.items() if value is not None and value != getattr(row, name)}
    knows = in_case(actor, case)
    if wanted and not place_told(knows, row, shown(knows, case)):
        # Said to be a street, somebody's home would be shown to everybody.
        raise ForbiddenError("Where somebody lives is corrected by those who are shown it.")
    if wanted.get("place_type", PlaceType.OTHER) not in PlaceType.values:
        raise RuleError("Choose what kind of place it was.", "place_type")
    if "location" in wanted:
        limit = LOCATION_LIMIT
        wanted["location"] = case_words(
            actor, case, wanted["location"], name="Address or place", field="location", limit=limit, required=False
        )
    if wanted.get("postcode"):
        wanted["postcode"] = _postcode(wanted["postcode"])
    for name, value in wanted.items():
        setattr(row, name, value)
    if data.district is not None and data.district != row.district_id:
        row.district = district_of(data.district)
        row.district_source = DistrictSource.CONFIRMED


def _postcode(text: str) -> str:
    written = postcode_normalise(text) or outward_of(text)
    if written is None:
        raise RuleError("Enter a full UK postcode, like NN1 1AA or NN1", "postcode")
    return written


def _done(row: Incident, data: FactsData) -> None:
    if data.behaviours is not None:
        if set(data.behaviours) - {*Behaviour.values, *row.behaviours}:
            raise RuleError("Choose what was done from the list.", "behaviours")
        if row.behaviours and not data.behaviours:
            raise RuleError("Choose what was done.", "behaviours")
        row.behaviours = list(dict.fromkeys(data.behaviours))
    if data.online is not None:
        row.online = data.online
    if not row.online and happened_online(row.place_type, row.behaviours):
        raise RuleError("Select yes: the kind of place, or what was done, is online.", "online")


# --- At what it was aimed -----------------------------------------------------------------------------------------


def _strands(
    actor: Actor, case: Case, row: Incident, there: list[Characteristic], data: list[StrandData]
) -> list[Characteristic]:
    """Make the characteristics of an incident those that are wanted; answers them."""
    wanted = {(one.code, one.sub): one for one in data}
    _strands_check(actor, case, there, wanted)
    kept = []
    for one in there:
        new = wanted.pop((one.code, one.sub), None)
        if new is None:
            Characteristic.objects.visible_to(actor).filter(pk=one.pk).delete()
            continue
        if (one.other, one.by_association) != (new.other, new.by_association):
            one.other, one.by_association = new.other, new.by_association
            one.save(update_fields=["other", "by_association"])
        kept.append(one)
    made = [
        Characteristic(
            incident=row, case=case, code=one.code, sub=one.sub, other=one.other, by_association=one.by_association
        )
        for one in wanted.values()
    ]
    Characteristic.objects.bulk_create(made)
    return [*kept, *made]


def _strands_check(actor: Actor, case: Case, there: list[Characteristic], wanted: dict[tuple[str, str], Any]) -> None:
    known = {(one.code, one.sub) for one in there}
    if case.classification == Classification.ASB and set(wanted) - known:
        raise RuleError(NO_FACTOR, "strands")
    if case.classification != Classification.ASB and there and not wanted:
        raise RuleError(ONE_STAYS, "strands")
    for code, sub in set(wanted) - known:
        if code not in Strand.values or (sub and sub not in SUBS[Strand(code)]):
            raise RuleError("Choose characteristics from the list.", "strands")
    for one in wanted.values():
        case_words(actor, case, one.other, name="Which other characteristic", field="other", limit=120, required=False)


# --- What follows ---------------------------------------------------------------------------------------------------


def _follow(actor: Actor, case: Case, row: Incident, was: _Recorded, now: _Recorded) -> None:
    """Save an incident and what its case has from it. As a further report may, a correction raises the priority and
    never lowers it."""
    raised = now.suggestion.priority < min(was.suggestion.priority, case.priority)
    if raised:
        row.priority_reasons = [*row.priority_reasons, *now.suggestion.reasons]
    names = "place_type location postcode district district_source behaviours online priority_reasons"
    row.save(update_fields=names.split())
    case_derive(case)
    if case.district_id == was.district_id and not case.incidents.filter(district_id=was.district_id).exists():
        # It stands where its incidents are.
        case.district_id = now.district_id
    if raised:
        priority_write(actor, case, now.suggestion.priority)
    case.version += 1
    case.updated_at = clock.now()
    case.save(update_fields=["strands", "received_at", "district", "priority", "version", "updated_at"])
    if raised:
        clocks_reprioritise(case)
    access_rebuild([case.pk])
