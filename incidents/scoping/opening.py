"""What decides whether a case is open to an actor: the access envelope, the level, the sides. See docs/permissions.md."""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db.models import BooleanField, CharField, F, Func, IntegerField, JSONField, QuerySet
from django.db.models.lookups import GreaterThanOrEqual

from agencies.choices import Role, Side
from incidents.choices import LEVEL_RANK, Level
from incidents.models import Case
from kernel.actors import Actor

TRIAGERS = (Role.TRIAGER, Role.SPOC, Role.DEPUTY_SPOC, Role.MANAGER)
DECIDERS = (Role.SPOC, Role.DEPUTY_SPOC, Role.MANAGER)
REQUEST_NOTICE, BREACH_NOTICE = "access_request", "breach"
RESTRICTED_NOTICE, EMERGENCY_NOTICE = "restricted", "emergency"
WISH_NOTICE, WISH_END_NOTICE = "wish", "wish_end"
KNOWN_KINDS = (REQUEST_NOTICE, BREACH_NOTICE, RESTRICTED_NOTICE, EMERGENCY_NOTICE, WISH_NOTICE)
"""Kinds of notices that reach somebody who may know of a case without opening it."""


def agencies_as(actor: Actor, *roles: str) -> list[int]:
    """The agencies whose cases the actor may use in which they hold one of these roles."""
    return [agency for agency in actor.agency_ids if actor.has_role(*roles, agency_id=agency)]


class CaseLevel(Func):
    """The rank of the asker's highest grant in force, exactly: exclusions and ends taken into account."""

    function = "hatecase_case_level"
    output_field = IntegerField()


class CaseSides(Func):
    """The sides of the asker's agencies through which they hold a case, exactly."""

    function = "hatecase_case_sides"
    output_field: Any = ArrayField(CharField())


class CaseGroups(Func):
    """The groups of fields that the asker's shares of a case cover, exactly; null where no share narrows them."""

    function = "hatecase_case_groups"
    output_field: Any = ArrayField(CharField())


class CaseKnows(Func):
    """Whether the asker may know people of a side in a case, exactly."""

    function = "hatecase_case_knows"
    output_field: Any = BooleanField()


def in_case(actor: Actor, case: Case) -> Actor:
    """The actor as far as one case goes: who works for agencies of different sides knows there whom those agencies
    may know through which they hold it (docs/permissions.md). One query for such a person, else none.
    """
    if len(actor.sides) < 2:
        return actor
    found = Case.objects.visible_to(actor).filter(pk=case.pk).values_list(CaseSides("pk"), flat=True).first()
    return actor.knowing(frozenset(found or ()))


class Homes(Func):
    """Who of a case lives together, as pairs of keys, for who may know its victims; else none. Whoever is of an alleged
    perpetrator's side is one word there (`rules.living.ACCUSED`).
    """

    function = "hatecase_homes"
    output_field: Any = JSONField()


class EvidenceTold(Func):
    """Whether the asker may know of a file in a case: it cannot be redacted, so only who may know both sides there, and
    the agency that added it (docs/permissions.md, "Evidence").
    """

    function = "hatecase_evidence_told"
    output_field: Any = BooleanField()


class CaseKnown(Func):
    """Whether the asker may be told something about sharing a case that they may not open: a signposted agency, and
    information governance, unless a conflict of interest stands against it.
    """

    function = "hatecase_case_known"
    output_field = BooleanField()


class Excluded(Func):
    """Whether a conflict of interest keeps the asker from a case, also somebody without case content."""

    function = "hatecase_excluded"
    output_field = BooleanField()


def level_now(case_id: str, level: Level) -> GreaterThanOrEqual:
    return GreaterThanOrEqual(CaseLevel(case_id), LEVEL_RANK[level])


class Opens(Func):
    """Whether the access envelope of a row lets an actor in, where `named` also by name; past an end only the exact
    answer of the grants themselves, or of those that let a `side` be known. The source expression is the case's key.

    One expression rather than a tree of look-ups: it stands in every query many times, and Django builds this in a
    tenth of the time.
    """

    output_field: Any = BooleanField()

    def __init__(self, key: Any, actor: Actor, *, named: bool = True, side: str = "") -> None:
        super().__init__(key)
        self.agencies, self.user_id = list(actor.agency_ids), actor.user_id
        self.named, self.side = named and actor.user_id is not None, side

    def as_sql(self, compiler: Any, connection: Any, **_: Any) -> tuple[str, list[Any]]:  # type: ignore[override]
        (column,) = self.get_source_expressions()
        key, _params = compiler.compile(column)
        return self._conditions(compiler.quote_name_unless_alias(column.alias), key)

    def _conditions(self, row: str, key: str) -> tuple[str, list[Any]]:
        exact = f"hatecase_case_knows({key}, '{self.side}')" if self.side else f"hatecase_case_level({key}) >= 2"
        by_name, user = (f" OR {row}.user_ids @> %s::int[]", [self.user_id]) if self.named else ("", None)
        sql = (
            f"(((NOT {row}.restricted AND {row}.agency_ids && %s::int[]){by_name})"
            f" AND ({row}.access_ends_at IS NULL OR {row}.access_ends_at > STATEMENT_TIMESTAMP() OR {exact})"
            f" AND NOT ({row}.excluded_agency_ids && %s::int[] OR {row}.excluded_user_ids @> %s::int[]))"
        )
        params = [self.agencies, *([user] if user else []), self.agencies, [self.user_id or 0]]
        return sql, params


class CaseOpens(Opens):
    """The same of the case to which a row's column leads."""

    def as_sql(self, compiler: Any, connection: Any, **_: Any) -> tuple[str, list[Any]]:  # type: ignore[override]
        key, _params = compiler.compile(self.get_source_expressions()[0])
        conditions, params = self._conditions("c", "c.id")
        # `key` is the column as Django compiled it.
        return f"EXISTS (SELECT 1 FROM incidents_case c WHERE c.id = {key} AND {conditions})", params  # noqa: S608


def opens_nothing(actor: Actor) -> bool:
    """Who holds no share: but for information governance, to which a case opens by name, in an emergency."""
    return not actor.agency_ids and not actor.has_role(Role.GOVERNANCE)


def envelope(actor: Actor, queryset: QuerySet, key: str, *, named: bool = True, side: str = "") -> QuerySet:
    if opens_nothing(actor):
        return queryset.none()
    return queryset.filter(Opens(F(key), actor, named=named, side=side))


def through_case(queryset: Any, actor: Actor, path: str = "case") -> Any:
    if opens_nothing(actor):
        return queryset.none()
    return queryset.filter(CaseOpens(F(f"{path}_id"), actor))


def hidden_sides(actor: Actor) -> list[str]:
    """The sides whose own agencies the actor is not told of: that a programme provider works in a case tells something
    about the alleged perpetrator, and that a victim service does about the victim.
    """
    hidden = [] if actor.sees_perpetrators else [Side.PERPETRATOR.value]
    return hidden if actor.sees_victims else [*hidden, Side.VICTIM.value]


class DipTold(Func):
    """How far the asker may be told of an event of the monthly sample: 0 not at all."""

    function = "hatecase_dip_told"
    output_field = IntegerField()
