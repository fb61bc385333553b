"""Somebody who works for agencies of both sides knows in each case whom the agencies may know through which they hold
that very case (docs/permissions.md). Each rule is tried against both walls and on every way out.
"""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection

from agencies.models import Membership
from incidents.choices import Level
from incidents.models import Case, CasePerson, Party
from incidents.scoping import in_case
from incidents.selectors.case_list import CaseCriteria, case_list
from incidents.services.access import access_rebuild, database_now
from incidents.services.contact import ContactData, contact_log
from incidents.services.note import note_add
from incidents.services.risk import risk_draft_save
from incidents.services.task import task_create
from kernel import clock
from kernel.errors import ForbiddenError
from perpetrators.models import AllegedPerpetrator
from perpetrators.services import PerpetratorData
from tests.api.conftest import api_for
from tests.cast import acting, actor_named, agency, cast_get, client_of
from tests.incidents.casework import case_of, give, run_out, text
from victims.models import Victim
from victims.services import VictimData

pytestmark = pytest.mark.django_db
__all__ = ["api_for"]

VICTIM = VictimData(given_name="Farida", family_name="Mirza", phone="07700 900123")
QUILL = PerpetratorData(status="named", given_name="Dean", family_name="Quill")
SIDES = {"victim": "Mirza", "perpetrator": "Quill"}
WALL = "the second wall alone"


@pytest.fixture(autouse=True)
def vera(cast) -> None:
    """Vera works for Voice, and for Probation as well."""
    Membership.objects.create(user=cast["vera"], agency=agency("PROB"), roles=["caseworker"])


def case_for(*codes: str, level: str = Level.CONTRIBUTE) -> Case:
    case = case_of(
        "alice",
        classification="crime_suspected",
        summary="Mirza was followed by Quill",
        victims=[VICTIM],
        perpetrators=[QUILL],
        location="14 Larch Walk",
    )
    for code in codes:
        give(case, code, level)
    return case


def name_into(case: Case) -> None:
    CasePerson(
        case=case,
        user=cast_get()["vera"],
        level="contribute",
        rank=3,
        reason="Knows them",
        starts_at=database_now() - dt.timedelta(hours=1),
    ).save()
    Case.objects.unscoped(reason="there is no page for it here").filter(pk=case.pk).update(tier="restricted")
    access_rebuild([case.pk])


def known(case: Case, name: str = "vera") -> set[str]:
    """The sides that somebody knows in a case, on which both walls and everything behind them must agree."""
    with acting(name) as actor:
        first = {
            "victim": Victim.objects.visible_to(actor).filter(access__case_id=case.pk).exists(),
            "perpetrator": AllegedPerpetrator.objects.visible_to(actor).filter(access__case_id=case.pk).exists(),
        }
        second = {
            "victim": Victim.objects.unscoped(reason=WALL).filter(access__case_id=case.pk).exists(),
            "perpetrator": AllegedPerpetrator.objects.unscoped(reason=WALL).filter(access__case_id=case.pk).exists(),
        }
        parties = set(Party.objects.visible_to(actor).filter(case=case).values_list("role", flat=True))
        behind = set(Party.objects.unscoped(reason=WALL).filter(case=case).values_list("role", flat=True))
        within = in_case(actor, case)
        third = {"victim": within.sees_victims, "perpetrator": within.sees_perpetrators}
    assert first == second == third, (first, second, third)
    assert parties == behind == {{"perpetrator": "alleged_perpetrator"}.get(s, s) for s, yes in first.items() if yes}
    return {side for side, yes in first.items() if yes}


def found(words: str, name: str = "vera") -> set[str]:
    with acting(name) as actor:
        return {case.ref for case in case_list(actor=actor, criteria=CaseCriteria(q=words)).cases}


# --- Both walls ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("codes", "sides"),
    [
        (("VSS",), {"victim"}),
        (("PROB",), {"perpetrator"}),
        (("VSS", "PROB"), {"victim", "perpetrator"}),
        # What an agency of theirs may do elsewhere, or only knows to exist, tells nothing here.
        (("VSS", "YJS"), {"victim"}),
    ],
)
def test_each_case_is_known_through_the_agencies_that_hold_it(codes, sides):
    case_for("VSS", "PROB")
    assert known(case_for(*codes)) == sides


def test_a_signpost_tells_of_nobody():
    case = case_for("VSS")
    give(case, "PROB", Level.SIGNPOST)
    assert known(case) == {"victim"}
    assert found("Quill") == set()


def test_a_grant_past_its_end_takes_its_side_with_it():
    case = case_for("VSS")
    grant = give(case, "PROB", Level.VIEW, until=database_now() + dt.timedelta(hours=1))
    assert known(case) == {"victim", "perpetrator"}
    assert found("Quill") == {case.ref}
    run_out(grant)
    assert known(case) == {"victim"}
    assert (found("Quill"), found("Mirza")) == (set(), {case.ref})
    with acting("vera"), connection.cursor() as cursor:
        cursor.execute("select hatecase_text_shown(%s, 'Mirza and Quill')", [case.pk])
        assert cursor.fetchone()[0] == "Mirza and [not shown]"


def test_a_conflict_of_interest_of_one_agency_hides_the_case_whole():
    case = case_for("VSS", "PROB")
    case.exclusions.create(agency=agency("PROB"), reason="Employs him")
    access_rebuild([case.pk])
    assert known(case) == set()


def test_a_named_person_is_named_with_all_their_agencies(cast):
    case = case_for("VSS")
    name_into(case)
    assert known(case) == {"victim", "perpetrator"}
    assert found("Quill") == found("Mirza") == {case.ref}
    # The agreement of one of them has ended: only the other counts, by both walls.
    prob = agency("PROB")
    prob.isa_expires_on = clock.today_real() - dt.timedelta(days=1)
    prob.save(update_fields=["isa_expires_on"])
    assert known(case) == {"victim"}
    assert (found("Quill"), found("Mirza")) == (set(), {case.ref})


def test_without_a_case_only_what_holds_everywhere_counts(cast):
    actor = actor_named("vera")
    assert (actor.sees_victims, actor.sees_perpetrators) == (False, False)
    assert (actor.sees_some_victims, actor.sees_some_perpetrators) == (True, True)
    alice = actor_named("alice")
    assert in_case(alice, case_for()) is alice, "who has one side asks nothing"


# --- Every way out ---------------------------------------------------------------------------------


@pytest.fixture(params=[("VSS", "victim", "perpetrator"), ("PROB", "perpetrator", "victim")])
def one(request) -> tuple[Case, str, str]:
    """A case that Vera holds through one agency, beside one that she holds through both: the name that she knows in
    the first, and the one that she does not."""
    code, knows, hidden = request.param
    case_for("VSS", "PROB")
    other, writer = {"VSS": ("YJS", "yusuf"), "PROB": ("NREC", "nadia")}[code]
    case = case_for(code, other)
    with acting(writer) as actor:
        note_add(actor=actor, case=case, text="What only that side reads")
        task_create(actor=actor, case=case, title="What only that side does", agency=agency(other))
    with acting("alice") as actor:
        note_add(actor=actor, case=case, text="Mirza spoke of Quill")
    return case, SIDES[knows], SIDES[hidden]


def test_the_page_of_a_case(one):
    case, knows, hidden = one
    page = text(client_of("vera").get(f"/cases/{case.ref}/"))
    assert knows in page
    assert hidden not in page
    assert "What only that side" not in page
    assert "[not shown]" in page
    assert ("14 Larch Walk" in page) is (knows == "Mirza")
    writer = "Youth" if knows == "Mirza" else "Racial Equality"
    assert writer not in page


def test_the_list_and_the_search(one):
    case, knows, hidden = one
    assert case.ref in found(knows)
    assert case.ref not in found(hidden)
    rows = text(client_of("vera").get("/cases/", {"q": case.ref}))
    assert knows in rows
    assert hidden not in rows


def test_the_pages_of_people(one):
    case, knows, _ = one
    client = client_of("vera")
    people = {
        "Mirza": f"/victims/{case.parties.get(role='victim').victim.ref}/",
        "Quill": f"/perpetrators/{case.parties.get(role='alleged_perpetrator').perpetrator.ref}/",
    }
    assert {name: client.get(path).status_code for name, path in people.items()} == {
        name: 200 if name == knows else 404 for name in people
    }


def test_a_person_known_from_one_case_is_not_found_in_another(one, api_for):
    case, _, hidden = one
    other = case_for("VSS", "PROB")
    # The same person, whom she may know in the other case alone.
    role = {"Mirza": "victim", "Quill": "alleged_perpetrator"}[hidden]
    field = {"Mirza": "victim", "Quill": "perpetrator"}[hidden]
    person = getattr(case.parties.get(role=role), field)
    other.parties.create(role=role, incident=other.incidents.get(), **{field: person})
    access_rebuild([other.pk])
    page = text(client_of("vera").get(f"/{field}s/{person.ref}/"))
    assert other.ref in page
    assert case.ref not in page
    answer = api_for("vera").get(f"/api/v1/{field}s/{person.ref}/")
    assert other.ref in answer.content.decode()
    assert case.ref not in answer.content.decode()


def test_the_answer_to_a_machine(one, api_for):
    case, knows, hidden = one
    answer = api_for("vera").get(f"/api/v1/cases/{case.ref}/")
    body = answer.content.decode()
    assert answer.status_code == 200
    assert knows in body
    assert hidden not in body
    assert "What only that side" not in body
    assert {"YJS", "NREC"}.isdisjoint(share["agency"] for share in answer.json()["shares"])


def test_contact_and_risk_are_for_who_knows_the_victim_in_that_case(one):
    case, knows, _ = one
    data = ContactData(at=clock.now() - dt.timedelta(minutes=5), method="phone")
    with acting("vera") as actor:
        if knows == "Mirza":
            contact_log(actor=actor, case=case, data=data)
            risk_draft_save(actor=actor, case=case, answers={"A1": 1})
        else:
            with pytest.raises(ForbiddenError, match="does not make contact"):
                contact_log(actor=actor, case=case, data=data)
            with pytest.raises(ForbiddenError, match="may not know"):
                risk_draft_save(actor=actor, case=case, answers={"A1": 1})
    client = client_of("vera")
    assert client.get(f"/cases/{case.ref}/risk/new/").status_code == (200 if knows == "Mirza" else 403)
    assert client.get(f"/cases/{case.ref}/people/add-victim/").status_code == (200 if knows == "Mirza" else 403)


def test_a_case_held_through_both_is_shown_whole():
    case = case_for("VSS", "PROB")
    page = text(client_of("vera").get(f"/cases/{case.ref}/"))
    assert "Mirza was followed by Quill" in page
    assert "[not shown]" not in page
