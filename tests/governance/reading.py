"""What the tests of reading the audit do: open pages, ask for pages of events, and arrange who may see a case."""

from __future__ import annotations

from typing import Any

from django.db import connection
from django.urls import reverse

from incidents.models import Case, CaseExclusion
from incidents.services.access import access_rebuild
from kernel.models import AuditEvent
from tests.cast import client_of
from tests.incidents.casework import text, victim_of

EVERYBODY_ELSE = "alice asha beth vera sam ines admin ada marcus".split()


def get(name: str, page: str, **query: Any) -> Any:
    return client_of(name).get(f"/governance/{page}", query)


def shown(response: Any) -> str:
    assert response.status_code == 200
    return text(response)


def opened(name: str, *paths: str) -> None:
    client = client_of(name)
    for path in paths:
        assert client.get(path).status_code == 200, path


def case_path(case: Case) -> str:
    return reverse("incidents:case", args=[case.ref])


def excluded(case: Case, **who: Any) -> CaseExclusion:
    """A conflict of interest, past every rule."""
    made = CaseExclusion.objects.create(case=case, reason="a relative", **who)
    access_rebuild([case.pk])
    return made


def tier(case: Case, value: str) -> None:
    Case.objects.unscoped(reason="the test moves the tier").filter(pk=case.pk).update(tier=value)
    access_rebuild([case.pk])


def rows(sql: str) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall()


def staff_rows(name: str, **query: Any) -> list[Any]:
    return get(name, "staff/", **query).context["page"].rows


def told_of(name: str, case: Case) -> int:
    """How many events a supervisor is shown that were made about a case or a person in it."""
    about = AuditEvent.objects.filter(case_id=case.pk) | AuditEvent.objects.filter(subject_id=str(victim_of(case).pk))
    return len({row.id for row in staff_rows(name)} & set(about.values_list("pk", flat=True)))
