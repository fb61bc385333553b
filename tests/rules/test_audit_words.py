"""Every event that a service records is read in words (docs/domain.md §8.2)."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.urls import get_resolver

from hatecase.trace import needs_no_trace
from incidents.rules.audit_pages import _CALLS, _PAGES, _PARTS, _VIEWS, FACT_WORDS
from incidents.rules.audit_words import _WORDS, action_words
from tests.routes import routes

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


# --- What an event says of where it happened ---------------------------------------------------------


def test_every_page_that_leaves_a_trace_has_words_of_its_own():
    names = {name for name, _ in routes(get_resolver()) if ":" in name or name == "jump"}
    pages = {name for name in names if not needs_no_trace(name) and not name.startswith("api:")}
    calls = {name.removeprefix("api:") for name in names if name.startswith("api:") and not needs_no_trace(name)}
    assert len(pages) > 100
    assert sorted(pages - _PAGES.keys()) == []
    assert sorted(calls - _CALLS.keys()) == []


@pytest.mark.parametrize(
    ("function", "place", "words"),
    [("case_part_read", "part", _PARTS), ("cases_shown", "page", _PAGES), ("_record", 1, _VIEWS)],
)
def test_so_has_every_part_list_and_screen(function, place, words):
    said = set()
    for room in ROOMS:
        for file in Path(settings.BASE_DIR, room).rglob("*.py"):
            if function == "_record" and file.parts[-2:] != ("services", "audit.py"):
                continue
            said |= set(_said(ast.parse(file.read_text()), function, place))
    assert said
    assert said <= words.keys()


def _said(tree: ast.Module, function: str, place: str | int) -> Iterator[str]:
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        if ast.unparse(call.func) != function:
            continue
        given = call.args[place] if isinstance(place, int) else next(k.value for k in call.keywords if k.arg == place)
        if isinstance(given, ast.Constant):
            yield given.value


@pytest.mark.parametrize(
    ("fact", "value", "reads"),
    [
        ("page", "incidents:close", "page “Close a case”"),
        ("page", "api:case-notes", "By machine: notes of a case"),
        ("page", "incidents:something_new", "page something new"),
        ("page", 3, "page 3"),
        ("part", "clocks", "part: time limits"),
        ("view", "often", "screen “Looked at by many”"),
        ("status", 404, "answered as if it did not exist"),
        ("status", 403, "answered that they may see it, not do this"),
    ],
)
def test_how_it_reads(fact, value, reads):
    assert FACT_WORDS[fact](value) == reads
