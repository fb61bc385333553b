"""The addresses of the servers, computed from the environment alone."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from hatecase import embedded

SERVER = "postgres://admin:s%40fe@db.example:5433/county?sslmode=require"


@pytest.fixture
def nothing_given(monkeypatch: pytest.MonkeyPatch) -> None:
    """An environment that names no server."""
    names = ["DATABASE_URL", "REDIS_URL", "HATECASE_HOME", *(f"DATABASE_{r.upper()}_URL" for r in embedded.ROLES)]
    for name in names:
        monkeypatch.delenv(name, raising=False)


def test_home_is_var_beside_the_code(nothing_given: None) -> None:
    assert embedded.home() == Path(__file__).resolve().parents[2] / "var"


@pytest.mark.parametrize("role", embedded.ROLES)
def test_embedded_urls_are_sockets_under_the_home(
    nothing_given: None, monkeypatch: pytest.MonkeyPatch, role: str
) -> None:
    monkeypatch.setenv("HATECASE_HOME", "/srv/Hate case")
    found = psycopg.conninfo.conninfo_to_dict(embedded.database_url(role))
    assert found == {"user": f"hatecase_{role}", "dbname": "hatecase", "host": "/srv/Hate case/run"}


def test_a_deep_home_falls_back_to_a_short_private_directory(
    nothing_given: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HATECASE_HOME", "/srv/" + "deep/" * 30)
    short = embedded.socket_directory()
    assert len(str(short / embedded.LONGEST_SOCKET_NAME)) <= embedded.SOCKET_PATH_LIMIT
    monkeypatch.setenv("HATECASE_HOME", "/srv/" + "deep/" * 31)
    assert embedded.socket_directory() != short


def test_the_longest_home_that_fits_keeps_its_sockets(nothing_given: None, monkeypatch: pytest.MonkeyPatch) -> None:
    room = embedded.SOCKET_PATH_LIMIT - len("/run/" + embedded.LONGEST_SOCKET_NAME)
    monkeypatch.setenv("HATECASE_HOME", "/" + "x" * (room - 1))
    assert embedded.socket_directory() == embedded.home() / "run"
    monkeypatch.setenv("HATECASE_HOME", "/" + "x" * room)
    assert embedded.socket_directory().name.startswith("hatecase-")


def test_a_role_that_cannot_sign_in_has_no_url(nothing_given: None) -> None:
    with pytest.raises(ValueError, match="gate"):
        embedded.database_url("gate")


def test_other_roles_follow_the_servers_url(nothing_given: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", SERVER)
    monkeypatch.setenv("DATABASE_STATS_URL", "postgres://hatecase_stats:other@replica.example/county")
    assert embedded.database_url("app") == SERVER.replace("admin", "hatecase_app")
    assert embedded.database_url("worker") == SERVER.replace("admin", "hatecase_worker")
    assert embedded.database_url("stats") == "postgres://hatecase_stats:other@replica.example/county"


def test_an_administrators_url_migrates_as_the_owner(nothing_given: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", SERVER)
    found = psycopg.conninfo.conninfo_to_dict(embedded.database_url("owner"))
    assert (found["user"], found["options"], found["sslmode"]) == ("admin", "-c role=hatecase_owner", "require")
    assert embedded.administrator_url() == SERVER


def test_the_owners_own_url_stays(nothing_given: None, monkeypatch: pytest.MonkeyPatch) -> None:
    own = "postgres://hatecase_owner:s%40fe@db.example/county"
    monkeypatch.setenv("DATABASE_URL", own)
    assert embedded.database_url("owner") == own


def test_a_url_without_a_password_gets_none(nothing_given: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://db.example/county")
    assert embedded.database_url("app") == "postgres://hatecase_app@db.example/county"


def test_redis_in_both_spellings(nothing_given: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HATECASE_HOME", "/srv/hatecase")
    assert embedded.redis_url() == "redis+socket:///srv/hatecase/run/redis.sock"
    assert embedded.redis_client_url(embedded.redis_url()) == "unix:///srv/hatecase/run/redis.sock"
    monkeypatch.setenv("REDIS_URL", "rediss://cache.example/1")
    assert embedded.redis_client_url(embedded.redis_url()) == "rediss://cache.example/1"


def test_secrets_are_made_once_private_and_apart(
    nothing_given: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HATECASE_HOME", str(tmp_path / "home"))
    first = embedded.secret_key("secret_key")
    assert len(first) >= 50
    assert embedded.secret_key("secret_key") == first
    assert embedded.secret_key("audit_key") != first
    kept = tmp_path / "home" / "keys"
    assert kept.stat().st_mode & 0o777 == 0o700
    assert {path.name: path.stat().st_mode & 0o777 for path in kept.iterdir()} == {
        "secret_key": 0o600,
        "audit_key": 0o600,
    }


def test_a_server_is_given_its_secrets(nothing_given: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", SERVER)
    with pytest.raises(embedded.MissingSecretError, match="AUDIT_KEY"):
        embedded.secret_key("audit_key")


def test_addresses_need_no_package() -> None:
    program = (
        "import sys; sys.path = [p for p in sys.path if 'site-packages' not in p]; from hatecase import embedded; "
    )
    outcome = subprocess.run(
        [sys.executable, "-S", "-c", program + "print(embedded.database_url('app'))"],
        check=True,
        capture_output=True,
        text=True,
        cwd=embedded.PROJECT,
    )
    assert outcome.stdout.startswith("postgresql://hatecase_app@/hatecase")
