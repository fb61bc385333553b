"""What an audit event says in words. An action without words of its own is read as it is written."""

from __future__ import annotations

_WORDS = {
    "access.apply": "The system applied grants",
    "access.refused": "Was refused a record",
    "account.password_asked": "Asked for a new password",
    "account.password_set": "Set a password",
    "account.recovery_codes_made": "Made recovery codes",
    "account.second_factor_added": "Added a second step",
    "account.second_factor_failed": "Failed the second step",
    "account.second_factor_removed": "Removed a second step",
    "account.second_factor_used": "Passed the second step",
    "account.sign_in": "Signed in",
    "account.sign_in_failed": "Failed to sign in",
    "account.sign_out": "Signed out",
    "audit.read": "Read the audit",
    "audit.sample": "The monthly sample was picked",
    "audit.sign_off": "Signed off an event of the sample",
    "case.duty_check": "Met the duty check",
    "case.emergency_open": "Opened a case in an emergency",
    "case.emergency_refused": "Was refused emergency access",
    "case.emergency_review": "Reviewed an emergency access",
    "case.list": "Looked at the list of cases",
    "case.people_read": "Read who is in a case",
    "case.read": "Opened a case",
    "case.refer": "Referred a case to a meeting",
    "case.search": "Searched for cases",
    "case.share": "Shared a case",
    "case.triage": "Triaged a case",
    "case.unshare": "Ended a share",
    "case.update": "Changed a case",
    "contact.log": "Logged a contact",
    "draft.discard": "Erased a draft",
    "draft.drop": "Erased a part of a draft",
    "draft.erase": "A draft was erased in time",
    "draft.read": "Read a colleague’s draft",
    "draft.save": "Saved a draft",
    "draft.start": "Began a report",
    "figures.read": "Read the figures",
    "incident.log": "Logged an incident",
    "incident.read": "Read what became of a report",
    "meeting.create": "Called a meeting",
    "meeting.read": "Opened a meeting",
    "note.add": "Added a note",
    "notice.read": "Read notices",
    "pack.download": "Took a briefing pack",
    "pack.request": "Asked for a briefing pack",
    "page.read": "Opened a page",
    "perpetrator.add": "Recorded an alleged perpetrator",
    "perpetrator.read": "Opened an alleged perpetrator’s record",
    "quarantine.read": "Opened a case’s quarantine",
    "task.create": "Made a task",
    "task.read": "Opened a task",
    "token.refused": "An API token was refused",
    "victim.add": "Recorded a victim",
    "victim.change": "Changed a victim’s record",
    "victim.read": "Opened a victim’s record",
    "victim.search": "Looked for a victim",
    "work.hand_on": "Work was handed on",
}


def action_words(action: str) -> str:
    """An action in words: `case.share` is "Shared a case"; an unknown `risk.submit` is "Risk: submit"."""
    if action in _WORDS:
        return _WORDS[action]
    noun, _, verb = action.partition(".")
    return f"{noun.replace('_', ' ').capitalize()}: {verb.replace('_', ' ')}" if verb else noun.capitalize()
