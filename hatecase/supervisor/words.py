"""What the supervisor says: progress, logs, the demo's sign-ins, and why it cannot start."""

from __future__ import annotations

from pathlib import Path

from hatecase import embedded
from hatecase.cast import CAST, PASSWORD


class StartError(RuntimeError):
    """The system cannot be started; the message says why and what to do."""


def say(line: str) -> None:
    """Prints a line of progress."""
    print(f"  {line}", flush=True)


def log_path(name: str) -> Path:
    """Answers the log of a part; one past 10 MB is set aside first."""
    path = embedded.home() / "log" / f"{name}.log"
    if path.exists() and path.stat().st_size > 10_000_000:
        path.replace(path.with_suffix(".log.1"))
    return path


def tail(path: Path, lines: int = 15) -> str:
    """Answers the last lines of a log."""
    return "\n".join(path.read_text(errors="replace").splitlines()[-lines:])


def print_sign_ins() -> None:
    """Prints the demo's people and their password."""
    print(f"\nDemo sign-ins (the password of all: {PASSWORD})")
    width = max(len(email) for email, _ in CAST)
    for email, who in CAST:
        print(f"  {email:<{width}}  {who}")
    print("\nCtrl-C ends everything.", flush=True)
