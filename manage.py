#!/usr/bin/env python3
"""Commands for an administrator: ``./manage.py help`` lists them."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def main() -> None:
    """Runs the command, with the project's own Python unless another virtual environment was chosen."""
    own = Path(__file__).resolve().parent / ".venv" / "bin" / "python"
    if sys.prefix == sys.base_prefix and own.exists():
        os.execv(own, [str(own), *sys.argv])  # noqa: S606
    try:
        from django.core.management import execute_from_command_line
    except ImportError:
        sys.exit("Django is not installed here: run 'make run' or 'make test' once, or install requirements/base.txt.")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hatecase.settings")
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
