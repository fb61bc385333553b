"""Who may see a case: grants, ends, exclusions, named people, RESTRICTED. Each is tried against both walls."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection

from incidents.models import Case, CaseAccess, CaseExclusion, CaseGrant, CasePerson, Note
from incidents.services.access import access_rebuild, database_now, grant_create, grant_end, level_of
from incidents.services.note import note_add
from incidents.services.search import search_refresh
from perpetrators.services import PerpetratorData
from tests.cast import acting, agency
from tests.incidents.casework import run_out
from victims.models import Victim

pytestmark = pytest.mark.django_db


def seen(name: str, case: Case) -> bool:
    """Whether both walls let somebody see a case; they must agree, on its children and its victim too."""
    with acting(name) as actor:
        first = Case.objects.visible_to(actor).filter(pk=case.pk).exists()
        second = Case.objects.unscoped(reason="the second wall alone").filter(pk=case.pk).exists()
        with connection.cursor() as cursor:
            cursor.execute(
                "select count(*) from hatecase_case_page('{}', null, null, 1000) p where p.case_id = %s", [case.pk]
            )
            listed = cursor.fetchone()[0] == 1
        children = Note.objects.unscoped(reason="the second wall alone").filter(case_id=case.pk).exists()
        victim = Victim.objects.unscoped(reason="the second wall alone").filter(access__case_id=case.pk).exists()
        if actor.sees_victims:
            assert victim == first
    assert first == second == listed == children, (first, second, listed, children)
    return first


@pytest.fixture
def case(log_incident):
    incident = log_incident("alice")
    with acting("alice"):
        Note(case=incident.case, text="Called her sister.").save()
    return incident.case


def share(case: Case, code: str, level: str = "view", **terms: object) -> CaseGrant:
    grant = grant_create(case=case, agency=agency(code), level=level, source="share", **terms)
    access_rebuild([case.pk])
    return grant


def test_only_the_lead_agency_sees_a_new_case(case):
    assert seen("alice", case)
    assert seen("asha", case)
    for name in ("bob", "beth", "walt", "charlie", "vera", "nadia", "tom", "edith", "petra"):
        assert not seen(name, case)


def test_roles_without_casework_see_nothing(case):
    for name in ("ada", "sam", "ines", "greta", "admin"):
        assert not seen(name, case)


@pytest.mark.parametrize("level", ["view", "contribute", "manage"])
def test_a_share_opens_the_case(case, level):
    share(case, "NNC", level)
    assert seen("bob", case)
    assert not seen("walt", case)
    with acting("bob") as actor:
        assert level_of(actor, case) == level


def test_a_signpost_opens_nothing_but_the_pointer(case):
    share(case, "NNC", "signpost")
    assert not seen("bob", case)
    with acting("bob") as actor:
        pointer = CaseAccess.objects.visible_to(actor).get()
        assert (pointer.case_ref, pointer.level) == (case.ref, 1)


def test_a_grant_past_its_end_refuses_at_once(case):
    grant = share(case, "NNC", until=database_now() + dt.timedelta(hours=1))
    assert seen("bob", case)
    run_out(grant)
    assert not seen("bob", case)
    assert seen("alice", case)


def test_a_lower_grant_remains_when_the_higher_one_ends(case):
    higher = share(case, "NNC", "contribute", until=database_now() + dt.timedelta(hours=1))
    share(case, "NNC", "view", source_ref="HM-26-AAAAAA")
    run_out(higher)
    assert seen("bob", case)
    with acting("bob") as actor:
        assert level_of(actor, case) == "view"


def test_an_ended_share_refuses(case):
    grant = share(case, "NNC")
    grant_end(grant)
    access_rebuild([case.pk])
    assert not seen("bob", case)


def test_a_share_that_has_not_begun_refuses(case):
    share(case, "NNC", starts_at=database_now() + dt.timedelta(hours=1))
    assert not seen("bob", case)


def test_an_excluded_person_sees_nothing_and_colleagues_do(case):
    from tests.cast import cast_get

    CaseExclusion(case=case, user=cast_get()["alice"], reason="Lives next door").save()
    access_rebuild([case.pk])
    assert not seen("alice", case)
    assert seen("asha", case)


def test_an_excluded_agency_sees_nothing_whatever_it_was_granted(case):
    share(case, "NNC", "manage")
    CaseExclusion(case=case, agency=agency("NNC"), reason="Employs the alleged perpetrator").save()
    access_rebuild([case.pk])
    assert not seen("bob", case)
    with acting("bob") as actor:
        assert not CaseAccess.objects.visible_to(actor).exists()
        assert not CaseGrant.objects.unscoped(reason="the second wall alone").exists()


def test_a_restricted_case_opens_to_named_people_only(case):
    from tests.cast import cast_get

    share(case, "NNC")
    CasePerson(
        case=case, user=cast_get()["amir"], level="manage", rank=4, reason="Leads it", starts_at=database_now()
    ).save()
    Case.objects.unscoped(reason="the tier has no page yet").filter(pk=case.pk).update(tier="restricted")
    access_rebuild([case.pk])
    assert seen("amir", case)
    assert not seen("alice", case)
    assert not seen("bob", case)


def test_programme_providers_never_see_the_victim(case):
    share(case, "PROB")
    assert seen("petra", case)
    with acting("petra") as actor:
        assert not Victim.objects.visible_to(actor).exists()
        assert not Victim.objects.unscoped(reason="the second wall alone").exists()
        assert not Case.objects.visible_to(actor).get(pk=case.pk).parties.filter(victim__isnull=False).exists()


def test_a_hidden_name_never_decides_a_hit(log_incident):
    named = PerpetratorData(given_name="Dean", family_name="Quill")
    case = log_incident("alice", perpetrators=[named]).case
    share(case, "PROB")
    share(case, "VSS")

    def found(name: str, words: str) -> bool:
        with acting(name), connection.cursor() as cursor:
            cursor.execute(
                "select count(*) from hatecase_case_page(jsonb_build_object('q', %s::text), null, null, 25)", [words]
            )
            return cursor.fetchone()[0] == 1

    with acting("alice") as actor:
        note = note_add(actor=actor, case=case, text="Farida Mirza says that he keeps a lurcher.")
        # Past the rule that refuses a name in quarantine.
        case.notes.filter(pk=note.pk).update(text="Farida Mirza says that Dean Quill keeps a lurcher.")
        search_refresh(case)
    assert found("alice", "mirza")
    assert found("vera", "lurcher")
    # Agencies that may not know victims read the notes of their own side alone, and are found nothing by others'.
    assert not found("petra", "lurcher")
    # Written in free text, a name still decides no hit for those who may not know it, nor for anybody in quarantine.
    for name in ("petra", "vera", "alice"):
        assert not found(name, "quill"), name
    assert found("vera", "mirza")
    assert not found("petra", "mirza")
    assert found("petra", "market")
    assert not found("bob", "market")
