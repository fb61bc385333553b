"""Starting a process so that it cannot outlive its parent, and ending one within a given time."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO

import psutil

from hatecase.embedded.account import SAME_USER, Account

PR_SET_PDEATHSIG = 1


def leash(end: signal.Signals) -> Callable[[], None]:
    """Answers a function for a new process to call: however the parent dies, the kernel then sends it ``end``."""
    hold = _prctl(end)
    parent = os.getpid()

    def obey() -> None:
        hold()
        if os.getppid() != parent:
            os._exit(1)

    return obey


def hold_to_parent(end: signal.Signals) -> None:
    """Ties this very process to the one that started it."""
    _prctl(end)()


def _prctl(end: signal.Signals) -> Callable[[], object]:
    """Answers the call, looked up beforehand: between fork and exec nothing may be loaded."""
    if not sys.platform.startswith("linux"):
        return lambda: None
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    return lambda: prctl(PR_SET_PDEATHSIG, int(end), 0, 0, 0)


def start(
    command: Sequence[str | Path],
    *,
    log: IO[bytes],
    env: Mapping[str, str] | None = None,
    account: Account | None = None,
    held: bool = True,
    end: signal.Signals = signal.SIGTERM,
) -> subprocess.Popen[bytes]:
    """Starts a process in a session of its own, so that Ctrl-C reaches it only through us.

    ``held`` ties it to this process with the signal ``end``; without, it outlives us.
    """
    return subprocess.Popen(
        [str(part) for part in command],
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=subprocess.STDOUT,
        env=dict(env) if env is not None else None,
        start_new_session=True,
        preexec_fn=leash(end) if held else None,
        cwd="/" if account and account.switch else None,
        **(account.process_identity() if account else SAME_USER),
    )


def alive(pid: int, *words: str) -> bool:
    """Answers whether this process id is a running process whose command line holds every one of the words."""
    try:
        process = psutil.Process(pid)
        line = " ".join(process.cmdline())
        return process.status() != psutil.STATUS_ZOMBIE and all(word in line for word in words)
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return False


def comes_up(child: subprocess.Popen[bytes], answers: Callable[[], bool], seconds: float) -> bool:
    """Answers whether a process that was just started answers in time; one that does not, or need not, is ended."""
    try:
        if wait_until(lambda: child.poll() is not None or answers(), seconds) and child.poll() is None:
            return True
    except BaseException:
        child.kill()
        raise
    child.kill()
    return False


def end(pid: int, signals: Sequence[tuple[signal.Signals, float]], is_alive: Callable[[], bool]) -> bool:
    """Sends each signal in turn with the seconds it is given, until the process is gone; answers whether it is."""
    for number, seconds in signals:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)
        if wait_until(lambda: not is_alive(), seconds):
            return True
    return not is_alive()


def wait_until(condition: Callable[[], bool], seconds: float) -> bool:
    """Waits until the condition holds, asking every 50 ms; answers whether it came to hold in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True
