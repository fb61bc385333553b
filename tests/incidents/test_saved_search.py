"""Saved searches: whose they are, what they stand for, and the alert that comes once a day."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
import time_machine
from django.db import transaction
from django.db.utils import ProgrammingError

from agencies.models import Notice
from agencies.services.mail import mails_send
from incidents.choices import Level, SearchAlert
from incidents.models import SavedSearch
from incidents.selectors.case_list import CaseCriteria
from incidents.selectors.saved_search import criteria_of, query_of
from incidents.services.exclusion import exclusion_set
from incidents.services.saved_search import MOST_KEPT, search_change, search_delete, search_save, searches_alert
from kernel.actors import system_actor
from kernel.errors import ForbiddenError, RuleError, ScopeError
from perpetrators.services import PerpetratorData
from tests.cast import acting, agency, cast_get, client_of
from tests.incidents.casework import assert_methods, audited, case_of, give, text
from tests.mail_server import Inbox

pytestmark = pytest.mark.django_db

SYSTEM = system_actor("the test's sweep")
NOON = dt.datetime(2026, 11, 24, 12, 0, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
CANARY = "Qzpltrvn"


def save(who: str = "alice", code: str = "POL", **more) -> SavedSearch:
    values = {"name": f"North {CANARY}", "criteria": CaseCriteria(status=("new",), q="market")} | more
    with acting(who) as actor:
        return search_save(actor=actor, agency_id=agency(code).pk, **values)


def told(name: str) -> list[str]:
    rows = Notice.objects.unscoped(reason="the test looks at the notices")
    return list(rows.filter(user=cast_get()[name], kind="saved_search").order_by("pk").values_list("text", flat=True))


def fresh(search: SavedSearch) -> SavedSearch:
    return SavedSearch.objects.unscoped(reason="the test looks at the row").get(pk=search.pk)


# --- Keeping ------------------------------------------------------------------------------------------------


def test_a_search_is_saved_from_the_list_and_run(cast):
    case = case_of("alice")
    client = client_of("alice")
    address = "/cases/searches/new/?q=market&status=new&district=E07000153&lead=POL&overdue=yes&received_from_day=1&received_from_month=2&received_from_year=2026"
    assert "It looks for: “market”, New, Kettering" in text(client.get(address))
    mark = uuid.uuid4()
    sent = {"name": " My market ", "who": "private", "alert": "daily", "submission_id": mark}
    for _ in range(2):
        assert client.post(address, sent).headers["Location"] == "/cases/searches/"
    [search] = SavedSearch.objects.unscoped(reason="the test looks at the row")
    assert (search.name, search.words, search.shared, search.alert) == ("My market", "market", False, "daily")
    page = text(client.get("/cases/searches/"))
    assert "My market" in page
    assert "Once a day" in page
    run = client.get(f"/cases/searches/{search.uid}/").headers["Location"]
    assert run == (
        "/cases/?q=market&status=new&district=E07000153&lead=POL&received_from_day=1&received_from_month=2"
        "&received_from_year=2026&overdue=yes"
    )
    assert "Received from 1 February 2026" in text(client.get(run))
    assert case.ref in text(client.get("/cases/?q=market&status=new"))


def test_what_is_kept_is_codes_and_the_audit_has_no_words(cast):
    search = save(shared=True)
    assert search.criteria == {"status": ["new"]}
    [event] = audited("search.save")
    assert event.detail == {"shared": True, "alert": "none", "filters": {"status": ["new"]}}
    assert CANARY not in str(event.__dict__)


def test_criteria_come_back_as_they_were_and_what_is_none_is_left_out(cast):
    criteria = CaseCriteria(
        q="a b",
        status=("new", "open"),
        strand=("RAC",),
        district="E07000153",
        band="none",
        lead_id=agency("POL").pk,
        received_from=dt.date(2026, 1, 2),
        received_to=dt.date(2026, 3, 4),
        worker="mine",
        overdue=True,
    )
    search = save(criteria=criteria)
    assert criteria_of(search) == criteria
    search.criteria = {
        "status": ["lost", "new", 3],
        "strand": "RAC",
        "district": ["x"],
        "band": "severe",
        "lead": "GONE",
        "received_from": "yesterday",
        "received_to": 4,
        "worker": "them",
        "overdue": True,
        "drop": "table",
    }
    assert criteria_of(search) == CaseCriteria(q="a b", status=("new",))
    assert query_of(search) == "q=a+b&status=new"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("", "Enter name of the search"),
        ("x" * 81, "must be 80 characters or fewer"),
        ("a\x00b", "hidden characters"),
    ],
)
def test_a_name_that_is_none_is_refused(cast, name, said):
    sent = {"name": name, "who": "private", "alert": "none", "submission_id": uuid.uuid4()}
    assert said in text(client_of("alice").post("/cases/searches/new/?status=new", sent))
    assert not SavedSearch.objects.unscoped(reason="the test looks at the row").exists()


def test_the_rules_of_keeping(cast):
    search = save()
    with pytest.raises(RuleError, match="this name already"):
        save(name=search.name.upper())
    with pytest.raises(RuleError, match="whole list"):
        save(name="Everything", criteria=CaseCriteria())
    with pytest.raises(ForbiddenError):
        save(code="NNC")
    mark = uuid.uuid4()
    assert save(name="Twice", submission_id=mark).pk == save(name="Twice", submission_id=mark).pk
    rows = SavedSearch.objects.unscoped(reason="the test arranges").filter(owner=cast["alice"])
    for n in range(MOST_KEPT - rows.count()):
        save(name=f"Search {n}")
    with pytest.raises(RuleError, match="Delete one first"):
        save(name="One more")


def test_a_list_narrowed_by_nothing_or_badly_is_not_saved(cast):
    for query in ("", "?status=lost", "?q="):
        assert client_of("alice").get(f"/cases/searches/new/{query}").headers["Location"] == "/cases/"


# --- Whose it is --------------------------------------------------------------------------------------------


def test_a_private_search_is_nobody_elses(cast):
    search = save()
    for name in ("asha", "bob", "sam", "greta", "admin"):
        client = client_of(name)
        if name in ("asha", "bob"):
            assert CANARY not in text(client.get("/cases/searches/"))
        else:
            assert client.get("/cases/searches/").status_code == 404
        for part in ("", "edit/", "delete/"):
            hidden = client.get(f"/cases/searches/{search.uid}/{part}")
            absent = client.get(f"/cases/searches/{uuid.uuid4()}/{part}")
            assert hidden.status_code == absent.status_code == 404
            assert hidden.content == absent.content
    assert fresh(search).name == search.name


def test_a_shared_search_is_for_the_own_agency_to_use(cast):
    search = save(shared=True)
    page = text(client_of("asha").get("/cases/searches/"))
    assert f"North {CANARY}" in page
    assert "Only its owner" in page
    assert client_of("asha").get(f"/cases/searches/{search.uid}/").status_code == 302
    for part in ("edit/", "delete/"):
        client = client_of("asha")
        for ask in (client.get, client.post):
            assert ask(f"/cases/searches/{search.uid}/{part}").status_code == 404
    assert CANARY not in text(client_of("bob").get("/cases/searches/"))
    assert client_of("bob").get(f"/cases/searches/{search.uid}/").status_code == 404


def test_the_second_wall_stands_alone(cast):
    private, shared = save(), save(name="Shared", shared=True)
    every = SavedSearch.objects.unscoped(reason="the test takes the first wall down")

    def seen(name: str) -> set[int]:
        with acting(name):
            return set(every.filter(pk__in=[private.pk, shared.pk]).values_list("pk", flat=True))

    assert seen("alice") == {private.pk, shared.pk}
    assert seen("asha") == {shared.pk}
    assert seen("bob") == set()
    with acting("asha"):
        assert every.filter(pk=shared.pk).update(name="Mine now") == 0
        assert every.filter(pk=shared.pk).delete()[0] == 0
    with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic(), acting("asha"):
        SavedSearch(owner=cast["alice"], agency=agency("POL"), name="Forged").save(force_insert=True)
    with pytest.raises(ScopeError):
        list(SavedSearch.objects.all())


def test_renaming_sharing_and_deleting(cast):
    search = save()
    client = client_of("alice")
    address = f"/cases/searches/{search.uid}/"
    page = client.get(f"{address}edit/")
    assert f'value="North {CANARY}"' in page.content.decode()
    sent = {"name": "South", "who": "shared", "alert": "daily"}
    assert client.post(f"{address}edit/", sent).status_code == 302
    now = fresh(search)
    assert (now.name, now.shared, now.alert) == ("South", True, "daily")
    assert "select" in text(client.post(f"{address}edit/", sent | {"who": "everybody"})).lower()
    asked = text(client.get(f"{address}delete/"))
    assert "Delete this saved search?" in asked
    assert "Colleagues with whom it is shared lose it" in asked
    assert client.post(f"{address}delete/").status_code == 302
    assert client.get(f"{address}delete/").status_code == 404
    assert [e.action for e in (*audited("search.change"), *audited("search.delete"))] == [
        "search.change",
        "search.delete",
    ]


def test_who_is_not_the_owner_changes_nothing_by_the_service(cast):
    search = save(shared=True)
    with acting("asha") as actor:
        with pytest.raises(SavedSearch.DoesNotExist):
            search_change(actor=actor, search=search, name="Mine", shared=False, alert="none")
        with pytest.raises(SavedSearch.DoesNotExist):
            search_delete(actor=actor, search=search)


def test_an_empty_list_says_what_to_do_and_methods(cast):
    assert "No saved searches yet" in text(client_of("alice").get("/cases/searches/"))
    assert_methods("/cases/searches/", "alice", "post", "put", "delete")
    assert_methods(f"/cases/searches/{save().uid}/", "alice", "post", "put", "delete")


# --- Alerts -------------------------------------------------------------------------------------------------


@pytest.fixture
def noon():
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


def test_an_alert_comes_once_a_day_and_counts_what_is_new(cast, noon):
    case_of("alice")
    search = save(alert=SearchAlert.DAILY, criteria=CaseCriteria(status=("new",)))
    noon.shift(DAY)
    assert searches_alert(actor=SYSTEM) == 0
    for _ in range(2):
        case_of("alice")
    assert searches_alert(actor=SYSTEM) == 0
    noon.shift(DAY)
    assert searches_alert(actor=SYSTEM) == 1
    assert searches_alert(actor=SYSTEM) == 0
    assert told("alice") == [f"2 new cases match North {CANARY}"]
    noon.shift(DAY / 2)
    case_of("alice", summary="A brick")
    noon.shift(DAY / 2)
    assert searches_alert(actor=SYSTEM) == 1
    assert told("alice")[1:] == [f"1 new case matches North {CANARY}"]
    [notice] = Notice.objects.unscoped(reason="the test looks").filter(kind="saved_search").order_by("-pk")[:1]
    assert notice.url == f"/cases/searches/{search.uid}/"
    assert notice.case_id is None
    assert len(audited("search.alert")) == 3


def test_what_is_being_written_meanwhile_is_counted_the_next_day(cast, noon):
    save(alert=SearchAlert.DAILY, criteria=CaseCriteria(status=("new",)))
    noon.shift(DAY)
    case_of("alice")
    noon.shift(dt.timedelta(minutes=1))
    assert searches_alert(actor=SYSTEM) == 0
    noon.shift(DAY)
    assert searches_alert(actor=SYSTEM) == 1
    noon.shift(DAY)
    assert searches_alert(actor=SYSTEM) == 0


def test_a_lost_week_is_made_good_at_once(cast, noon):
    save(alert=SearchAlert.DAILY, criteria=CaseCriteria(status=("new",)))
    for _ in range(3):
        noon.shift(DAY)
        case_of("alice")
    noon.shift(4 * DAY)
    assert searches_alert(actor=SYSTEM) == 1
    assert told("alice") == [f"3 new cases match North {CANARY}"]


def test_before_the_morning_nobody_is_told(cast, noon):
    save(alert=SearchAlert.DAILY, criteria=CaseCriteria(status=("new",)))
    case_of("alice")
    noon.move_to(dt.datetime(2026, 11, 25, 6, 59, tzinfo=dt.UTC))
    assert searches_alert(actor=SYSTEM) == 0
    noon.move_to(dt.datetime(2026, 11, 25, 7, 0, tzinfo=dt.UTC))
    assert searches_alert(actor=SYSTEM) == 1


def test_an_alert_counts_only_what_its_owner_may_see_at_that_moment(cast, noon):
    save(alert=SearchAlert.DAILY, criteria=CaseCriteria(status=("new",)))
    save("bob", "NNC", alert=SearchAlert.DAILY, criteria=CaseCriteria(status=("new",)))
    noon.shift(DAY / 2)
    kept_out, shared = case_of("alice"), case_of("alice")
    with acting("asha") as actor:
        exclusion_set(actor=actor, case=kept_out, user=cast["alice"], reason="A neighbour")
    give(shared, "NNC", Level.VIEW)
    give(kept_out, "NNC", Level.SIGNPOST)
    noon.shift(DAY / 2)
    assert searches_alert(actor=SYSTEM) == 2
    assert told("alice") == told("bob") == [f"1 new case matches North {CANARY}"]


def test_who_has_left_is_told_nothing(cast, noon):
    search = save(alert=SearchAlert.DAILY, criteria=CaseCriteria(status=("new",)))
    noon.shift(DAY / 2)
    case_of("alice")
    noon.shift(DAY / 2)
    cast["alice"].memberships.update(is_active=False)
    assert searches_alert(actor=SYSTEM) == 0
    assert told("alice") == []
    assert fresh(search).checked_on == dt.date(2026, 11, 25)


def test_a_hidden_name_moves_no_alert(cast, noon):
    for name, code in (("vera", "VSS"), ("bob", "NNC")):
        save(name, code, alert=SearchAlert.DAILY, criteria=CaseCriteria(q="Quill"))
    noon.shift(DAY)
    case = case_of(
        "alice",
        classification="crime_suspected",
        perpetrators=[PerpetratorData(status="named", given_name="Dean", family_name="Quill")],
    )
    give(case, "VSS", Level.VIEW)
    give(case, "NNC", Level.VIEW)
    noon.shift(DAY)
    assert searches_alert(actor=SYSTEM) == 1
    assert told("vera") == []
    assert len(told("bob")) == 1


def test_asking_for_alerts_later_counts_from_then(cast, noon):
    search = save(criteria=CaseCriteria(status=("new",)))
    case_of("alice")
    noon.shift(DAY)
    with acting("alice") as actor:
        search_change(actor=actor, search=search, name="Later", shared=False, alert="daily")
    assert searches_alert(actor=SYSTEM) == 0
    assert searches_alert(actor=SYSTEM) == 0


def test_the_mail_names_neither_search_nor_case(cast, noon, inbox: Inbox):
    save(alert=SearchAlert.DAILY, criteria=CaseCriteria(status=("new",)))
    noon.shift(DAY / 2)
    case = case_of("alice")
    noon.shift(DAY / 2)
    assert searches_alert(actor=SYSTEM) == 1
    mails_send()
    said = "".join(str(message) for message in inbox.messages)
    assert "There is something new for you." in said
    assert CANARY not in said
    assert case.ref not in said
