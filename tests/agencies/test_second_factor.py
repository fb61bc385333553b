"""The second step: demanded outside the demo, used wherever it is set up, sealed, and reset by an administrator."""

from __future__ import annotations

import re

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django.db import connection
from django.test import Client

from agencies.models import SignIn
from agencies.services.token import token_create
from kernel.actors import system_actor
from tests.agencies.signing import app_of, code_of, sign_in

pytestmark = pytest.mark.django_db
INDEX = "/accounts/second-factor/"
CODE = "/accounts/second-factor/code/"


@pytest.fixture
def demanded(settings):
    settings.SECOND_FACTOR_DEMANDED = True


def key_on(page) -> str:
    return re.search(r'class="hc-key">([A-Z2-7 ]+)<', page.content.decode()).group(1).replace(" ", "")


def set_up_app(client: Client, callbacks) -> str:
    """Through the pages; answers the key."""
    key = key_on(client.get("/accounts/second-factor/app/"))
    with callbacks(execute=True):
        answer = client.post("/accounts/second-factor/app/", {"code": code_of(key)})
    assert answer.status_code == 302, answer.content
    return key


def actions() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("select action from kernel_auditevent order by id")
        return [row[0] for row in cursor.fetchall()]


@pytest.mark.parametrize("path", ["/", "/cases/", "/people/", "/notices/", "/admin/", "/accounts/password/change/"])
def test_without_a_second_step_nothing_else_is_reached(demanded, cast, path):
    client = Client()
    sign_in(client, "alice@police.example")
    for method in (client.get, client.post):
        answer = method(path)
        assert (answer.status_code, answer.headers["Location"]) == (302, INDEX)


def test_set_up_right_after_the_password_and_then_in(demanded, cast, django_capture_on_commit_callbacks):
    client = Client()
    sign_in(client, "alice@police.example")
    page = client.get(INDEX).content.decode()
    assert "You need to do this before you can use the service" in page
    set_up_app(client, django_capture_on_commit_callbacks)
    codes = client.get("/accounts/second-factor/recovery-codes/").content.decode()
    assert len(re.findall(r"<code>\d{8}</code>", codes)) == 10
    again = client.get("/accounts/second-factor/recovery-codes/").content.decode()
    assert "<code>" not in again
    assert client.get("/cases/").status_code == 200
    assert "account.second_factor_added" in actions()


def test_the_next_sign_in_asks_for_the_code(demanded, cast):
    key = app_of(cast["alice"])
    client = Client()
    assert sign_in(client, "alice@police.example").headers["Location"].startswith(CODE)
    assert client.get("/cases/").status_code == 302
    wrong = client.post(CODE, {"code": "000000"})
    assert "This code is not right" in wrong.content.decode()
    assert client.post(CODE, {"code": code_of(key)}).status_code == 302
    assert client.get("/cases/").status_code == 200
    assert SignIn.objects.get(user=cast["alice"], ended_at=None).second_factor == "totp"
    assert {"account.second_factor_failed", "account.second_factor_used"} <= set(actions())


def test_a_code_works_once(cast):
    key = app_of(cast["alice"])
    code = code_of(key)
    first, second = Client(), Client()
    sign_in(first, "alice@police.example")
    assert first.post(CODE, {"code": code}).status_code == 302
    sign_in(second, "alice@police.example")
    assert second.post(CODE, {"code": code}).status_code == 200


def test_in_the_demo_it_is_used_where_it_is_set_up(cast):
    app_of(cast["alice"])
    client = Client()
    assert sign_in(client, "alice@police.example").headers["Location"].startswith(CODE)
    other = Client()
    assert sign_in(other, "bob@north.example").headers["Location"] == "/"
    assert other.get("/cases/").status_code == 200


def test_a_recovery_code_lets_in_once(demanded, cast):
    app_of(cast["alice"])
    code = RecoveryCodes.activate(cast["alice"]).get_unused_codes()[3]
    client = Client()
    sign_in(client, "alice@police.example")
    assert client.post(CODE, {"code": code}).status_code == 302
    assert client.get("/cases/").status_code == 200
    assert SignIn.objects.get(user=cast["alice"], ended_at=None).second_factor == "recovery_codes"
    other = Client()
    sign_in(other, "alice@police.example")
    assert other.post(CODE, {"code": code}).status_code == 200
    assert other.get("/cases/").status_code == 302


def test_new_recovery_codes_end_the_old_ones(cast, client_for, django_capture_on_commit_callbacks):
    app_of(cast["alice"])
    old = RecoveryCodes.activate(cast["alice"]).get_unused_codes()
    client = client_for("alice")
    with django_capture_on_commit_callbacks(execute=True):
        client.post("/accounts/second-factor/recovery-codes/new/")
    new = re.findall(r"<code>(\d{8})</code>", client.get("/accounts/second-factor/recovery-codes/").content.decode())
    assert len(new) == 10
    assert not set(new) & set(old)


def test_keys_are_sealed_in_the_database(cast):
    key = app_of(cast["alice"])
    RecoveryCodes.activate(cast["alice"])
    with connection.cursor() as cursor:
        cursor.execute("select data::text from mfa_authenticator")
        stored = " ".join(row[0] for row in cursor.fetchall())
    assert key not in stored
    assert "gAAAA" in stored


def test_the_last_second_step_cannot_be_taken_away(demanded, cast):
    key = app_of(cast["alice"])
    client = Client()
    sign_in(client, "alice@police.example")
    client.post(CODE, {"code": code_of(key)})
    page = client.get("/accounts/second-factor/app/remove/").content.decode()
    assert "Set up another one first" in page
    client.post("/accounts/second-factor/app/remove/")
    assert Authenticator.objects.filter(user=cast["alice"], type="totp").exists()


def test_the_last_passkey_cannot_be_taken_away(demanded, cast):
    passkey = Authenticator.objects.create(user=cast["alice"], type="webauthn", data={"name": "Laptop"})
    key = app_of(cast["alice"])
    client = Client()
    sign_in(client, "alice@police.example")
    client.post(CODE, {"code": code_of(key)})
    Authenticator.objects.filter(type="totp").delete()
    path = f"/accounts/second-factor/passkeys/{passkey.pk}/remove/"
    assert client.post(path).status_code == 302
    assert Authenticator.objects.filter(pk=passkey.pk).exists()
    Authenticator.objects.create(user=cast["alice"], type="webauthn", data={"name": "Phone"})
    assert client.post(path).status_code == 302
    assert not Authenticator.objects.filter(pk=passkey.pk).exists()


def test_another_persons_passkey_is_not_there(cast, client_for):
    passkey = Authenticator.objects.create(user=cast["bob"], type="webauthn", data={"name": "Laptop"})
    client = client_for("alice")
    for part in ("name", "remove"):
        assert client.get(f"/accounts/second-factor/passkeys/{passkey.pk}/{part}/").status_code == 404


def test_machines_and_health_ask_for_no_second_step(demanded, cast):
    _, secret = token_create(actor=system_actor("a test of tokens"), user=cast["alice"])
    assert Client(HTTP_AUTHORIZATION=f"Bearer {secret}").get("/api/v1/cases/").status_code == 200
    client = Client()
    sign_in(client, "alice@police.example")
    assert client.get("/api/v1/cases/").status_code == 401
    assert client.get("/health/live").status_code == 200
    assert client.get("/help/").status_code == 200


def test_a_session_without_a_sign_in_is_no_sign_in(demanded, cast, client_for):
    client = client_for("alice")
    SignIn.objects.all().delete()
    assert client.get("/cases/").headers["Location"].startswith("/accounts/login/")


def test_five_wrong_codes_and_then_a_pause(cast, settings):
    settings.ACCOUNT_RATE_LIMITS = {"login_failed": "40/5m/ip,5/5m/key"}
    key = app_of(cast["alice"])
    client = Client()
    sign_in(client, "alice@police.example")
    for _ in range(5):
        client.post(CODE, {"code": "000000"})
    assert "Too many attempts" in client.post(CODE, {"code": code_of(key)}).content.decode()
