"""Every event that a service records is read in words (docs/domain.md §8.2)."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from incidents.rules.audit_words import _WORDS, action_words

ROOMS = ("agencies", "hasbag", "incidents", "kernel", "perpetrators", "strategy", "victims")


def _actions() -> Iterator[str]:
    """The names of events in calls of the functions that record them."""
    for room in ROOMS:
        for file in sorted(Path(settings.BASE_DIR, room).rglob("*.py")):
            if "migrations" in file.parts:
                continue
            for call in (node for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.Call)):
                if "record" in ast.unparse(call.func):
                    yield from (one.value for one in call.args if _names_event(one))


def _names_event(node: ast.expr) -> bool:
    value = node.value if isinstance(node, ast.Constant) else None
    return isinstance(value, str) and value.replace(".", "").replace("_", "").isalpha() and value.count(".") == 1


@pytest.mark.parametrize("action", sorted(set(_actions())))
def test_it_has_words_of_its_own(action):
    assert action in _WORDS


def test_there_are_many_and_another_one_is_read_as_it_is_written():
    assert len(set(_actions())) > 100
    assert action_words("risk.submit") == "Risk: submit"
