"""The whole system under its supervisor: up, struck at its parts, killed, up again, and down in time."""

from __future__ import annotations

import json
import re
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from hatecase import embedded
from hatecase.embedded import postgres, process, redis_server
from tests.running import Running, line


def until(condition: Callable[[], bool], seconds: float = 60) -> bool:
    """Whether it comes to hold in time."""
    return process.wait_until(condition, seconds)


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A system that is up; each test leaves it up."""
    running = Running(tmp_path_factory.mktemp("system") / "home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HATECASE_HOME", str(running.home))
        running.start()
        running.until_ready()
        yield running
        running.stop()
        assert until(lambda: not running.ours(), 5)


def named(system: Running, *words: str) -> list[psutil.Process]:
    """The system's processes whose command line holds every word."""
    return [found for found in system.ours() if all(word in line(found) for word in words)]


def test_one_line_says_ready_and_every_part_answers(system: Running) -> None:
    assert re.findall(r"^Ready: .*$", system.said(), re.MULTILINE) == [f"Ready: http://127.0.0.1:{system.port}/"]
    status, body = system.get("/health/ready")
    assert (status, json.loads(body)) == (
        200,
        {"status": "ok", "parts": {"database": "ok", "redis": "ok", "worker": "ok"}},
    )


def test_it_listens_on_loopback_alone(system: Running) -> None:
    listening = {
        connection.laddr.ip
        for found in system.ours()
        for connection in found.net_connections(kind="inet")
        if connection.status == psutil.CONN_LISTEN
    }
    assert listening == {"127.0.0.1"}


def test_each_part_signs_in_with_its_own_role(system: Running) -> None:
    server = psutil.Process(postgres.pid())
    sessions = {line(child).split()[1] for child in server.children() if "hatecase_" in line(child)}
    assert "hatecase_app" in sessions
    assert sessions <= {"hatecase_app", "hatecase_worker", "hatecase_stats"}


def test_a_second_one_in_the_same_home_is_refused(system: Running) -> None:
    second = Running(system.home)
    second.log = second.log.with_name("second")
    second.start()
    assert second.process
    assert second.process.wait(timeout=20) == 1
    assert "already runs" in second.said()


def test_a_taken_port_is_named_before_anything_starts(system: Running, tmp_path: Path) -> None:
    other = Running(tmp_path / "home", PORT=str(system.port))
    other.start()
    assert other.process
    assert other.process.wait(timeout=20) == 1
    assert f"Port {system.port} is taken" in other.said()
    assert not (other.home / "postgres").exists()


@pytest.mark.parametrize("words", [("gunicorn",), ("celery", "worker"), ("celery", "beat")])
def test_a_part_that_falls_comes_back(system: Running, words: tuple[str, ...]) -> None:
    before = {found.pid for found in named(system, *words)}
    assert before
    for found in named(system, *words):
        found.kill()
    assert until(lambda: bool({found.pid for found in named(system, *words)} - before))
    assert until(lambda: set(system.ready().values()) == {"ok"})


def test_redis_falls_pages_answer_and_it_comes_back(system: Running) -> None:
    pid = redis_server.pid()
    assert pid
    psutil.Process(pid).kill()
    assert system.get("/health/live")[0] == 200
    assert until(lambda: set(system.ready().values()) == {"ok"})
    assert redis_server.pid() not in (pid, None)


def test_readiness_names_what_fails(system: Running) -> None:
    pid = redis_server.pid()
    assert pid
    held = psutil.Process(pid)
    held.suspend()
    try:
        status, body = system.get("/health/ready")
        assert system.get("/health/live")[0] == 200
    finally:
        held.resume()
    assert (status, json.loads(body)["parts"]) == (503, {"database": "ok", "redis": "failing", "worker": "failing"})
    assert until(lambda: set(system.ready().values()) == {"ok"})


def test_killed_outright_it_leaves_nothing_and_starts_again_with_its_data(system: Running) -> None:
    with psycopg.connect(embedded.database_url("owner")) as connection:
        connection.execute("CREATE TABLE kept_through (word text)")
    assert system.process
    system.process.kill()
    system.process.wait()
    system.start()
    system.until_ready()
    with psycopg.connect(embedded.database_url("owner")) as connection:
        connection.execute("DROP TABLE kept_through")


def test_ctrl_c_ends_everything_within_ten_seconds(system: Running) -> None:
    assert system.stop(signal.SIGINT) < 10
    assert system.process
    assert system.process.returncode == 0
    assert until(lambda: not system.ours(), 2), [line(found) for found in system.ours()]
    assert (postgres.pid(), redis_server.pid()) == (None, None)
    system.start()
    system.until_ready()


def test_a_stop_while_it_starts_ends_what_was_begun(tmp_path: Path) -> None:
    early = Running(tmp_path / "home")
    early.start()
    assert until(lambda: "Migrating" in early.said())
    assert early.stop() < 10
    assert until(lambda: not early.ours(), 2)
