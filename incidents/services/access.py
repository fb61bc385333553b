"""Grants and the access derived from them. Whatever changes who may see a case ends in `access_rebuild`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable

from django.contrib.auth.models import Permission
from django.db import connection

from agencies.models import Agency
from incidents.choices import LEVEL_RANK, Level
from incidents.models import Case, CaseGrant
from incidents.rules.sharing import groups_default
from kernel.actors import Actor
from kernel.errors import ForbiddenError


def access_rebuild(case_ids: Iterable[int]) -> None:
    """Derive envelopes, access rows and people's access again from the grants, in this transaction. One query.

    Also called when something that the access rows copy has changed: status, band, district, strands, receipt.
    """
    with connection.cursor() as cursor:
        cursor.execute("select hatecase_access_rebuild(%s)", [list(case_ids)])


def own_refresh(agency_id: int) -> None:
    """Let the cases that only an agency's own people open follow who its points of contact are. One query."""
    with connection.cursor() as cursor:
        cursor.execute("select hatecase_own_refresh(%s)", [agency_id])


def grant_create(
    *,
    case: Case,
    agency: Agency,
    level: str,
    source: str,
    purpose: str = "",
    gateway: str = "",
    starts_at: dt.datetime | None = None,
    until: dt.datetime | None = None,
    source_ref: str = "",
    given_by_id: int | None = None,
    field_groups: Collection[str] | None = None,
    necessity: str = "",
    basis: str = "",
    caldicott_guardian: str = "",
    from_agency_id: int | None = None,
) -> CaseGrant:
    """Give an agency access to a case; the caller audits it and calls `access_rebuild`.

    Without `field_groups` it covers those that the level alone gives (incidents/rules/sharing.py).

    Grants are compared with the database's clock, so a grant without a start begins at the real present.
    """
    grant = CaseGrant(
        content_object=case,
        group_id=agency.group_id,
        permission_id=permission_id(level),
        agency=agency,
        level=level,
        rank=LEVEL_RANK[level],
        source=source,
        source_ref=source_ref,
        purpose=purpose,
        gateway=gateway,
        starts_at=starts_at or database_now(),
        until=until,
        given_by_id=given_by_id,
        field_groups=groups_default(level, agency.side) if field_groups is None else sorted(field_groups),
        necessity=necessity,
        basis=basis,
        caldicott_guardian=caldicott_guardian,
        from_agency_id=from_agency_id,
    )
    grant.save(force_insert=True)
    return grant


def grant_end(grant: CaseGrant) -> None:
    """End a grant now; the caller audits it and calls `access_rebuild`."""
    grant.ended_at = database_now()
    grant.save(update_fields=["ended_at"])


_PERMISSIONS: dict[str, int] = {}


def permission_id(level: str) -> int:
    """The id of a level's permission (`view_case` …). Asked once a process."""
    if level not in _PERMISSIONS:
        found = Permission.objects.get(content_type__app_label="incidents", codename=f"{Level(level).value}_case")
        _PERMISSIONS[level] = found.pk
    return _PERMISSIONS[level]


def database_now() -> dt.datetime:
    """The database's clock, which alone decides about access."""
    with connection.cursor() as cursor:
        cursor.execute("select statement_timestamp()")
        return cursor.fetchone()[0]


def level_of(actor: Actor, case: Case) -> Level | None:
    """The highest level in force that the actor has on a case, by the identity of this transaction. One query."""
    with connection.cursor() as cursor:
        cursor.execute("select hatecase_case_level(%s)", [case.pk])
        rank = cursor.fetchone()[0]
    return Level.from_rank(rank) if rank else None


def require_level(actor: Actor, case: Case, level: Level) -> None:
    """Raise ForbiddenError unless the actor has at least this level on a case that they may see."""
    held = level_of(actor, case)
    if held is None or LEVEL_RANK[held] < LEVEL_RANK[level]:
        raise ForbiddenError(f"Your agency may not do this in {case.ref}. Ask the lead agency for more access.")
