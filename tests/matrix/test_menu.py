"""Every page that somebody may open: the menu marks the entry from which the page is reached, and no other."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import pytest
from bs4 import BeautifulSoup
from django.test import Client
from django.urls import get_resolver

from hatecase.navigation import PLACES, menu_for
from tests.cast import actor_named
from tests.matrix.table import address, client_of, expected, read
from tests.matrix.world import world_plant
from tests.routes import routes

pytestmark = pytest.mark.django_db

PEOPLE = ("alice", "asha", "beth", "greta", "admin")
"""Between them they are offered every entry of the menu."""


def marked(page: BeautifulSoup) -> list[str]:
    return [item.get_text(strip=True) for item in page.select(".govuk-service-navigation__item--active")]


def way_up(page: BeautifulSoup) -> str:
    """The address of the first crumb, or of the link back; empty where a page has neither."""
    link: Any = page.select_one(".govuk-breadcrumbs__link, .govuk-back-link")
    return urlsplit(link["href"]).path if link else ""


def wrong(client: Client, person: str, path: str) -> str:
    """What the menu says wrongly of one page; empty where it is right, and where nothing says how it is reached."""
    response = read(client.get(path))
    if response.status_code != 200 or not response.get("Content-Type", "").startswith("text/html"):
        return ""
    page = BeautifulSoup(response.content, "html.parser")
    above = path if any(item.path == path for item in menu_for(actor_named(person), path)) else way_up(page)
    if not above or not page.select(".govuk-service-navigation"):
        return ""
    due = [item.label for item in menu_for(actor_named(person), above) if item.active]
    return "" if marked(page) == due else f"{path} for {person} marks {marked(page)}, reached by {due}"


def test_every_page_marks_the_entry_that_it_is_reached_by(cast: Any) -> None:
    world, agreed = world_plant(), expected()
    assert {item.label for one in PEOPLE for item in menu_for(actor_named(one), "/")} == {one.label for one in PLACES}
    faults = []
    for person in PEOPLE:
        client = client_of(person, api=False)
        for name, route in routes(get_resolver()):
            if not name.startswith("api:") and agreed[name][person].startswith("200"):
                faults.append(wrong(client, person, address(name, route, world)))
    assert not list(filter(None, faults)), "\n".join(filter(None, faults))
