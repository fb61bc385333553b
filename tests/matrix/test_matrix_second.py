"""Every route × the second half of the cast → the answer that the table expects (tests/matrix/table.py)."""

from __future__ import annotations

import pytest

from tests.matrix.table import agree

pytestmark = pytest.mark.django_db


def test_every_route_answers_everybody_as_agreed(cast):
    agree(part=1, parts=2)
