"""Vocabulary of a case: its standing, priority, risk band, who may see it and under which gateway.

Rules: docs/domain.md §1.4, §2.3, §2.6, §5.4, §6.7, §12.
"""

from __future__ import annotations

from django.db.models import TextChoices

from kernel.words import slug


class Classification(TextChoices):
    """What a case is in law, for now (docs/domain.md §1.4)."""

    UNDETERMINED = "undetermined", "Not yet decided"
    CRIME_SUSPECTED = "crime_suspected", "Suspected crime"
    CRIME_RECORDED = "crime_recorded", "Recorded crime"
    HATE_INCIDENT = "hate_incident", "Hate incident, not a crime"
    NOT_HATE = "not_hate", "Not hate"
    NO_RECORD = "no_record", "Not to be recorded"
    OUT_OF_AREA = "out_of_area", "Outside the county"
    ASB = "asb", "Anti-social behaviour, no hate factor found yet"

    @property
    def keeps_names(self) -> bool:
        """Whether an alleged perpetrator's identity may be kept without a recording decision."""
        return self in (Classification.CRIME_SUSPECTED, Classification.CRIME_RECORDED)

    @property
    def counts_as_hate(self) -> bool:
        """Whether incidents of this classification are counted in figures (docs/domain.md §9.2)."""
        return self not in (
            Classification.NOT_HATE,
            Classification.NO_RECORD,
            Classification.OUT_OF_AREA,
            Classification.ASB,
        )

    @property
    def needs_two(self) -> bool:
        """Whether one person proposes it and a second one confirms: it takes a report out of the hate figures."""
        return self in (Classification.NOT_HATE, Classification.NO_RECORD, Classification.ASB)


class CaseStatus(TextChoices):
    """Where a case stands (docs/domain.md §12)."""

    NEW = "new", "New"
    TRIAGE = "triage", "In triage"
    OPEN = "open", "Open"
    ON_HOLD = "on_hold", "On hold at the victim’s request"
    MONITORING = "monitoring", "Monitoring"
    CLOSED = "closed", "Closed"
    REOPENED = "reopened", "Reopened"
    MERGED = "merged", "Joined with another case"

    @property
    def is_open(self) -> bool:
        """Whether work goes on."""
        return self not in (CaseStatus.CLOSED, CaseStatus.MERGED)


OPEN_STATUSES = tuple(status.value for status in CaseStatus if status.is_open)
"""The statuses of cases that are worked on, for queries."""

PAST_TRIAGE = tuple(status for status in OPEN_STATUSES if status not in (CaseStatus.NEW, CaseStatus.TRIAGE))
"""Those of them that come after the triage."""

STATUS_STEPS: dict[CaseStatus, frozenset[CaseStatus]] = {
    CaseStatus.NEW: frozenset({CaseStatus.TRIAGE, CaseStatus.OPEN, CaseStatus.MERGED}),
    CaseStatus.TRIAGE: frozenset({CaseStatus.OPEN, CaseStatus.CLOSED, CaseStatus.MERGED}),
    CaseStatus.OPEN: frozenset({CaseStatus.ON_HOLD, CaseStatus.MONITORING, CaseStatus.CLOSED, CaseStatus.MERGED}),
    CaseStatus.ON_HOLD: frozenset({CaseStatus.OPEN, CaseStatus.MONITORING, CaseStatus.CLOSED}),
    CaseStatus.MONITORING: frozenset({CaseStatus.OPEN, CaseStatus.CLOSED}),
    CaseStatus.CLOSED: frozenset({CaseStatus.REOPENED}),
    CaseStatus.REOPENED: frozenset({CaseStatus.ON_HOLD, CaseStatus.MONITORING, CaseStatus.CLOSED, CaseStatus.MERGED}),
    CaseStatus.MERGED: frozenset(),
}
"""Which status may follow which."""


class Priority(TextChoices):
    """How soon a report is looked at and the victim spoken to, before a full assessment (docs/domain.md §2.6)."""

    P1 = "P1", "Urgent (P1)"
    P2 = "P2", "Priority (P2)"
    P3 = "P3", "Routine (P3)"

    @property
    def colour(self) -> str:
        """The colour of its tag: urgent stands out; the other priorities do not."""
        return "red" if self is Priority.P1 else "grey"


class Band(TextChoices):
    """The band of a risk assessment (docs/domain.md §2.3)."""

    STANDARD = "standard", "Standard"
    MEDIUM = "medium", "Medium"
    HIGH = "high", "High"

    @property
    def rank(self) -> int:
        """Standard 1, medium 2, high 3: bands in order."""
        return BAND_RANK[self.value]


BAND_RANK = {"standard": 1, "medium": 2, "high": 3}


class Tier(TextChoices):
    """How widely a case is shared (docs/domain.md §5.4)."""

    OWN = "own", "Our agency’s own people"
    TEAM = "team", "The agencies it is shared with"
    HASBAG = "hasbag", "Those agencies, and the members of a HASBAG meeting"
    RESTRICTED = "restricted", "Named people only (restricted)"

    @property
    def by_name(self) -> bool:
        """Whether only named people open such a case, whatever is shared with their agencies."""
        return self in (Tier.OWN, Tier.RESTRICTED)


class Level(TextChoices):
    """What a grant of access to a case allows; each level holds the ones before it."""

    SIGNPOST = "signpost", "Know that it exists and who leads"
    VIEW = "view", "Read"
    CONTRIBUTE = "contribute", "Read and add"
    MANAGE = "manage", "Read, add, change and share"

    @property
    def rank(self) -> int:
        """Signpost 1, view 2, contribute 3, manage 4: the number that is stored and compared."""
        return LEVEL_RANK[self.value]

    @classmethod
    def from_rank(cls, rank: int) -> Level:
        """The level of a stored rank. Raises ``ValueError`` for a number that is none."""
        for level in cls:
            if level.rank == rank:
                return level
        raise ValueError(f"{rank} is not the rank of a level of access.")

    def covers(self, other: str) -> bool:
        """Whether this level allows what the other one allows."""
        return self.rank >= LEVEL_RANK[other]


LEVEL_RANK = {"signpost": 1, "view": 2, "contribute": 3, "manage": 4}


class Gateway(TextChoices):
    """The legal gateway of a disclosure (docs/domain.md §6.7)."""

    CDA_115 = "cda_s115", "Crime and Disorder Act 1998, section 115"
    CDA_17 = "cda_s17", "Crime and Disorder Act 1998, section 17"
    CDA_17A = "cda_s17a", "Crime and Disorder Act 1998, section 17A (depersonalised data)"
    CASE_REVIEW = "asb_sch4", "Anti-social Behaviour, Crime and Policing Act 2014, Schedule 4 (case review)"
    COMMON_LAW = "common_law", "Common law police disclosure (pressing social need)"
    PUBLIC_TASK = "art6_public_task", "UK GDPR Article 6(1)(e): public task"
    LEGAL_OBLIGATION = "art6_legal_obligation", "UK GDPR Article 6(1)(c): legal obligation"
    VITAL_INTERESTS = "art6_vital_interests", "UK GDPR Article 6(1)(d): vital interests"
    RECOGNISED_INTERESTS = "art6_recognised", "UK GDPR Article 6(1)(ea): recognised legitimate interests"
    LEGITIMATE_INTERESTS = "art6_legitimate", "UK GDPR Article 6(1)(f): legitimate interests"
    PREVENT_CRIME = "dpa_sch1_p10", "DPA 2018, Schedule 1 paragraph 10: preventing or detecting unlawful acts"
    SAFEGUARDING = "dpa_sch1_p18", "DPA 2018, Schedule 1 paragraph 18: safeguarding"
    LAW_ENFORCEMENT = "dpa_part3", "DPA 2018, Part 3: law enforcement purposes"
    CRIME_EXEMPTION = "dpa_sch2_p2", "DPA 2018, Schedule 2 paragraph 2: crime and taxation"
    LEGAL_EXEMPTION = "dpa_sch2_p5", "DPA 2018, Schedule 2 paragraph 5: legal proceedings"
    CHILDREN_ACT = "children_act_s11", "Children Act 2004, section 11"
    CARE_ACT = "care_act_s45", "Care Act 2014, sections 6, 7 and 45"
    CONSENT = "consent", "Explicit consent: UK GDPR Articles 6(1)(a) and 9(2)(a)"


_GATEWAY_SPELLINGS = {
    "s115": Gateway.CDA_115,
    "cda-1998-s115": Gateway.CDA_115,
    "cda1998-s115": Gateway.CDA_115,
    "cda-s-115": Gateway.CDA_115,
    "section-115": Gateway.CDA_115,
    "s17": Gateway.CDA_17,
    "cda-1998-s17": Gateway.CDA_17,
    "s17a": Gateway.CDA_17A,
    "cda-1998-s17a": Gateway.CDA_17A,
    "public-task": Gateway.PUBLIC_TASK,
    "legal-obligation": Gateway.LEGAL_OBLIGATION,
    "vital-interests": Gateway.VITAL_INTERESTS,
    "safeguarding": Gateway.SAFEGUARDING,
}


def gateway_parse(text: str) -> Gateway:
    """The gateway for its value, its name or a usual short form. Raises ``ValueError`` with a clear sentence."""
    key = slug(text)
    if key in _GATEWAY_SPELLINGS:
        return _GATEWAY_SPELLINGS[key]
    for gateway in Gateway:
        if key in (slug(gateway.value), slug(gateway.label)):
            return gateway
    raise ValueError(f"“{text.strip()}” is not a legal gateway that can be used.")


class PartyRole(TextChoices):
    """What a person or organisation is in a case (docs/domain.md §12). Roles, never verdicts."""

    VICTIM = "victim", "Victim"
    REPORTER = "reporter", "Reporter"
    WITNESS = "witness", "Witness"
    ALLEGED_PERPETRATOR = "alleged_perpetrator", "Alleged perpetrator"
    GUARDIAN = "guardian", "Parent or guardian"
    CHILD = "child", "Child"
    PROFESSIONAL = "professional", "Professional"


class VictimPresence(TextChoices):
    """How the victim took part in a risk assessment (docs/domain.md §2.3)."""

    IN_PERSON = "in_person", "In person"
    PHONE = "phone", "By phone"
    INTERPRETER = "interpreter", "Through an interpreter"
    NOT_PRESENT = "not_present", "Not present"
