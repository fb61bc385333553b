"""Telling PostgreSQL who is asking, so that row-level security (the second wall) can answer.

The identity lives in two settings, `hatecase.user_id` and `hatecase.agency_ids`, set for one
transaction only. With neither set, the application role reads no row with personal data.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction

from kernel.actors import Actor

_APP_ROLE = "hatecase_app"
PLANS_KEPT = "set_config('plan_cache_mode', 'force_generic_plan', true)"


def identity_set(actor: Actor, *, by_key: bool = False) -> None:
    """Set the role and identity for the rest of the present transaction. One query.

    `by_key` for what is about one record: there the server takes one plan for a query, whatever its values, as
    `kernel.prepared.plans_keep` says it to.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("An identity lives in a transaction; none is open.")
    _settings_apply(
        _APP_ROLE,
        "" if actor.user_id is None else str(actor.user_id),
        ",".join(str(i) for i in actor.agency_ids),
        and_set=f", {PLANS_KEPT}" if by_key else "",
    )


def _settings_apply(role: str, user_id: str, agency_ids: str, and_set: str = "") -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "select set_config('role', %s, true), set_config('hatecase.user_id', %s, true),"
            f" set_config('hatecase.agency_ids', %s, true){and_set}",
            [role, user_id, agency_ids],
        )


def _settings_now() -> tuple[str, str, str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "select current_user, coalesce(current_setting('hatecase.user_id', true), ''),"
            " coalesce(current_setting('hatecase.agency_ids', true), '')"
        )
        role, user_id, agency_ids = cursor.fetchone()
    return str(role), user_id, agency_ids


@contextmanager
def acting_as(actor: Actor, *, by_key: bool = False) -> Iterator[Actor]:
    """Do something for a person from a process with wider rights (worker, command, test).

    Inside, the database role is the application's and the identity is the actor's, so both walls stand
    exactly as on a page. An error rolls the block back, identity included. Two queries and a savepoint.
    """
    with transaction.atomic():
        before = _settings_now()
        identity_set(actor, by_key=by_key)
        yield actor
        _settings_apply(*before)
