"""Fixtures of the tests of casework that several files share."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from tests.incidents.progress import TUESDAY


@pytest.fixture
def at(settings: Any) -> Callable[[dt.datetime], None]:
    """Set the time: `at(london(2, 12))`. Until then it is ten on Tuesday 1 December 2026."""

    def set_time(moment: dt.datetime) -> None:
        settings.HATECASE_NOW = moment.isoformat()

    set_time(TUESDAY)
    return set_time
