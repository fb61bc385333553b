"""`./manage.py access_check`: each way in which derived access can disagree with the grants is found."""

from __future__ import annotations

import pytest
from django.core.management import call_command
from django.db import connection

from incidents.models import CaseExclusion
from incidents.selectors.access_check import access_disagreements
from incidents.services.access import access_rebuild, grant_create
from tests.cast import agency

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(log_incident):
    """A case with a victim and an alleged perpetrator, shared with another agency, with a conflict of interest."""
    from perpetrators.services import PerpetratorData

    case = log_incident("alice", perpetrators=[PerpetratorData(description="A man in a red cap")]).case
    grant_create(case=case, agency=agency("NNC"), level="view", source="share")
    CaseExclusion(case=case, agency=agency("RSL1"), reason="Employs a person in the case").save()
    access_rebuild([case.pk])
    # The sweep has a quarter of an hour for what has just begun: these grants are older.
    _sql("update incidents_casegrant set starts_at = starts_at - interval '1 hour'")
    return case


def _sql(statement: str, *values: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def test_what_was_rebuilt_agrees(case, capsys):
    assert access_disagreements() == []
    call_command("access_check")
    assert "agree" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("damage", "found"),
    [
        (
            "delete from incidents_caseaccess where agency_id = (select id from agencies_agency where code = 'NNC')",
            "a grant without its access row",
        ),
        (
            "update incidents_casegrant set ended_at = now() where source = 'share'",
            "an access row without a grant",
        ),
        ("update incidents_caseaccess set level = 3", "an access row with another level or end than its grants"),
        (
            "update incidents_caseaccess set ends_at = now() + interval '1 day'",
            "an access row with another level or end than its grants",
        ),
        ("update incidents_caseaccess set band = 'high'", "an access row that does not copy its case"),
        ("update incidents_case set agency_ids = '{}'", "a case that shuts out an agency or a person with a grant"),
        (
            "update incidents_case set agency_ids = (select array_agg(id) from agencies_agency)",
            "a case that lets in an agency without a grant",
        ),
        ("update incidents_case set user_ids = '{1}'", "a case that lets in a person who is not named"),
        ("update incidents_case set tier = 'restricted'", "a case whose tier and restriction differ"),
        (
            "update incidents_case set excluded_agency_ids = '{}'",
            "a conflict of interest that the case does not carry",
        ),
        ("delete from incidents_caseexclusion", "a conflict of interest without a reason on file"),
        ("delete from victims_victimaccess", "a victim whose access is not the case’s"),
        (
            "update victims_victimaccess set agency_ids = (select array_agg(id) from agencies_agency)",
            "a victim whose access is not the case’s",
        ),
        ("delete from perpetrators_perpetratoraccess", "an alleged perpetrator whose access is not the case’s"),
        ("delete from incidents_party where victim_id is not null", "access to a victim through a case without them"),
        (
            "delete from incidents_party where perpetrator_id is not null",
            "access to an alleged perpetrator through a case without them",
        ),
    ],
)
def test_each_disagreement_is_found_with_its_case(case, damage, found, capsys):
    _sql(damage)
    kinds = {entry.what: entry for entry in access_disagreements()}
    assert found in kinds
    assert kinds[found].count >= 1
    assert kinds[found].refs == (case.ref,)
    with pytest.raises(SystemExit) as left:
        call_command("access_check")
    assert left.value.code == 1
    assert f"{found}: {case.ref}" in capsys.readouterr().err


def test_an_end_that_has_passed_is_no_disagreement(case):
    """Both walls ask the grants then: the row says nothing any more."""
    _sql("update incidents_casegrant set until = now() + interval '1 hour' where source = 'share'")
    access_rebuild([case.pk])
    assert access_disagreements() == []
    _sql("update incidents_casegrant set until = now() - interval '1 minute' where source = 'share'")
    _sql("update incidents_caseaccess set ends_at = now() - interval '1 minute' where ends_at is not null")
    for table in ("incidents_case", "victims_victimaccess", "perpetrators_perpetratoraccess"):
        _sql(f"update {table} set access_ends_at = now() - interval '1 minute' where access_ends_at is not null")
    assert access_disagreements() == []


def test_a_grant_that_has_just_begun_is_the_sweeps(case):
    grant_create(case=case, agency=agency("HLTH"), level="view", source="share")
    assert access_disagreements() == []
