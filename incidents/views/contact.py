"""Logging a contact with a victim, or with whoever reported."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from incidents.choices import FieldGroup
from incidents.forms.contact import ContactForm
from incidents.models import Contact
from incidents.selectors import case_people
from incidents.selectors.case_incidents import somebody_else_reported
from incidents.selectors.fields import field_access
from incidents.services.contact import contact_log
from incidents.services.fields import worker_note
from incidents.services.reading import case_part_read
from incidents.views.doors import actor_of, asks, attempt, case_to, undo_offer


@asks
def contact_new(request: HttpRequest, ref: str) -> HttpResponse:
    """A contact. Above the form stand the safe-contact rules of the victims, and then how to reach them."""
    actor = actor_of(request)
    case, _ = case_to(request, ref, "contact")
    access = field_access(actor, case)
    # What was opened of the extra-sensitive groups is of no use here.
    reach = access.shown & {FieldGroup.VICTIM_CONTACT}
    known = case_people.known(case, case_people.people(actor, case), contact=True, shown=reach, texts={})
    victims = known.victims
    first = case_people.to_be_known_first(victims, known.involved)
    form = ContactForm(
        request.POST if request.method == "POST" else None,
        people=[(victim.ref, victim.name) for victim in victims],
        reporter=somebody_else_reported(case),
        guarded=any(one.guarded for one in first),
    )

    def log() -> Contact:
        return contact_log(
            actor=actor, case=case, data=form.contact(), submission_id=form.cleaned_data["submission_id"]
        )

    if logged := attempt(form, log, {"victim": "whom"}):
        messages.success(request, undo_offer("Contact logged", "incidents:contact_undo", case.ref, logged.uid))
        return redirect("incidents:case", ref=case.ref)
    case_part_read(actor=actor, case=case, part="contact")
    worker_note(actor=actor, case=case, access=access)
    context = {
        "form": form,
        "case": case,
        "safe_contacts": first,
        "victims": victims,
        "lines": access.lines(FieldGroup.VICTIM_CONTACT) if victims else [],
    }
    return render(request, "incidents/contact_new.html", context)
