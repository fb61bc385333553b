"""A name that is erased from the quarantine goes out of every text of its case, whenever it was written (docs/domain.md §1.4).

While it waits, its letters keep it from readers. Once it is gone nothing knows it: what was written before it was told would
show it to everybody, were it not taken out for good.
"""

from __future__ import annotations

import pytest
from django.db import connection
from rest_framework.test import APIClient

from agencies.services.token import token_create
from incidents.choices import Level
from incidents.choices.changes import DecisionKind
from incidents.models import Case, CaseNames, Note, SubjectReport
from incidents.services import task as tasks
from incidents.services.case import case_update
from incidents.services.note import note_add
from incidents.services.online_account import AccountData, online_account_add
from incidents.services.people import perpetrator_name_record, subject_report_erase, subject_reports_erase_due
from incidents.tasks import retention_sweep
from kernel.actors import system_actor
from kernel.errors import StaleError
from perpetrators.models import AllegedPerpetrator
from perpetrators.services import PerpetratorData
from tests.cast import acting, agency, cast_get, client_of, log_incident_as
from tests.incidents.casework import audited, case_of, fresh, give, reclassify, text, victim_of
from tests.incidents.classifying import confirm, propose
from tests.incidents.moving import join
from tests.incidents.test_decision_names import decide
from tests.incidents.test_decision_undo import undo
from tests.incidents.test_export import paper
from victims.services import VictimData

pytestmark = pytest.mark.django_db
WHY = "the test looks at all rows"

NAMED = PerpetratorData(
    status="named", given_name="Darren", family_name="Pikestaff", description="A neighbour", relationship="neighbour"
)
MASK = "[name erased]"
READERS = ("alice", "asha", "bob", "vera")


def told(case: Case, name: str = "bob", **given) -> SubjectReport:
    """The name, by a further report of the case, after the texts were written."""
    log_incident_as(name, case=fresh(case), perpetrators=[NAMED], **given)
    return waiting()[-1]


def waiting() -> list[SubjectReport]:
    return list(SubjectReport.objects.unscoped(reason=WHY).order_by("created_at", "pk"))


def notes() -> list[str]:
    return list(Note.objects.unscoped(reason=WHY).order_by("pk").values_list("text", flat=True))


@pytest.fixture
def case(cast) -> Case:
    """A case of the police that is no crime so far. The council works in it, a victims' service reads it, and both the
    police and the council wrote of somebody whom nobody has reported yet."""
    case = case_of(
        "alice", summary="Shouting by Darren Pikestaff", narrative="Pikestaff’s dog, and D a r r e n himself"
    )
    for code, level in (("NNC", Level.MANAGE), ("VSS", Level.VIEW)):
        give(case, code, level)
    with acting("bob") as bob:
        note_add(actor=bob, case=case, text="Met DARREN PIKESTAFF at number 9, mail d.pikestaff@post.example")
        tasks.task_create(
            actor=bob, case=case, title="See Pikestaff", detail="Darren works nights", agency=agency("NNC")
        )
    return fresh(case)


# --- The ways in which it is erased -----------------------------------------------------------------


def by_hand(case: Case, settings) -> None:
    with acting("alice") as alice:
        subject_report_erase(actor=alice, report_id=waiting()[-1].pk, reason="Reported by mistake")


def by_the_clock(case: Case, settings) -> None:
    SubjectReport.objects.unscoped(reason=WHY).update(erase_on="2020-01-01")
    assert subject_reports_erase_due(actor=system_actor("a test of retention")) == 1
    assert subject_reports_erase_due(actor=system_actor("a test of retention")) == 0


def by_two_people(case: Case, settings) -> None:
    confirm(propose(case, "no_record"))


WAYS = [by_hand, by_the_clock, by_two_people]


# --- Who reads what ---------------------------------------------------------------------------------


def answered(name: str, case: Case) -> str:
    """Everything that somebody gets of a case: pages, answers to machines, and on paper."""
    client = client_of(name)
    incident = case.incidents.order_by("pk").first()
    pages = (f"/cases/{case.ref}/", f"/cases/{case.ref}/logged/{incident.ref}/", "/cases/")
    got = [client.get(page).content.decode() for page in pages]
    _, secret = token_create(actor=system_actor("a test of the API"), user=cast_get()[name])
    machine = APIClient(HTTP_AUTHORIZATION=f"Bearer {secret}", HTTP_ACCEPT="application/json")
    got += [machine.get(f"/api/v1/cases/{case.ref}/{part}").content.decode() for part in ("", "notes/", "tasks/")]
    if name in ("alice", "bob"):
        got.append(paper(name, case)[0])
    return " ".join(got)


def finds(name: str, case: Case, words: str) -> bool:
    return f"/cases/{case.ref}/" in client_of(name).get("/cases/", {"q": words}).content.decode()


def test_before_it_is_told_and_while_it_waits(case):
    for name in READERS:
        assert "Pikestaff" in answered(name, case), name
        assert finds(name, case, "Pikestaff"), name
    told(case)
    assert "Pikestaff" in answered("alice", case)
    assert "Pikestaff" not in answered("vera", case)
    # Their own words; what the police wrote they read without the name.
    assert "PIKESTAFF" in answered("bob", case)
    assert "Shouting by Darren" not in answered("bob", case)


@pytest.mark.parametrize("way", WAYS)
def test_afterwards_nobody_reads_or_finds_it(case, settings, way):
    told(case)
    way(case, settings)
    assert not waiting()
    for name in READERS:
        got = answered(name, case)
        assert "pikestaff" not in got.lower(), name
        assert "darren" not in got.lower(), name
        assert "number 9" in got, name
        assert not finds(name, case, "Pikestaff"), name
        assert not finds(name, case, "Darren"), name
        assert finds(name, case, "shouting"), name
    assert notes() == [f"Met {MASK} {MASK} at number 9, mail {MASK}"]
    assert fresh(case).summary == f"Shouting by {MASK} {MASK}"
    assert case.incidents.order_by("pk").first().narrative == f"{MASK}’s dog, and {MASK} himself"
    assert MASK in text(client_of("bob").get(f"/cases/{case.ref}/")), "also in one’s own words"


@pytest.mark.parametrize("way", WAYS)
def test_it_is_nowhere_in_the_database(case, settings, way):
    told(case)
    way(case, settings)
    with connection.cursor() as cursor:
        cursor.execute("select relname from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace")
        for (table,) in cursor.fetchall():
            cursor.execute(f'select count(*) from "{table}" t where t::text ~* %s', ["pikestaff|darren"])
            assert cursor.fetchone()[0] == 0, table


@pytest.mark.parametrize("way", WAYS)
def test_the_audit_says_of_how_many_texts_and_nothing_of_what_they_said(case, settings, way):
    told(case)
    way(case, settings)
    [event] = audited("quarantine.erase")
    assert event.operation == "erasure"
    # Summary, narrative, note and task.
    assert event.detail["texts"] == 4
    assert "pikestaff" not in str((event.detail, event.reason, event.fields)).lower()


def test_without_the_rewriting_everybody_would_read_it(case, settings):
    """What the rewriting is for: the report alone is no wall once it is gone."""
    told(case)
    with connection.cursor() as cursor:
        cursor.execute("set constraints all immediate")
        cursor.execute("alter table incidents_subjectreport disable trigger names_erased")
    by_hand(case, settings)
    for name in READERS:
        assert "Pikestaff" in answered(name, case), name


def test_the_worker_erases_it_with_its_own_rights(case):
    told(case)
    SubjectReport.objects.unscoped(reason=WHY).update(erase_on="2020-01-01")
    with connection.cursor() as cursor:
        cursor.execute("set constraints all immediate")
        cursor.execute("set local role hatecase_worker")
        assert retention_sweep() == 1
        cursor.execute("reset role")
    assert not waiting()
    assert notes() == [f"Met {MASK} {MASK} at number 9, mail {MASK}"]


def test_a_triager_is_told_that_it_goes_from_every_text(case):
    page = text(client_of("alice").get(f"/cases/{case.ref}/quarantine/{told(case).pk}/erase/"))
    assert "It goes for good: from here, and wherever it stands in what was written about the case." in page


# --- What stays -------------------------------------------------------------------------------------


def test_a_name_that_is_recorded_stays_where_it_was_written(case):
    report = told(case)
    reclassify(case, "crime_suspected")
    stood = notes(), fresh(case).summary
    with acting("alice") as alice:
        perpetrator_name_record(actor=alice, report_id=report.pk)
    assert (notes(), fresh(case).summary) == stood
    assert "PIKESTAFF" in stood[0][0]


def test_a_decision_that_is_taken_back_loses_no_word(cast):
    case = case_of("alice", perpetrators=[NAMED], classification="crime_suspected")
    decide(case, "crime_suspected")
    give(case, "NNC", Level.CONTRIBUTE)
    with acting("bob") as bob:
        online_account_add(
            actor=bob, case=fresh(case), incident=case.incidents.get(), data=AccountData(handle="@pikestaff88")
        )
        note_add(actor=bob, case=fresh(case), text="Darren Pikestaff posts as pikestaff88")
    decide(case, "hate_incident")
    assert len(waiting()) == 2
    assert notes() == ["Darren Pikestaff posts as pikestaff88"]
    undo(case, DecisionKind.TRIAGED)
    assert not waiting()
    assert notes() == ["Darren Pikestaff posts as pikestaff88"]
    assert "Darren Pikestaff posts as pikestaff88" in text(client_of("alice").get(f"/cases/{case.ref}/"))


def test_what_was_erased_within_the_minute_stays_erased(cast, settings):
    case = case_of("alice", perpetrators=[NAMED], classification="crime_suspected")
    decide(case, "crime_suspected")
    with acting("alice") as alice:
        note_add(actor=alice, case=fresh(case), text="Darren Pikestaff rang")
    decide(case, "hate_incident")
    by_hand(case, settings)
    undo(case, DecisionKind.TRIAGED)
    assert notes() == [f"{MASK} {MASK} rang"]
    assert AllegedPerpetrator.objects.unscoped(reason=WHY).get().family_name == ""


def test_a_second_report_of_it_that_waits_keeps_it_kept_back_until_it_goes(case, settings):
    told(case)
    told(case)
    by_hand(case, settings)
    assert len(waiting()) == 1
    assert "PIKESTAFF" in notes()[0]
    assert "PIKESTAFF" not in answered("vera", case)
    by_hand(case, settings)
    assert notes() == [f"Met {MASK} {MASK} at number 9, mail {MASK}"]


def test_names_of_others_stay(cast, settings):
    victim = VictimData(given_name="Noor", family_name="Pikestaff", email="noor.darren@post.example")
    case = case_of("alice", victims=[victim], reporter_kind="on_behalf", reporter_name="Darren Gant")
    with acting("alice") as alice:
        note_add(
            actor=alice,
            case=case,
            text="Noor Pikestaff (noor.darren@post.example) says that Darren came; Darren Gant rang, Darrens dog too",
        )
    log_incident_as("alice", case=case, perpetrators=[PerpetratorData(status="named", given_name="Darren")])
    by_hand(case, settings)
    # The reporter has the given name, too: it is theirs.
    assert "Darren" in notes()[0]


def test_a_reporters_whole_name_and_a_victims_address_stay_beside_it(cast, settings):
    victim = VictimData(given_name="Noor", family_name="Iqbal", email="noor.pikestaff9@post.example")
    case = case_of("alice", victims=[victim])
    with acting("alice") as alice:
        note_add(actor=alice, case=case, text="Noor (noor.pikestaff9@post.example) met Darren Pikestaff")
    told(case, "alice")
    by_hand(case, settings)
    assert notes() == [f"Noor (noor.pikestaff9@post.example) met {MASK} {MASK}"]


def test_what_a_victims_record_says_of_whom_to_be_safe_from_stays(cast, settings):
    case = case_of(
        "alice", victims=[VictimData(given_name="Noor", family_name="Iqbal", unsafe_people="Darren Pikestaff")]
    )
    told(case, "alice")
    by_hand(case, settings)
    assert victim_of(case).unsafe_people == "Darren Pikestaff"


# --- Cases that were joined -------------------------------------------------------------------------


def test_it_goes_out_of_the_texts_of_a_case_that_was_joined(case, settings):
    other = case_of("alice")
    with acting("alice") as alice:
        note_add(actor=alice, case=other, text="Pikestaff was here")
    told(case)
    join(fresh(case), fresh(other))
    assert waiting()[0].case_id == other.pk
    by_hand(other, settings)
    assert notes() == [f"Met {MASK} {MASK} at number 9, mail {MASK}", f"{MASK} was here"]
    assert fresh(case).summary == f"Shouting by {MASK} {MASK}"


def test_a_case_beside_it_keeps_its_words(case, settings):
    other = case_of("alice", summary="Pikestaff elsewhere")
    told(case)
    by_hand(case, settings)
    assert fresh(other).summary == "Pikestaff elsewhere"


# --- Forms and letters from before ------------------------------------------------------------------


def test_a_form_from_before_does_not_write_it_back(case, settings):
    told(case)
    version = fresh(case).version
    by_hand(case, settings)
    with acting("alice") as alice, pytest.raises(StaleError):
        case_update(actor=alice, case=case, version=version, changes={"summary": "Shouting by Darren Pikestaff again"})


def test_the_letters_of_it_are_forgotten(case, settings):
    told(case)
    by_hand(case, settings)
    kept = CaseNames.objects.unscoped(reason="its letters").get(case=case)
    assert "pikestaff" not in kept.letters
    assert "Pikestaff" not in kept.names
