"""The accounts that posted something: an alleged perpetrator's identity (docs/domain.md §1.4, §10.3).

Kept where the case keeps names, put aside otherwise, and written by people who may not read it back.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from django.db import IntegrityError, transaction

from incidents.choices import Classification, FieldGroup, Level
from incidents.choices.online import PosterPlace
from incidents.models import Case, Incident, OnlineAccount, SubjectReport
from incidents.rules.names import QUARANTINE_WORKING_DAYS
from incidents.selectors.case_page import case_get
from incidents.selectors.fields import shown
from incidents.services.clock import holidays_all
from incidents.services.common import agency_acting, case_hold, case_touch, text_check
from incidents.services.search import search_refresh
from kernel import audit, clock
from kernel.actors import Actor
from kernel.errors import ForbiddenError, RuleError, StaleError
from kernel.models import AuditOperation
from kernel.working_days import add_working_days

MOST_URLS, URL_LIMIT, NAME_LIMIT = 10, 500, 120

STALE = "Somebody else changed this while you were working on it."


@dataclass(frozen=True)
class AccountData:
    """An account that posted it, with the addresses of its posts."""

    handle: str = ""
    display_name: str = ""
    profile_url: str = ""
    post_id: str = ""
    urls: tuple[str, ...] = field(default_factory=tuple)
    place: str = ""

    @property
    def identifies(self) -> bool:
        """Whether it leads to anybody."""
        return bool(self.handle or self.display_name or self.profile_url or self.post_id or self.urls)

    def identity(self) -> dict[str, Any]:
        """What is known of it, as it waits in the quarantine."""
        told = asdict(self) | {"urls": list(self.urls)}
        return {name: value for name, value in told.items() if value}


def online_account_add(
    *, actor: Actor, case: Case, incident: Incident, data: AccountData, submission_id: uuid.UUID | None = None
) -> bool:
    """Add an account that posted it; answers whether it was put aside, because the case keeps no names. The same
    `submission_id` twice adds one.

    Also by who may not know alleged perpetrators, and reads nothing back. Raises ForbiddenError below contribute,
    RuleError with the field.
    """
    with transaction.atomic():
        held = case_hold(actor, case, Level.CONTRIBUTE)
        submission_id = submission_id or uuid.uuid4()
        values = account_values(data)
        if not data.identifies:
            raise RuleError("Enter a user name, a name, an address or a number of the post.", "handle")
        aside = not Classification(held.classification).keeps_names
        if not account_keep(actor, agency_acting(actor, held), held, incident, values, submission_id):
            return aside
        case_touch(held)
        search_refresh(held)
        audit.record(
            actor,
            "online.account_add",
            incident,
            operation=AuditOperation.COLLECTION,
            detail={"case": held.ref, "quarantined": aside},
            case_id=held.pk,
        )
        return aside


def online_account_change(
    *, actor: Actor, case: Case, uid: uuid.UUID, version: int, data: AccountData
) -> OnlineAccount | None:
    """Change what is known of an account; with everything empty it is erased, and the answer is None.

    For who is shown who it is. Raises OnlineAccount.DoesNotExist, ForbiddenError, StaleError, RuleError with the field.
    """
    with transaction.atomic():
        held = case_hold(actor, case, Level.CONTRIBUTE)
        rows = OnlineAccount.objects.visible_to(actor).filter(case=held)
        row: OnlineAccount = rows.select_for_update(of=("self",)).get(pk=uid)
        if not accounts_shown(held, shown(actor, case_get(actor=actor, ref=held.ref))):
            raise ForbiddenError("Who this is is not shown to you.")
        if row.version != version:
            raise StaleError(STALE, row)
        values = account_values(data)
        before = {name: str(getattr(row, name) or "") for name in values}
        erased = not data.identifies
        if erased:
            after = dict.fromkeys(values, "")
            row.delete()
        else:
            for name, value in values.items():
                setattr(row, name, value)
            row.version += 1
            row.save(update_fields=[*values, "version"])
            after = {name: str(getattr(row, name) or "") for name in values}
        changed = {name for name in values if before[name] != after[name]}
        case_touch(held)
        search_refresh(held)
        audit.record(
            actor,
            "online.account_erase" if erased else "online.account_change",
            row.incident,
            operation=AuditOperation.ERASURE if erased else AuditOperation.ALTERATION,
            before=None if erased else {name: before[name] for name in changed},
            after=None if erased else {name: after[name] for name in changed},
            detail={"case": held.ref},
            case_id=held.pk,
        )
        return None if erased else row


def account_record(*, actor: Actor, case: Case, report: SubjectReport) -> OnlineAccount:
    """An account that waited in the quarantine, as a row of the case, of the agency that told of it. The service that asks holds the case."""
    told: Mapping[str, Any] = report.subject_as_reported
    values = account_values(AccountData(**{**told, "urls": tuple(told.get("urls", ()))}))
    row = OnlineAccount(incident_id=report.incident_id, case=case, **values)
    row.agency_id = report.told_by_id or agency_acting(actor, case)
    row.by_id, row.created_at = actor.user_id, clock.now()
    row.save(force_insert=True)
    return row


def accounts_shown(case: Case, groups: frozenset[str]) -> bool:
    """Whether who posted it may be shown in a case to a reader who is shown these groups of fields."""
    return Classification(case.classification).keeps_names and FieldGroup.SUBJECT_IDENTITY in groups


def account_keep(
    actor: Actor,
    agency_id: int,
    case: Case,
    incident: Incident,
    values: dict[str, Any],
    submission_id: uuid.UUID,
) -> bool:
    """Insert it where it belongs; False where the same page has done so: its writer may not be able to read it back."""
    row: OnlineAccount | SubjectReport
    if Classification(case.classification).keeps_names:
        row = OnlineAccount(
            submission_id=submission_id,
            incident=incident,
            case=case,
            agency_id=agency_id,
            by_id=actor.user_id,
            created_at=clock.now(),
            **values,
        )
        return _inserted(row)
    row = SubjectReport(
        id=submission_id,
        case=case,
        incident=incident,
        lead_agency_id=case.lead_agency_id,
        told_by_id=agency_id,
        by_id=actor.user_id,
        subject_as_reported=AccountData(**values | {"urls": tuple(values["urls"])}).identity(),
        erase_on=add_working_days(clock.today(), QUARANTINE_WORKING_DAYS, holidays_all()),
    )
    return _inserted(row)


def _inserted(row: OnlineAccount | SubjectReport) -> bool:
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        return False
    return True


def account_values(data: AccountData) -> dict[str, Any]:
    """An account as it is kept. Raises RuleError with the field."""
    limits = {
        "handle": ("User name", NAME_LIMIT),
        "display_name": ("Name shown", NAME_LIMIT),
        "profile_url": ("Address of the profile", URL_LIMIT),
        "post_id": ("Number of the post", NAME_LIMIT),
    }
    values: dict[str, Any] = {
        name: text_check(getattr(data, name), name=label, field=name, limit=limit, required=False)
        for name, (label, limit) in limits.items()
    }
    if len(data.urls) > MOST_URLS:
        raise RuleError(f"Enter {MOST_URLS} addresses or fewer.", "urls")
    urls = [text_check(url, name="Address", field="urls", limit=URL_LIMIT, required=False) for url in data.urls]
    if data.place and data.place not in PosterPlace.values:
        raise RuleError("Choose from the list.", "place")
    return values | {"urls": list(dict.fromkeys(url for url in urls if url)), "place": data.place}
