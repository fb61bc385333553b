"""The second wall, read from the database's own catalogue: a new table cannot be forgotten."""

from __future__ import annotations

import pytest
from django.db import connection, transaction
from django.db.utils import ProgrammingError

from kernel.actors import ANONYMOUS
from kernel.grants import gate_rights
from kernel.identity import identity_set

pytestmark = pytest.mark.django_db

# Tables without personal data about the public: credentials, sessions, the staff directory, configuration,
# de-identified figures. Everything else must stand behind the wall.
OPEN = {
    "account_emailaddress": "sign-in",
    "account_emailconfirmation": "sign-in",
    "agencies_agency": "directory",
    "agencies_agreementextension": "directory: agreements between agencies",
    "agencies_apitoken": "credentials",
    "agencies_district": "configuration",
    "agencies_idempotencyrecord": "credentials: keys and ids of requests",
    "agencies_membership": "directory",
    "agencies_servicestandard": "configuration",
    "agencies_signin": "sessions",
    "agencies_user": "directory and credentials",
    "agencies_user_groups": "framework",
    "agencies_user_user_permissions": "framework",
    "auth_group": "framework",
    "auth_group_permissions": "framework",
    "auth_permission": "framework",
    "django_admin_log": "configuration pages",
    "django_content_type": "framework",
    "django_migrations": "framework",
    "django_session": "sessions",
    "guardian_groupobjectpermission": "unused: grants are direct-foreign-key rows",
    "guardian_userobjectpermission": "unused: grants are direct-foreign-key rows",
    "incidents_postcodepoint": "configuration: where postcodes lie",
    "incidents_risktool": "configuration: questions without answers",
    "kernel_bankholiday": "configuration",
    "kernel_cache": "counters of the throttle",
    "kernel_subjectkey": "keys without names",
    "mfa_authenticator": "credentials, sealed",
    "socialaccount_socialaccount": "sign-in: a provider's own number for a person",
    "socialaccount_socialapp": "unused: providers are configuration",
    "socialaccount_socialtoken": "unused: no tokens are kept",
    "strategy_figure": "published figures, none of them small",
    "strategy_release": "when the figures were made",
}


def _tables() -> dict[str, tuple[bool, bool]]:
    """Whatever can be read as a table, views among them: is row-level security on, is it forced."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select relname, relrowsecurity, relforcerowsecurity from pg_class"
            " where relkind in ('r', 'p', 'v', 'm', 'f') and relnamespace = 'public'::regnamespace"
        )
        return {name: (enabled, forced) for name, enabled, forced in cursor.fetchall()}


def test_every_table_is_behind_the_wall_or_listed_as_open():
    tables = _tables()
    unwalled = {name for name, state in tables.items() if state != (True, True)}
    assert unwalled == OPEN.keys() & tables.keys(), "put new tables behind kernel.rls.wall, or say here why not"
    assert OPEN.keys() <= tables.keys()


# Of what is not behind the wall: what the worker and the gate may do with it, by the first letters of select, insert,
# update and delete; small letters for some of the columns alone. Anything else: nothing.
WORKER = {
    "agencies_agency": "Su",
    "agencies_agreementextension": "S",
    "agencies_apitoken": "s",
    "agencies_district": "S",
    "agencies_membership": "S",
    "agencies_servicestandard": "S",
    "agencies_signin": "SuD",
    "agencies_user": "Su",
    "auth_group": "S",
    "auth_permission": "S",
    "django_content_type": "S",
    "incidents_risktool": "S",
    "kernel_bankholiday": "S",
    "kernel_cache": "SIUD",
    "kernel_subjectkey": "SI",
    "strategy_figure": "SID",
    "strategy_release": "SID",
}
GATE = {"agencies_agency": "S", "agencies_district": "S", "agencies_membership": "S", "agencies_user": "s"}
APP_LESS = {
    "auth_permission": "S",
    "django_admin_log": "SI",
    "django_content_type": "S",
    "django_migrations": "",
    "guardian_groupobjectpermission": "S",
    "guardian_userobjectpermission": "S",
    "incidents_custodyevent": "SI",
    "incidents_gatesecret": "",
    "incidents_postcodepoint": "S",
    "kernel_auditevent": "I",
    "kernel_auditseal": "",
    "kernel_history": "I",
    "strategy_figure": "S",
    "strategy_release": "S",
}


def _rights(role: str) -> dict[str, str]:
    """What a role may do with each table, in the letters above."""
    rights = ("select", "insert", "update", "delete")
    whole = ", ".join(f"has_table_privilege('{role}', c.oid, '{right}')" for right in rights)
    some = ", ".join(f"has_any_column_privilege('{role}', c.oid, '{right}')" for right in rights[:3])
    with connection.cursor() as cursor:
        cursor.execute(
            f"select relname, array[{whole}], array[{some}, false] from pg_class c"
            " where relkind in ('r', 'p', 'v', 'm', 'f') and relnamespace = 'public'::regnamespace"
        )
        rows = cursor.fetchall()
    letters = {}
    for name, all_of_it, parts in rows:
        marks = zip("SIUD", all_of_it, parts, strict=True)
        letters[name] = "".join(mark if full else mark.lower() if part else "" for mark, full, part in marks)
    return letters


def _said(rights: dict[str, str], tables: set[str]) -> dict[str, str]:
    return {name: held for name, held in rights.items() if name in tables and held}


def test_the_worker_and_the_gate_have_what_they_need_of_open_tables():
    open_tables = {name for name, state in _tables().items() if state != (True, True)}
    assert _said(_rights("hatecase_worker"), open_tables) == WORKER
    assert _said(_rights("hatecase_gate"), open_tables) == GATE


def test_no_job_deletes_what_people_wrote():
    """Behind the wall, but for what ends by the clock."""
    walled = {name for name, state in _tables().items() if state == (True, True)}
    deletes = {name for name, held in _rights("hatecase_worker").items() if name in walled and "D" in held}
    assert deletes == {
        "agencies_keptform",
        "hasbag_agendaproposal",
        "incidents_incidentdraft",
        "incidents_subjectreport",
    }


def test_the_web_does_everything_but_with_these():
    assert {name: held for name, held in _rights("hatecase_app").items() if held != "SIUD"} == APP_LESS


def test_the_gate_has_no_right_without_a_policy_and_none_that_no_function_uses():
    with connection.cursor() as cursor:
        cursor.execute("select tablename from pg_policies where 'hatecase_gate' = any(roles)")
        let_in = {name for (name,) in cursor.fetchall()}
        cursor.execute("select prosrc from pg_proc where proowner = 'hatecase_gate'::regrole")
        sources = " ".join(source for (source,) in cursor.fetchall())
    held = {name for name, rights in _rights("hatecase_gate").items() if rights}
    assert held <= let_in | GATE.keys()
    assert all(name in sources for name in held)
    # It ends access and gives none.
    assert _rights("hatecase_gate")["incidents_casegrant"] == "Su"


@pytest.mark.parametrize("role", ["hatecase_worker", "hatecase_gate"])
@pytest.mark.parametrize(
    "statement",
    [
        "select session_key from django_session",
        "select data from mfa_authenticator",
        "select digest from agencies_apitoken",
        "update agencies_user set password = 'x'",
        "delete from agencies_membership",
    ],
)
def test_no_credential_is_in_reach_of_a_job_or_a_function(role, statement):
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(f"set local role {role}")
            cursor.execute(statement)


@pytest.mark.parametrize(
    ("body", "rights"),
    [
        ("select 1 from one_table t", {"select"}),
        ("insert into one_table select 1", {"select", "insert"}),
        ("insert into one_table values (1) on conflict (id) do update set id = 1", {"select", "insert", "update"}),
        ("perform 1 from one_table where id = 1 for update", {"select", "update"}),
        ("delete from one_table a using other", {"select", "delete"}),
        ("select 1 from one_table_more", set()),
    ],
)
def test_what_a_function_does_with_a_table_is_the_right_it_takes(body, rights):
    assert gate_rights("one_table", [body]) == rights


def test_no_role_passes_row_level_security():
    with connection.cursor() as cursor:
        cursor.execute("select rolname, rolsuper, rolbypassrls from pg_roles where rolname like 'hatecase\\_%'")
        roles = {name: (is_super, bypass) for name, is_super, bypass in cursor.fetchall()}
    assert roles.keys() >= {"hatecase_owner", "hatecase_app", "hatecase_worker", "hatecase_stats", "hatecase_gate"}
    assert set(roles.values()) == {(False, False)}


def test_without_an_identity_the_application_reads_nothing(log_incident):
    log_incident("alice")
    walled = sorted(name for name, state in _tables().items() if state == (True, True))
    with transaction.atomic():
        identity_set(ANONYMOUS)
        for table in walled:
            with connection.cursor() as cursor:
                cursor.execute("select has_table_privilege(%s, 'select')", [table])
                if not cursor.fetchone()[0]:
                    continue
                cursor.execute(f"select count(*) from {table}")
                assert cursor.fetchone()[0] == 0, table
        transaction.set_rollback(True)


@pytest.mark.parametrize("statement", ["update kernel_auditevent set action = 'x'", "delete from kernel_auditevent"])
def test_the_audit_cannot_be_changed(log_incident, statement):
    log_incident("alice")
    with pytest.raises(ProgrammingError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        identity_set(ANONYMOUS)
        with connection.cursor() as cursor:
            cursor.execute(statement)


def test_statistics_reach_figures_only(log_incident):
    log_incident("alice")
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("set local role hatecase_stats")
        cursor.execute("select count(*) from strategy_figure")
        transaction.set_rollback(True)
    for table in ("incidents_case", "victims_victim", "agencies_user", "kernel_auditevent"):
        with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("set local role hatecase_stats")
                cursor.execute(f"select 1 from {table}")
