"""The database's roles: what each may, and how they come about under administrators of different power."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest
from psycopg import sql

from hatecase import embedded, roles
from hatecase.embedded import servers


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Servers of these tests' own: roles belong to a whole cluster."""
    path = tmp_path_factory.mktemp("roles")
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("DATABASE_URL", raising=False)
        patch.setenv("HATECASE_HOME", str(path))
        with servers.running(throw_away=True):
            yield path


@pytest.fixture
def superuser(home: Path) -> Iterator[psycopg.Connection]:
    """The cluster's own administrator, in a database without any role of ours; all is put back afterwards."""
    with psycopg.connect(embedded.administrator_url(), dbname="postgres", autocommit=True) as connection:
        _clear(connection)
        yield connection
        _clear(connection)


def _clear(connection: psycopg.Connection) -> None:
    connection.execute("DROP DATABASE IF EXISTS hatecase WITH (FORCE)")
    for name in (*roles.EVERY, "county_admin", "county_guest"):
        connection.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(sql.Identifier(name)))


def connect(user: str, **more: str) -> psycopg.Connection:
    """A session in the county's database."""
    host = str(embedded.socket_directory())
    return psycopg.connect(host=host, user=user, dbname="hatecase", autocommit=True, **more)


def database(connection: psycopg.Connection, owner: str) -> None:
    """Makes the county's database, empty."""
    connection.execute(sql.SQL("CREATE DATABASE hatecase OWNER {}").format(sql.Identifier(owner)))


def powers(connection: psycopg.Connection) -> dict[str, tuple[bool, ...]]:
    """Superuser, bypass, create role, create database, sign in, inherit: for each role of ours."""
    rows = connection.execute(
        "SELECT rolname, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolcanlogin, rolinherit "
        "FROM pg_roles WHERE rolname = ANY(%s)",
        [sorted(roles.EVERY)],
    )
    return {name: tuple(rest) for name, *rest in rows}


EXPECTED = {
    "hatecase_owner": (False, False, False, True, True, True),
    "hatecase_app": (False, False, False, False, True, True),
    "hatecase_worker": (False, False, False, False, True, False),
    "hatecase_stats": (False, False, False, False, True, True),
    "hatecase_gate": (False, False, False, False, False, True),
}


def test_a_superuser_makes_them_twice_over_and_takes_powers_away(superuser: psycopg.Connection) -> None:
    database(superuser, "postgres")
    with connect("postgres") as connection:
        roles.roles_ensure(connection, {})
        superuser.execute("ALTER ROLE hatecase_app BYPASSRLS")
        superuser.execute("ALTER ROLE hatecase_worker SUPERUSER INHERIT")
        roles.roles_ensure(connection, {})
    assert powers(superuser) == EXPECTED


def test_an_administrator_who_is_no_superuser_makes_them_and_acts_as_the_owner(superuser: psycopg.Connection) -> None:
    superuser.execute("CREATE ROLE county_admin LOGIN CREATEROLE CREATEDB")
    database(superuser, "county_admin")
    with connect("county_admin") as connection:
        roles.roles_ensure(connection, {})
        roles.roles_ensure(connection, {})
    assert powers(superuser) == EXPECTED
    with connect("county_admin", options="-c role=hatecase_owner") as connection:
        connection.execute("CREATE TABLE one (word text)")
        owner = connection.execute("SELECT tableowner FROM pg_tables WHERE tablename = 'one'").fetchone()
    assert owner == ("hatecase_owner",)


def test_a_user_without_power_is_told_what_is_missing(superuser: psycopg.Connection) -> None:
    superuser.execute("CREATE ROLE county_guest LOGIN")
    database(superuser, "postgres")
    with connect("county_guest") as guest, pytest.raises(roles.RolesError, match="hatecase_app, hatecase_gate"):
        roles.roles_ensure(guest, {})


def test_a_role_that_passes_row_level_security_is_refused(superuser: psycopg.Connection) -> None:
    database(superuser, "postgres")
    with connect("postgres") as connection:
        roles.roles_ensure(connection, {})
    superuser.execute("ALTER ROLE hatecase_stats BYPASSRLS")
    with connect("hatecase_owner") as owner, pytest.raises(roles.RolesError, match="hatecase_stats would pass"):
        roles.roles_ensure(owner, {})


def test_passwords_reach_the_server_hashed(superuser: psycopg.Connection) -> None:
    database(superuser, "postgres")
    with connect("postgres") as connection:
        roles.roles_ensure(connection, {"hatecase_app": "quiet ' words", "hatecase_stats": ""})
    rows = superuser.execute("SELECT rolname, rolpassword FROM pg_authid WHERE rolname LIKE 'hatecase%'")
    kept = dict(rows.fetchall())
    assert kept.pop("hatecase_app").startswith("SCRAM-SHA-256$")
    assert set(kept.values()) == {None}


def test_a_query_of_a_page_is_cut_off_in_the_end(superuser: psycopg.Connection) -> None:
    database(superuser, "postgres")
    with connect("postgres") as connection:
        roles.roles_ensure(connection, {})
    for name, limit in (("hatecase_app", "30s"), ("hatecase_stats", "30s"), ("hatecase_worker", "0")):
        with connect(name) as session:
            assert session.execute("SHOW statement_timeout").fetchone() == (limit,), name


def test_the_worker_is_the_web_only_when_it_says_so(superuser: psycopg.Connection) -> None:
    database(superuser, "postgres")
    with connect("postgres") as connection:
        roles.roles_ensure(connection, {})
    with connect("hatecase_owner") as owner:
        owner.execute("CREATE TABLE case_note (word text)")
        owner.execute("GRANT SELECT ON case_note TO hatecase_app")
    with connect("hatecase_worker") as worker:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            worker.execute("SELECT * FROM case_note")
        with worker.transaction():
            worker.execute("SET LOCAL ROLE hatecase_app")
            assert worker.execute("SELECT count(*) FROM case_note").fetchone() == (0,)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            worker.execute("SELECT * FROM case_note")
    with connect("hatecase_app") as app, pytest.raises(psycopg.errors.InsufficientPrivilege):
        app.execute("SET ROLE hatecase_worker")


def test_the_owner_takes_on_each_role_and_keeps_the_gates_functions(superuser: psycopg.Connection) -> None:
    database(superuser, "postgres")
    with connect("postgres") as connection:
        roles.roles_ensure(connection, {})
    with connect("hatecase_owner") as owner:
        for name in ("hatecase_app", "hatecase_worker", "hatecase_stats", "hatecase_gate"):
            owner.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(name)))
            owner.execute("RESET ROLE")
        owner.execute("GRANT CREATE ON SCHEMA public TO hatecase_gate")
        for answer in (1, 2):
            owner.execute(f"CREATE OR REPLACE FUNCTION narrow() RETURNS int LANGUAGE sql AS 'SELECT {answer}'")
            owner.execute("ALTER FUNCTION narrow() OWNER TO hatecase_gate")
        assert owner.execute("SELECT narrow()").fetchone() == (2,)


def test_the_command_makes_them_with_the_urls_passwords(
    superuser: psycopg.Connection, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from django.core.management import call_command

    database(superuser, "postgres")
    host = quote(str(embedded.socket_directory()), safe="")
    monkeypatch.setenv("DATABASE_URL", f"postgresql://postgres:clear%20word@/hatecase?host={host}")
    monkeypatch.setenv("DATABASE_STATS_URL", f"postgresql://hatecase_stats:other@/hatecase?host={host}")
    call_command("database_roles", "--sql")
    printed = capsys.readouterr().out
    assert 'CREATE ROLE "hatecase_gate" NOLOGIN' in printed
    assert "clear word" not in printed
    assert powers(superuser) == {}
    call_command("database_roles")
    assert powers(superuser) == EXPECTED
    rows = superuser.execute(
        "SELECT rolname FROM pg_authid WHERE rolname LIKE 'hatecase%' AND rolpassword IS NOT NULL"
    )
    assert {name for (name,) in rows} == {"hatecase_app", "hatecase_worker", "hatecase_stats"}
