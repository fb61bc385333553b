"""Runs a program of ours over a stranger's file in a process of its own, and hears what it found.

The process gets none of our environment (no passwords, no keys) and may take so much time and memory and no more: a file
that is made to break its reader ends as a sentence for whoever sent it, never as a dead web or worker process.
"""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from pathlib import Path
from typing import Any


class IsolatedError(Exception):
    """The program did not come to an end of its own. `detail` is for the log and names no file."""


def run(program: Path, order: dict[str, Any], *, seconds: float, megabytes: int) -> dict[str, Any]:
    """Give a program its order and answer what it said. Raises IsolatedError where it failed or was stopped."""
    # Isolated: neither our folder (whose modules bear names of the standard library) nor our variables reach it.
    command = [sys.executable, "-I", str(program.resolve()), str(math.ceil(seconds)), str(megabytes)]
    try:
        done = subprocess.run(
            command,
            input=json.dumps(order).encode(),
            capture_output=True,
            timeout=seconds,
            env={"PATH": os.defpath, "LANG": "C.UTF-8"},
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise IsolatedError(f"{program.stem}: not done after {seconds} s") from None
    if done.returncode != 0:
        last = done.stderr.decode(errors="replace").strip().rsplit("\n", 1)[-1]
        # The kind of error alone: what follows the colon may hold words of the file.
        raise IsolatedError(f"{program.stem}: ended with {done.returncode} {last.partition(':')[0][:80]}")
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer
