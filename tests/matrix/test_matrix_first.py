"""Every route × the first half of the cast → the answer that the table expects (tests/matrix/table.py)."""

from __future__ import annotations

import pytest

from tests.matrix.table import agree

pytestmark = pytest.mark.django_db


def test_every_route_answers_everybody_as_agreed(cast):
    agree(part=0, parts=2)
