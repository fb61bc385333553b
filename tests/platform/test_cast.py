"""The sign-ins that the start prints are people whom the county makes."""

from __future__ import annotations

from hatecase import cast
from hatecase.county.cast import CAST


def test_everybody_who_is_printed_can_sign_in() -> None:
    printed = [email for email, _ in cast.CAST]
    assert len(printed) == len(set(printed)) == 16
    assert set(printed) <= {row.email for row in CAST}


def test_the_password_would_pass_the_rules_of_a_real_server() -> None:
    assert len(cast.PASSWORD) >= 12
