"""Whether two reports may be about one event: place, time and words, each of which can speak against it."""

from __future__ import annotations

import datetime as dt

import pytest

from incidents.rules.likeness import ALIKE, Likeness, Told, likeness, place_key, similarity

NOON = dt.datetime(2026, 3, 4, 12, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)

# Two ways to tell of the same event: as a caller does, and as a bystander, a worker or an officer writes it down.
SAME = [
    (
        "A man shouted abuse at her outside the market and followed her to the bus stop.",
        "Caller saw a tall man shouting abuse at a woman by the market. He followed her as far as the bus stop.",
    ),
    (
        "They sprayed a swastika in red paint on the door of the mosque during the night.",
        "Red paint on mosque door, a swastika, found by the caretaker in the morning.",
    ),
    (
        "Neighbour banged on the wall and yelled slurs through the letterbox at 11pm again.",
        "Tenant reports that the neighbour is banging on the wall every night and yelled slurs through the letterbox.",
    ),
    (
        "Two boys threw eggs at his wheelchair near the library and laughed.",
        "Eggs were thrown at a wheelchair user outside the library by two teenage boys, who laughed and ran off.",
    ),
    (
        "The driver refused to let the couple on the bus because they were holding hands.",
        "Bus driver would not let two men holding hands board, refused them and drove on.",
    ),
    (
        "Someone ripped her headscarf off in the supermarket car park and told her to go home.",
        "Headscarf ripped off in car park of supermarket, suspect told the woman to go home.",
    ),
]


def pairs_that_differ() -> list[tuple[str, str]]:
    return [(a[0], b[1]) for place, a in enumerate(SAME) for other, b in enumerate(SAME) if place != other]


def test_the_same_event_told_twice_is_alike():
    assert [similarity(*pair) >= ALIKE for pair in SAME] == [True] * len(SAME)


def test_different_events_are_not():
    assert [pair for pair in pairs_that_differ() if similarity(*pair) >= ALIKE] == []


def told(text: str = SAME[0][0], at: dt.datetime = NOON, **given) -> Told:
    return Told(text, at, **({"place": "marketstreet"} | given))


@pytest.mark.parametrize(
    ("other", "alike"),
    [
        ({}, True),
        ({"place": "highstreet"}, False),
        ({"place": ""}, False),
        ({"at": NOON + 48 * HOUR}, True),
        ({"at": NOON + 48 * HOUR + dt.timedelta(minutes=1)}, False),
        ({"at": NOON - 48 * HOUR}, True),
        ({"at": NOON - 60 * HOUR, "ends": NOON - 47 * HOUR}, True),
        ({"at": NOON - 60 * HOUR, "ends": NOON - 49 * HOUR}, False),
        ({"text": SAME[1][1]}, False),
    ],
)
def test_place_time_and_words_all_have_to_speak_for_it(other, alike):
    assert (likeness(told(), told(**({"text": SAME[0][1]} | other))) is not None) is alike


@pytest.mark.parametrize(
    ("one", "other", "reason"),
    [
        ({"point": (475_000, 260_000)}, {"point": (475_060, 260_080)}, "Within 100 metres"),
        ({"point": (475_000, 260_000)}, {"point": (475_100, 260_000)}, "Within 100 metres"),
        ({"point": (475_000, 260_000)}, {"point": (475_101, 260_000)}, ""),
        ({"point": (475_000, 260_000)}, {"point": (475_071, 260_071)}, ""),
        # Neighbours across a border of districts.
        (
            {"point": (475_000, 260_000), "district": "E07000154"},
            {"point": (475_000, 259_900), "district": "E07000155"},
            "Within 100 metres",
        ),
        ({"point": (475_000, 260_000)}, {}, ""),
        # A first half is a town, not a place.
        ({"postcode": "NN1"}, {"postcode": "NN1"}, ""),
        ({"postcode": "nn11aa"}, {"postcode": "NN1 1AA"}, "Same postcode"),
        # Every town has a library.
        ({"place": "library", "district": "E07000154"}, {"place": "library", "district": "E07000154"}, "Same place"),
        ({"place": "library", "district": "E07000154"}, {"place": "library", "district": "E07000150"}, ""),
        (
            {"place": "library", "district": "a", "point": (475_000, 260_000)},
            {"place": "library", "district": "b", "point": (478_000, 264_000)},
            "Same place",
        ),
        (
            {"place": "library", "district": "a", "point": (475_000, 260_000)},
            {"place": "library", "district": "a", "point": (478_001, 264_000)},
            "",
        ),
    ],
)
def test_what_is_the_same_place(one, other, reason):
    found = likeness(told(**({"place": "a"} | one)), told(SAME[0][1], **({"place": "b"} | other)))
    assert (found.reasons[0] if found else "") == reason


def test_the_same_postcode_stands_for_the_same_place():
    one, other = told(place="a", postcode="NN1 1AA"), told(SAME[0][1], place="b", postcode="NN1 1AA")
    found = likeness(one, other)
    assert found is not None
    assert found.reasons[:2] == ("Same postcode", "At the same time")


def test_no_place_and_no_postcode_are_no_same_place():
    assert likeness(told(place="", postcode=""), told(SAME[0][1], place="", postcode="")) is None


def test_short_texts_that_share_a_word_are_not_alike():
    assert similarity("Shouted abuse", "Abuse on the bus") == 0
    assert similarity("", "") == 0


@pytest.mark.parametrize("text", ["St. Peter’s  Church", "st peters church", "ST PETER'S CHURCH"])
def test_a_named_place_is_the_same_however_it_is_written(text):
    assert place_key(text) == "stpeterschurch"


@pytest.mark.parametrize(
    ("other", "words", "short"),
    [
        ("Shouted abuse outside the market, followed to the bus stop", "The same words", "every word"),
        (
            "Shouted abuse outside the market, followed to the bus stop and spat",
            "Every word of the shorter report is in the other",
            "every word",
        ),
        ("Shouted abuse outside the market school", "75 per cent of the words in common", "75% of the words"),
    ],
)
def test_how_much_they_share_is_said(other, words, short):
    text = "Shouting abuse at the market, following her to the bus stop"
    found = likeness(Told(text, NOON, place="market"), Told(other, NOON, place="market"))
    assert found is not None
    assert (found.reasons[-1], found.short) == (words, short)


def test_a_share_is_never_rounded_up_to_a_whole():
    assert Likeness(0.998, ()).short == "99% of the words"
