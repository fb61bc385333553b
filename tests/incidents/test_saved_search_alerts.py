"""The alert of a saved search: once a day, a number and a name, and only what its owner may see at that moment."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine

from agencies.models import Notice
from agencies.services.mail import mails_send
from incidents.choices import Level, SearchAlert
from incidents.selectors.case_list import CaseCriteria
from incidents.services.exclusion import exclusion_set
from incidents.services.saved_search import search_change, searches_alert
from kernel import clock
from kernel.actors import system_actor
from perpetrators.services import PerpetratorData
from tests.cast import acting, cast_get
from tests.incidents.casework import audited, case_of, give
from tests.incidents.test_saved_search import CANARY, fresh, save
from tests.mail_server import Inbox

pytestmark = pytest.mark.django_db

SYSTEM = system_actor("the test's sweep")
# Tomorrow: access begins by the database's clock, which nobody sets.
NOON = (dt.datetime.now(dt.UTC) + dt.timedelta(days=1)).replace(hour=12, minute=0, second=0, microsecond=0)
DAY = dt.timedelta(days=1)


def told(name: str) -> list[str]:
    rows = Notice.objects.unscoped(reason="the test looks at the notices")
    return list(rows.filter(user=cast_get()[name], kind="saved_search").order_by("pk").values_list("text", flat=True))


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
    noon.shift(DAY / 24)
    case_of("alice")
    morning = dt.datetime.combine((NOON + DAY).date(), dt.time(7), clock.LONDON)
    noon.move_to(morning - dt.timedelta(minutes=1))
    assert searches_alert(actor=SYSTEM) == 0
    noon.move_to(morning)
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
    assert fresh(search).checked_on == (NOON + DAY).date()


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
