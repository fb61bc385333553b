"""What was posted or sent online, and by which accounts, as one reader may know it (docs/domain.md §1.4, §5.4, §10.3).

Both come with the incidents of a case, so that its page takes no query more. Addresses are words, never links: nobody
opens them by a slip, and no platform learns that somebody here looked.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import F, OuterRef, Subquery
from django.db.models.functions import JSONObject

from incidents.choices import Classification, FieldGroup
from incidents.choices.online import Known, Platform, PlatformResult, PosterPlace, Reach, Zone
from incidents.models import Case, Evidence, Incident, OnlineAccount, OnlinePost
from incidents.selectors.text import text_shown, written_by
from kernel.actors import Actor
from kernel.clock import LONDON
from kernel.when import date_text, time_text
from victims.selectors import Row

POST_WORDS = ("platform_other", "audience", "tagged", "told_ref")
"""What stands in a post in somebody's own words."""
_POST = (
    "platform posted_at posted_zone reach threat removed known_offline told told_on told_result version updated_at"
).split()
_ACCOUNT = "id handle display_name profile_url post_id urls place version".split()
ACCOUNTS_SHOWN = 20


@dataclass(frozen=True)
class AccountView:
    """An account that posted it."""

    uid: str
    handle: str
    display_name: str
    profile_url: str
    post_id: str
    urls: tuple[str, ...]
    place: str

    @property
    def name(self) -> str:
        """What to call it in a list."""
        return self.handle or self.display_name or self.profile_url or self.post_id or "An account"

    @property
    def lines(self) -> list[str]:
        """What is known of it, a line each."""
        told = [
            ("", self.handle),
            ("Shown as", self.display_name),
            ("Profile", self.profile_url),
            ("Number of the post", self.post_id),
            *(("Post", url) for url in self.urls),
            ("Seems to be", str(PosterPlace(self.place).label) if self.place else ""),
        ]
        return [f"{label}: {value}" if label else value for label, value in told if value]


@dataclass(frozen=True)
class Screenshot:
    """The file that is the screenshot, for who may know of it."""

    uid: str
    description: str


@dataclass(frozen=True)
class OnlineView:
    """A post with its accounts: `hidden` says that there are some that the reader may ask for."""

    post: Mapping[str, Any] | None
    accounts: tuple[AccountView, ...]
    hidden: bool
    screenshot: Screenshot | None

    @property
    def rows(self) -> list[Row]:
        """As a page lists it."""
        rows = _post_rows(self.post) if self.post else []
        rows += [("Account that posted it", "\n".join(account.lines)) for account in self.accounts]
        if self.hidden:
            rows.append(("Account that posted it", "Hidden"))
        return rows


NOTHING = OnlineView(None, (), False, None)


def post_array(actor: Actor) -> ArraySubquery:
    """An expression for a query of incidents: what is known of the post, as one row or none."""
    return ArraySubquery(_posts(actor).filter(incident_id=OuterRef("pk")).values("data"))


def _posts(actor: Actor) -> Any:
    own = written_by(actor, "words_by")
    words = {name: text_shown(actor, F("case_id"), F(name), own) for name in POST_WORDS}
    files = Evidence.objects.visible_to(actor).filter(pk=OuterRef("screenshot_id"), case_id=OuterRef("case_id"))
    described = text_shown(actor, F("case_id"), F("description"), written_by(actor, "agency"))
    file = Subquery(files.values(file=JSONObject(uid="uid", description=described)))
    data = JSONObject(**{name: F(name) for name in _POST}, **words, screenshot=file)
    return OnlinePost.objects.visible_to(actor).annotate(data=data)


def account_array(actor: Actor) -> ArraySubquery:
    """An expression for a query of incidents: the accounts that posted it, for who may know alleged perpetrators."""
    rows = OnlineAccount.objects.visible_to(actor).filter(incident_id=OuterRef("pk"))
    data = JSONObject(**{name: name for name in _ACCOUNT})
    return ArraySubquery(rows.order_by("created_at", "pk").values(data=data)[:ACCOUNTS_SHOWN])


def online_view(
    actor: Actor,
    case: Case,
    posts: Iterable[Mapping[str, Any]],
    accounts: Iterable[Mapping[str, Any]],
    shown: frozenset[str],
) -> OnlineView:
    """The rows of both arrays for a reader who is shown these groups of fields. No query."""
    post = next((dict(row) for row in posts), None)
    if post is not None and not actor.sees_victims:
        post["tagged"] = ""
    kept = list(accounts) if Classification(case.classification).keeps_names else []
    told = FieldGroup.SUBJECT_IDENTITY in shown
    file = post.get("screenshot") if post else None
    return OnlineView(
        post,
        tuple(_account(row) for row in kept) if told else (),
        hidden=bool(kept) and not told,
        screenshot=Screenshot(str(file["uid"]), file["description"]) if file else None,
    )


def _account(row: Mapping[str, Any]) -> AccountView:
    words = ("handle", "display_name", "profile_url", "post_id", "place")
    told = {name: row.get(name, "") for name in words}
    return AccountView(str(row.get("id", "")), urls=tuple(row.get("urls") or ()), **told)


def account_waiting(reported: Mapping[str, Any]) -> AccountView:
    """An account as it waits in the quarantine, for who may read it there."""
    return _account(reported)


def incident_online(actor: Actor, case: Case, incident: Incident, shown: frozenset[str]) -> OnlineView:
    """What is known of one incident's post and accounts, for a reader in a case. One query."""
    posts, accounts = (
        Incident.objects.visible_to(actor)
        .filter(pk=incident.pk, case_id=case.pk)
        .annotate(post_rows=post_array(actor), account_rows=account_array(actor))
        .values_list("post_rows", "account_rows")
        .get()
    )
    return online_view(actor, case, posts, accounts, shown)


def post_of(actor: Actor, incident: Incident) -> Mapping[str, Any]:
    """What is known of an incident's post as the actor may read it; raises OnlinePost.DoesNotExist. One query."""
    found: Mapping[str, Any] = _posts(actor).values_list("data", flat=True).get(incident_id=incident.pk)
    return found


def account_get(*, actor: Actor, case: Case, incident: Incident, uid: uuid.UUID) -> OnlineAccount:
    """An account of an incident, for who may know alleged perpetrators. One query. Raises OnlineAccount.DoesNotExist."""
    rows = OnlineAccount.objects.visible_to(actor)
    found: OnlineAccount = rows.get(pk=uid, case_id=case.pk, incident_id=incident.pk)
    return found


def screenshots(actor: Actor, case: Case) -> list[tuple[str, str]]:
    """The files of a case that may be the screenshot, as choices. One query."""
    described = text_shown(actor, F("case_id"), F("description"), written_by(actor, "agency"))
    rows = Evidence.objects.visible_to(actor).filter(case_id=case.pk, withdrawn_at=None).annotate(words=described)
    return [(str(row.uid), f"{date_text(row.added_at)}: {row.words}"[:90]) for row in rows.order_by("-added_at")[:50]]


# --- In words --------------------------------------------------------------------------------------


def _post_rows(post: Mapping[str, Any]) -> list[Row]:
    told = [
        ("Platform", platform_text(post)),
        ("Posted", posted_text(post["posted_at"], post["posted_zone"])),
        ("Who could see it", ", ".join(filter(None, (_word(Reach, post["reach"]), post["audience"])))),
        ("Who was tagged", post["tagged"]),
        ("A threat", _word(Known, post["threat"])),
        ("Known to the victim offline", _word(Known, post["known_offline"])),
        ("Reported to the platform", _report(post)),
        ("Taken down", _word(Known, post["removed"])),
        ("Screenshot", post["screenshot"]["description"] if post["screenshot"] else ""),
    ]
    return [entry for entry in told if entry[1]]


def platform_text(post: Mapping[str, Any]) -> str:
    """What the platform is called: by its own name where it is none of the list."""
    other = post["platform_other"] if post["platform"] == Platform.OTHER else ""
    return str(other or _word(Platform, post["platform"]))


def _report(post: Mapping[str, Any]) -> str:
    if not post["told"]:
        return ""
    on = dt.date.fromisoformat(post["told_on"]) if post["told_on"] else None
    reference = f"reference {post['told_ref']}" if post["told_ref"] else ""
    return ". ".join(filter(None, (date_text(on) or "Yes", reference, _word(PlatformResult, post["told_result"]))))


def posted_text(moment: str | dt.datetime | None, zone: str) -> str:
    """When it was posted, as the platform showed it, and in UK time where that is another."""
    if not moment:
        return ""
    instant = dt.datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    there, here = instant.astimezone(ZoneInfo(zone)), instant.astimezone(LONDON)
    shown = f"{date_text(there.date())} at {time_text(there.time())} {Zone(zone).label}"
    if there.utcoffset() == here.utcoffset():
        return shown
    return f"{shown} ({date_text(here.date())} at {time_text(here.time())} {Zone.UK.label})"


def _word(choices: Any, value: str) -> str:
    return str(choices(value).label) if value in choices.values else ""
