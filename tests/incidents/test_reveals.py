"""Opening a hidden group of fields: the page that asks why, the half hour, and both walls (docs/domain.md §5.4)."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import DatabaseError, connection, transaction

from incidents.choices import FieldGroup, Level, RevealReason
from incidents.models import CaseExclusion, Reveal
from incidents.selectors.fields import field_access, fields_why, fields_why_of, shown
from incidents.services.access import access_rebuild, database_now, grant_end
from incidents.services.fields import group_reveal
from incidents.services.task import task_create
from kernel.errors import ForbiddenError, RuleError
from perpetrators.services import PerpetratorData
from tests.budget import queries_beyond
from tests.cast import acting, actor_named, agency, cast_get, client_of
from tests.incidents.casework import (
    assert_methods,
    assert_unknown_is_404,
    audited,
    case_of,
    give,
    give_all,
    name_person,
    reveal,
    text,
    victim_of,
)
from victims.models import VictimSensitive
from victims.services import sensitive_add

pytestmark = pytest.mark.django_db
ALL = "the test looks at every row"
PHONE = "07700 900123"
QUILL = PerpetratorData(status="named", given_name="Dean", family_name="Quill")


@pytest.fixture
def case(cast):
    """A case that the council may add to, with a word on the victim's health."""
    case = case_of("alice", classification="crime_suspected", perpetrators=[QUILL])
    give_all(case, "NNC", Level.CONTRIBUTE)
    with acting("alice") as actor:
        sensitive_add(actor=actor, victim=victim_of(case), group="health", text="Has asthma")
    return case


def page(case, name="bob", path="") -> str:
    return text(client_of(name).get(path or f"/cases/{case.ref}/"))


def show(case, group="victim_contact") -> str:
    return f"/cases/{case.ref}/show/{group}/"


def hide(case, group="victim_contact") -> str:
    return f"/cases/{case.ref}/hide/{group}/"


def age(case, minutes: int) -> None:
    """Time passes since everything was opened."""
    then = database_now() - dt.timedelta(minutes=minutes)
    rows = Reveal.objects.unscoped(reason=ALL).filter(case=case)
    assert rows.update(at=then, until=then + dt.timedelta(minutes=30))


# --- The page -------------------------------------------------------------------------------------------


def test_a_reason_shows_it_until_a_time_and_leads_back(case):
    assert "Phone, email and address: hidden. Show" in page(case)
    client = client_of("bob")
    form = client.get(show(case))
    assert form.status_code == 200
    assert "goes on record" in text(form)
    back = f"/victims/{victim_of(case).ref}/"
    answer = client.post(show(case), {"why": "contact", "next": back})
    assert (answer.status_code, answer["Location"]) == (302, back)
    shown_now = page(case)
    assert PHONE in shown_now
    assert "Phone, email and address: shown until" in shown_now
    assert PHONE in page(case, path=back)
    [event] = audited("fields.reveal")
    assert (event.operation, event.reason) == ("consultation", RevealReason.CONTACT.label)
    assert (event.detail["group"], event.case_id) == ("victim_contact", case.pk)


def test_another_reason_is_said_in_words(case):
    client = client_of("bob")
    assert "Enter the reason" in text(client.post(show(case), {"why": "other", "words": " "}))
    assert client.post(show(case), {"why": "other", "words": "The flat is on fire"}).status_code == 302
    assert audited("fields.reveal")[0].reason == "The flat is on fire"


@pytest.mark.parametrize("sent", [{}, {"why": ""}, {"why": "because"}, {"why": "other", "words": "x" * 301}])
def test_without_a_reason_nothing_is_shown(case, sent):
    answer = client_of("bob").post(show(case), sent)
    assert answer.status_code == 200
    assert "There is a problem" in text(answer)
    assert not audited("fields.reveal")
    assert PHONE not in page(case)


@pytest.mark.parametrize(
    "address", ["//evil.example/", "https://evil.example/", "javascript:alert(1)", "/\\evil.example"]
)
def test_it_leads_back_to_this_site_alone(case, address):
    answer = client_of("bob").post(show(case), {"why": "contact", "next": address})
    assert answer["Location"] == f"/cases/{case.ref}/"
    assert address not in client_of("bob").get(show(case, "health"), {"next": address}).content.decode()


def test_it_is_hidden_again_at_once(case):
    reveal(case, "bob", "victim_contact", "health")
    assert client_of("bob").post(hide(case), {"next": f"/cases/{case.ref}/"}).status_code == 302
    now = page(case)
    assert PHONE not in now
    assert "Has asthma" in now
    assert len(audited("fields.hide")) == 1
    client_of("bob").post(hide(case))
    assert len(audited("fields.hide")) == 1


def test_it_is_hidden_by_itself_after_half_an_hour(case):
    reveal(case, "bob", "victim_contact", "health")
    age(case, 29)
    assert PHONE in page(case)
    age(case, 31)
    for path in ("", f"/victims/{victim_of(case).ref}/", f"/cases/{case.ref}/contacts/add/"):
        assert PHONE not in page(case, path=path)
        assert "Has asthma" not in page(case, path=path)


def test_a_frozen_clock_moves_no_half_hour(case, settings):
    settings.HATECASE_NOW = "2020-01-01T12:00:00+00:00"
    reveal(case, "bob", "victim_contact")
    row = Reveal.objects.unscoped(reason=ALL).get()
    assert dt.timedelta(0) < row.until - database_now() <= dt.timedelta(minutes=30)
    assert PHONE in page(case)


def test_what_is_shown_already_needs_no_asking(case):
    assert client_of("alice").get(show(case)).status_code == 302
    assert not audited("fields.reveal")


@pytest.mark.parametrize(
    ("code", "name", "group"),
    [("PROB", "petra", "victim_contact"), ("VSS", "viola", "subject_identity"), ("NNC", "bob", "reporter_identity")],
)
def test_what_may_never_be_shown_cannot_be_asked_for(case, code, name, group):
    if code != "NNC":
        give_all(case, code, Level.MANAGE)
    client = client_of(name)
    assert client.get(show(case, group)).status_code == 403
    assert client.post(show(case, group), {"why": "safety"}).status_code == 403
    with acting(name) as actor, pytest.raises(ForbiddenError):
        group_reveal(actor=actor, case=case, group=FieldGroup(group), reason="Because")


def test_the_service_wants_a_reason(case):
    for reason in ("", "   ", "x" * 301, "a\x00b"):
        with acting("bob") as actor, pytest.raises(RuleError):
            group_reveal(actor=actor, case=case, group=FieldGroup.HEALTH, reason=reason)


def test_shapes(case):
    assert_unknown_is_404("/cases/{ref}/show/health/", case)
    assert client_of("bob").get(show(case, "secrets")).status_code == 404
    assert client_of("bob").post(hide(case, "secrets")).status_code == 404
    assert_methods(show(case), "bob")
    assert_methods(hide(case), "bob", "get", "put", "delete")
    assert client_of("walt").post(hide(case)).status_code == 404


def test_what_showing_costs(case):
    client = client_of("bob")
    plain = queries_beyond(client, f"/cases/{case.ref}/")
    assert queries_beyond(client, show(case, "health")) <= 3
    reveal(case, "bob", *FieldGroup.values[:4], "subject_identity")
    assert queries_beyond(client, f"/cases/{case.ref}/") == plain + 1
    assert queries_beyond(client, f"/victims/{victim_of(case).ref}/") <= 5


# --- Both walls -----------------------------------------------------------------------------------------


def rows_read() -> int:
    """What the second wall alone lets the present identity read."""
    with connection.cursor() as cursor:
        cursor.execute("select count(*) from victims_victimsensitive")
        return int(cursor.fetchone()[0])


def seen(name: str) -> tuple[int, int]:
    """The rows that each wall gives somebody: what the first gives, what the second alone gives."""
    with acting(name) as actor:
        return VictimSensitive.objects.visible_to(actor).count(), rows_read()


def test_each_wall_holds_what_is_extra_sensitive(case):
    with acting("alice") as actor:
        sensitive_add(actor=actor, victim=victim_of(case), group="trans_status", text="A trans man")
    assert {seen(name) for name in ("alice", "asha", "bob", "walt", "petra", "greta")} == {(0, 0)}
    reveal(case, "bob", "health")
    assert seen("bob") == (1, 1)
    assert {seen(name) for name in ("alice", "asha", "walt")} == {(0, 0)}
    age(case, 31)
    assert seen("bob") == (0, 0)


def test_an_end_of_the_share_ends_the_look(case):
    reveal(case, "bob", "health")
    grant_end(case.grants.get(agency__code="NNC"))
    access_rebuild([case.pk])
    assert seen("bob") == (0, 0)


def test_a_lower_level_ends_the_look(case):
    reveal(case, "bob", "health")
    grant = case.grants.get(agency__code="NNC")
    grant_end(grant)
    give_all(case, "NNC", Level.VIEW)
    assert seen("bob") == (0, 0)
    assert "Has asthma" not in page(case)


def test_a_conflict_of_interest_ends_the_look(case):
    reveal(case, "bob", "health")
    CaseExclusion(case=case, agency=agency("NNC"), reason="Employs them").save()
    access_rebuild([case.pk])
    assert seen("bob") == (0, 0)


def test_another_case_with_the_same_victim_is_enough_another_victim_is_not(case):
    other = case_of("alice")
    give_all(other, "NNC", Level.CONTRIBUTE)
    reveal(other, "bob", "health")
    assert seen("bob") == (0, 0)


_LOOK = 'insert into incidents_reveal (case_id, user_id, "group", reason, at, until)'
REFUSED = {
    "a row unasked": """
        insert into victims_victimsensitive (id, victim_id, "group", text, earlier, updated_at, version)
        select gen_random_uuid(), id, 'immigration_status', 'x', '{}', now(), 1 from victims_victim""",
    "for somebody else": f"""{_LOOK}
        select id, (select id from agencies_user where email = 'alice@police.example'), 'health', 'x', now(),
        now() + interval '5 minutes' from incidents_case""",
    "for a day": f"""{_LOOK}
        select id, current_setting('hatecase.user_id')::int, 'health', 'x', now(), now() + interval '1 day'
        from incidents_case""",
}


@pytest.mark.parametrize("statement", REFUSED.values(), ids=REFUSED)
def test_the_database_refuses(case, statement):
    with acting("bob"), pytest.raises(DatabaseError), transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(statement)


def test_one_reads_and_ends_ones_own_looks_alone(case):
    reveal(case, "bob", "health")
    with acting("alice"), connection.cursor() as cursor:
        cursor.execute("select count(*) from incidents_reveal")
        assert cursor.fetchone()[0] == 0
        cursor.execute("update incidents_reveal set ended_at = now()")
        assert cursor.rowcount == 0
    assert seen("bob") == (1, 1)


def test_the_worker_has_no_part_in_it(case):
    with connection.cursor() as cursor:
        cursor.execute(
            "select count(*) from pg_policies where tablename in"
            " ('victims_victimsensitive', 'incidents_reveal', 'incidents_workershown')"
            " and roles && array['hatecase_worker', 'hatecase_stats']::name[]"
        )
        assert cursor.fetchone()[0] == 0


# --- What a share covers --------------------------------------------------------------------------------


def only(case, *groups, level=Level.CONTRIBUTE) -> None:
    """The council's share covers these groups and no others."""
    grant_end(case.grants.get(agency__code="NNC", ended_at=None))
    give(case, "NNC", level, field_groups=groups)


def can_ask(case, name="bob") -> set[str]:
    with acting(name) as actor:
        return {group.value for group, decision in field_access(actor, case).decisions.items() if decision.can_ask}


@pytest.mark.parametrize("groups", [(), ("victim_contact",), ("health", "subject_identity"), ("reporter_identity",)])
def test_a_share_narrows_what_can_be_asked_for(case, groups):
    only(case, *groups)
    assert can_ask(case) == set(groups) - {"reporter_identity"}
    for group in FieldGroup.values:
        answer = client_of("bob").get(show(case, group))
        assert answer.status_code == (200 if group in can_ask(case) else 403), group


def test_a_share_without_a_group_hides_it_from_who_works_the_case_too(case):
    only(case, "subject_identity")
    with acting("alice") as alice:
        task_create(actor=alice, case=case, agency=agency("NNC"), title="Ring back", assignee=cast_get()["bob"])
    assert PHONE not in page(case)
    assert "Dean Quill" in page(case)


def test_a_share_that_is_narrowed_ends_the_look_behind_both_walls(case):
    reveal(case, "bob", "health", "victim_contact")
    assert seen("bob") == (1, 1)
    only(case, "victim_contact")
    assert seen("bob") == (0, 0)
    assert "Has asthma" not in page(case)
    assert PHONE in page(case)


def test_two_shares_cover_what_either_covers(case):
    only(case, "victim_contact")
    give(case, "NNC", Level.VIEW, field_groups=["health"], source_ref="HM-26-7KQ4M2")
    assert can_ask(case) == {"victim_contact", "health"}


def test_a_share_that_names_none_covers_nothing_extra_sensitive(case):
    other = case_of("alice")
    give(other, "NNC", Level.CONTRIBUTE)
    assert can_ask(other) == {"victim_contact", "subject_identity"}


def test_nothing_narrows_the_lead_agency_nor_a_person_who_is_named(case):
    only(case)
    name_person(case, cast_get()["bob"], Level.CONTRIBUTE)
    assert can_ask(case) == set(FieldGroup.values) - {"reporter_identity"}
    assert can_ask(case, "asha") == set(FieldGroup.values)


@pytest.mark.parametrize("groups", [(), ("victim_contact",), tuple(FieldGroup.values)])
def test_why_for_somebody_else_agrees_with_what_they_find(case, groups):
    only(case, *groups)
    theirs = can_ask(case)
    with acting("alice") as actor:
        told = {why.group for why in fields_why_of(actor, case, actor_named("bob"), 3) if why.shown or why.can_ask}
    assert told == theirs


# --- Why ------------------------------------------------------------------------------------------------


def test_why_for_oneself(case):
    reveal(case, "bob", "health")
    with acting("bob") as actor:
        told = {why.group: why for why in fields_why(actor, case)}
    assert told["health"].shown
    assert told["trans_status"].can_ask
    assert told["reporter_identity"].sentence.endswith("at the level manage.")


def test_why_for_somebody_else_says_nothing_of_what_they_opened(case):
    reveal(case, "bob", "health")
    bob = actor_named("bob")
    with acting("alice") as actor:
        told = {why.group: why for why in fields_why_of(actor, case, bob, 3)}
    assert not told["health"].shown
    assert told["health"].sentence.endswith("is hidden until Bob Wickens says why they need it.")


def test_the_filter_costs_one_query_at_most(case, django_assert_num_queries):
    with acting("bob") as actor, django_assert_num_queries(1):
        assert shown(actor, case) == frozenset()
