"""Facts that cannot be: one rule for forms, services and the API. Values in, a sentence or nothing out."""

from __future__ import annotations

import datetime as dt
import re

OLDEST = 120
"""Nobody on record is older."""
SLACK = dt.timedelta(minutes=5)
"""Two clocks, and a person who keys while somebody speaks, may differ by as much."""

# Royal Mail's postcode areas, with the forces' own.
_AREAS = frozenset(
    "AB AL B BA BB BD BF BH BL BN BR BS BT CA CB CF CH CM CO CR CT CV CW DA DD DE DG DH DL DN DT DY E EC EH EN EX FK FY G"
    " GL GU GY HA HD HG HP HR HS HU HX IG IM IP IV JE KA KT KW KY L LA LD LE LL LN LS LU M ME MK ML N NE NG NN NP NR NW OL"
    " OX PA PE PH PL PO PR RG RH RM S SA SE SG SK SL SM SN SO SP SR SS ST SW SY TA TD TF TN TQ TR TS TW UB W WA WC WD WF WN"
    " WR WS WV YO ZE".split()
)
_AREA = re.compile(r"[A-Z]{1,2}(?=[0-9])")
_REFERENCE = re.compile(r"[A-Z0-9][A-Z0-9 /.-]*", re.IGNORECASE)
_FEWEST_DIGITS = 4


def birth_problem(day: dt.date, today: dt.date) -> str:
    """Why nobody alive was born on a day."""
    if day > today:
        return "Date of birth must be today or in the past"
    if (day.year + OLDEST, day.month, day.day) < (today.year, today.month, today.day):
        return f"Date of birth must be less than {OLDEST} years ago: check the year"
    return ""


def is_postcode_area(outward: str) -> bool:
    """Whether a postcode, or its first half, in capitals begins with the letters of a postcode area that exists."""
    found = _AREA.match(outward)
    return found is not None and found[0] in _AREAS


def crime_reference_problem(text: str) -> str:
    """Why words are no crime reference. Forces write them differently: digits, letters, strokes and hyphens."""
    if _REFERENCE.fullmatch(text) and sum(one.isdigit() for one in text) >= _FEWEST_DIGITS:
        return ""
    return "Enter the crime reference as the police gave it, like 26000123456"


def order_problem(occurred_from: dt.datetime, received_at: dt.datetime) -> str:
    """Why a report of something cannot have come in at a moment: it had not begun."""
    if occurred_from <= received_at + SLACK:
        return ""
    return "It must have begun before the report came in: check both dates"


def contact_problem(at: dt.datetime, received_at: dt.datetime) -> bool:
    """Whether a contact about a report lies before the report came in."""
    return at < received_at - SLACK
