"""Information governance reads events: who may come in, who saw a record, what stands out; by both walls (docs/domain.md §8.2)."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import transaction
from django.db.utils import ProgrammingError
from django.urls import reverse

from agencies.models import Membership, User
from incidents.models import Case
from incidents.services.share import share_give
from kernel import audit
from kernel.actors import system_actor
from kernel.models import AuditEvent, AuditOperation
from perpetrators.models import AllegedPerpetrator
from perpetrators.services import PerpetratorData
from tests.cast import acting, agency, cast_get, client_of
from tests.governance.reading import EVERYBODY_ELSE, case_path, get, opened, rows, shown
from tests.incidents.casework import case_of, give, victim_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(cast):
    return case_of("alice")


PAGES = ["", "record/", "user/", "out-of-hours/", "own-name/", "often/", "emergency/"]


# --- Who may come in ------------------------------------------------------------------------------


@pytest.mark.parametrize("page", PAGES)
def test_nobody_but_information_governance_finds_the_pages(cast, page):
    absent = client_of("alice").get("/governance/nothing-here/")
    for name in EVERYBODY_ELSE:
        response = get(name, page)
        assert (response.status_code, name) == (404, name)
    assert get("alice", page).content == absent.content
    assert get("greta", page).status_code == 200


def test_the_menu_offers_the_pages_to_whom_they_are_for(cast):
    assert "/governance/" in client_of("greta").get("/").content.decode()
    assert "/governance/staff/" in client_of("asha").get("/").content.decode()
    for name in ("alice", "admin", "sam"):
        assert "/governance/" not in client_of(name).get("/").content.decode()


@pytest.mark.parametrize("name", ["asha", "marcus", "donna", "beth", "cora"])
def test_supervisors_find_their_staff(cast, name):
    assert get(name, "staff/").status_code == 200


@pytest.mark.parametrize("name", ["alice", "greta", "ada", "admin", "sam", "ines", "tom", "vera"])
def test_others_find_no_staff(cast, name):
    assert get(name, "staff/").status_code == 404


def test_an_agency_that_one_does_not_supervise_is_not_shown(case):
    opened("bob", "/")
    theirs = get("asha", "staff/", agency=agency("NNC").pk)
    assert "Bob Wickens" not in theirs.content.decode()


# --- The second wall ------------------------------------------------------------------------------

FUNCTIONS = [
    "hatecase_audit_page('{}', null, null, 100)",
    "hatecase_audit_own_name('{}', '[]', null, null, 100)",
    "hatecase_audit_often('2020-01-01', '2100-01-01', 1, 100)",
]


@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize("name", [*EVERYBODY_ELSE, "nobody"])
def test_the_functions_answer_nothing_to_others(case, function, name):
    if name == "nobody":
        from kernel.actors import ANONYMOUS
        from kernel.identity import acting_as

        with acting_as(ANONYMOUS):
            assert rows(f"select * from {function}") == []
        return
    with acting(name):
        assert rows(f"select * from {function}") == []


def test_the_functions_answer_information_governance(case):
    opened("alice", case_path(case))
    with acting("greta"):
        assert rows(f"select * from {FUNCTIONS[0]}")
        assert rows(f"select * from {FUNCTIONS[2]}")


@pytest.mark.parametrize("name", ["greta", "asha", "alice"])
@pytest.mark.parametrize(
    "statement",
    [
        "select * from kernel_auditevent",
        "select * from kernel_auditseal",
        "select * from hatecase_audit_hidden()",
        "select hatecase_audit_told_case(1, 1, now())",
    ],
)
def test_the_application_reads_no_event_itself(case, name, statement):
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        with acting(name):
            rows(statement)


def test_a_role_that_was_taken_away_answers_nothing_at_once(case):
    with acting("greta"):
        Membership.objects.filter(user=cast_get()["greta"]).update(is_active=False)
        assert rows(f"select * from {FUNCTIONS[0]}") == []


# --- Who saw this, what did they do ------------------------------------------------------------------


def test_who_saw_a_case(case):
    opened("asha", case_path(case), f"{case_path(case)}edit/", reverse("incidents:cases"))
    assert client_of("walt").get(case_path(case)).status_code == 404
    page = shown(get("greta", "record/", ref=case.ref.lower()))
    for words in ("Asha Raithatha", "Opened a case", "Opened a page", "In a list", "Walt Kemp", "Refused"):
        assert words in page, words
    assert "Mirza" not in page
    assert "market" not in page


def test_who_saw_a_person_on_their_record_in_a_case_and_in_a_list(case):
    victim = victim_of(case)
    opened("asha", reverse("victims:victim", args=[victim.ref]))
    opened("alice", case_path(case))
    with acting("bob") as bob:
        detail = {"by": "name", "victims": [victim.ref]}
        audit.record(bob, "victim.search", operation=AuditOperation.CONSULTATION, detail=detail)
    page = shown(get("greta", "record/", ref=victim.ref, kind="reading"))
    assert "Opened a victim’s record" in page
    assert "Through a case" in page
    assert "Bob Wickens" in page
    assert "In a list" in page
    assert "Farida" not in page


def test_a_case_read_by_the_other_side_does_not_count_as_seeing_the_person(cast):
    case = case_of(
        "alice",
        classification="crime_suspected",
        perpetrators=[PerpetratorData(status="named", given_name="Dean", family_name="Quill")],
    )
    give(case, "PROB", "view")
    person = AllegedPerpetrator.objects.unscoped(reason="the test looks at the row").get()
    opened("petra", case_path(case))
    assert "Petra Novotna" not in shown(get("greta", "record/", ref=victim_of(case).ref))
    assert "Petra Novotna" in shown(get("greta", "record/", ref=person.ref))


def test_who_took_a_pack_saw_its_cases(case):
    with acting("beth") as beth:
        facts = {"pack": "HK-26-AAAAAA", "cases": [case.pk]}
        audit.record(beth, "pack.download", operation=AuditOperation.DISCLOSURE, detail=facts)
    page = shown(get("greta", "record/", ref=case.ref))
    assert "Took a briefing pack" in page
    assert "Beth Oyelaran" in page


def test_a_reference_that_is_none_is_refused_with_a_sentence(cast):
    page = get("greta", "record/", ref="nonsense")
    assert "Enter a reference like HC-26-7KQ4M2" in page.content.decode()
    assert "Nobody" in shown(get("greta", "record/", ref="HC-26-ZZZZZZ"))


def test_what_a_user_saw_and_did(case):
    opened("asha", case_path(case))
    assert "asha@police.example" in shown(get("greta", "user/", q="raithatha"))
    page = shown(get("greta", f"user/{cast_get()['asha'].pk}/"))
    assert "Opened a case" in page
    assert case.ref in page
    assert "Logged an incident" not in page
    assert get("greta", "user/999999/").status_code == 404


def test_the_pages_go_on_by_key(case):
    client = client_of("asha")
    for _ in range(60):
        client.get(case_path(case))
    path = f"/governance/user/{cast_get()['asha'].pk}/"
    greta = client_of("greta")
    first = greta.get(path)
    second = greta.get(first.context["older"])
    rows_of = [{row.id for row in page.context["page"].rows} for page in (first, second)]
    assert len(rows_of[0]) == 50
    assert len(rows_of[0] | rows_of[1]) == AuditEvent.objects.filter(actor_id=cast_get()["asha"].pk).count()
    assert not rows_of[0] & rows_of[1]
    assert min(rows_of[0]) > max(rows_of[1])
    assert second.context["older"] == ""
    assert second.context["newest"]
    assert greta.get(path, {"after": "nonsense"}).context["page"].rows[0].id >= max(rows_of[0])


def test_reading_the_audit_is_recorded(case):
    get("greta", "record/", ref=case.ref)
    get("asha", "staff/")
    first, second = AuditEvent.objects.filter(action="audit.read").order_by("pk")
    assert (first.actor_id, first.detail) == (cast_get()["greta"].pk, {"view": "record", "about": case.ref})
    assert (second.detail["view"], second.detail["agency"]) == ("staff", "POL")


# --- Watching --------------------------------------------------------------------------------------


def event_at(name: str, at: dt.datetime, case: Case) -> int:
    """An event of a certain moment, as if the clock had stood there."""
    with acting(name) as who, pytest.MonkeyPatch.context() as patch:
        patch.setattr(audit, "clock_database", lambda: at)
        audit.record(who, "case.read", case, operation=AuditOperation.CONSULTATION)
    return AuditEvent.objects.order_by("-pk").values_list("pk", flat=True)[0]


@pytest.mark.parametrize(
    ("local", "out"),
    [
        ("2026-10-21T06:59", True),  # a Wednesday in summer time
        ("2026-10-21T07:00", False),
        ("2026-10-21T18:59", False),
        ("2026-10-21T19:00", True),
        ("2026-10-24T12:00", True),  # a Saturday
        ("2026-10-25T12:00", True),
        ("2026-11-18T06:59", True),  # winter time
        ("2026-11-18T07:00", False),
        ("2026-12-25T12:00", True),  # a bank holiday, a Friday
    ],
)
def test_out_of_hours_goes_by_local_time_weekends_and_bank_holidays(case, local, out):
    from kernel.clock import LONDON

    at = dt.datetime.fromisoformat(local).replace(tzinfo=LONDON)
    event = event_at("asha", at, case)
    day = {"since_day": at.day, "since_month": at.month, "since_year": at.year}
    last = {"until_day": at.day, "until_month": at.month, "until_year": at.year}
    page = get("greta", "out-of-hours/", **day, **last)
    assert [row.id for row in page.context["page"].rows] == ([event] if out else [])


def test_own_names_are_found_without_writing_a_name_down(cast):
    User.objects.filter(pk=cast["asha"].pk).update(name="Farida Mirza")
    User.objects.filter(pk=cast["donna"].pk).update(name="Donna Mirza")
    case = case_of("alice")
    opened("asha", reverse("victims:victim", args=[victim_of(case).ref]))
    opened("donna", case_path(case))
    opened("marcus", case_path(case))
    opened("asha", f"{reverse('incidents:cases')}?q=FARIDA++mirza")
    opened("donna", f"{reverse('incidents:cases')}?q=mirza")
    opened("marcus", f"{reverse('incidents:cases')}?q=mirza")
    page = get("greta", "own-name/")
    found = {(row.actor_name, row.what, row.how) for row in page.context["page"].rows}
    assert found == {
        ("Farida Mirza", "Opened a victim’s record", "full"),
        ("Farida Mirza", "Searched for cases", "search_full"),
        ("Donna Mirza", "Opened a case", "family"),
        ("Donna Mirza", "Searched for cases", "search_word"),
    }
    for event in AuditEvent.objects.all():
        assert "mirza" not in f"{event.detail} {event.reason}".lower()


def test_records_that_many_looked_at(case):
    for name in ("asha", "donna", "marcus"):
        opened(name, case_path(case))
    rows_of = {row.ref: row.people for row in get("greta", "often/", people=3).context["rows"]}
    assert rows_of == {case.ref: 3}
    assert get("greta", "often/", people=4).context["rows"] == []
    assert "at least 5" in shown(get("greta", "often/"))
    assert get("greta", "often/", people=1).context["form"].errors.keys() == {"people"}


def test_emergency_access_has_a_page(case):
    with acting("asha") as asha:
        audit.record(
            asha, "case.emergency_open", case, operation=AuditOperation.CONSULTATION, reason="A threat to life"
        )
        audit.record(asha, "case.emergency_refused", operation=AuditOperation.ACCESS, subject_ref="HC-26-ZZZZZZ")
    page = shown(get("greta", "emergency/"))
    assert "A threat to life" in page
    assert "HC-26-ZZZZZZ" in page
    assert "Was refused emergency access" in page


def test_the_system_appears_by_name(case):
    audit.record(system_actor("a test"), "access.apply", detail={"cases": [case.pk]})
    assert "The system" in shown(get("greta", "record/", ref=case.ref))


def test_what_was_shared_reads_in_words(cast):
    case = case_of("alice")
    with acting("alice") as alice:
        terms = {
            "level": "view",
            "purpose": "To see to her safety",
            "necessity": "No less would do",
            "gateway": "cda_s115",
        }
        share_give(actor=alice, case=case, agency=agency("NNC"), **terms)
        audit.record(alice, "access.ask", case, detail={"agency": agency("WNC").pk})
    said = shown(get("greta", "record/", ref=case.ref))
    assert (
        "agency North Northamptonshire Council; level Read; gateway Crime and Disorder Act 1998, section 115" in said
    )
    assert "agency West Northamptonshire Council" in said
    assert "cda s115" not in said
