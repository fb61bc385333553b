"""From the answers of a report to the incident that the service logs."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from incidents.choices import Classification, PerceivedBy, Priority, ReporterKind
from incidents.forms.intake.event import NONE
from incidents.forms.intake.people import DAILY_CONTACT
from incidents.rules.triage import Suggestion
from incidents.services.incident import IncidentData, StrandData
from kernel.working_days import local_date
from perpetrators.choices import PerpetratorStatus, Relationship
from perpetrators.services import PerpetratorData
from victims.choices import Language, Wish, WorkerGender, YesNoUnknown
from victims.services import VictimData

if TYPE_CHECKING:
    from incidents.forms.intake.report import Intake

LOOKS_LIKE_CRIME = "It looks like a crime."


def incident_data(intake: Intake, answered: Mapping[str, Any]) -> IncidentData:
    """The incident as the steps before the last one tell it; `answered` is what the last one says.

    Its classification is what the crime answer means for the priority, whoever may decide it in the end.
    """
    what, where, why = intake.form_of("what"), intake.form_of("where"), intake.form_of("why")
    report, place = intake.form_of("report").cleaned_data, where.cleaned_data
    began, ended = what.occurred
    victims = [victim_data(intake, n) for n in intake.numbers("victim")]
    received_at = intake.form_of("report").moment
    return IncidentData(
        received_at=received_at,
        occurred_from=began,
        occurred_to=ended,
        ongoing=what.cleaned_data["when"] == "ongoing",
        narrative=what.cleaned_data["narrative"],
        behaviours=what.cleaned_data["behaviours"],
        channel=report["channel"],
        perceived_by=why.cleaned_data["perceived_by"] or PerceivedBy.PROFESSIONAL,
        strands=[
            StrandData(
                code, sub, why.cleaned_data["other"] if code == "OTH" else "", why.cleaned_data["by_association"]
            )
            for code, sub in why.pairs()
        ],
        place_type=place["place_type"],
        location=place["location"],
        postcode=place["postcode"],
        district=place["district"],
        online=where.online,
        post=where.post,
        account=where.account,
        reporter_kind=report["reporter_kind"],
        reporter_name=report["reporter_name"],
        reporter_contact=report["reporter_contact"],
        reporter_no_contact=report["reporter_no_contact"],
        triage_answers=_triage(intake, answered, victims, received_at),
        classification=Classification.CRIME_SUSPECTED if answered.get("crime") == "yes" else None,
        victims=[victim for victim in victims if victim is not None],
        perpetrators=[who for n in intake.numbers("who") if (who := perpetrator_data(intake, n)) is not None],
    )


def report_data(intake: Intake) -> IncidentData:
    """The whole report, ready to be logged. Only of a complete one (`first_missing` is None)."""
    decide = intake.form_of("priority")
    answers = decide.cleaned_data
    data = incident_data(intake, answers)
    suggestion: Suggestion = decide.suggestion
    priority, reason = decide.chosen_priority, answers.get("priority_reason") or ""
    joins = answers["case"] == "join"
    no_factor = intake.form_of("why").no_factor
    classification = None if joins else classification_of(intake, answers["crime"])
    if no_factor:
        classification = Classification.ASB.value
    if priority is None and classification is None and answers["crime"] == "yes":
        # The triager classifies; the priority already takes the answer into account.
        priority = Priority.P2 if suggestion.priority is Priority.P2 else None
        reason = LOOKS_LIKE_CRIME
    return dataclasses.replace(
        data,
        classification=classification,
        priority=priority.value if priority else None,
        priority_reason=reason if priority else "",
        summary=answers.get("summary_line") or "",
    )


def classification_of(intake: Intake, crime: str) -> str | None:
    """What the answer about a crime makes of a new case; None where it decides nothing."""
    if not intake.may_classify:
        return None
    return {"yes": Classification.CRIME_SUSPECTED.value, "no": Classification.HATE_INCIDENT.value}.get(crime)


def _triage(intake: Intake, answered: Mapping[str, Any], victims: list[VictimData | None], received_at: Any) -> dict:
    safety, report = intake.cleaned("safety") or {}, intake.cleaned("report") or {}
    told = intake.cleaned("victim", 1) or {}
    before = answered.get("before") or []
    facts = {name: True for name in safety.get("urgent", []) if name != NONE}
    facts |= {
        "danger_now": bool(safety.get("danger_now")),
        "repeat_victim": "person" in before,
        "repeat_location": "place" in before,
        "dependent_on_care": any(
            (intake.cleaned("victim", n) or {}).get("dependent") for n in intake.numbers("victim")
        ),
        "worship_or_community_venue": bool((intake.cleaned("where") or {}).get("community_venue")),
        "daily_contact": any(
            (intake.cleaned("who", n) or {}).get("relationship") in DAILY_CONTACT for n in intake.numbers("who")
        ),
        "self_reporting_under_16": report.get("reporter_kind") == ReporterKind.VICTIM
        and _under_16(told.get("date_of_birth"), local_date(received_at)),
    }
    # That nobody is in danger was asked and is kept; of the others, what applies.
    return {name: bool(holds) for name, holds in facts.items() if holds or (safety and name == "danger_now")}


def _under_16(born: Any, on: Any) -> bool:
    if born is None:
        return False
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day)) < 16


_IDENTITY = ("organisation", "given_name", "family_name", "phone", "email", "address", "postcode", "district", "needs")
_SAFETY = (
    "language_other", "interpreter_note", "code_word", "unsafe_people", "alternative_contact", "wishes_how",
)  # fmt: skip


def victim_data(intake: Intake, number: int) -> VictimData | None:
    """One victim; None where there is nobody to record."""
    form = intake.form_of("victim", number)
    if form is None or form.cleaned_data["kind"] == "nobody":
        return None
    return form_victim(form, intake.form_of("contact", number))


def form_victim(form: Any, contact: Any) -> VictimData:
    """The same from the two forms, of which the one on safe contact may be missing."""
    cleaned = form.cleaned_data
    if cleaned["kind"] == "known":
        return VictimData(ref=cleaned["ref"])
    told: dict[str, Any] = {name: cleaned.get(name) or "" for name in _IDENTITY}
    told["date_of_birth"] = cleaned.get("date_of_birth")
    return VictimData(**told, **(contact_fields(contact) if contact else {}))


def contact_fields(form: Any) -> dict[str, Any]:
    """What the page on safe contact says, under the names of the victim's record."""
    cleaned = form.cleaned_data
    fields: dict[str, Any] = {name: cleaned.get(name) or "" for name in _SAFETY}
    return fields | {
        "safe_channels": cleaned["safe_channels"],
        "safe_to_leave_message": cleaned["safe_to_leave_message"] or YesNoUnknown.NOT_ASKED,
        "safe_to_say_who": cleaned["safe_to_say_who"] or YesNoUnknown.NOT_ASKED,
        "letters_safe": cleaned["letters_safe"] or YesNoUnknown.NOT_ASKED,
        "shared_device": bool(cleaned["shared_device"]),
        "language": cleaned["language"] or Language.ENGLISH,
        "interpreter_needed": bool(cleaned["interpreter_needed"]),
        "preferred_worker": cleaned["preferred_worker"] or WorkerGender.NO_PREFERENCE,
        "wish_share_police": cleaned["wish_share_police"] or Wish.NOT_ASKED,
        "wish_share_council": cleaned["wish_share_council"] or Wish.NOT_ASKED,
        "wish_share_support": cleaned["wish_share_support"] or Wish.NOT_ASKED,
        "do_not_contact": form.windows,
    }


def perpetrator_data(intake: Intake, number: int) -> PerpetratorData | None:
    """One alleged perpetrator; None where nothing at all is known."""
    form = intake.form_of("who", number)
    if form is None:
        return None
    data = form_perpetrator(form)
    nothing = data.status == PerpetratorStatus.UNKNOWN and not data.description
    return None if nothing and data.relationship == Relationship.NOT_KNOWN else data


def form_perpetrator(form: Any) -> PerpetratorData:
    """The same from a form of its own."""
    cleaned = form.cleaned_data
    return PerpetratorData(
        status=cleaned["status"],
        description=cleaned.get("description") or "",
        given_name=cleaned.get("given_name") or "",
        family_name=cleaned.get("family_name") or "",
        date_of_birth=cleaned.get("date_of_birth"),
        relationship=cleaned["relationship"] or Relationship.NOT_KNOWN,
    )
