"""Vocabulary of the figures: what they count, how clocks ended, which victims were targeted again."""

from __future__ import annotations

from django.db.models import TextChoices


class By(TextChoices):
    """What a published count counts by. The first four are incidents of any published period."""

    ALL = "all", "All incidents"
    STRAND = "strand", "Strand"
    DISTRICT = "district", "District"
    AGENCY = "agency", "Lead agency"
    DISTRICT_STRAND = "district_strand", "District and strand"
    CRIME = "crime", "Suspected or recorded crime"
    BAND = "band", "Risk band of open cases"
    CLOCK = "clock", "Clock and how it ended"
    VICTIM = "victim", "Victims and whether they were targeted again"


SEVERAL = "several"
"""Stands beside the strands: incidents with more than one of them."""

NOT_ASSESSED = "none"
"""Stands beside the risk bands: cases without an assessment."""

CRIME, NOT_CRIME = "crime", "other"
REPEAT, ONCE = "repeat", "once"


class ClockResult(TextChoices):
    """How a clock stands, as it is counted (docs/domain.md §3.3)."""

    MET = "met", "Met"
    ATTEMPTED = "attempted", "Attempted"
    MISSED = "missed", "Missed"
    PAUSED = "paused", "Exception"
    RUNNING = "running", "Running"
    NOT_APPLICABLE = "not_applicable", "Not applicable"


DUE_RESULTS = (ClockResult.MET, ClockResult.ATTEMPTED, ClockResult.MISSED, ClockResult.PAUSED)
"""Clocks of which it is known how they ended: the whole of which the met ones are a share."""
