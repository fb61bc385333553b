"""Builders for the tests of incidents that change cases: a whole picture of cases, and the acts as one of the cast."""

from __future__ import annotations

import uuid
from typing import Any

from incidents.models import (
    Case,
    CaseAccess,
    Characteristic,
    ClassificationProposal,
    Clock,
    ClockPause,
    FieldCorrection,
    Incident,
    IncidentMove,
    InvolvedPerson,
    KeyEvent,
    OnlineAccount,
    OnlinePost,
    Party,
    PersonTie,
    SubjectReport,
    Task,
    UpdateAgreement,
)
from incidents.services.incident_move import Versions, case_split, cases_join, incident_move
from incidents.services.incident_part import incident_move_undo
from perpetrators.models import PerpetratorAccess
from tests.cast import acting
from tests.incidents.casework import fresh
from victims.models import VictimAccess

WHY = "the test compares everything"
_CASE_LEFT = ("version", "updated_at")


def picture(*cases: Case) -> dict[str, Any]:
    """Everything that a move may take along, field by field; of the cases all but what counts saves, and of access whether
    texts are whole: names of cases among which incidents went are kept back in each of them from then on.
    """
    keys = [case.pk for case in cases]

    def rows(model: Any, **where: Any) -> list[dict[str, Any]]:
        return list(model.objects.unscoped(reason=WHY).filter(**where).order_by("pk").values())

    found = rows(Case, pk__in=keys)
    children = (
        *(Incident, Characteristic, Party, Clock, SubjectReport, CaseAccess, VictimAccess, PerpetratorAccess),
        *(Task, InvolvedPerson, PersonTie, KeyEvent, ClockPause, FieldCorrection, UpdateAgreement),
        *(ClassificationProposal, OnlinePost, OnlineAccount),
    )
    people = (CaseAccess, VictimAccess, PerpetratorAccess)
    return {
        "cases": [{k: v for k, v in row.items() if k not in _CASE_LEFT} for row in found],
        **{
            model.__name__: [
                {k: v for k, v in row.items() if model not in people or k not in ("id", "texts_whole")}
                for row in sorted(rows(model, case_id__in=keys), key=_order)
            ]
            for model in children
        },
    }


def _order(row: dict[str, Any]) -> str:
    return str(
        [row.get(name) for name in ("case_id", "agency_id", "user_id", "victim_id", "perpetrator_id", "kind", "id")]
    )


def versions(source: Case, target: Case) -> Versions:
    """As the person who looks at both cases now has them."""
    return Versions(fresh(source).version, fresh(target).version)


def move(incident: Incident, target: Case, name: str = "alice", **given: Any) -> list[IncidentMove]:
    """Move an incident as one of the cast."""
    incident = Incident.objects.unscoped(reason=WHY).select_related("case").get(pk=incident.pk)
    with acting(name) as actor:
        terms = {"reason": "It belongs there", "versions": versions(incident.case, target)} | given
        return incident_move(actor=actor, incident=incident, to_case=target, **terms)


def join(source: Case, target: Case, name: str = "alice", **given: Any) -> list[IncidentMove]:
    """Join two cases as one of the cast."""
    with acting(name) as actor:
        terms = {"reason": "The same dispute", "versions": versions(source, target)} | given
        return cases_join(actor=actor, case=source, to_case=target, **terms)


def split(case: Case, *incidents: Incident, name: str = "alice") -> tuple[Case, list[IncidentMove]]:
    """Split incidents off as one of the cast."""
    with acting(name) as actor:
        refs = [incident.ref for incident in incidents]
        version = fresh(case).version
        return case_split(actor=actor, case=case, incidents=refs, version=version, reason="Two matters")


def sent(case: Case, other: Case, **more: Any) -> dict[str, Any]:
    """What the pages send that put incidents of a case into another one, chosen by its reference."""
    return {
        "version": fresh(case).version,
        "to_version": "",
        "case_choice": "by_reference",
        "case_ref": other.ref,
        "reason": "It is the same dispute",
        "submission_id": str(uuid.uuid4()),
    } | more


def undo(moves: list[IncidentMove], name: str = "alice") -> list[IncidentMove]:
    """Undo an act as one of the cast."""
    with acting(name) as actor:
        return incident_move_undo(actor=actor, act=moves[0].act, reason="It was something else")
