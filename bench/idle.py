"""The whole embedded system at rest: started as `make run` starts it, left alone, and its memory added up."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

START_SECONDS, SETTLE_SECONDS, STOP_SECONDS = 240, 45, 20


def measure(home: Path) -> dict[str, Any]:
    """Megabytes that belong to the supervisor and everything under it, shared pages divided among their users.

    Raises RuntimeError if the system does not come up.
    """
    port = _free_port()
    environment = {key: value for key, value in os.environ.items() if key not in ("HATECASE_ROLE", "DATABASE_URL")}
    environment |= {"HATECASE_HOME": str(home), "HATECASE_DEMO": "1", "PORT": str(port), "PYTHONUNBUFFERED": "1"}
    log = home / "log" / "bench-idle.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as output:
        system = subprocess.Popen(
            [sys.executable, "-m", "hatecase.supervisor", "--leash"], stdout=output, stderr=output, env=environment
        )
    try:
        seconds = _await_ready(system, log)
        time.sleep(SETTLE_SECONDS)
        parts = _memory_of(system.pid)
    finally:
        system.send_signal(signal.SIGTERM)
        system.wait(timeout=STOP_SECONDS)
    return {
        "megabytes": round(sum(parts.values())),
        "processes": len(parts),
        "ready_seconds": round(seconds, 1),
        "largest": {name: round(size) for name, size in sorted(parts.items(), key=lambda p: -p[1])[:8]},
    }


def _await_ready(system: subprocess.Popen[bytes], log: Path) -> float:
    started = time.monotonic()
    while time.monotonic() - started < START_SECONDS:
        if b"\nReady: " in b"\n" + log.read_bytes():
            return time.monotonic() - started
        if system.poll() is not None:
            break
        time.sleep(0.5)
    raise RuntimeError(f"The system did not come up. Its log, {log}, ends:\n{log.read_text()[-1500:]}")


def _memory_of(root: int) -> dict[str, float]:
    """Megabytes by process, from what the kernel says of each (PSS: a shared page counts as a part for each user)."""
    found = {}
    for pid in _tree(root):
        try:
            lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
            command = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except (FileNotFoundError, ProcessLookupError):
            continue
        kilobytes = next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)
        found[f"{_short(command)} ({pid})"] = kilobytes / 1024
    return found


def _short(command: str) -> str:
    words = [word.rsplit("/", 1)[-1] for word in command.split()]
    return " ".join(words[:4])[:60]


def _tree(root: int) -> list[int]:
    children: dict[int, list[int]] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(path.read_text().rsplit(")", 1)[1].split()[1])
        except (FileNotFoundError, ProcessLookupError):
            continue
        children.setdefault(parent, []).append(int(path.parent.name))
    found, waiting = [], [root]
    while waiting:
        pid = waiting.pop()
        found.append(pid)
        waiting.extend(children.get(pid, []))
    return found


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
