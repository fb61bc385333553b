"""The quick sweep's walk, the second half of the cast."""

from __future__ import annotations

import pytest

from tests.sweep.quick import walked

pytestmark = pytest.mark.django_db


def test_nobody_is_answered_with_what_they_may_not_have_and_everybody_with_what_they_must(garden, clients, logged):
    walked(garden, clients, logged, part=1, parts=2)
