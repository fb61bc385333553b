"""The order of things: bring up, watch, end."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Callable

from hatecase import embedded, probe
from hatecase.embedded import process
from hatecase.embedded.account import EmbeddedError
from hatecase.supervisor import checks
from hatecase.supervisor.system import System, environment_of_parts, parts
from hatecase.supervisor.words import StartError, print_sign_ins, say


class Stop(BaseException):
    """Ctrl-C or SIGTERM: leave whatever is being done and end."""


def main(arguments: list[str]) -> int:
    """Runs the system and answers the exit code."""
    parser = argparse.ArgumentParser(prog="python -m hatecase.supervisor", description=__doc__)
    parser.add_argument("--leash", action="store_true", help="end when the starting process does")
    options = parser.parse_args(arguments)
    if options.leash:
        process.hold_to_parent(signal.SIGTERM)
    _on_signals(_stop)
    system = System(environment_of_parts(), int(os.environ.get("PORT") or 8000))
    try:
        with checks.only_one():
            try:
                bring_up(system)
                system.watch()
            finally:
                _on_signals(signal.SIG_IGN)
                system.stop()
    except Stop:
        say("Stopped.")
        return 0
    except (StartError, EmbeddedError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def bring_up(system: System) -> None:
    """Starts everything in order and says so when every part answers. Raises StartError or EmbeddedError."""
    checks.check_port(system.port)
    say(f"Starting Hatecase in {embedded.home()}")
    system.start_servers()
    if embedded.own_database():
        system.run_step("Making the database's roles", "manage.py", "database_roles")
    say("Migrating the database")
    system.run_step("The migration", "manage.py", "migrate", "--no-input")
    collect_static(system)
    if system.demo and not checks.has_cases():
        say("Filling the demo county (once, up to a minute)")
        system.run_step("The demo county", "manage.py", "county", "--cases", "300", "--seed", "1")
    probe.forget_pulses()
    system.parts = parts(system.port)
    for part in system.parts:
        system.start_part(part)
    say("Waiting for every part to answer")
    checks.await_ready(system)
    print(f"Ready: http://127.0.0.1:{system.port}/", flush=True)
    if system.demo:
        print_sign_ins()


def collect_static(system: System) -> None:
    """Collects pages' styles and scripts anew when one of them, or a package that brings some, has changed."""
    stamp = embedded.home() / "static.stamp"
    sources = [embedded.PROJECT / "requirements" / "base.txt", *(embedded.PROJECT / "static" / "build").rglob("*")]
    state = "\n".join(
        f"{path} {path.stat().st_mtime_ns} {path.stat().st_size}" for path in sorted(sources) if path.is_file()
    )
    if stamp.exists() and stamp.read_text() == state:
        return
    say("Collecting styles and scripts")
    system.run_step("Collecting styles and scripts", "manage.py", "collectstatic", "--no-input", "--clear")
    stamp.write_text(state)


def _on_signals(handler: Callable[..., None] | signal.Handlers) -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        # Under nohup a closed terminal is no reason to end.
        if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, handler)


def _stop(*_: object) -> None:
    raise Stop


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
