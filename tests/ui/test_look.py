"""What pages are made of: nothing inline, nothing from elsewhere, none of what belongs to gov.uk alone."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "static" / "build"
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
# The sheet of a PDF is printed by the worker, not shown by a browser: it may carry its own styles.
PAGES = [path for path in TEMPLATES if "pdf" not in path.stem and "pack" not in path.parts[-2:]]


def test_the_lock_file_names_no_host_to_fetch_from() -> None:
    packages = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    assert not [name for name, package in packages.items() if "resolved" in package]
    assert all(package.get("integrity") for name, package in packages.items() if name)


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT / "templates")))
def test_templates_hold_no_script_or_style(path: Path) -> None:
    source = path.read_text()
    assert not re.search(r"<style|\sstyle=|\son\w+=[\"']|javascript:", source)
    assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", source))
    assert not re.search(r"(?:src|href)=\"(?:https?:)?//", source)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT / "templates")))
def test_templates_speak_of_alleged_perpetrators(path: Path) -> None:
    assert not re.search(r"\boffenders?\b", path.read_text(), re.IGNORECASE)


def test_the_style_sheet_is_free_of_crown_and_transport_and_loads_from_here() -> None:
    css = (BUILD / "hatecase.css").read_text()
    assert not re.search(r"crown|crest|gds transport|gov\.uk", css, re.IGNORECASE)
    named = re.findall(r"url\(\"?([^)\"]+)\"?\)", css)
    assert named
    for name in named:
        assert name.startswith("data:") or (BUILD / name).is_file(), name


def test_scripts_ask_nobody_else() -> None:
    for path in BUILD.glob("*.js"):
        source = path.read_text()
        assert "sourceMappingURL" not in source, path
        assert not re.search(r"\bfrom\"https?:|import\(\"https?:", source), path
