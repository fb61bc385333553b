"""Who may see and do what with cases: the first wall. Row-level security (incidents/migrations) is the second.

A case is visible to an actor when a grant of level view or higher is in force for one of the actor's
agencies (or the actor is named on it), and no exclusion names the actor or one of those agencies. What is
in force is decided by the database's clock. See docs/permissions.md.
"""

from __future__ import annotations

import incidents.scoping.changes
import incidents.scoping.involved
import incidents.scoping.letters
import incidents.scoping.online
import incidents.scoping.progress
import incidents.scoping.records
import incidents.scoping.repair
import incidents.scoping.search
import incidents.scoping.triage  # noqa: F401  (they register the scopes)
from incidents.scoping.allocation import (
    allocates,
    may_comment,
    may_end_cover,
    may_name_lead,
    party_to_task,
    supervises,
)
from incidents.scoping.deciding import (
    asked_for_task,
    does_task,
    is_decider,
    is_triager,
    may_direct_task,
    may_judge_breaches,
    may_see_breaches,
    may_set_tier,
    takes_original,
    withdraws_evidence,
)
from incidents.scoping.opening import (
    BREACH_NOTICE,
    DECIDERS,
    EMERGENCY_NOTICE,
    KNOWN_KINDS,
    REQUEST_NOTICE,
    RESTRICTED_NOTICE,
    TRIAGERS,
    WISH_END_NOTICE,
    WISH_NOTICE,
    CaseGroups,
    CaseKnown,
    CaseKnows,
    CaseLevel,
    CaseOpens,
    CaseSides,
    DipTold,
    EvidenceTold,
    Excluded,
    Homes,
    Opens,
    agencies_as,
    envelope,
    hidden_sides,
    in_case,
    level_now,
    opens_nothing,
    through_case,
)
from incidents.scoping.records import tasks_told

__all__ = [
    "BREACH_NOTICE",
    "DECIDERS",
    "EMERGENCY_NOTICE",
    "KNOWN_KINDS",
    "REQUEST_NOTICE",
    "RESTRICTED_NOTICE",
    "TRIAGERS",
    "WISH_END_NOTICE",
    "WISH_NOTICE",
    "CaseGroups",
    "CaseKnown",
    "CaseKnows",
    "CaseLevel",
    "CaseOpens",
    "CaseSides",
    "DipTold",
    "EvidenceTold",
    "Excluded",
    "Homes",
    "Opens",
    "agencies_as",
    "allocates",
    "asked_for_task",
    "does_task",
    "envelope",
    "hidden_sides",
    "in_case",
    "is_decider",
    "is_triager",
    "level_now",
    "may_comment",
    "may_direct_task",
    "may_end_cover",
    "may_judge_breaches",
    "may_name_lead",
    "may_see_breaches",
    "may_set_tier",
    "opens_nothing",
    "party_to_task",
    "supervises",
    "takes_original",
    "tasks_told",
    "through_case",
    "withdraws_evidence",
]
