"""Every kind of notice that the code writes stands in the list from which a person chooses, or is one nobody may."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from agencies.notice_kinds import CRITICAL, FIXED, GROUPS, group_of, kinds_of

ROOT = Path(__file__).resolve().parents[2]
APPS = ("agencies", "victims", "perpetrators", "incidents", "hasbag", "strategy", "hatecase")

# The sweep of deadlines makes its kinds from what is late and whose it is (`incidents.services.reminder`).
REMINDERS = {
    *("task_due", "clock_amber", "review_due", "task_overdue", "clock_red", "review_overdue"),
    *(f"{what}_{who}" for what in ("task", "clock", "review") for who in ("manager", "chair")),
}
MADE_THERE = "incidents/services/reminder.py"
_KIND = 2
"""Where the kind stands among the arguments of a notice."""


def modules() -> Iterator[tuple[str, ast.Module]]:
    for app in APPS:
        for path in sorted((ROOT / app).rglob("*.py")):
            if "migrations" not in path.parts:
                yield str(path.relative_to(ROOT)), ast.parse(path.read_text(encoding="utf-8"))


def constants() -> dict[str, str]:
    """Texts that modules give a name in capitals."""
    found = {}
    for _, tree in modules():
        for node in tree.body:
            if not isinstance(node, ast.Assign):
                continue
            for target in node.targets:
                pairs = [(target, node.value)]
                if isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
                    pairs = list(zip(target.elts, node.value.elts, strict=True))
                for name, value in pairs:
                    if isinstance(name, ast.Name) and isinstance(value, ast.Constant) and isinstance(value.value, str):
                        found[name.id] = value.value
    return found


def calls_of(tree: ast.Module, name: str) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name:
            yield node


def argument(call: ast.Call, place: int, name: str) -> ast.expr:
    named = next((one.value for one in call.keywords if one.arg == name), None)
    return named if named is not None else call.args[place]


def kinds(path: str, tree: ast.Module, named: dict[str, str]) -> Iterator[str]:
    """The kinds of the notices that a module makes; a kind that a function is given is looked up at its callers."""
    for function in ast.walk(tree):
        if not isinstance(function, ast.FunctionDef):
            continue
        given = [one.arg for one in (*function.args.args, *function.args.kwonlyargs)]
        for call in calls_of(ast.Module([function], []), "NoticeData"):
            kind = argument(call, _KIND, "kind")
            if isinstance(kind, ast.Constant):
                yield str(kind.value)
            elif isinstance(kind, ast.Name) and kind.id in named:
                yield named[kind.id]
            elif isinstance(kind, ast.Name) and kind.id in given:
                for caller in calls_of(tree, function.name):
                    passed = argument(caller, given.index(kind.id), kind.id)
                    assert isinstance(passed, ast.Constant), (path, ast.unparse(caller))
                    yield str(passed.value)
            else:
                assert path == MADE_THERE, (path, ast.unparse(kind))
                yield from REMINDERS


def written() -> set[str]:
    named = constants()
    return {kind for path, tree in modules() for kind in kinds(path, tree, named)}


def test_every_kind_that_is_written_is_listed():
    found = written()
    assert {"task", "key_event", "saved_search", "handover", "comment", "mention", "task_manager", "breach"} <= found
    assert found - FIXED - GROUPS.keys() == set()


def test_nothing_is_listed_that_nobody_writes():
    assert {*FIXED, *GROUPS} - written() == set()


def test_each_kind_is_shown_under_its_group():
    for kind in ("key_event", "saved_search", "deputy", "cover", "proposal"):
        assert kind in kinds_of(group_of(kind))[0]
    assert CRITICAL.keys() >= {kind for kind in REMINDERS if kind.endswith(("_manager", "_chair"))}
