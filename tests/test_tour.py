"""The tour names files and what to look at in them: each of these is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
TOUR = (ROOT / "docs" / "tour.md").read_text(encoding="utf-8")
FILE = re.compile(r"`((?:[\w.-]+/)+[\w.-]+\.(?:py|json|md))`")
ROW = re.compile(r"^\| `([^`]+)`((?: `\w+`)*) \|", re.MULTILINE)
LINK = re.compile(r"\]\(([^)#]+)[^)]*\)")
NAME = re.compile(r"`([a-z]+_[a-z_]+)`")

# Names that are no functions: of a database function, a setting, a field.
NO_FUNCTIONS = {"submission_id", "hatecase_case_page"}


@pytest.mark.parametrize("path", sorted(set(FILE.findall(TOUR))))
def test_every_file_is_there(path):
    assert (ROOT / path).is_file()


@pytest.mark.parametrize(("path", "names"), ROW.findall(TOUR))
def test_every_row_names_what_its_file_holds(path, names):
    text = (ROOT / path).read_text(encoding="utf-8")
    for name in re.findall(r"\w+", names):
        assert re.search(rf"(?:def|class) {name}\b|^{name}\b|name=\"{name}\"", text, re.MULTILINE), name


@pytest.mark.parametrize("link", sorted(set(LINK.findall(TOUR))))
def test_every_link_leads_somewhere(link):
    assert (ROOT / "docs" / link).exists()


def test_every_function_of_the_text_exists():
    source = "\n".join(
        path.read_text(encoding="utf-8")
        for app in ("kernel", "agencies", "victims", "perpetrators", "incidents", "hasbag", "strategy", "hatecase")
        for path in sorted((ROOT / app).rglob("*.py"))
    )
    named = set(NAME.findall(TOUR)) - NO_FUNCTIONS
    assert len(named) > 30
    assert [name for name in sorted(named) if not re.search(rf"def {name}\b", source)] == []
