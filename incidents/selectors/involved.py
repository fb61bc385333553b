"""The further people of a case, and how its people stand to one another, as one reader may see them.

Both come with the case itself (`case_get`), so that its page takes no query more (docs/domain.md §5.4).
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import F, OuterRef
from django.db.models.functions import JSONObject

from agencies.choices import Side
from incidents.choices import Classification, FieldGroup
from incidents.choices.involved import InvolvedRole, TieKind
from incidents.models import Case, InvolvedPerson, PersonTie
from incidents.rules.living import HOME_WARNING, homes
from incidents.selectors.text import agency_told, text_shown, written_by
from kernel.actors import Actor
from victims.selectors import age_of

PEOPLE_SHOWN = 40
TIES_SHOWN = 100
ADULT = 18


@dataclass(frozen=True)
class TieView:
    """How somebody stands to somebody else, read from the first: "lives with", and whom. `alarm` where a victim's side
    lives with the alleged perpetrator, `home` where they live together otherwise.
    """

    uid: str
    words: str
    other: str
    alarm: bool = False
    home: bool = False


@dataclass(frozen=True)
class InvolvedView:
    """Somebody further as the reader may see them; `contact` and `address` None where they are not shown, `hidden` where not even who it
    is may be. `shares_home` where they live with an alleged perpetrator, as of a victim.
    """

    uid: str
    role: str
    name: str
    age: int | None
    child: bool
    organisation: str
    contact: str | None
    address: str | None
    notes: str
    agency: str
    hidden: bool
    ties: tuple[TieView, ...] = ()
    shares_home: bool = False

    @property
    def guarded(self) -> bool:
        """Whether it is not safe to go or to write to their home."""
        return self.shares_home

    @property
    def known_as(self) -> str:
        """What tells them from others of the same name."""
        return self.role

    @property
    def home_warning(self) -> str:
        """What has to be known before anybody writes or goes to their home; "" where nothing is."""
        return HOME_WARNING if self.shares_home else ""


def involved_array(actor: Actor) -> ArraySubquery:
    """An expression for a query of cases: the people further, as rows."""
    rows = InvolvedPerson.objects.visible_to(actor).filter(case_id=OuterRef("pk"), ended_at=None)
    names = ("id", "role", "given_name", "family_name", "organisation", "date_of_birth", "contact", "address")
    told = {"notes": notes_shown(actor), "agency": agency_told(actor, "agency")}
    data = JSONObject(**{name: name for name in names}, **told)
    return ArraySubquery(rows.order_by("created_at", "pk").values(data=data)[: PEOPLE_SHOWN + 1])


_ENDS = tuple(f"{end}_{kind}" for end in ("from", "to") for kind in ("victim", "perpetrator", "involved"))


def ties_array(actor: Actor) -> ArraySubquery:
    """An expression for a query of cases: how its people stand to one another, as rows of keys."""
    rows = PersonTie.objects.visible_to(actor).filter(case_id=OuterRef("pk"), ended_at=None)
    data = JSONObject(id="id", kind="kind", **{name: f"{name}_id" for name in _ENDS})
    return ArraySubquery(rows.order_by("created_at", "pk").values(data=data)[:TIES_SHOWN])


def notes_shown(actor: Actor) -> Any:
    """An expression for what is noted of somebody, as the actor may read it."""
    return text_shown(actor, F("case_id"), F("notes"), written_by(actor, "agency"))


def person_hidden(case: Case, role: str, shown: Iterable[str]) -> bool:
    """Whether who somebody is stays hidden from a reader who is shown these groups of fields: a reporter is protected
    as a source, and who lives with an alleged perpetrator says who that is, which a case without a crime keeps from all.
    """
    if InvolvedRole(role).side is Side.PERPETRATOR and not Classification(case.classification).keeps_names:
        return True
    groups = {InvolvedRole.REPORTER.value: FieldGroup.REPORTER_IDENTITY} | {
        role.value: FieldGroup.SUBJECT_IDENTITY for role in InvolvedRole if role.side is Side.PERPETRATOR
    }
    return role in groups and groups[role] not in frozenset(shown)


def involved_views(
    case: Case,
    rows: Iterable[Mapping[str, Any]],
    *,
    shown: frozenset[str],
    contact: bool,
    ties: Ties,
    at_risk: frozenset[str] = frozenset(),
) -> list[InvolvedView]:
    """The rows of `involved_array` for a reader who is shown these groups; `contact` where they may make contact,
    `at_risk` the keys of those who live with an alleged perpetrator.
    """
    views = [_view(case, row, shown, contact, ties) for row in rows]
    return [replace(view, shares_home=view.uid in at_risk) for view in views]


def _view(case: Case, row: Mapping[str, Any], shown: frozenset[str], contact: bool, ties: Ties) -> InvolvedView:
    role = InvolvedRole(row["role"])
    hidden = person_hidden(case, role, shown)
    age = age_of(dt.date.fromisoformat(row["date_of_birth"]) if row["date_of_birth"] else None)
    reach = contact and not hidden and (role.side is not Side.VICTIM or FieldGroup.VICTIM_CONTACT in shown)
    return InvolvedView(
        uid=str(row["id"]),
        role=str(role.label),
        name="Name hidden" if hidden else person_name(row),
        age=None if hidden else age,
        child=role is InvolvedRole.CHILD or (age is not None and age < ADULT),
        organisation="" if hidden else row["organisation"],
        contact=row["contact"] if reach else None,
        address=row["address"] if reach else None,
        notes="" if hidden else row["notes"],
        agency=row["agency"] or "",
        hidden=hidden,
        ties=tuple(ties.of(str(row["id"]))),
    )


def person_name(row: Any) -> str:
    """A name as said aloud, of a row or a record."""
    given, family, place = (
        row[name] if isinstance(row, Mapping) else getattr(row, name)
        for name in ("given_name", "family_name", "organisation")
    )
    return f"{given} {family}".strip() or place or "Name not given"


@dataclass(frozen=True)
class Household:
    """People of a case who live together: a name, and the key by which a page names them, of each."""

    people: tuple[tuple[str, str], ...]

    def __str__(self) -> str:
        return listed([name for name, _ in self.people])


def listed(names: Sequence[str]) -> str:
    """Names as one reads them out: "A, B and C"."""
    return " and ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))


class Ties:
    """How the people of a case stand to one another, by person and in both directions."""

    def __init__(self, rows: Iterable[Mapping[str, Any]], names: Mapping[str, str]) -> None:
        self._found: dict[str, list[TieView]] = defaultdict(list)
        self._names = names
        self._together: list[tuple[str, str]] = []
        for row in rows:
            self._add(row)

    def _add(self, row: Mapping[str, Any]) -> None:
        kind = TieKind(row["kind"])
        ends = [self._end(row, "from"), self._end(row, "to")]
        lives = kind is TieKind.LIVES_WITH
        alarm = lives and sum(what == "perpetrator" for what, _ in ends) == 1
        if lives:
            self._together.append((ends[0][1], ends[1][1]))
        for mine, other, words in ((0, 1, str(kind.label)), (1, 0, kind.backwards)):
            at_door = alarm and ends[other][0] == "perpetrator"
            self._found[ends[mine][1]].append(
                TieView(str(row["id"]), words, self._name(ends[other][1]), alarm=at_door, home=lives and not at_door)
            )

    def _name(self, key: str) -> str:
        return self._names.get(key, "somebody who is not shown here")

    @staticmethod
    def _end(row: Mapping[str, Any], end: str) -> tuple[str, str]:
        return next(
            (kind, str(row[f"{end}_{kind}"]))
            for kind in ("victim", "perpetrator", "involved")
            if row[f"{end}_{kind}"] is not None
        )

    def of(self, key: Any) -> list[TieView]:
        """How one person stands to others, by the key of their record; whom they live with as one line, unless it is
        a warning.
        """
        found = self._found.get(str(key), [])
        home = [tie.other for tie in found if tie.home]
        if len(home) < 2:
            return found
        together = TieView("", str(TieKind.LIVES_WITH.label), listed(home), home=True)
        return [*(tie for tie in found if not tie.home), together]

    def households(self, keys: Mapping[str, str]) -> list[Household]:
        """Who lives together; `keys` are the references of those who have one, by the keys of their records."""
        return [
            Household(tuple((self._names[key], keys.get(key, key)) for key in sorted(group) if key in self._names))
            for group in homes(self._together)
        ]


def names_of(rows: Iterable[Mapping[str, Any]], case: Case, shown: frozenset[str]) -> dict[str, str]:
    """How the people further are called on the page, by key."""
    nothing = Ties((), {})
    return {view.uid: f"{view.name} ({view.role.lower()})" for view in (
        _view(case, row, shown, False, nothing) for row in rows
    )}  # fmt: skip


def person_of(actor: Actor, case: Case, uid: uuid.UUID) -> InvolvedPerson:
    """Somebody of a case who has not been ended, with `notes_shown`. One query. Raises InvolvedPerson.DoesNotExist."""
    rows = InvolvedPerson.objects.visible_to(actor).filter(case=case, ended_at=None)
    found: InvolvedPerson = rows.annotate(notes_shown=notes_shown(actor)).get(pk=uid)
    return found


def tie_get(actor: Actor, case: Case, uid: uuid.UUID) -> PersonTie:
    """How two people stand, where it has not been ended. One query. Raises PersonTie.DoesNotExist."""
    found: PersonTie = PersonTie.objects.visible_to(actor).get(case=case, pk=uid, ended_at=None)
    return found
