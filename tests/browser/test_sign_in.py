"""Signing in with an authenticator app and with a passkey, and being warned before a sign-in ends."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.browser.codes import key_of, next_code
from tests.browser.stage import System
from tests.browser.window import PASSWORD, Faults, Window

pytestmark = pytest.mark.browser
NEW = ["nora@north.example", "wasim@west.example", "marcus@police.example"]
_FORGET = """
import django
django.setup()
from allauth.mfa.models import Authenticator
Authenticator.objects.filter(user__email__in={emails!r}).delete()
"""
_QUIET = """
import datetime as dt
import django
django.setup()
from agencies.models import SignIn
row = SignIn.objects.get(user__email={email!r}, ended_at=None)
SignIn.objects.filter(pk=row.pk).update(seen_at=dt.datetime.now(dt.UTC) - dt.timedelta(seconds={seconds}))
"""


@pytest.fixture
def faults() -> Iterator[Faults]:
    """What was wrong with any page; nothing may be."""
    found = Faults()
    yield found
    assert not found.found, "\n".join(found.found)


def arrive(window: Window) -> None:
    """The password, for somebody without a second step."""
    window.open("/accounts/login/")
    window.fill("Email address", window.name)
    window.fill("Password", PASSWORD)
    window.press("Sign in")
    window.sees("Set up a second step")


def leave_and_come_back(window: Window) -> None:
    """Signs out, and in again as far as the second step."""
    window.press("Sign out")
    window.fill("Email address", window.name)
    window.fill("Password", PASSWORD)
    window.press("Sign in")
    window.sees("Second step")


@pytest.mark.parametrize("scripts", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_an_authenticator_app(system: System, chromium: Browser, faults: Faults, *, scripts: bool) -> None:
    name = NEW[0]
    system.run("-c", _FORGET.format(emails=[name]))
    window = Window(chromium, system.base, name, scripts=scripts, faults=faults)
    try:
        arrive(window)
        window.open("/cases/")
        window.sees("Set up a second step")
        window.follow("Set up an authenticator app")
        key = re.sub(r"\s", "", window.text(".hc-key"))
        shown = window.page.locator("img.hc-qr")
        assert shown.evaluate("image => image.complete && image.naturalWidth > 0")
        window.fill("Code", "000000")
        window.press("Continue")
        window.sees("This code is not right")
        assert re.sub(r"\s", "", window.text(".hc-key")) == key
        window.fill("Code", next_code(key))
        window.press("Continue")
        window.sees("Your recovery codes")
        recovery = window.text(".hc-codes li")
        window.follow("I have kept them")
        assert window.path == "/"
        leave_and_come_back(window)
        window.fill("Code", next_code(key))
        window.press("Sign in")
        assert window.path == "/"
        leave_and_come_back(window)
        window.fill("Code", recovery)
        window.press("Sign in")
        window.follow("Second step")
        window.sees("9 unused")
        window.follow("Remove the authenticator app")
        window.sees("Set up another one first")
        window.follow("Go back to your second steps")
        window.follow("Make new recovery codes")
        window.press("Make new codes")
        window.sees("Your recovery codes")
    finally:
        window.close()


def test_a_passkey(system: System, chromium: Browser, faults: Faults) -> None:
    """The browser's own virtual authenticator answers. Passkeys belong to a name: the service is asked for by it."""
    name = NEW[1]
    system.run("-c", _FORGET.format(emails=[name]))
    window = Window(chromium, f"http://localhost:{system.port}", name, scripts=True, faults=faults)
    tools = window.context.new_cdp_session(window.page)
    tools.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
    }
    made = tools.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    try:
        arrive(window)
        window.follow("Add a passkey")
        window.fill("Name of this passkey", "Work laptop")
        window.press("Add the passkey")
        window.sees("Your recovery codes")
        window.follow("I have kept them")
        leave_and_come_back(window)
        window.press("Use a passkey")
        assert window.path == "/"
        window.follow("Second step")
        window.sees("Work laptop", "Last used on")
        window.follow("Rename Work laptop")
        window.fill("Name of this passkey", "Desk")
        window.press("Save")
        window.sees("Desk")
        leave_and_come_back(window)
        tools.send("WebAuthn.clearCredentials", {"authenticatorId": made["authenticatorId"]})
        window.page.get_by_role("button", name="Use a passkey").click()
        window.page.get_by_text("The passkey could not be used").wait_for()
        window.open("/cases/")
        assert window.path == "/accounts/second-factor/code/"
    finally:
        window.close()


def test_a_number_as_address_offers_no_passkey(system: System, chromium: Browser, faults: Faults) -> None:
    name = NEW[2]
    system.run("-c", _FORGET.format(emails=[name]))
    window = Window(chromium, system.base, name, scripts=True, faults=faults)
    try:
        arrive(window)
        window.sees("Passkeys need an address with a name")
    finally:
        window.close()


def test_the_warning_and_what_was_typed(system: System, chromium: Browser, faults: Faults) -> None:
    """The page's clock is put forward; on the server the last use is put back."""
    name, words = "walt@west.example", "He will come to the desk on Thursday."
    window = Window(chromium, system.base, name, scripts=True, faults=faults)
    try:
        window.page.clock.install()
        window.sign_in()
        window.follow("Second step")
        window.open("/accounts/password/change/")
        window.open("/cases/new/")
        system.run("-c", _QUIET.format(email=name, seconds=14 * 60))
        window.page.clock.fast_forward(14 * 60 * 1000)
        window.wait_for("in less than a minute")
        window.page.get_by_role("button", name="Stay signed in").click()
        window.page.get_by_role("dialog").wait_for(state="hidden")
        system.run("-c", _QUIET.format(email=name, seconds=15 * 60 - 4))
        window.choose("Is anyone in danger now?", "No")
        window.page.evaluate(
            """words => {
              const field = document.createElement("textarea");
              field.name = "note";
              document.querySelector("main form[method=post]").append(field);
              field.value = words;
              field.dispatchEvent(new Event("input", { bubbles: true }));
            }""",
            words,
        )
        window.page.clock.fast_forward(15 * 60 * 1000)
        window.page.get_by_text("What you typed is kept").wait_for()
        # The page came by itself: its load must not count as that of the next one.
        window.page.wait_for_load_state()
        window.sees("nothing was done for 15 minutes")
        window.fill("Email address", name)
        window.fill("Password", PASSWORD)
        window.press("Sign in")
        window.fill("Code", next_code(key_of(name)))
        window.press("Sign in")
        window.sees("Send what you typed")
        assert window.page.get_by_label("Note").input_value() == words
        window.press("Send it now")
        assert window.path.startswith("/cases/new/")
    finally:
        window.close()
