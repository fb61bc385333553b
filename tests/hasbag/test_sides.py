"""What an agency of one side reads of a meeting: nothing that tells of the other side's people (docs/domain.md §5.3).

Each answer stands beside that of an agency of both sides, so that it is the side which hides, and nothing else.
"""

from __future__ import annotations

import re

import pytest
from django.urls import reverse

from agencies.models import Agency, Membership
from hasbag import selectors, services
from hasbag.choices import Criterion
from hasbag.models import AgendaItem, Meeting
from incidents.choices import Level
from incidents.models import Case, RiskAssessment
from incidents.services.task import task_create
from tests.cast import acting, client_of
from tests.hasbag.builders import HIGH, MEDIUM, SUBJECT, WHY, case_of, choose, items, meeting_of, pack_words, share
from victims.services import VictimData

pytestmark = pytest.mark.django_db

VICTIM = VictimData(given_name="Farida", family_name="Mirza")
NAMES = "Hackforth met Mirza"
MEMBERS = "NNC POL VSS PROB YJS NREC"
VICTIMS_SIDE, PERPETRATORS_SIDE = "viola", "petra"


def shared_case(given=HIGH, **overrides) -> Case:
    """A council's suspected crime that every member sees."""
    case = case_of(
        "bob", given, classification="crime_suspected", victims=[VICTIM], perpetrators=[SUBJECT], **overrides
    )
    for code in ("POL", "VSS", "PROB", "YJS", "NREC"):
        share(case, code, Level.CONTRIBUTE)
    return case


def listed(given=HIGH, **values) -> tuple[Case, Meeting]:
    """Such a case on an agenda, with these values on its line."""
    case = shared_case(given)
    meeting = meeting_of(codes=MEMBERS)
    choose(meeting)
    (item,) = items(meeting)
    AgendaItem.objects.unscoped(reason=WHY).filter(pk=item.pk).update(**values)
    return case, meeting


def line_of(name: str, meeting: Meeting) -> selectors.AgendaLine:
    with acting(name) as actor:
        page = selectors.meeting_page(actor, meeting.ref)
    (line,) = [*page.agenda, *page.removed]
    return line


# --- The agenda ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("criterion", "readers"),
    [
        (Criterion.MEDIUM_REPEAT_VICTIM, {"beth", VICTIMS_SIDE}),
        (Criterion.MEDIUM_UNDER_18, {"beth", VICTIMS_SIDE}),
        (Criterion.MEDIUM_VULNERABLE, {"beth", VICTIMS_SIDE}),
        (Criterion.MEDIUM_REPEAT_PERPETRATOR, {"beth", PERPETRATORS_SIDE}),
        (Criterion.MEDIUM_REPEAT_LOCATION, {"beth", VICTIMS_SIDE, PERPETRATORS_SIDE}),
        (Criterion.TENSION, {"beth", VICTIMS_SIDE, PERPETRATORS_SIDE}),
    ],
)
def test_a_criterion_about_people_is_for_those_who_may_know_them(cast, criterion, readers):
    _, meeting = listed(criteria=[Criterion.HIGH, criterion])
    told = {
        name: criterion.label in line_of(name, meeting).criteria for name in ("beth", VICTIMS_SIDE, PERPETRATORS_SIDE)
    }
    assert told == {name: name in readers for name in told}
    assert all("High risk" in line_of(name, meeting).criteria for name in told)
    for name, code in (("beth", ""), (VICTIMS_SIDE, ""), (PERPETRATORS_SIDE, "")):
        assert (criterion.label in pack_words(name, meeting, code)) is (name in readers), name


def test_a_repeat_victim_is_told_to_those_who_may_know_victims(cast):
    first = shared_case(MEDIUM)
    victim = first.parties.get(role="victim").victim
    second = shared_case(MEDIUM)
    second.parties.create(role="victim", incident=second.incidents.get(), victim=victim)
    Case.objects.unscoped(reason=WHY).filter(pk__in=[first.pk, second.pk]).update(repeat_victim=True)
    meeting = meeting_of(codes=MEMBERS)
    choose(meeting)
    with acting("beth") as actor:
        refs = {line.case_ref for line in selectors.meeting_page(actor, meeting.ref).agenda}
        for ref in {first.ref, second.ref} - refs:
            services.item_add(actor=actor, meeting=meeting, case_ref=ref)
    for name, told in (("beth", True), (VICTIMS_SIDE, True), (PERPETRATORS_SIDE, False)):
        with acting(name) as actor:
            lines = selectors.meeting_page(actor, meeting.ref).agenda
        assert [line.repeat_victim for line in lines] == [told, told], name
        page = client_of(name).get(reverse("hasbag:meeting", args=[meeting.ref])).content.decode()
        assert ("epeat victim" in page) is told, name
        # Not even by the heading under which it stands.
        assert [line.section.label.startswith("Repeat") for line in lines] == [told, told], name


def test_of_an_assessment_who_may_not_know_victims_is_told_the_band_alone(cast):
    case, meeting = listed()
    total = str(RiskAssessment.objects.unscoped(reason=WHY).filter(case=case).latest("assessed_at").total)
    for name, told in (("beth", True), (VICTIMS_SIDE, True), (PERPETRATORS_SIDE, False)):
        line = line_of(name, meeting)
        assert (line.band, line.risk_total is not None, line.trend) == ("high", told, ""), name
        page = client_of(name).get(reverse("hasbag:meeting", args=[meeting.ref])).content.decode()
        assert bool(re.search(rf">\s*{total}\s*</td>", page)) is told, name


def test_reasons_name_nobody_to_who_may_not_know_them(cast):
    _, meeting = listed()
    with acting("beth") as actor:
        (item,) = AgendaItem.objects.visible_to(actor).filter(meeting=meeting)
        services.item_remove(actor=actor, item=item, reason=NAMES)
    assert line_of("beth", meeting).removed_reason == NAMES
    assert line_of(VICTIMS_SIDE, meeting).removed_reason == "[not shown] met Mirza"
    assert line_of(PERPETRATORS_SIDE, meeting).removed_reason == "Hackforth met [not shown]"
    with acting("beth") as actor:
        item = AgendaItem.objects.visible_to(actor).get(pk=item.pk)
        services.item_restore(actor=actor, item=item, reason=NAMES)
    assert NAMES in line_of("beth", meeting).why
    assert "[not shown] met Mirza" in line_of(VICTIMS_SIDE, meeting).why
    assert "Hackforth met [not shown]" in line_of(PERPETRATORS_SIDE, meeting).why
    assert "Hackforth" not in pack_words(VICTIMS_SIDE, meeting)
    assert "Mirza" not in pack_words(PERPETRATORS_SIDE, meeting)


@pytest.mark.parametrize("guess", ["Hackforth", "Sparrow"])
def test_who_refers_a_case_reads_their_own_reason(cast, guess):
    """Whether the guessed name is right or wrong: a gap in one's own words would tell."""
    case = shared_case()
    Case.objects.unscoped(reason="Voice leads it").filter(pk=case.pk).update(
        lead_agency=Agency.objects.get(code="VSS")
    )
    share(case, "NNC", Level.VIEW, source_ref="HM-26-AAAAAA")
    case.refresh_from_db()
    with acting(VICTIMS_SIDE) as actor:
        services.case_refer(actor=actor, case=case, area="north", reason=f"{guess} comes back")
    meeting = meeting_of(codes=MEMBERS)
    choose(meeting)
    assert line_of(VICTIMS_SIDE, meeting).reason == f"{guess} comes back"
    assert line_of("nadia", meeting).reason == ("[not shown]" if guess == "Hackforth" else guess) + " comes back"


# --- The pack --------------------------------------------------------------------------------------


def test_the_action_log_leaves_out_the_other_sides_tasks(cast):
    case, meeting = listed()
    for name, code in (("yusuf", "YJS"), ("nadia", "NREC"), ("bob", "NNC")):
        with acting(name) as actor:
            task_create(actor=actor, case=case, title=f"What {code} does", agency=Agency.objects.get(code=code))
    for name, hidden in (("beth", set()), (VICTIMS_SIDE, {"YJS"}), (PERPETRATORS_SIDE, {"NREC"})):
        words = pack_words(name, meeting)
        for code in ("YJS", "NREC", "NNC"):
            assert (f"What {code} does" in words) is (code not in hidden), (name, code)


def test_what_a_task_says_names_nobody_to_who_may_not_know_them(cast):
    case, meeting = listed()
    with acting("bob") as actor:
        task_create(actor=actor, case=case, title=NAMES, agency=Agency.objects.get(code="NNC"))
    assert NAMES in pack_words("beth", meeting)
    assert "[not shown] met Mirza" in pack_words(VICTIMS_SIDE, meeting)
    assert "Hackforth met [not shown]" in pack_words(PERPETRATORS_SIDE, meeting)


def test_a_pack_is_its_recipients_whoever_asks_for_it(cast):
    """Somebody of two agencies gets in each pack what that agency may see, not what they may see together."""
    Membership.objects.create(
        user=cast["viola"], agency=Agency.objects.get(code="PROB"), roles=["caseworker", "member"]
    )
    _, meeting = listed()
    voice, probation = pack_words("viola", meeting, "VSS"), pack_words("viola", meeting, "PROB")
    assert ("Mirza" in voice, "Hackforth" in voice) == (True, False)
    assert ("Mirza" in probation, "Hackforth" in probation) == (False, True)


def test_somebody_of_both_sides_reads_the_agenda_with_the_stricter_eyes(cast):
    """An agenda is a list of cases: what they may know in one of them is not said of all (docs/permissions.md)."""
    Membership.objects.create(
        user=cast["viola"], agency=Agency.objects.get(code="PROB"), roles=["caseworker", "member"]
    )
    case = case_of("bob", HIGH, classification="crime_suspected", victims=[VICTIM], perpetrators=[SUBJECT])
    share(case, "PROB", Level.VIEW)
    meeting = meeting_of(codes=MEMBERS)
    choose(meeting)
    AgendaItem.objects.unscoped(reason=WHY).update(criteria=["high", "medium_victim"], reason=NAMES)
    Case.objects.unscoped(reason=WHY).filter(pk=case.pk).update(repeat_victim=True)
    with acting("viola") as actor:
        lines = selectors.meeting_page(actor, meeting.ref).agenda
    assert [(line.criteria, line.repeat_victim, line.reason) for line in lines] == [
        (("High risk",), False, "Hackforth met [not shown]")
    ]
