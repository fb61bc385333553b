"""The roles in the database: who migrates, who serves, who works, who counts, and who owns the narrow functions.

Idempotent, for the embedded cluster and for a server behind ``DATABASE_URL`` alike. No role here is a superuser or
passes row-level security; docs/permissions.md says what each may reach.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import psycopg
from psycopg import sql

# Roles that sign in, with their attributes. The owner may create databases so that tests can; the worker does not
# inherit the web's rights: it takes them on, for one transaction, when it acts for a person.
SIGN_IN = {
    "hatecase_owner": "CREATEDB INHERIT",
    "hatecase_app": "INHERIT",
    "hatecase_worker": "NOINHERIT",
    "hatecase_stats": "INHERIT",
}
GATE = "hatecase_gate"
EVERY = frozenset({*SIGN_IN, GATE})
# What a page cannot need is cut off, so that one bad query does not hold the rest up.
LIMITS = {
    "hatecase_app": {"statement_timeout": "30s", "idle_in_transaction_session_timeout": "2min"},
    "hatecase_stats": {"statement_timeout": "30s", "idle_in_transaction_session_timeout": "2min"},
    "hatecase_worker": {"idle_in_transaction_session_timeout": "10min"},
}
# (role, member): the member may SET ROLE to the role, and has none of its rights until then.
MEMBERSHIPS = (
    ("hatecase_app", "hatecase_worker"),
    ("hatecase_app", "hatecase_owner"),
    ("hatecase_worker", "hatecase_owner"),
    ("hatecase_stats", "hatecase_owner"),
)


class RolesError(RuntimeError):
    """The database's roles are missing or too powerful, and the connection may not put that right."""


@dataclass(frozen=True)
class Server:
    """What the roles' SQL depends on: the server's major version, the asker's power, and the roles already there."""

    version: int
    superuser: bool
    may_create: bool
    present: frozenset[str]
    too_powerful: frozenset[str] = frozenset()


def statements(server: Server, passwords: Mapping[str, str]) -> list[sql.Composed]:
    """Answers the SQL that brings the roles about on such a server; passwords may be given already hashed."""
    lines: list[sql.Composed] = []
    for name, attributes in {**{role: f"LOGIN {rest}" for role, rest in SIGN_IN.items()}, GATE: "NOLOGIN"}.items():
        verb = "ALTER" if name in server.present else "CREATE"
        # Only a superuser may name the powers; for anybody else the defaults, which are none, have to do.
        denied = " NOSUPERUSER NOBYPASSRLS NOCREATEROLE NOREPLICATION" if server.superuser else ""
        lines.append(sql.SQL(f"{verb} ROLE {{}} {attributes}{denied}").format(sql.Identifier(name)))
        if passwords.get(name):
            lines.append(
                sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(name), sql.Literal(passwords[name]))
            )
        for setting, value in LIMITS.get(name, {}).items():
            lines.append(
                sql.SQL(f"ALTER ROLE {{}} SET {setting} = {{}}").format(sql.Identifier(name), sql.Literal(value))
            )
    # Before 16 a membership has no options of its own and follows the member's INHERIT or NOINHERIT.
    by_name, in_full = (
        (" WITH INHERIT FALSE, SET TRUE", " WITH INHERIT TRUE, SET TRUE") if server.version >= 16 else ("", "")
    )
    for role, member in MEMBERSHIPS:
        lines.append(sql.SQL(f"GRANT {{}} TO {{}}{by_name}").format(sql.Identifier(role), sql.Identifier(member)))
    # The owner makes, replaces and drops the functions that belong to the gate.
    lines.append(sql.SQL(f"GRANT {{}} TO hatecase_owner{in_full}").format(sql.Identifier(GATE)))
    return lines


def roles_ensure(connection: psycopg.Connection, passwords: Mapping[str, str]) -> None:
    """Creates or corrects the roles and hands the connected database to hatecase_owner.

    A connection that may not create roles only checks them. Raises RolesError where a role is absent, or passes
    row-level security, and this connection cannot put it right.
    """
    server = survey(connection)
    if not server.may_create:
        _check(server)
        return
    with connection.transaction():
        for line in statements(server, _hashed(connection, passwords)):
            connection.execute(line)
        if not server.superuser:
            # Acting as the owner, which migrations do, takes a membership.
            option = " WITH SET TRUE" if server.version >= 16 else ""
            connection.execute(sql.SQL(f"GRANT hatecase_owner TO SESSION_USER{option}"))
        name = sql.Identifier(connection.info.dbname)
        connection.execute(sql.SQL("ALTER DATABASE {} OWNER TO hatecase_owner").format(name))
    _check(survey(connection))


def survey(connection: psycopg.Connection) -> Server:
    """Answers what the roles' SQL depends on. Two queries."""
    asker = connection.execute(
        "SELECT rolsuper, rolcreaterole AND rolname <> 'hatecase_owner' FROM pg_roles WHERE rolname = session_user"
    ).fetchone()
    roles = connection.execute(
        "SELECT rolname, rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = ANY(%s)", [sorted(EVERY)]
    ).fetchall()
    superuser, creator = asker or (False, False)
    return Server(
        version=connection.info.server_version // 10000,
        superuser=superuser,
        may_create=superuser or creator,
        present=frozenset(name for name, _ in roles),
        too_powerful=frozenset(name for name, powerful in roles if powerful),
    )


def _check(server: Server) -> None:
    missing = sorted(EVERY - server.present)
    if missing:
        raise RolesError(
            f"The database has no {', '.join(missing)}, and this user may not create roles. "
            "Have its administrator run what './manage.py database_roles --sql' prints."
        )
    if server.too_powerful:
        raise RolesError(
            f"{', '.join(sorted(server.too_powerful))} would pass row-level security: take that power away."
        )


def _hashed(connection: psycopg.Connection, passwords: Mapping[str, str]) -> dict[str, str]:
    """Answers the passwords as SCRAM verifiers, so that no server log ever holds one in clear."""
    return {
        role: connection.pgconn.encrypt_password(word.encode(), role.encode(), b"scram-sha-256").decode()
        for role, word in passwords.items()
        if word
    }
