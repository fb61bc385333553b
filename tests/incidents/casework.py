"""Builders for the tests of casework: a case, who it is shared with, and what every page of it has in common."""

from __future__ import annotations

import datetime as dt
import re
import time
from typing import Any

from agencies.models import User
from incidents.choices import LEVEL_RANK, FieldGroup, Level
from incidents.data import tool_load
from incidents.models import Case, CaseGrant, CasePerson
from incidents.services.access import access_rebuild, database_now, grant_create
from incidents.services.case import case_triage
from incidents.services.fields import group_reveal
from kernel import clock
from kernel.models import AuditEvent
from tests.cast import acting, agency, cast_get, client_of, log_incident_as
from victims.models import Victim

ABSENT = "HC-26-ZZZZZZ"
NEVER_REFS = (ABSENT, "HC-26-7KQ4M", "nonsense", "HC-26-%00AAAAA", "HI-26-7KQ4M2")
"""References that lead nowhere: absent, too short, no reference, with a NUL byte, of another kind."""


def case_of(name: str = "alice", **overrides: Any) -> Case:
    """A case that one of the cast logged."""
    return fresh(log_incident_as(name, **overrides).case)


def fresh(case: Case) -> Case:
    """The row as it stands now, whoever may see it."""
    rows = Case.objects.unscoped(reason="the test looks at the row")
    return rows.select_related("lead_agency", "lead_worker").get(pk=case.pk)


def give(case: Case, code: str, level: Level | str, **terms: Any) -> CaseGrant:
    """Give an agency access, past every rule."""
    grant = grant_create(case=case, agency=agency(code), level=level, source=CaseGrant.Source.SHARE, **terms)
    access_rebuild([case.pk])
    return grant


def give_all(case: Case, code: str, level: Level | str) -> CaseGrant:
    """The same, where the share covers every group of fields: what is shown is then for the other rules to say."""
    return give(case, code, level, field_groups=FieldGroup.values)


def run_out(grant: CaseGrant) -> None:
    """The end of a grant comes by itself, and no job runs: a moment is set and waited for by the database's own clock.

    Set only now, so that nothing a test has looked at before had to be quick.
    """
    until = database_now() + dt.timedelta(seconds=1)
    CaseGrant.objects.unscoped(reason="the test moves the end").filter(pk=grant.pk).update(until=until)
    access_rebuild([grant.content_object_id])
    while database_now() <= until:
        time.sleep(0.05)


def reclassify(case: Case, classification: str, name: str = "alice") -> Case:
    """Another classification, by the real service."""
    now = fresh(case)
    with acting(name) as actor:
        return case_triage(
            actor=actor,
            case=now,
            version=now.version,
            priority=now.priority,
            classification=classification,
            lead_worker=cast_get()[name],
            reason="Looked at again",
        )


def name_person(case: Case, user: User, level: Level | str) -> None:
    """Name a person on a case, past every rule."""
    CasePerson(
        case=case,
        user=user,
        level=level,
        rank=LEVEL_RANK[level],
        reason="The test names them",
        starts_at=database_now(),
    ).save()
    access_rebuild([case.pk])


def victim_of(case: Case) -> Victim:
    """The first victim of a case."""
    party = case.parties.filter(victim__isnull=False).order_by("created_at").first()
    assert party is not None
    return party.victim


def victim_set(case: Case, **values: Any) -> Victim:
    """Change the first victim's record, past every rule."""
    victim = victim_of(case)
    Victim.objects.unscoped(reason="the test arranges the record").filter(pk=victim.pk).update(**values)
    return victim_of(case)


def clock_of(case: Case, kind: str) -> Any:
    """A case's clock of one kind."""
    return case.clocks.get(kind=kind)


def audited(action: str, **facts: Any) -> list[AuditEvent]:
    """The audit events of an action, oldest first."""
    return list(AuditEvent.objects.filter(action=action, **facts).order_by("pk"))


def text(response: Any) -> str:
    """The page in words, white space made single; a reference that is kept on one line is part of its sentence."""
    html = re.sub(r'<span class="hc-nowrap">([^<]*)</span>', r"\1", response.content.decode())
    html = re.sub(r"<(script|style).*?</\1>", " ", html, flags=re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html)).replace("&#x27;", "'").replace("&amp;", "&")


def moment_parts(name: str, at: dt.datetime | None = None) -> dict[str, str]:
    """A moment as the four inputs of a date and time send it."""
    local = (at or clock.now()).astimezone(clock.LONDON)
    return {**day_parts(name, local.date()), f"{name}_time": f"{local:%H:%M}"}


def day_parts(name: str, day: dt.date) -> dict[str, str]:
    """A day as the three inputs of a date send it."""
    return {f"{name}_day": str(day.day), f"{name}_month": str(day.month), f"{name}_year": str(day.year)}


def answers(**given: Any) -> dict[str, Any]:
    """A full set of HIRA-1 answers: zero but for those given."""
    return {item["id"]: given.get(item["id"], 0) for item in tool_load()["items"]}


SAFE = {"S1": False, "S2": False, "S3": False}


# --- What every page of a case has in common ------------------------------------------------------


def assert_unknown_is_404(path: str, out_of_scope: Case, name: str = "walt") -> None:
    """Out of scope and absent give the same 404 to the byte; nonsense references give it too.

    `path` holds `{ref}`. `name` may not see the case.
    """
    client = client_of(name)
    hidden = client.get(path.format(ref=out_of_scope.ref))
    absent = client.get(path.format(ref=ABSENT))
    assert hidden.status_code == absent.status_code == 404
    assert hidden.content == absent.content
    for ref in NEVER_REFS:
        assert client.get(path.format(ref=ref)).status_code == 404, ref


def assert_forbidden(path: str, name: str, **data: Any) -> None:
    """Somebody who may see the record may neither open nor send the page."""
    client = client_of(name)
    assert client.get(path).status_code == 403
    assert client.post(path, data).status_code == 403


def assert_methods(path: str, name: str, *refused: str) -> None:
    """The methods that a page does not take are 405."""
    client = client_of(name)
    for method in refused or ("put", "patch", "delete"):
        assert getattr(client, method)(path).status_code == 405, method


# --- Groups of fields -----------------------------------------------------------------------------


def reveal(case: Case, name: str, *groups: str, reason: str = "To check the record") -> None:
    """Open groups of fields in a case to one of the cast, through the real service."""
    with acting(name) as actor:
        for group in groups:
            group_reveal(actor=actor, case=case, group=FieldGroup(group), reason=reason)
