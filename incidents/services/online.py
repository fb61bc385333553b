"""What is known of something posted or sent online (docs/domain.md §10.3). Who posted it: `online_account`."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass, fields, replace
from typing import Any

from django.db import transaction

from incidents.choices import Level
from incidents.choices.online import Known, Platform, PlatformResult, Reach, Zone
from incidents.models import Case, Evidence, Incident, OnlinePost
from incidents.scoping import in_case
from incidents.selectors.online import POST_WORDS, post_of
from incidents.selectors.text import knows_both_sides
from incidents.services.common import agency_acting, case_hold, case_touch, text_kept
from incidents.services.online_account import STALE, AccountData, account_keep, account_values
from incidents.services.words import case_words
from kernel import audit, clock
from kernel.actors import Actor
from kernel.errors import RuleError, StaleError

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
_THEIRS = "Another agency wrote this. Add a note to the case instead."


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
        return replace(self, tagged=self.tagged or "") != PostData(posted_zone=self.posted_zone)


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
        row = OnlinePost(incident=incident, case=case, words_by_id=agency_id, **_post_values(actor, case, post))
        row.updated_at, row.updated_by_id = clock.now(), actor.user_id
        row.save(force_insert=True)
    if account is not None and account.identifies:
        account_keep(actor, agency_id, case, incident, account_values(account), uuid.uuid4())


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
        if row is None and not data.says:
            raise RuleError("Enter what is known of the post or message.")
        row = row or OnlinePost(incident=incident, case=held, version=0)
        values = _post_values(actor, held, data) | {"screenshot_id": _screenshot(actor, held, row, data.screenshot)}
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


def _post_values(actor: Actor, case: Case, data: PostData) -> dict[str, Any]:
    values: dict[str, Any] = {one.name: getattr(data, one.name) for one in fields(data) if one.name != "screenshot"}
    for name, choices in _CODES.items():
        if values[name] and values[name] not in choices.values:
            raise RuleError("Choose from the list.", name)
    for name, limit in _WORDS.items():
        values[name] = case_words(
            actor, case, values[name] or "", name=_LABELS[name], field=name, limit=limit, required=False
        )
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
        words = _post_values(actor, case, data)
        kept = {name: stored[name] if data.tagged is None and name == "tagged" else words[name] for name in stored}
        return kept | {"words_by_id": row.words_by_id if kept == stored else mine}
    told: Any = post_of(actor, incident)
    unasked = {
        name: asked
        for name, asked, said in (
            ("told_ref", "told", data.told),
            ("platform_other", "platform", data.platform == Platform.OTHER),
        )
        if not said
    }
    for name in stored:
        if stored[name] and name in unasked:
            # What hangs together goes together: the answer without its words would say something else.
            raise RuleError(_THEIRS, unasked[name])
        sent = getattr(data, name)
        if sent is not None and name not in unasked:
            same = text_kept(sent, stored=stored[name], shown=told[name], name=_LABELS[name], field=name)
            if same != stored[name]:
                raise RuleError(_THEIRS, name)
    return stored | {"words_by_id": row.words_by_id}


def _screenshot(actor: Actor, case: Case, row: OnlinePost, chosen: uuid.UUID | None) -> int | None:
    files = Evidence.objects.visible_to(in_case(actor, case)).filter(case=case)
    known = row.screenshot_id is None or files.filter(pk=row.screenshot_id).exists()
    if chosen is not None and not known:
        # It does not say that there is a file.
        raise RuleError(
            "Your agency does not choose the screenshot of this post. Add a note to the case instead.", "screenshot"
        )
    if chosen is not None:
        found = files.filter(uid=chosen).values_list("pk", flat=True).first()
        if found is None:
            raise RuleError("Select a file of this case.", "screenshot")
        return int(found)
    return None if known else row.screenshot_id
