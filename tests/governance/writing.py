"""Which function reaches which audit event, read from the source: names are followed through imports, not run."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.urls import URLPattern

ROOT = Path(__file__).resolve().parents[2]
APPS = frozenset("kernel agencies victims perpetrators incidents hasbag strategy hatecase".split())
_VERBS = frozenset("save delete create bulk_create bulk_update get_or_create update_or_create update".split())

NO_EVENT_OF_THEIR_OWN = {
    "incidents.services.access_request.message_write": "a step: who calls it records the whole",
    "incidents.services.access_request.request_decide": "a step: who calls it records the whole",
    "incidents.services.crime.decision_write": "a step: the decision is recorded by who calls it",
    "incidents.services.evidence.custody_write": "a step: who calls it records the whole",
    "incidents.services.case_like.case_like": "a step of a split, which records the whole",
    "incidents.services.case_open.case_insert": "a step: who calls it records the whole",
    "incidents.services.decision_keep.decision_keep": "a step: who calls it records the whole",
    "incidents.services.case_open.case_join": "a step of logging, which records the whole",
    "incidents.services.case_open.case_open": "a step of logging, which records the whole",
    "incidents.services.change.change_tell": "a step: the change itself is recorded by who calls it",
    "incidents.services.closure.closure_decided": "a step: the decision that closes the case is recorded",
    "incidents.services.closure.closure_end": "a step: who opens the case again records it",
    "incidents.services.online.online_log": "a step of logging, which records the whole",
    "incidents.services.online_account.account_record": "a step: who records what waited in quarantine records it",
    "incidents.services.priority.priority_write": "a step: who calls it records the whole",
    "incidents.services.strike.row_strike": "a step: who calls it records the whole",
    "incidents.services.task_access.workers_empty": "a step: who keeps them out or opens the case again records it",
    "incidents.services.task_trace.step_keep": "a step: who calls it records the whole",
    "incidents.services.visit.visit_note": "when somebody last looked at a case; the read itself is recorded",
    "incidents.services.work.visit_record": "when somebody last looked at their own work",
}
"""Services that write and record nothing themselves, and why."""


def writers(route: URLPattern) -> Iterator[tuple[str, Any]]:
    """The functions that answer what is sent to a route: the page's view, or the API's methods."""
    cls = getattr(route.callback, "cls", None) or getattr(route.callback, "view_class", None)
    if cls is not None:
        for method in ("post", "put", "patch", "delete"):
            if hasattr(cls, method):
                yield method.upper(), getattr(cls, method)
        return
    view = route.callback
    while hasattr(view, "__wrapped__"):
        view = view.__wrapped__
    if takes_posts(route.callback):
        yield "POST", view


def takes_posts(view: Any) -> bool:
    """Whether a page answers a POST at all, as its decorators say; one without any answers everything."""
    while True:
        for cell in getattr(view, "__closure__", None) or ():
            listed = cell.cell_contents
            if isinstance(listed, list | tuple) and {"GET", "POST"} & set(listed):
                return "POST" in listed
        if not hasattr(view, "__wrapped__"):
            return True
        view = view.__wrapped__


class Graph:
    """Every function of the apps with the names it uses."""

    def __init__(self) -> None:
        self._functions: dict[tuple[str, str], ast.AST] = {}
        self._names: dict[str, dict[str, tuple[str, str]]] = {}
        self._bases: dict[tuple[str, str], list[str]] = {}
        for app in sorted(APPS):
            for path in sorted((ROOT / app).rglob("*.py")):
                parts = path.relative_to(ROOT).with_suffix("").parts
                module = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
                if "migrations" not in parts:
                    self.add(module, ast.parse(path.read_text(encoding="utf-8")))

    def add(self, module: str, tree: ast.Module) -> None:
        """Take in a module."""
        names: dict[str, tuple[str, str]] = {}
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.module:
                names |= {a.asname or a.name: (node.module, a.name) for a in node.names}
            elif isinstance(node, ast.Import):
                names |= {a.asname or a.name: (a.name, "") for a in node.names}
        for node in tree.body:
            if isinstance(node, ast.FunctionDef):
                self._functions[module, node.name] = node
                names[node.name] = (module, node.name)
            elif isinstance(node, ast.ClassDef):
                names[node.name] = (module, node.name)
                self._bases[module, node.name] = [b.id for b in node.bases if isinstance(b, ast.Name)]
                for item in node.body:
                    if isinstance(item, ast.FunctionDef):
                        self._functions[module, f"{node.name}.{item.name}"] = item
        self._names[module] = names

    def services(self) -> Iterator[tuple[str, str]]:
        """Every public function of a room of services that is told who acts."""
        for (module, name), node in sorted(self._functions.items()):
            inside = module.split(".")[1:2] == ["services"] and not name.startswith("_") and "." not in name
            if inside and any(a.arg == "actor" for a in [*node.args.args, *node.args.kwonlyargs]):  # type: ignore[attr-defined]
                yield module, name

    def operations(self, module: str, name: str) -> set[str]:
        """The kinds of events that a function can reach, however deep."""
        return {op for node in self._reached(module, name) for op in _recorded(node)}

    def writes(self, module: str, name: str) -> bool:
        """Whether the function itself saves, makes or deletes rows, by the models or in the database's words."""
        calls = (n for n in ast.walk(self._functions[module, name]) if isinstance(n, ast.Call))
        return any(
            isinstance(call.func, ast.Attribute)
            and (call.func.attr in _VERBS or (call.func.attr == "execute" and _says_write(call)))
            for call in calls
        )

    def _reached(self, module: str, name: str) -> Iterator[ast.AST]:
        todo, done = [(module, name)], set()
        while todo:
            at = todo.pop()
            if at in done or at not in self._functions:
                continue
            done.add(at)
            node = self._functions[at]
            yield node
            todo += self._uses(at[0], at[1], node)

    def _uses(self, module: str, name: str, node: ast.AST) -> Iterator[tuple[str, str]]:
        owner = name.rpartition(".")[0]
        for used in ast.walk(node):
            if isinstance(used, ast.Attribute) and isinstance(used.value, ast.Name):
                if used.value.id == "self" and owner:
                    yield from self._methods(module, owner, used.attr)
                else:
                    yield from self._resolve(module, used.value.id, used.attr)
            elif isinstance(used, ast.Name):
                yield from self._resolve(module, used.id, "")

    def _methods(self, module: str, cls: str, name: str) -> Iterator[tuple[str, str]]:
        yield module, f"{cls}.{name}"
        for base in self._bases.get((module, cls), []):
            home, found = self._names[module].get(base, (module, base))
            yield from self._methods(home, found, name) if home in self._names else ()

    def _resolve(self, module: str, name: str, attribute: str) -> Iterator[tuple[str, str]]:
        home, found = self._names[module].get(name, ("", ""))
        if not home:
            return
        inner = f"{home}.{found}" if found else home
        if attribute and inner in self._names:
            # A name of a package is looked up where the package has it from.
            yield self._names[inner].get(attribute, (inner, attribute))
        elif not attribute:
            yield home, found
            if home in self._names:
                yield self._names[home].get(found, (home, found))


def _says_write(call: ast.Call) -> bool:
    """Whether a statement that is written out in the call changes rows."""
    said = call.args[0].value if call.args and isinstance(call.args[0], ast.Constant) else ""
    return str(said).lstrip().lower().startswith(("insert ", "update ", "delete "))


def _recorded(node: ast.AST) -> Iterator[str]:
    """The operations of the events that a function records itself."""
    for call in ast.walk(node):
        if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == "record"):
            continue
        if not (isinstance(call.func.value, ast.Name) and call.func.value.id == "audit"):
            continue
        given = next((k.value for k in call.keywords if k.arg == "operation"), None)
        # One that is chosen as it runs can be any.
        yield given.attr if isinstance(given, ast.Attribute) else ("ALTERATION" if given is None else "CHOSEN")
