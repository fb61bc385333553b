"""Telling the police of a suspected crime that they cannot see: a prompt on the case's page (docs/domain.md §1.4)."""

from __future__ import annotations

import pytest

from incidents.choices import Level
from incidents.models import Case
from incidents.rules.sharing import Wishes, police_prompt
from incidents.selectors.case_page import case_get, case_page
from incidents.selectors.share import wishes_block
from tests.cast import acting, client_of
from tests.incidents.casework import case_of, give, text, victim_set

WHY = "the test arranges the row"


@pytest.mark.parametrize(
    ("said", "prompt"),
    [
        ([], "ask"),
        (["not_asked"], "ask"),
        (["yes", "not_asked"], "ask"),
        (["no", "not_asked"], "ask_or_override"),
        (["yes"], "share"),
        (["yes", "yes"], "share"),
        (["no"], ""),
        (["yes", "withdrawn"], ""),
    ],
)
def test_what_is_left_to_do(said, prompt):
    assert police_prompt([Wishes(police=wish) for wish in said]) == prompt


@pytest.mark.django_db
def test_the_page_prompts_until_the_police_can_see_it_or_the_victim_said_no(cast):
    case = case_of("bob", classification="crime_suspected")

    def prompt(name="bob"):
        with acting(name) as actor:
            return case_page(actor=actor, case=case_get(actor=actor, ref=case.ref)).police

    victim_set(case, wish_share_police="not_asked")
    assert prompt() == "ask"
    page = client_of("bob").get(f"/cases/{case.ref}/")
    assert "A crime is suspected and the police cannot see this case" in text(page)
    assert f"/cases/{case.ref}/share/" in page.content.decode()
    give(case, "WNC", Level.CONTRIBUTE)
    assert prompt("walt") == ""
    victim_set(case, wish_share_police="yes")
    assert prompt() == "share"
    victim_set(case, wish_share_police="no")
    assert prompt() == ""
    victim_set(case, wish_share_police="not_asked")
    Case.objects.unscoped(reason=WHY).filter(pk=case.pk).update(classification="hate_incident")
    assert prompt() == ""
    Case.objects.unscoped(reason=WHY).filter(pk=case.pk).update(classification="crime_suspected")
    give(case, "POL", Level.VIEW)
    assert prompt() == ""


@pytest.mark.django_db
@pytest.mark.parametrize("wish", ["not_asked", "yes", "no"])
def test_who_may_not_know_the_victims_learns_nothing_of_their_wishes(cast, wish):
    case = case_of("bob", classification="crime_suspected")
    victim_set(case, wish_share_police=wish, wish_share_council="no")
    give(case, "PROB", Level.MANAGE)
    with acting("petra") as actor:
        held = case_get(actor=actor, ref=case.ref)
        page = case_page(actor=actor, case=held)
        assert page.can.share
        assert (page.police, wishes_block(actor, held)) == ("", None)
    shown = text(client_of("petra").get(f"/cases/{case.ref}/share/"))
    assert "What a victim wishes about sharing is not shown to you" in shown
    assert "does not want it shared" not in shown
    with acting("bob") as actor:
        assert wishes_block(actor, case_get(actor=actor, ref=case.ref))
