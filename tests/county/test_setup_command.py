"""`./manage.py setup`: a real server's first start."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from agencies.models import Agency, District, Membership, User
from agencies.scoping import actor_for
from hatecase.cast import PASSWORD
from hatecase.management.commands import setup
from kernel.models import AuditEvent

pytestmark = pytest.mark.django_db
EMAIL = "jo.rivers@county.example"


@pytest.fixture
def bare(cast: Any) -> None:
    """No administrator yet, and nobody of the demo who could still sign in."""
    Membership.objects.filter(roles__contains=["system_admin"]).delete()
    User.objects.update(is_active=False)


def test_a_first_administrator_sets_their_own_password(bare, client, capsys):
    call_command("setup", email=EMAIL, name="Jo Rivers")
    user = User.objects.get(email=EMAIL)
    assert not user.has_usable_password()
    assert user.is_staff
    assert actor_for(user).role_names == {"system_admin"}
    link = re.search(r"http\S+/accounts/password/reset/key/\S+", capsys.readouterr().out)[0]
    assert client.get(link[link.index("/accounts") :], follow=True).status_code == 200
    assert AuditEvent.objects.filter(action="account.first_administrator", subject_id=str(user.pk)).count() == 1


def test_agencies_and_districts_are_there(bare, capsys):
    Agency.objects.filter(code="POL").update(name="Another Police Force")
    District.objects.filter(code="E07000150").delete()
    call_command("setup", email=EMAIL, name="Jo Rivers")
    assert District.objects.count() == 7
    assert Agency.objects.get(code="POL").name == "Another Police Force"
    assert "POL" in capsys.readouterr().out


def test_a_second_start_changes_nothing(bare, capsys):
    call_command("setup", email=EMAIL, name="Jo Rivers")
    people = User.objects.count()
    capsys.readouterr()
    call_command("setup")
    assert f"administrator already: {EMAIL}" in capsys.readouterr().out
    assert User.objects.count() == people


def test_the_link_is_printed_again_until_it_was_used(bare, capsys):
    call_command("setup", email=EMAIL, name="Jo Rivers")
    capsys.readouterr()
    call_command("setup", email=EMAIL)
    assert "sets a password here" in capsys.readouterr().out
    user = User.objects.get(email=EMAIL)
    user.set_password("orchard lantern compass")
    user.save()
    call_command("setup", email=EMAIL)
    assert "can sign in" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "Name the first administrator"),
        ({"email": EMAIL}, "Name the first administrator"),
        ({"email": "no address", "name": "Jo Rivers"}, "valid email address"),
        ({"email": "bob@north.example", "name": "Bob"}, "has an account already"),
    ],
)
def test_what_is_missing_is_said(bare, options, message):
    with pytest.raises(CommandError, match=message):
        call_command("setup", **options)
    assert not User.objects.filter(email=EMAIL).exists()


class Keyboard:
    """A terminal at which somebody types."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        (["orchard lantern compass", "something else"], "differ"),
        ([PASSWORD, PASSWORD], "everybody knows"),
        (["short", "short"], "12 characters"),
        (["password1234", "password1234"], "too easy|common"),
    ],
)
def test_a_password_that_is_bad_or_fixed_is_refused(bare, monkeypatch, typed, message):
    answers = iter(typed)
    monkeypatch.setattr(setup.sys, "stdin", Keyboard())
    monkeypatch.setattr(setup, "getpass", lambda _: next(answers))
    with pytest.raises(CommandError, match=message):
        call_command("setup", email=EMAIL, name="Jo Rivers", ask_password=True)
    assert not User.objects.filter(email=EMAIL).exists()


def test_a_password_can_be_typed(bare, monkeypatch):
    monkeypatch.setattr(setup.sys, "stdin", Keyboard())
    monkeypatch.setattr(setup, "getpass", lambda _: "orchard lantern compass")
    call_command("setup", email=EMAIL, name="Jo Rivers", ask_password=True)
    assert User.objects.get(email=EMAIL).check_password("orchard lantern compass")


def test_without_a_keyboard_no_password_is_asked_for(bare):
    with pytest.raises(CommandError, match="needs a keyboard"):
        call_command("setup", email=EMAIL, name="Jo Rivers", ask_password=True)


def test_the_demos_accounts_are_warned_of(cast, capsys):
    call_command("setup")
    assert "password is public" in capsys.readouterr().err
