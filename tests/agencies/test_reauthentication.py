"""Proving once more who one is, before something that matters."""

from __future__ import annotations

import datetime as dt
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from django.test import Client, RequestFactory

from agencies.models import KeptForm, SignIn
from agencies.reauthentication import reauthentication_required
from tests.agencies.signing import PASSWORD, app_of, code_of, sign_in

pytestmark = pytest.mark.django_db
START = dt.datetime(2026, 11, 23, 9, 0, tzinfo=dt.UTC)
PACK = "/hasbag/HM-26-222222/pack.pdf"
ASK = "/accounts/reauthenticate/"


@pytest.fixture
def clock():
    with time_machine.travel(START, tick=False) as traveller:
        yield traveller


@pytest.fixture
def six_minutes_later(clock, cast):
    """Beth, who signed in six minutes ago."""
    client = Client()
    sign_in(client, "beth@north.example")
    clock.move_to(START + dt.timedelta(minutes=6))
    return client


def test_just_signed_in_is_proof_enough(cast):
    client = Client()
    sign_in(client, "beth@north.example")
    assert client.get(PACK).status_code == 404


def test_after_five_minutes_the_password_is_asked_for(six_minutes_later):
    client = six_minutes_later
    asked = client.get(f"{PACK}?pack=HK-26-222222")
    assert asked.headers["Location"] == f"{ASK}?next=/hasbag/HM-26-222222/packs/HK-26-222222/"
    page = client.get(asked.headers["Location"]).content.decode()
    assert "we check that it is you" in page
    refused = client.post(asked.headers["Location"], {"password": "not my password"})
    assert "Your password is not right" in refused.content.decode()
    assert client.get(PACK).status_code == 302
    done = client.post(asked.headers["Location"], {"password": PASSWORD})
    assert done.headers["Location"] == "/hasbag/HM-26-222222/packs/HK-26-222222/"
    assert client.get(PACK).status_code == 404


CASE, UID = "/cases/HC-26-222222", "0198a3f2-0000-7000-8000-000000000000"


@pytest.mark.parametrize(
    ("path", "onward"),
    [
        (f"{CASE}/print/", ""),
        ("/cases/export/?q=market", ""),
        (f"{PACK}?pack=HK-26-222222", "/hasbag/HM-26-222222/packs/HK-26-222222/"),
        (f"{CASE}/share/override/", ""),
        (f"{CASE}/overrides/{UID}/", ""),
        ("/emergency-access/", ""),
        (f"{CASE}/evidence/{UID}/download/", f"{CASE}/evidence/{UID}/?take=yes"),
        (f"{CASE}/evidence/{UID}/original/", ""),
    ],
)
def test_what_leaves_and_what_overrides_asks_once_more_whatever_the_address_holds(six_minutes_later, path, onward):
    asked = six_minutes_later.get(path)
    assert asked.status_code == 302
    where = urlsplit(asked.headers["Location"])
    assert (where.path, parse_qs(where.query)["next"]) == (ASK, [onward or path])


def test_a_letter_of_ones_own_agency_is_taken_without(six_minutes_later):
    assert six_minutes_later.get(f"{CASE}/letters/{UID}/letter.pdf").status_code == 404


def test_a_second_step_is_proof_too(six_minutes_later, cast):
    key = app_of(cast["beth"])
    client = six_minutes_later
    asked = client.get(f"{ASK}?next={PACK}").content.decode()
    assert "authenticator app or a recovery code" in asked
    done = client.post(f"/accounts/second-factor/code/again/?next={PACK}", {"code": code_of(key)})
    assert done.headers["Location"] == PACK
    assert client.get(PACK).status_code == 404


def test_it_lasts_five_minutes(six_minutes_later, clock):
    client = six_minutes_later
    client.post(f"{ASK}?next=/", {"password": PASSWORD})
    clock.move_to(START + dt.timedelta(minutes=10, seconds=59))
    assert client.get(PACK).status_code == 404
    clock.move_to(START + dt.timedelta(minutes=11))
    assert client.get(PACK).status_code == 302


def test_the_next_page_is_ours(six_minutes_later):
    done = six_minutes_later.post(f"{ASK}?next=https://elsewhere.example/", {"password": PASSWORD})
    assert done.headers["Location"] == "/"


def test_a_form_that_was_sent_is_kept_meanwhile(cast, client_for):
    client_for("alice")
    seen: list[str] = []

    @reauthentication_required
    def view(request):
        seen.append(request.method)

    request = RequestFactory().post("/cases/HC-26-222222/override/", {"reason": "A child is in danger."})
    request.user = cast["alice"]
    request.sign_in = SignIn.objects.get(user=cast["alice"], ended_at=None)
    request.sign_in.confirmed_at -= dt.timedelta(minutes=6)
    answer = view(request)
    kept = KeptForm.objects.unscoped(reason="a look from outside").get()
    assert answer.headers["Location"] == f"{ASK}?next=/accounts/kept/{kept.pk}/"
    assert kept.path == "/cases/HC-26-222222/override/"
    assert seen == []
