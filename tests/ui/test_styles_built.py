"""Tests that drive a browser say when the styles and scripts they would show are older than their sources."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.browser.styles import styles_stale


@pytest.fixture
def static(tmp_path: Path) -> Path:
    """Sources, and what was built from them a minute later."""
    for name, moment in (("build.mjs", 0), ("src/poll.js", 0), ("build/hatecase.css", 60)):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("")
        os.utime(path, (moment, moment))
    return tmp_path


def test_what_is_newer_than_its_sources_is_shown(static):
    assert styles_stale(static) == ""


@pytest.mark.parametrize("name", ["build.mjs", "src/poll.js"])
def test_a_source_that_changed_since_is_named_with_what_to_do(static, name):
    os.utime(static / name, (120, 120))
    said = styles_stale(static)
    assert name in said
    assert "node static/build.mjs" in said


def test_without_any_it_says_what_to_do(static):
    (static / "build" / "hatecase.css").unlink()
    assert "node static/build.mjs" in styles_stale(static)
