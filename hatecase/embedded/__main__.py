"""``python -m hatecase.embedded start|stop|status``, or ``run COMMAND…`` with both servers up meanwhile."""

from __future__ import annotations

import argparse
import subprocess
import sys

from hatecase import embedded
from hatecase.embedded import postgres, redis_server, servers
from hatecase.embedded.account import EmbeddedError


def main(arguments: list[str]) -> int:
    """Answers the exit code."""
    parser = argparse.ArgumentParser(prog="python -m hatecase.embedded", description=__doc__)
    parser.add_argument("action", choices=["start", "stop", "status", "run"])
    parser.add_argument("command", nargs=argparse.REMAINDER, help="for run")
    parser.add_argument("--throw-away", action="store_true", help="faster, and lost with the power")
    options = parser.parse_args(arguments)
    try:
        return {"start": _start, "stop": _stop, "status": _status, "run": _run}[options.action](options)
    except EmbeddedError as error:
        print(error, file=sys.stderr)
        return 1


def _start(options: argparse.Namespace) -> int:
    for note in servers.start(held=False, throw_away=options.throw_away).notes:
        print(note)
    return _status(options)


def _stop(_: argparse.Namespace) -> int:
    return 0 if servers.stop() else 1


def _status(_: argparse.Namespace) -> int:
    up = {"PostgreSQL": postgres.pid(), "Redis": redis_server.pid()}
    for name, pid in up.items():
        print(f"{name}: {f'process {pid}' if pid else 'not running'} (sockets in {embedded.socket_directory()})")
    return 0 if all(up.values()) else 3


def _run(options: argparse.Namespace) -> int:
    with servers.running(throw_away=options.throw_away):
        return subprocess.run(options.command, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
