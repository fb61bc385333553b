"""The names of a case's people as one writer may know them: those that wait in its quarantine, and those on record.

Rules: docs/domain.md §1.4, §5.4.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from django.db import connection

from incidents.choices import Classification, FieldGroup
from incidents.models import Case, Incident, InvolvedPerson, Party, SubjectReport
from incidents.rules.names import Naming, person_naming, reported_naming
from incidents.scoping import in_case, is_triager
from incidents.selectors.fields import field_access
from incidents.selectors.involved import person_hidden
from kernel.actors import Actor
from perpetrators.choices import PerpetratorStatus


def names_put_aside(actor: Actor, case: Case) -> Naming:
    """What waits in a case's quarantine, as far as the actor may know it: everything for who may read it there, for
    anybody else what they told themself. One query, or two for who may read a quarantine in which nothing waits.
    """
    return sum(map(reported_naming, _waiting(actor, case)), Naming())


def _waiting(actor: Actor, case: Case) -> Iterable[dict[str, Any]]:
    if is_triager(actor, case.lead_agency_id):
        rows = SubjectReport.objects.visible_to(actor).filter(case_id=case.pk)
        if found := list(rows.values_list("subject_as_reported", flat=True)):
            return found
    with connection.cursor() as cursor:
        cursor.execute("select hatecase_put_aside_by_me(%s)", [case.pk])
        return [json.loads(told) for (told,) in cursor.fetchall()]


def names_of_others(actor: Actor, case: Case) -> Naming:
    """The names of a case's victims and further people whom the actor may know. Two queries."""
    shown = field_access(actor, case).shown
    return _victims(actor, case) + _further(actor, case, shown)


def names_on_record(actor: Actor, case: Case) -> Naming:
    """The names of everybody of a case whom the actor is shown at this moment: both sides, further people, and a
    reporter. Never one that they are not shown. For a case from `case_get` up to five queries.
    """
    knows = in_case(actor, case)
    shown = field_access(knows, case).shown
    found = _victims(knows, case) + _further(knows, case, shown)
    if FieldGroup.SUBJECT_IDENTITY in shown and Classification(case.classification).keeps_names:
        kept = Party.objects.visible_to(knows).filter(case_id=case.pk, perpetrator__status=PerpetratorStatus.NAMED)
        people = kept.values_list("perpetrator__given_name", "perpetrator__family_name").distinct()
        found = sum((person_naming(*one) for one in people), found)
    if FieldGroup.REPORTER_IDENTITY in shown:
        told = Incident.objects.visible_to(knows).filter(case_id=case.pk).exclude(reporter_name="")
        found += Naming(tuple(told.values_list("reporter_name", flat=True)))
    return found


def _victims(actor: Actor, case: Case) -> Naming:
    parties = Party.objects.visible_to(actor).filter(case_id=case.pk, victim__isnull=False)
    rows = parties.values_list("victim__given_name", "victim__family_name", "victim__organisation").distinct()
    # An organisation's name is made of ordinary words: it counts as a whole.
    return sum((person_naming(given, family) + Naming(marks=(body,)) for given, family, body in rows), Naming())


def _further(actor: Actor, case: Case, shown: frozenset[FieldGroup]) -> Naming:
    people = InvolvedPerson.objects.visible_to(actor).filter(case_id=case.pk, ended_at=None)
    rows = people.values_list("role", "given_name", "family_name")
    told = (person_naming(given, family) for role, given, family in rows if not person_hidden(case, role, shown))
    return sum(told, Naming())
