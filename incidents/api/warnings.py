"""Names in texts where none belong, sent by a machine: they are taken, and the answer says so (docs/domain.md §5.4).

A form asks before (`incidents.forms.names`), of the same fields and by the same sentences.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from incidents.models import Case
from incidents.rules.names import Naming, person_naming
from incidents.selectors.case_page import case_get
from incidents.selectors.names import names_on_record
from kernel.actors import Actor

Warned = list[dict[str, str]]


def names_warned(sent: Mapping[str, Any], readers: Mapping[str, str], names: Callable[[], Naming]) -> Warned:
    """A warning for each of these fields that has a name in it. `readers` says of each who reads it; `names` are those
    that who writes knows anyway, and asked for only where something was sent: no warning tells anybody a name.
    """
    typed = {field: str(sent.get(field) or "") for field in readers}
    if not any(typed.values()):
        return []
    told = names()
    found = {field: told.found_in(text) for field, text in typed.items()}
    return [
        {"field": field, "message": f"{_contains(found[field])} {readers[field]}"} for field in readers if found[field]
    ]


def names_told(actor: Actor, case: Case) -> Naming:
    """The names in a case that the caller is shown at this moment; none where they cannot open it any more."""
    try:
        return names_on_record(actor, case_get(actor=actor, ref=case.ref))
    except Case.DoesNotExist:
        return Naming()


def names_sent(report: Mapping[str, Any]) -> Naming:
    """The names that a report itself brings."""
    people = [*report.get("victims", ()), *report.get("perpetrators", ())]
    told = sum((person_naming(one.get("given_name", ""), one.get("family_name", "")) for one in people), Naming())
    bodies = tuple(one["organisation"] for one in people if one.get("organisation"))
    reporter = tuple(filter(None, [report.get("reporter_name", "")]))
    return told + Naming(reporter, bodies)


def _contains(names: tuple[str, ...]) -> str:
    quoted = " and ".join(f"“{name}”" for name in names)
    return f"This contains the name{'s' if len(names) > 1 else ''} {quoted}."
