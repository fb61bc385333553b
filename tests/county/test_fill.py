"""The county in the database: what is derived agrees, what is flagged is what the product would flag."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections import Counter
from collections.abc import Iterator
from html import unescape
from typing import Any

import pytest
from django.db import connection, transaction

from agencies.models import Notice
from hasbag.models import AgendaItem, AgendaProposal, Meeting
from hasbag.services.agenda import agenda_choose
from hatecase.county.generate import county_fill
from hatecase.county.places import points
from incidents.choices import Classification
from incidents.models import (
    Case,
    CaseAccess,
    Clock,
    Incident,
    IncidentDraft,
    Party,
    RiskAssessment,
    SubjectReport,
    Task,
)
from incidents.rules.likeness import NEAR_METRES, within
from incidents.rules.repeat import repeat_victim
from incidents.selectors.access_check import access_disagreements
from incidents.services import access
from incidents.services.access import access_rebuild
from incidents.services.repeat import victim_days
from kernel.actors import system_actor
from kernel.models import AuditEvent
from kernel.working_days import local_date
from perpetrators.models import AllegedPerpetrator
from strategy.models import Figure, Release
from tests.county.conftest import UNTIL
from victims.models import Victim

pytestmark = pytest.mark.django_db
CASES = 120


def every(model: Any) -> Any:
    return model.objects.unscoped(reason="a test counts everything")


@pytest.fixture(scope="module")
def filled(django_db_setup: None, django_db_blocker: Any, tmp_path_factory: Any) -> Iterator[dict[str, Any]]:
    """A county of 120 cases, in the database for this module alone: each test works on top of it."""
    path = tmp_path_factory.mktemp("county") / "truth.json"
    with django_db_blocker.unblock(), transaction.atomic():
        access._PERMISSIONS.clear()
        county_fill(cases=CASES, seed=5, until=UNTIL, years=3, truth=path, say=lambda _: None)
        yield json.loads(path.read_text(encoding="utf-8"))
        transaction.set_rollback(True)


@pytest.fixture
def truth(filled: dict[str, Any], cast: Any) -> dict[str, Any]:
    """What is true of the county in the database."""
    return filled


def test_what_is_derived_agrees_with_the_grants(truth):
    assert access_disagreements() == []
    assert every(CaseAccess).count() > CASES


def test_counts_agree_with_the_truth(truth):
    assert every(Case).count() == truth["cases"] == CASES
    assert every(Incident).count() == truth["incidents"]
    assert every(Victim).count() == truth["victim_records"]
    refs = set(every(Victim).values_list("ref", flat=True))
    assert all(record["ref"] in refs for cluster in truth["person_clusters"] for record in cluster["records"])


def test_the_repeat_flag_is_what_the_product_itself_finds(truth):
    expected = set()
    for victim in every(Victim):
        if repeat_victim(victim_days(victim.pk)).is_repeat:
            rows = every(Party).filter(victim=victim, case__restricted=False)
            expected |= set(
                rows.exclude(case__classification__in=["not_hate", "no_record", "out_of_area"]).values_list(
                    "case__ref", flat=True
                )
            )
    assert set(every(Case).filter(repeat_victim=True).values_list("ref", flat=True)) == expected
    assert expected


def test_no_name_of_an_alleged_perpetrator_stands_below_the_threshold(truth):
    named = every(AllegedPerpetrator).exclude(given_name="", family_name="", date_of_birth=None)
    parties = every(Party).filter(perpetrator__in=named)
    assert parties
    assert all(Classification(value).keeps_names for value in parties.values_list("case__classification", flat=True))


def test_the_quarantine_holds_recent_reports_only(truth):
    for row in every(SubjectReport):
        assert row.erase_on > UNTIL
        assert row.subject_as_reported.keys() <= {"given_name", "family_name"}
        assert row.case.received_at.date() > UNTIL - dt.timedelta(days=35)


def test_every_made_up_postcode_has_a_point_and_two_neighbours_are_no_one_place(truth):
    placed = every(Incident).exclude(postcode="")
    assert placed
    assert not placed.filter(easting=None).exists()
    told = [(east, north) for postcode, east, north in points() if postcode.startswith("NN1 ")]
    assert len(told) == len(set(told)) == 324
    assert not within(*told[:2], NEAR_METRES)


def test_something_online_says_where(truth):
    online = every(Incident).filter(online=True)
    assert online
    assert online.exclude(online_post=None).count() == online.count()


def test_an_assessment_is_kept_as_it_was_asked(truth):
    assessment = every(RiskAssessment).first()
    asked = {line["id"]: line for line in assessment.asked}
    assert list(asked)[:4] == ["S1", "S2", "S3", "A1"]
    assert len(asked) == 28
    for name, answer in assessment.answers.items():
        assert asked[name]["score"] == (None if answer == "NK" else answer)
    assert assessment.case.clocks.filter(kind="K9", starts_at=assessment.assessed_at).exists()


def test_clocks_stand_as_the_contacts_have_it(truth):
    met = every(Clock).filter(kind="K3", outcome="met").select_related("case")
    assert met
    for row in met:
        assert row.case.contacts.filter(at=row.met_at, result="two_way", victim__isnull=False).exists()


def test_the_agendas_to_come_are_those_the_product_would_choose(truth):
    meetings = list(every(Meeting).filter(starts_at__gt=dt.datetime(2026, 11, 22, tzinfo=dt.UTC)))
    assert Counter(meeting.area for meeting in meetings) == {"north": 2, "west": 2}
    assert every(AgendaItem).filter(meeting__in=meetings).exists()
    assert every(AgendaProposal).filter(meeting__in=meetings, state="waiting").exists()
    for meeting in meetings:
        chosen = agenda_choose(actor=system_actor("a test chooses again"), meeting_id=meeting.pk)
        assert (chosen.items, chosen.proposals) == (0, 0), meeting.ref


def test_meetings_that_were_held_are_signed_and_their_releases_end(truth):
    held = every(Meeting).filter(starts_at__lt=dt.datetime(2026, 11, 22, tzinfo=dt.UTC))
    assert held.filter(minutes_signed_at__isnull=False).count() > 50
    for meeting in held.filter(minutes_signed_at__isnull=False):
        grants = [g for item in meeting.items.all() for g in item.case.grants.filter(source_ref=meeting.ref)]
        assert all(grant.until and local_date(grant.until) > local_date(meeting.minutes_signed_at) for grant in grants)
        assert meeting.attendances.exclude(state="invited").count() == len(meeting.agency_ids)


def test_the_cast_has_work_before_it(truth, acting):
    for name in ("alice", "bob", "walt", "charlie", "vera", "nadia"):
        with acting(name) as actor:
            assert Case.objects.visible_to(actor).exclude(status="closed").exists(), name
    mine = Counter(
        every(Task).filter(closed_at=None, assignee__isnull=False).values_list("assignee__email", flat=True)
    )
    assert len(mine) >= 6
    assert every(Notice).exists()


def test_half_keyed_reports_can_be_gone_on_with(truth, client_for):
    for name in ("alice", "bob", "charlie", "tom"):
        draft = every(IncidentDraft).get(author__email__startswith=f"{name}@")
        page = client_for(name).get(f"/cases/new/{draft.uid}/what/")
        assert page.status_code == 200
        assert draft.answers["what"]["narrative"][0] in unescape(page.content.decode())


def test_the_figures_are_made(truth):
    assert Release.objects.count() == 1
    assert Figure.objects.filter(by="strand").exists()


@pytest.mark.parametrize("name", ["sam", "ines", "greta", "admin", "ada", "adam"])
def test_whoever_has_no_case_content_sees_nothing_of_it(truth, acting, name):
    with acting(name) as actor:
        assert not Case.objects.visible_to(actor).exists()
        assert every(Case).count() == every(Victim).count() == every(Incident).count() == 0


def test_a_search_finds_by_words_of_the_telling(truth, acting):
    case = every(Case).filter(lead_agency__code="POL", restricted=False).first()
    word = max(re.findall(r"[a-z]+", case.incidents.first().narrative), key=len)
    with acting("alice"), connection.cursor() as cursor:
        cursor.execute(
            "select count(*) from hatecase_case_page(jsonb_build_object('q', %s::text), null, null, 200) p"
            " where p.case_id = %s",
            [word, case.pk],
        )
        assert cursor.fetchone()[0] == 1


def test_filling_is_on_record(truth):
    event = AuditEvent.objects.filter(action="county.fill").get()
    assert event.detail["cases"] == CASES


def test_keys_go_on_where_the_county_ended(truth, log_incident):
    assert log_incident("alice").case.pk == CASES + every(Case).order_by("pk").first().pk


def test_rebuilding_access_changes_nothing(truth):
    before = list(
        every(CaseAccess).order_by("case_id", "agency_id", "user_id").values_list("case_id", "agency_id", "level")
    )
    access_rebuild(every(Case).values_list("pk", flat=True))
    after = list(
        every(CaseAccess).order_by("case_id", "agency_id", "user_id").values_list("case_id", "agency_id", "level")
    )
    assert before == after
