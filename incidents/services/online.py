"""What is known of something posted or sent online, and which accounts posted it (docs/domain.md §1.4, §10.3).

An account is an alleged perpetrator's identity: kept where the case keeps names, put aside otherwise, and written by
people who may not read it back.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from django.db import IntegrityError, transaction

from incidents.choices import Classification, FieldGroup, Level
from incidents.choices.online import Known, Platform, PlatformResult, PosterPlace, Reach, Zone
from incidents.models import Case, Evidence, Incident, OnlineAccount, OnlinePost, SubjectReport
from incidents.scoping import in_case
from incidents.selectors.case_page import case_get
from incidents.selectors.fields import shown
from incidents.selectors.online import POST_WORDS, post_of
from incidents.selectors.text import knows_both_sides
from incidents.services.clock import holidays_all
from incidents.services.common import agency_acting, case_hold, case_touch, text_check, text_kept
from incidents.services.search import search_refresh
from kernel import audit, clock
from kernel.actors import Actor
from kernel.errors import ForbiddenError, RuleError, StaleError
from kernel.models import AuditOperation
from kernel.working_days import add_working_days

MOST_URLS, URL_LIMIT, NAME_LIMIT = 10, 500, 120
QUARANTINE_WORKING_DAYS = 20
STALE = "Somebody else changed this while you were working on it."
_CODES = {
    "platform": Platform,
    "posted_zone": Zone,
    "reach": Reach,
    "threat": Known,
    "removed": Known,
    "known_offline": Known,
    "told_result": PlatformResult,
}
_WORDS = {"platform_other": 60, "audience": 120, "tagged": 200, "told_ref": 60}
_LABELS = {
    "platform_other": "Name of the platform",
    "audience": "How many people",
    "tagged": "Who was tagged",
    "told_ref": "Reference",
}


@dataclass(frozen=True)
class PostData:
    """One post or message. Choices hold their values, empty where nothing is said; `posted_at` is an instant, shown in
    `posted_zone`. `screenshot` is the key of a file of the case. `tagged` None leaves what is there: not shown to the editor.
    """

    platform: str = ""
    platform_other: str = ""
    posted_at: dt.datetime | None = None
    posted_zone: str = Zone.UK.value
    reach: str = ""
    audience: str = ""
    tagged: str | None = ""
    threat: str = ""
    removed: str = ""
    known_offline: str = ""
    told: bool = False
    told_on: dt.date | None = None
    told_ref: str = ""
    told_result: str = ""
    screenshot: uuid.UUID | None = None

    @property
    def says(self) -> bool:
        """Whether it says anything at all."""
        return self != PostData(posted_zone=self.posted_zone)


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


# --- With a report ---------------------------------------------------------------------------------


def online_log(
    *,
    actor: Actor,
    agency_id: int,
    case: Case,
    incident: Incident,
    post: PostData | None,
    account: AccountData | None,
) -> None:
    """Keep what a report says of something online. The service that logs it holds the case and audits the report.

    Raises RuleError with the field.
    """
    if post is not None and post.says:
        row = OnlinePost(incident=incident, case=case, words_by_id=agency_id, **_post_values(post))
        row.updated_at, row.updated_by_id = clock.now(), actor.user_id
        row.save(force_insert=True)
    if account is not None and account.identifies:
        _account_keep(actor, agency_id, case, incident, _account_values(account), uuid.uuid4())


# --- The post --------------------------------------------------------------------------------------


def online_post_save(*, actor: Actor, case: Case, incident: Incident, version: int, data: PostData) -> OnlinePost:
    """Keep what is known of a post, in place of what was: `version` is the one that the page showed, 0 for none.

    Words that another agency wrote are changed by who may know both sides. A file that the actor may not know of stays
    the screenshot. Raises ForbiddenError below contribute, StaleError, RuleError with the field.
    """
    with transaction.atomic():
        held = case_hold(actor, case, Level.CONTRIBUTE)
        row = OnlinePost.objects.visible_to(actor).filter(incident=incident, case=held).first()
        if (row.version if row else 0) != version:
            raise StaleError(STALE, row)
        row = row or OnlinePost(incident=incident, case=held, version=0)
        values = _post_values(data) | {"screenshot_id": _screenshot(actor, held, row, data.screenshot)}
        values |= _words_kept(actor, held, row, incident, data)
        before = {name: str(getattr(row, name) or "") for name in values}
        for name, value in values.items():
            setattr(row, name, value)
        row.version, row.updated_at, row.updated_by_id = version + 1, clock.now(), actor.user_id
        row.save(force_insert=version == 0)
        after = {name: str(getattr(row, name) or "") for name in values}
        changed = {name for name in values if before[name] != after[name]}
        case_touch(held)
        audit.record(
            actor,
            "online.change",
            incident,
            before={name: before[name] for name in changed},
            after={name: after[name] for name in changed},
            detail={"case": held.ref},
            case_id=held.pk,
        )
        return row


def _post_values(data: PostData) -> dict[str, Any]:
    values: dict[str, Any] = {one.name: getattr(data, one.name) for one in fields(data) if one.name != "screenshot"}
    for name, choices in _CODES.items():
        if values[name] and values[name] not in choices.values:
            raise RuleError("Choose from the list.", name)
    for name, limit in _WORDS.items():
        values[name] = text_check(values[name] or "", name=_LABELS[name], field=name, limit=limit, required=False)
    if values["posted_at"] is not None and values["posted_at"] > clock.now() + dt.timedelta(minutes=5):
        raise RuleError("When it was posted must be in the past.", "posted_at")
    if values["told_on"] is not None and values["told_on"] > clock.today():
        raise RuleError("The date of the report to the platform must be today or in the past.", "told_on")
    if values["platform"] != Platform.OTHER:
        values["platform_other"] = ""
    if not values["told"]:
        values |= {"told_on": None, "told_ref": "", "told_result": ""}
    return values


def _words_kept(actor: Actor, case: Case, row: OnlinePost, incident: Incident, data: PostData) -> dict[str, Any]:
    """The words as they are to be: as they stand for who may not change them, with whose they are."""
    stored = {name: getattr(row, name) for name in POST_WORDS}
    mine = agency_acting(actor, case)
    free = not any(stored.values()) or row.words_by_id in actor.agency_ids
    if free or knows_both_sides(in_case(actor, case)):
        words = _post_values(data)
        kept = {name: stored[name] if data.tagged is None and name == "tagged" else words[name] for name in stored}
        return kept | {"words_by_id": row.words_by_id if kept == stored else mine}
    told: Any = post_of(actor, incident)
    unasked = {"told_ref": not data.told, "platform_other": data.platform != Platform.OTHER}
    for name in stored:
        sent = getattr(data, name)
        if sent is not None and not unasked.get(name):
            same = text_kept(sent, stored=stored[name], shown=told[name], name=_LABELS[name], field=name)
            if same != stored[name]:
                raise RuleError("Another agency wrote this. Add a note to the case instead.", name)
    return stored | {"words_by_id": row.words_by_id}


def _screenshot(actor: Actor, case: Case, row: OnlinePost, chosen: uuid.UUID | None) -> int | None:
    files = Evidence.objects.visible_to(in_case(actor, case)).filter(case=case)
    if chosen is not None:
        found = files.filter(uid=chosen).values_list("pk", flat=True).first()
        if found is None:
            raise RuleError("Select a file of this case.", "screenshot")
        return int(found)
    known = row.screenshot_id is None or files.filter(pk=row.screenshot_id).exists()
    return None if known else row.screenshot_id


# --- Accounts --------------------------------------------------------------------------------------


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
        values = _account_values(data)
        if not data.identifies:
            raise RuleError("Enter a user name, a name, an address or a number of the post.", "handle")
        aside = not Classification(held.classification).keeps_names
        if not _account_keep(actor, agency_acting(actor, held), held, incident, values, submission_id):
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
        values = _account_values(data)
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
    """An account that waited in the quarantine, as a row of the case. The service that asks holds the case."""
    told: Mapping[str, Any] = report.subject_as_reported
    values = _account_values(AccountData(**{**told, "urls": tuple(told.get("urls", ()))}))
    row = OnlineAccount(incident_id=report.incident_id, case=case, agency_id=agency_acting(actor, case), **values)
    row.by_id, row.created_at = actor.user_id, clock.now()
    row.save(force_insert=True)
    return row


def accounts_shown(case: Case, groups: frozenset[str]) -> bool:
    """Whether who posted it may be shown in a case to a reader who is shown these groups of fields."""
    return Classification(case.classification).keeps_names and FieldGroup.SUBJECT_IDENTITY in groups


def _account_keep(
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


def _account_values(data: AccountData) -> dict[str, Any]:
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
