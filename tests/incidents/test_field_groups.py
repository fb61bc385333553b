"""Groups of fields on every way out: a canary stands in every field of every group, and each door is searched for
every one that its reader may not have, and for every one that they must (docs/domain.md §5.4).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import pytest

from incidents.choices import FieldGroup, Level
from incidents.models import Case, Task
from incidents.services.case import lead_worker_assign
from incidents.services.task import task_create
from kernel import clock
from perpetrators.models import AllegedPerpetrator
from perpetrators.services import PerpetratorData
from tests.api.conftest import api_for
from tests.cast import acting, actor_named, agency, client_of, log_incident_as
from tests.incidents.casework import audited, case_of, fresh, give_all, reveal, text, victim_of
from victims.models import Victim
from victims.services import VictimData, sensitive_add

pytestmark = pytest.mark.django_db
__all__ = ["api_for"]

G = FieldGroup
CANARIES: dict[str, tuple[str, ...]] = {
    G.VICTIM_CONTACT: (
        "01632 960801",
        "canary@hidden.example",
        "77 Heron Row",
        "NN9 9ZX",
        "Aunt Wrenna",
        "Kestrelword",
        "Flat 9, Heron Court",
    ),
    G.TRANS_STATUS: ("Transcanary",),
    G.HEALTH: ("Healthcanary",),
    G.IMMIGRATION_STATUS: ("Immigrationcanary",),
    G.REPORTER_IDENTITY: ("Ottoline Starling", "01632 960803"),
    G.SUBJECT_IDENTITY: ("Dunnock", "Fieldfare", "3 February 1987", "1987-02-03"),
}
SENSITIVE = (G.TRANS_STATUS, G.HEALTH, G.IMMIGRATION_STATUS)
SAFE_RULE = "Sunday, 10pm to 7am"


def plant(name: str = "alice", writer: str = "", **overrides) -> Case:
    """A suspected crime with a canary in every field of every group, and safe-contact rules beside."""
    case = case_of(
        name,
        victims=[
            VictimData(
                given_name="Farida",
                family_name="Mirza",
                phone="01632 960801",
                email="canary@hidden.example",
                address="77 Heron Row",
                postcode="NN9 9ZX",
                alternative_contact="Aunt Wrenna",
                code_word="Kestrelword",
                do_not_contact=[{"days": ["6"], "from": "22:00", "to": "07:00"}],
                needs="A chair with arms",
            )
        ],
        perpetrators=[
            PerpetratorData(
                status="named", given_name="Dunnock", family_name="Fieldfare", date_of_birth=dt.date(1987, 2, 3)
            )
        ],
        place_type="home",
        location="Flat 9, Heron Court",
        reporter_kind="witness",
        reporter_name="Ottoline Starling",
        reporter_contact="01632 960803",
        **({"classification": "crime_suspected"} | overrides),
    )
    with acting(writer or name) as actor:
        for group in SENSITIVE:
            words = CANARIES[group][0]
            sensitive_add(actor=actor, victim=victim_of(case), group=group.value, text=f"{words} is recorded")
    return case


def perpetrator_of(case: Case) -> AllegedPerpetrator:
    return case.parties.get(perpetrator__isnull=False).perpetrator


# --- Every door -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Door:
    """A way out: where it is, by machine or not, and the groups that it shows to those who are shown them."""

    name: str
    path: str
    shows: frozenset[str]
    api: bool = False


def doors(case: Case) -> list[Door]:
    victim, person = victim_of(case), perpetrator_of(case)
    contact, subject = {G.VICTIM_CONTACT}, {G.SUBJECT_IDENTITY}
    every = frozenset(FieldGroup)
    return [
        Door("case", f"/cases/{case.ref}/", every),
        Door("contact", f"/cases/{case.ref}/contacts/add/", frozenset(contact)),
        Door("victim", f"/victims/{victim.ref}/", frozenset({*contact, *SENSITIVE})),
        Door("details", f"/victims/{victim.ref}/details/", frozenset(contact)),
        Door("safe contact", f"/victims/{victim.ref}/contact/", frozenset(contact)),
        *[Door(g, f"/victims/{victim.ref}/sensitive/{g.value}/", frozenset({g})) for g in SENSITIVE],
        Door("perpetrator", f"/perpetrators/{person.ref}/", frozenset(subject)),
        Door("why", f"/cases/{case.ref}/access/", frozenset()),
        Door("api case", f"/api/v1/cases/{case.ref}/", frozenset({G.REPORTER_IDENTITY, *subject, *contact}), api=True),
        Door("api victim", f"/api/v1/victims/{victim.ref}/", frozenset({*contact, *SENSITIVE}), api=True),
        Door("api perpetrator", f"/api/v1/perpetrators/{person.ref}/", frozenset(subject), api=True),
    ]


BESIDE = ("/", "/cases/", "/notices/", "/tasks/", "/hasbag/")


# Not every door has every field of a group.
SHOWN_AT = {
    "case": {"77 Heron Row", "01632 960801", "canary@hidden.example", "NN9 9ZX", "Aunt Wrenna", "Kestrelword",
             "Flat 9, Heron Court", "Dunnock", "Fieldfare"},
    "contact": {"01632 960801", "Aunt Wrenna", "Kestrelword"},
    "victim": {"01632 960801", "77 Heron Row", "Aunt Wrenna", "Kestrelword"},
    "details": {"01632 960801", "77 Heron Row", "canary@hidden.example", "NN9 9ZX"},
    "safe contact": {"Aunt Wrenna", "Kestrelword"},
    "perpetrator": {"Dunnock", "Fieldfare", "3 February 1987"},
    "api case": {"Flat 9, Heron Court", "Ottoline Starling", "01632 960803", "Dunnock", "Fieldfare"},
    "api victim": {"01632 960801", "77 Heron Row", "canary@hidden.example", "NN9 9ZX", "Aunt Wrenna", "Kestrelword"},
    "api perpetrator": {"Dunnock", "Fieldfare", "1987-02-03"},
}  # fmt: skip


def read(case: Case, name: str, machine) -> dict[str, str]:
    """What each door answers somebody: everything, headers and unseen attributes included; nothing where refused."""
    client, found = client_of(name), {}
    for door in doors(case):
        response = (machine if door.api else client).get(door.path)
        assert response.status_code in (200, 302, 403, 404), door
        found[door.name] = response.content.decode() + str(response.headers)
    return found


def check(case: Case, name: str, machine, expected: set[str]) -> None:
    """Every canary that somebody may not have is nowhere, every one that they must is at its door."""
    answers = read(case, name, machine)
    for door in doors(case):
        for group, words in CANARIES.items():
            for word in words:
                there = word in answers[door.name]
                if group not in expected:
                    assert not there, (name, door.name, word)
                elif group in door.shows and (
                    door.name not in SHOWN_AT or group in SENSITIVE or word in SHOWN_AT[door.name]
                ):
                    assert there, (name, door.name, word)


def may_ask(side: str, level: str, *, leads: bool = False) -> set[str]:
    """The groups that somebody may open, said once more and apart from the code."""
    groups: set[str] = set()
    if level == "signpost":
        return groups
    if side in ("both", "victim") and level in ("contribute", "manage"):
        groups |= {G.VICTIM_CONTACT, *SENSITIVE}
    if side in ("both", "perpetrator"):
        groups |= {G.SUBJECT_IDENTITY}
    if leads and level == "manage" and side != "perpetrator":
        groups |= {G.REPORTER_IDENTITY}
    return groups


def ask(case: Case, name: str, expected: set[str]) -> None:
    """Asks for every group on its page: it opens what may be asked for, and nothing else."""
    client = client_of(name)
    for group in FieldGroup:
        answer = client.post(f"/cases/{case.ref}/show/{group.value}/", {"why": "safety"})
        assert answer.status_code in ({302} if group in expected else {403, 404}), (name, group)


@pytest.mark.parametrize(
    ("name", "code", "side"), [("bob", "NNC", "both"), ("viola", "VSS", "victim"), ("petra", "PROB", "perpetrator")]
)
@pytest.mark.parametrize("level", Level)
def test_nothing_is_shown_before_a_reason_and_only_what_may_be_after(cast, api_for, name, code, side, level):
    case = plant()
    give_all(case, code, level)
    machine = api_for(name)
    check(case, name, machine, set())
    wanted = may_ask(side, level.value)
    ask(case, name, wanted)
    check(case, name, machine, wanted)
    for path in BESIDE:
        html = client_of(name).get(path).content.decode()
        assert not [word for words in CANARIES.values() for word in words if word in html], path


def test_the_lead_agency_asks_like_everybody_else(cast, api_for):
    case = plant()
    machine = api_for("asha")
    check(case, "asha", machine, set())
    wanted = may_ask("both", "manage", leads=True)
    ask(case, "asha", wanted)
    check(case, "asha", machine, wanted)


@pytest.mark.parametrize("name", ["walt", "tom", "sam", "ines", "greta", "admin"])
def test_who_may_not_open_the_case_learns_nothing(cast, api_for, name):
    case = plant()
    check(case, name, api_for(name), set())
    ask(case, name, set())


ASSIGNED = {G.VICTIM_CONTACT, G.SUBJECT_IDENTITY}


def test_whoever_logged_the_report_sees_how_to_reach_the_victim_at_once(cast, api_for):
    check(plant(), "alice", api_for("alice"), ASSIGNED)


def test_the_lead_worker_does(cast, api_for):
    case = plant()
    with acting("alice") as actor:
        lead_worker_assign(actor=actor, case=case, version=fresh(case).version, worker=cast["asha"])
    check(case, "asha", api_for("asha"), ASSIGNED)


@pytest.mark.parametrize(
    ("name", "code", "expected"),
    [("bob", "NNC", ASSIGNED), ("viola", "VSS", {G.VICTIM_CONTACT}), ("petra", "PROB", {G.SUBJECT_IDENTITY})],
)
def test_people_with_an_open_task_do_until_it_is_done(cast, api_for, name, code, expected):
    case = plant()
    give_all(case, code, Level.CONTRIBUTE)
    with acting("alice") as alice:
        task = task_create(actor=alice, case=case, agency=agency(code), title="Ring back", assignee=cast[name])
    machine = api_for(name)
    check(case, name, machine, expected)
    Task.objects.unscoped(reason="the test ends the task").filter(pk=task.pk).update(
        closed_at=clock.now(), state="done"
    )
    check(case, name, machine, set())


def test_a_reporting_centre_that_only_views_its_report_is_not_told_how_to_reach_anybody(cast, api_for):
    case = plant("tom", writer="walt", district="E07000154", classification=None)
    assert case.lead_agency.code == "WNC"
    check(case, "tom", api_for("tom"), set())


def test_an_opening_for_one_person_opens_nothing_for_a_colleague(cast, api_for):
    case = plant()
    reveal(case, "asha", *may_ask("both", "manage", leads=True))
    check(case, "alice", api_for("alice"), ASSIGNED)


def test_an_opening_in_one_case_opens_nothing_in_another(cast, api_for):
    first, second = plant(), plant()
    reveal(first, "asha", G.VICTIM_CONTACT, G.SUBJECT_IDENTITY, *SENSITIVE)
    check(second, "asha", api_for("asha"), set())


# --- What is always shown, and never --------------------------------------------------------------------


def test_the_rules_of_safe_contact_protect_and_are_shown_to_all_who_may_make_contact(cast):
    case = plant()
    give_all(case, "NNC", Level.CONTRIBUTE)
    for path in (f"/cases/{case.ref}/", f"/cases/{case.ref}/contacts/add/", f"/victims/{victim_of(case).ref}/"):
        page = text(client_of("bob").get(path))
        assert SAFE_RULE in page, path
        assert "Phone, email and address: hidden. Show" in page, path


def test_the_rules_stand_before_the_number(cast):
    case = plant()
    page = text(client_of("alice").get(f"/cases/{case.ref}/contacts/add/"))
    assert page.index(SAFE_RULE) < page.index("01632 960801") < page.index("Who was it with?")


def test_a_victim_who_reported_is_no_source_to_protect(cast):
    case = case_of("alice", reporter_kind="victim", reporter_name="Farida Mirza", reporter_contact="01632 960888")
    page = text(client_of("alice").get(f"/cases/{case.ref}/"))
    assert "01632 960888" in page
    assert "Who reported" not in page
    page = text(client_of("asha").get(f"/cases/{case.ref}/"))
    assert "Reported by The victim" in page
    assert "01632 960888" not in page


def test_a_source_is_named_as_hidden_to_the_lead_agency_alone(cast):
    case = plant()
    give_all(case, "NNC", Level.MANAGE)
    assert "Reported by Somebody other than the victim" in text(client_of("alice").get(f"/cases/{case.ref}/"))
    assert "Somebody other than the victim" not in text(client_of("bob").get(f"/cases/{case.ref}/"))


@pytest.mark.parametrize("name", ["alice", "asha", "bob", "viola", "petra"])
def test_contact_details_sources_and_extra_sensitive_words_decide_no_hit(cast, api_for, name):
    case = plant()
    for code in ("NNC", "VSS", "PROB"):
        give_all(case, code, Level.MANAGE)
    machine, client = api_for(name), client_of(name)
    # A victim's whole number or address finds for who may ask for it (docs/decisions/0035); here petra may not.
    whole = () if name == "petra" else CANARIES[G.VICTIM_CONTACT][:2]
    for word in whole:
        assert case.ref in text(client.get("/cases/", {"q": word})), word
    for group in set(FieldGroup) - {G.SUBJECT_IDENTITY}:
        for word in set(CANARIES[group]) - set(whole):
            assert case.ref not in text(client.get("/cases/", {"q": word})), word
            assert machine.get("/api/v1/cases/", {"q": word}).json()["results"] == [], word
    assert case.ref in text(client.get("/cases/", {"q": "market"}))


def test_a_place_that_is_no_home_is_still_found(cast):
    case = case_of("alice", place_type="shop", location="Kingfisher Parade")
    assert case.ref in text(client_of("alice").get("/cases/", {"q": "Kingfisher"}))


def test_a_form_sent_without_the_hidden_fields_leaves_them_as_they_are(cast):
    case = plant()
    give_all(case, "NNC", Level.CONTRIBUTE)
    victim = victim_of(case)
    sent = {"version": victim.version, "family_name": "Mirzah", "phone": "07700 900999", "address": "Elsewhere"}
    assert client_of("bob").post(f"/victims/{victim.ref}/details/", sent).status_code == 302
    now = Victim.objects.unscoped(reason="the test looks at the row").get(pk=victim.pk)
    assert (now.family_name, now.phone, now.address) == ("Mirzah", "01632 960801", "77 Heron Row")


def test_both_versions_of_a_record_are_shown_without_what_is_hidden(cast):
    case = plant()
    give_all(case, "NNC", Level.CONTRIBUTE)
    answer = client_of("bob").post(f"/victims/{victim_of(case).ref}/details/", {"version": 0, "family_name": "Mirzah"})
    assert answer.status_code == 409
    assert not [word for word in CANARIES[G.VICTIM_CONTACT] if word in answer.content.decode()]


# --- The trace ------------------------------------------------------------------------------------------


def test_who_works_the_case_is_recorded_once_a_day(cast, api_for):
    case = plant()
    client = client_of("alice")
    for _ in range(2):
        client.get(f"/cases/{case.ref}/")
        client.get(f"/victims/{victim_of(case).ref}/")
        client.get(f"/cases/{case.ref}/contacts/add/")
        api_for("alice").get(f"/api/v1/cases/{case.ref}/")
    [event] = audited("fields.assigned")
    assert (event.operation, event.reason, event.case_id) == ("consultation", "assigned case", case.pk)
    assert event.detail["groups"] == [G.VICTIM_CONTACT, G.SUBJECT_IDENTITY]
    assert event.actor_id == actor_named("alice").user_id


def test_the_first_look_at_a_persons_page_is_recorded_too(cast):
    case = plant()
    client_of("alice").get(f"/perpetrators/{perpetrator_of(case).ref}/")
    [event] = audited("fields.assigned")
    assert event.case_id == case.pk


def test_who_is_shown_nothing_unasked_leaves_no_such_trace(cast):
    case = plant()
    client_of("asha").get(f"/cases/{case.ref}/")
    assert not audited("fields.assigned")


def test_the_audit_has_no_word_of_what_is_extra_sensitive(cast):
    case = plant()
    events = audited("victim.sensitive_add")
    assert [event.detail["group"] for event in events] == [group.value for group in SENSITIVE]
    assert "canary" not in str([(event.detail, event.reason, event.fields) for event in events])
    assert {event.subject_ref for event in events} == {victim_of(case).ref}


def test_a_second_report_makes_its_logger_one_who_works_the_case(cast):
    case = plant()
    assert "01632 960801" not in text(client_of("asha").get(f"/cases/{case.ref}/"))
    log_incident_as("asha", case=case, victims=[VictimData(ref=victim_of(case).ref)])
    assert "01632 960801" in text(client_of("asha").get(f"/cases/{case.ref}/"))
