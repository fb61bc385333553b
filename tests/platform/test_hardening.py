"""What a browser is told about every page, and that a server under production settings passes Django's own review."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import get_resolver

from agencies.password import LengthValidator
from hatecase import embedded
from tests.agencies.signing import sign_in
from tests.matrix.table import address, client_of, methods, routes
from tests.matrix.world import world_plant

SETTINGS = (
    "DEBUG SESSION_COOKIE_SECURE CSRF_COOKIE_SECURE SECURE_SSL_REDIRECT SECURE_HSTS_SECONDS DEMO EMBEDDED"
    " SECOND_FACTOR_DEMANDED SESSION_COOKIE_NAME CSRF_COOKIE_NAME"
).split()
ASK = f"""
import json, os
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hatecase.settings")
import django
django.setup()
from django.conf import settings
from django.test import Client
host = {{"SERVER_NAME": "cases.example"}}
told = Client(**host).get("/health/live", secure=True)
plain = Client(**host).get("/help/")
print(json.dumps({{
    "settings": {{name: getattr(settings, name) for name in {SETTINGS!r}}},
    "headers": dict(told.headers), "status": told.status_code,
    "plain": [plain.status_code, plain.headers.get("Location", "")],
}}))
"""


def production(home: Path) -> dict[str, str]:
    """A server's environment as docs/operations.md describes it, and nothing of this process's own."""
    return {
        "PATH": os.environ["PATH"],
        "HATECASE_HOME": str(home),
        "HATECASE_ROLE": "app",
        "DATABASE_URL": "postgres://hatecase_owner:secret@database.example/hatecase",
        "REDIS_URL": "redis://broker.example/0",
        "SECRET_KEY": "seven-kites-over-the-old-mill-3141592653-and-a-brass-lantern",
        "AUDIT_KEY": "nine-otters-under-the-new-bridge-2718281828-and-a-tin-whistle",
        "BASE_URL": "https://cases.example",
        "ALLOWED_HOSTS": "cases.example",
        "EMAIL_URL": "smtp+tls://post:secret@mail.example:587",
    }


def run(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    (home / "static").mkdir(exist_ok=True)
    command = [sys.executable, "-W", "error", *arguments]
    environment = production(home)
    return subprocess.run(
        command, capture_output=True, text=True, check=False, env=environment, cwd=embedded.PROJECT, timeout=120
    )


def test_djangos_review_of_a_production_server_finds_nothing(tmp_path):
    done = run(tmp_path, "manage.py", "check", "--deploy", "--fail-level", "DEBUG")
    assert done.returncode == 0, done.stderr
    assert "no issues" in done.stdout


@pytest.fixture
def server(tmp_path):
    done = run(tmp_path, "-c", ASK)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_a_production_server_is_reached_over_https_alone(server):
    assert server["settings"] == {
        "DEBUG": False,
        "SESSION_COOKIE_SECURE": True,
        "CSRF_COOKIE_SECURE": True,
        "SECURE_SSL_REDIRECT": True,
        "SECURE_HSTS_SECONDS": 31536000,
        "DEMO": False,
        "EMBEDDED": False,
        "SECOND_FACTOR_DEMANDED": True,
        "SESSION_COOKIE_NAME": "__Host-sessionid",
        "CSRF_COOKIE_NAME": "__Host-csrftoken",
    }
    assert server["status"] == 200
    assert server["headers"]["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains; preload"
    assert server["plain"] == [301, "https://cases.example/help/"]


@pytest.mark.django_db
def test_every_answer_is_kept_to_itself(cast):
    """No page may be stored, framed, sniffed, or told where its reader came from; no inline script or style runs."""
    world = world_plant()
    clients = {(who, api): client_of(who, api=api) for who in ("alice", "greta") for api in (True, False)}
    asked = 0
    for name, route in routes(get_resolver()):
        if "get" not in methods(name, route):
            continue
        for (_, api), client in clients.items():
            if api == name.startswith("api:") and not name.startswith(("account_logout", "openid_connect")):
                answer = client.get(address(name, route, world))
                _check(name, answer)
                # Read to its end, a file is closed.
                assert not answer.streaming or b"".join(answer.streaming_content)
                asked += 1
    assert asked > 200


def _check(name: str, answer: Any) -> None:
    told = answer.headers
    if not name.startswith("api:schema"):
        assert "no-store" in told["Cache-Control"], name
    assert told["X-Content-Type-Options"] == "nosniff", name
    assert told["X-Frame-Options"] == "DENY", name
    assert told["Referrer-Policy"] == "same-origin", name
    assert told["Cross-Origin-Opener-Policy"] == "same-origin", name
    policy = told["Content-Security-Policy"]
    assert "default-src 'none'" in policy, name
    assert "frame-ancestors 'none'" in policy, name
    assert "unsafe" not in policy, name
    assert "*" not in policy, name


@pytest.mark.django_db
def test_cookies_are_out_of_reach_of_scripts_and_of_other_sites(cast):
    client = Client()
    client.get("/accounts/login/")
    sign_in(client, "alice@police.example")
    client.get("/cases/new/")
    assert {"sessionid", "csrftoken"} <= set(client.cookies)
    for name, cookie in client.cookies.items():
        assert cookie["httponly"] is True, name
        assert cookie["samesite"] == "Lax", name
        assert cookie["domain"] == "", name


@pytest.mark.parametrize(("length", "taken"), [(11, False), (12, True), (64, True), (128, True), (129, False)])
def test_how_long_a_password_may_be(length, taken):
    password = "The otter mends a lantern. " * 5
    validator = LengthValidator()
    if taken:
        validator.validate(password[:length])
    else:
        with pytest.raises(ValidationError):
            validator.validate(password[:length])
