"""What the tests of decisions about a case do: propose, confirm, and find a hate factor later."""

from __future__ import annotations

from incidents.models import Case, ClassificationProposal
from incidents.services.classification import (
    classification_confirm,
    classification_propose,
)
from incidents.services.hate_factor import hate_factor_found
from incidents.services.incident import StrandData
from perpetrators.services import PerpetratorData
from tests.cast import acting
from tests.incidents.casework import (
    case_of,
    fresh,
)

NAMED = PerpetratorData(
    status="named", given_name="Derek", family_name="Gant", description="A tall man", relationship="neighbour"
)


def propose(case: Case, to: str, name: str = "alice", **given):
    with acting(name) as actor:
        terms = {"version": fresh(case).version, "reason": "A dispute about parking"} | given
        return classification_propose(actor=actor, case=case, to=to, **terms)


def confirm(proposal: ClassificationProposal, name: str = "asha", version: int | None = None):
    with acting(name) as actor:
        row = ClassificationProposal.objects.visible_to(actor).select_related("case").get(pk=proposal.pk)
        now = fresh(row.case).version if version is None else version
        return classification_confirm(actor=actor, proposal=row, version=now)


def asb(name: str = "charlie", **given) -> Case:
    return case_of(name, strands=[], classification="asb", **given)


def find(case: Case, name: str = "charlie", **given):
    with acting(name) as actor:
        terms = {
            "version": fresh(case).version,
            "strands": [StrandData("RAC")],
            "perceived_by": "victim",
            "reason": "She said what they shouted",
            "classification": "hate_incident",
        } | given
        return hate_factor_found(actor=actor, case=case, **terms)
