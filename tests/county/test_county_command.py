"""`./manage.py county`: what it fills, and what it refuses to fill."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from agencies.models import User
from hatecase.county.generate import _colleagues_add
from hatecase.county.staff import staff_for
from incidents.models import Case
from tests.county.conftest import UNTIL

pytestmark = pytest.mark.django_db


def every(model: Any) -> Any:
    return model.objects.unscoped(reason="a test counts everything")


def test_a_county_is_not_filled_beside_cases(log_incident):
    log_incident("alice")
    with pytest.raises(CommandError, match="cases in this database already"):
        call_command("county", cases=5)


def test_a_server_of_ones_own_is_filled_only_when_said_so(cast, settings):
    settings.EMBEDDED = False
    with pytest.raises(CommandError, match="--into-this-database"):
        call_command("county", cases=5)


@pytest.mark.parametrize("options", [{"cases": 0}, {"cases": 5, "years": 0}, {"cases": 5, "years": 11}])
def test_a_county_without_sense_is_refused(cast, options):
    with pytest.raises(CommandError, match="at least one case"):
        call_command("county", **options)


def test_the_command_fills_and_says_where_the_truth_is(cast, settings, tmp_path, capsys):
    settings.HOME = tmp_path
    call_command("county", cases=12, seed=2, until=UNTIL)
    assert every(Case).count() == 12
    written = json.loads((tmp_path / "county" / "truth.json").read_text(encoding="utf-8"))
    assert written["cases"] == 12
    assert str(tmp_path) in capsys.readouterr().out


def test_a_large_county_brings_colleagues_who_cannot_sign_in(cast):
    colleagues = staff_for(20_000, 1).colleagues
    users = _colleagues_add(colleagues)
    assert len(users) == len(colleagues) > 20
    assert not any(user.has_usable_password() or user.check_password("") for user in users.values())
    assert User.objects.filter(memberships__agency__code="POL").count() > 20
