"""The health pages: what they say when all is well, when a part is silent, and when there is nothing behind them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from django.test import Client

from hatecase import embedded, health, probe

ASK = """
import django; django.setup()
from django.test import Client
client = Client(HTTP_HOST="127.0.0.1")
response = client.get("/health/ready")
print(response.status_code, response.content.decode())
print(client.get("/health/live").status_code)
"""


@pytest.fixture
def pulses() -> Iterator[None]:
    """Redis without a pulse before and after."""
    probe.forget_pulses()
    yield
    probe.forget_pulses()


@pytest.mark.django_db
def test_ready_says_ok_only_with_the_workers_pulse(client: Client, pulses: None) -> None:
    silent = client.get("/health/ready")
    assert (silent.status_code, silent.json()["parts"]["worker"]) == (503, "failing")
    health.pulse("worker")
    well = client.get("/health/ready")
    assert (well.status_code, well.json()) == (
        200,
        {"status": "ok", "parts": {"database": "ok", "redis": "ok", "worker": "ok"}},
    )
    assert "no-store" in well["Cache-Control"]


def test_a_pulse_dies_out_by_itself(pulses: None) -> None:
    health.pulse("beat")
    assert probe.beating("beat")
    assert not probe.beating("worker")
    with redis.Redis.from_url(embedded.redis_client_url(embedded.redis_url())) as client:
        assert 0 < client.ttl(embedded.pulse_key("beat")) <= health.PULSE_SECONDS


@pytest.mark.parametrize("path", ["/health/live", "/health/ready"])
def test_health_is_only_asked(client: Client, path: str) -> None:
    assert client.post(path).status_code == 405


def test_with_nothing_behind_it_names_every_part_and_lives(tmp_path: Path) -> None:
    nothing = {"HATECASE_HOME": str(tmp_path), "HATECASE_ROLE": "app", "DJANGO_SETTINGS_MODULE": "hatecase.settings"}
    kept = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "REDIS_URL"}}
    outcome = subprocess.run(
        [sys.executable, "-c", ASK],
        check=True,
        capture_output=True,
        text=True,
        env={**kept, **nothing},
        cwd=embedded.PROJECT,
    )
    ready, live = outcome.stdout.strip().splitlines()[-2:]
    assert ready.startswith("503 ")
    assert set(json.loads(ready[4:])["parts"].values()) == {"failing"}
    assert live == "200"


def test_a_probe_of_what_is_not_there_says_no(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("REDIS_URL", raising=False)
    monkeypatch.setenv("HATECASE_HOME", str(tmp_path))
    assert not probe.beating("worker")
    assert not probe.web(1)
