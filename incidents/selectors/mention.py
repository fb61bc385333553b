"""Whom a note may mention."""

from __future__ import annotations

from django.db.models import Q

from agencies.choices import Side
from agencies.models import Agency, User
from incidents.models import Case
from incidents.selectors.audience import agencies_told, case_staff
from kernel.actors import Actor


def note_readers(actor: Actor, case: Case, agency_id: int) -> list[User]:
    """The people who may open the case and read a note that the agency writes in it, as far as the actor is told of
    their agencies, less the actor. Two queries.

    An agency of one side reads no note of the other side's own agencies; one that may not know victims reads those of
    its side alone (docs/domain.md §5.4).
    """
    writes = Agency.objects.get(pk=agency_id).side
    reading = {
        Side.VICTIM: [Side.BOTH, Side.VICTIM],
        Side.PERPETRATOR: [Side.BOTH, Side.PERPETRATOR],
        Side.BOTH: [Side.BOTH, Side.VICTIM],
    }[Side(writes)]
    agencies = agencies_told(actor, case).filter(Q(side__in=reading))
    staff = case_staff(case, agencies).exclude(pk=actor.user_id or 0)
    return list({person.pk: person for person in staff}.values())
