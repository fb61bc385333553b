"""Plain builders for tests: the demo cast, actors, signed-in clients, and incidents logged by the real service."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection
from django.test import Client

from agencies.models import Agency, User
from agencies.scoping import actor_for
from incidents.models import Incident
from incidents.services.incident import IncidentData, StrandData, incident_log
from kernel import clock
from kernel.actors import Actor
from kernel.identity import acting_as
from victims.services import VictimData


class Cast(dict[str, User]):
    """The demo cast by first name: `cast["alice"]`. Made afresh where a test has emptied the database."""


def cast_get() -> Cast:
    """The cast from the database; loaded first if it is not there."""
    from hatecase.county.cast import cast_load

    if not User.objects.filter(email="alice@police.example").exists():
        cast_load()
    return Cast({user.email.partition("@")[0]: user for user in User.objects.all()})


def actor_named(name: str) -> Actor:
    """The actor of one of the cast."""
    return actor_for(cast_get()[name])


@contextmanager
def acting(name: str) -> Iterator[Actor]:
    """Act as one of the cast, with both walls up: the application's role and that person's identity."""
    actor = actor_named(name)
    with acting_as(actor):
        yield actor


def agency(code: str) -> Agency:
    """An agency by its code."""
    return Agency.objects.get(code=code)


def client_of(name: str, **defaults: Any) -> Client:
    """A test client signed in as one of the cast."""
    client = Client(**defaults)
    client.force_login(cast_get()[name])
    return client


def incident_data(**overrides: Any) -> IncidentData:
    """A plain phone report of name calling in Kettering, received an hour ago, four hours after it, with one
    victim.
    """
    received = overrides.get("received_at", clock.now() - dt.timedelta(hours=1))
    values: dict[str, Any] = {
        "received_at": received,
        "occurred_from": received - dt.timedelta(hours=4),
        "narrative": "A man shouted abuse at her outside the market and followed her to the bus stop.",
        "strands": [StrandData("RAC", "pakistani")],
        "behaviours": ["verbal-abuse"],
        "district": "E07000153",
        "location": "Market Street",
        "victims": [
            VictimData(
                given_name="Farida",
                family_name="Mirza",
                phone="07700 900123",
                address="14 Larch Walk, Kettering",
                postcode="NN16 8AB",
            )
        ],
    }
    return IncidentData(**(values | overrides))


def log_incident_as(name: str, **overrides: Any) -> Incident:
    """Log an incident as one of the cast, through the real service, with both walls up.

    `case` joins an existing case; everything else overrides the plain report of `incident_data`.
    """
    case = overrides.pop("case", None)
    submission_id = overrides.pop("submission_id", None)
    with acting(name) as actor:
        home = Agency.objects.get(pk=actor.agency_ids[0])
        return incident_log(
            actor=actor, agency=home, data=incident_data(**overrides), case=case, submission_id=submission_id
        )


def age(row: Any, seconds: int = 61) -> None:
    """Make a note or a contact older by the database's clock: past the minute in which its author takes it back."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"update {row._meta.db_table} set added_at = statement_timestamp() - make_interval(secs => %s) where id = %s",
            [seconds, row.pk],
        )
