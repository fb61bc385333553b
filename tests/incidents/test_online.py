"""What was posted online and who posted it: shown whole to who may know, put aside where no name is kept (§1.4, §10.3)."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import replace

import pytest
from django.db import connection

from incidents.choices import Level
from incidents.models import Incident, OnlineAccount, OnlinePost, SubjectReport
from incidents.rules.fields import Paper
from incidents.selectors.case_page import case_get, case_page
from incidents.services.note import note_add
from incidents.services.online import PostData, online_post_save
from incidents.services.online_account import AccountData, online_account_add, online_account_change
from incidents.services.people import perpetrator_name_record, subject_reports_erase_due
from kernel import clock
from kernel.actors import system_actor
from kernel.errors import ForbiddenError, RuleError, StaleError
from tests.cast import acting, client_of, log_incident_as
from tests.incidents.casework import (
    assert_forbidden,
    assert_unknown_is_404,
    audited,
    day_parts,
    fresh,
    give_all,
    moment_parts,
    reclassify,
    reveal,
    text,
)
from tests.incidents.evidence import add_quick, shelf_use
from tests.incidents.moving import WHY, join, picture, undo

pytestmark = pytest.mark.django_db

ACCOUNT = AccountData(
    handle="@pikestaff88",
    display_name="Percival Pikestaff",
    profile_url="https://x.example/pikestaff88",
    post_id="771204",
    urls=("https://x.example/post/1", "https://x.example/post/2"),
    place="overseas",
)
POST = PostData(platform="x", audience="About 300 followers", tagged="Thistlewood’s shop", told=True, told_ref="RP-9")
SECRETS = ("pikestaff88", "Percival Pikestaff", "771204", "x.example/post/1", "x.example/post/2")


def online_case(classification: str = "crime_suspected", name: str = "alice", **given):
    """Something online, shared with both sides to add to; it is classified once more, so that everybody's access stands."""
    given = {"place_type": "online", "online": True, "post": POST, "account": ACCOUNT} | given
    incident = log_incident_as(name, classification=classification, **given)
    for code in ("NNC", "VSS", "PROB"):
        give_all(incident.case, code, Level.CONTRIBUTE)
    return fresh(incident.case)


@pytest.fixture
def case(cast):
    return online_case()


def incident_of(case) -> Incident:
    return Incident.objects.unscoped(reason=WHY).get(case=case)


def accounts(case) -> list[OnlineAccount]:
    return list(OnlineAccount.objects.unscoped(reason=WHY).filter(case=case))


def waiting(case) -> list[SubjectReport]:
    return list(SubjectReport.objects.unscoped(reason=WHY).filter(case=case, perpetrator=None))


def address(case, tail: str = "") -> str:
    return f"/cases/{case.ref}/incidents/{incident_of(case).ref}/online/{tail}"


def page(case, name: str = "alice") -> str:
    return text(client_of(name).get(f"/cases/{case.ref}/"))


# --- Who is told ----------------------------------------------------------------------------------


def test_the_page_tells_everything_to_who_may_know(case):
    shown = page(case)
    assert all(secret in shown for secret in SECRETS)
    assert "Seems to be: Overseas" in shown
    for words in ("About 300 followers", "Thistlewood’s shop", "Yes. reference RP-9", "Online details"):
        assert words in shown


@pytest.mark.parametrize(
    ("name", "hidden", "tagged"), [("bob", True, True), ("petra", True, False), ("vera", False, True)]
)
def test_who_posted_it_is_for_their_side_and_after_a_reason(case, name, hidden, tagged):
    for shown in (page(case, name), text(client_of(name).get(address(case)))):
        assert not any(secret in shown for secret in SECRETS)
    shown = page(case, name)
    assert ("Account that posted it Hidden" in shown) is hidden
    assert ("Thistlewood’s shop" in shown) is tagged
    assert "About 300 followers" in shown
    if hidden:
        reveal(case, name, "subject_identity")
        assert all(secret in page(case, name) for secret in SECRETS)


def test_both_walls_keep_accounts_from_the_other_side(case):
    for name, count in (("alice", 1), ("petra", 1), ("vera", 0), ("walt", 0)):
        with acting(name) as actor:
            first = OnlineAccount.objects.visible_to(actor).count()
            second = OnlineAccount.objects.unscoped(reason="the second wall alone").count()
        assert (first, second) == (count, count), name


def test_an_account_goes_out_of_texts_and_finds_the_case_as_a_name_does(case):
    with acting("bob") as actor:
        note_add(
            actor=actor, case=case, text="Saw pikestaff88 (Percival Pikestaff) at https://x.example/post/2 today."
        )
    theirs = page(case, "vera")
    assert "Saw [not shown] ([not shown]) at [not shown] today." in theirs
    for name, found in (("alice", True), ("petra", True), ("vera", False), ("walt", False)):
        assert (case.ref in text(client_of(name).get("/cases/?q=pikestaff88"))) is found, name


def test_a_pack_has_the_account_where_the_share_covers_it(case):
    for name, told in (("bob", True), ("petra", True), ("vera", False)):
        assert ("@pikestaff88" in on_paper(case, name, Paper.PACK)) is told, name


def test_a_printed_case_has_the_account_for_who_is_shown_it_on_the_page(case):
    assert on_paper(case, "bob", Paper.CASE) == "Hidden"
    reveal(case, "bob", "subject_identity")
    assert "@pikestaff88" in on_paper(case, "bob", Paper.CASE)
    assert on_paper(case, "vera", Paper.CASE) == ""


def on_paper(case, name, paper):
    with acting(name) as actor:
        printed = case_page(actor=actor, case=case_get(actor=actor, ref=case.ref), printed=paper)
    return dict(printed.incidents[0].rows).get("Account that posted it", "")


# --- Where no name is kept ------------------------------------------------------------------------


def test_below_the_threshold_nothing_of_the_account_is_kept_in_the_case(cast):
    case = online_case("hate_incident")
    assert not accounts(case)
    [report] = waiting(case)
    assert report.subject_as_reported["handle"] == "@pikestaff88"
    assert report.subject_as_reported["urls"] == list(ACCOUNT.urls)
    for name in ("alice", "bob", "petra", "vera"):
        assert not any(secret in page(case, name) for secret in SECRETS), name
    assert "puts aside" not in page(case)
    aside = text(client_of("asha").get(f"/cases/{case.ref}/quarantine/"))
    assert all(secret in aside for secret in SECRETS)
    for name, status in (("bob", 403), ("vera", 403), ("walt", 404)):
        assert client_of(name).get(f"/cases/{case.ref}/quarantine/").status_code == status
    with acting("asha") as actor, pytest.raises(RuleError):
        perpetrator_name_record(actor=actor, report_id=report.pk)
    reclassify(case, "crime_suspected")
    with acting("asha") as actor:
        assert perpetrator_name_record(actor=actor, report_id=report.pk) is None
    assert not waiting(case)
    [row] = accounts(case)
    assert (row.handle, row.urls, row.place) == ("@pikestaff88", list(ACCOUNT.urls), "overseas")
    assert "pikestaff88" in page(case)


def test_an_account_goes_back_when_it_is_no_crime_any_more(case):
    [row] = accounts(case)
    reclassify(case, "hate_incident")
    assert not accounts(case)
    [report] = waiting(case)
    assert report.subject_as_reported == ACCOUNT.identity()
    assert "pikestaff88" not in page(case)
    assert client_of("alice").get(address(case, f"accounts/{row.pk}/")).status_code == 404
    SubjectReport.objects.unscoped(reason=WHY).update(erase_on=clock.today())
    assert subject_reports_erase_due(actor=system_actor("the end of a quarantine")) == 1
    assert not waiting(case)


# --- Later ----------------------------------------------------------------------------------------


def test_the_details_are_kept_with_their_zone_and_their_history(case):
    moment = dt.datetime(2026, 2, 3, 18, 40, tzinfo=clock.LONDON)
    sent = {
        "platform": "other",
        "platform_other": "Chatterbox",
        **moment_parts("posted_at", moment),
        "posted_zone": "Asia/Karachi",
        "reach": "group",
        "threat": "yes",
        "removed": "no",
        "known_offline": "unknown",
        "told": "yes",
        **day_parts("told_on", dt.date(2026, 2, 4)),
        "told_ref": "RP-10",
        "told_result": "refused",
        "version": "1",
    }
    answer = client_of("alice").post(address(case), sent)
    assert answer.status_code == 302, text(answer)
    row = OnlinePost.objects.unscoped(reason=WHY).get(case=case)
    assert row.posted_at == dt.datetime(2026, 2, 3, 13, 40, tzinfo=dt.UTC)
    shown = page(case)
    assert "3 February 2026 at 6:40pm Pakistan time (3 February 2026 at 1:40pm UK time)" in shown
    for words in ("Chatterbox", "A group", "4 February 2026. reference RP-10. Did nothing: no breach of its rules"):
        assert words in shown
    form = client_of("alice").get(address(case)).content.decode()
    assert 'value="6:40pm"' in form
    assert "Take a screenshot that shows the address and the date" in form
    [event] = audited("online.change")
    assert "told_ref" in str(event.changed if hasattr(event, "changed") else event.__dict__)
    stale = client_of("bob").post(address(case), sent)
    assert stale.status_code == 409
    assert "Somebody else changed these details" in text(stale)


def test_words_of_another_agency_stay_for_who_may_not_know_both_sides(case):
    incident, row = incident_of(case), OnlinePost.objects.unscoped(reason=WHY).get(case=case)
    same = PostData(platform="x", audience=POST.audience, tagged=None, told=True, told_ref="RP-9", threat="yes")
    with acting("petra") as actor:
        saved = online_post_save(actor=actor, case=case, incident=incident, version=row.version, data=same)
        assert (saved.threat, saved.tagged, saved.words_by_id) == ("yes", POST.tagged, row.words_by_id)
        other = PostData(platform="x", audience="Is it Thistlewood?", tagged=None)
        with pytest.raises(RuleError, match="Another agency wrote this"):
            online_post_save(actor=actor, case=case, incident=incident, version=saved.version, data=other)
        with pytest.raises(StaleError):
            online_post_save(actor=actor, case=case, incident=incident, version=row.version, data=same)


def test_what_hangs_together_is_changed_together(case):
    incident = incident_of(case)
    rows = OnlinePost.objects.unscoped(reason=WHY).filter(case=case)
    rows.update(told_on=dt.date(2026, 2, 4), told_result="refused")
    version = rows.get().version
    unsaid = PostData(platform="x", audience=POST.audience, tagged=None)
    with acting("petra") as actor, pytest.raises(RuleError, match="Another agency wrote this") as refused:
        online_post_save(actor=actor, case=case, incident=incident, version=version, data=unsaid)
    assert refused.value.field == "told"
    assert rows.values_list("told", "told_on", "told_result", "told_ref").get() == (
        True,
        dt.date(2026, 2, 4),
        "refused",
        POST.told_ref,
    )
    mine = PostData(platform="x", audience=POST.audience, tagged=POST.tagged)
    with acting("alice") as actor:
        saved = online_post_save(actor=actor, case=case, incident=incident, version=version, data=mine)
    assert (saved.told, saved.told_on, saved.told_result, saved.told_ref) == (False, None, "", "")


def test_a_screenshot_that_one_may_not_know_is_not_replaced(case, settings, tmp_path):
    folder = shelf_use(settings, tmp_path)
    theirs, mine = (
        add_quick(case, "vera", folder, b"One", "one.txt"),
        add_quick(case, "petra", folder, b"Two", "two.txt"),
    )
    rows = OnlinePost.objects.unscoped(reason=WHY).filter(case=case)
    rows.update(screenshot=theirs)
    same = PostData(platform="x", audience=POST.audience, tagged=None, told=True, told_ref="RP-9")
    version = rows.get().version
    with acting("petra") as actor:
        with pytest.raises(RuleError) as refused:
            data = replace(same, screenshot=mine.uid)
            online_post_save(actor=actor, case=case, incident=incident_of(case), version=version, data=data)
        online_post_save(actor=actor, case=case, incident=incident_of(case), version=version, data=same)
    assert refused.value.field == "screenshot"
    assert rows.get().screenshot_id == theirs.pk


def test_who_may_not_know_adds_an_account_once_and_reads_nothing_back(case):
    before, once = page(case, "vera"), str(uuid.uuid4())
    sent = {"handle": "@second", "submission_id": once}
    for _ in range(2):
        answer = client_of("vera").post(address(case, "accounts/add/"), sent, follow=True)
        assert "@second" not in text(answer)
    assert sorted(row.handle for row in accounts(case)) == ["@pikestaff88", "@second"]
    assert len(audited("online.account_add")) == 1
    assert "second" not in page(case, "vera")
    assert before.count("Account that posted it") == page(case, "vera").count("Account that posted it") == 0
    reclassify(case, "hate_incident")
    sent = {"handle": "@third", "submission_id": str(uuid.uuid4())}
    for _ in range(2):
        assert client_of("vera").post(address(case, "accounts/add/"), sent).status_code == 302
    assert sorted(report.subject_as_reported["handle"] for report in waiting(case)) == [
        "@pikestaff88",
        "@second",
        "@third",
    ]


def test_an_account_is_changed_and_erased_by_who_is_shown_it(case):
    [row] = accounts(case)
    path = address(case, f"accounts/{row.pk}/")
    assert "@pikestaff88" in client_of("alice").get(path).content.decode()
    assert [client_of(name).get(path).status_code for name in ("bob", "petra", "vera")] == [403, 403, 404]
    sent = {"handle": "@renamed", "urls": "x.example/a\nnonsense", "version": "1"}
    assert "Enter a web address" in text(client_of("alice").post(path, sent))
    sent["urls"] = "x.example/a\nx.example/a"
    assert client_of("alice").post(path, sent).status_code == 302
    [row] = accounts(case)
    assert (row.handle, row.urls, row.version) == ("@renamed", ["https://x.example/a"], 2)
    assert client_of("alice").post(path, sent).status_code == 409
    with acting("bob") as actor, pytest.raises(ForbiddenError):
        online_account_change(actor=actor, case=case, uid=row.pk, version=2, data=ACCOUNT)
    assert client_of("alice").post(path, {"version": "2"}).status_code == 302
    assert not accounts(case)
    assert len(audited("online.account_erase")) == 1
    with acting("alice") as actor, pytest.raises(RuleError):
        online_account_add(actor=actor, case=case, incident=incident_of(case), data=AccountData(place="uk"))


def test_it_goes_with_its_incident(case):
    target = online_case(post=None, account=None)
    before = picture(case, target)
    moves = join(case, target)
    rows = (*accounts(target), *OnlinePost.objects.unscoped(reason=WHY).filter(case=target))
    assert len(rows) == 2
    assert not accounts(case)
    undo(moves)
    assert picture(case, target) == before


def test_who_may_only_read_changes_nothing_and_others_find_nothing(case):
    give_all(case, "FIRE", Level.VIEW)
    assert_forbidden(address(case), "frank")
    assert_forbidden(address(case, "accounts/add/"), "frank")
    assert_unknown_is_404(address(case).replace(case.ref, "{ref}"), case)


def test_the_database_lets_nobody_of_one_side_write_what_they_would_read(case):
    """The gate between a blind insert and a read: an account cannot be changed by who may not see it."""
    with acting("vera"), connection.cursor() as cursor:
        cursor.execute("update incidents_onlineaccount set handle = 'x'")
        assert cursor.rowcount == 0
        cursor.execute("delete from incidents_onlineaccount")
        assert cursor.rowcount == 0


def test_nothing_said_is_no_post(cast):
    case = online_case(post=None, account=None)
    assert "Enter what is known of the post or message" in text(client_of("alice").post(address(case), {}))
    assert not OnlinePost.objects.unscoped(reason=WHY).filter(case=case).exists()
