"""The whole way of a report through the pages, without a script: from the first question to the reference."""

from __future__ import annotations

import re

import pytest

from incidents.choices import Level
from incidents.models import Case, Incident, IncidentDraft, Party, SubjectReport
from incidents.services.access import access_rebuild, grant_create
from perpetrators.models import AllegedPerpetrator
from tests.cast import acting, agency
from tests.incidents.intake_pages import NARRATIVE, SIMPLE, Answers, Report, words_of
from victims.models import Victim

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _moment(settings):
    # A Thursday at noon, so that "2 November 2026" has passed.
    settings.HATECASE_NOW = "2026-11-19T12:00:00"


def logged_of(response) -> Incident:
    """The incident whose page a report led to."""
    assert response.status_code == 302
    found = re.fullmatch(r"/cases/(HC-26-\w{6})/logged/(HI-26-\w{6})/", response["Location"])
    assert found, response["Location"]
    return Incident.objects.unscoped(reason="the test reads the outcome").get(ref=found.group(2))


def test_a_phone_report_with_one_victim(client_for):
    report = Report(client_for("alice")).key_all()
    page = words_of(report.check())
    for words in (
        NARRATIVE,
        "Race or ethnicity: Pakistani",
        "Farida",
        "Kettering",
        "Two men of about 30",
        "Routine (P3)",
    ):
        assert words in page
    incident = logged_of(report.submit())
    assert (incident.narrative, incident.channel, incident.district_id) == (NARRATIVE, "phone", "E07000153")
    assert incident.district_source == "confirmed"
    assert incident.occurred_from.isoformat() == "2026-11-02T18:40:00+00:00"
    assert incident.occurred_to is None
    assert incident.received_at.isoformat() == "2026-11-19T12:00:00+00:00"
    assert [(c.code, c.sub) for c in incident.characteristics.all()] == [("RAC", "pakistani")]
    with acting("alice") as actor:
        case = Case.objects.visible_to(actor).get(pk=incident.case_id)
        assert (case.lead_agency.code, case.priority, case.status) == ("POL", "P3", "new")
        victim = Victim.objects.visible_to(actor).get()
        assert (victim.given_name, victim.phone, victim.safe_channels) == ("Farida", "07700 900123", ["phone", "text"])
        assert (victim.safe_to_leave_message, victim.wish_share_council) == ("no", "no")
        assert victim.wishes_at is not None
        assert AllegedPerpetrator.objects.visible_to(actor).get().description == "Two men of about 30"
    assert not IncidentDraft.objects.unscoped(reason="the draft is gone").exists()


def test_the_page_after_it_says_what_happens_next(client_for):
    client = client_for("alice")
    answer = Report(client).key_all().submit()
    page = words_of(client.get(answer["Location"]))
    assert answer["Location"].split("/")[2] in page
    assert "Your agency leads this case" in page
    assert "First contact with the victim" in page
    assert "due 26 November 2026 at 5pm" in page


def test_every_step_says_where_it_stands_and_goes_back(client_for):
    report = Report(client_for("alice")).key_all()
    slugs = ["safety", "what", "where", "why", "report", "victim/1", "contact/1", "who/1", "priority"]
    before = "/"
    for number, slug in enumerate(slugs, start=1):
        response = report.client.get(f"{report.path}{slug}/")
        assert f"step {number} of 9" in words_of(response)
        assert f'href="{before}" class="govuk-back-link"' in response.content.decode()
        before = f"{report.path}{slug}/"
    assert f'href="{before}" class="govuk-back-link"' in report.check().content.decode()


def test_a_draft_goes_on_where_it_was_left(client_for):
    report = Report(client_for("alice"))
    report.begin()
    report.send("what")
    assert report.client.get(report.path)["Location"] == f"{report.path}where/"
    later = report.send("where", then="later")
    assert later["Location"] == "/"
    assert report.client.get(report.path)["Location"] == f"{report.path}why/"
    kept = report.client.get(f"{report.path}where/").content.decode()
    assert "Market Street" in kept
    assert "NN16 8AB" in kept


def test_nobody_jumps_ahead(client_for):
    report = Report(client_for("alice"))
    report.begin()
    for key in ("where", "victim/1", "priority", "check"):
        assert report.client.get(f"{report.path}{key}/")["Location"].startswith(f"{report.path}what/")
    assert report.client.get(f"{report.path}victim/2/").status_code == 404
    assert report.client.get(f"{report.path}nothing/").status_code == 404
    assert report.client.get(f"{report.path}what/1/").status_code == 404


def test_changing_an_answer_comes_back_to_the_check(client_for):
    report = Report(client_for("alice")).key_all()
    changed = report.client.post(
        f"{report.path}where/?change=1", {"place_type": "shop", "location": "A bakery", "district": "E07000150"}
    )
    assert changed["Location"] == f"{report.path}check/"
    assert logged_of(report.submit()).district_id == "E07000150"


def test_two_victims_and_one_taken_out_again(client_for, acting):
    report = Report(client_for("alice")).key_all()
    another = report.send("contact/1", then="another")
    assert another["Location"] == f"{report.path}victim/2/"
    assert report.send("victim/2", kind="person", given_name="Sana", family_name="Mirza").status_code == 302
    assert report.send("contact/2", **{**_contact(), "safe_channels": ["email"]}).status_code == 302
    assert report.send("victim/3", kind="organisation", organisation="Rowan Street Mosque").status_code == 302
    assert report.check()["Location"] == f"{report.path}contact/3/?change=1"
    report.send("contact/3", **_contact())
    assert "Rowan Street Mosque" in words_of(report.check())
    removing = f"{report.path}victim/2/remove/"
    assert "Sana" in words_of(report.client.get(removing))
    assert report.client.post(removing)["Location"] == f"{report.path}check/"
    incident = logged_of(report.submit())
    with acting("alice") as actor:
        names = {v.display_name for v in Victim.objects.visible_to(actor)}
        assert names == {"Farida Mirza", "Rowan Street Mosque"}
        assert Party.objects.visible_to(actor).filter(incident=incident, role="victim").count() == 2


def _contact() -> Answers:
    return SIMPLE["contact/1"]


def test_the_reporter_is_copied_only_where_they_are_the_victim(client_for):
    for kind, copied in (("victim", True), ("witness", False), ("on_behalf", False), ("professional", False)):
        report = Report(client_for("alice"))
        report.begin()
        for key in ("what", "where", "why"):
            report.send(key)
        report.send("report", reporter_kind=kind, reporter_name="Farida Bano Mirza")
        page = report.client.get(f"{report.path}victim/1/").content.decode()
        assert ('value="Farida Bano"' in page and 'value="Mirza"' in page and 'value="07700 900123"' in page) is copied


def test_graffiti_without_a_victim_or_anyone_seen(client_for, acting):
    report = Report(client_for("alice"))
    report.begin()
    for key in ("what", "where", "why", "report"):
        report.send(key)
    assert report.send("victim/1", kind="nobody")["Location"] == f"{report.path}who/1/"
    # What was typed before does not stay behind an answer that does without it.
    assert report.client.get(f"{report.path}contact/1/")["Location"] == f"{report.path}who/1/"
    assert report.send("who/1", status="unknown", description=None, relationship="not_known").status_code == 302
    report.send("priority")
    incident = logged_of(report.submit())
    with acting("alice") as actor:
        assert not Party.objects.visible_to(actor).filter(incident=incident).exists()
        assert incident.case.clocks.get(kind="K3").outcome == "not_applicable"


def test_a_reporting_centre_hands_its_report_to_the_victims_council(client_for):
    client = client_for("tom")
    report = Report(client).key_all(
        victim={"district": "E07000154"},
        contact={"wish_share_council": "yes"},
        who={"status": "named", "given_name": "Darren", "family_name": "Pike"},
    )
    answer = report.submit()
    incident = logged_of(answer)
    page = words_of(client.get(answer["Location"]))
    assert "West Northamptonshire Council leads this case" in page
    assert "Your agency can go on reading the report" in page
    assert "Pike" not in page
    with acting("tom") as actor:
        case = Case.objects.visible_to(actor).get(pk=incident.case_id)
        assert case.lead_agency.code == "WNC"
        assert not AllegedPerpetrator.objects.visible_to(actor).exists()
        assert not SubjectReport.objects.visible_to(actor).exists()
        assert not SubjectReport.objects.unscoped(reason="the second wall alone").exists()
        assert not AllegedPerpetrator.objects.unscoped(reason="the second wall alone").exists()
    with acting("walt") as actor:
        kept = SubjectReport.objects.visible_to(actor).get()
        assert kept.subject_as_reported == {"given_name": "Darren", "family_name": "Pike"}


def test_a_reporting_centre_starts_with_its_own_channel(client_for):
    report = Report(client_for("tom"))
    report.begin()
    for key in ("what", "where", "why"):
        report.send(key)
    page = report.client.get(f"{report.path}report/").content.decode()
    assert re.search(r'value="centre" checked', page)


def test_a_reporting_centre_is_asked_where_the_victim_lives(client_for):
    report = Report(client_for("tom"))
    report.begin()
    for key in ("what", "where", "why", "report"):
        report.send(key)
    page = report.client.get(f"{report.path}victim/1/").content.decode()
    assert "The council of this district will lead the case, unless" in page
    assert re.search(r'<details class="govuk-details" open>\s*<summary[^>]*>\s*<span[^>]*>Address and district', page)


def test_a_reporting_centre_leads_where_the_victim_does_not_want_the_council_told(client_for):
    client = client_for("tom")
    answer = Report(client).key_all(victim={"district": "E07000154"}, contact={"wish_share_council": "no"}).submit()
    assert logged_of(answer).case.lead_agency.code == "TPRC1"
    assert "Your agency leads this case" in words_of(client.get(answer["Location"]))


def test_a_school_hands_its_report_to_the_council_of_the_incident(client_for):
    report = Report(client_for("edith")).key_all(
        where={"place_type": "school-college-university"}, contact={"wish_share_council": "not_asked"}
    )
    incident = logged_of(report.submit())
    assert incident.case.lead_agency.code == "NNC"
    with acting("edith") as actor:
        assert Incident.objects.visible_to(actor).get().pk == incident.pk
    with acting("bob") as actor:
        assert Incident.objects.visible_to(actor).get().pk == incident.pk


def test_a_triager_says_that_it_looks_like_a_crime_and_the_name_is_kept(client_for, acting):
    named = {"status": "named", "given_name": "Darren", "family_name": "Pike", "description": "A neighbour"}
    report = Report(client_for("alice")).key_all(who=named, priority={"crime": "yes"})
    assert "will be put aside" not in words_of(report.check())
    incident = logged_of(report.submit())
    with acting("alice") as actor:
        case = Case.objects.visible_to(actor).get(pk=incident.case_id)
        assert (case.classification, case.priority) == ("crime_suspected", "P2")
        assert AllegedPerpetrator.objects.visible_to(actor).get().family_name == "Pike"
        assert not SubjectReport.objects.visible_to(actor).exists()


def test_who_may_not_classify_still_moves_the_priority(client_for):
    # A school refers its reports on: nobody there decides what the council's case is.
    report = Report(client_for("edith")).key_all(priority={"crime": "yes"})
    assert "Priority (P2)" in words_of(report.check())
    incident = logged_of(report.submit())
    assert (incident.case.classification, incident.case.priority) == ("undetermined", "P2")


def test_a_name_without_a_crime_goes_to_the_quarantine(client_for, acting):
    named = {"status": "named", "given_name": "Darren", "family_name": "Pike", "description": "A neighbour"}
    report = Report(client_for("alice")).key_all(who=named)
    assert "will be put aside" in words_of(report.check())
    logged_of(report.submit())
    with acting("alice") as actor:
        person = AllegedPerpetrator.objects.visible_to(actor).get()
        assert (person.status, person.given_name, person.family_name) == ("described", "", "")
        assert person.description == "A neighbour"
        assert SubjectReport.objects.visible_to(actor).get().erase_on.isoformat() == "2026-12-17"


def test_a_name_in_the_free_text_is_pointed_out(client_for):
    named = {"status": "named", "given_name": "Darren", "family_name": "Pike", "description": "A neighbour"}
    report = Report(client_for("alice")).key_all(who=named, what={"narrative": "darren from next door spat at him."})
    page = words_of(report.check())
    assert "The text names an alleged perpetrator: Darren" in page


def test_danger_now_is_said_on_every_page_and_makes_it_urgent(client_for):
    report = Report(client_for("alice")).key_all(safety={"danger_now": "yes"})
    for address in ("what/", "where/", "check/"):
        assert "Someone is in danger now. Call 999" in words_of(report.client.get(report.path + address))
    incident = logged_of(report.submit())
    assert incident.case.priority == "P1"
    assert incident.priority_reasons == ["Someone is in danger now."]
    assert incident.triage_answers == {"danger_now": True}


def test_the_reasons_of_the_priority_come_from_all_steps(client_for):
    report = Report(client_for("alice")).key_all(
        victim={"dependent": "on", "date_of_birth_day": "1", "date_of_birth_month": "1", "date_of_birth_year": "2012"},
        where={"community_venue": "on"},
        who={"relationship": "neighbour"},
        report={"reporter_kind": "witness"},
        priority={"before": ["person", "place"]},
    )
    incident = logged_of(report.submit())
    assert incident.case.priority == "P2"
    assert incident.priority_reasons == [
        "A victim is under 18.",
        "A victim has been targeted before in the last year.",
        "It has happened at this place before in the last year.",
        "A victim depends on others because of a disability.",
        "It happened at a place of worship or a community venue.",
        "The alleged perpetrator is in daily contact with a victim.",
    ]


def test_a_child_under_16_who_reports_is_urgent(client_for):
    born = {"date_of_birth_day": "20", "date_of_birth_month": "11", "date_of_birth_year": "2010"}
    incident = logged_of(Report(client_for("alice")).key_all(victim=born).submit())
    assert incident.case.priority == "P1"
    assert incident.priority_reasons == ["A child under 16 is reporting for themself."]


def test_a_worker_raises_the_priority(client_for):
    incident = logged_of(
        Report(client_for("alice"))
        .key_all(priority={"priority": "P1", "priority_reason": "He sounded desperate"})
        .submit()
    )
    assert incident.case.priority == "P1"
    assert (incident.priority_set, incident.priority_set_reason) == ("P1", "He sounded desperate")
    page = words_of(client_for("alice").get(f"/cases/{incident.case.ref}/"))
    assert "Set to Urgent (P1) when it was logged: He sounded desperate" in page


def test_an_incident_joins_an_open_case(client_for, log_incident):
    case = log_incident("alice").case
    report = Report(client_for("alice"), start=f"/cases/new/?case={case.ref}").key_all(
        priority={"case": "join", "case_ref": case.ref.lower().replace("-", " ")}
    )
    assert f"Add to {case.ref}" in words_of(report.check())
    incident = logged_of(report.submit())
    assert incident.case_id == case.pk


def test_coming_from_a_case_offers_to_join_it(client_for, log_incident):
    case = log_incident("alice").case
    report = Report(client_for("alice"), start=f"/cases/new/?case={case.ref}")
    report.begin()
    for key in ("what", "where", "why", "report", "victim/1", "contact/1", "who/1"):
        report.send(key)
    page = report.client.get(f"{report.path}priority/").content.decode()
    assert f'value="{case.ref}"' in page
    assert re.search(r'value="join" checked', page)


def test_a_case_of_others_cannot_be_joined(client_for, log_incident):
    hidden = log_incident("alice").case
    report = Report(client_for("bob")).key_all()
    absent = report.send("priority", case="join", case_ref="HC-26-000000")
    refused = report.send("priority", case="join", case_ref=hidden.ref)
    sentence = "There is no case with this reference that you may use"
    assert sentence in words_of(absent)
    assert sentence in words_of(refused)


def test_a_case_that_may_only_be_read_cannot_be_joined(client_for, log_incident):
    case = log_incident("alice").case
    grant_create(case=case, agency=agency("NNC"), level=Level.VIEW, source="share")
    access_rebuild([case.pk])
    report = Report(client_for("bob")).key_all()
    assert "may read" in words_of(report.send("priority", case="join", case_ref=case.ref))


def test_a_victim_who_is_recorded_is_looked_up_and_picked(client_for, log_incident, acting):
    log_incident("alice")
    with acting("alice") as actor:
        victim = Victim.objects.visible_to(actor).get()
    report = Report(client_for("alice"))
    report.begin()
    for key in ("what", "where", "why", "report"):
        report.send(key)
    find = f"{report.path}victim/1/find/"
    assert "Look up a victim" in words_of(report.client.get(find))
    found = report.client.post(find, {"search": "1", "family_name": "mirza"})
    assert victim.ref in words_of(found)
    assert "Nobody found" in words_of(report.client.post(find, {"search": "1", "family_name": "Karmali"}))
    assert report.client.post(find, {"pick": victim.ref})["Location"] == f"{report.path}who/1/"
    report.send("who/1")
    assert "A victim has been targeted before" in words_of(report.client.get(f"{report.path}priority/"))
    report.send("priority")
    incident = logged_of(report.submit())
    with acting("alice") as actor:
        assert Victim.objects.visible_to(actor).get().pk == victim.pk
        assert Case.objects.visible_to(actor).get(pk=incident.case_id).repeat_victim


def test_a_victim_of_others_is_neither_found_nor_picked(client_for, log_incident, acting):
    log_incident("alice")
    with acting("alice") as actor:
        hidden = Victim.objects.visible_to(actor).get().ref
    report = Report(client_for("bob"))
    report.begin()
    for key in ("what", "where", "why", "report"):
        report.send(key)
    find = f"{report.path}victim/1/find/"
    for words in ({"family_name": "Mirza"}, {"ref": hidden}, {"ref": "HV-26-000000"}):
        assert "Nobody found" in words_of(report.client.post(find, {"search": "1", **words}))
    sentence = "There is no victim with this reference that you may use"
    assert sentence in words_of(report.client.post(find, {"pick": hidden}))
    assert sentence in words_of(report.send("victim/1", kind="known", ref=hidden))
    assert sentence in words_of(report.send("victim/1", kind="known", ref="HV-26-000000"))


def test_who_sees_no_victims_picks_none(client_for):
    report = Report(client_for("petra"))
    report.begin()
    for key in ("what", "where", "why", "report"):
        report.send(key)
    assert report.client.get(f"{report.path}victim/1/find/").status_code == 404
    assert "already recorded" not in words_of(report.client.get(f"{report.path}victim/1/"))
