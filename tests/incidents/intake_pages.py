"""Keying a report through the pages, step by step, with a plain client: no script runs."""

from __future__ import annotations

import re
from typing import Any

from django.test import Client

Answers = dict[str, Any]

NARRATIVE = "Two men shouted abuse at her outside the market and followed her to the bus stop."

# A simple phone report with one victim: what is asked, and nothing that may be left.
SIMPLE: dict[str, Answers] = {
    "safety": {"danger_now": "no", "urgent": ["none"]},
    "what": {
        "narrative": NARRATIVE,
        "when": "once",
        "at_day": "2",
        "at_month": "11",
        "at_year": "2026",
        "at_time": "6:40pm",
        "behaviours": ["verbal-abuse"],
    },
    "where": {"place_type": "street", "location": "Market Street", "postcode": "NN16 8AB", "district": "E07000153"},
    "why": {"strands": ["RAC"], "sub_RAC": ["pakistani"], "perceived_by": "victim"},
    "report": {
        "reporter_kind": "victim",
        "reporter_name": "Farida Mirza",
        "reporter_contact": "07700 900123",
        "channel": "phone",
        "received": "now",
    },
    "victim/1": {"kind": "person", "given_name": "Farida", "family_name": "Mirza", "phone": "07700 900123"},
    "contact/1": {
        "safe_channels": ["phone", "text"],
        "safe_to_leave_message": "no",
        "safe_to_say_who": "yes",
        "wish_share_police": "yes",
        "wish_share_council": "no",
        "wish_share_support": "not_asked",
        "language": "en",
        "letters_safe": "not_asked",
        "preferred_worker": "no_preference",
    },
    "who/1": {"status": "described", "description": "Two men of about 30", "relationship": "stranger"},
    "priority": {"crime": "not_decided", "priority": "suggested", "case": "new"},
}


class Report:
    """One report being keyed by one client."""

    def __init__(self, client: Client, start: str = "/cases/new/") -> None:
        self.client, self.start = client, start
        self.uid = ""

    @property
    def path(self) -> str:
        """The draft's own address."""
        return f"/cases/new/{self.uid}/"

    def begin(self, **answers: Any) -> Any:
        """The first step, from the empty page; answers the response to sending it."""
        page = self.client.get(self.start)
        assert page.status_code == 200, page
        found = re.search(r'name="submission_id" value="([0-9a-f-]{36})"', page.content.decode())
        assert found
        self.uid = found.group(1)
        return self.client.post(self.start, {"submission_id": self.uid, **SIMPLE["safety"], **answers})

    def send(self, key: str, **answers: Any) -> Any:
        """One step with the simple answers, save those given here; an answer of None is not sent."""
        sent = {name: value for name, value in {**SIMPLE.get(key, {}), **answers}.items() if value is not None}
        return self.client.post(f"{self.path}{key}/", sent)

    def key_all(self, **steps: Answers) -> Report:
        """Every step, each with the simple answers save those given under its name ("victim" for "victim/1")."""
        assert self.begin(**steps.get("safety", {})).status_code == 302
        for key in list(SIMPLE)[1:]:
            changes = steps.get(key.partition("/")[0], {})
            response = self.send(key, **changes)
            assert response.status_code == 302, (key, errors_of(response))
        return self

    def check(self) -> Any:
        """The page on which the answers are checked."""
        return self.client.get(f"{self.path}check/")

    def submit(self) -> Any:
        """Sends the report."""
        return self.client.post(f"{self.path}check/")


def errors_of(response: Any) -> dict[str, list[str]]:
    """The errors of a page's form by field."""
    if response.status_code != 200:
        return {}
    return {name: list(map(str, messages)) for name, messages in response.context["form"].errors.items()}


def words_of(response: Any) -> str:
    """What a page says, its markup left out and its spaces made single."""
    text = re.sub(r"<[^>]+>", " ", response.content.decode())
    return re.sub(r"\s+", " ", text.replace("&#x27;", "'").replace("&amp;", "&"))
