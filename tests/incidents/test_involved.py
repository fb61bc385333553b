"""Further people of a case and how its people stand to one another: who may know them, and the pages (§5.4, §12)."""

from __future__ import annotations

import datetime as dt
import uuid
from importlib import import_module
from itertools import product

import pytest
from django.db import connection

from agencies.choices import Side
from incidents.choices import Level
from incidents.choices.involved import InvolvedRole, TieKind
from incidents.models import InvolvedPerson, PersonTie
from incidents.services.involved import InvolvedData, involved_add, involved_change, involved_end
from incidents.services.note import note_add
from incidents.services.task import task_create
from incidents.services.ties import tie_add, tie_end
from kernel import clock
from kernel.errors import ForbiddenError, RuleError, StaleError
from perpetrators.services import PerpetratorData
from tests.budget import queries_beyond
from tests.cast import acting, agency, client_of, log_incident_as
from tests.incidents.casework import (
    assert_forbidden,
    assert_unknown_is_404,
    audited,
    case_of,
    fresh,
    give,
    give_all,
    reclassify,
    reveal,
    text,
    victim_of,
)
from victims.services import VictimData

pytestmark = pytest.mark.django_db

SUBJECT = PerpetratorData(status="named", given_name="Kevin", family_name="Brandreth", description="A neighbour")

REACH = {"contact": "07700 900456", "address": "9 Oak Street, Kettering"}


@pytest.fixture
def case(cast):
    """Of the police; a suspected crime, with a named alleged perpetrator; shared with both sides."""
    case = case_of("alice", classification="crime_suspected", perpetrators=[SUBJECT])
    for code in ("NNC", "VSS", "PROB"):
        give_all(case, code, Level.CONTRIBUTE)
    reclassify(case, "crime_suspected")
    return fresh(case)


def add(case, name: str = "alice", role: str = "witness", once=None, **values):
    values.setdefault("given_name", "Odette")
    values.setdefault("family_name", "Quillfeather")
    with acting(name) as actor:
        return involved_add(actor=actor, case=case, data=InvolvedData(role=role, **values), submission_id=once)


def change(case, person, name: str = "alice", **values):
    values = {"given_name": "Odette", "family_name": "Quillfeather"} | values
    with acting(name) as actor:
        data = InvolvedData(**values)
        return involved_change(actor=actor, case=case, uid=person.pk, version=person.version, data=data)


def tie(case, kind: str, first, second, name: str = "alice", once=None):
    with acting(name) as actor:
        return tie_add(actor=actor, case=case, kind=kind, first=str(first), second=str(second), submission_id=once)


def subject_of(case):
    return case.parties.get(perpetrator__isnull=False).perpetrator


def page(case, name: str = "alice") -> str:
    return text(client_of(name).get(f"/cases/{case.ref}/"))


# --- Who may know them --------------------------------------------------------------------------------

VICTIMS_SIDE = [role.value for role in InvolvedRole if role.side.value == "victim"]
SUBJECTS_SIDE = ["subject_guardian", "subject_household"]


def known(case, name: str, person) -> bool:
    """Whether both walls let somebody know of a person; they must agree."""
    with acting(name) as actor:
        first = InvolvedPerson.objects.visible_to(actor).filter(pk=person.pk).exists()
        second = InvolvedPerson.objects.unscoped(reason="the second wall alone").filter(pk=person.pk).exists()
    assert first == second
    return first


@pytest.mark.parametrize(
    ("role", "told"),
    [
        *((role, {"alice", "bob", "vera"}) for role in VICTIMS_SIDE),
        *((role, {"alice", "bob", "petra"}) for role in SUBJECTS_SIDE),
        ("professional", {"alice", "bob", "vera", "petra"}),
    ],
)
def test_a_person_is_known_to_their_side_alone(case, role, told):
    person = add(case, role=role)
    asked = ("alice", "bob", "vera", "petra", "walt", "greta")
    assert {name for name in asked if known(case, name, person)} == told
    for name in ("alice", "bob", "vera", "petra"):
        assert (str(person.pk) in client_of(name).get(f"/cases/{case.ref}/").content.decode()) is (name in told)
        for tail in ("edit", "end"):
            answer = client_of(name).get(f"/cases/{case.ref}/involved/{person.pk}/{tail}/")
            assert (answer.status_code == 404) is (name not in told), (name, tail)


def test_a_witness_is_in_no_text_of_the_other_side(case):
    add(case)
    with acting("petra") as actor:
        note_add(actor=actor, case=case, text="His mother rang.")
    with acting("alice") as actor:
        task_create(actor=actor, case=case, title="Ask what Odette Quillfeather saw", agency=agency("PROB"))
    assert "Odette Quillfeather" in page(case)
    theirs = page(case, "petra")
    assert "Ask what [not shown] [not shown] saw" in theirs
    assert "Quillfeather" not in theirs
    assert "Odette" not in theirs


def test_a_search_by_a_witness_is_no_hit_for_the_other_side(case):
    with acting("alice") as actor:
        note_add(actor=actor, case=case, text="Quillfeather saw it from the bus.")
    add(case)
    for name in ("petra", "vera"):
        found = client_of(name).get("/cases/", {"q": "Quillfeather"})
        assert case.ref not in text(found), name


@pytest.mark.parametrize(
    ("name", "role"), [("petra", "witness"), ("vera", "subject_household"), ("vera", "subject_guardian")]
)
def test_nobody_adds_a_person_whom_they_may_not_know(case, name, role):
    with pytest.raises(ForbiddenError):
        add(case, name, role)
    shown = text(client_of(name).get(f"/cases/{case.ref}/involved/add/"))
    assert str(InvolvedRole(role).label) not in shown


def test_who_only_reads_adds_nobody(case, cast):
    give(case, "FIRE", Level.VIEW)
    for tail in ("involved/add", "relationships/add"):
        assert_forbidden(f"/cases/{case.ref}/{tail}/", "frank")
        assert_unknown_is_404(f"/cases/{{ref}}/{tail}/", case)


# --- Groups of fields ---------------------------------------------------------------------------------


def test_how_to_reach_a_witness_is_for_who_is_shown_contact_details(case):
    add(case, contact="07700 900456")
    assert "07700 900456" in page(case)
    assert "07700 900456" not in page(case, "bob")
    reveal(case, "bob", "victim_contact")
    assert "07700 900456" in page(case, "bob")


def test_a_reporter_is_protected_as_a_source(case):
    person = add(case, role="reporter", contact="07700 900456", notes="Her cousin")
    for name in ("bob", "vera"):
        shown = page(case, name)
        assert "Name hidden" in shown
        for word in ("Quillfeather", "07700 900456", "Her cousin"):
            assert word not in shown
        assert client_of(name).get(f"/cases/{case.ref}/involved/{person.pk}/edit/").status_code == 403
    reveal(case, "alice", "reporter_identity")
    assert "Odette Quillfeather" in page(case)


def test_whoever_lives_with_the_alleged_perpetrator_is_hidden_as_they_are(case):
    add(case, role="subject_household")
    assert "Quillfeather" in page(case)
    assert "Quillfeather" not in page(case, "bob")
    reveal(case, "bob", "subject_identity")
    assert "Quillfeather" in page(case, "bob")
    reclassify(case, "hate_incident")
    assert "Quillfeather" not in page(case)


def test_where_no_name_is_kept_none_of_the_household_is(cast):
    case = case_of("alice")
    with pytest.raises(RuleError) as error:
        add(case, role="subject_household")
    assert error.value.field == "given_name"
    add(case, role="subject_household", given_name="", family_name="", notes="An older brother")


def test_an_edit_without_contact_details_keeps_them(case):
    person = add(case, contact="07700 900456")
    client, path = client_of("bob"), f"/cases/{case.ref}/involved/{person.pk}/edit/"
    assert "How to reach them" not in text(client.get(path))
    data = {"role": "witness", "given_name": "Odile", "version": 1, "submission_id": uuid.uuid4()}
    assert client.post(path, data).status_code == 302
    person.refresh_from_db()
    assert (person.given_name, person.contact, person.version) == ("Odile", "07700 900456", 2)


@pytest.mark.parametrize("name", ["alice", "bob"])
def test_no_way_to_reach_somebody_goes_over_to_another_side(case, name):
    """Alice is shown how to reach a victim's side, and every role; Bob knows both sides, and is shown neither."""
    everything = name == "alice"
    if everything:
        reveal(case, name, "reporter_identity")
    olds = InvolvedRole if everything else (InvolvedRole.GUARDIAN, InvolvedRole.HOUSEHOLD, InvolvedRole.PROFESSIONAL)
    person = add(case)
    row = InvolvedPerson.objects.unscoped(reason="the test moves on from each role").filter(pk=person.pk)
    nothing = {"contact": "", "address": ""}
    with acting(name) as actor:
        for old, new in product(olds, InvolvedRole):
            row.update(role=old, side=old.side, version=1, **REACH)
            stays, shown = old.side in (new.side, Side.BOTH), everything or old.side is not Side.VICTIM
            # As the page sends it with nothing changed but the role; then without the ways to reach them.
            refusals = []
            for sent in (REACH if shown else {"contact": None, "address": None}, nothing):
                try:
                    data = InvolvedData(role=new, given_name="Odette", **sent)
                    involved_change(actor=actor, case=case, uid=person.pk, version=1, data=data)
                except RuleError as refused:
                    refusals.append(refused.field)
                    continue
                break
            after = row.values("role", "contact", "address").get()
            assert refusals == ([] if stays else ["contact"] if shown else ["role", "role"]), (old, new)
            moved = {"role": new} | (REACH if stays else nothing)
            assert after == (moved if stays or shown else {"role": old} | REACH), (old, new)


def test_a_work_number_is_entered_anew_where_other_agencies_are_told(case):
    person = add(case, role="guardian", **REACH)
    change(case, person, role="professional", contact="01632 960111", address="")
    person.refresh_from_db()
    assert (person.contact, person.address) == ("01632 960111", "")
    shown = page(case, "petra")
    assert "01632 960111" in shown
    assert "Oak Street" not in shown


def test_a_role_of_another_side_is_chosen_by_who_knows_both(case):
    worker = add(case, role="professional", **REACH)
    witness = add(case)
    for name, person, role in (("vera", worker, "witness"), ("vera", witness, "professional")):
        with pytest.raises(RuleError, match="people of both sides") as refused:
            change(case, person, name, role=role, contact="", address="")
        assert refused.value.field == "role"
    path = f"/cases/{case.ref}/involved/{witness.pk}/edit/"
    sent = {"role": "professional", "given_name": "Odette", "version": 1, "submission_id": uuid.uuid4()}
    assert "is not shown to you, so you cannot choose a role" in text(client_of("bob").post(path, sent))


def test_what_is_said_of_somebody_goes_over_with_them(case):
    person, other = add(case, role="professional"), add(case, role="professional")
    tie(case, "friend", person.pk, other.pk)
    tie(case, "supports", person.pk, victim_of(case).ref)

    def told(name):
        with acting(name) as actor:
            return {row.kind for row in PersonTie.objects.visible_to(actor).filter(case=case)}

    assert (told("vera"), told("petra")) == ({"friend", "supports"}, {"friend"})
    change(case, person, role="subject_household")
    assert (told("alice"), told("vera"), told("petra")) == ({"friend", "supports"}, set(), {"friend"})
    person.refresh_from_db()
    change(case, person, role="witness")
    assert (told("vera"), told("petra")) == ({"friend", "supports"}, set())
    # What was said before sides went over is put right once.
    PersonTie.objects.unscoped(reason="as it was kept").update(needs_victim=False, needs_perpetrator=True)
    with connection.cursor() as cursor:
        cursor.execute(import_module("incidents.migrations.0121_tie_sides").MOVED)
    assert (told("vera"), told("petra")) == ({"friend", "supports"}, set())


# --- Adding, changing, ending -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"role": "suspect"}, "role"),
        ({"given_name": "", "family_name": ""}, "given_name"),
        ({"given_name": "x" * 81}, "given_name"),
        ({"contact": "x" * 301}, "contact"),
        ({"notes": "x" * 2001}, "notes"),
        ({"date_of_birth": dt.date(2999, 1, 1)}, "date_of_birth"),
        ({"family_name": "Quill\u202efeather"}, "family_name"),
    ],
)
def test_what_cannot_be_kept_is_said_beside_its_field(case, values, field):
    with pytest.raises(RuleError) as error:
        add(case, **values)
    assert error.value.field == field
    assert not case.involved.exists()


def test_a_person_is_added_changed_and_ended_by_pages(case):
    client, base = client_of("alice"), f"/cases/{case.ref}/involved/"
    data = {"role": "child", "given_name": "Amina", "submission_id": uuid.uuid4(), "notes": "At the primary school"}
    for _ in range(2):
        assert client.post(f"{base}add/", data).status_code == 302
    [person] = case.involved.all()
    shown = text(client.get(f"/cases/{case.ref}/"))
    assert "Amina" in shown
    assert "think of safeguarding" in shown
    assert "Added by Northamptonshire Police" in shown
    stale = client.post(f"{base}{person.pk}/edit/", data | {"version": 7})
    assert stale.status_code == 409
    client.post(f"{base}{person.pk}/edit/", data | {"version": 1, "given_name": "Aminah"})
    assert "Aminah" in text(client.get(f"/cases/{case.ref}/"))
    for _ in range(2):
        client.post(f"{base}{person.pk}/end/", {"submission_id": uuid.uuid4()})
    assert "Aminah" not in text(client.get(f"/cases/{case.ref}/"))
    person.refresh_from_db()
    assert person.ended_at is not None
    assert client.get(f"{base}{person.pk}/edit/").status_code == 404
    assert [event.action for event in audited("involved.add") + audited("involved.end")] == [
        "involved.add",
        "involved.end",
    ]


def test_who_saved_first_wins(case):
    person = add(case)
    with acting("alice") as actor, pytest.raises(StaleError):
        involved_change(
            actor=actor, case=case, uid=person.pk, version=2, data=InvolvedData(role="witness", given_name="X")
        )


def test_a_person_of_another_case_is_not_there(case):
    other = case_of("alice")
    person = add(other)
    client = client_of("alice")
    there = client.get(f"/cases/{case.ref}/involved/{person.pk}/edit/")
    absent = client.get(f"/cases/{case.ref}/involved/{uuid.uuid4()}/edit/")
    assert (there.status_code, there.content) == (404, absent.content)


# --- Relationships ------------------------------------------------------------------------------------


def test_a_relationship_reads_in_both_directions(case):
    child = add(case, role="child", given_name="Amina", family_name="")
    tie(case, "parent", victim_of(case).ref, child.pk)
    shown = page(case)
    assert "Parent of Amina (child of a victim’s household)" in shown
    assert f"Child of Farida Mirza ({victim_of(case).ref})" in shown
    assert {kind.backwards for kind in TieKind} >= {"child of", "cared for by", "lives with"}


def test_living_with_the_alleged_perpetrator_warns_who_may_see_both_and_tells_nobody_else(case):
    row = tie(case, "lives_with", victim_of(case).ref, subject_of(case).ref)
    assert "Lives with the alleged perpetrator: Kevin Brandreth" in page(case)
    assert "Lives with the alleged perpetrator" in page(case, "bob")
    assert "Brandreth" not in page(case, "bob")
    assert "lives at the same address" in page(case, "vera")
    assert "lives at the same address" not in page(case, "petra")
    for name in ("vera", "petra"):
        assert "ives with" not in page(case, name)
        assert str(row.pk) not in client_of(name).get(f"/cases/{case.ref}/").content.decode()
        assert client_of(name).get(f"/cases/{case.ref}/relationships/{row.pk}/end/").status_code == 404
        with acting(name) as actor:
            assert not PersonTie.objects.visible_to(actor).exists()
            assert not PersonTie.objects.unscoped(reason="the second wall alone").exists()
    with acting("alice") as actor:
        assert PersonTie.objects.visible_to(actor).count() == 1


def test_one_side_reads_what_is_of_its_side(case):
    witness = add(case)
    tie(case, "neighbour", witness.pk, victim_of(case).ref)
    assert "Neighbour of Farida Mirza" in page(case, "vera")
    assert "eighbour of" not in page(case, "petra").replace("A neighbour", "")


def test_one_side_ties_nobody_of_the_other(case):
    with pytest.raises(RuleError) as error:
        tie(case, "lives_with", victim_of(case).ref, subject_of(case).ref, "vera")
    assert error.value.field == "second"
    choices = text(client_of("vera").get(f"/cases/{case.ref}/relationships/add/"))
    assert subject_of(case).ref not in choices
    assert victim_of(case).ref in choices


@pytest.mark.parametrize(
    ("kind", "second", "field"),
    [("married_to", None, "kind"), ("parent", "same", "second"), ("parent", "HV-26-ZZZZZZ", "second")],
)
def test_a_relationship_is_of_the_list_and_between_two_people_of_the_case(case, kind, second, field):
    first = victim_of(case).ref
    other = {"same": first, None: subject_of(case).ref}.get(second, second)
    with pytest.raises(RuleError) as error:
        tie(case, kind, first, other)
    assert error.value.field == field


def test_the_same_relationship_is_recorded_once(case):
    once = uuid.uuid4()
    ends = (victim_of(case).ref, subject_of(case).ref)
    assert tie(case, "neighbour", *ends, once=once).pk == tie(case, "neighbour", *ends, once=once).pk
    with pytest.raises(RuleError, match="recorded already"):
        tie(case, "neighbour", *ends)


def test_a_relationship_ends_by_itself_or_with_a_person(case):
    witness = add(case)
    first = tie(case, "neighbour", witness.pk, victim_of(case).ref)
    second = tie(case, "neighbour", subject_of(case).ref, victim_of(case).ref)
    client = client_of("alice")
    client.post(f"/cases/{case.ref}/relationships/{second.pk}/end/", {"submission_id": uuid.uuid4()})
    with acting("alice") as actor:
        assert tie_end(actor=actor, case=case, uid=second.pk).ended_at is not None
        involved_end(actor=actor, case=case, uid=witness.pk)
    first.refresh_from_db()
    assert first.ended_at is not None
    assert "Neighbour of" not in page(case)


# --- The people of the page ---------------------------------------------------------------------------


def test_an_organisation_is_a_victim_with_a_contact_person(cast):
    case = case_of(
        "alice", victims=[VictimData(organisation="Kettering Mosque", given_name="Yusuf", family_name="Amin")]
    )
    shown = page(case)
    assert "Kettering Mosque" in shown
    assert "Contact person Yusuf Amin" in shown


def test_the_same_person_in_two_incidents_stands_once_with_both(case):
    victim = victim_of(case)
    second = log_incident_as("alice", case=fresh(case), victims=[VictimData(ref=victim.ref)])
    first = case.incidents.exclude(pk=second.pk).get()
    shown = page(case)
    assert shown.count(f"Farida Mirza {victim.ref}") == 1
    assert f"In incidents {first.ref}, {second.ref}" in shown


def test_a_victim_under_18_is_marked_as_a_child(cast):
    born = clock.today() - dt.timedelta(days=12 * 365)
    case = case_of("alice", victims=[VictimData(given_name="Ana", family_name="Holm", date_of_birth=born)])
    assert "Child: think of safeguarding" in page(case)
    assert "think of safeguarding" not in page(case_of("alice"))


def test_many_people_take_no_more_queries(case):
    path = f"/cases/{case.ref}/"
    before = queries_beyond(client_of("alice"), path)
    for number in range(6):
        person = add(case, given_name=f"Witness {number}", contact="07700 900456")
        tie(case, "neighbour", person.pk, victim_of(case).ref)
    assert queries_beyond(client_of("alice"), path) == before <= 10
    assert queries_beyond(client_of("alice"), f"{path}involved/add/") <= 3
    assert queries_beyond(client_of("alice"), f"{path}relationships/add/") <= 4
