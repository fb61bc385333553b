"""Which files of tests come first, where several processes share them: the longest.

A process takes the next file when it is done with one, so a long one that comes last keeps one process busy while the
others wait. A pytest plugin (`-p tests.order`), as `--no-loadscope-reorder` leaves the order to it: without that, the files
with the fewest tests come last, and those are the longest.
"""

from __future__ import annotations

from pathlib import Path

import pytest

LONGEST = (
    "sweep/test_walk_first.py",
    "sweep/test_walk_second.py",
    "sweep/test_second_wall.py",
    "sweep/test_sweep.py",
    "browser/test_working_day.py",
    "browser/test_every_page.py",
    "matrix/test_matrix_first.py",
    "matrix/test_matrix_second.py",
    "browser/test_journey.py",
    "browser/test_evidence.py",
    "incidents/test_access_machine.py",
    "browser/test_sign_in.py",
    "platform/test_supervisor.py",
    "incidents/test_indistinguishable.py",
    "browser/test_speed.py",
    "browser/test_keyboard.py",
    "api/test_conformance.py",
)
"""Half a minute and more, the longest first (`pytest --durations=100`); before them the sweep's, which share what is planted."""

_HERE = Path(__file__).parent
_PLACE = {_HERE / name: place for place, name in enumerate(LONGEST)}


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Puts them first; what remains keeps its order, which is random. Raises UsageError for one that is no more."""
    if gone := [str(path) for path in _PLACE if not path.exists()]:
        raise pytest.UsageError(f"Take out of tests/order.py what is no more: {', '.join(gone)}")
    items.sort(key=lambda item: _PLACE.get(item.path, len(LONGEST)))
