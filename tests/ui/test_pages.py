"""The shared pages: help, statements, errors, and the frame around every page."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.test import Client, RequestFactory, override_settings
from django.urls import resolve

from agencies.models import Notice
from hatecase import pages
from hatecase.navigation import PLACES, menu_for
from kernel import clock
from kernel.actors import ANONYMOUS

pytestmark = pytest.mark.django_db


def soup(response: Any) -> BeautifulSoup:
    return BeautifulSoup(response.content, "html.parser")


@pytest.mark.parametrize("path", ["/help/", "/accessibility/", "/privacy/"])
def test_public_pages_need_no_account(client: Client, path: str) -> None:
    response = client.get(path)
    assert response.status_code == 200
    page = soup(response)
    assert len(page.find_all("h1")) == 1
    assert page.find("title").text == f"{page.find('h1').text.removesuffix(' for Hatecase')} – Hatecase"
    assert not page.select(".hc-marking, .hc-account, .govuk-service-navigation")
    assert client.post(path).status_code == 405


def test_what_is_absent_has_one_page_whatever_was_asked(client_for: Callable[..., Client]) -> None:
    client = client_for("alice")
    bodies = {client.get(path).content for path in ("/nope/", "/nope/?q=1", "/cases/HC-26-000000/x/y/", "/help/a")}
    assert len(bodies) == 1
    response = client.get("/nope/")
    assert response.status_code == 404
    assert b"nope" not in response.content


def test_the_frame_names_who_is_signed_in_and_offers_their_places(client_for: Callable[..., Client]) -> None:
    page = soup(client_for("alice").get("/help/"))
    assert "Northamptonshire Police" in page.select_one(".hc-account").text
    places = [a.text for a in page.select(".govuk-service-navigation__link")]
    assert places[:5] == ["My work", "Cases", "Log an incident", "Triage", "Tasks"]
    assert page.find("a", class_="govuk-skip-link")["href"] == "#main-content"
    assert page.find("main")["id"] == "main-content"
    assert page.find("html")["lang"] == "en"


@pytest.mark.parametrize(
    ("name", "offered", "withheld"),
    [
        ("alice", {"Cases", "Tasks"}, {"People"}),
        ("beth", {"HASBAG", "Strategy"}, {"People"}),
        ("sam", {"My work", "Strategy"}, {"Cases", "Log an incident", "Tasks", "HASBAG"}),
        ("ines", {"Strategy"}, {"Cases", "HASBAG"}),
        ("admin", {"People"}, {"Cases", "Strategy", "HASBAG"}),
    ],
)
def test_the_menu_follows_the_roles(
    actor: Callable[[str], Any], name: str, offered: set[str], withheld: set[str]
) -> None:
    labels = {item.label for item in menu_for(actor(name), "/")}
    assert offered <= labels
    assert not withheld & labels


def test_the_longest_matching_place_is_the_active_one(actor: Callable[[str], Any]) -> None:
    def active(path: str) -> list[tuple[str, bool]]:
        return [(item.label, item.current) for item in menu_for(actor("alice"), path) if item.active]

    assert active("/cases/") == [("Cases", True)]
    assert active("/cases/HC-26-7KQ4M2/") == [("Cases", False)]
    assert active("/cases/new/where/") == [("Log an incident", False)]
    assert active("/") == [("My work", True)]
    assert active("/help/") == []
    assert menu_for(ANONYMOUS, "/") == []


def test_every_place_of_the_menu_exists() -> None:
    for place in PLACES:
        assert resolve(place.path), place


def test_unread_notices_are_counted_in_the_frame(client_for: Callable[..., Client], cast: Any) -> None:
    client = client_for("alice")
    assert not soup(client.get("/help/")).select(".hc-count")
    Notice.objects.unscoped(reason="a test's notice").create(
        user=cast["alice"], key="k", kind="task_due", text="HT-26-7KQ4M2 is due tomorrow", url="/tasks/"
    )
    assert soup(client.get("/help/")).select_one(".hc-count").text == "1 unread"


@override_settings(DEMO=True)
def test_the_demo_says_so_on_every_page(client: Client) -> None:
    assert "Everyone here is invented" in soup(client.get("/help/")).text
    assert "Everyone here is invented" in soup(client.get("/nope/")).text


def test_the_frame_allows_nothing_inline(client_for: Callable[..., Client]) -> None:
    response = client_for("alice").get("/help/")
    policy = response["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
    page = soup(response)
    assert not page.find_all("style")
    assert all(tag.get("src") for tag in page.find_all("script"))
    assert not [tag for tag in page.find_all(True) if any(name == "style" or name[:2] == "on" for name in tag.attrs)]


class TestErrors:
    """What is shown when something cannot be."""

    def test_too_large(self, rf: RequestFactory) -> None:
        response = pages.bad_request(rf.post("/"), RequestDataTooBig())
        assert response.status_code == 413
        assert b"at most 5 megabytes" in response.content

    def test_too_large_through_the_whole_service(self, client: Client) -> None:
        response = client.post("/accounts/login/", {"login": "x" * (5 * 1024 * 1024 + 1)})
        assert response.status_code == 413

    def test_bad(self, rf: RequestFactory) -> None:
        assert pages.bad_request(rf.get("/"), ValueError()).status_code == 400

    def test_forbidden(self, rf: RequestFactory) -> None:
        response = pages.forbidden(rf.get("/"))
        assert response.status_code == 403
        assert "You cannot do this" in soup(response).text

    def test_too_many(self, rf: RequestFactory) -> None:
        response = pages.too_many(rf.get("/"))
        assert response.status_code == 429
        assert int(response["Retry-After"]) > 0

    def test_a_form_without_its_token(self, cast: Any) -> None:
        response = Client(enforce_csrf_checks=True).post("/accounts/login/", {"login": "a@b.example"})
        assert response.status_code == 403
        assert "Your form could not be sent" in soup(response).text

    @pytest.mark.django_db(databases=[])
    def test_a_failure_needs_no_database(self, rf: RequestFactory) -> None:
        response = pages.server_error(rf.get("/"))
        assert response.status_code == 500
        assert "Nothing was saved" in soup(response).text
        assert "call 999" in soup(response).text


def test_help_speaks_of_every_kind_of_reference(client: Client) -> None:
    text = soup(client.get("/help/")).text
    assert all(prefix in text for prefix, _ in pages.REFERENCES)
    assert json.dumps(pages.REFERENCES).count("H") >= len(pages.REFERENCES)


def test_pages_are_not_kept_by_anyone(client_for: Callable[..., Client]) -> None:
    response = client_for("alice").get("/help/")
    assert "no-store" in response["Cache-Control"]
    assert clock.now().tzinfo


# --- No link that leads nowhere ------------------------------------------------------------------------

_BLOCK = re.compile(r"\{% block \w+ %\}(.*?)\{% endblock %\}", re.DOTALL)


def unset(source: str) -> set[str]:
    """What one block of a page names with `as` and another one shows: it is empty there."""
    blocks = _BLOCK.findall(source)
    named = [set(re.findall(r" as (\w+) %\}", block)) for block in blocks]
    shown = [set(re.findall(r"\{\{ (\w+)[ |]", block)) for block in blocks]
    return {
        name
        for at, names in enumerate(named)
        for name in names
        for other, shows in enumerate(shown)
        if other != at and name in shows and name not in named[other]
    }


def test_no_page_shows_what_only_another_block_of_it_names() -> None:
    assert unset("{% block a %}{% url 'x' as back %}{% endblock %}{% block b %}{{ back }}{% endblock %}") == {"back"}
    pages = sorted(Path(settings.BASE_DIR, "templates").rglob("*.html"))
    assert len(pages) > 100
    assert {page.name: unset(page.read_text()) for page in pages if unset(page.read_text())} == {}
