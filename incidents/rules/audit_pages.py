"""What pages are called in the audit: the names of their routes in words (docs/domain.md §8.2)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

_PAGES = {
    "agencies:agreement": "Sharing agreement",
    "agencies:agreement_decide": "Decide about an agreement",
    "agencies:agreement_extend": "Extend an agreement",
    "agencies:agreement_successor": "Name a successor agency",
    "agencies:agreements": "Sharing agreements",
    "agencies:people_confirm": "Who is still here",
    "hasbag:attendance": "Attendance at a meeting",
    "hasbag:item_add": "Put a case on an agenda",
    "hasbag:item_release": "Release a case to a meeting",
    "hasbag:item_remove": "Take a case off an agenda",
    "hasbag:item_restore": "Put a case back on an agenda",
    "hasbag:meeting": "Meeting",
    "hasbag:pack": "Briefing pack",
    "hasbag:pack_new": "Make a briefing pack",
    "hasbag:pack_pdf": "Briefing pack as a file",
    "hasbag:proposal": "Decide about a release to a meeting",
    "hasbag:refer": "Refer a case to a meeting",
    "hasbag:sign": "Sign minutes",
    "incidents:access": "Who can open a case",
    "incidents:access_question": "Ask back about a request for access",
    "incidents:access_refuse": "Refuse a request for access",
    "incidents:access_request": "Request for access",
    "incidents:add_perpetrator": "Add an alleged perpetrator",
    "incidents:add_victim": "Add a victim",
    "incidents:breach": "Breach",
    "incidents:breaches": "Breaches",
    "incidents:case": "Case",
    "incidents:case_deputy": "Deputy worker",
    "incidents:case_edit": "Change a case",
    "incidents:case_handover": "Hand a case over",
    "incidents:case_join": "Join a case to another one",
    "incidents:case_lead_worker": "Lead worker",
    "incidents:case_print": "Print a case",
    "incidents:case_split": "Split a case",
    "incidents:case_triage": "Triage decision",
    "incidents:cases": "Cases",
    "incidents:cases_export": "A list of cases as a file",
    "incidents:classification": "How a case was classified",
    "incidents:classification_decide": "Decide about a proposed classification",
    "incidents:classification_propose": "Propose a classification",
    "incidents:clock_pause": "Pause a time limit",
    "incidents:clock_resume": "Let a time limit go on",
    "incidents:clocks": "Time limits of a case",
    "incidents:close": "Close a case",
    "incidents:closure": "How a case was closed",
    "incidents:conflict_add": "Keep somebody out of a case",
    "incidents:conflict_end": "Let somebody back into a case",
    "incidents:conflicts": "Conflicts of interest",
    "incidents:contact_add": "Log a contact",
    "incidents:contact_correct": "Correct a contact",
    "incidents:contact_strike": "Strike a contact",
    "incidents:contact_undo": "Take back a contact",
    "incidents:cover_end": "End cover for leave",
    "incidents:covers": "Cover for leave",
    "incidents:crime_record": "Record a crime with its reference",
    "incidents:emergency": "Emergency access",
    "incidents:emergency_opening": "Review of an emergency access",
    "incidents:event_add": "Key event",
    "incidents:evidence": "Evidence of a case",
    "incidents:evidence_add": "Add evidence",
    "incidents:evidence_download": "Evidence as a file",
    "incidents:evidence_item": "Evidence",
    "incidents:evidence_original": "Original of evidence",
    "incidents:evidence_page": "Page of evidence",
    "incidents:evidence_page_picture": "Picture of a page of evidence",
    "incidents:evidence_picture": "Picture of evidence",
    "incidents:evidence_redact": "Cover parts of evidence",
    "incidents:evidence_release": "Release a covered copy",
    "incidents:evidence_withdraw": "Withdraw evidence",
    "incidents:governance_emergency": "Audit: emergency access",
    "incidents:governance_often": "Audit: looked at by many",
    "incidents:governance_out_of_hours": "Audit: reading out of hours",
    "incidents:governance_own_name": "Audit: own names",
    "incidents:governance_sample": "Audit: an event of the sample",
    "incidents:governance_samples": "Audit: the monthly sample",
    "incidents:governance_staff": "Staff activity",
    "incidents:governance_user": "Audit: what somebody saw and did",
    "incidents:hate_factor": "Hate factor",
    "incidents:household_add": "Say who lives together",
    "incidents:household_leave": "Say who moved out",
    "incidents:incident_correct": "Correct a date of an incident",
    "incidents:incident_facts": "Correct what is recorded of an incident",
    "incidents:incident_move": "Move an incident to another case",
    "incidents:incident_same": "Reports of the same incident",
    "incidents:involved_add": "Add somebody to a case",
    "incidents:involved_edit": "Change somebody of a case",
    "incidents:involved_end": "End somebody’s part in a case",
    "incidents:just_added": "Take back what was just added",
    "incidents:letter": "Letter",
    "incidents:letter_new": "Choose a letter",
    "incidents:letter_pdf": "Letter as a file",
    "incidents:letter_print": "Print a letter",
    "incidents:letter_write": "Write a letter",
    "incidents:letters": "Letters of a case",
    "incidents:log": "Log an incident",
    "incidents:log_check": "Check a report before it is sent",
    "incidents:log_discard": "Erase a draft",
    "incidents:log_find_victim": "Find a victim while logging",
    "incidents:log_person": "Log an incident: a person",
    "incidents:log_remove": "Log an incident: remove somebody",
    "incidents:log_resume": "Go on with a report",
    "incidents:log_step": "Log an incident: a step",
    "incidents:logged": "Report logged",
    "incidents:move_undo": "Undo moving incidents",
    "incidents:moves": "Incidents that changed cases",
    "incidents:name_erase": "Erase a name in quarantine",
    "incidents:name_record": "Record a name that waits in quarantine",
    "incidents:note_add": "Add a note",
    "incidents:note_strike": "Strike a note",
    "incidents:note_undo": "Take back a note",
    "incidents:online": "Online details of an incident",
    "incidents:online_account": "Account that posted something",
    "incidents:online_account_add": "Add an account that posted something",
    "incidents:overdue": "Overdue",
    "incidents:override": "Override of a wish",
    "incidents:override_add": "Ask to override a wish",
    "incidents:partner_records": "Records at partners",
    "incidents:plan_add": "Action plan",
    "incidents:points_of_contact": "Points of contact",
    "incidents:quarantine": "Quarantine of a case",
    "incidents:quick_add": "Add to a case",
    "incidents:record_correct": "Correct a date",
    "incidents:record_strike": "Strike a record",
    "incidents:referral_add": "Referral to victim support",
    "incidents:reopen": "Open a case again",
    "incidents:reveal": "Show protected fields",
    "incidents:reveal_end": "Close protected fields again",
    "incidents:risk": "Risk assessment",
    "incidents:risk_new": "New risk assessment",
    "incidents:risk_section": "Section of a risk assessment",
    "incidents:search_delete": "Delete a saved search",
    "incidents:search_edit": "Change a saved search",
    "incidents:search_new": "Save a search",
    "incidents:search_run": "Run a saved search",
    "incidents:searches": "Saved searches",
    "incidents:share_add": "Share a case",
    "incidents:share_end": "End a share",
    "incidents:share_recall": "Recall a share",
    "incidents:sign_off": "Sign-off",
    "incidents:task": "Task",
    "incidents:task_accept": "Accept a task",
    "incidents:task_add": "Add a task",
    "incidents:task_comment": "Comment on a task",
    "incidents:task_complete": "Complete a task",
    "incidents:task_decline": "Decline a task",
    "incidents:task_offer": "Offer a task to another agency",
    "incidents:task_reassign": "Give a task to somebody else",
    "incidents:task_reword": "Change the words of a task",
    "incidents:task_start": "Start a task",
    "incidents:task_withdraw": "Withdraw a task",
    "incidents:tasks": "Tasks",
    "incidents:tasks_selected": "Selected tasks",
    "incidents:team": "Team",
    "incidents:team_worker": "A colleague’s work",
    "incidents:tier": "Choose who can open a case",
    "incidents:tie_add": "Say how people stand to each other",
    "incidents:tie_end": "End how people stand to each other",
    "incidents:transfer": "Move a case to another agency",
    "incidents:triage_ask": "Ask back about a report",
    "incidents:triage_inbox": "Triage",
    "incidents:triage_report": "Sort a report",
    "incidents:triage_routes": "Ways out of triage",
    "incidents:updates_add": "Updates agreed with the victim",
    "incidents:work": "My work",
    "jump": "Find by reference or words",
    "perpetrators:perpetrator": "Alleged perpetrator",
    "victims:sensitive": "Extra-sensitive information",
    "victims:victim": "Victim",
    "victims:victim_edit": "Change a victim’s record",
    # Written by hand where several cases are named on one page.
    "alike": "Reports that may be the same",
    "triage": "Triage",
}

_CALLS = {
    "access-request-answer": "answer a request for access",
    "case": "a case",
    "case-access-requests": "requests for access",
    "case-contacts": "contacts of a case",
    "case-crime": "record a crime",
    "case-evidence": "evidence of a case",
    "case-notes": "notes of a case",
    "case-reveals": "show protected fields",
    "case-risk-assessments": "risk assessments of a case",
    "case-shares": "shares of a case",
    "case-tasks": "tasks of a case",
    "cases": "cases",
    "evidence": "evidence",
    "evidence-file": "evidence as a file",
    "evidence-original": "original of evidence",
    "evidence-withdraw": "withdraw evidence",
    "incidents": "log an incident",
    "indicators": "figures",
    "meeting": "a meeting",
    "meeting-item": "a case on an agenda",
    "meeting-items": "an agenda",
    "meeting-packs": "briefing packs",
    "meetings": "meetings",
    "pack": "a briefing pack",
    "pack-pdf": "a briefing pack as a file",
    "perpetrator": "an alleged perpetrator",
    "share-recall": "recall a share",
    "task-accept": "accept a task",
    "task-complete": "complete a task",
    "task-decline": "decline a task",
    "tasks": "tasks",
    "victim": "a victim",
}

_VIEWS = {
    "emergency": "Emergency access",
    "often": "Looked at by many",
    "out_of_hours": "Reading out of hours",
    "own_name": "Own names",
    "record": "Who saw a case or a person",
    "sample": "The monthly sample",
    "staff": "Staff activity",
    "user": "What somebody saw and did",
}

_PARTS = {
    "chronology": "the chronology",
    "clocks": "time limits",
    "closing": "closing",
    "contact": "contacts",
    "evidence": "evidence",
    "incident": "an incident",
    "involved": "further people",
    "letters": "letters",
    "online": "what was posted online",
    "proposal": "a proposed release to a meeting",
    "release": "a release to a meeting",
    "risk": "risk assessments",
    "undo": "what was just added",
}

_ANSWERS = {403: "that they may see it, not do this", 404: "as if it did not exist"}


def page_words(name: str | int) -> str:
    """A page as it is called: by the name of its route, "By machine" for a call of the API, or the number of a page
    of a file. An unknown one is read as it is written.
    """
    if isinstance(name, int) or name.isdecimal():
        return f"page {name}"
    if name.startswith("api:"):
        call = name.removeprefix("api:")
        return f"By machine: {_CALLS.get(call, _plain(call))}"
    return f"page “{_PAGES[name]}”" if name in _PAGES else f"page {_plain(name)}"


def view_words(name: str) -> str:
    """Which screen of the audit was read."""
    return f"screen “{_VIEWS[name]}”" if name in _VIEWS else f"screen {_plain(name)}"


def part_words(name: str) -> str:
    """Which part of a case was read."""
    return f"part: {_PARTS.get(name, _plain(name))}"


def answer_words(status: int) -> str:
    """How a record was refused."""
    return f"answered {_ANSWERS[status]}" if status in _ANSWERS else f"answer {status}"


FACT_WORDS: dict[str, Callable[[Any], str]] = {
    "part": part_words,
    "page": page_words,
    "status": answer_words,
    "view": view_words,
}
"""Facts of an event that are names of the product's own, and how each is said."""


def _plain(name: str) -> str:
    return name.rpartition(":")[2].replace("_", " ").replace("-", " ")
