"""The county as it is drawn, before any row: the same for a seed, believable, and true to the product's rules."""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import re
from collections import Counter
from typing import Any

import pytest

from agencies.choices import AgencyType, District
from hatecase.county.giving import TYPES
from hatecase.county.mix import DISTRICT_SHARES
from hatecase.county.records import wishes_of
from hatecase.county.scenes import Scene
from incidents.choices import Classification, ReporterKind
from incidents.data import tool_load
from incidents.rules import clocks
from incidents.rules.lead_agency import lead_agency
from incidents.rules.risk import assess, validate
from incidents.rules.safe_contact import SafeContact, contact_problems, windows_parse
from incidents.rules.sharing import sharing_error
from kernel.references import REFERENCE_PATTERN
from kernel.working_days import local_date
from tests.county.conftest import UNTIL, county_of

REFERENCE = re.compile("|".join(REFERENCE_PATTERN.values()))


def flat(value: Any) -> Any:
    """A plan as plain values, in their order; a kind of incident by its name."""
    if isinstance(value, Scene):
        return value.key
    if dataclasses.is_dataclass(value):
        return [flat(getattr(value, field.name)) for field in dataclasses.fields(value)]
    if isinstance(value, dict):
        return [(key, flat(entry)) for key, entry in value.items()]
    if isinstance(value, (list, tuple)):
        return [flat(entry) for entry in value]
    return sorted(value) if isinstance(value, frozenset) else str(value)


def digest(cases: list[Any]) -> str:
    return hashlib.sha256(repr(flat(cases)).encode()).hexdigest()


def test_a_seed_and_a_day_give_the_same_county_to_the_letter():
    assert digest(list(county_of(60, 3).stream())) == digest(list(county_of(60, 3).stream()))


def test_another_seed_or_another_day_give_another_county():
    first = digest(list(county_of(20, 3).stream()))
    assert digest(list(county_of(20, 4).stream())) != first
    assert digest(list(county_of(20, 3, UNTIL + dt.timedelta(days=1)).stream())) != first


@pytest.mark.parametrize("count", [1, 2, 7, 60])
def test_a_county_has_exactly_as_many_cases_as_were_asked_for(count):
    assert len(list(county_of(count, 1).stream())) == count


def test_a_county_can_be_shorter_than_its_planted_spikes():
    county = county_of(40, 1, years=0.2)
    assert len(list(county.stream())) == 40
    assert county.truth.whole()["spikes"] == []


def test_every_reference_is_well_formed_and_given_once(cases):
    refs = [case.ref for case in cases] + [report.ref for case in cases for report in case.reports]
    refs += [task.ref for case in cases for task in case.tasks]
    refs += [r.record.ref for case in cases for r in case.reports if r.record_is_new]
    refs += [alleged.ref for case in cases for r in case.reports for alleged, is_new in r.alleged if is_new]
    assert all(REFERENCE.fullmatch(ref) for ref in refs)
    assert len(refs) == len(set(refs))


def test_nothing_happens_after_the_story_ends(cases, county):
    end = county.office.end
    for case in cases:
        moments = [case.created_at, case.updated_at, case.triaged_at, case.closed_at, case.received_at]
        moments += [c.at for c in case.contacts] + [n.at for n in case.notes] + [a.at for a in case.assessments]
        moments += [t.created_at for t in case.tasks] + [t.closed_at for t in case.tasks]
        moments += [g.starts_at for g in case.grants] + [change.at for change in case.changes]
        moments += [r.entered_at for r in case.reports] + [r.event.when for r in case.reports]
        assert all(moment < end for moment in moments if moment is not None), case.ref


def test_an_incident_happens_before_it_is_reported_and_is_keyed_after(cases):
    for report in (report for case in cases for report in case.reports):
        assert report.event.when < report.received_at <= report.entered_at


def test_the_telling_is_whole(cases):
    texts = [report.narrative for case in cases for report in case.reports]
    texts += [note.text for case in cases for note in case.notes]
    texts += [contact.note for case in cases for contact in case.contacts]
    texts += [f"{task.title} {task.detail} {task.outcome}" for case in cases for task in case.tasks]
    for text in texts:
        assert not re.search(r"[{}~^|]|  |^\s|\.\.", text), text
    told = [report.narrative for case in cases for report in case.reports]
    assert len(set(told)) == len(told)
    assert all(re.match(r"[A-ZÀ-Ž]", report.narrative) for case in cases for report in case.reports)


def test_a_name_is_kept_only_where_a_crime_is_suspected_or_recorded(cases):
    named = quarantined = 0
    for case in cases:
        keeps = Classification(case.classification).keeps_names
        for alleged in (alleged for report in case.reports for alleged, _ in report.alleged):
            if alleged.given_name or alleged.family_name or alleged.date_of_birth:
                assert keeps, case.ref
                assert alleged.status == "named"
                named += 1
            if alleged.reported:
                assert not keeps, case.ref
                quarantined += 1
    assert named > 20
    assert quarantined > 5


def test_the_agency_that_leads_follows_the_contract(cases):
    for case in cases:
        homes = [case.first.record.values["district"]] if case.first.record else []
        wishes = [wishes_of(case.first.record)] if case.first.record else []
        told = sharing_error(wishes, AgencyType.COUNCIL) is None
        rule = lead_agency(TYPES[case.first.agency], homes, case.district, council_told=told)
        assert case.lead == (case.first.agency if rule.district is None else _council(rule.district)), case.ref


def _council(district: str) -> str:
    return "NNC" if District(district).area == "north" else "WNC"


def test_nothing_is_shared_against_a_victims_wishes(cases):
    shares = 0
    for case in cases:
        wishes = [wishes_of(case.first.record)] if case.first.record else []
        for grant in (grant for grant in case.grants if grant.source == "share"):
            assert sharing_error(wishes, TYPES[grant.agency]) is None, case.ref
            assert grant.purpose
            assert grant.gateway
            shares += 1
    assert shares > 300


def test_a_contact_keeps_to_what_is_safe_or_says_why_not(cases):
    for contact in (contact for case in cases for contact in case.contacts):
        if contact.record is None or contact.direction == "inbound" or contact.emergency:
            continue
        values = contact.record.values
        safe = SafeContact(
            frozenset(values.get("safe_channels", ())),
            windows_parse(values.get("do_not_contact", ())),
            values.get("letters_safe", "not_asked"),
        )
        assert contact_problems(safe, contact.at, contact.method) == ()


def test_every_assessment_is_complete_and_computed_by_the_rule(cases):
    tool = tool_load()
    bands = Counter()
    for assessment in (a for case in cases for a in case.assessments):
        assert validate(tool, assessment.answers, assessment.safety) == {}
        assert not assessment.result.provisional
        bands[assessment.result.final_band] += 1
        assert assess(tool, assessment.answers, assessment.safety).risk == assessment.result.risk
    assert set(bands) == {"standard", "medium", "high"}


def test_a_closed_case_is_not_high_and_was_assessed_within_ten_working_days(cases):
    closed = [case for case in cases if case.status == "closed" and case.assessments]
    assert len(closed) > 300
    for case in closed:
        assert case.band != "high"
        assert case.closed_at - case.assessments[-1].at <= dt.timedelta(days=14)


def _state(row: Any, now: dt.datetime) -> str:
    return clocks.clock_state(
        row.plan.due_at,
        now,
        met_at=row.met_at if row.outcome == "met" else None,
        attempted_at=row.met_at if row.outcome == "attempted" else None,
        paused_at=row.paused_at,
    ).value


def test_clocks_are_met_missed_attempted_and_running(cases, county):
    states = Counter(
        (row.plan.kind.value, _state(row, county.office.end))
        for case in cases
        for row in case.clocks
        if row.outcome != "not_applicable"
    )
    for kind in ("K1", "K2", "K3", "K4"):
        assert states[kind, "met"] > states[kind, "missed"] > 0
    assert states["K3", "attempted"] > 0
    assert states["K3", "running"] + states["K4", "running"] > 0
    assert states["K9", "running"] > 0


def test_a_first_contact_is_met_by_a_contact_that_is_there(cases):
    for case in cases:
        spoken = {c.at for c in case.contacts if c.record is not None and c.result == "two_way"}
        tried = {c.at for c in case.contacts if c.record is not None and c.result == "attempt"}
        for row in (row for row in case.clocks if row.plan.kind == "K3" and row.met_at is not None):
            assert row.met_at in (spoken if row.outcome == "met" else tried), case.ref


def test_who_stays_anonymous_is_not_acknowledged(cases):
    for report in (r for case in cases for r in case.reports if r.reporter is ReporterKind.ANONYMOUS):
        assert report.record is None
        assert report.reporter_name == report.reporter_contact == ""


def test_the_countys_mix_is_near_the_published_one(cases):
    firsts = Counter(case.first.event.strands[0][0].value for case in cases)
    shares = {code: count / len(cases) for code, count in firsts.items()}
    assert 0.55 < shares["RAC"] < 0.8
    assert 0.06 < shares["DIS"] < 0.18
    assert 0.05 < shares["SXO"] < 0.14
    assert {"RAC", "REL", "SXO", "DIS", "TRN", "SEX"} <= set(firsts)
    districts = Counter(case.district for case in cases)
    for code, share in DISTRICT_SHARES.items():
        assert abs(districts[code] / len(cases) - share) < 0.06, code


def test_the_planted_rises_stand_out(cases, county):
    for spike in county.truth.whole()["spikes"]:
        start = dt.date.fromisoformat(spike["from"])
        stop = start + dt.timedelta(days=spike["days"])

        def fits(case: Any, spike: Any = spike) -> bool:
            return case.district == spike["district"] and any(
                strand == spike["strand"] and sub in spike["subs"] for strand, sub in case.first.event.strands
            )

        inside = [c for c in cases if fits(c) and start <= local_date(c.received_at) < stop]
        outside = [c for c in cases if fits(c) and not start <= local_date(c.received_at) < stop]
        assert len(spike["planted"]) >= 5
        assert {c.first.ref for c in inside} >= set(spike["planted"])
        pace = len(outside) / (county.calendar.days - spike["days"]) * spike["days"]
        assert len(inside) > 3 * pace


def test_a_second_record_of_a_person_is_written_differently(county):
    clusters = county.truth.whole()["person_clusters"]
    assert len(clusters) > 10
    for cluster in clusters:
        first, *others = cluster["records"]
        assert first["differences"] == []
        assert all(record["differences"] for record in others)


def test_the_truth_knows_repeats_that_no_record_shows(county):
    repeats = county.truth.whole()["repeats"]
    assert any(repeat["records_that_show_it"] for repeat in repeats)
    assert any(not repeat["records_that_show_it"] for repeat in repeats)


def test_some_partners_see_nearly_everything_and_some_nearly_nothing(cases, county):
    seen = Counter(
        agency
        for case in cases
        for agency, grant in case.grants_at(county.office.end).items()
        if grant.level != "signpost" and case.tier != "restricted"
    )
    assert seen["POL"] / len(cases) > 0.85
    assert 0.05 < seen["VSS"] / len(cases) < 0.2
    assert seen["EDU1"] / len(cases) < 0.05
    assert seen["EDU1"] >= 5
    assert not seen.keys() & {"IPSCJ", "IG", "OPCC"}
