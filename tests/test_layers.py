"""The layers: which app may import which, and what each room of an app may not hold.

The apps form a graph without circles, and every app has the same rooms. What is checked here is read from the source,
imports inside functions included; nothing is imported or run. Each check is also tried on source that breaks it.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

MAY_IMPORT: dict[str, set[str]] = {
    "kernel": set(),
    "agencies": {"kernel"},
    "victims": {"agencies", "kernel"},
    "perpetrators": {"agencies", "kernel"},
    "incidents": {"victims", "perpetrators", "agencies", "kernel"},
    "hasbag": {"incidents", "victims", "perpetrators", "agencies", "kernel"},
    "strategy": {"hasbag", "incidents", "victims", "perpetrators", "agencies", "kernel"},
    "hatecase": {"strategy", "hasbag", "incidents", "victims", "perpetrators", "agencies", "kernel"},
}
"""Which of our apps each app may import, beside itself."""

APPS = sorted(MAY_IMPORT)
CLOCK = Path("kernel/clock.py")


# --- reading source ---------------------------------------------------------------------------------------------


def sources(*rooms: str) -> list[Path]:
    """Every module of the apps, or those of some rooms: ``views.py`` as well as everything under ``views/``."""
    found = []
    for app in APPS:
        for path in sorted((ROOT / app).rglob("*.py")):
            inside = path.relative_to(ROOT / app)
            room = inside.parts[0].removesuffix(".py")
            if not rooms or (room in rooms and app != "hatecase"):
                found.append(path.relative_to(ROOT))
    return found


def imported(tree: ast.AST, path: Path) -> Iterator[tuple[str, str]]:
    """Every import as (module, name), a relative one made absolute; the name of a whole module is empty."""
    package = path.with_suffix("").parts
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, "") for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(package[: len(package) - node.level]) if node.level else ""
            module = ".".join(part for part in (base, node.module or "") if part)
            yield from ((module, alias.name) for alias in node.names)


# --- the checks: source in, faults out ----------------------------------------------------------------------------


def wrong_imports(tree: ast.AST, path: Path) -> list[str]:
    """Imports of one of our apps that the table does not allow."""
    app = path.parts[0]
    allowed = MAY_IMPORT[app] | {app}
    return [
        f"{app} may not import {module}"
        for module, _ in imported(tree, path)
        if module.split(".")[0] in MAY_IMPORT and module.split(".")[0] not in allowed
    ]


PURE_FORBIDDEN = ("django", "rest_framework", "celery", "guardian", "psycopg", "redis", "kernel.clock", "kernel.audit")


def impurities(tree: ast.AST, path: Path) -> list[str]:
    """What a room of pure decisions or of vocabulary may not import: the database, settings, the clock, models."""
    faults = []
    for module, name in imported(tree, path):
        if (module, name) == ("django.db.models", "TextChoices"):
            continue
        whole = f"{module}.{name}" if name else module
        if any(whole == start or whole.startswith(f"{start}.") for start in PURE_FORBIDDEN):
            faults.append(f"imports {whole}")
        room = module.split(".")[1:2] or [name]
        if module.split(".")[0] in MAY_IMPORT and room[0] in {
            "models",
            "selectors",
            "services",
            "scoping",
            "managers",
        }:
            faults.append(f"imports {whole}")
    return faults


def root_queries(tree: ast.AST, path: Path) -> list[str]:
    """Uses of a model's manager, which only selectors and services may make."""
    return [
        f"line {node.lineno}: .{node.attr}"
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr in {"objects", "_default_manager", "_base_manager"}
    ]


def page_parts(tree: ast.AST, path: Path) -> list[str]:
    """What a service may not know: requests, forms, pages."""
    faults = []
    for module, name in imported(tree, path):
        parts = [*module.split("."), name]
        if module.startswith(("django.http", "django.forms", "django.shortcuts", "rest_framework")):
            faults.append(f"imports {module}")
        elif module == "django" and name in {"forms", "http"}:
            faults.append(f"imports django.{name}")
        elif parts[0] in MAY_IMPORT and {"forms", "views", "api", "serializers", "templatetags"} & set(parts[1:]):
            faults.append(f"imports {module} {name}".rstrip())
    arguments = (node for node in ast.walk(tree) if isinstance(node, ast.arg))
    return faults + [f"line {node.lineno}: takes a request" for node in arguments if node.arg == "request"]


def own_clocks(tree: ast.AST, path: Path) -> list[str]:
    """Readings of the machine's clock outside the one place that may."""
    readings = {"now", "today", "utcnow", "localtime", "localdate"}
    owners = {"datetime", "date", "timezone", "dt"}
    faults = [
        f"line {node.lineno}: {ast.unparse(node)}"
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and node.attr in readings
        and ast.unparse(node.value).rsplit(".", maxsplit=1)[-1] in owners
    ]
    return faults + [
        f"imports {module}.{name}"
        for module, name in imported(tree, path)
        if module == "django.utils.timezone" and name in readings
    ]


def writes(tree: ast.AST, path: Path) -> list[str]:
    """Calls that write to the database, which a selector never makes."""
    verbs = {"save", "delete", "update", "create", "bulk_create", "bulk_update", "get_or_create", "update_or_create"}
    return [
        f"line {node.lineno}: .{node.func.attr}()"
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in verbs
    ]


def bypasses(tree: ast.AST, path: Path) -> list[str]:
    """Ways around the first wall, which only a service takes for the system, and says why."""
    return [
        f"line {node.lineno}: unscoped()"
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "unscoped"
    ]


def side_effects(tree: ast.AST, path: Path) -> list[str]:
    """What a model may not hide: an overridden save or delete, a signal."""
    faults = [
        f"line {node.lineno}: overrides {node.name}()"
        for model in ast.walk(tree)
        if isinstance(model, ast.ClassDef)
        for node in model.body
        if isinstance(node, ast.FunctionDef) and node.name in {"save", "delete", "full_clean"}
    ]
    return faults + [
        f"imports {module}"
        for module, _ in imported(tree, path)
        if module.startswith(("django.dispatch", "django.db.models.signals"))
    ]


Check = Callable[[ast.AST, Path], list[str]]

ROOMS: list[tuple[Check, tuple[str, ...]]] = [
    (impurities, ("rules", "choices", "suppression", "geography", "standards", "working_days", "references", "words")),
    (root_queries, ("views", "api", "serializers", "forms")),
    (page_parts, ("services", "selectors", "scoping", "models", "tasks")),
    (writes, ("selectors", "scoping")),
    (bypasses, ("selectors", "scoping", "models", "rules", "forms", "views", "api", "serializers", "panels", "admin")),
    (side_effects, ("models",)),
]

EVERYWHERE: list[Check] = [wrong_imports, own_clocks]


def faults_of(check: Check, path: Path) -> list[str]:
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return [f"{path}: {fault}" for fault in check(tree, path)]


# --- the source -------------------------------------------------------------------------------------------------


def test_there_are_modules_to_check():
    assert {path.parts[0] for path in sources()} == set(APPS)
    assert Path("incidents/rules/risk.py") in sources("rules")
    assert Path("agencies/choices.py") in sources("choices")


@pytest.mark.parametrize("check", EVERYWHERE, ids=lambda check: check.__name__)
@pytest.mark.parametrize("app", APPS)
def test_every_module(app: str, check: Check):
    paths = [path for path in sources() if path.parts[0] == app and path != CLOCK]
    assert [fault for path in paths for fault in faults_of(check, path)] == []


@pytest.mark.parametrize(("check", "rooms"), ROOMS, ids=lambda value: getattr(value, "__name__", None))
def test_every_room(check: Check, rooms: tuple[str, ...]):
    assert [fault for path in sources(*rooms) for fault in faults_of(check, path)] == []


def test_the_table_has_no_circle():
    done: list[str] = []
    while len(done) < len(MAY_IMPORT):
        ready = [app for app in APPS if app not in done and MAY_IMPORT[app] <= set(done)]
        assert ready, f"a circle among {set(APPS) - set(done)}"
        done += ready
    assert done[0] == "kernel"
    assert done[-1] == "hatecase"


def test_the_other_packages_are_not_imported_by_the_apps():
    outside = {"tests", "bench", "tools"}
    found = [
        f"{path}: {module}"
        for path in sources()
        for module, _ in imported(ast.parse((ROOT / path).read_text(encoding="utf-8")), path)
        if module.split(".")[0] in outside
    ]
    assert found == []


# --- the checks find what they are for --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("check", "path", "source"),
    [
        (wrong_imports, "kernel/models.py", "from agencies.models import User"),
        (wrong_imports, "victims/services.py", "import perpetrators.models"),
        (wrong_imports, "victims/views.py", "def page():\n    from incidents.models import Case"),
        (wrong_imports, "incidents/services/case.py", "from hasbag import choices"),
        (wrong_imports, "hasbag/views.py", "import hatecase"),
        (impurities, "incidents/rules/risk.py", "from django.db import models"),
        (impurities, "incidents/rules/risk.py", "from django.conf import settings"),
        (impurities, "incidents/rules/risk.py", "from kernel import clock"),
        (impurities, "incidents/rules/risk.py", "from kernel.clock import now"),
        (impurities, "incidents/rules/risk.py", "from incidents.models import Case"),
        (impurities, "incidents/rules/risk.py", "from ..models import Case"),
        (impurities, "incidents/rules/risk.py", "from incidents import models"),
        (impurities, "hasbag/choices.py", "from django.db.models import IntegerChoices"),
        (impurities, "hasbag/rules.py", "from django.utils import timezone"),
        (root_queries, "hasbag/views.py", "def page(request):\n    return Meeting.objects.all()"),
        (root_queries, "hasbag/views.py", "Meeting._default_manager.get(pk=1)"),
        (page_parts, "hasbag/services.py", "from django.http import HttpRequest"),
        (page_parts, "hasbag/services.py", "from hasbag.forms import MeetingForm"),
        (page_parts, "hasbag/services.py", "from hasbag import forms"),
        (page_parts, "hasbag/services.py", "from django import forms"),
        (page_parts, "hasbag/services.py", "def meeting_create(request): ..."),
        (own_clocks, "hasbag/services.py", "from datetime import datetime\ndatetime.now()"),
        (own_clocks, "hasbag/services.py", "import datetime as dt\ndt.datetime.now(dt.UTC)"),
        (own_clocks, "hasbag/services.py", "from django.utils import timezone\ntimezone.now()"),
        (own_clocks, "hasbag/models.py", "at = DateTimeField(default=timezone.now)"),
        (own_clocks, "hasbag/services.py", "from django.utils.timezone import now"),
        (own_clocks, "hasbag/services.py", "date.today()"),
        (writes, "hasbag/selectors.py", "meeting.save()"),
        (writes, "hasbag/selectors.py", "Meeting.objects.create(area='west')"),
        (writes, "hasbag/selectors.py", "meetings.update(area='west')"),
        (bypasses, "hasbag/selectors.py", "Meeting.objects.unscoped(reason='to be quick about it')"),
        (side_effects, "hasbag/models.py", "class M(Model):\n    def save(self): ..."),
        (side_effects, "hasbag/models.py", "from django.db.models.signals import post_save"),
    ],
    ids=lambda value: getattr(value, "__name__", value),
)
def test_a_fault_is_found(check: Check, path: str, source: str):
    assert check(ast.parse(source), Path(path))


@pytest.mark.parametrize(
    ("check", "path", "source"),
    [
        (wrong_imports, "incidents/services/case.py", "from victims.models import Victim\nfrom ..models import Case"),
        (impurities, "incidents/choices/work.py", "from django.db.models import TextChoices"),
        (impurities, "hasbag/rules.py", "from kernel.working_days import close_of"),
        (own_clocks, "hasbag/services.py", "from kernel import clock\nclock.now()"),
        (page_parts, "hasbag/services.py", "from kernel.errors import RuleError"),
    ],
    ids=lambda value: getattr(value, "__name__", value),
)
def test_what_is_allowed_is_no_fault(check: Check, path: str, source: str):
    assert check(ast.parse(source), Path(path)) == []
