"""Guessing is slowed down, and locks nobody else out."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.agencies.signing import sign_in

pytestmark = pytest.mark.django_db
EMAIL = "alice@police.example"
WAIT = "Too many attempts. Wait 5 minutes"
NEW = "amber-lantern-orchard"


@pytest.fixture(autouse=True)
def limits(settings):
    settings.ACCOUNT_RATE_LIMITS = {
        "login_failed": "40/5m/ip,5/5m/key",
        "login_failed_anywhere": "12/h/key",
        "login_failed_known": "10/5m/key",
        "reauthenticate": "5/m/user",
    }


def guess(client: Client, times: int, email: str = EMAIL) -> str:
    """So many wrong passwords; the last page."""
    page = ""
    for number in range(times):
        page = sign_in(client, email, f"wrong password {number}").content.decode()
    return page


def at(address: str) -> Client:
    """A browser at an address."""
    return Client(REMOTE_ADDR=address)


def known_device(address: str = "203.0.113.1") -> Client:
    """A browser that Alice has signed in on, signed out again."""
    client = at(address)
    assert sign_in(client, EMAIL).status_code == 302
    client.post("/accounts/logout/")
    return client


def test_guessing_at_one_place_stops(cast):
    guesser = at("203.0.113.9")
    assert WAIT not in guess(guesser, 5)
    assert WAIT in guess(guesser, 1)
    assert WAIT in sign_in(guesser, EMAIL).content.decode()


def test_a_colleague_elsewhere_is_not_locked_out(cast):
    assert WAIT in guess(at("203.0.113.9"), 6)
    assert sign_in(at("203.0.113.1"), EMAIL).status_code == 302


def test_nor_on_her_own_device_at_the_same_place(cast):
    client = known_device("203.0.113.9")
    assert WAIT in guess(at("203.0.113.9"), 6)
    assert sign_in(client, EMAIL).status_code == 302


def test_many_guessers_from_everywhere_stop_too_and_she_goes_on(cast):
    client = known_device()
    for number in range(4):
        page = guess(at(f"203.0.113.{100 + number}"), 4)
    assert WAIT in page
    assert WAIT in sign_in(at("203.0.113.200"), EMAIL).content.decode()
    assert sign_in(client, EMAIL).status_code == 302


def test_a_known_device_is_no_way_to_guess(cast):
    client = known_device()
    assert WAIT not in guess(client, 10)
    assert WAIT in guess(client, 1)


def test_a_device_is_known_for_one_person_and_one_password(cast):
    client = known_device("203.0.113.9")
    assert WAIT in guess(client, 6, "bob@north.example")
    cast["alice"].set_password(NEW)
    cast["alice"].save()
    assert WAIT in guess(client, 6)


def test_a_forged_cookie_makes_no_device_known(cast):
    client = known_device("203.0.113.9")
    client.cookies["known_device"] = client.cookies["known_device"].value[:-2] + "xx"
    assert WAIT in guess(client, 6)


def test_the_cookie_names_nobody(cast):
    client = known_device()
    cookie = client.cookies["known_device"]
    assert cookie["httponly"]
    assert (cookie["path"], cookie["samesite"]) == ("/accounts/", "Lax")
    assert "alice" not in cookie.value


def test_an_unknown_address_is_counted_alike(cast):
    assert WAIT in guess(at("203.0.113.9"), 6, "nobody@police.example")
