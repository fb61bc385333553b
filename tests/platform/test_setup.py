"""Setting up a machine: the Python that works, what the system lacks, and lock files that hold."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from hatecase.embedded import PROJECT

LOCKS = sorted((PROJECT / "requirements").glob("*.txt"))


def script(path: Path, body: str) -> None:
    """Writes a program."""
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)


def find_python(path: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Runs the search with this directory in front of the system's own."""
    return subprocess.run(
        ["/bin/sh", str(PROJECT / "tools" / "python")],
        check=False,
        capture_output=True,
        text=True,
        env={"PATH": f"{path}:/usr/bin:/bin", "HOME": str(path), **environment},
    )


def test_a_name_on_the_path_that_does_not_run_is_passed_over(tmp_path: Path) -> None:
    script(tmp_path / "python3.12", "echo 'version 3.12 is not installed' >&2; exit 127")
    script(tmp_path / "python3.11", f'exec {sys.executable} "$@"')
    found = find_python(tmp_path)
    assert found.returncode == 0
    assert Path(found.stdout.strip()).resolve() == Path(sys.executable).resolve()


def test_the_python_that_was_asked_for_comes_first(tmp_path: Path) -> None:
    script(tmp_path / "python3.12", "echo wrong; exit 0")
    found = find_python(tmp_path, PYTHON=sys.executable)
    assert Path(found.stdout.strip()).resolve() == Path(sys.executable).resolve()


def test_without_one_it_says_what_to_do(tmp_path: Path) -> None:
    for name in ("python3.12", "python3.11", "python3", "python"):
        script(tmp_path / name, "exit 1")
    outcome = subprocess.run(
        ["/bin/sh", str(PROJECT / "tools" / "python")],
        check=False,
        capture_output=True,
        text=True,
        env={"PATH": str(tmp_path), "HOME": str(tmp_path)},
    )
    # The system's own Pythons are tried by their full names, too: only where there is none does it give up.
    here = [path for path in ("/usr/bin/python3.12", "/usr/bin/python3.11") if Path(path).exists()]
    here += [path for path in ("/usr/local/bin/python3.12", "/usr/local/bin/python3.11") if Path(path).exists()]
    assert (outcome.returncode == 0) == bool(here)
    if not here:
        assert "make PYTHON=" in outcome.stderr


def missing(tmp_path: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Looks for what tests need on a machine without a browser, as a user who may not install."""
    program = (
        "import os, sys; sys.path.insert(0, 'tools'); import system; "
        "os.geteuid = lambda: 1000; system.WANTED = {'libpango-1.0-0': lambda: False}; "
        "sys.exit(system.main('test'))"
    )
    return subprocess.run(
        [sys.executable, "-c", program],
        check=False,
        capture_output=True,
        text=True,
        cwd=PROJECT,
        env={"PATH": str(tmp_path), "HOME": str(tmp_path), **environment},
    )


def test_what_is_missing_is_named_with_the_line_to_type(tmp_path: Path) -> None:
    script(tmp_path / "apt-get", "echo installed >> $HOME/ran")
    outcome = missing(tmp_path)
    assert outcome.returncode == 1
    assert "Missing on this machine: libpango-1.0-0 chromium" in outcome.stdout
    assert "sudo apt-get install --yes --no-install-recommends libpango-1.0-0 chromium" in outcome.stdout
    assert not (tmp_path / "ran").exists()


def test_asked_to_it_installs_what_it_named(tmp_path: Path) -> None:
    script(tmp_path / "apt-get", 'echo "$@" >> "$HOME/ran"')
    script(tmp_path / "sudo", '"$@"')
    outcome = missing(tmp_path, INSTALL="1")
    assert (tmp_path / "ran").read_text().splitlines() == [
        "update --quiet --quiet",
        "install --yes --no-install-recommends libpango-1.0-0 chromium",
    ]
    assert outcome.returncode == 1, "still not there afterwards: it does not claim that it is"
    assert "still not found" in outcome.stdout


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_every_package_is_pinned_with_hashes_and_names_no_host(lock: Path) -> None:
    text = lock.read_text()
    assert not re.search(r"https?://|--(extra-)?index-url|--find-links|file:", text)
    entries = re.split(r"\n(?=[a-z0-9])", text)[1:]
    assert len(entries) > 3
    for entry in entries:
        assert re.match(r"[a-z0-9._-]+(\[[a-z,]+\])?==\S+", entry)
        assert "--hash=sha256:" in entry


def test_the_locks_hold_everything_that_was_asked_for() -> None:
    for lock in LOCKS:
        asked = lock.with_suffix(".in").read_text()
        names = re.findall(r"^([A-Za-z0-9][\w-]*)", asked, re.MULTILINE)
        held = set(re.findall(r"^([a-z0-9._-]+)(?:\[[a-z,]+\])?==", lock.read_text(), re.MULTILINE))
        assert {name.lower().replace("_", "-") for name in names} <= held


def test_the_pages_lock_names_no_host_and_holds_hashes() -> None:
    text = (PROJECT / "package-lock.json").read_text()
    assert "https://registry" not in text
    packages = json.loads(text)["packages"]
    assert len(packages) > 3
    for name, package in packages.items():
        assert name == "" or package.get("link") or package["integrity"].startswith("sha512-"), name


def test_continuous_integration_runs_lint_and_every_test() -> None:
    program = PROJECT / ".ci" / "run"
    assert os.access(program, os.X_OK)
    assert {"make lint", "make test"} <= set(program.read_text().splitlines())
