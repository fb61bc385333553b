"""Facts that cannot be, by machine: 400 with the field."""

from __future__ import annotations

import datetime as dt

import pytest

from kernel import clock
from tests.api.test_incidents import URL, report
from tests.incidents.test_plausible import ABOUT_40, ANCIENT, CHILD, TO_COME

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("overrides", "field"),
    [
        ({"postcode": "nonsense"}, "postcode"),
        ({"postcode": "ZZ1 1AA"}, "postcode"),
        ({"victims": [{"given_name": "Ada", "postcode": "12345"}]}, "postcode"),
        ({"victims": [{"given_name": "Ada", "date_of_birth": ANCIENT.isoformat()}]}, "date_of_birth"),
        ({"victims": [{"given_name": "Ada", "date_of_birth": TO_COME.isoformat()}]}, "date_of_birth"),
        (
            {
                "perpetrators": [
                    {"status": "named", "given_name": "D", "description": ABOUT_40, "date_of_birth": CHILD.isoformat()}
                ]
            },
            "date_of_birth",
        ),
        # Reckoned when it is sent: the report came in an hour before that.
        ({"occurred_from": lambda: (clock.now() - dt.timedelta(minutes=1)).isoformat()}, "occurred_from"),
    ],
)
def test_a_machine_is_refused_with_the_field(api_for, overrides, field):
    overrides = {name: value() if callable(value) else value for name, value in overrides.items()}
    answer = api_for("alice").post(URL, report(**overrides), format="json")
    assert answer.status_code == 400
    assert field in answer.content.decode()
    sent = report(postcode="LE1 1AA")
    assert api_for("alice").post(URL, sent, format="json").status_code == 201, "a county's border is no bar"
