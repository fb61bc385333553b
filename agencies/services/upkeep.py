"""Who is still here: asked once a quarter; and accounts that nobody uses fall asleep (docs/domain.md §8.6)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.conf import settings
from django.db import transaction
from django.db.models import DateTimeField, F, Max
from django.db.models.functions import Coalesce, Greatest

from agencies.choices import Role, SignInEnd
from agencies.models import Agency, Membership, User
from agencies.registries import members_changed
from agencies.rules import CONFIRM_EVERY, CONFIRM_GRACE, SLEEP_AFTER
from agencies.scoping import may_confirm_people
from agencies.services.notice import NoticeData, notices_create
from agencies.services.people import configures_set
from agencies.services.sign_in import sign_ins_close
from kernel import audit, clock
from kernel.actors import Actor, system_actor
from kernel.errors import ForbiddenError, RuleError

CONFIRM_PATH = "/people/confirm/"
_UNUSED = system_actor("accounts that nobody uses fall asleep")


def people_confirm(*, actor: Actor, agency: Agency, answers: Mapping[int, bool]) -> tuple[int, int]:
    """Say of people of an agency whether they are still there; answers how many are, and how many have left.

    Who has left reaches nothing of this agency from this moment, and cannot sign in unless they work at another one
    too; the agency's administrators are told to close the account, which hands on its work. Nobody answers for
    themselves.
    """
    if not may_confirm_people(actor, agency.pk):
        raise ForbiddenError("Only the agency’s point of contact or administrator can do this")
    now = clock.now_real()
    here = left = 0
    with transaction.atomic():
        places = Membership.objects.select_for_update(of=("self",)).filter(
            agency=agency, is_active=True, pk__in=answers
        )
        for place in places.select_related("user"):
            if place.user_id == actor.user_id:
                raise RuleError("Somebody else has to answer for you")
            stays = answers[place.pk]
            place.confirmed_at, place.confirmed_by_id = now, actor.user_id
            place.is_active, place.reported_left_at = stays, None if stays else now
            place.save(update_fields=["confirmed_at", "confirmed_by", "is_active", "reported_left_at"])
            here, left = here + stays, left + (not stays)
            if not stays:
                _left(place)
            audit.record(
                actor,
                "person.confirm" if stays else "person.report_left",
                place,
                detail={"user": place.user_id, "agency": agency.code},
            )
    return here, left


def confirmations_remind() -> int:
    """Tell points of contact when it is time to confirm their people, and administrators when it is late.

    Answers how many were told something new. Two queries an agency at most.
    """
    now = clock.now_real()
    told = 0
    for days, roles, text in (
        (CONFIRM_EVERY, (Role.SPOC, Role.DEPUTY_SPOC), "Confirm who still works at {}"),
        (
            CONFIRM_EVERY + CONFIRM_GRACE,
            (Role.SPOC, Role.DEPUTY_SPOC, Role.AGENCY_ADMIN),
            "It is overdue to confirm who still works at {}",
        ),
    ):
        waiting = (
            Membership.objects.filter(is_active=True, agency__is_active=True)
            .annotate(last=Coalesce("confirmed_at", "started_at"))
            .filter(last__lte=now - days)
            .values("agency_id")
            .annotate(oldest=Max("last"))
        )
        for row in waiting:
            agency = Agency.objects.get(pk=row["agency_id"])
            key = f"confirm:{agency.pk}:{days.days}:{row['oldest']:%Y-%m-%d}"
            told += tell(holders(agency, roles), key, text.format(agency.name), CONFIRM_PATH)
    return told


def accounts_sleep() -> int:
    """Put accounts to sleep that nobody has used for 60 days; answers how many. Never in the demo.

    The system administrator who was here last stays awake, or nobody could wake anybody.
    """
    if not settings.ACCOUNTS_SLEEP:
        return 0
    now = clock.now_real()
    used = Greatest(
        F("date_joined"),
        Coalesce("last_login", "date_joined"),
        Coalesce("woken_at", "date_joined"),
        Coalesce(Max("sign_ins__seen_at"), "date_joined"),
        Coalesce(Max("api_tokens__last_used_at"), "date_joined"),
        output_field=DateTimeField(),
    )
    awake = User.objects.filter(is_active=True, asleep_at=None).annotate(used=used)
    with transaction.atomic():
        last = awake.filter(is_staff=True).order_by("-used").values_list("pk", flat=True).first()
        unused = awake.filter(used__lte=now - SLEEP_AFTER).values_list("pk", flat=True)
        sleepy = [pk for pk in unused if pk != last]
        for user in User.objects.select_for_update().filter(pk__in=sleepy, asleep_at=None):
            _sleep(user)
            audit.record(_UNUSED, "person.sleep", user, detail={"user": user.pk})
    return len(sleepy)


def holders(agency: Agency, roles: Iterable[str]) -> list[int]:
    """Who holds one of these roles in an agency. One query."""
    places = Membership.objects.filter(
        agency=agency, is_active=True, user__is_active=True, roles__overlap=[str(Role(role).value) for role in roles]
    )
    return list(places.values_list("user_id", flat=True))


def system_administrators() -> list[int]:
    """Whoever administers the whole service. One query."""
    places = Membership.objects.filter(is_active=True, user__is_active=True, roles__contains=[Role.SYSTEM_ADMIN.value])
    return list(places.values_list("user_id", flat=True))


def tell(people: Iterable[int], key: str, text: str, path: str) -> int:
    """Tell each once; answers how many had not been told."""
    return notices_create([NoticeData(person, key, "people", text, path) for person in dict.fromkeys(people)])


def _left(place: Membership) -> None:
    if not place.user.memberships.filter(is_active=True).exists():
        _sleep(place.user)
    configures_set(place.user)
    members_changed(place.agency_id)
    administrators = holders(place.agency, [Role.AGENCY_ADMIN]) or system_administrators()
    key = f"left:{place.pk}:{place.confirmed_at:%Y-%m-%d}"
    tell(administrators, key, f"{place.user.name} has left. Close the account", f"/people/{place.pk}/close/")


def _sleep(user: User) -> None:
    user.asleep_at = clock.now_real()
    user.save(update_fields=["asleep_at"])
    sign_ins_close(user=user, because=SignInEnd.CLOSED)
