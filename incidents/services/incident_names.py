"""A report that is logged holds no name that its case puts aside: in no free text of it (docs/domain.md §1.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from incidents.choices import Classification
from incidents.models import Case
from incidents.rules.names import Naming, person_naming, reported_naming
from incidents.selectors.names import names_of_others, names_put_aside
from incidents.services.words import refuse
from kernel.actors import Actor

if TYPE_CHECKING:
    from incidents.services.incident import IncidentData


def report_names_kept_out(actor: Actor, case: Case, data: IncidentData, *, joined: bool) -> None:
    """Raise RuleError beside the text of a report that names an alleged perpetrator, or says who posted something,
    where the case keeps no names: as the report itself tells it, and as the quarantine of a case that it joins does, for
    who may know that. Three queries for a case that is joined, else none.
    """
    if Classification(case.classification).keeps_names:
        return
    told = names_told(data)
    others = Naming(tuple(name for one in data.victims for name in (one.given_name, one.family_name) if name))
    if joined:
        told += names_put_aside(actor, case)
    for field, text in _texts(data).items():
        found = told.found_in(text)
        if found:
            refuse(found, others + names_of_others(actor, case) if joined else others, field=field)


def names_told(data: IncidentData) -> Naming:
    """Who did it, as a report tells it: names, and the account that posted it."""
    people = (person_naming(one.given_name, one.family_name) for one in data.perpetrators if not one.ref)
    account = reported_naming(data.account.identity()) if data.account else Naming()
    return sum(people, account)


def _texts(data: IncidentData) -> dict[str, str]:
    post = data.post
    return {
        "narrative": data.narrative,
        "location": data.location,
        "summary": data.summary,
        "priority_reason": data.priority_reason,
        "strands": "\n".join(one.other for one in data.strands),
        "perpetrators": "\n".join(one.description for one in data.perpetrators),
        "post": "\n".join(filter(None, (post.audience, post.tagged, post.told_ref))) if post else "",
    }
