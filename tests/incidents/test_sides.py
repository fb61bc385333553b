"""What an agency of one side reads and changes in a case: never a name of the other (docs/domain.md §5.3, §5.4)."""

from __future__ import annotations

import pytest

from incidents.choices import Level
from incidents.services.case import case_update
from kernel.errors import RuleError
from perpetrators.services import PerpetratorData
from tests.cast import acting, client_of
from tests.incidents.casework import case_of, fresh, give, text

pytestmark = pytest.mark.django_db

QUILL = PerpetratorData(status="named", given_name="Dean", family_name="Quill", description="A man with a red van")


def edit(case) -> str:
    return f"/cases/{case.ref}/edit/"


def edit_data(case, **values) -> dict:
    now = fresh(case)
    kept = {"version": now.version, "priority": now.priority, "status": now.status, "priority_reason": ""}
    return kept | values


NAMED = "Dean Quill shouted at Farida Mirza."


@pytest.fixture(params=[("petra", "PROB", "Farida Mirza"), ("viola", "VSS", "Dean Quill")])
def one_sided(request, cast):
    """A case whose summary names both sides, who manages it for one side, and the name kept from them."""
    who, code, hidden = request.param
    case = case_of("alice", classification="crime_suspected", perpetrators=[QUILL], summary=NAMED)
    give(case, code, Level.MANAGE)
    return case, who, hidden


def test_a_one_sided_agency_edits_a_case_without_reading_the_other_side(one_sided):
    case, who, hidden = one_sided
    page = client_of(who).get(edit(case))
    family = hidden.split()[1]
    assert page.status_code == 200
    assert family not in page.content.decode()
    assert "[not shown]" in text(page)
    assert "so you cannot change it" in text(page)
    assert "summary" not in page.context["form"].fields
    sent = edit_data(case, priority="P1", summary="Somebody shouted.")
    assert client_of(who).post(edit(case), sent).status_code == 302
    assert (fresh(case).summary, fresh(case).priority) == (NAMED, "P1")


def test_both_versions_are_shown_without_the_other_side(one_sided):
    case, who, hidden = one_sided
    answer = client_of(who).post(edit(case), edit_data(case, version=0, summary="What I typed."))
    assert answer.status_code == 409
    assert hidden.split()[1] not in answer.content.decode()
    assert "What I typed." in text(answer)


def test_a_summary_with_hidden_names_is_neither_lost_nor_guessed(one_sided):
    case, who, hidden = one_sided
    with acting(who) as actor:
        shown = NAMED.replace(hidden, "[not shown] [not shown]")
        kept = case_update(actor=actor, case=case, version=fresh(case).version, changes={"summary": f"{shown}\r\n"})
        assert kept.summary == NAMED
        # The very text is refused like any other: an answer must not tell that the guess was right.
        for guess in (NAMED, NAMED.replace(hidden, "Somebody Else"), ""):
            with pytest.raises(RuleError) as refused:
                case_update(actor=actor, case=case, version=fresh(case).version, changes={"summary": guess})
            assert refused.value.field == "summary"
    assert fresh(case).summary == NAMED


def test_a_one_sided_agency_changes_a_summary_that_hides_nothing_from_it(cast):
    case = case_of("alice", summary="Shouting at the market.")
    give(case, "VSS", Level.MANAGE)
    assert client_of("viola").post(edit(case), edit_data(case, summary="Shouting at the bus stop.")).status_code == 302
    assert fresh(case).summary == "Shouting at the bus stop."
