"""The embedded servers, really started and stopped in a home of their own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from hatecase import embedded
from hatecase.embedded import postgres, process, redis_server, servers
from hatecase.embedded.account import EmbeddedError, account_ensure, open_path, private_directory

HOLD = (
    "import time; from hatecase.embedded import servers; "
    "up = servers.start(throw_away=True); print('up', flush=True); time.sleep(600)"
)


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """A fresh home, whose servers are gone at the end."""
    for name in ("DATABASE_URL", "REDIS_URL"):
        monkeypatch.delenv(name, raising=False)
    # Deeper than a socket's path may be, and with a space in it.
    path = tmp_path / ("a home " + "deep" * 12) / "var"
    monkeypatch.setenv("HATECASE_HOME", str(path))
    yield path
    assert servers.stop()


@pytest.fixture
def holder(home: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that holds both servers up."""
    command = [sys.executable, "-c", HOLD]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=embedded.PROJECT) as child:
        assert child.stdout
        assert child.stdout.readline() == "up\n"
        yield child
        child.kill()


def until(condition: Callable[[], bool]) -> bool:
    """Whether it comes to hold within ten seconds."""
    return process.wait_until(condition, 10)


def test_both_servers_live_for_the_block_and_keep_their_data(home: Path) -> None:
    with servers.running(throw_away=True) as first:
        assert set(first.started) == {"PostgreSQL", "Redis"}
        with psycopg.connect(embedded.database_url("owner")) as connection:
            connection.execute("CREATE TABLE kept (word text)")
            connection.execute("INSERT INTO kept VALUES ('kept')")
        assert servers.start(throw_away=True).started == {}, "what runs already is used, not started again"
    assert (postgres.pid(), redis_server.pid()) == (None, None)
    with servers.running(throw_away=True), psycopg.connect(embedded.database_url("owner")) as connection:
        assert connection.execute("SELECT word FROM kept").fetchone() == ("kept",)


def test_no_port_is_open_and_only_the_shell_user_comes_in(home: Path) -> None:
    with servers.running(throw_away=True):
        directory = embedded.socket_directory().stat()
        assert directory.st_mode & 0o777 == 0o700
        assert directory.st_uid == account_ensure().uid
        with psycopg.connect(embedded.database_url("app")) as connection:
            assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
            rules = (postgres.data_directory() / "pg_hba.conf").read_text()
        assert rules == "local all all peer map=shell\n"


def test_servers_end_with_a_parent_that_is_killed_and_start_again(holder: subprocess.Popen[str]) -> None:
    ids = [postgres.pid(), redis_server.pid()]
    assert all(ids)
    holder.kill()
    holder.wait()
    assert until(lambda: postgres.pid() is None and redis_server.pid() is None)
    with servers.running(throw_away=True) as again:
        assert set(again.started) == {"PostgreSQL", "Redis"}


def test_a_server_that_was_killed_leaves_nothing_in_the_way(holder: subprocess.Popen[str]) -> None:
    for pid in (postgres.pid(), redis_server.pid()):
        assert pid
        os.kill(pid, signal.SIGKILL)
    assert until(lambda: postgres.pid() is None and redis_server.pid() is None)
    assert (postgres.data_directory() / "postmaster.pid").exists(), "the stale file is what this test is about"
    with servers.running(throw_away=True) as again:
        assert set(again.started) == {"PostgreSQL", "Redis"}


def test_a_recycled_process_id_is_not_a_server(home: Path) -> None:
    with servers.running(throw_away=True):
        pass
    stale = postgres.data_directory() / "postmaster.pid"
    stale.write_text(f"{os.getpid()}\n")
    assert postgres.pid() is None
    with servers.running(throw_away=True) as again:
        assert "PostgreSQL" in again.started


def test_a_cluster_cut_short_is_made_anew(home: Path) -> None:
    draft = home / "postgres.new"
    draft.mkdir(parents=True)
    (draft / "PG_VERSION").write_text("18\n")
    with servers.running(throw_away=True):
        assert postgres.answers()


def test_a_server_that_cannot_start_says_why(home: Path) -> None:
    with servers.running(throw_away=True):
        pass
    (postgres.data_directory() / "postgresql.conf").write_text("no_such_setting = 1\n")
    began = time.monotonic()
    with pytest.raises(EmbeddedError, match="no_such_setting"):
        servers.start(throw_away=True)
    assert time.monotonic() - began < postgres.START_SECONDS / 2, "a server that ended is not waited for"
    assert redis_server.pid() is None


def test_somebody_elses_directory_is_refused(tmp_path: Path) -> None:
    target = tmp_path / "theirs"
    target.mkdir()
    link = tmp_path / "run"
    link.symlink_to(target)
    with pytest.raises(EmbeddedError, match="not a directory of your own"):
        private_directory(link, account_ensure())


def test_only_root_opens_a_way_and_only_to_pass(tmp_path: Path) -> None:
    account = account_ensure()
    closed = tmp_path / "closed"
    (closed / "inner").mkdir(parents=True)
    closed.chmod(0o700)
    changed = open_path(closed / "inner" / "data", account)
    if account.switch:
        assert closed in changed
        assert closed.stat().st_mode & 0o777 == 0o701
    else:
        assert changed == []
        assert closed.stat().st_mode & 0o777 == 0o700


def test_the_command_starts_reports_and_stops(home: Path) -> None:
    def run(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "hatecase.embedded", *words],
            check=False,
            capture_output=True,
            text=True,
            cwd=embedded.PROJECT,
        )

    assert run("status").returncode == 3
    assert run("--throw-away", "start").returncode == 0
    assert run("status").returncode == 0
    assert run("run", sys.executable, "-c", "raise SystemExit(7)").returncode == 7
    assert run("status").returncode == 0, "servers that ran before stay"
    assert run("stop").returncode == 0
    assert (postgres.pid(), redis_server.pid()) == (None, None)


def test_a_cluster_of_a_version_that_has_gone_says_so(home: Path) -> None:
    data = home / "postgres"
    data.mkdir(parents=True)
    (data / "PG_VERSION").write_text("9\n")
    with pytest.raises(EmbeddedError, match="PostgreSQL 9, which is not installed"):
        postgres.binaries()
