"""A victim's page and the pages that change the record."""

from __future__ import annotations

import re

import pytest

from incidents.choices import Level
from incidents.models import CaseExclusion, Party
from incidents.services.access import access_rebuild
from kernel.errors import ForbiddenError, RuleError, StaleError
from kernel.models import History
from tests.budget import queries_beyond
from tests.cast import acting, agency, client_of, log_incident_as
from tests.incidents.casework import (
    assert_forbidden,
    assert_methods,
    audited,
    case_of,
    give,
    reveal,
    text,
    victim_of,
    victim_set,
)
from victims.models import Victim
from victims.services import VictimData, victim_change

pytestmark = pytest.mark.django_db

ABSENT = "HV-26-ZZZZZZ"
PARTS = ("details", "contact", "wishes")
BORN = ("date_of_birth_day", "date_of_birth_month", "date_of_birth_year")


@pytest.fixture
def case(cast):
    case = case_of("alice")
    victim_set(
        case,
        needs="Hearing aid",
        email="farida@mirza.example",
        code_word="Bluebell",
        do_not_contact=[{"days": ["5", "6"], "from": "18:00", "to": "09:00"}],
        wish_share_police="yes",
    )
    return case


@pytest.fixture
def victim(case) -> Victim:
    return victim_of(case)


def now(victim: Victim) -> Victim:
    return Victim.objects.unscoped(reason="the test looks at the row").get(pk=victim.pk)


def path(victim: Victim, part: str = "") -> str:
    return f"/victims/{victim.ref}/" + (f"{part}/" if part else "")


def form_data(client, address: str) -> dict:
    """What the page's form would send as it stands."""
    html = client.get(address).content.decode()
    data: dict[str, list[str]] = {}
    for tag in re.findall(r"<input [^>]+>", html):
        name = re.search(r'name="([^"]+)"', tag)
        kind = re.search(r'type="([^"]+)"', tag)[1]
        value = re.search(r'value="([^"]*)"', tag)
        if name and (kind not in ("radio", "checkbox") or " checked" in tag):
            unsaid = "on" if kind in ("radio", "checkbox") else ""
            data.setdefault(name[1], []).append(value[1] if value else unsaid)
    for name, inner in re.findall(r'<select name="([^"]+)".*?>(.*?)</select>', html, re.DOTALL):
        chosen = re.search(r'<option value="([^"]*)" selected', inner)
        data[name] = [chosen[1] if chosen else ""]
    for name, inner in re.findall(r'<textarea name="([^"]+)"[^>]*>(.*?)</textarea>', html, re.DOTALL):
        data[name] = [inner.strip()]
    data.pop("csrfmiddlewaretoken", None)
    return data


def change(victim: Victim, name: str = "alice", version: int | None = None, **changes):
    with acting(name) as actor:
        return victim_change(actor=actor, victim=victim, version=version or now(victim).version, changes=changes)


# --- Reading ----------------------------------------------------------------------------------------------


def test_who_needs_to_make_contact_reads_everything(case, victim):
    page = text(client_of("alice").get(path(victim)))
    for words in (
        "Farida Mirza", victim.ref, "07700 900123", "14 Larch Walk, Kettering, NN16 8AB", "farida@mirza.example",
        "Hearing aid", "Bluebell", "Saturday and Sunday, 6pm to 9am", "English", "Police Yes", case.ref,
    ):  # fmt: skip
        assert words in page, words
    assert page.index("Before you contact") < page.index("07700 900123")
    [event] = audited("victim.read")
    assert (event.operation, event.subject_ref) == ("consultation", victim.ref)


def test_a_reader_sees_the_person_but_not_how_to_reach_them(case, victim):
    give(case, "VSS", Level.VIEW)
    page = client_of("vera").get(path(victim))
    assert "Farida Mirza" in text(page)
    for hidden in ("07700 900123", "Larch Walk", "farida@mirza", "Bluebell", "Hearing aid", "Saturday"):
        assert hidden not in page.content.decode(), hidden
    assert "Change" not in text(page)


def test_only_the_cases_that_the_reader_may_see_are_listed(case, victim):
    give(case, "NNC", Level.VIEW)
    other = log_incident_as("alice", victims=[VictimData(ref=victim.ref)]).case
    assert other.ref in text(client_of("alice").get(path(victim)))
    page = text(client_of("bob").get(path(victim)))
    assert case.ref in page
    assert other.ref not in page


def test_contact_through_one_case_is_enough(case, victim):
    give(case, "NNC", Level.VIEW)
    other = log_incident_as("alice", victims=[VictimData(ref=victim.ref)]).case
    assert "Show phone" not in text(client_of("bob").get(path(victim)))
    give(other, "NNC", Level.CONTRIBUTE)
    page = client_of("bob").get(path(victim)).content.decode()
    assert "07700 900123" not in page
    assert f"/cases/{other.ref}/show/victim_contact/" in page
    reveal(other, "bob", "victim_contact")
    assert "07700 900123" in text(client_of("bob").get(path(victim)))


@pytest.mark.parametrize("tail", ["", *(f"{part}/" for part in PARTS)])
def test_out_of_scope_and_absent_are_the_same_404(case, victim, tail):
    give(case, "PROB", Level.MANAGE)
    for name in ("walt", "petra"):
        client = client_of(name)
        hidden, absent = client.get(f"/victims/{victim.ref}/{tail}"), client.get(f"/victims/{ABSENT}/{tail}")
        assert hidden.status_code == absent.status_code == 404
        assert hidden.content == absent.content
    for ref in ("nonsense", "HV-26-%00AAAA", case.ref):
        assert client_of("alice").get(f"/victims/{ref}/{tail}").status_code == 404
    assert not audited("victim.read", actor_id=None)


def test_an_exclusion_hides_the_person_with_the_case(case, victim):
    give(case, "NNC", Level.MANAGE)
    CaseExclusion(case=case, agency=agency("NNC"), reason="Employs the person").save()
    access_rebuild([case.pk])
    assert client_of("bob").get(path(victim)).status_code == 404


def test_methods(victim):
    assert_methods(path(victim), "alice", "post", "put", "patch", "delete")
    for part in PARTS:
        assert_methods(path(victim, part), "alice")
    assert client_of("alice").get(path(victim, "secrets")).status_code == 404


def test_a_page_costs_a_few_queries(case, victim):
    assert queries_beyond(client_of("alice"), path(victim)) <= 4


# --- Changing ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("part", PARTS)
def test_a_page_sent_as_it_stands_changes_nothing(victim, part):
    client = client_of("alice")
    response = client.post(path(victim, part), form_data(client, path(victim, part)))
    assert response.status_code == 302, text(response)
    assert now(victim).version == victim.version
    assert not audited("victim.change")


def test_details_are_changed_with_history(case, victim):
    client = client_of("alice")
    data = form_data(client, path(victim, "details")) | {"family_name": "Mirzah", "phone": "07700 900555"}
    page = client.post(path(victim, "details"), data, follow=True)
    assert "Record changed" in text(page)
    assert (now(victim).family_name, now(victim).phone, now(victim).version) == (
        "Mirzah", "07700 900555", victim.version + 1,
    )  # fmt: skip
    [event] = audited("victim.change")
    assert event.fields == ["family_name", "phone"]
    assert "Mirza" not in str(event.detail)
    row = History.objects.get(field="phone", old="07700 900123")
    assert row.new == "07700 900555"


def test_a_corrected_name_finds_all_their_cases_also_unseen_ones(case, victim):
    other = case_of("bob")
    Party(case=other, incident=other.incidents.get(), role="victim", victim=victim).save()
    access_rebuild([other.pk])
    change(victim, family_name="Okonjo")
    assert case.ref in text(client_of("alice").get("/cases/?q=Okonjo"))
    assert other.ref in text(client_of("bob").get("/cases/?q=Okonjo"))


def test_safe_contact_is_changed_with_several_windows(victim):
    client = client_of("alice")
    data = form_data(client, path(victim, "contact")) | {
        "safe_channels": ["phone", "text"],
        "safe_to_leave_message": ["no"],
        "window2_days": ["0"],
        "window2_from": ["10pm"],
        "window2_to": ["7am"],
        "language": ["other"],
        "language_other": ["Dioula"],
    }
    page = client.post(path(victim, "contact"), data, follow=True)
    said = text(page)
    assert "Saturday and Sunday, 6pm to 9am" in said
    assert "Monday, 10pm to 7am" in said
    assert "Phone call, Text message" in said
    assert "Dioula" in said
    assert now(victim).do_not_contact[1] == {"days": ["0"], "from": "22:00", "to": "07:00"}


def test_a_window_is_taken_off_by_emptying_it(victim):
    client = client_of("alice")
    data = form_data(client, path(victim, "contact")) | {"window1_from": [""], "window1_to": [""]}
    data.pop("window1_days")
    assert client.post(path(victim, "contact"), data).status_code == 302
    assert now(victim).do_not_contact == []


def test_wishes_say_who_took_them_and_when(victim, cast):
    client = client_of("alice")
    data = form_data(client, path(victim, "wishes")) | {
        "wish_share_support": ["withdrawn"],
        "wishes_how": ["On the phone"],
    }
    page = client.post(path(victim, "wishes"), data, follow=True)
    assert "Support services Withdrawn" in text(page)
    assert ", On the phone." in text(page)
    after = now(victim)
    assert (after.wish_share_support, after.wishes_by_id) == ("withdrawn", cast["alice"].pk)
    assert after.wishes_at is not None


@pytest.mark.parametrize("before", ["no", "withdrawn"])
def test_a_no_that_becomes_a_yes_says_how_it_was_given(victim, before):
    Victim.objects.unscoped(reason="the test arranges the record").filter(pk=victim.pk).update(
        wish_share_council=before, wishes_how="On the phone"
    )
    client = client_of("alice")
    data = form_data(client, path(victim, "wishes")) | {"wish_share_council": ["yes"]}
    assert data.get("wishes_how", [""]) == [""], "what was said of the no does not stand for the yes"
    page = client.post(path(victim, "wishes"), data)
    assert "They said no before. Enter how they told you" in text(page)
    assert now(victim).wish_share_council == before
    with acting("alice") as actor, pytest.raises(RuleError, match="They said no before"):
        victim_change(
            actor=actor, victim=now(victim), version=now(victim).version, changes={"wish_share_council": "yes"}
        )
    assert client.post(path(victim, "wishes"), data | {"wishes_how": ["Visit on 24 November"]}).status_code == 302
    after = now(victim)
    assert (after.wish_share_council, after.wishes_how) == ("yes", "Visit on 24 November")


def test_how_they_told_us_stays_with_wishes_that_stay(victim):
    Victim.objects.unscoped(reason="the test arranges the record").filter(pk=victim.pk).update(wishes_how="A letter")
    client = client_of("alice")
    client.post(path(victim, "wishes"), form_data(client, path(victim, "wishes")))
    assert now(victim).wishes_how == "A letter"


@pytest.mark.parametrize(
    ("part", "values", "said"),
    [
        ("details", {"phone": "12"}, "Enter a phone number"),
        ("details", {"email": "nobody"}, "Enter an email address in the correct format"),
        ("details", {"postcode": "ZZ"}, "Enter a full UK postcode"),
        ("details", dict(zip(BORN, ("1", "1", "2090"), strict=True)), "in the past"),
        ("details", {"given_name": "a\x00b"}, "First name had hidden characters"),
        ("details", {"family_name": "\u202eazriM"}, "Last name had hidden characters"),
        ("details", {"needs": "n" * 1_000_000}, "Support and access needs must be 2,000 characters or fewer"),
        ("contact", {"window1_from": "soon"}, "must be a real time"),
        ("contact", {"window2_days": "0"}, "Enter when this time begins"),
        ("contact", {"window2_from": "10pm"}, "Enter when this time ends"),
        ("contact", {"window1_days": "9"}, "choose"),
        ("contact", {"language": "xx"}, "choose one of the options shown"),
        ("contact", {"language": "other"}, "Enter which language"),
        ("wishes", {"wish_share_police": "perhaps"}, "choose one of the options shown"),
    ],
)  # fmt: skip
def test_bad_input_is_refused_beside_its_field(victim, part, values, said):
    client = client_of("alice")
    page = client.post(path(victim, part), form_data(client, path(victim, part)) | values)
    assert page.status_code == 200
    assert said in text(page)
    assert now(victim).version == victim.version


@pytest.mark.parametrize(
    ("part", "mine", "theirs", "label"),
    [
        ("details", {"phone": "07700 900111"}, {"phone": "07700 900222"}, "Phone number"),
        ("contact", {"code_word": "Foxglove"}, {"code_word": "Heather"}, "Code word"),
        ("wishes", {"wish_share_police": "no"}, {"wish_share_police": "withdrawn"}, "May we share with the police?"),
    ],
)
def test_the_second_editor_is_shown_both_versions_and_loses_nothing(victim, part, mine, theirs, label):
    client = client_of("alice")
    data = form_data(client, path(victim, part)) | mine
    change(victim, "asha", **theirs)
    page = client.post(path(victim, part), data)
    assert page.status_code == 409
    said = text(page)
    assert "Somebody else changed this record" in said
    assert f"{label} Different" in said
    ((field, typed),) = mine.items()
    assert getattr(now(victim), field) == next(iter(theirs.values()))
    again = form_data_of(page) | mine
    assert client.post(path(victim, part), again).status_code == 302
    assert getattr(now(victim), field) == typed


def form_data_of(page) -> dict:
    """The form on a page that was answered already."""

    class Answered:
        def get(self, address: str):
            return page

    return form_data(Answered(), "")


def test_the_service_says_what_stands_now(victim):
    change(victim, phone="07700 900222")
    with pytest.raises(StaleError) as stale:
        change(victim, version=victim.version, phone="07700 900333")
    assert stale.value.current.phone == "07700 900222"


@pytest.mark.parametrize(
    "changes", [{"ref": "HV-26-000000"}, {"version": 9}, {"do_not_contact": [{"days": ["9"], "from": "x", "to": ""}]}]
)
def test_the_service_refuses_what_is_no_field_or_no_time(victim, changes):
    with acting("alice") as actor, pytest.raises(RuleError):
        victim_change(actor=actor, victim=victim, version=victim.version, changes=changes)


def test_a_reader_cannot_change(case, victim):
    give(case, "VSS", Level.VIEW)
    for part in PARTS:
        assert_forbidden(path(victim, part), "vera")
    with pytest.raises(ForbiddenError):
        change(victim, "vera", phone="07700 900222")


def test_a_contributor_can(case, victim):
    give(case, "VSS", Level.CONTRIBUTE)
    change(victim, "vera", phone="07700 900222")
    assert now(victim).phone == "07700 900222"
