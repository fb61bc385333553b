"""Figures in tests: many incidents at once, written as the owner, and a making of the figures."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from kernel.actors import system_actor
from strategy.services import facts_refresh


@pytest.fixture
def refresh(cast: Any) -> Callable[[], Any]:
    """`refresh()`: make the figures as the system."""
    return lambda: facts_refresh(actor=system_actor("a test makes the figures"))
