"""Who lives with whom stands where it is a danger, on each side as far as that side may know (docs/domain.md §5.4, §10.4)."""

from __future__ import annotations

import uuid

import pytest
from django.db import connection

from incidents.choices import Level
from incidents.models import Case, PersonTie
from incidents.rules.living import HOME_WARNING
from incidents.scoping import Homes
from incidents.selectors.case_page import case_get
from incidents.selectors.case_print import print_page
from incidents.services.contact import ContactData, contact_log
from incidents.services.household import household_add, household_leave
from incidents.services.involved import InvolvedData, involved_add
from incidents.services.ties import tie_add
from kernel import clock
from kernel.errors import ForbiddenError, RuleError
from perpetrators.services import PerpetratorData
from tests.budget import queries_beyond
from tests.cast import acting, client_of
from tests.incidents.casework import (
    assert_forbidden,
    assert_unknown_is_404,
    audited,
    case_of,
    fresh,
    give,
    give_all,
    reclassify,
    text,
    victim_of,
)

pytestmark = pytest.mark.django_db

SUBJECT = PerpetratorData(status="named", given_name="Kevin", family_name="Brandreth", description="A neighbour")
SAID = "An alleged perpetrator in this case, or somebody of their household, lives at"


@pytest.fixture
def case(cast):
    """Of the police; shared with the council, Voice (victims) and Probation (alleged perpetrators)."""
    case = case_of("alice", classification="crime_suspected", perpetrators=[SUBJECT])
    for code in ("NNC", "VSS", "PROB"):
        give_all(case, code, Level.CONTRIBUTE)
    reclassify(case, "crime_suspected")
    return fresh(case)


def subject_of(case):
    return case.parties.get(perpetrator__isnull=False).perpetrator


def add(case, role, given_name, name="alice"):
    with acting(name) as actor:
        return involved_add(actor=actor, case=case, data=InvolvedData(role=role, given_name=given_name))


def together(case, *people, name="alice", once=None):
    with acting(name) as actor:
        return household_add(actor=actor, case=case, people=[str(p) for p in people], submission_id=once)


def page(case, name="alice", tail=""):
    return text(client_of(name).get(f"/cases/{case.ref}/{tail}"))


def pairs(case, name):
    with acting(name):
        return (
            Case.objects.unscoped(reason="the function alone")
            .filter(pk=case.pk)
            .values_list(Homes("pk"), flat=True)[0]
        )


# --- The warning --------------------------------------------------------------------------------------


def test_the_warning_stands_at_the_top_by_way_of_others_and_tells_one_side_no_more_than_its_own(case):
    child = add(case, "child", "Amina")
    together(case, child.pk, victim_of(case).ref)
    assert SAID not in page(case)
    with acting("alice") as actor:
        tie_add(actor=actor, case=case, kind="lives_with", first=victim_of(case).ref, second=subject_of(case).ref)
    for name in ("alice", "bob", "vera"):
        shown = page(case, name)
        top = shown[: shown.index("Chronology")]
        assert f"Before you contact Farida Mirza {HOME_WARNING}" in top, name
        assert f"Before you contact Amina {HOME_WARNING}" in top, name
    told, theirs = client_of("vera").get(f"/cases/{case.ref}/"), client_of("petra").get(f"/cases/{case.ref}/")
    for word in ("Brandreth", subject_of(case).ref, str(subject_of(case).pk)):
        assert word not in told.content.decode()
    for word in (SAID, "lives with", "Who lives together", "Farida", "Amina", "Larch Walk"):
        assert word not in text(theirs)


def test_the_second_wall_answers_each_side_alone(case):
    together(case, victim_of(case).ref, subject_of(case).ref)
    victim = str(victim_of(case).pk)
    assert sorted(pairs(case, "alice")[0]) == sorted(pairs(case, "vera")[0]) == sorted(["accused", victim])
    assert pairs(case, "petra") == []
    with acting("vera") as actor:
        assert not PersonTie.objects.unscoped(reason="the second wall alone").exists()
        assert not case_get(actor=actor, ref=case.ref).tie_rows


@pytest.mark.parametrize("name", ["walt", "greta", "sam"])
def test_who_may_not_open_the_case_is_told_nothing(case, name):
    together(case, victim_of(case).ref, subject_of(case).ref)
    with acting(name):
        with connection.cursor() as cursor:
            cursor.execute("select hatecase_homes(%s)", [case.pk])
            assert cursor.fetchone()[0] in ("[]", [])


def test_somebody_of_the_alleged_perpetrators_household_counts(case):
    brother = add(case, "subject_household", "Trevor")
    together(case, victim_of(case).ref, brother.pk)
    for name in ("alice", "vera"):
        assert SAID in page(case, name), name
    assert "Trevor" not in page(case, "vera")


def test_the_form_for_a_contact_warns_and_a_letter_asks_why(case):
    together(case, victim_of(case).ref, subject_of(case).ref)
    assert HOME_WARNING in page(case, "vera", "contacts/add/")
    with acting("vera") as actor:
        said = {"at": clock.now(), "method": "letter", "result": "attempt"}
        with pytest.raises(RuleError, match="lives at that address") as refused:
            contact_log(actor=actor, case=case, data=ContactData(**said))
        assert refused.value.field == "emergency_reason"
        contact_log(actor=actor, case=case, data=ContactData(**said, emergency_reason="He is in custody"))
        contact_log(actor=actor, case=case, data=ContactData(at=clock.now(), method="phone"))
        contact_log(actor=actor, case=case, data=ContactData(at=clock.now(), method="letter", direction="inbound"))
    assert case.contacts.count() == 3


def test_who_shares_the_case_is_warned(case):
    assert "make contact safely" not in page(case, "alice", "share/")
    together(case, victim_of(case).ref, subject_of(case).ref)
    shown = page(case, "alice", "share/")
    assert f"Farida Mirza: {HOME_WARNING}" in shown
    assert "Brandreth" not in shown


def test_a_victims_own_page_says_it_to_their_side(case):
    together(case, victim_of(case).ref, subject_of(case).ref)
    for name in ("alice", "vera"):
        shown = text(client_of(name).get(f"/victims/{victim_of(case).ref}/"))
        assert f"{HOME_WARNING} In {case.ref}." in shown, name
        assert "Brandreth" not in shown


def test_paper_says_it(case):
    together(case, victim_of(case).ref, subject_of(case).ref)
    for name, told in (("vera", True), ("petra", False)):
        with acting(name) as actor:
            paper = print_page(actor=actor, case=case_get(actor=actor, ref=case.ref))
        assert any(victim.view.home_warning for victim in paper.victims) is told


def test_the_warning_ends_with_the_tie(case):
    together(case, victim_of(case).ref, subject_of(case).ref)
    with acting("alice") as actor:
        household_leave(actor=actor, case=case, who=subject_of(case).ref)
    shown = page(case)
    assert case.ref in shown
    assert SAID not in shown


# --- Households -------------------------------------------------------------------------------------


def test_people_who_live_together_are_said_at_once_and_shown_as_one_group(case):
    child, gran = add(case, "child", "Amina"), add(case, "household", "Zahra")
    client, once = client_of("alice"), uuid.uuid4()
    path = f"/cases/{case.ref}/households/add/"
    assert "Select everybody who lives at one address" in text(client.get(path))
    assert "Select 2 to 12 people" in text(client.post(path, {"people": [victim_of(case).ref], "submission_id": once}))
    sent = {"people": [victim_of(case).ref, str(child.pk), str(gran.pk)], "submission_id": once}
    for _ in range(2):
        assert client.post(path, sent).status_code == 302
    assert case.ties.count() == 3
    shown = text(client.get(f"/cases/{case.ref}/"))
    assert "Who lives together" in shown
    assert "Lives with Amina (child of a victim’s household) and Zahra" in shown
    assert "This is recorded already" in text(client.post(path, sent | {"submission_id": uuid.uuid4()}))
    assert len(audited("tie.add")) == 3
    leave = f"/cases/{case.ref}/households/{gran.pk}/leave/"
    assert "Zahra" in text(client.get(leave))
    for _ in range(2):
        assert client.post(leave, {"submission_id": uuid.uuid4()}).status_code == 302
    assert case.ties.filter(ended_at=None).count() == 1
    assert "Zahra (member" not in page(case)


def test_one_side_groups_and_ends_its_own_alone(case):
    child, both = add(case, "child", "Amina"), [victim_of(case).ref, subject_of(case).ref]
    together(case, *both, child.pk)
    shown = page(case, "vera")
    assert "Lives with Amina" in shown
    assert "Brandreth" not in shown
    with acting("vera") as actor, pytest.raises(RuleError):
        household_add(actor=actor, case=case, people=both)
    assert client_of("petra").get(f"/cases/{case.ref}/households/{victim_of(case).ref}/leave/").status_code == 404
    choices = text(client_of("petra").get(f"/cases/{case.ref}/households/add/"))
    assert victim_of(case).ref not in choices
    with acting("vera") as actor:
        assert household_leave(actor=actor, case=case, who=victim_of(case).ref) == 1
    # What the other side told of stays, and with it the warning.
    assert case.ties.filter(ended_at=None).count() == 2
    assert SAID in page(case, "vera")


def test_who_only_reads_records_no_household(case, cast):
    give(case, "FIRE", Level.VIEW)
    for tail in ("households/add/", f"households/{victim_of(case).ref}/leave/"):
        assert_forbidden(f"/cases/{case.ref}/{tail}", "frank")
        assert_unknown_is_404(f"/cases/{{ref}}/{tail}", case)
    with acting("frank") as actor, pytest.raises(ForbiddenError):
        household_add(actor=actor, case=case, people=[])


def test_the_page_takes_no_query_more(case):
    together(case, victim_of(case).ref, subject_of(case).ref)
    assert queries_beyond(client_of("alice"), f"/cases/{case.ref}/") <= 15


def test_each_side_reads_in_the_chronology_what_is_said_of_its_own_home(case):
    child = add(case, "child", "Amina")

    def read(name, words):
        return page(case, name).count(words)

    together(case, victim_of(case).ref, str(child.pk))
    added, ended = "A relationship between people of the case was added", "of the case was ended"
    assert [read(name, added) for name in ("alice", "vera", "petra")] == [1, 1, 0]
    # The one tie of its own side stands already; two tell of both.
    together(case, victim_of(case).ref, str(child.pk), subject_of(case).ref)
    assert [read(name, added) for name in ("alice", "vera", "petra")] == [2, 1, 0]
    with acting("alice") as actor:
        assert household_leave(actor=actor, case=case, who=victim_of(case).ref) == 2
        assert household_leave(actor=actor, case=case, who=victim_of(case).ref) == 0
    assert [read(name, ended) for name in ("alice", "vera", "petra")] == [2, 1, 0]
    assert (len(audited("tie.add")), len(audited("tie.end"))) == (3, 2)
