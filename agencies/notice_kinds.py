"""What kinds of notices there are: the group in which a person chooses about each, or why nobody may.

A kind that stands nowhere here is of the group "Everything else" and mailed at once unless its person chose otherwise.
"""

from __future__ import annotations

from agencies.choices import NoticeGroup

CRITICAL: dict[str, str] = {
    "danger": "Somebody was said to be in danger now, or at high risk: whoever sorts reports or works the case reads it at once.",
    "emergency": "Somebody opened a case by emergency access: it must be reviewed while it can still be stopped.",
    "restricted": "Somebody opened a restricted case.",
    "breach": "What was shared may have reached the wrong hands: the time to report it runs.",
    "clock_red": "A deadline to a victim has passed: this is the first step of escalation.",
    "clock_manager": "A deadline to a victim passed two working days ago: it is the manager’s now.",
    "clock_chair": "A deadline to a victim passed five working days ago: it is on the chair’s list.",
    "task_overdue": "A task is late: somebody may be waiting for safety measures.",
    "task_manager": "A task is two working days late: it is the manager’s now.",
    "task_chair": "A task is five working days late: it is on the chair’s list.",
    "review_due": "A risk assessment must be looked at again.",
    "review_overdue": "A risk assessment was not looked at again in time.",
    "review_manager": "A risk assessment is two working days late: it is the manager’s now.",
    "review_chair": "A risk assessment is five working days late: it is on the chair’s list.",
}
"""Kinds that nobody can turn down, and why: they stand in the service at once, and are mailed as they come."""

FIXED = frozenset({*CRITICAL, "invitation"})
"""Kinds about which nobody chooses: the safety-critical ones, and the mail by which an account begins."""

GROUPS: dict[str, NoticeGroup] = {
    "task": NoticeGroup.TASKS,
    "task_due": NoticeGroup.TASKS,
    "clock_amber": NoticeGroup.DEADLINES,
    "key_event": NoticeGroup.DEADLINES,
    "draft": NoticeGroup.DEADLINES,
    "sample": NoticeGroup.DEADLINES,
    "lead": NoticeGroup.CASES,
    "deputy": NoticeGroup.CASES,
    "transfer": NoticeGroup.CASES,
    "handover": NoticeGroup.CASES,
    "cover": NoticeGroup.CASES,
    "proposal": NoticeGroup.CASES,
    "crime": NoticeGroup.CASES,
    "share": NoticeGroup.CASES,
    "access_request": NoticeGroup.SHARING,
    "override": NoticeGroup.SHARING,
    "share_ends": NoticeGroup.SHARING,
    "wish": NoticeGroup.SHARING,
    "wish_end": NoticeGroup.SHARING,
    "conflict": NoticeGroup.SHARING,
    "release": NoticeGroup.SHARING,
    "evidence": NoticeGroup.EVIDENCE,
    "mention": NoticeGroup.MENTIONS,
    "comment": NoticeGroup.MENTIONS,
    "saved_search": NoticeGroup.MENTIONS,
    "people": NoticeGroup.PEOPLE,
}
"""The group of each kind about which a person may choose."""

CRITICAL_GROUP = "critical"
"""The filter of the list for the kinds that nobody can turn down."""


def group_of(kind: str) -> str:
    """The group whose choice decides about a kind; "" where nobody chooses."""
    return "" if kind in FIXED else GROUPS.get(kind, NoticeGroup.OTHER).value


def kinds_of(group: str) -> tuple[list[str], bool]:
    """The kinds of a group, and whether these are left out instead: for everything that stands in no group."""
    if group == CRITICAL_GROUP:
        return list(CRITICAL), False
    if group == NoticeGroup.OTHER:
        return [*FIXED, *GROUPS], True
    return [kind for kind, its in GROUPS.items() if its == group], False
