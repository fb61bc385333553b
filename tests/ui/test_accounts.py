"""Signing in, passwords and what a stranger can learn from them."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.contrib.auth.password_validation import validate_password
from django.core import mail
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.test import Client, override_settings
from django.urls import NoReverseMatch, reverse

from agencies.adapters import password_link
from agencies.password import is_guessable
from kernel.models import AuditEvent

pytestmark = pytest.mark.django_db

PASSWORD = "correct-horse-demo"
NEW = "seven purple otters"
REFUSED = "Email address or password is not right, or the account is closed"


@pytest.fixture(autouse=True)
def _no_attempts_yet(db: None) -> None:
    cache.clear()


@pytest.fixture
def mails(settings: Any, django_capture_on_commit_callbacks: Any) -> Callable[[Callable[[], Any]], list[Any]]:
    """`mails(lambda: client.post(…))`: what was handed over once that request's transaction held."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"

    def run(act: Callable[[], Any]) -> list[Any]:
        before = len(mail.outbox)
        with django_capture_on_commit_callbacks(execute=True):
            act()
        return mail.outbox[before:]

    return run


def soup(response: Any) -> BeautifulSoup:
    return BeautifulSoup(response.content, "html.parser")


def sign_in(client: Client, email: str = "alice@police.example", password: str = PASSWORD) -> Any:
    return client.post("/accounts/login/", {"login": email, "password": password})


def actions() -> list[str]:
    return list(AuditEvent.objects.order_by("pk").values_list("action", flat=True))


def signed_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


class TestSigningIn:
    def test_it_works_and_is_audited(self, client: Client, cast: Any) -> None:
        response = sign_in(client, "Alice@Police.example")
        assert (response.status_code, response["Location"]) == (302, "/")
        assert signed_in(client)
        event = AuditEvent.objects.get(action="account.sign_in")
        assert event.actor_id == cast["alice"].pk

    def test_it_goes_where_the_person_was_going_within_the_service_only(self, client: Client, cast: Any) -> None:
        response = client.post(
            "/accounts/login/", {"login": "alice@police.example", "password": PASSWORD, "next": "/cases/"}
        )
        assert response["Location"] == "/cases/"
        client.post("/accounts/logout/")
        response = client.post(
            "/accounts/login/", {"login": "alice@police.example", "password": PASSWORD, "next": "//evil.example/"}
        )
        assert "evil" not in response.get("Location", "")

    def test_every_refusal_reads_the_same(self, client: Client, cast: Any) -> None:
        cast["bob"].is_active = False
        cast["bob"].save(update_fields=["is_active"])
        pages = []
        for email, password in [
            ("alice@police.example", "wrong password here"),
            ("nobody@police.example", PASSWORD),
            ("bob@north.example", PASSWORD),
        ]:
            response = sign_in(client, email, password)
            assert response.status_code == 200
            page = soup(response)
            assert page.select_one(".govuk-error-summary__list li").text == REFUSED
            assert page.find("title").text.startswith("Error: ")
            assert page.find("input", id="id_login")["value"] == email
            page.find("input", id="id_login")["value"] = ""
            page.find("input", attrs={"name": "csrfmiddlewaretoken"}).decompose()
            pages.append(str(page))
        assert len(set(pages)) == 1
        assert not signed_in(client)
        assert actions().count("account.sign_in_failed") == 3

    def test_a_password_is_never_sent_back(self, client: Client, cast: Any) -> None:
        assert b"wrong password here" not in sign_in(client, password="wrong password here").content

    def test_missing_answers_are_named(self, client: Client) -> None:
        page = soup(client.post("/accounts/login/", {"login": "", "password": ""}))
        assert [a.text for a in page.select(".govuk-error-summary a")] == [
            "Enter your email address",
            "Enter your password",
        ]

    def test_one_account_can_be_tried_a_few_times_only(self, client: Client, cast: Any) -> None:
        limits = {"login_failed": "40/5m/ip,3/5m/key"}
        with override_settings(ACCOUNT_RATE_LIMITS=limits):
            for _ in range(3):
                assert REFUSED in sign_in(client, password="wrong password here").content.decode()
            assert "Wait 5 minutes" in sign_in(client).content.decode()
            assert sign_in(client, "beth@north.example").status_code == 302

    def test_one_address_cannot_try_without_end(self, client: Client, cast: Any) -> None:
        with override_settings(ACCOUNT_RATE_LIMITS={"login": "2/m/ip"}):
            statuses = [client.post("/accounts/login/", {"login": f"{n}@x.example", "password": "y"}).status_code
                        for n in range(3)]  # fmt: skip
        assert statuses == [200, 200, 429]

    def test_nobody_signs_themselves_up(self, client: Client) -> None:
        for name in ("account_signup", "account_email", "account_set_password"):
            with pytest.raises(NoReverseMatch):
                reverse(name)
        assert client.get("/accounts/signup/").status_code == 404

    def test_it_answers_with_pages_only(self, client: Client, cast: Any) -> None:
        response = client.post("/accounts/login/", {"login": "x"}, headers={"accept": "application/json"})
        assert response["Content-Type"].startswith("text/html")


class TestSigningOut:
    def test_it_asks_and_then_does(self, client: Client, cast: Any) -> None:
        sign_in(client)
        assert "Do you want to sign out?" in client.get("/accounts/logout/").content.decode()
        assert signed_in(client)
        response = client.post("/accounts/logout/", follow=True)
        assert not signed_in(client)
        assert "You have signed out" in soup(response).text
        assert actions()[-1] == "account.sign_out"


class TestForgottenPassword:
    def link(self, mails: Any, client: Client) -> str:
        (message,) = mails(lambda: client.post("/accounts/password/reset/", {"email": "ALICE@police.example"}))
        assert message.to == ["alice@police.example"]
        return re.search(r"http://127\.0\.0\.1:8000(/\S+)", message.body)[1]

    def test_the_link_sets_a_password_once(self, client: Client, cast: Any, mails: Any) -> None:
        link = self.link(mails, client)
        form = client.get(link, follow=True)
        assert "Choose a new password" in soup(form).find("h1").text
        (told,) = mails(lambda: client.post(form.request["PATH_INFO"], {"password1": NEW, "password2": NEW}))
        assert "was changed" in told.subject
        assert sign_in(client, password=PASSWORD).status_code == 200
        assert sign_in(client, password=NEW).status_code == 302
        assert {"account.password_asked", "account.password_set"} <= set(actions())
        client.post("/accounts/logout/")
        assert "does not work any more" in soup(client.get(link, follow=True)).find("h1").text

    def test_a_poor_password_is_refused_and_the_form_stays(self, client: Client, cast: Any, mails: Any) -> None:
        form = client.get(self.link(mails, client), follow=True)
        page = soup(client.post(form.request["PATH_INFO"], {"password1": "short", "password2": "other"}))
        assert "Password must be 12 characters or more" in page.text

    def test_a_stranger_learns_nothing(self, client: Client, cast: Any, mails: Any) -> None:
        def ask(email: str) -> bytes:
            return client.post("/accounts/password/reset/", {"email": email}, follow=True).content

        known, unknown = [], []
        assert len(mails(lambda: known.append(ask("beth@north.example")))) == 1
        assert mails(lambda: unknown.append(ask("nobody@north.example"))) == []
        assert known == unknown

    def test_a_closed_account_gets_no_link(self, client: Client, cast: Any, mails: Any) -> None:
        cast["alice"].is_active = False
        cast["alice"].save(update_fields=["is_active"])
        assert mails(lambda: client.post("/accounts/password/reset/", {"email": "alice@police.example"})) == []

    def test_a_dead_mail_server_does_not_stop_the_page(
        self, client: Client, cast: Any, settings: Any, django_capture_on_commit_callbacks: Any
    ) -> None:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
        with django_capture_on_commit_callbacks(execute=True) as callbacks:
            response = client.post("/accounts/password/reset/", {"email": "alice@police.example"})
        assert callbacks
        assert response.status_code == 302

    def test_an_invitation_carries_the_same_kind_of_link(self, client: Client, cast: Any) -> None:
        path = password_link(cast["vera"]).removeprefix("http://127.0.0.1:8000")
        assert "Choose a new password" in soup(client.get(path, follow=True)).find("h1").text


class TestChangingPassword:
    def test_it_needs_the_present_one(self, client_for: Callable[..., Client], mails: Any) -> None:
        client = client_for("alice")
        wrong = {"oldpassword": "not that one", "password1": NEW, "password2": NEW}
        assert (
            "Your current password is not right" in client.post("/accounts/password/change/", wrong).content.decode()
        )
        right = wrong | {"oldpassword": PASSWORD}
        (told,) = mails(lambda: client.post("/accounts/password/change/", right))
        assert told.to == ["alice@police.example"]
        assert signed_in(client)
        assert sign_in(Client(), password=NEW).status_code == 302

    def test_it_needs_somebody_signed_in(self, client: Client) -> None:
        response = client.get("/accounts/password/change/")
        assert response["Location"] == "/accounts/login/?next=/accounts/password/change/"

    def test_the_password_once_more(self, client_for: Callable[..., Client]) -> None:
        client = client_for("alice")
        assert (
            "Your password is not right"
            in client.post("/accounts/reauthenticate/", {"password": "x"}).content.decode()
        )
        response = client.post("/accounts/reauthenticate/?next=/cases/", {"password": PASSWORD})
        assert response["Location"] == "/cases/"


class TestPasswords:
    @pytest.mark.parametrize(
        ("password", "sentence"),
        [
            ("short", "Password must be 12 characters or more"),
            ("aaaaaaaaaaaaaaa", "Password is too easy to guess. Try three random words"),
            ("Hatecase2026!!", "Password is too easy to guess. Try three random words"),
            ("northamptonshire-police-1", "Password is too easy to guess. Try three random words"),
            ("pa55w0rd-pa55w0rd", "Password is too easy to guess. Try three random words"),
            ("Welcome.Winter.2026", "Password is too easy to guess. Try three random words"),
            ("qwertyuiop123", "Password is too easy to guess. Try three random words"),
            ("alice@police.example", "Password must not be like your name, email address or phone number"),
        ],
    )
    def test_poor_ones_are_refused(self, cast: Any, password: str, sentence: str) -> None:
        with pytest.raises(ValidationError) as refused:
            validate_password(password, cast["alice"])
        assert sentence in refused.value.messages

    @pytest.mark.parametrize("password", [PASSWORD, NEW, "Käse 7 Lampen Wolke", "x9!Lq2#vT7pZ"])
    def test_good_ones_are_taken(self, cast: Any, password: str) -> None:
        validate_password(password, cast["alice"])

    def test_what_is_left_without_the_words_must_be_enough(self) -> None:
        assert is_guessable("h4te.case.2026")
        assert not is_guessable("hatecase otter")
