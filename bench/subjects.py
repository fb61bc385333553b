"""Who asks and what for: chosen once in the county as it is, as the owner, and written to a file for the measuring."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.db import connection

from agencies.models import User
from agencies.scoping import actor_for
from agencies.services.token import token_create
from kernel.actors import system_actor

SHARES = (0.001, 0.1, 0.9)
_DECIDES = "{spoc,deputy_spoc,manager}"
_CASEWORK = "{caseworker,triager,spoc,deputy_spoc,manager,support,reporting_centre}"

_OPEN = "c.status in ('open', 'monitoring', 'reopened')"
_MIXED = "order by md5(x.case_ref) limit 60"
_SEES = "from incidents_caseaccess x"
_OF_CASES = f"select x.case_ref {_SEES} join incidents_case c on c.id = x.case_id"
_LETTER = (
    "select uid::text from incidents_lettertemplate where agency_id is null and kind = 'letter' and language = 'en'"
    " order by id limit 1"
)
_THEIRS = f"where x.agency_id = %s and x.level >= 2 {_MIXED}"


def choose(path: Path) -> dict[str, Any]:
    """The agencies nearest to the shares, a caseworker of each, cases to open and words to search for."""
    cases = _one("select count(*) from incidents_case")
    found = {"cases": cases, "askers": [_asker(share, cases) for share in SHARES], "words": _words()}
    found["reader"] = _one(
        "select u.id from agencies_user u join agencies_membership m on m.user_id = u.id"
        " where m.is_active and u.is_active and 'strategic' = any(m.roles) order by u.id limit 1"
    )
    found["chair"] = _one(
        "select u.id from agencies_user u join agencies_membership m on m.user_id = u.id"
        " where m.is_active and u.is_active and 'chair' = any(m.roles) order by u.id limit 1"
    )
    found["most_tasks"] = _one(
        "select assignee_id from incidents_task where closed_at is null and assignee_id is not null"
        " group by 1 order by count(*) desc limit 1"
    )
    path.touch(mode=0o600)
    path.write_text(json.dumps(found, indent=1))
    return found


def _asker(share: float, cases: int) -> dict[str, Any]:
    agency, code, sees = _row(
        "select a.id, a.code, count(*) from incidents_caseaccess x join agencies_agency a on a.id = x.agency_id"
        " where x.level >= 2 group by 1, 2 order by abs(ln(count(*)::float / %s)) limit 1",
        [share * cases],
    )
    user = _one(
        "select m.user_id from agencies_membership m join agencies_user u on u.id = m.user_id"
        " where m.agency_id = %s and m.is_active and u.is_active and m.roles && %s::varchar[]"
        " order by (select count(*) from agencies_membership o where o.user_id = u.id), u.id limit 1",
        [agency, _CASEWORK],
    )
    _, secret = token_create(actor=system_actor("the benchmarks ask the API"), user=User.objects.get(pk=user), days=1)
    return {
        "share": share,
        "agency": code,
        "sees": sees,
        "user": user,
        "token": secret,
        "supervisor": _supervisor(agency),
        "agencies": actor_for(User.objects.get(pk=user)).agency_ids,
        "refs": _column(
            "select case_ref from incidents_caseaccess where agency_id = %s and level >= 2"
            " order by md5(case_ref) limit 60",
            [agency],
        ),
        "letters": _column(
            "select case_ref from incidents_caseaccess where agency_id = %s and level >= 3 order by md5(case_ref) limit 60",
            [agency],
        ),
        "adds": _column(f"{_OF_CASES} where x.agency_id = %s and x.level >= 3 and {_OPEN} {_MIXED}", [agency]),
        "leads": _column(
            f"{_OF_CASES} where x.agency_id = %s and c.lead_agency_id = %s and {_OPEN} {_MIXED}", [agency, agency]
        ),
        "new": _column(
            f"{_OF_CASES} where x.agency_id = %s and c.lead_agency_id = %s and c.status in ('new', 'triage') {_MIXED}",
            [agency, agency],
        ),
        "files": _rows(
            f"select x.case_ref, e.uid::text {_SEES} join incidents_evidence e using (case_id) {_THEIRS}", [agency]
        ),
        "notes": _rows(
            f"select x.case_ref, n.uid::text {_SEES} join incidents_note n using (case_id) {_THEIRS}", [agency]
        ),
        "incidents": _rows(
            f"select x.case_ref, i.ref {_SEES} join incidents_case c on c.id = x.case_id"
            " join incidents_incident i on i.case_id = c.id"
            f" where x.agency_id = %s and c.lead_agency_id = %s and {_OPEN} {_MIXED}",
            [agency, agency],
        ),
        "previews": [[ref, uid, victim] for uid in _column(_LETTER) for ref, victim in _victims(agency)],
        "assessments": _rows(
            f"select x.case_ref, r.uid::text {_SEES} join incidents_riskassessment r using (case_id) {_THEIRS}",
            [agency],
        ),
        "tasks": _rows(
            "select t.ref from incidents_task t where t.agency_id = %s order by md5(t.ref) limit 60", [agency]
        ),
        "victims": [[victim] for _, victim in _victims(agency)],
        "perpetrators": _rows(
            f"select a.ref {_SEES} join incidents_party p using (case_id)"
            f" join perpetrators_allegedperpetrator a on a.id = p.perpetrator_id {_THEIRS}",
            [agency],
        ),
        # Four fifths of the way down the list.
        "deep": _one(
            "select case_ref from incidents_caseaccess where agency_id = %s and level >= 2"
            " order by sort_at desc, case_id desc offset %s limit 1",
            [agency, sees * 4 // 5],
        ),
        "largest": _column(
            "select x.case_ref from incidents_caseaccess x where x.agency_id = %s and x.level >= 2 order by"
            " (select count(*) from incidents_note n where n.case_id = x.case_id)"
            " + (select count(*) from incidents_task t where t.case_id = x.case_id)"
            " + (select count(*) from incidents_contact o where o.case_id = x.case_id)"
            " + 3 * (select count(*) from incidents_incident i where i.case_id = x.case_id) desc limit 3",
            [agency],
        ),
    }


def _victims(agency: int) -> list[list[Any]]:
    """Cases that an agency reads, each with a victim of it."""
    return _rows(
        f"select x.case_ref, v.ref {_SEES} join incidents_party p using (case_id)"
        f" join victims_victim v on v.id = p.victim_id {_THEIRS}",
        [agency],
    )


def _supervisor(agency: int) -> dict[str, int]:
    """Who answers for the agency's people, and whose work of them is the most."""
    user = _one(
        "select m.user_id from agencies_membership m join agencies_user u on u.id = m.user_id"
        " where m.agency_id = %s and m.is_active and u.is_active and m.roles && %s::varchar[] order by u.id limit 1",
        [agency, _DECIDES],
    )
    busiest = _one(
        "select m.user_id from agencies_membership m where m.agency_id = %s and m.is_active order by"
        " (select count(*) from incidents_case c where c.lead_worker_id = m.user_id and c.status <> 'closed') desc limit 1",
        [agency],
    )
    return {"user": user, "busiest": busiest}


def _words() -> dict[str, list[str]]:
    """Words of the texts by how many cases have them, and surnames of victims."""
    frequent = "select word from ts_stat('select body from incidents_casesearch') where length(word) > 3"
    rare = f"{frequent} and ndoc between 2 and 6 and word ~ '^[a-z]+$'"
    names = "select family_name from victims_victim where family_name <> '' group by 1 order by count(*)"
    return {
        "frequent": _column(f"{frequent} order by ndoc desc limit 5"),
        "rare": _column(f"{rare} order by md5(word) limit 5") or _column(f"{frequent} order by ndoc limit 5"),
        "none": ["quetzalcoatlus", "zzyzx"],
        "name": [*_column(f"{names} desc limit 3"), *_column(f"{names} limit 3")],
    }


def _row(sql: str, parameters: list[Any] | None = None) -> tuple[Any, ...]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        found: tuple[Any, ...] = cursor.fetchone()
        return found


def _one(sql: str, parameters: list[Any] | None = None) -> Any:
    return _row(sql, parameters)[0]


def _rows(sql: str, parameters: list[Any]) -> list[list[Any]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return [list(row) for row in cursor.fetchall()]


def _column(sql: str, parameters: list[Any] | None = None) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return [row[0] for row in cursor.fetchall()]
