"""The hub: cases, the incidents in them, and what is done about them."""

from incidents.models.access import CaseAccess, CaseExclusion, CaseGrant, CasePerson
from incidents.models.allocation import Cover, Handover
from incidents.models.audit import DipItem, DipSample
from incidents.models.case import Case, CaseNames, CaseSearch, CaseWords, ClassificationChange, PriorityChange
from incidents.models.change import CaseChange, TaskStep
from incidents.models.decision import JustDecided
from incidents.models.draft import IncidentDraft
from incidents.models.emergency import EmergencyAccess
from incidents.models.evidence import CustodyEvent, Evidence
from incidents.models.incident import Characteristic, Incident, Party, SubjectReport
from incidents.models.involved import InvolvedPerson, PersonTie
from incidents.models.letter import Letter, LetterTemplate
from incidents.models.online import OnlineAccount, OnlinePost
from incidents.models.place import PostcodePoint
from incidents.models.progress import (
    ActionPlan,
    CaseClosure,
    ClockPause,
    KeyEvent,
    SupportReferral,
    UpdateAgreement,
)
from incidents.models.repair import FieldCorrection, StruckText
from incidents.models.reveal import Reveal, WorkerShown
from incidents.models.risk import RiskAssessment, RiskDraft, RiskTool
from incidents.models.search import SavedSearch
from incidents.models.sharing import AccessMessage, AccessRequest, Breach, WishOverride
from incidents.models.task_comment import TaskComment
from incidents.models.triage import CaseMoved, ClassificationProposal, IncidentMove
from incidents.models.visit import CaseVisit
from incidents.models.work import Clock, Contact, Note, Task

__all__ = [
    "AccessMessage",
    "AccessRequest",
    "ActionPlan",
    "Breach",
    "Case",
    "CaseAccess",
    "CaseChange",
    "CaseClosure",
    "CaseExclusion",
    "CaseGrant",
    "CaseMoved",
    "CaseNames",
    "CasePerson",
    "CaseSearch",
    "CaseVisit",
    "CaseWords",
    "Characteristic",
    "ClassificationChange",
    "ClassificationProposal",
    "Clock",
    "ClockPause",
    "Contact",
    "Cover",
    "CustodyEvent",
    "DipItem",
    "DipSample",
    "EmergencyAccess",
    "Evidence",
    "FieldCorrection",
    "Handover",
    "Incident",
    "IncidentDraft",
    "IncidentMove",
    "InvolvedPerson",
    "JustDecided",
    "KeyEvent",
    "Letter",
    "LetterTemplate",
    "Note",
    "OnlineAccount",
    "OnlinePost",
    "Party",
    "PersonTie",
    "PostcodePoint",
    "PriorityChange",
    "Reveal",
    "RiskAssessment",
    "RiskDraft",
    "RiskTool",
    "SavedSearch",
    "StruckText",
    "SubjectReport",
    "SupportReferral",
    "Task",
    "TaskComment",
    "TaskStep",
    "UpdateAgreement",
    "WishOverride",
    "WorkerShown",
]
