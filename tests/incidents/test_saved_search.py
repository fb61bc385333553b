"""Saved searches: whose they are, what they stand for, and the alert that comes once a day."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
from django.db import transaction
from django.db.utils import ProgrammingError

from incidents.models import SavedSearch
from incidents.selectors.case_list import CaseCriteria
from incidents.selectors.saved_search import criteria_of, query_of
from incidents.services.saved_search import MOST_KEPT, search_change, search_delete, search_save
from kernel.errors import ForbiddenError, RuleError, ScopeError
from tests.cast import acting, agency, client_of
from tests.incidents.casework import assert_methods, audited, case_of, text

pytestmark = pytest.mark.django_db

CANARY = "Qzpltrvn"


def save(who: str = "alice", code: str = "POL", **more) -> SavedSearch:
    values = {"name": f"North {CANARY}", "criteria": CaseCriteria(status=("new",), q="market")} | more
    with acting(who) as actor:
        return search_save(actor=actor, agency_id=agency(code).pk, **values)


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
        classification=("asb", "undetermined"),
        priority=("P1",),
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
