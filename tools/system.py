"""Looks for what comes from the operating system, and installs it: Pango, fonts, and a browser for the tests.

``python tools/system.py run|test``. Names every missing package first; installs only as root or with INSTALL=1, and
otherwise ends with the one line to type.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

FONT_DIRECTORIES = ("/usr/share/fonts", "/usr/local/share/fonts", "~/.fonts", "~/.local/share/fonts", "/Library/Fonts")
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def has_library(*names: str) -> bool:
    """Answers whether one of the shared libraries loads."""
    for name in names:
        try:
            ctypes.CDLL(name)
        except OSError:
            continue
        return True
    return False


def has_fonts() -> bool:
    """Answers whether the typeface of the packs is here; its family covers the county's scripts."""
    return any(
        next(Path(directory).expanduser().rglob("NotoSansGurmukhi-Regular.*"), None) for directory in FONT_DIRECTORIES
    )


def has_browser() -> bool:
    """Answers whether a browser for the tests is here."""
    return bool(os.environ.get("CHROMIUM")) or any(shutil.which(name) for name in BROWSERS)


WANTED: dict[str, Callable[[], bool]] = {
    "libpango-1.0-0": lambda: has_library("libpango-1.0.so.0", "libpango-1.0.dylib"),
    "libpangoft2-1.0-0": lambda: has_library("libpangoft2-1.0.so.0", "libpangoft2-1.0.dylib"),
    "libharfbuzz-subset0": lambda: has_library("libharfbuzz-subset.so.0", "libharfbuzz-subset.dylib"),
    "fonts-noto-core": has_fonts,
}
WANTED_BY_TESTS = {"chromium": has_browser}


def main(purpose: str) -> int:
    """Answers the exit code: 0 when everything is there, installed now or before."""
    wanted = {**WANTED, **(WANTED_BY_TESTS if purpose == "test" else {})}
    missing = [package for package, is_here in wanted.items() if not is_here()]
    if not missing:
        return 0
    print(f"Missing on this machine: {' '.join(missing)}", flush=True)
    root, asked = os.geteuid() == 0, os.environ.get("INSTALL") == "1"
    install = ["apt-get", "install", "--yes", "--no-install-recommends", *missing]
    if not shutil.which("apt-get"):
        print("Install these (the names are Debian's) with this system's package manager, then start again.")
        return 1
    if not (root or asked):
        print(f"Type this, or start again with INSTALL=1:\n  sudo {' '.join(install)}")
        return 1
    sudo = [] if root else ["sudo"]
    print(f"Installing: {' '.join(install)}", flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    # Out-of-date lists may still serve: the installation itself says whether it worked.
    subprocess.run([*sudo, "apt-get", "update", "--quiet", "--quiet"], check=False, env=environment)
    outcome = subprocess.run([*sudo, *install], check=False, env=environment, stdout=subprocess.PIPE, text=True)
    if outcome.returncode != 0:
        print(f"{outcome.stdout}\nThat did not work. Type this:\n  sudo {' '.join(install)}")
        return 1
    still = [package for package in missing if not wanted[package]()]
    if still:
        print(f"Installed, and still not found: {' '.join(still)}")
    return 1 if still else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "run"))
