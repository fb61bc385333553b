"""What each step refuses, with which sentence, and that nothing typed is lost and nothing half-saved."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from agencies.choices import District
from incidents.choices import SUBS, Strand
from incidents.models import Characteristic, Incident, IncidentDraft
from kernel import clock
from tests.incidents.intake_pages import SIMPLE, Report, errors_of, words_of
from victims.models import Victim

pytestmark = pytest.mark.django_db

BEFORE = {
    "what": (),
    "where": ("what",),
    "why": ("what", "where"),
    "report": ("what", "where", "why"),
    "victim/1": ("what", "where", "why", "report"),
    "contact/1": ("what", "where", "why", "report", "victim/1"),
    "who/1": ("what", "where", "why", "report", "victim/1", "contact/1"),
    "priority": ("what", "where", "why", "report", "victim/1", "contact/1", "who/1"),
}


@pytest.fixture(autouse=True)
def _moment(settings):
    settings.HATECASE_NOW = "2026-11-19T12:00:00"


@pytest.fixture
def at(client_for):
    """`at("where")`: a report that has reached a step."""

    def reach(key: str, name: str = "alice", **answers: dict[str, Any]) -> Report:
        report = Report(client_for(name))
        assert report.begin(**answers.get("safety", {})).status_code == 302
        for earlier in BEFORE[key]:
            assert report.send(earlier, **answers.get(earlier.partition("/")[0], {})).status_code == 302, earlier
        return report

    return reach


def kept(report: Report) -> dict:
    return IncidentDraft.objects.unscoped(reason="the test reads what is kept").get(uid=report.uid).answers


def day(name: str, moment: dt.date, time: str = "") -> dict[str, str]:
    parts = {f"{name}_day": str(moment.day), f"{name}_month": str(moment.month), f"{name}_year": str(moment.year)}
    return parts | {f"{name}_time": time}


@pytest.mark.parametrize(
    ("key", "answers", "field", "sentence"),
    [
        ("what", {"narrative": ""}, "narrative", "Enter what happened"),
        ("what", {"narrative": "   "}, "narrative", "Enter what happened"),
        ("what", {"when": None}, "when", "Select when it happened"),
        ("what", {"when": "sometime"}, "when", "choose one of the options shown"),
        ("what", {"at_day": ""}, "at", "Date and time must include a day"),
        ("what", {"at_day": "31"}, "at", "Date and time must be a real date"),
        ("what", {"at_year": "2027"}, "at", "Date and time must be today or in the past"),
        ("what", {"at_time": "25:00"}, "at", "Date and time must include a real time, like 6:40pm or 18:40"),
        ("what", {"behaviours": None}, "behaviours", "Select what was done"),
        ("what", {"behaviours": ["witchcraft"]}, "behaviours", "choose one of the options shown"),
        ("where", {"place_type": None}, "place_type", "Select what kind of place it was"),
        ("where", {"place_type": "the moon"}, "place_type", "choose one of the options shown"),
        ("where", {"postcode": "NOWHERE"}, "postcode", "Enter a full UK postcode, like NN1 1AA or NN1"),
        ("where", {"district": None, "postcode": ""}, "district", "Select the district where it happened"),
        ("where", {"district": "E06000061"}, "district", "choose one of the options shown"),
        ("where", {"place_type": "online"}, "platform", "Select which platform"),
        ("where", {"place_type": "online", "platform": "x", "url": "java script:x"}, "url",
         "Enter a web address, like https://www.example.com/post/1"),
        ("why", {"strands": None}, "strands", "Select at least one"),
        ("why", {"strands": ["XYZ"]}, "strands", "choose one of the options shown"),
        ("why", {"sub_RAC": ["muslim"]}, "sub_RAC",
         "choose one of the options shown"),
        ("why", {"perceived_by": None}, "perceived_by", "Select who believes that it was hate"),
        ("report", {"reporter_kind": None}, "reporter_kind", "Select who is reporting"),
        ("report", {"channel": "telepathy"}, "channel",
         "choose one of the options shown"),
        ("report", {"received": "earlier"}, "received_at", "Enter date and time it came in"),
        ("report", {"reporter_kind": "anonymous", "reporter_contact": ""}, "reporter_name",
         "Take out the name, or select another answer: the reporter stays anonymous"),
        ("victim/1", {"kind": None}, "kind", "Select who the victim is"),
        ("victim/1", {"given_name": "", "family_name": "", "phone": ""}, "given_name",
         "Enter a name, or a way to reach the person"),
        ("victim/1", {"kind": "organisation"}, "organisation", "Enter the organisation’s name"),
        ("victim/1", {"kind": "known"}, "ref", "Enter the reference, or look the person up"),
        ("victim/1", {"phone": "12"}, "phone",
         "Enter a phone number, like 01632 960 001, 07700 900 982 or +44 808 157 0192"),
        ("victim/1", {"email": "nobody"}, "email",
         "Enter an email address in the correct format, like name@example.com"),
        ("contact/1", {"safe_channels": ["pigeon"]}, "safe_channels",
         "choose one of the options shown"),
        ("contact/1", {"language": "other"}, "language_other", "Enter which language"),
        ("contact/1", {"window1_from": "10pm"}, "window1_to", "Enter when this time ends, like 7am"),
        ("contact/1", {"window2_days": ["0"], "window2_to": "7am"}, "window2_from",
         "Enter when this time begins, like 10pm"),
        ("contact/1", {"window1_from": "late", "window1_to": "7am"}, "window1_from",
         "No contact from must be a real time, like 6:40pm or 18:40"),
        ("who/1", {"status": None}, "status", "Select what is known about who did it"),
        ("who/1", {"description": ""}, "description", "Enter a description, without a name"),
        ("who/1", {"status": "named"}, "given_name", "Enter a first or last name, or select “A description”"),
        ("who/1", {"status": "named", "given_name": "Darren", "description": "Darren from next door"}, "description",
         "Take the name out of the description: Darren"),
        ("priority", {"priority": "P9"}, "priority", "choose one of the options shown"),
        ("priority", {"case": "join"}, "case_ref", "Enter the reference of the case"),
        ("priority", {"case": "join", "case_ref": "nonsense"}, "case_ref",
         "There is no case with this reference that you may use"),
    ],
)  # fmt: skip
def test_a_step_refuses_with_a_sentence(at, key, answers, field, sentence):
    report = at(key)
    before = kept(report)
    response = report.send(key, **answers)
    assert any(sentence in error for error in errors_of(response)[field])
    page = words_of(response)
    assert "There is a problem" in page
    assert page.count(sentence) >= 2, "beside the field and in the summary"
    assert response.content.decode().count("<title>Error: ") == 1
    assert kept(report) == before


def test_everything_typed_is_shown_again(at):
    report = at("what")
    page = report.send(
        "what", narrative="He said <b>go home</b> & left", at_day="31", at_time="half past"
    ).content.decode()
    assert "He said &lt;b&gt;go home&lt;/b&gt; &amp; left" in page
    assert 'value="31"' in page
    assert 'value="half past"' in page
    assert 'value="verbal-abuse" checked' in page


def test_the_first_step_is_refused_with_nothing_begun(client_for):
    client = client_for("alice")
    response = client.post("/cases/new/", {"danger_now": "maybe"})
    assert errors_of(response)["urgent"] == ["Select what applies, or “None of these, or not known”"]
    assert "choose one of the options shown" in words_of(response)
    both = client.post("/cases/new/", {"danger_now": "no", "urgent": ["none", "weapon"]})
    assert errors_of(both)["urgent"] == ["Select what applies, or only “None of these, or not known”"]
    assert not IncidentDraft.objects.unscoped(reason="nothing may have begun").exists()


@pytest.mark.parametrize("hidden", ["\x00", "\u202e", "\x07", "\u2066"])
@pytest.mark.parametrize(
    ("key", "field"),
    [("what", "narrative"), ("where", "location"), ("report", "reporter_name"), ("victim/1", "address")],
)
def test_hidden_characters_are_taken_out_and_said(at, key, field, hidden):
    report = at(key)
    response = report.send(key, **{field: f"Mar{hidden}ket Street"})
    assert response.status_code == 200
    assert "hidden characters that cannot be kept" in words_of(response)
    page = response.content.decode()
    assert "Market Street" in page
    assert hidden not in page


def test_a_megabyte_of_narrative_is_refused_and_kept_on_the_page(at):
    report = at("what")
    response = report.send("what", narrative="word " * 200_000)
    assert errors_of(response)["narrative"] == ["Describe what happened must be 20,000 characters or fewer"]
    assert len(response.content) > 1_000_000
    assert "what" not in kept(report)


def test_a_narrative_at_its_limit_is_taken(at):
    assert at("what").send("what", narrative="x" * 20_000).status_code == 302


def test_more_than_the_server_takes_is_refused(at):
    assert at("what").send("what", narrative="x" * 6_000_000).status_code in (400, 413)


def test_the_future_is_refused_to_the_minute(at):
    report = at("what")
    today = clock.today()
    for name, when in (("at", "once"), ("since", "ongoing")):
        late = report.send("what", when=when, **day(name, today, "12:01"))
        assert "must not be later than the time now" in words_of(late)
        tomorrow = report.send("what", when=when, **day(name, today + dt.timedelta(days=1)))
        assert "must be today or in the past" in words_of(tomorrow)
        assert report.send("what", when=when, **day(name, today, "12:00")).status_code == 302


def test_a_range_ends_after_it_begins_and_not_tomorrow(at):
    report = at("what")
    today = clock.today()
    yesterday = today - dt.timedelta(days=1)
    backwards = report.send("what", when="range", **day("began", today), **day("ended", yesterday))
    assert errors_of(backwards)["ended"] == ["The end must be after the start"]
    tomorrow = report.send("what", when="range", **day("began", today), **day("ended", today + dt.timedelta(days=1)))
    assert errors_of(tomorrow)["ended"] == ["When it ended must be today or in the past"]
    assert report.send("what", when="range", **day("began", yesterday), **day("ended", today)).status_code == 302


def test_the_report_comes_after_the_event(at):
    report = at("report")
    early = report.send("report", received="earlier", **day("received_at", dt.date(2026, 11, 1), "9am"))
    assert errors_of(early)["received_at"] == ["The report must have come in after it began to happen"]
    future = report.send("report", received="earlier", **day("received_at", dt.date(2026, 11, 20), "9am"))
    assert "must be today or in the past" in words_of(future)
    assert (
        report.send("report", received="earlier", **day("received_at", dt.date(2026, 11, 3), "9am")).status_code == 302
    )


def test_an_earlier_step_changed_later_is_checked_again(at):
    report = at("priority", report={"received": "earlier", **day("received_at", dt.date(2026, 11, 3), "9am")})
    report.send("priority")
    report.client.post(f"{report.path}what/?change=1", {**SIMPLE["what"], "at_day": "10"})
    assert report.check()["Location"] == f"{report.path}report/?change=1"
    page = report.client.get(f"{report.path}report/?change=1")
    assert "The report must have come in after it began to happen" in words_of(page)


@pytest.mark.parametrize(
    ("postcode", "words"),
    [
        ("NN4", "NN4 is mostly in Northampton. Grange Park and the edge by Wootton are in South Northamptonshire."),
        ("nn9 5aa", "NN9 may be in Wellingborough or East Northamptonshire."),
        ("PE8", "PE8 is mostly in East Northamptonshire."),
    ],
)
def test_a_postcode_suggests_and_a_person_confirms(at, postcode, words):
    report = at("where")
    suggested = report.send("where", postcode=postcode, district=None, suggest="1")
    assert words in words_of(suggested)
    assert "There is a problem" not in words_of(suggested)
    assert "where" not in kept(report), "a suggestion saves nothing"
    unconfirmed = report.send("where", postcode=postcode, district=None)
    assert errors_of(unconfirmed)["district"][0].startswith(f"Confirm the district. {words}")


def test_one_district_is_offered_as_the_answer_and_two_are_asked(at):
    report = at("where")
    one = report.send("where", postcode="NN16", district=None, suggest="1").content.decode()
    assert f'value="{District.KETTERING.value}" checked' in one
    two = report.send("where", postcode="NN9", district=None, suggest="1").content.decode()
    assert not any(f'value="{code}" checked' in two for code in District.values)
    abroad = words_of(report.send("where", postcode="SW1A 1AA", district=None, suggest="1"))
    assert "Confirm the district" not in abroad


def test_something_online_keeps_its_few_details(at, acting):
    report = at(
        "priority",
        where={
            "place_type": "online",
            "platform": "x",
            "url": "x.example/post/1\nhttps://x.example/post/2",
            "handle": "@pike",
            "platform_told": "on",
        },
        what={"narrative": "Somebody called Pike wrote that she should leave."},
    )
    report.send("priority")
    page = words_of(report.check())
    assert "The text names an alleged perpetrator: pike" in page
    assert "https://x.example/post/2" in page
    assert report.submit().status_code == 200, "who posted it is put aside, so the text does not say it"
    report.send("what", narrative="Somebody wrote that she should leave.")
    report.submit()

    with acting("alice") as actor:
        incident = Incident.objects.visible_to(actor).get()
        assert incident.online
        assert (incident.online_post.platform, incident.online_post.told) == ("x", True)
        [waits] = incident.subject_reports.all()
        assert waits.subject_as_reported == {
            "handle": "@pike",
            "urls": ["https://x.example/post/1", "https://x.example/post/2"],
        }


def test_something_posted_is_online_wherever_it_was_read(at, acting):
    report = at("priority", what={"behaviours": ["online-post"]})
    report.send("priority")
    report.submit()

    with acting("alice") as actor:
        assert Incident.objects.visible_to(actor).get().online


def test_an_answer_that_no_longer_counts_is_not_kept(at):
    report = at("who/1")
    report.send("who/1", status="named", given_name="Darren", family_name="Pike", description="A neighbour")
    assert kept(report)["who/1"]["family_name"] == ["Pike"]
    report.send("who/1", status="described", given_name="Darren", family_name="Pike", description="A neighbour")
    assert "Pike" not in str(kept(report))


def test_every_strand_and_sub_category_can_be_chosen(at, acting):
    chosen: dict[str, Any] = {"strands": list(Strand.values), "other": "Sleeping rough", "by_association": "on"}
    chosen |= {f"sub_{strand.value}": list(subs) for strand, subs in SUBS.items()}
    report = at("priority", why=chosen)
    report.send("priority")
    page = words_of(report.check())
    assert (
        "Other characteristic: Homelessness, Sex work, Care experience, Asylum status, Other, Sleeping rough" in page
    )
    report.submit()

    with acting("alice") as actor:
        rows = Characteristic.objects.visible_to(actor)
        assert rows.count() == sum(len(subs) for subs in SUBS.values())
        assert rows.filter(by_association=True).count() == rows.count()
        assert set(rows.filter(code="OTH").values_list("other", flat=True)) == {"Sleeping rough"}


def test_times_not_to_contact_are_kept_and_shown(at, acting):
    report = at(
        "priority",
        contact={
            "window1_days": ["0", "1"], "window1_from": "10pm", "window1_to": "7am",
            "window2_from": "12:00", "window2_to": "1pm",
            "unsafe_people": "Her brother-in-law", "code_word": "Bluebell", "shared_device": "on",
            "language": "ur", "interpreter_needed": "on", "interpreter_note": "A woman", "letters_safe": "no",
            "preferred_worker": "woman", "alternative_contact": "Her sister, 07700 900456",
        },
    )  # fmt: skip
    report.send("priority")
    page = words_of(report.check())
    assert "Monday and Tuesday, 10pm to 7am" in page
    assert "Every day, midday to 1pm" in page
    report.submit()

    with acting("alice") as actor:
        victim = Victim.objects.visible_to(actor).get()
        assert victim.do_not_contact == [
            {"days": ["0", "1"], "from": "22:00", "to": "07:00"},
            {"days": [], "from": "12:00", "to": "13:00"},
        ]
        assert (victim.language, victim.interpreter_needed, victim.code_word) == ("ur", True, "Bluebell")
        assert (victim.letters_safe, victim.preferred_worker, victim.shared_device) == ("no", "woman", True)


def test_what_the_answer_about_a_crime_does_depends_on_who_gives_it(at):
    decides = at("priority")
    assert "a new case is classified as a suspected crime" in words_of(decides.client.get(f"{decides.path}priority/"))
    for name in ("edith", "tom", "vera"):
        asks = at("priority", name)
        assert "A triager decides how it is classified" in words_of(asks.client.get(f"{asks.path}priority/")), name


def test_lowering_from_urgent_needs_a_reason(at):
    report = at("priority", safety={"urgent": ["weapon"]})
    assert "A weapon was involved." in words_of(report.client.get(f"{report.path}priority/"))
    refused = report.send("priority", priority="P3")
    assert errors_of(refused)["priority_reason"] == ["Enter a reason for lowering the priority from P1"]
    assert report.send("priority", priority="P3", priority_reason="It was a toy").status_code == 302
    page = words_of(report.check())
    assert "Routine (P3) It was a toy" in page


def test_the_same_victim_is_not_picked_twice(at, log_incident, acting):
    log_incident("alice")

    with acting("alice") as actor:
        ref = Victim.objects.visible_to(actor).get().ref
    report = at("victim/1")
    report.send("victim/1", kind="known", ref=ref)
    again = report.send("victim/2", kind="known", ref=ref)
    assert errors_of(again)["ref"] == ["This person is already in the report"]


def test_ten_victims_are_enough(at):
    report = at("priority")
    for number in range(2, 11):
        assert report.send(f"victim/{number}", kind="organisation", organisation=f"Shop {number}").status_code == 302
        assert report.send(f"contact/{number}", **SIMPLE["contact/1"]).status_code == 302
    assert report.client.get(f"{report.path}victim/11/").status_code == 404
    assert "another victim" not in words_of(report.client.get(f"{report.path}contact/10/"))


def test_just_now_is_when_the_report_was_begun(at, settings, acting):
    report = at("priority")
    report.send("priority")
    settings.HATECASE_NOW = "2026-11-23T09:30:00"
    later = words_of(report.client.get(f"{report.path}report/"))
    assert "When this report was begun, 19 November 2026 at midday" in later
    assert "19 November 2026 at midday" in words_of(report.check())
    report.submit()
    with acting("alice") as actor:
        incident = Incident.objects.visible_to(actor).get()
        assert incident.received_at == dt.datetime(2026, 11, 19, 12, tzinfo=dt.UTC)
        assert incident.entered_at == dt.datetime(2026, 11, 23, 9, 30, tzinfo=dt.UTC)


# --- Left in the middle ------------------------------------------------------------------------------


def test_a_step_that_is_left_in_the_middle_keeps_what_was_typed(at):
    report = at("what")
    answer = report.send("what", when=None, behaviours=None, at_day="31", at_month="2", then="later")
    assert answer.status_code == 302
    assert answer["Location"] == "/"
    assert kept(report)["what"]["narrative"] == [SIMPLE["what"]["narrative"]]
    page = report.client.get(f"{report.path}what/")
    assert SIMPLE["what"]["narrative"] in page.content.decode()
    assert "There is a problem" not in page.content.decode()


def test_a_step_that_was_left_is_asked_again_before_the_report_is_sent(at):
    report = at("where")
    report.send("where", district=None, then="later")
    assert report.client.get(report.path)["Location"] == f"{report.path}where/"
    assert report.client.get(f"{report.path}check/")["Location"].startswith(f"{report.path}where/")
    assert report.send("where", district=None).status_code == 200
    assert report.send("where").status_code == 302
    assert "unfinished" not in kept(report)["where"]


def test_nothing_is_kept_of_an_empty_step_or_one_that_is_too_long(at):
    report = at("what")
    for narrative in ("", "a" * 70_000):
        page = report.client.post(f"{report.path}what/", {"narrative": narrative, "then": "later"})
        assert "There is a problem" in page.content.decode()
    assert "what" not in kept(report)


def test_a_nul_byte_does_not_stop_a_step_from_being_left(at):
    report = at("what")
    report.client.post(f"{report.path}what/", {"narrative": "He shouted\0 again", "then": "later"})
    assert kept(report)["what"]["narrative"] == ["He shouted again"]
