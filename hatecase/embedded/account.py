"""Whose the embedded servers are: the shell user's own, or a system user's when the shell user is root.

PostgreSQL refuses to run as root, so root gives both servers a system user without a shell. Root's own processes still
reach the sockets; nobody else does.
"""

from __future__ import annotations

import os
import pwd
import shutil
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

SYSTEM_USER = "hatecase-db"


class EmbeddedError(RuntimeError):
    """The embedded servers cannot be started or used; the message says what to do."""


class ProcessIdentity(TypedDict):
    """Arguments of subprocess; None leaves everything as it is."""

    user: int | None
    group: int | None
    extra_groups: list[int] | None


SAME_USER: ProcessIdentity = {"user": None, "group": None, "extra_groups": None}


@dataclass(frozen=True)
class Account:
    """The operating-system user of the embedded servers; ``switch`` says whether a process must become it."""

    name: str
    uid: int
    gid: int
    switch: bool

    def process_identity(self) -> ProcessIdentity:
        """Answers what subprocess needs to start a process as this user."""
        if self.switch:
            return {"user": self.uid, "group": self.gid, "extra_groups": []}
        return SAME_USER


def account_ensure() -> Account:
    """Answers the servers' user, made first if the shell user is root. Raises EmbeddedError if that fails."""
    if os.geteuid() != 0:
        mine = pwd.getpwuid(os.geteuid())
        return Account(mine.pw_name, mine.pw_uid, mine.pw_gid, switch=False)
    entry = _find(SYSTEM_USER)
    if entry is None:
        command = shutil.which("useradd") or "/usr/sbin/useradd"
        arguments = ["--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent"]
        try:
            subprocess.run(
                [command, *arguments, "--shell", "/usr/sbin/nologin", SYSTEM_USER], check=True, capture_output=True
            )
        except (OSError, subprocess.CalledProcessError) as error:
            raise EmbeddedError(
                f"PostgreSQL does not run as root and the system user {SYSTEM_USER!r} could not be made ({error}). "
                "Start as another user, or set DATABASE_URL and REDIS_URL."
            ) from error
        entry = pwd.getpwnam(SYSTEM_USER)
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid, switch=True)


def private_directory(path: Path, account: Account) -> None:
    """Makes a directory that belongs to the servers' user alone.

    Raises EmbeddedError if somebody else's directory, or a link, already stands there: sockets in it would be theirs.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        path.mkdir(mode=0o700)
    except FileExistsError:
        found = path.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid not in (account.uid, os.geteuid()):
            raise EmbeddedError(f"{path} is not a directory of your own; move it away.") from None
    os.chown(path, account.uid, account.gid)
    path.chmod(0o700)


def open_path(path: Path, account: Account) -> list[Path]:
    """Lets the servers' user pass through to a path, where root keeps a directory on the way to itself.

    Adds the right to pass (not to list) and answers the directories that it changed.
    """
    if not account.switch:
        return []
    changed = []
    for directory in path.resolve().parents:
        mode = directory.stat().st_mode
        if not mode & stat.S_IXOTH:
            directory.chmod(stat.S_IMODE(mode) | stat.S_IXOTH)
            changed.append(directory)
    return changed


def _find(name: str) -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam(name)
    except KeyError:
        return None
