"""Every page that a route answers, opened once: axe-core finds nothing, a small phone does not scroll sideways, no code shows.

The journeys go through the pages as people do; this walks the URL resolver, so that a new route cannot be forgotten.
"""

from __future__ import annotations

import json
from collections import defaultdict

import pytest
from django.urls import get_resolver
from playwright.sync_api import Browser

from tests.browser.stage import System
from tests.browser.window import Faults, Window
from tests.routes import routes

pytestmark = pytest.mark.browser
_PLANT = """
import json
import django
django.setup()
from tests.browser.planted import pages
print(json.dumps(pages()))
"""
SENT_ONLY, LEADS_ON, NOT_HTML = "is only sent to", "leads on to another page", "answers no HTML"
EXCUSED = {
    "account_keep": SENT_ONLY,
    "agencies:agreement_decide": SENT_ONLY,
    "agencies:agreement_extend": SENT_ONLY,
    "agencies:agreement_successor": SENT_ONLY,
    "agencies:notice_mark": SENT_ONLY,
    "agencies:notices_mark": SENT_ONLY,
    "incidents:letter_print": SENT_ONLY,
    "incidents:name_record": SENT_ONLY,
    "incidents:reveal_end": SENT_ONLY,
    "incidents:task_comment": SENT_ONLY,
    "incidents:tasks_selected": SENT_ONLY,
    "openid_connect_login": SENT_ONLY,
    "agencies:notice": LEADS_ON,
    "incidents:log_resume": LEADS_ON,
    "incidents:search_run": LEADS_ON,
    "jump": LEADS_ON,
    "socialaccount_login_cancelled": LEADS_ON,
    "mfa_reauthenticate": LEADS_ON,
    "single_sign_on_again": LEADS_ON,
    "openid_connect_callback": LEADS_ON,
    "account_stay": NOT_HTML,
    "hasbag:pack_pdf": NOT_HTML,
    "hasbag:pack_state": "is a part of the pack's page, which looks again",
    "health-live": NOT_HTML,
    "health-ready": NOT_HTML,
    "incidents:evidence_download": NOT_HTML,
    "incidents:evidence_original": NOT_HTML,
    "incidents:evidence_page_picture": NOT_HTML,
    "incidents:evidence_picture": NOT_HTML,
    "incidents:letter_pdf": NOT_HTML,
    "mfa_authenticate": "stands between password and page: whoever signs in goes through it",
    "mfa_activate_totp": "is for who has no app yet: tests/browser/test_sign_in.py",
    "mfa_add_webauthn": "is for where passkeys work: tests/browser/test_sign_in.py",
    "mfa_edit_webauthn": "is for who has a passkey: tests/browser/test_sign_in.py",
    "mfa_remove_webauthn": "is for who has a passkey: tests/browser/test_sign_in.py",
    "mfa_reauthenticate_webauthn": "is for who has a passkey: tests/browser/test_sign_in.py",
    "mfa_view_recovery_codes": "is for who has codes: tests/browser/test_sign_in.py",
    "mfa_deactivate_totp": "refuses the last second step: tests/browser/test_sign_in.py",
}

SHOWS_FIELDS = (
    "incidents:letter_template",
    "incidents:letter_template_add",
    "incidents:letter_template_edit",
    "incidents:letter_template_check",
)
"""Pages on which somebody writes with fields that are merged in: there {{ }} is what they are to see."""


def test_every_page(system: System, chromium: Browser) -> None:
    pages = json.loads(system.run("-c", _PLANT).strip().splitlines()[-1])
    forgotten = (
        {name for name, _ in routes(get_resolver()) if not name.startswith("api:")} - pages.keys() - EXCUSED.keys()
    )
    assert not forgotten, f"neither opened nor excused: {sorted(forgotten)}"
    of: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for name, (person, path) in pages.items():
        if name not in EXCUSED:
            of[person].append((name, path))
    faults = Faults()
    for person, mine in of.items():
        _opens(Window(chromium, system.base, person, scripts=True, faults=faults), mine)
    assert not faults.found, "\n".join(faults.found)


def _opens(window: Window, mine: list[tuple[str, str]]) -> None:
    """Signs in, and opens each at its own address: a page that leads elsewhere was not seen."""
    try:
        if window.name:
            window.sign_in()
        for name, path in mine:
            try:
                window.open(path)
            except AssertionError as error:
                window.faults.add(f"{name} for {window.name}", str(error))
            if name in SHOWS_FIELDS:
                window.faults.found = [fault for fault in window.faults.found if "says “{{”" not in fault]
            if window.path != path:
                window.faults.add(f"{name} for {window.name}", f"{path} led to {window.path}")
    finally:
        window.close()
