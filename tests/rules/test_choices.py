"""The vocabulary: the codes that partners rely on, and how texts are read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agencies.choices import AgencyType, Area, District, Side
from incidents import choices
from incidents.choices import (
    MONITORED_MASK,
    SUBS,
    Band,
    Behaviour,
    CaseStatus,
    Classification,
    Gateway,
    Level,
    Strand,
    TaskState,
    Wish,
    behaviour_parse,
    gateway_parse,
    place_parse,
    strand_codes,
    strand_mask,
    strand_parse,
    sub_label,
    sub_parse,
)
from kernel.words import slug

DOMAIN_BEHAVIOURS = (
    "verbal abuse; gestures; threat; physical assault; spitting; sexual; damage to property; graffiti; arson/fire; "
    "offensive item (incl. through letterbox, faeces, pork products); dumping rubbish; harassment/following; "
    "dog/animal; malicious complaint; hoax; letter/leaflet/sticker; phone/text; online post; online direct message; "
    "image/video shared; doxxing; exclusion/isolation; mate crime/exploitation; discriminatory service; workplace; "
    "school bullying"
)

DOMAIN_PLACES = (
    "home; near home; street; transport; shop; licensed premises; school/college/university; workplace; health site; "
    "place of worship; Traveller site/roadside; asylum accommodation; custody/probation premises; sports/leisure; "
    "online; other"
)


def test_strand_codes_and_the_five_that_are_monitored():
    assert Strand.values == ["RAC", "REL", "SXO", "DIS", "TRN", "ALT", "SEX", "AGE", "OTH"]
    assert [strand.value for strand in Strand if strand.monitored] == ["RAC", "REL", "SXO", "DIS", "TRN"]


def test_every_strand_has_sub_categories_without_two_of_one_slug():
    assert set(SUBS) == set(Strand)
    assert [len(SUBS[strand]) for strand in list(Strand)[:5]] == [24, 9, 6, 11, 6]


@pytest.mark.parametrize("strand", list(Strand))
def test_a_sub_category_is_read_by_text_in_any_case_and_by_slug(strand):
    for key, text in SUBS[strand].items():
        assert sub_parse(strand, text) == key
        assert sub_parse(strand.value, text.upper()) == key
        assert sub_parse(strand, key) == key
        assert sub_label(strand, key) == text


def test_a_sub_category_of_another_strand_is_refused_by_name():
    with pytest.raises(ValueError, match="“Roma” is not a sub-category of Religion or belief"):
        sub_parse("REL", "Roma")


def test_a_strand_is_read_by_code_and_by_name():
    assert strand_parse("rac") is Strand.RACE
    assert strand_parse(" Religion or belief ") is Strand.RELIGION
    with pytest.raises(ValueError, match="“XYZ” is not a strand"):
        strand_parse("XYZ")


@given(st.sets(st.sampled_from(Strand.values)))
def test_a_mask_gives_back_its_strands(codes):
    assert set(strand_codes(strand_mask(codes))) == codes


def test_stored_masks_keep_their_meaning():
    assert [strand.bit for strand in Strand] == [1, 2, 4, 8, 16, 32, 64, 128, 256]
    assert MONITORED_MASK == 31


def test_behaviours_are_read_by_the_texts_of_the_vocabulary():
    assert [behaviour_parse(text) for text in DOMAIN_BEHAVIOURS.split("; ")] == list(Behaviour)
    assert [behaviour_parse(text.upper()) for text in DOMAIN_BEHAVIOURS.split("; ")] == list(Behaviour)
    assert [behaviour_parse(behaviour.value) for behaviour in Behaviour] == list(Behaviour)
    assert [behaviour_parse(behaviour.label) for behaviour in Behaviour] == list(Behaviour)


def test_an_unknown_behaviour_is_named():
    with pytest.raises(ValueError, match="“telepathy” is not a behaviour"):
        behaviour_parse("telepathy")


def test_places_are_read_by_the_texts_of_the_vocabulary():
    assert [place_parse(text) for text in DOMAIN_PLACES.split("; ")] == list(choices.PlaceType)
    with pytest.raises(ValueError, match="is not a kind of place"):
        place_parse("the moon")


@pytest.mark.parametrize("text", ["cda_s115", "CDA 1998 s115", "s115", Gateway.CDA_115.label])
def test_the_usual_gateway_is_read_however_it_is_written(text):
    assert gateway_parse(text) is Gateway.CDA_115


def test_every_gateway_is_read_by_value_and_label():
    assert all(gateway_parse(gateway.value) is gateway for gateway in Gateway)
    assert all(gateway_parse(gateway.label) is gateway for gateway in Gateway)
    with pytest.raises(ValueError, match="not a legal gateway"):
        gateway_parse("because")


def test_values_that_partners_send():
    assert choices.Channel.values == ["phone", "in_person", "online", "email", "letter", "centre", "agency", "police"]
    assert choices.PerceivedBy.values == ["victim", "witness", "family", "professional", "police"]
    assert choices.Priority.values == ["P1", "P2", "P3"]
    assert Band.values == ["standard", "medium", "high"]
    assert CaseStatus.values == [
        "new",
        "triage",
        "open",
        "on_hold",
        "monitoring",
        "closed",
        "reopened",
        "merged",
    ]
    assert choices.ClockState.values == ["running", "met", "attempted", "missed", "paused", "not_applicable"]
    assert choices.ContactResult.values == ["two_way", "attempt"]


def test_levels_are_ordered_and_each_covers_the_ones_before():
    assert [level.rank for level in Level] == [1, 2, 3, 4]
    assert [Level.from_rank(rank) for rank in (1, 2, 3, 4)] == list(Level)
    assert Level.CONTRIBUTE.covers("view")
    assert not Level.VIEW.covers("contribute")
    with pytest.raises(ValueError, match="5 is not the rank"):
        Level.from_rank(5)


def test_names_are_kept_for_crimes_only():
    assert [value for value in Classification if value.keeps_names] == [
        Classification.CRIME_SUSPECTED,
        Classification.CRIME_RECORDED,
    ]


def test_closed_and_merged_cases_are_the_ones_without_work():
    assert set(CaseStatus.values) - set(choices.OPEN_STATUSES) == {"closed", "merged"}


def test_every_status_has_its_steps_and_new_and_triage_are_left_for_good():
    assert set(choices.STATUS_STEPS) == set(CaseStatus)
    assert not any(CaseStatus.NEW in steps for steps in choices.STATUS_STEPS.values())
    assert choices.STATUS_STEPS[CaseStatus.CLOSED] == {CaseStatus.REOPENED}


def test_every_task_state_has_its_steps():
    assert set(choices.TASK_STEPS) == set(TaskState)
    assert [state for state in TaskState if state.is_open] == [
        TaskState.OFFERED,
        TaskState.ACCEPTED,
        TaskState.IN_PROGRESS,
    ]


def test_a_refused_or_withdrawn_wish_blocks_sharing():
    assert [wish for wish in Wish if wish.blocks] == [Wish.NO, Wish.WITHDRAWN]


def test_agencies_of_one_side():
    victim_side = {kind.value for kind in AgencyType if kind.side is Side.VICTIM}
    perpetrator_side = {kind.value for kind in AgencyType if kind.side is Side.PERPETRATOR}
    assert victim_side == {"VSS", "VCS", "TPRC"}
    assert perpetrator_side == {"PROB", "YJS", "PRG"}


def test_statutory_standing_of_agencies():
    assert {kind.value for kind in AgencyType if kind.is_statutory_s115} == {
        "POL",
        "LA",
        "PROB",
        "FIRE",
        "HLTH",
        "OPCC",
        "RSL",
    }
    assert not any(AgencyType(code).is_competent_authority for code in ("VCS", "VSS", "RES", "EDU", "RSL"))


def test_districts_belong_to_the_unitary_that_followed_them():
    assert {district.value for district in District} == {f"E0700015{digit}" for digit in range(7)}
    north = {district.label for district in District if district.area is Area.NORTH}
    assert north == {"Corby", "East Northamptonshire", "Kettering", "Wellingborough"}
    assert {district.unitary_code for district in District if district.area is Area.WEST} == {"E06000062"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [("Arson/fire", "arson-fire"), ("Sensory – sight", "sensory-sight"), ("  Café ", "cafe"), ("", ""), ("–", "")],
)
def test_slugs(text, expected):
    assert slug(text) == expected
