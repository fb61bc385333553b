"""Lists of somebody who has nothing yet: each says so, and what stands there one day, instead of an empty table."""

from __future__ import annotations

import pytest
from bs4 import BeautifulSoup

from tests.cast import Cast, client_of, log_incident_as

pytestmark = pytest.mark.django_db
# Wendy's council has no case yet; as its point of contact and chair she opens every list.
LISTS = (
    "/",
    "/cases/",
    "/cases/?q=nothing",
    "/cases/searches/",
    "/tasks/",
    "/tasks/?box=agency",
    "/tasks/?box=asked",
    "/tasks/?state=done",
    "/triage/",
    "/cover/",
    "/sign-off/",
    "/team/0/",
    "/breaches/",
    "/notices/",
    "/governance/samples/",
    "/overdue/",
    "/hasbag/",
)
OF_A_CASE = ("evidence", "letters", "moves", "classification", "quarantine")


def test_who_has_nothing_reads_what_would_stand_there(cast: Cast) -> None:
    wendy = client_of("wendy")
    wrong = [fault for path in LISTS for fault in _faults(path, wendy.get(path))]
    assert not wrong, "\n".join(wrong)


def test_a_case_that_was_only_just_logged_has_no_empty_table(cast: Cast) -> None:
    case, alice = log_incident_as("alice").case, client_of("alice")
    paths = [f"/cases/{case.ref}/{part}/" for part in OF_A_CASE]
    wrong = [fault for path in paths for fault in _faults(path, alice.get(path))]
    assert not wrong, "\n".join(wrong)


def _faults(path: str, answer: object) -> list[str]:
    status = answer.status_code  # type: ignore[attr-defined]
    if status != 200:
        return [f"{path} answers {status}"]
    main = BeautifulSoup(answer.content, "html.parser").find("main")  # type: ignore[attr-defined]
    rows = [len(table.select("tbody tr")) for table in main.find_all("table")]
    if 0 in rows:
        return [f"{path} shows an empty table"]
    said = [part.get_text(" ", strip=True) for part in main.select(".hc-empty")]
    if not said and not any(rows):
        return [f"{path} does not say that there is nothing: {main.get_text(' ', strip=True)[:300]}"]
    return [f"{path} says too little: {words}" for words in said if len(words.split()) < 5]
