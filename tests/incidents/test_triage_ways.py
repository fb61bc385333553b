"""The table of ways out of triage, walked through the services that take them and the pages that offer them."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from django.db import transaction
from django.urls import reverse

from agencies.models import Membership, User
from incidents.choices import Classification, Level, Tier
from incidents.models import Case
from incidents.rules.triage_routes import RULES, Route, RouteFacts, routes
from incidents.services.access import access_rebuild
from incidents.services.case import case_triage
from incidents.services.classification import classification_propose
from incidents.services.crime import crime_record
from incidents.services.hate_factor import hate_factor_found
from incidents.services.incident import StrandData
from incidents.services.incident_move import Versions, cases_join
from incidents.services.transfer import lead_transfer
from incidents.services.triage import report_ask_back
from kernel.errors import ForbiddenError, RuleError
from tests.cast import acting, agency, cast_get, client_of
from tests.incidents.casework import case_of, fresh, give, text
from tests.rules.test_triage_routes import EXPECTED, routes_open

pytestmark = pytest.mark.django_db
WHY = "the test arranges the row"


class _UndoneError(Exception):
    """What was tried is taken back."""


@contextmanager
def undone():
    """Everything within is taken back."""
    try:
        with transaction.atomic():
            yield
            raise _UndoneError
    except _UndoneError:
        pass


def accept(actor: Any, case: Case, _: Case) -> None:
    kept = "hate_incident" if case.classification == Classification.UNDETERMINED else case.classification
    triage(actor, case, kept)


def triage(actor: Any, case: Case, to: str) -> None:
    terms = {
        "priority": case.priority,
        "lead_worker": User.objects.get(pk=actor.user_id),
        "reason": "Looked at",
    }
    case_triage(actor=actor, case=case, version=case.version, classification=to, **terms)


def propose(to: str) -> Callable[[Any, Case, Case], None]:
    def act(actor: Any, case: Case, _: Case) -> None:
        classification_propose(actor=actor, case=case, version=case.version, to=to, reason="Looked at again")

    return act


def found(actor: Any, case: Case, _: Case) -> None:
    terms = {"strands": [StrandData("RAC")], "perceived_by": "victim", "reason": "She said so"}
    hate_factor_found(actor=actor, case=case, version=case.version, **terms)


TAKE: dict[Route, Callable[[Any, Case, Case], Any]] = {
    Route.ACCEPT: accept,
    Route.JOIN: lambda actor, case, other: cases_join(
        actor=actor, case=case, to_case=other, versions=Versions(case.version, other.version), reason="The same"
    ),
    Route.TRANSFER: lambda actor, case, _: lead_transfer(
        actor=actor, case=case, version=case.version, agency=agency("NNC"), reason="They work there"
    ),
    Route.ASK_BACK: lambda actor, case, _: report_ask_back(
        actor=actor, case=case, agency=case.lead_agency, question="Who saw it?"
    ),
    Route.OUT_OF_AREA: lambda actor, case, _: triage(actor, case, "out_of_area"),
    Route.NOT_HATE: propose("not_hate"),
    Route.ASB: propose("asb"),
    Route.NO_RECORD: propose("no_record"),
    Route.HATE_FACTOR: found,
    Route.CRIME: lambda actor, case, _: crime_record(
        actor=actor, case=case, version=case.version, crime_reference="26000111222"
    ),
}
"""How each way is taken."""


def test_every_way_can_be_taken():
    assert set(TAKE) == set(Route) == set(RULES)


def arrange(cases: list[Case], facts: RouteFacts) -> str:
    """Put a case and the one that it may be joined to as the facts say; answers who of the police stands so."""
    case, other = cases
    rows = Case.objects.unscoped(reason=WHY)
    rows.filter(pk=case.pk).update(classification=facts.classification, status=facts.status)
    rows.filter(pk=other.pk).update(classification=facts.classification)
    if facts.by_name:
        rows.filter(pk__in=[case.pk, other.pk]).update(tier=Tier.OWN)
        access_rebuild([case.pk, other.pk])
    if facts.proposal_waits:
        with acting("amir") as amir:
            propose("not_hate")(amir, fresh(case), other)
    if not facts.manages:
        return "alice" if facts.records_crimes else "bob"
    if not facts.triages:
        Membership.objects.filter(user=cast_get()["alice"]).update(roles=["caseworker"])
    return "asha" if facts.decides else "alice"


def refusals(name: str, case: Case, other: Case, *wanted: Route) -> dict[Route, str]:
    """What the services say of these ways for somebody; nothing where they take one."""
    now, there = fresh(case), fresh(other)
    said = {}
    with acting(name) as actor:
        for route in wanted or Route:
            with undone():
                try:
                    TAKE[route](actor, now, there)
                    said[route] = ""
                except (ForbiddenError, RuleError) as error:
                    said[route] = str(error) or "refused"
    if said.get(Route.OUT_OF_AREA) == "" and now.classification == Classification.OUT_OF_AREA:
        said[Route.OUT_OF_AREA] = "it is there already"
    return said


def possible(facts: RouteFacts) -> bool:
    """Whether somebody can stand so: who decides for an agency sorts its reports too, and manages what it leads."""
    return not facts.decides or (facts.triages and facts.manages)


def test_the_services_take_the_ways_that_the_table_opens_and_no_other(cast, monkeypatch):
    from incidents.services import triage as asking

    led, theirs = [case_of("alice") for _ in range(2)], [case_of("bob") for _ in range(2)]
    for mine, other in zip(led, theirs, strict=True):
        give(mine, "NNC", Level.VIEW)
        give(other, "POL", Level.CONTRIBUTE)
    askable = asking.askable
    wrong = []
    for facts, expected in EXPECTED:
        if not possible(facts):
            continue
        partner = facts.records_crimes and not facts.triages
        # Who sorts reports for the police records crimes in what the police lead.
        told = replace(facts, records_crimes=facts.records_crimes or (facts.triages and facts.manages))
        ways = expected | (routes_open(told) & {Route.CRIME})
        monkeypatch.setattr(asking, "askable", askable if facts.askable else lambda **_: [])
        cases = theirs if partner else led
        with undone():
            name = arrange(cases, facts)
            said = refusals(name, *cases)
        wrong += [(facts, route, said[route]) for route in Route if (route in ways) != (not said[route])]
    assert not wrong


def test_a_shut_way_is_refused_in_the_words_of_the_table(cast):
    case, other = case_of("alice"), case_of("alice")
    Case.objects.unscoped(reason=WHY).filter(pk=case.pk).update(classification="asb")
    facts = RouteFacts(classification="asb", records_crimes=True)
    shut = {state.rule.route: state.closed_because for state in routes(facts) if not state.open}
    assert refusals("alice", case, other, *shut) == shut


# --- Pages ------------------------------------------------------------------------------------------


ADDRESSES = {
    Route.ACCEPT: "case_triage",
    Route.JOIN: "case_join",
    Route.TRANSFER: "transfer",
    Route.ASK_BACK: "triage_ask",
    Route.OUT_OF_AREA: "case_triage",
    Route.HATE_FACTOR: "hate_factor",
    Route.CRIME: "crime_record",
}


def test_each_open_way_is_a_link_and_each_shut_one_says_why(cast):
    case = case_of("alice")
    Case.objects.unscoped(reason=WHY).filter(pk=case.pk).update(classification="asb")
    client = client_of("alice")
    page = client.get(f"/cases/{case.ref}/triage/ways/")
    told = text(page)
    facts = RouteFacts(classification="asb", records_crimes=True)
    for state in routes(facts):
        address = reverse(f"incidents:{ADDRESSES.get(state.rule.route, 'classification_propose')}", args=[case.ref])
        if state.open:
            assert f'href="{address}' in page.content.decode(), state.rule.route
            assert client.get(address).status_code == 200
        else:
            assert f"{state.rule.label}" in told
            assert f"Not now: {state.closed_because}" in told
        if not state.open and state.rule.two_people:
            form = {"version": case.version, "to": state.rule.route.value, "reason": "x", "step": "save"}
            assert state.closed_because in text(client.post(address, form))
    assert fresh(case).proposals.count() == 0
