"""The second wall, read from the database's own catalogue: a new table cannot be forgotten."""

from __future__ import annotations

import pytest
from django.db import connection, transaction
from django.db.utils import ProgrammingError

from kernel.actors import ANONYMOUS
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
    with connection.cursor() as cursor:
        cursor.execute(
            "select relname, relrowsecurity, relforcerowsecurity from pg_class"
            " where relkind = 'r' and relnamespace = 'public'::regnamespace"
        )
        return {name: (enabled, forced) for name, enabled, forced in cursor.fetchall()}


def test_every_table_is_behind_the_wall_or_listed_as_open():
    tables = _tables()
    unwalled = {name for name, state in tables.items() if state != (True, True)}
    assert unwalled == OPEN.keys() & tables.keys(), "put new tables behind kernel.rls.wall, or say here why not"
    assert OPEN.keys() <= tables.keys()


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
