"""Vocabulary of what changes in a case and of the steps of a task: what the chronology says of them."""

from __future__ import annotations

from django.db.models import TextChoices


class ChangeKind(TextChoices):
    """What changed in a case that no other record of it tells."""

    PRIORITY = "priority", "Priority"
    STATUS = "status", "Status"
    SUMMARY = "summary", "Summary"
    LEAD_WORKER = "lead_worker", "Lead worker"
    DEPUTY = "deputy", "Deputy"
    LEAD_AGENCY = "lead_agency", "Lead agency"
    TIER = "tier", "Who can open the case"
    CONFLICT = "conflict", "Somebody is kept out of the case"
    CONFLICT_ENDED = "conflict_ended", "Somebody is no longer kept out of the case"
    PERSON_ADDED = "person_added", "Somebody was added to the people of the case"
    PERSON_CHANGED = "person_changed", "What is recorded of somebody in the case was changed"
    PERSON_ENDED = "person_ended", "Somebody is no longer in the case"
    TIE_ADDED = "tie_added", "A relationship between people of the case was added"
    TIE_ENDED = "tie_ended", "A relationship between people of the case was ended"
    VICTIM_ADDED = "victim_added", "A victim was added"
    SUBJECT_ADDED = "subject_added", "An alleged perpetrator was added"
    SUBJECT_NAMED = "subject_named", "An alleged perpetrator’s name was recorded"
    SAFE_CONTACT = "safe_contact", "How to contact a victim safely was changed"
    WISHES = "wishes", "A victim’s wishes were changed"
    VICTIM_DETAILS = "victim_details", "A victim’s details were changed"
    CLOCK_PAUSED = "clock_paused", "A deadline waits for the victim"
    CLOCK_RESUMED = "clock_resumed", "A deadline runs again"
    UPDATES = "updates", "How often the victim wants updates was agreed"
    OUTCOME_SENT = "outcome_sent", "The written outcome was sent"
    PROPOSED = "proposed", "Another classification was proposed"
    PROPOSAL_REFUSED = "proposal_refused", "A proposed classification was refused"
    PROPOSAL_TAKEN_BACK = "proposal_taken_back", "A proposed classification was taken back"
    EVENT_TAKEN_BACK = "event_back", "A key event was taken back by who had just logged it"
    PLAN_TAKEN_BACK = "plan_back", "An action plan was taken back by who had just recorded it"
    REFERRAL_TAKEN_BACK = "referral_back", "A support referral was taken back"
    EVENT_STRUCK = "event_struck", "A key event was struck"
    PLAN_STRUCK = "plan_struck", "An action plan was struck"
    COMMENT_STRUCK = "comment_struck", "A comment on a task was struck"
    REFERRAL_STRUCK = "referral_struck", "A support referral was struck"
    UPDATES_TAKEN_BACK = "updates_back", "What was agreed about updates was taken back by who had just recorded it"
    UPDATES_STRUCK = "updates_struck", "What was agreed about updates was struck"
    SAME_INCIDENT = "same_incident", "Reports of one incident were tied together"


class ChangeReaders(TextChoices):
    """Who of a case's readers is told of a change."""

    EVERYBODY = "everybody", "Everybody who may see the case"
    TRIAGERS = "triagers", "Those who triage for the lead agency"
    DECIDERS = "deciders", "Those who decide for the lead agency"


CHANGE_READERS: dict[ChangeKind, ChangeReaders] = {
    ChangeKind.CONFLICT: ChangeReaders.DECIDERS,
    ChangeKind.CONFLICT_ENDED: ChangeReaders.DECIDERS,
    ChangeKind.PROPOSED: ChangeReaders.TRIAGERS,
    ChangeKind.PROPOSAL_REFUSED: ChangeReaders.TRIAGERS,
    ChangeKind.PROPOSAL_TAKEN_BACK: ChangeReaders.TRIAGERS,
}
"""The changes of which not everybody is told: the same people as may see the record itself."""

VICTIM_CHANGES = frozenset(
    {
        ChangeKind.VICTIM_ADDED,
        ChangeKind.SAFE_CONTACT,
        ChangeKind.WISHES,
        ChangeKind.VICTIM_DETAILS,
        ChangeKind.CLOCK_PAUSED,
        ChangeKind.CLOCK_RESUMED,
        ChangeKind.UPDATES,
        ChangeKind.OUTCOME_SENT,
        ChangeKind.PLAN_TAKEN_BACK,
        ChangeKind.PLAN_STRUCK,
        ChangeKind.REFERRAL_TAKEN_BACK,
        ChangeKind.REFERRAL_STRUCK,
        ChangeKind.UPDATES_TAKEN_BACK,
        ChangeKind.UPDATES_STRUCK,
    }
)
"""The changes of which those alone are told who may know victims in the case."""

SUBJECT_CHANGES = frozenset({ChangeKind.SUBJECT_ADDED, ChangeKind.SUBJECT_NAMED})
"""Those of which those alone are told who may know alleged perpetrators in the case."""


class TaskStepKind(TextChoices):
    """What was done with a task after it was asked."""

    ACCEPTED = "accepted", "Accepted"
    STARTED = "started", "In progress"
    GIVEN = "given", "Given to a colleague"
    REWORDED = "reworded", "What it asks for was changed"
    DONE = "done", "Done"
    DECLINED = "declined", "Declined"
    OFFERED = "offered", "Offered again"
    WITHDRAWN = "withdrawn", "Withdrawn"
    COMMENTED = "commented", "Something was said about it"
    REOPENED = "reopened", "Open again"


class DecisionKind(TextChoices):
    """What of a case can be taken back as a whole by who has just done it."""

    CLOSED = "closed", "Closing"
    TRIAGED = "triaged", "Triage decision"
    HANDED = "handed", "Handover"
    CRIME = "crime", "Recorded crime"
