"""Strands of hate: the targeted characteristics, their sub-categories, and strands as one number.

Rules: docs/domain.md §1.2 (monitored strands) and §1.3 (characteristics that are recorded locally).
"""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import TextChoices

from kernel.words import slug


class Strand(TextChoices):
    """A characteristic that hostility was aimed at. An incident has one or more of them."""

    RACE = "RAC", "Race or ethnicity"
    RELIGION = "REL", "Religion or belief"
    ORIENTATION = "SXO", "Sexual orientation"
    DISABILITY = "DIS", "Disability"
    TRANSGENDER = "TRN", "Transgender identity"
    ALTERNATIVE = "ALT", "Alternative subculture or lifestyle"
    SEX = "SEX", "Sex or gender"
    AGE = "AGE", "Age"
    OTHER = "OTH", "Other characteristic"

    @property
    def monitored(self) -> bool:
        """Whether it is one of the five strands that are monitored nationally."""
        return self in MONITORED

    @property
    def bit(self) -> int:
        """The strand's place in a strand mask. Stored masks rely on it: new strands go to the end of the list."""
        return 1 << _ORDER.index(self)


MONITORED = frozenset({Strand.RACE, Strand.RELIGION, Strand.ORIENTATION, Strand.DISABILITY, Strand.TRANSGENDER})

_ORDER = (
    Strand.RACE,
    Strand.RELIGION,
    Strand.ORIENTATION,
    Strand.DISABILITY,
    Strand.TRANSGENDER,
    Strand.ALTERNATIVE,
    Strand.SEX,
    Strand.AGE,
    Strand.OTHER,
)

_SUB_TEXTS: dict[Strand, tuple[str, ...]] = {
    Strand.RACE: (
        "White British",
        "White Irish",
        "White Eastern European",
        "White other",
        "Romany Gypsy",
        "Irish Traveller",
        "Roma",
        "Other Gypsy or Traveller",
        "Black African",
        "Black Caribbean",
        "Black other",
        "Indian",
        "Pakistani",
        "Bangladeshi",
        "Chinese",
        "South-East/East Asian other",
        "Asian other",
        "Arab",
        "Mixed",
        "Asylum seeker or refugee (perceived)",
        "Jewish (ethnicity)",
        "Sikh (ethnicity)",
        "Other",
        "Not known",
    ),
    Strand.RELIGION: (
        "Buddhist",
        "Christian",
        "Hindu",
        "Jewish",
        "Muslim",
        "Sikh",
        "Other religion",
        "No religion",
        "Unknown",
    ),
    Strand.ORIENTATION: ("Gay (men)", "Lesbian", "Bisexual", "Heterosexual", "LGB group/general", "Other/unknown"),
    Strand.DISABILITY: (
        "Physical/mobility",
        "Sensory – sight",
        "Sensory – hearing",
        "Learning disability",
        "Autism/neurodivergence",
        "Mental health",
        "Long-term illness",
        "Disfigurement/visible difference",
        "Speech/communication",
        "Other",
        "Unknown",
    ),
    Strand.TRANSGENDER: (
        "Trans woman",
        "Trans man",
        "Non-binary",
        "Trans general",
        "Gender-questioning/perceived",
        "Unknown",
    ),
    Strand.ALTERNATIVE: ("Goth", "Emo", "Punk", "New Traveller", "Other"),
    Strand.SEX: ("Women or girls", "Men or boys", "Other"),
    Strand.AGE: ("Older person", "Younger person"),
    Strand.OTHER: ("Homelessness", "Sex work", "Care experience", "Asylum status", "Other"),
}

SUBS: dict[Strand, dict[str, str]] = {
    strand: {slug(text): text for text in texts} for strand, texts in _SUB_TEXTS.items()
}
"""Sub-categories of each strand: slug → text, in the order in which they are offered."""

SUB_CHOICES = sorted({key: text for subs in SUBS.values() for key, text in subs.items()}.items())
"""Every sub-category of any strand as (slug, text), for fields that hold one."""


def strand_parse(text: str) -> Strand:
    """The strand for a code or a name, whatever its case. Raises ``ValueError`` with a clear sentence."""
    wanted = text.strip()
    for strand in Strand:
        if wanted.upper() == strand.value or slug(wanted) == slug(strand.label):
            return strand
    raise ValueError(f"“{wanted}” is not a strand. Use one of {', '.join(Strand.values)}.")


def sub_parse(strand: str, text: str) -> str:
    """The slug of a strand's sub-category for its text (whatever its case) or its slug.

    Raises ``ValueError`` with a clear sentence when the strand has no such sub-category.
    """
    kind = Strand(strand)
    key = slug(text)
    if key not in SUBS[kind]:
        raise ValueError(f"“{text.strip()}” is not a sub-category of {kind.label}.")
    return key


def sub_label(strand: str, key: str) -> str:
    """The text of a sub-category; the slug itself where a later vocabulary no longer has it."""
    return SUBS[Strand(strand)].get(key, key)


def strand_mask(codes: Iterable[str]) -> int:
    """Strands as one number, a bit for each, so that a set of strands is one column and one comparison."""
    mask = 0
    for code in codes:
        mask |= Strand(code).bit
    return mask


def strand_codes(mask: int) -> tuple[str, ...]:
    """The codes of the strands in a mask, in the order of the vocabulary."""
    return tuple(strand.value for strand in _ORDER if mask & strand.bit)


MONITORED_MASK = strand_mask(MONITORED)
"""The five monitored strands as a mask."""
