"""Where a place belongs: postcodes read, and the district that a postcode suggests.

A postcode's first half is only a hint, because post towns are not councils: a person always confirms the district.
Rules: docs/domain.md §5.2.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from agencies.choices import Area, District
from kernel.plausible import is_postcode_area

_FULL = re.compile(r"([A-Z]{1,2}[0-9][A-Z0-9]?)([0-9][A-Z]{2})")
_OUTWARD = re.compile(r"[A-Z]{1,2}[0-9][A-Z0-9]?")
_SPACES = re.compile(r"[\s\-.]+")


@dataclass(frozen=True)
class PostcodeHint:
    """What the first half of a postcode says about the district."""

    outward: str
    candidates: tuple[District, ...]
    caveat: str = ""

    @property
    def district(self) -> District | None:
        """The likely district, or ``None`` where the person has to be asked."""
        return self.candidates[0] if len(self.candidates) == 1 else None

    @property
    def ask(self) -> bool:
        """Whether the postcode alone cannot say."""
        return self.district is None

    @property
    def sentence(self) -> str:
        """What to show beside the list of districts."""
        names = " or ".join(district.label for district in self.candidates)
        likely = f"{self.outward} may be in {names}." if self.ask else f"{self.outward} is mostly in {names}."
        return f"{likely} {self.caveat}".strip()


_CORBY, _DAVENTRY, _EAST, _KETTERING = (
    District.CORBY,
    District.DAVENTRY,
    District.EAST_NORTHAMPTONSHIRE,
    District.KETTERING,
)
_NORTHAMPTON, _SOUTH, _WELLINGBOROUGH = (
    District.NORTHAMPTON,
    District.SOUTH_NORTHAMPTONSHIRE,
    District.WELLINGBOROUGH,
)

_HINTS: dict[str, tuple[tuple[District, ...], str]] = {
    "NN1": ((_NORTHAMPTON,), ""),
    "NN2": ((_NORTHAMPTON,), "The edge reaches into Daventry district."),
    "NN3": ((_NORTHAMPTON,), "The edge reaches into Daventry district."),
    "NN4": ((_NORTHAMPTON,), "Grange Park and the edge by Wootton are in South Northamptonshire."),
    "NN5": ((_NORTHAMPTON,), ""),
    "NN6": ((_DAVENTRY,), "The edges reach into Northampton, Kettering and Wellingborough."),
    "NN7": (
        (_SOUTH,),
        "The edges reach into Daventry district, Northampton, Buckinghamshire and Milton Keynes.",
    ),
    "NN8": ((_WELLINGBOROUGH,), ""),
    "NN9": (
        (_WELLINGBOROUGH, _EAST),
        "Finedon is in Wellingborough; Raunds and Irthlingborough are in East Northamptonshire.",
    ),
    "NN10": ((_EAST,), "The edge reaches into Bedfordshire."),
    "NN11": ((_DAVENTRY,), "The edges reach into South Northamptonshire and Warwickshire."),
    "NN12": ((_SOUTH,), ""),
    "NN13": ((_SOUTH,), "The edges reach into Oxfordshire and Buckinghamshire."),
    "NN14": (
        (_EAST, _KETTERING),
        "Thrapston is in East Northamptonshire; Rothwell, Desborough and Geddington are in Kettering.",
    ),
    "NN15": ((_KETTERING,), ""),
    "NN16": ((_KETTERING,), ""),
    "NN17": ((_CORBY,), "Some villages around, such as Bulwick, are in East Northamptonshire."),
    "NN18": ((_CORBY,), ""),
    "NN29": ((_WELLINGBOROUGH,), "The edges reach into Bedfordshire and East Northamptonshire."),
    "PE8": ((_EAST,), "The edges reach into Peterborough and Huntingdonshire."),
    "PE9": (
        (_EAST,),
        "Most of PE9 is Stamford, in Lincolnshire; Easton on the Hill and Collyweston are in the county.",
    ),
    "LE16": ((_KETTERING, _DAVENTRY), "Most of LE16 is Market Harborough, in Leicestershire."),
    "OX17": ((_SOUTH, _DAVENTRY), "Most of OX17 is outside the county."),
    "MK18": ((_SOUTH, _DAVENTRY), "Most of MK18 is outside the county."),
    "MK19": ((_SOUTH, _DAVENTRY), "Most of MK19 is outside the county."),
    "CV23": ((_DAVENTRY, _SOUTH), "Most of CV23 is outside the county."),
    "MK44": ((_EAST, _WELLINGBOROUGH), "Most of MK44 is outside the county."),
    "MK46": ((_SOUTH, _WELLINGBOROUGH), "Most of MK46 is outside the county."),
}


def postcode_normalise(text: str) -> str | None:
    """A full postcode in capitals with one space, or ``None`` when the text is not one."""
    match = _FULL.fullmatch(_SPACES.sub("", text).upper())
    return f"{match[1]} {match[2]}" if match and is_postcode_area(match[1]) else None


def outward_of(text: str) -> str | None:
    """The first half of a full postcode, or of what is itself a first half; ``None`` when it is neither."""
    squeezed = _SPACES.sub("", text).upper()
    match = _FULL.fullmatch(squeezed)
    outward = match[1] if match else squeezed
    return outward if _OUTWARD.fullmatch(outward) and is_postcode_area(outward) else None


def postcode_hint(text: str) -> PostcodeHint | None:
    """What a postcode, or its first half, suggests; ``None`` for one that never lies in the county."""
    outward = outward_of(text)
    if outward is None or outward not in _HINTS:
        return None
    candidates, caveat = _HINTS[outward]
    return PostcodeHint(outward, candidates, caveat)


def outside_county(text: str) -> bool:
    """Whether a postcode, or its first half, is a real one and never lies in the county."""
    return outward_of(text) is not None and postcode_hint(text) is None


def areas_near() -> frozenset[str]:
    """The letters that postcodes in the county, and just across its border, begin with."""
    return frozenset(outward.rstrip("0123456789") for outward in _HINTS)


def area_of(district: str) -> Area:
    """The area, so the HASBAG, of a district code. Raises ``ValueError`` for a code outside the county."""
    return District(district).area


def unitary_of(district: str) -> str:
    """The ONS code of a district's unitary authority. Raises ``ValueError`` for a code outside the county."""
    return District(district).unitary_code


def districts_of(area: str) -> tuple[District, ...]:
    """The districts of an area, in the order of their names."""
    wanted = Area(area)
    return tuple(sorted((d for d in District if d.area is wanted), key=lambda d: d.label))
