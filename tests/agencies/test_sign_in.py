"""How long a sign-in lasts, that there is one at a time, and that what was typed is never lost."""

from __future__ import annotations

import datetime as dt
import re

import pytest
import time_machine
from django.db import connection, transaction
from django.test import Client

from agencies.choices import SignInEnd
from agencies.models import KeptForm, SignIn
from agencies.rules import sign_in_end
from agencies.services.sign_in import kept_fields, sign_ins_sweep
from incidents.choices import Level, Tier
from incidents.models import Case, Note
from incidents.services.access import access_rebuild
from kernel.identity import identity_set
from tests.agencies.signing import sign_in
from tests.cast import actor_named, cast_get
from tests.incidents.casework import case_of, fresh, name_person

pytestmark = pytest.mark.django_db
START = dt.datetime(2026, 11, 23, 9, 0, tzinfo=dt.UTC)
WORDS = "She rang at noon and is safe at her sister’s."


def later(**parts: float) -> dt.datetime:
    return START + dt.timedelta(**parts)


@pytest.fixture
def clock():
    with time_machine.travel(START, tick=False) as traveller:
        yield traveller


@pytest.mark.parametrize(
    ("minutes", "quiet", "expected"),
    [
        (0, 0, None),
        (14, 14, None),
        (15, 15, SignInEnd.IDLE),
        (599, 1, None),
        (600, 1, SignInEnd.ABSOLUTE),
        (700, 90, SignInEnd.ABSOLUTE),
    ],
)
def test_the_rule(minutes, quiet, expected):
    now = later(minutes=minutes)
    idle, longest = dt.timedelta(minutes=15), dt.timedelta(hours=10)
    seen = now - dt.timedelta(minutes=quiet)
    assert sign_in_end(started_at=START, seen_at=seen, now=now, idle=idle, longest=longest) == expected


def test_fifteen_quiet_minutes_end_it(clock, cast):
    client = Client()
    sign_in(client, "alice@police.example")
    clock.move_to(later(minutes=14, seconds=59))
    assert client.get("/cases/").status_code == 200
    clock.move_to(later(minutes=29, seconds=58))
    assert client.get("/cases/").status_code == 200
    clock.move_to(later(minutes=44, seconds=59))
    gone = client.get("/cases/")
    assert gone.headers["Location"] == "/accounts/login/?next=/cases/"
    assert "nothing was done for 15 minutes" in client.get(gone.headers["Location"]).content.decode()


def restricted_case(name: str = "alice") -> Case:
    """A case that only named people open, one of the cast among them."""
    case = case_of("alice")
    name_person(case, cast_get()[name], Level.MANAGE)
    Case.objects.unscoped(reason="the test arranges the tier").filter(pk=case.pk).update(tier=Tier.RESTRICTED)
    access_rebuild([case.pk])
    return fresh(case)


RESTRICTED_PAGES = ("", "edit/", "notes/add/", "people/add-victim/", "tasks/add/", "share/", "access/")


@pytest.mark.parametrize("path", RESTRICTED_PAGES)
def test_with_a_restricted_case_open_ten_quiet_minutes_end_it(clock, cast, path):
    case = restricted_case()
    client = Client()
    sign_in(client, "alice@police.example")
    shown = client.get(f"/cases/{case.ref}/{path}")
    assert shown.status_code == 200
    assert f'data-seconds="{10 * 60}" data-warning="120"' in shown.content.decode()
    clock.move_to(later(minutes=9, seconds=59))
    assert client.post("/accounts/stay/").json() == {"seconds": 600}
    clock.move_to(later(minutes=19, seconds=59))
    gone = client.get("/cases/")
    assert gone.status_code == 302
    assert "nothing was done for 10 minutes" in client.get(gone.headers["Location"]).content.decode()
    assert SignIn.objects.get(user=cast["alice"]).ended_because == "idle_short"


def test_it_stays_so_for_the_rest_of_that_sign_in_and_not_for_the_next(clock, cast):
    case = restricted_case()
    client = Client()
    sign_in(client, "alice@police.example")
    client.get(f"/cases/{case.ref}/")
    page = client.get("/notices/").content.decode()
    assert 'data-seconds="600"' in page
    client.post("/accounts/logout/")
    sign_in(client, "alice@police.example")
    assert 'data-seconds="900"' in client.get("/notices/").content.decode()


def test_a_restricted_case_that_is_not_shown_shortens_nothing(clock, cast):
    case = restricted_case("amir")
    client = Client()
    sign_in(client, "alice@police.example")
    assert client.get(f"/cases/{case.ref}/").status_code == 404
    assert 'data-seconds="900"' in client.get("/notices/").content.decode()


def test_the_sweep_ends_the_shorter_ones_too(clock, cast):
    short, long = Client(), Client()
    case = restricted_case()
    sign_in(short, "alice@police.example")
    sign_in(long, "bob@north.example")
    short.get(f"/cases/{case.ref}/")
    clock.move_to(later(minutes=10))
    assert sign_ins_sweep() == 1
    assert SignIn.objects.get(user=cast["alice"]).ended_because == "idle_short"
    assert SignIn.objects.get(user=cast["bob"]).ended_at is None


def test_ten_hours_end_it_however_busy(clock, cast):
    client = Client()
    sign_in(client, "alice@police.example")
    for minutes in range(10, 600, 10):
        clock.move_to(later(minutes=minutes))
        assert client.get("/notices/").status_code == 200
    clock.move_to(later(hours=10))
    assert client.get("/notices/").status_code == 302
    assert "a sign-in lasts 10 hours" in client.get("/accounts/login/").content.decode()


def test_what_a_page_asks_for_by_itself_keeps_nothing_going(clock, cast):
    client = Client()
    sign_in(client, "alice@police.example")
    clock.move_to(later(minutes=14))
    asked = client.get("/accounts/stay/", headers={"Hatecase-Background": "1"})
    assert asked.json() == {"seconds": 60}
    clock.move_to(later(minutes=15))
    assert client.get("/accounts/stay/", headers={"Hatecase-Background": "1"}).status_code == 302


def test_staying_signed_in(clock, cast):
    client = Client()
    sign_in(client, "alice@police.example")
    clock.move_to(later(minutes=14))
    assert client.post("/accounts/stay/").json() == {"seconds": 900}
    clock.move_to(later(minutes=28))
    assert client.get("/cases/").status_code == 200


def test_every_page_carries_the_warning(cast, client_for):
    page = client_for("alice").get("/cases/").content.decode()
    seconds = int(re.search(r'data-seconds="(\d+)" data-warning="120"', page).group(1))
    assert 840 <= seconds <= 900
    assert 'id="stay"' not in Client().get("/accounts/login/").content.decode()


def test_a_new_sign_in_ends_the_former_which_is_told_so(cast):
    desk, phone = Client(), Client()
    sign_in(desk, "alice@police.example")
    sign_in(phone, "alice@police.example")
    assert phone.get("/cases/").status_code == 200
    assert desk.get("/cases/").status_code == 302
    assert "you signed in somewhere else" in desk.get("/accounts/login/").content.decode()
    assert "somewhere else" not in phone.get("/cases/").content.decode()
    reasons = SignIn.objects.filter(user=cast["alice"]).order_by("pk").values_list("ended_because", flat=True)
    assert list(reasons) == ["replaced", ""]


def test_signing_out_ends_it(cast, client_for):
    client = client_for("alice")
    client.post("/accounts/logout/")
    assert SignIn.objects.get(user=cast["alice"]).ended_because == "signed_out"


def test_a_frozen_demo_clock_moves_no_sign_in(clock, cast, settings):
    settings.HATECASE_NOW = "2026-11-01T09:00:00+00:00"
    client = Client()
    sign_in(client, "alice@police.example")
    clock.move_to(later(minutes=16))
    assert client.get("/cases/").status_code == 302


def note_path(incident) -> str:
    return f"/cases/{incident.case.ref}/notes/add/"


def late_note(clock, incident) -> tuple[Client, str]:
    """Alice sends a note too late; answers her window, and where what she typed is kept."""
    client = Client()
    sign_in(client, "alice@police.example")
    clock.move_to(later(minutes=20))
    answer = client.post(note_path(incident), {"text": WORDS, "submission_id": "6f1c0fd8-2f4e-4d55-9d0e-0c9f6b6b1f10"})
    return client, answer.headers["Location"].partition("next=")[2]


def test_a_form_that_comes_too_late_is_offered_again(clock, cast, log_incident):
    incident = log_incident("alice")
    client, kept = late_note(clock, incident)
    assert kept.startswith("/accounts/kept/")
    login = client.get(f"/accounts/login/?next={kept}").content.decode()
    assert "What you typed is kept" in login
    assert WORDS not in login
    assert sign_in(client, "alice@police.example", next=kept).headers["Location"] == kept
    page = client.get(kept).content.decode()
    assert WORDS in page
    assert f'action="{note_path(incident)}"' in page
    fields = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page))
    assert fields["submission_id"] == "6f1c0fd8-2f4e-4d55-9d0e-0c9f6b6b1f10"
    sent = client.post(
        note_path(incident),
        {"text": WORDS, "submission_id": fields["submission_id"], "kept_form": fields["kept_form"]},
    )
    assert sent.status_code == 302
    assert Note.objects.unscoped(reason="a look from outside").filter(text=WORDS).count() == 1
    assert client.get(kept).status_code == 404


def test_it_is_sealed_and_its_senders_alone(clock, cast, log_incident):
    _, kept = late_note(clock, log_incident("alice"))
    row = KeptForm.objects.unscoped(reason="a look from outside").get()
    assert WORDS not in row.sealed
    assert kept_fields(row)["text"] == [WORDS]
    other = Client()
    sign_in(other, "asha@police.example")
    assert other.get(kept).status_code == 404
    with transaction.atomic():
        identity_set(actor_named("asha"))
        with connection.cursor() as cursor:
            cursor.execute("select count(*) from agencies_keptform")
            assert cursor.fetchone()[0] == 0
        transaction.set_rollback(True)


def test_it_can_be_thrown_away_and_goes_by_itself(clock, cast, log_incident):
    client, kept = late_note(clock, log_incident("alice"))
    sign_in(client, "alice@police.example")
    client.post(kept)
    assert client.get(kept).status_code == 404
    _, kept = late_note(clock, log_incident("alice"))
    clock.move_to(later(minutes=81))
    assert sign_ins_sweep() >= 0
    assert KeptForm.objects.unscoped(reason="a look from outside").count() == 0


def test_passwords_and_forged_forms_are_not_kept(clock, cast):
    client = Client()
    sign_in(client, "alice@police.example")
    clock.move_to(later(minutes=20))
    client.post("/accounts/password/change/", {"oldpassword": "x", "password1": "y"})
    checked = Client(enforce_csrf_checks=True)
    checked.force_login(cast["alice"])
    clock.move_to(later(minutes=40))
    assert checked.post("/cases/new/", {"text": "from another site"}).status_code == 403
    assert KeptForm.objects.unscoped(reason="a look from outside").count() == 0


def test_the_pages_script_hands_over_what_was_typed(clock, cast, log_incident):
    incident = log_incident("alice")
    client = Client()
    sign_in(client, "alice@police.example")
    answer = client.post("/accounts/keep/", {"kept_path": note_path(incident), "text": WORDS})
    kept = answer.headers["Location"].partition("next=")[2]
    assert client.get("/cases/").status_code == 302
    sign_in(client, "alice@police.example")
    assert WORDS in client.get(kept).content.decode()
    clock.move_to(later(minutes=40))
    # A machine that has slept: the page asks how long there is, learns that it is over, and hands over what was typed.
    assert client.get("/accounts/stay/", headers={"Hatecase-Background": "1"}).status_code == 302
    slept = client.post("/accounts/keep/", {"kept_path": note_path(incident), "text": WORDS})
    assert "/accounts/kept/" in slept.headers["Location"]


@pytest.mark.parametrize(
    "path", ["https://elsewhere.example/", "//elsewhere.example/", "accounts", "/accounts/logout/"]
)
def test_nothing_is_kept_for_elsewhere(cast, client_for, path):
    client = client_for("alice")
    answer = client.post("/accounts/keep/", {"kept_path": path, "text": WORDS})
    assert answer.headers["Location"] == "/accounts/login/?next=/"
    assert KeptForm.objects.unscoped(reason="a look from outside").count() == 0


def test_the_sweep_ends_what_is_over(clock, cast):
    sign_in(Client(), "alice@police.example")
    clock.move_to(later(minutes=16))
    assert sign_ins_sweep() == 1
    assert SignIn.objects.get(user=cast["alice"]).ended_because == "idle"
