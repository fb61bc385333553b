"""How long a draft, or a name in quarantine, is kept, and when a person is warned.

Rules: docs/domain.md §1.4 (quarantine), §3.2 (working days).
"""

from __future__ import annotations

from datetime import date

from kernel.working_days import Holidays, add_working_days, working_days_between

KEPT_WORKING_DAYS = 20
WARNED_WORKING_DAYS = 3


def erase_on(edited: date, holidays: Holidays) -> date:
    """The day on which a draft last edited on a day is erased: the 20th working day after it."""
    return add_working_days(edited, KEPT_WORKING_DAYS, holidays)


def erase_warning(erase_day: date, today: date, holidays: Holidays) -> bool:
    """Whether at most three working days are left, or none."""
    return working_days_between(today, erase_day, holidays) <= WARNED_WORKING_DAYS
