"""People of an agency: invited, given roles, and leaving with their work handed on (docs/domain.md §5.3).

Whoever manages accounts sees no cases: a leaver's work is counted and handed on through the registry, by narrow
functions of the database.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping

from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.contrib.auth.hashers import make_password
from django.db import transaction

from agencies.choices import Role, SignInEnd
from agencies.models import Agency, ApiToken, Membership, User
from agencies.registries import Holding, handovers, holdings, members_changed
from agencies.rules import GIVEN_BY_SYSTEM, roles_error, works_cases
from agencies.scoping import may_manage_people
from agencies.selectors import colleagues
from agencies.services.mail import INVITATION
from agencies.services.notice import NoticeData, notice_create
from agencies.services.sign_in import sign_ins_close
from kernel import audit, clock
from kernel.actors import Actor
from kernel.errors import ForbiddenError, RuleError
from kernel.models import AuditOperation


def person_invite(
    *, actor: Actor, agency: Agency, email: str, name: str, roles: Iterable[str], job_title: str = "", phone: str = ""
) -> Membership:
    """Make an account in an agency, without a password; the mail carries a link to choose one, good for three days.

    Somebody with an account at another agency gets a place here as well; never oneself. Raises RuleError with the
    field, ForbiddenError.
    """
    _require_manager(actor, agency.pk)
    wanted = _distinct(roles)
    email = email.strip().lower()
    with transaction.atomic():
        user = User.objects.select_for_update().filter(email=email).first()
        if user is not None and user.memberships.filter(agency=agency).exists():
            raise RuleError(f"{user.name} already has an account at {agency.name}", "email")
        if user is not None and user.pk == actor.user_id:
            raise ForbiddenError("Nobody gives themselves a place: ask another administrator", "email")
        _check_roles(actor, agency, wanted, [], _roles_elsewhere(user, agency))
        new = user is None
        if user is None:
            user = User.objects.create(email=email, name=name.strip(), phone=phone, password=make_password(None))
        elif not user.is_active:
            _account_open(user)
        membership = Membership.objects.create(
            user=user, agency=agency, roles=wanted, job_title=job_title.strip(), started_at=clock.now()
        )
        configures_set(user)
        if user.has_usable_password():
            _tell(user, f"You now have a place at {agency.name} as well")
        else:
            _invite(user)
        audit.record(
            actor,
            "person.invite",
            membership,
            operation=AuditOperation.COLLECTION,
            after={"roles": wanted},
            detail={"user": user.pk, "agency": agency.code, "new": new},
        )
    return membership


def person_invite_again(*, actor: Actor, membership: Membership) -> None:
    """Send a new link to somebody who has not chosen a password yet."""
    with transaction.atomic():
        held = _locked(actor, membership)
        if not held.is_active or held.user.has_usable_password():
            raise RuleError(f"{held.user.name} has chosen a password already")
        _invite(held.user)
        _record(actor, "person.invite_again", held)


def person_roles_set(*, actor: Actor, membership: Membership, roles: Iterable[str], job_title: str) -> Membership:
    """Change what somebody does in an agency; never what oneself does there.

    Raises RuleError where the roles do not go together, and where somebody who would no longer work cases still
    holds work: it must be handed on first.
    """
    wanted = _distinct(roles)
    with transaction.atomic():
        held = _locked(actor, membership)
        if held.user_id == actor.user_id:
            raise ForbiddenError("Nobody changes their own roles: ask another administrator")
        _check_roles(actor, held.agency, wanted, held.roles, _roles_elsewhere(held.user, held.agency))
        if works_cases(held.roles) and not works_cases(wanted):
            left = [one for one in holdings(actor, held.user_id, held.agency_id) if one.count]
            if left:
                raise RuleError(f"Hand on their work first: {holdings_text(left)}", "roles")
        _keep_an_administrator(held, wanted)
        before = {"roles": held.roles, "job_title": held.job_title}
        held.roles, held.job_title = wanted, job_title.strip()
        held.save(update_fields=["roles", "job_title"])
        members_changed(held.agency_id)
        configures_set(held.user)
        after = {"roles": held.roles, "job_title": held.job_title}
        if before != after:
            _record(actor, "person.roles", held, before=before, after=after)
    return held


def work_hand_on(*, actor: Actor, membership: Membership, to: User | None) -> list[Holding]:
    """Give all that somebody holds in an agency to a colleague there; answers what it was. They stay, and so do
    their named places in cases.

    Without a colleague the agency's point of contact gets it. Raises RuleError where there is neither.
    """
    with transaction.atomic():
        held = _locked(actor, membership)
        handed = _hand_on(actor, held, to, leaving=False)
        if handed:
            _record(actor, "person.hand_on", held, detail=_handed_detail(handed))
    return handed


def person_close(*, actor: Actor, membership: Membership, to: User | None = None) -> list[Holding]:
    """End somebody's place in an agency, after handing on what they hold; with their last place the account closes.

    A closed account cannot sign in: its sessions and tokens end, and its password is gone. All in one transaction.
    """
    with transaction.atomic():
        held = _locked(actor, membership)
        if held.user_id == actor.user_id:
            raise ForbiddenError("Nobody closes their own account: ask another administrator")
        if held.ended_at is not None:
            return []
        _check_taking(actor, held)
        _keep_an_administrator(held, [])
        before = {"is_active": held.is_active}
        handed = _hand_on(actor, held, to, leaving=True)
        held.is_active, held.ended_at = False, clock.now()
        held.save(update_fields=["is_active", "ended_at"])
        configures_set(held.user)
        closed = not held.user.memberships.filter(is_active=True).exists()
        tokens = _account_close(held.user) if closed else 0
        members_changed(held.agency_id)
        _record(
            actor,
            "person.close",
            held,
            before=before,
            after={"is_active": False},
            detail={"account_closed": closed, "tokens": tokens, **_handed_detail(handed)},
        )
    return handed


def person_reopen(*, actor: Actor, membership: Membership) -> Membership:
    """Let somebody come back with the roles they had. Their password is gone: they are invited again."""
    with transaction.atomic():
        held = _locked(actor, membership)
        if held.user_id == actor.user_id:
            raise ForbiddenError("Nobody opens their own account: ask another administrator")
        if held.ended_at is None:
            return held
        _check_roles(actor, held.agency, held.roles, [], _roles_elsewhere(held.user, held.agency))
        held.is_active, held.ended_at, held.reported_left_at, held.confirmed_at = True, None, None, clock.now_real()
        held.save(update_fields=["is_active", "ended_at", "reported_left_at", "confirmed_at"])
        configures_set(held.user)
        if not held.user.is_active:
            _account_open(held.user)
        if not held.user.has_usable_password():
            _invite(held.user)
        members_changed(held.agency_id)
        _record(actor, "person.reopen", held, before={"is_active": False}, after={"is_active": True})
    return held


def person_wake(*, actor: Actor, membership: Membership) -> Membership:
    """Let somebody sign in again whose account fell asleep unused, or who was reported as having left and has not.

    Raises RuleError where their roles do not go with those that they have elsewhere by now.
    """
    with transaction.atomic():
        held = _locked(actor, membership)
        if held.user_id == actor.user_id:
            raise ForbiddenError("Nobody wakes their own account: ask another administrator")
        asleep, out = held.user.asleep_at is not None, not held.is_active
        if held.ended_at is not None or not (asleep or out):
            return held
        _check_roles(actor, held.agency, held.roles, held.roles, _roles_elsewhere(held.user, held.agency))
        held.user.asleep_at, held.user.woken_at = None, clock.now_real()
        held.user.save(update_fields=["asleep_at", "woken_at"])
        held.is_active, held.reported_left_at = True, None
        held.save(update_fields=["is_active", "reported_left_at"])
        configures_set(held.user)
        members_changed(held.agency_id)
        _record(
            actor, "person.wake", held, before={"asleep": asleep, "out": out}, after={"asleep": False, "out": False}
        )
    return held


def second_factor_reset(*, actor: Actor, membership: Membership) -> None:
    """Take away the second step of somebody who has lost it; they are signed out and set up another one.

    Raises RuleError where there is none.
    """
    with transaction.atomic():
        held = _locked(actor, membership)
        if held.user_id == actor.user_id:
            raise ForbiddenError("Nobody resets their own second step: ask another administrator")
        removed, _ = Authenticator.objects.filter(user=held.user).delete()
        if not removed:
            raise RuleError(f"{held.user.name} has no second step to reset")
        sign_ins_close(user=held.user, because=SignInEnd.CLOSED)
        _tell(held.user, "Your second step was reset. Set up another one when you sign in")
        _record(actor, "person.second_factor_reset", held)


def configures_set(user: User) -> None:
    """Configuration pages are a system administrator's, as long as they are one."""
    places = user.memberships.filter(is_active=True, roles__contains=[Role.SYSTEM_ADMIN.value])
    configures = places.exists()
    if user.is_staff != configures:
        user.is_staff = configures
        user.save(update_fields=["is_staff"])


def holdings_text(held: Iterable[Holding]) -> str:
    """Work in words: "3 open tasks, 1 case"."""
    return ", ".join(f"{one.count} {one.label}" for one in held if one.count)


# --- Checks --------------------------------------------------------------------------------------


def _require_manager(actor: Actor, agency_id: int) -> None:
    if not may_manage_people(actor, agency_id):
        raise ForbiddenError("Only an administrator of this agency can do this")


def _locked(actor: Actor, membership: Membership) -> Membership:
    _require_manager(actor, membership.agency_id)
    return (
        Membership.objects.select_for_update(of=("self", "user"))
        .select_related("user", "agency")
        .get(pk=membership.pk)
    )


def _check_roles(actor: Actor, agency: Agency, wanted: list[str], held: list[str], elsewhere: list[str]) -> None:
    by_system = actor.has_role(Role.SYSTEM_ADMIN)
    error = roles_error(wanted, held, elsewhere, agency.type, by_system=by_system)
    if error is not None:
        raise RuleError(error, "roles")


def _check_taking(actor: Actor, membership: Membership) -> None:
    """To end a place is to take its roles away."""
    if any(Role(role) in GIVEN_BY_SYSTEM for role in membership.roles) and not actor.has_role(Role.SYSTEM_ADMIN):
        raise ForbiddenError(f"Only a system administrator can close the account of {membership.user.name}")


def _keep_an_administrator(membership: Membership, wanted: list[str]) -> None:
    """Without any system administrator nobody could make one again."""
    if Role.SYSTEM_ADMIN not in membership.roles or Role.SYSTEM_ADMIN in wanted:
        return
    others = Membership.objects.filter(
        roles__contains=[Role.SYSTEM_ADMIN.value], is_active=True, user__is_active=True, agency__is_active=True
    )
    if not others.exclude(pk=membership.pk).exists():
        raise RuleError("There must be a system administrator: make somebody else one first")


def _roles_elsewhere(user: User | None, agency: Agency) -> list[str]:
    if user is None:
        return []
    places = user.memberships.filter(is_active=True).exclude(agency=agency)
    return [role for roles in places.values_list("roles", flat=True) for role in roles]


def _distinct(roles: Iterable[str]) -> list[str]:
    known = {role.value for role in Role}
    wanted = list(dict.fromkeys(roles))
    unknown = [role for role in wanted if role not in known]
    if unknown:
        raise RuleError("Select roles from the list", "roles")
    return wanted


# --- What follows --------------------------------------------------------------------------------


def _hand_on(actor: Actor, membership: Membership, to: User | None, *, leaving: bool) -> list[Holding]:
    found = holdings(actor, membership.user_id, membership.agency_id)
    receiver = _receiver(membership, to) if any(one.count and not one.personal for one in found) else None
    to_id = receiver.pk if receiver else None
    handed: list[Holding] = []
    for one in handovers():
        handed += one.hand(actor, membership.user_id, membership.agency_id, to_id, leaving)
    handed = [one for one in handed if one.count]
    if handed and receiver is not None:
        _tell(receiver, f"{holdings_text(handed)} of {membership.user.name} were handed on to you")
    return handed


def _receiver(membership: Membership, to: User | None) -> User:
    receiver = next((person for person in colleagues(membership) if to is None or person.pk == to.pk), None)
    if receiver is None:
        raise RuleError("Choose a colleague who works cases here, to whom the work goes", "to")
    return receiver


def _account_close(user: User) -> int:
    """Nobody signs in with it any more: not by password, not by another step, not through an agency's own service.

    A new hash of the password, or none, ends every session at once.
    """
    Authenticator.objects.filter(user=user).delete()
    SocialAccount.objects.filter(user=user).delete()
    sign_ins_close(user=user, because=SignInEnd.CLOSED)
    user.is_active = False
    user.set_unusable_password()
    user.save(update_fields=["is_active", "password"])
    live = ApiToken.objects.filter(user=user, revoked_at=None)
    return live.update(revoked_at=audit.clock_database())


def _account_open(user: User) -> None:
    user.is_active, user.asleep_at, user.woken_at = True, None, clock.now_real()
    user.save(update_fields=["is_active", "asleep_at", "woken_at"])


def _invite(user: User) -> None:
    text = "Welcome to Hatecase: your account is ready"
    notice_create(NoticeData(user.pk, f"invitation:{uuid.uuid4().hex}", INVITATION, text, "/"))


def _tell(user: User, text: str) -> None:
    notice_create(NoticeData(user.pk, f"people:{uuid.uuid4().hex}", "people", text, "/"))


def _handed_detail(handed: Iterable[Holding]) -> dict[str, dict[str, int]]:
    return {"handed_on": {one.label: one.count for one in handed}}


def _record(
    actor: Actor,
    action: str,
    membership: Membership,
    *,
    before: Mapping[str, object] | None = None,
    after: Mapping[str, object] | None = None,
    detail: Mapping[str, object] | None = None,
) -> None:
    about = {"user": membership.user_id, "agency": membership.agency.code}
    audit.record(actor, action, membership, before=before, after=after, detail={**about, **(detail or {})})
