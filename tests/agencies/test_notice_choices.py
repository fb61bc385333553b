"""How somebody is told: at once, in a digest, in the service alone, and never in their quiet hours but for safety."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection, transaction

from agencies.choices import Delivery, NoticeGroup
from agencies.models import Digest, Mail, Notice, NoticePreference, QuietHours
from agencies.notice_kinds import CRITICAL, FIXED, GROUPS, group_of
from agencies.quiet import digest_period, quiet_until
from agencies.services.digest import digest_content, digests_make, digests_send
from agencies.services.mail import mails_send
from agencies.services.notice import NoticeData, notice_create, notices_create
from agencies.services.notification import QuietData, notice_choices_save
from incidents.choices import Level
from incidents.models import CaseExclusion
from incidents.services.access import access_rebuild, grant_end
from kernel.actors import system_actor
from kernel.clock import LONDON
from kernel.errors import RuleError
from tests.budget import queries_beyond
from tests.cast import acting, client_of
from tests.incidents.casework import audited, case_of, give, text

pytestmark = pytest.mark.django_db
WHY = "the test looks at all rows"
PATH = "/notices/choices/"
MONDAY = dt.datetime(2026, 11, 23, 10, tzinfo=LONDON)


def at(monkeypatch, moment):
    monkeypatch.setattr("django.conf.settings.HATECASE_NOW", moment.isoformat())


def tell(user, key, kind="task", **more):
    words = more.pop("text", "HT-26-7KQ4M2 is for you")
    return notice_create(NoticeData(user.pk, key, kind, words, "/tasks/HT-26-7KQ4M2/", **more))


def choose(name, quiet=None, **choices):
    with acting(name) as actor:
        notice_choices_save(actor=actor, choices=choices, quiet=quiet)


def digest_all():
    return digests_make(actor=system_actor("digests"))


def form(**overrides):
    return dict.fromkeys(NoticeGroup.values, "at_once") | {"quiet": "no"} | overrides


# --- Choices ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(("delivery", "mails"), [("at_once", 1), ("daily", 0), ("weekly", 0), ("centre", 0)])
def test_a_choice_decides_about_the_mail_and_never_about_the_centre(cast, delivery, mails):
    choose("alice", tasks=delivery)
    assert tell(cast["alice"], "one")
    assert Mail.objects.count() == mails
    with acting("alice") as alice:
        assert Notice.objects.visible_to(alice).get().delivery == delivery


@pytest.mark.parametrize("kind", sorted(FIXED))
def test_what_is_about_safety_cannot_be_turned_down(cast, kind):
    choose("alice", **dict.fromkeys(NoticeGroup.values, "centre"))
    tell(cast["alice"], "one", kind)
    assert Mail.objects.count() == 1


def test_the_page_says_what_is_never_mailed(cast):
    assert "a comment in which nobody mentions you" in text(client_of("alice").get(PATH))


def test_quiet_hours_without_times_ask_for_them(cast):
    page = text(client_of("alice").post(PATH, form(quiet="yes", days=["0"])))
    assert "Enter the time from which it is quiet" in page
    assert "Enter the time until which it is quiet" in page


def test_no_critical_kind_stands_in_a_group():
    assert not FIXED & GROUPS.keys()
    assert {"emergency", "breach", "clock_red", "review_overdue", "clock_manager", "task_chair"} <= CRITICAL.keys()
    assert group_of("something new") == NoticeGroup.OTHER


def test_one_persons_choice_is_not_anothers(cast):
    choose("alice", tasks="centre")
    notices_create([NoticeData(cast[n].pk, "k", "task", "HT-26-7KQ4M2", "/tasks/") for n in ("alice", "bob")])
    assert Mail.objects.get().notice.user == cast["bob"]


def test_a_notice_that_never_had_a_mail_is_in_no_digest(cast, monkeypatch):
    choose("alice", deadlines="daily")
    at(monkeypatch, MONDAY)
    tell(cast["alice"], "one", "draft", mail=False)
    at(monkeypatch, MONDAY + dt.timedelta(days=1))
    assert digest_all() == 0


@pytest.mark.parametrize("model", [NoticePreference, QuietHours])
def test_choices_are_read_by_their_person_alone(cast, model):
    choose("alice", QuietData(dt.time(18), dt.time(8), range(7)), tasks="daily")
    with acting("bob") as bob:
        assert not model.objects.visible_to(bob).exists()
        assert not model.objects.unscoped(reason="the second wall alone").exists()
        assert not Digest.objects.unscoped(reason="the second wall alone").exists()
    with acting("alice") as alice:
        assert model.objects.visible_to(alice).count() == 1


@pytest.mark.parametrize(
    ("choices", "quiet", "field"),
    [
        ({"nothing": "daily"}, None, "nothing"),
        ({"tasks": "never"}, None, "tasks"),
        ({"tasks": "daily"}, QuietData(dt.time(1), dt.time(2), []), "days"),
        ({"tasks": "daily"}, QuietData(dt.time(1), dt.time(2), [7]), "days"),
    ],
)
def test_bad_choices_are_refused_and_nothing_is_kept(cast, choices, quiet, field):
    with acting("alice") as alice, pytest.raises(RuleError) as refused:
        notice_choices_save(actor=alice, choices=choices, quiet=quiet)
    assert refused.value.field == field
    assert not NoticePreference.objects.unscoped(reason=WHY).exists()


def test_the_page_keeps_what_was_chosen_and_says_what_cannot_be(cast):
    client = client_of("alice")
    page = text(client.get(PATH))
    assert all(why in page for why in CRITICAL.values())
    sent = form(tasks="daily", quiet="yes", starts="6pm", ends="8am", days=["0", "4"])
    assert client.post(PATH, sent).status_code == 302
    quiet = QuietHours.objects.unscoped(reason=WHY).get()
    assert (quiet.starts, quiet.ends, quiet.days) == (dt.time(18), dt.time(8), [0, 4])
    again = client.get(PATH).context["form"]
    assert (again["tasks"].initial, again["quiet"].initial, again["days"].initial) == ("daily", "yes", ["0", "4"])
    assert len(audited("notice.choose")) == 1
    client.post(PATH, form())
    assert not QuietHours.objects.unscoped(reason=WHY).exists()


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        (form(quiet="yes", starts="late", ends="8am", days=["0"]), "Quiet from"),
        (form(quiet="yes", starts="6pm", ends="8am"), "Select the days on which the quiet hours begin"),
        (form(tasks="never"), "Tasks"),
    ],
)
def test_the_page_says_what_is_wrong(cast, sent, said):
    page = client_of("alice").post(PATH, sent)
    assert page.status_code == 200
    assert "There is a problem" in text(page)
    assert said in text(page)
    assert not NoticePreference.objects.unscoped(reason=WHY).exists()


# --- Quiet hours -----------------------------------------------------------------------------------

NIGHT = (dt.time(18), dt.time(8))


@pytest.mark.parametrize(
    ("days", "moment", "until"),
    [
        (range(7), MONDAY.replace(hour=18), MONDAY.replace(day=24, hour=8)),
        (range(7), MONDAY.replace(hour=17, minute=59), None),
        (range(7), MONDAY.replace(hour=8), None),
        (range(7), MONDAY.replace(hour=7, minute=59), MONDAY.replace(hour=8)),
        ([0], MONDAY.replace(day=24, hour=7), MONDAY.replace(day=24, hour=8)),
        ([0], MONDAY.replace(hour=7), None),
    ],
)
def test_quiet_hours_belong_to_the_day_on_which_they_begin(days, moment, until):
    assert quiet_until(*NIGHT, days, moment) == until


def test_whole_days_end_together_and_a_week_at_most():
    saturday = dt.datetime(2026, 11, 28, 12, tzinfo=LONDON)
    assert quiet_until(dt.time(0), dt.time(0), [5, 6], saturday) == dt.datetime(2026, 11, 30, tzinfo=LONDON)
    endless = quiet_until(dt.time(0), dt.time(0), range(7), saturday)
    assert endless is not None
    assert endless <= saturday + dt.timedelta(days=8)


def test_quiet_hours_follow_the_change_of_clocks():
    evening = dt.datetime(2026, 10, 24, 23, tzinfo=LONDON)
    assert quiet_until(*NIGHT, range(7), evening) == dt.datetime(2026, 10, 25, 8, tzinfo=dt.UTC)


def test_mail_waits_for_the_end_of_quiet_hours_but_not_where_it_is_about_safety(cast, inbox, monkeypatch):
    choose("alice", QuietData(*NIGHT, range(7)))
    at(monkeypatch, MONDAY.replace(hour=22))
    tell(cast["alice"], "one")
    tell(cast["alice"], "two", "emergency", text="HC-26-7KQ4M2 was opened")
    assert mails_send() == 1
    assert inbox.messages[0]["Subject"] == "Hatecase: HC-26-7KQ4M2"
    assert mails_send() == 0
    at(monkeypatch, MONDAY.replace(day=24, hour=8))
    assert mails_send() == 1
    assert len(inbox.messages) == 2


# --- Digests ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("delivery", "moment", "period"),
    [
        ("daily", MONDAY, dt.date(2026, 11, 23)),
        ("daily", MONDAY.replace(hour=7, minute=59), dt.date(2026, 11, 22)),
        ("weekly", MONDAY, dt.date(2026, 11, 23)),
        ("weekly", MONDAY.replace(hour=7), dt.date(2026, 11, 16)),
        ("weekly", MONDAY.replace(day=27), dt.date(2026, 11, 23)),
    ],
)
def test_a_digest_closes_at_eight(delivery, moment, period):
    day, before = digest_period(delivery, moment)
    assert day == period
    assert before.astimezone(LONDON) == dt.datetime.combine(period, dt.time(8), LONDON)


def test_a_day_is_gathered_once_and_each_notice_once(cast, inbox, monkeypatch):
    choose("alice", tasks="daily")
    at(monkeypatch, MONDAY)
    for number in range(3):
        tell(cast["alice"], f"k{number}")
    assert digest_all() == 0
    at(monkeypatch, MONDAY.replace(day=24, hour=8, minute=1))
    assert digest_all() == 1
    tell(cast["alice"], "later")
    assert digest_all() == 0
    assert (digests_send(), digests_send()) == (1, 0)
    body = inbox.messages[0].get_content()
    assert "3 notices that you have not read" in body
    assert "Tasks: 3" in body
    assert body.count("/tasks/HT-26-7KQ4M2/") == 1
    at(monkeypatch, MONDAY.replace(day=25, hour=9))
    assert (digest_all(), digests_send()) == (1, 1)
    assert "1 notice that" in inbox.messages[1].get_content()
    assert Digest.objects.unscoped(reason=WHY).count() == 2


def test_a_lost_night_heals_itself(cast, inbox, monkeypatch):
    choose("alice", tasks="daily", cases="weekly")
    at(monkeypatch, MONDAY)
    tell(cast["alice"], "one")
    tell(cast["alice"], "two", "lead", text="HC-26-7KQ4M2 is yours to lead")
    at(monkeypatch, MONDAY + dt.timedelta(days=9))
    assert digest_all() == 2
    assert digests_send() == 2
    assert {m["Subject"] for m in inbox.messages} == {"Hatecase: your day", "Hatecase: your week"}


def test_two_makers_make_one(cast, monkeypatch):
    choose("alice", tasks="daily")
    at(monkeypatch, MONDAY)
    tell(cast["alice"], "one")
    at(monkeypatch, MONDAY + dt.timedelta(days=1))
    digest_all()
    Notice.objects.unscoped(reason=WHY).update(digest=None)
    assert digest_all() == 0
    row = Digest.objects.unscoped(reason=WHY).get()
    with pytest.raises(Exception, match="digest_user_delivery_period"), transaction.atomic():
        Digest.objects.bulk_create([Digest(user=row.user, delivery=row.delivery, period=row.period, message_id="x")])


def test_what_is_read_is_left_out_and_an_empty_digest_is_not_sent(cast, inbox, monkeypatch):
    choose("alice", tasks="daily")
    at(monkeypatch, MONDAY)
    tell(cast["alice"], "one")
    at(monkeypatch, MONDAY + dt.timedelta(days=1))
    digest_all()
    Notice.objects.unscoped(reason=WHY).update(read_at=MONDAY)
    assert digests_send() == 0
    assert not inbox.messages
    assert Digest.objects.unscoped(reason=WHY).get().given_up_at is not None


@pytest.mark.parametrize("how", ["ended", "excluded", "restricted"])
def test_a_case_that_was_closed_to_the_reader_meanwhile_is_not_in_the_digest(cast, inbox, monkeypatch, how):
    case, seen = case_of("alice"), case_of("alice")
    give(seen, "NNC", Level.VIEW)
    grant = give(case, "NNC", Level.VIEW)
    choose("bob", cases="daily")
    at(monkeypatch, MONDAY)
    for one in (case, seen):
        notice_create(
            NoticeData(cast["bob"].pk, one.ref, "share", f"{one.ref} is shared", f"/cases/{one.ref}/", one.pk)
        )
    at(monkeypatch, MONDAY + dt.timedelta(days=1))
    assert digest_all() == 1
    if how == "ended":
        grant_end(grant)
    elif how == "excluded":
        CaseExclusion.objects.bulk_create([CaseExclusion(case=case, user=cast["bob"], reason="Knows them")])
    else:
        case.tier = "restricted"
        case.save(update_fields=["tier"])
    access_rebuild([case.pk])
    assert digests_send() == 1
    body = inbox.messages[0].get_content()
    assert seen.ref in body
    assert "1 notice that" in body
    assert case.ref not in body


def test_a_digest_names_references_and_links_only(cast, monkeypatch):
    choose("alice", tasks="daily")
    at(monkeypatch, MONDAY)
    tell(cast["alice"], "one", text="HT-26-7KQ4M2: visit Farida Mirza")
    at(monkeypatch, MONDAY + dt.timedelta(days=1))
    digest_all()
    content = digest_content(Digest.objects.unscoped(reason=WHY).get())
    assert content.lines[0][0] == "HT-26-7KQ4M2"
    assert "Farida" not in str(content)


# --- The list --------------------------------------------------------------------------------------


def test_the_list_is_grouped_by_day_and_case_and_filtered(cast, monkeypatch):
    case = case_of("alice")
    at(monkeypatch, MONDAY)
    tell(cast["alice"], "old", text="HT-26-2222AA is for you")
    at(monkeypatch, MONDAY + dt.timedelta(days=1))
    tell(cast["alice"], "a", "lead", text=f"{case.ref} is yours to lead", case_id=case.pk)
    tell(cast["alice"], "b", text=f"HT-26-333333 in {case.ref} is for you", case_id=case.pk)
    days = client_of("alice").get("/notices/").context["days"]
    assert [(day.day.day, [(c.ref, len(c.rows)) for c in day.cases]) for day in days] == [
        (24, [(case.ref, 2)]),
        (23, [("", 1)]),
    ]
    assert "HT-26-2222AA" not in text(client_of("alice").get("/notices/?group=cases"))
    page = client_of("alice").get("/notices/?group=critical")
    assert "No notices like these" in text(page)
    page = client_of("alice").post("/notices/read/", {"next": "/notices/?unread=on"})
    assert page["Location"] == "/notices/?unread=on"
    assert "No notices like these" in text(client_of("alice").get("/notices/?unread=on"))


@pytest.mark.parametrize("onward", ["https://elsewhere.example/notices/", "//elsewhere.example", "/cases/", "\x00"])
def test_marking_as_read_leads_nowhere_else(cast, onward):
    page = client_of("alice").post("/notices/read/", {"next": onward})
    assert page["Location"] == "/notices/"


@pytest.mark.parametrize("query", ["group=nonsense", "after=x&before=y", "unread=%00", "group=%00"])
def test_nonsense_in_the_address_is_as_nothing(cast, query):
    tell(cast["alice"], "one")
    assert client_of("alice").get(f"/notices/?{query}").status_code == 200


def test_budgets(cast):
    for number in range(40):
        tell(cast["alice"], f"k{number}")
    assert queries_beyond(client_of("alice"), "/notices/") <= 2
    assert queries_beyond(client_of("alice"), PATH) <= 3
    with connection.cursor() as cursor:
        cursor.execute("select count(*) from agencies_notice")
        assert cursor.fetchone()[0] == 40


def test_delivery_values_are_what_the_database_writes():
    assert {"at_once", "centre"} <= set(Delivery.values)
