"""What is hidden and what is not there are answered after the same time."""

from __future__ import annotations

import time

import pytest
from django.http import HttpResponse
from django.test import Client, RequestFactory

from agencies.services.token import token_create
from kernel.actors import system_actor
from kernel.middleware import NothingFoundMiddleware, nothing_found
from tests.cast import client_of
from tests.incidents.casework import case_of

pytestmark = pytest.mark.django_db
SECONDS = 0.4
LONG = 60
"""Longer than any machine takes for a page: what is answered sooner has not waited."""


def took(answer: HttpResponse) -> float:
    began = time.monotonic()
    NothingFoundMiddleware(lambda request: answer)(RequestFactory().get("/"))
    return time.monotonic() - began


@pytest.mark.parametrize(
    ("answer", "waits"),
    [
        (HttpResponse(status=404), True),
        (nothing_found(HttpResponse()), True),
        (HttpResponse(), False),
        (HttpResponse(status=403), False),
    ],
)
def test_only_what_finds_nothing_waits(settings, answer, waits):
    settings.NOTHING_FOUND_SECONDS = least = SECONDS if waits else LONG
    assert (took(answer) >= least) == waits


def test_pages_the_api_and_emergency_access_wait(settings, cast):
    case = case_of("alice")
    vera, wendy = client_of("vera"), client_of("wendy")
    _, secret = token_create(actor=system_actor("the test"), user=cast["vera"])
    machine = Client(headers={"Authorization": f"Bearer {secret}"})
    sent = {"ref": "HC-26-000000", "reason": "She is in danger tonight and nobody answers"}
    settings.NOTHING_FOUND_SECONDS = SECONDS
    for ask in (
        lambda: vera.get(f"/cases/{case.ref}/"),
        lambda: machine.get(f"/api/v1/cases/{case.ref}/"),
        lambda: wendy.post("/emergency-access/", sent),
    ):
        began = time.monotonic()
        ask()
        assert time.monotonic() - began >= SECONDS
    settings.NOTHING_FOUND_SECONDS = LONG
    began = time.monotonic()
    assert wendy.get("/emergency-access/").status_code == 200
    assert time.monotonic() - began < LONG
