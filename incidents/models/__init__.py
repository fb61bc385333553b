"""The hub: cases, the incidents in them, and what is done about them."""

from incidents.models.access import CaseAccess, CaseExclusion, CaseGrant, CasePerson
from incidents.models.audit import DipItem, DipSample
from incidents.models.case import Case, CaseSearch, CaseWords, ClassificationChange
from incidents.models.draft import IncidentDraft
from incidents.models.emergency import EmergencyAccess
from incidents.models.evidence import CustodyEvent, Evidence
from incidents.models.incident import Characteristic, Incident, Party, SubjectReport
from incidents.models.involved import InvolvedPerson, PersonTie
from incidents.models.progress import (
    ActionPlan,
    CaseClosure,
    ClockPause,
    KeyEvent,
    SupportReferral,
    UpdateAgreement,
)
from incidents.models.reveal import Reveal, WorkerShown
from incidents.models.risk import RiskAssessment, RiskDraft, RiskTool
from incidents.models.sharing import AccessMessage, AccessRequest, Breach, WishOverride
from incidents.models.work import Clock, Contact, Note, Task

__all__ = [
    "AccessMessage",
    "AccessRequest",
    "ActionPlan",
    "Breach",
    "Case",
    "CaseAccess",
    "CaseClosure",
    "CaseExclusion",
    "CaseGrant",
    "CasePerson",
    "CaseSearch",
    "CaseWords",
    "Characteristic",
    "ClassificationChange",
    "Clock",
    "ClockPause",
    "Contact",
    "CustodyEvent",
    "DipItem",
    "DipSample",
    "EmergencyAccess",
    "Evidence",
    "Incident",
    "IncidentDraft",
    "InvolvedPerson",
    "KeyEvent",
    "Note",
    "Party",
    "PersonTie",
    "Reveal",
    "RiskAssessment",
    "RiskDraft",
    "RiskTool",
    "SubjectReport",
    "SupportReferral",
    "Task",
    "UpdateAgreement",
    "WishOverride",
    "WorkerShown",
]
