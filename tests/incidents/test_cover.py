"""Standing in for a colleague: who sets it, what follows it, and where it ends."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from django.utils import timezone

from agencies.models import Membership, Notice
from agencies.services import people
from incidents.choices import Level
from incidents.models import Case, Clock, Cover
from incidents.selectors.access_check import access_disagreements
from incidents.services.access import access_rebuild
from incidents.services.cover import cover_end, cover_set, covers_apply
from incidents.services.reminder import reminders_send
from incidents.services.task import task_create
from kernel import clock
from kernel.actors import system_actor
from kernel.errors import ForbiddenError, RuleError
from kernel.models import AuditEvent
from tests.budget import queries_beyond
from tests.cast import acting, agency, cast_get, client_of
from tests.incidents.casework import case_of, day_parts, fresh, text

pytestmark = pytest.mark.django_db

DAY = dt.timedelta(days=1)


@pytest.fixture
def case(cast) -> Case:
    """A case that Alice works, with one task of hers and a time limit that presses."""
    case = case_of()
    Case.objects.unscoped(reason="arrange the worker").filter(pk=case.pk).update(lead_worker=cast["alice"])
    case.clocks.exclude(kind="K3").delete()
    now = clock.now()
    case.clocks.update(amber_at=now - DAY, due_at=now + dt.timedelta(hours=2))
    with acting("alice") as alice:
        task_create(actor=alice, case=case, title="Fit a chain", agency=agency("POL"))
    return fresh(case)


def stand_in(by="alice", away="alice", covering="amir", starts=0, ends=3, code="POL", **values):
    today = clock.today()
    with acting(by) as actor:
        return cover_set(
            actor=actor,
            agency=agency(code),
            away=cast_get()[away],
            covering=cast_get()[covering],
            starts_on=today + starts * DAY,
            ends_on=today + ends * DAY,
            **values,
        )


def covers():
    return Cover.objects.unscoped(reason="the test looks")


def own(case):
    Case.objects.unscoped(reason="arrange the tier").filter(pk=case.pk).update(tier="own")
    access_rebuild([case.pk])


def opens(name, case):
    return client_of(name).get(f"/cases/{case.ref}/").status_code == 200


def test_who_stands_in_finds_the_work_marked_and_only_while_it_lasts(case):
    amir = client_of("amir")
    assert "Covering for" not in text(amir.get("/"))
    cover = stand_in()
    page = text(amir.get("/"))
    assert "Covering for Alice Morgan" in page
    assert "Fit a chain" in page
    assert f"{case.ref} First contact with the victim" in page
    assert re.search(rf"Fit a chain .{{0,60}}{case.ref}", page)
    with acting("alice") as alice:
        cover_end(actor=alice, cover=cover)
    assert "Covering for" not in text(amir.get("/"))


def test_cover_to_come_and_cover_gone_show_nothing(case):
    stand_in(starts=1)
    assert "Covering for" not in text(client_of("amir").get("/"))
    covers().update(starts_on=clock.today() - 3 * DAY, ends_on=clock.today() - DAY)
    assert "Covering for" not in text(client_of("amir").get("/"))


def test_nothing_shows_of_a_case_from_which_the_stand_in_is_kept_out(case, cast):
    stand_in()
    case.exclusions.create(user=cast["amir"], reason="A relative")
    access_rebuild([case.pk])
    page = text(client_of("amir").get("/"))
    assert "Covering for Alice Morgan" in page
    assert "Nothing of theirs presses" in page
    assert case.ref not in page
    assert "Fit a chain" not in page


def test_reminders_go_to_both(case):
    stand_in()
    Notice.objects.unscoped(reason="the test begins anew").delete()
    reminders_send(actor=system_actor("test"))
    rows = Notice.objects.unscoped(reason="the test looks").filter(kind="clock_amber").select_related("user")
    assert {row.user.email.partition("@")[0] for row in rows} == {"alice", "amir"}
    assert reminders_send(actor=system_actor("test")) == 0


def test_both_are_told_in_words_that_name_nobody(case):
    stand_in(by="asha")
    rows = Notice.objects.unscoped(reason="the test looks").filter(kind="cover").select_related("user")
    assert {row.user.email.partition("@")[0] for row in rows} == {"alice", "amir"}
    assert not any("Alice" in row.text or "Amir" in row.text for row in rows)
    assert AuditEvent.objects.filter(action="cover.set").count() == 1


# --- Cases that only the agency's own people open ----------------------------------------------------


def test_standing_in_opens_what_the_worker_opens_and_ends_with_it(case):
    own(case)
    assert not opens("amir", case)
    cover = stand_in()
    assert opens("amir", case)
    assert access_disagreements() == []
    with acting("alice") as alice:
        cover_end(actor=alice, cover=cover)
    assert not opens("amir", case)


def test_past_its_last_day_it_opens_nothing_although_no_job_has_run(case):
    own(case)
    stand_in()
    past = timezone.now() - dt.timedelta(minutes=1)
    case.people.filter(source="cover").update(until=past)
    Case.objects.unscoped(reason="the envelope knows the end").filter(pk=case.pk).update(access_ends_at=past)
    assert not opens("amir", case)


def test_cover_to_come_opens_on_its_first_day(case):
    own(case)
    stand_in(starts=1)
    assert covers_apply(actor=system_actor("test")) == 0
    assert not opens("amir", case)
    covers().update(starts_on=clock.today())
    assert covers_apply(actor=system_actor("test")) == 1
    assert covers_apply(actor=system_actor("test")) == 0
    assert opens("amir", case)


def test_it_follows_whoever_works_the_case(case, cast):
    own(case)
    stand_in()
    Case.objects.unscoped(reason="another worker").filter(pk=case.pk).update(lead_worker=cast["donna"])
    access_rebuild([case.pk])
    assert not opens("amir", case)


def test_neither_an_exclusion_nor_a_restricted_case_gives_way(case, cast):
    own(case)
    case.exclusions.create(user=cast["amir"], reason="A relative")
    access_rebuild([case.pk])
    cover = stand_in()
    assert not opens("amir", case)
    case.exclusions.all().delete()
    Case.objects.unscoped(reason="arrange the tier").filter(pk=case.pk).update(tier="restricted")
    access_rebuild([case.pk])
    assert not opens("amir", case)
    assert cover.ended_at is None
    assert "does not open a restricted case" in text(client_of("amir").get("/cover/"))


# --- Who sets it, and what fits ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("by", "away", "code"),
    [("amir", "alice", "POL"), ("bob", "alice", "POL"), ("asha", "bob", "NNC"), ("ada", "ada", "POL")],
)
def test_one_sets_it_for_oneself_or_for_ones_own_team(cast, by, away, code):
    with pytest.raises(ForbiddenError):
        stand_in(by=by, away=away, covering="donna", code=code)
    assert not covers().exists()


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"covering": "alice"}, "covering"),
        ({"covering": "bob"}, "covering"),
        ({"covering": "ada"}, "covering"),
        ({"by": "asha", "away": "walt"}, "away"),
        ({"starts": 3, "ends": 2}, "ends_on"),
        ({"starts": -3, "ends": -1}, "ends_on"),
        ({"ends": 400}, "ends_on"),
        ({"note": "x" * 301}, "note"),
    ],
)
def test_days_and_people_must_fit(cast, values, field):
    with pytest.raises(RuleError) as refused:
        stand_in(**values)
    assert refused.value.field == field
    assert not covers().exists()


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"covering": "donna"}, "away"),
        ({"away": "donna", "covering": "alice"}, "covering"),
        ({"away": "amir", "covering": "donna"}, "away"),
    ],
)
def test_nobody_is_covered_twice_or_by_somebody_who_is_away(cast, values, field):
    stand_in()
    with pytest.raises(RuleError) as refused:
        stand_in(by="asha", **values)
    assert refused.value.field == field
    assert covers().count() == 1
    stand_in(by="asha", starts=10, ends=12, **values)


def test_sent_twice_it_is_set_once(cast):
    assert stand_in() == stand_in()
    assert AuditEvent.objects.filter(action="cover.set").count() == 1


def test_who_stands_in_cannot_end_it_and_other_agencies_know_nothing_of_it(cast):
    cover = stand_in(note="Back on Friday")
    with acting("amir") as amir, pytest.raises(ForbiddenError):
        cover_end(actor=amir, cover=cover)
    assert client_of("amir").get(f"/cover/{cover.uid}/end/").status_code == 403
    assert client_of("bob").get(f"/cover/{cover.uid}/end/").status_code == 404
    with acting("bob") as bob:
        assert not Cover.objects.visible_to(bob).exists()
    assert "Back on Friday" not in text(client_of("bob").get("/cover/"))


def test_by_the_page(case, cast):
    alice = client_of("alice")
    today = clock.today()
    page = alice.get("/cover/")
    assert "Nobody is covered" in text(page)
    assert "Marcus Bell" not in re_options(page, "away")
    sent = {"agency": agency("POL").pk, "away": cast["alice"].pk, "covering": cast["amir"].pk}
    days = day_parts("starts_on", today) | day_parts("ends_on", today + DAY)
    done = alice.post("/cover/", sent | days, follow=True)
    assert "Cover set. Amir Qureshi has been told." in text(done)
    uid = covers().get().uid
    ended = client_of("asha").post(f"/cover/{uid}/end/", follow=True)
    assert "Cover ended" in text(ended)
    for_other = alice.post("/cover/", sent | days | {"away": cast["amir"].pk, "covering": cast["alice"].pk})
    assert "Cover set" not in text(for_other)
    theirs = sent | days | {"away": cast["amir"].pk, "covering": cast["alice"].pk}
    assert "Cover set. Both of them have been told." in text(client_of("asha").post("/cover/", theirs, follow=True))
    cover_again = covers().get(ended_at=None)
    client_of("asha").post(f"/cover/{cover_again.uid}/end/")
    assert client_of("sam").get("/cover/").status_code == 404
    assert queries_beyond(alice, "/cover/") <= 8
    assert queries_beyond(client_of("amir"), "/") <= 10


def re_options(page, name):
    return re.search(rf'<select[^>]*name="{name}".*?</select>', page.content.decode(), re.DOTALL).group()


def test_a_leavers_cover_and_places_as_deputy_end(case, cast):
    stand_in()
    rows = Case.objects.unscoped(reason="arrange the deputy")
    rows.filter(pk=case.pk).update(deputy=cast["amir"])
    leaver = Membership.objects.get(user=cast["amir"])
    with acting("ada") as ada:
        people.person_close(actor=ada, membership=leaver, to=cast["donna"])
    assert fresh(case).deputy is None
    assert covers().get().ended_at is not None


def test_clocks_of_a_deputy_stand_in_my_work(case, cast):
    assert case.ref not in text(client_of("donna").get("/")).partition("Notices")[0]
    Case.objects.unscoped(reason="arrange the deputy").filter(pk=case.pk).update(deputy=cast["donna"])
    assert Clock.objects.unscoped(reason="the test counts").filter(case=case).count() == 1
    assert f"{case.ref} First contact" in text(client_of("donna").get("/"))


def test_levels_are_the_workers_own(case):
    own(case)
    stand_in()
    assert case.people.get(source="cover").level == Level.MANAGE


def test_a_manager_does_not_open_the_agency_s_own_cases_by_naming_themself(case, cast):
    """A manager is none of those to whom a case of the OWN tier opens (docs/domain.md §5.4)."""
    own(case)
    Membership.objects.filter(user=cast["amir"], agency=agency("POL")).update(roles=["manager", "caseworker"])
    assert not opens("amir", case)
    with pytest.raises(RuleError, match="name yourself"):
        stand_in(by="amir", away="alice", covering="amir")
    assert not covers().exists()
    assert not opens("amir", case)
    stand_in(by="asha", away="alice", covering="amir")
    assert opens("amir", case)
