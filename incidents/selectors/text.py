"""What a reader may not know: names in free text, and agencies whose part would tell the other side's.

Rules: docs/domain.md §5.3, §5.4, §5.5.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db.models import (
    BigIntegerField,
    BooleanField,
    CharField,
    F,
    Field,
    Func,
    JSONField,
    Q,
    TextField,
    Value,
    When,
)
from django.db.models import Case as Choose
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast

from agencies.choices import Side
from incidents.choices import TaskState
from incidents.scoping import hidden_sides
from kernel.actors import Actor
from kernel.rls import AGENCIES


class TextShown(Func):
    """The narrow function `hatecase_text_shown(case id, text)`."""

    function = "hatecase_text_shown"
    output_field = TextField()


class TextsWhole(Func):
    """Whether a case's texts come as they were written to an agency of the actor, by its access row.

    What is missing there (past an end, for named people) the narrow function works out.
    """

    output_field = BooleanField()
    template = (
        "exists (select from incidents_caseaccess w where w.case_id = %(expressions)s"
        f" and w.agency_id = any({AGENCIES}) and w.texts_whole and (w.ends_at is null or w.ends_at > statement_timestamp()))"
    )


def knows_both_sides(actor: Actor) -> bool:
    """Whether every agency of the actor may know both sides, so that nobody's name has to be kept from them."""
    return actor.sides == {Side.BOTH}


def text_shown(actor: Actor, case_id: Combinable, text: Combinable, own: Q) -> Any:
    """An expression for a text column: as it stands for whom nothing has to be kept from, else without the names and
    contact details that their side, or what the case was shared for, leaves out.

    What an agency of the actor wrote (the rows of `own`) is shown to it as it wrote it, whoever it names: a gap in
    one's own words would tell that a guessed name is right.
    """
    whole = [When(TextsWhole(case_id), then=text)] if Side.BOTH in actor.sides else []
    return Choose(When(own, then=text), *whole, default=TextShown(case_id, text), output_field=TextField())


def written_by(actor: Actor, agency: str) -> Q:
    """The rows whose writer is an agency of the actor; `agency` leads to it."""
    return Q(**{f"{agency}__in": actor.agency_ids})


def written_by_colleague(actor: Actor, person: str) -> Q:
    """The rows whose writer works, or worked, for agencies of the actor and for no other; `person` leads to them.

    For texts of which only the person is kept: in whose name somebody of several agencies wrote is not known.
    """
    return Q(Colleague(F(f"{person}_id"), _array(actor.agency_ids, BigIntegerField())))


def case_written_by(actor: Actor) -> Q:
    """The cases whose summary an agency of the actor wrote."""
    return written_by(actor, "summary_by_agency")


def task_asked_by(actor: Actor) -> Q:
    """The tasks whose words are those of an agency of the actor, which asked for them."""
    return written_by(actor, "asked_by_agency")


def task_closed_by(actor: Actor) -> Q:
    """The tasks of which an agency of the actor said how they ended."""
    by_doer = ~Q(state=TaskState.WITHDRAWN) & written_by(actor, "agency")
    return by_doer | Q(state=TaskState.WITHDRAWN) & written_by_colleague(actor, "closed_by")


def purpose_text(actor: Actor, field: str = "purpose") -> Any:
    """An expression for a grant's purpose, or its necessity, as the actor may read it."""
    return text_shown(actor, F("content_object_id"), F(field), written_by_colleague(actor, "given_by"))


class Colleague(Func):
    """The narrow function `hatecase_colleague(person id, own agencies)`."""

    function = "hatecase_colleague"
    output_field: Any = BooleanField()


class PersonTold(Func):
    """The narrow function `hatecase_person_told(person id, hidden sides)`."""

    function = "hatecase_person_told"
    output_field = CharField()


class AgencyTold(Func):
    """The narrow function `hatecase_agency_told(agency id, hidden sides, own agencies)`."""

    function = "hatecase_agency_told"
    output_field = CharField()


def agency_told(actor: Actor, path: str) -> Any:
    """An expression for the name of the agency that a row's `path` leads to: empty for one of a side that the actor
    is not told of, other than the actor's own.
    """
    own = _array(actor.agency_ids, BigIntegerField())
    return AgencyTold(F(f"{path}_id"), _array(hidden_sides(actor), TextField()), own)


def person_told(actor: Actor, path: str) -> Any:
    """An expression for the name of the person that a row's `path` leads to: empty for somebody who works, or worked,
    for an agency of a side that the actor is not told of.
    """
    return PersonTold(F(f"{path}_id"), _array(hidden_sides(actor), TextField()))


class _DangerDrafted(Func):
    function = "hatecase_danger_drafted"
    output_field: Any = JSONField()


def danger_drafted(actor: Actor) -> Any:
    """An expression for who says in an assessment that is not submitted yet that somebody of the case is in danger, and
    when they last saved it: for others of the agency that leads the case (docs/domain.md §2.6).
    """
    return _DangerDrafted(F("pk"), _array(hidden_sides(actor), TextField()))


def _array(values: Iterable[Any], kind: Field) -> Cast:
    array = ArrayField(kind)
    return Cast(Value(list(values), output_field=array), array)
