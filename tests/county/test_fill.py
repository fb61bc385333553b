"""The county in the database: what is derived agrees, what is flagged is what the product would flag."""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from agencies.models import Notice, User
from hasbag.models import AgendaItem, AgendaProposal, Meeting
from hasbag.services.agenda import agenda_choose
from hatecase.county.generate import county_fill
from incidents.choices import Classification
from incidents.models import Case, CaseAccess, Clock, Incident, Party, RiskAssessment, SubjectReport, Task
from incidents.rules.repeat import repeat_victim
from incidents.selectors.access_check import access_disagreements
from incidents.services.access import access_rebuild
from incidents.services.repeat import victim_days
from kernel.actors import system_actor
from kernel.models import AuditEvent
from kernel.working_days import local_date
from perpetrators.models import AllegedPerpetrator
from tests.county.conftest import UNTIL
from victims.models import Victim

pytestmark = pytest.mark.django_db
CASES = 120


def every(model: Any) -> Any:
    return model.objects.unscoped(reason="a test counts everything")


@pytest.fixture
def truth(cast: Any, tmp_path: Any) -> dict[str, Any]:
    """A county of 120 cases in the database, and the truth about it."""
    path = tmp_path / "county" / "truth.json"
    county_fill(cases=CASES, seed=5, until=UNTIL, years=3, truth=path, say=lambda _: None)
    return json.loads(path.read_text(encoding="utf-8"))


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


@pytest.mark.parametrize("name", ["sam", "ines", "greta", "admin", "ada", "adam"])
def test_whoever_has_no_case_content_sees_nothing_of_it(truth, acting, name):
    with acting(name) as actor:
        assert not Case.objects.visible_to(actor).exists()
        assert every(Case).count() == every(Victim).count() == every(Incident).count() == 0


def test_a_search_finds_by_words_of_the_telling(truth, acting):
    case = every(Case).filter(lead_agency__code="POL", restricted=False).first()
    word = max(case.incidents.first().location.replace(",", "").split(), key=len)
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


def test_a_county_is_not_filled_beside_cases(log_incident):
    log_incident("alice")
    with pytest.raises(CommandError, match="cases in this database already"):
        call_command("county", cases=5)


def test_a_server_of_ones_own_is_filled_only_when_said_so(cast, settings):
    settings.EMBEDDED = False
    with pytest.raises(CommandError, match="--into-this-database"):
        call_command("county", cases=5)


@pytest.mark.parametrize("options", [{"cases": 0}, {"cases": 5, "years": 0}, {"cases": 5, "years": 11}])
def test_a_county_without_sense_is_refused(cast, options):
    with pytest.raises(CommandError, match="at least one case"):
        call_command("county", **options)


def test_the_command_fills_and_says_where_the_truth_is(cast, settings, tmp_path, capsys):
    settings.HOME = tmp_path
    call_command("county", cases=12, seed=2, until=UNTIL)
    assert every(Case).count() == 12
    written = json.loads((tmp_path / "county" / "truth.json").read_text(encoding="utf-8"))
    assert written["cases"] == 12
    assert str(tmp_path) in capsys.readouterr().out


def test_a_large_county_brings_colleagues_who_cannot_sign_in(cast):
    from hatecase.county.generate import _colleagues_add
    from hatecase.county.staff import staff_for

    colleagues = staff_for(20_000, 1).colleagues
    users = _colleagues_add(colleagues)
    assert len(users) == len(colleagues) > 20
    assert not any(user.has_usable_password() or user.check_password("") for user in users.values())
    assert User.objects.filter(memberships__agency__code="POL").count() > 20


def test_rebuilding_access_changes_nothing(truth):
    before = list(
        every(CaseAccess).order_by("case_id", "agency_id", "user_id").values_list("case_id", "agency_id", "level")
    )
    access_rebuild(every(Case).values_list("pk", flat=True))
    after = list(
        every(CaseAccess).order_by("case_id", "agency_id", "user_id").values_list("case_id", "agency_id", "level")
    )
    assert before == after
