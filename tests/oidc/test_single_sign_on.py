"""Signing in through an agency's own service: a real provider on loopback, and what of it counts."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
from allauth.socialaccount.models import SocialAccount, SocialToken
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from django.test import Client

from agencies.models import SignIn, User
from hatecase import single_sign_on
from tests.agencies.signing import app_of, code_of
from tests.oidc.server import SECRET, Provider, provider_server

pytestmark = pytest.mark.django_db
START, BACK = "/accounts/sso/north/", "/accounts/sso/north/back/"
BOB = "bob@north.example"
REFUSED = "You could not be signed in"
MEETING = "/hasbag/HM-26-222222/"
PACK = f"{MEETING}pack.pdf"
ACCOUNTS = {
    "bob": {"email": BOB, "email_verified": True, "acr": "urn:example:one", "amr": ["pwd"]},
    "bob-strong": {
        "sub": "bob",
        "email": BOB,
        "email_verified": True,
        "acr": "urn:example:two",
        "amr": ["pwd", "otp"],
    },
    "unverified": {"email": BOB, "email_verified": False},
    "another-bob": {"email": BOB, "email_verified": True},
    "stranger": {"email": "stranger@north.example", "email_verified": True},
    "alice": {"email": "alice@police.example", "email_verified": True},
    "beth": {"email": "beth@north.example", "email_verified": True},
}


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with provider_server(ACCOUNTS, BACK) as running:
        yield running


@pytest.fixture
def configured(settings, provider):
    """North Northamptonshire Council has it; answers a function that changes its configuration."""

    def configure(**changes) -> None:
        row = {
            "id": "north",
            "agency": "NNC",
            "name": "North Northamptonshire Council",
            "server_url": provider.url,
            "client_id": "hatecase",
            "client_secret": SECRET,
            "domains": ["north.example"],
            **changes,
        }
        settings.SINGLE_SIGN_ON = single_sign_on.providers(json.dumps([row]))
        settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": single_sign_on.apps(settings.SINGLE_SIGN_ON)}}

    configure()
    return configure


def come(provider: Provider, account: str, client: Client | None = None, **data: str):
    """Sign in there as that account; our answer, and the browser."""
    client = client or Client()
    return provider.walk(client, client.post(START, data), account), client


def refusals() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("select detail->>'why' from kernel_auditevent where action = 'account.single_sign_on_refused'")
        return [row[0] for row in cursor.fetchall()]


def test_the_sign_in_page_offers_it(cast, configured):
    page = Client().get("/accounts/login/?next=/cases/").content.decode()
    assert "Sign in with North Northamptonshire Council" in page
    assert f'action="{START}"' in page
    assert SECRET not in page


def test_somebody_with_an_account_is_signed_in(cast, configured, provider):
    answer, client = come(provider, "bob", next="/cases/")
    assert answer.headers["Location"] == "/cases/"
    assert client.get("/cases/").status_code == 200
    sign_in = SignIn.objects.get(user=cast["bob"], ended_at=None)
    assert (sign_in.provider, sign_in.second_factor) == ("north", "")


def test_the_second_time_as_well_and_nothing_more_is_kept(cast, configured, provider):
    before = User.objects.count(), list(cast["bob"].memberships.values_list("roles", flat=True))
    for _ in range(2):
        answer, _client = come(provider, "bob")
        assert answer.status_code == 302
    link = SocialAccount.objects.get()
    assert (link.user, link.extra_data) == (cast["bob"], {})
    assert not SocialToken.objects.exists()
    assert (User.objects.count(), list(cast["bob"].memberships.values_list("roles", flat=True))) == before


@pytest.mark.parametrize(
    ("account", "why"),
    [
        ("stranger", "no account"),
        ("unverified", "address not verified"),
        ("alice", "address of another domain"),
    ],
)
def test_others_are_refused_alike(cast, configured, provider, account, why):
    users = User.objects.count()
    answer, client = come(provider, account)
    assert answer.status_code == 403
    assert REFUSED in answer.content.decode()
    assert account not in answer.content.decode()
    assert client.get("/cases/").status_code == 302
    assert User.objects.count() == users
    assert refusals() == [why]


def test_the_domain_alone_does_not_make_a_colleague(cast, configured, provider):
    """The police's provider may say what it likes: it signs in the police's people."""
    configured(domains=["north.example", "police.example"])
    answer, _ = come(provider, "alice")
    assert answer.status_code == 403
    assert refusals() == ["no account"]


def test_a_closed_account_and_an_ended_agreement(cast, configured, provider):
    cast["bob"].is_active = False
    cast["bob"].save()
    assert come(provider, "bob")[0].status_code == 403
    agency = cast["beth"].memberships.get().agency
    agency.isa_expires_on = dt.date(2020, 1, 1)
    agency.save()
    assert come(provider, "beth")[0].status_code == 403


def test_an_address_that_went_to_somebody_else(cast, configured, provider):
    come(provider, "bob")
    answer, _ = come(provider, "another-bob")
    assert answer.status_code == 403
    assert refusals() == ["another person of this address"]


def test_turning_back_at_the_provider(cast, configured, provider):
    answer, client = come(provider, "")
    assert answer.status_code == 403
    assert client.get("/cases/").status_code == 302


def test_an_answer_that_nobody_asked_for(cast, configured):
    answer = Client().get(f"{BACK}?code=made-up&state=made-up")
    assert answer.status_code == 403
    assert Client().get("/accounts/sso/nowhere/back/?code=x&state=y").status_code == 404
    assert Client().post("/accounts/sso/nowhere/").status_code == 404
    assert Client().get(START).status_code == 405


def test_what_is_asked_of_the_provider(cast, configured):
    configured(second_factor={"acr": ["urn:example:two"]})
    asked = parse_qs(urlsplit(Client().post(START).headers["Location"]).query)
    assert asked["code_challenge_method"] == ["S256"]
    assert json.loads(asked["claims"][0]) == {"id_token": {"acr": {"values": ["urn:example:two"]}}}
    assert set(asked["scope"][0].split()) == {"openid", "email"}


# --- The second step ----------------------------------------------------------------------------------


def test_our_own_second_step_is_asked_for_unless_configured(cast, configured, provider):
    key = app_of(cast["bob"])
    answer, client = come(provider, "bob-strong")
    assert answer.headers["Location"].startswith("/accounts/second-factor/code/")
    assert client.get("/cases/").status_code == 302
    client.post("/accounts/second-factor/code/", {"code": code_of(key)})
    assert client.get("/cases/").status_code == 200


@pytest.mark.parametrize("counts", [{"acr": ["urn:example:two"]}, {"amr": ["otp", "mfa"]}])
def test_the_providers_counts_where_configured(cast, configured, provider, settings, counts):
    settings.SECOND_FACTOR_DEMANDED = True
    configured(second_factor=counts)
    app_of(cast["bob"])
    answer, client = come(provider, "bob-strong")
    assert answer.headers["Location"] == "/"
    assert client.get("/cases/").status_code == 200
    assert SignIn.objects.get(user=cast["bob"], ended_at=None).second_factor == "provider"


@pytest.mark.parametrize("counts", [{"acr": ["urn:example:two"]}, {"amr": ["otp"]}])
def test_a_password_at_the_provider_does_not_count(cast, configured, provider, settings, counts):
    settings.SECOND_FACTOR_DEMANDED = True
    configured(second_factor=counts)
    answer, client = come(provider, "bob")
    assert answer.headers["Location"] == "/"
    assert client.get("/cases/").headers["Location"] == "/accounts/second-factor/"


# --- Once more, before something that matters -----------------------------------------------------------


def test_the_provider_is_asked_again(cast, configured, provider):
    cast["bob"].set_unusable_password()
    cast["bob"].save()
    _, client = come(provider, "bob")
    long_ago = dt.timedelta(minutes=6)
    sign_in = SignIn.objects.get(user=cast["bob"], ended_at=None)
    SignIn.objects.filter(pk=sign_in.pk).update(confirmed_at=sign_in.confirmed_at - long_ago)
    asked = client.get(PACK).headers["Location"]
    assert asked == f"/accounts/sso/again/?next={MEETING}"
    assert "North Northamptonshire Council will ask you" in client.get(asked).content.decode()
    leaving = client.post(asked, {"next": MEETING})
    assert parse_qs(urlsplit(leaving.headers["Location"]).query)["prompt"] == ["login"]
    answer = provider.walk(client, leaving, "bob")
    assert answer.headers["Location"] == MEETING
    assert client.get(PACK).status_code == 404


def test_a_colleague_cannot_answer_for_her(cast, configured, provider):
    _, client = come(provider, "bob")
    SignIn.objects.update(confirmed_at=dt.datetime(2020, 1, 1, tzinfo=dt.UTC))
    answer = provider.walk(client, client.post("/accounts/sso/again/", {"next": PACK}), "beth")
    assert answer.status_code == 403
    assert client.get(PACK).status_code == 302
    assert refusals() == ["not asked again"]


def test_who_came_by_password_is_not_sent_there(cast, client_for, configured):
    assert client_for("bob").get("/accounts/sso/again/").status_code == 404


# --- Configuration --------------------------------------------------------------------------------------


ROW = {
    "id": "north",
    "agency": "NNC",
    "name": "North",
    "server_url": "https://id.north.example",
    "client_id": "hatecase",
    "client_secret": "x",
    "domains": ["North.example"],
}


def test_configuration(tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("from a file\n")
    row = {name: value for name, value in ROW.items() if name != "client_secret"}
    found = single_sign_on.providers(json.dumps([{**row, "client_secret_file": str(secret)}]))
    assert found["north"]["client_secret"] == "from a file"
    assert found["north"]["domains"] == {"north.example"}
    assert single_sign_on.origins(found) == ["https://id.north.example"]
    assert single_sign_on.providers("") == {}


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("{", "is not JSON"),
        ("{}", "is a list"),
        (json.dumps([{**ROW, "domains": []}]), "lacks domains"),
        (json.dumps([{**ROW, "domain": "x"}]), "does not know domain"),
        (json.dumps([{**ROW, "server_url": "http://id.north.example"}]), "must begin with https"),
        (json.dumps([{**ROW, "server_url": "ftp://localhost"}]), "must begin with https"),
        (json.dumps([{**ROW, "client_secret": ""}]), "client_secret"),
        (json.dumps([{**ROW, "client_secret_file": "/nowhere"}]), "cannot be read"),
        (json.dumps([{**ROW, "id": "North!"}]), "small letters"),
        (json.dumps([{**ROW, "second_factor": {"always": True}}]), "acr or amr"),
        (json.dumps([ROW, ROW]), "twice"),
    ],
)
def test_nothing_starts_half_configured(text, wrong):
    with pytest.raises(ImproperlyConfigured, match=wrong):
        single_sign_on.providers(text)
