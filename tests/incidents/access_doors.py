"""The doors of a case, each asked for every person: the first wall, row-level security alone, the list, and what "why" and
"who can open it" say; compared with the account in access_model.py.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from django.db import connection
from hypothesis.stateful import invariant

from agencies.models import User
from agencies.scoping import actor_for
from incidents.models import Case
from incidents.selectors.openers import openers
from incidents.selectors.why import access_why
from kernel.actors import Actor
from kernel.identity import acting_as
from tests.cast import agency
from tests.incidents.access_model import CaseModel, World, may_open

PLACES = {
    "alice": {"POL"}, "asha": {"POL"}, "donna": {"POL"}, "bob": {"NNC"}, "beth": {"NNC"},
    "walt": {"WNC", "RSL1"}, "vera": {"VSS"}, "petra": {"PROB"}, "greta": {"IG"},
}  # fmt: skip
CONTACTS = {"asha": "POL", "donna": "POL", "beth": "NNC", "petra": "PROB"}

ALL_CODES = ("NNC", "WNC", "RSL1", "VSS", "PROB", "POL")


def as_it_is(world: World) -> World:
    """The account as it was kept."""
    return world


class Doors:
    """What must hold after each thing that a machine has done: every door says of its cases what the account says."""

    seen_as: ClassVar[Callable[[World], World]] = staticmethod(as_it_is)
    explains: ClassVar[bool] = False
    users: dict[str, int]
    rows: list[Case]
    world: World
    explained: dict[int, tuple]

    def actor(self, name: str) -> Actor:
        return actor_for(User.objects.get(pk=self.users[name]))

    @invariant()
    def every_door_says_what_the_account_says(self) -> None:
        told = self.seen_as(self.world)
        for name in PLACES:
            expected = {row.ref for row, case in zip(self.rows, told.cases, strict=True) if may_open(told, name, case)}
            with acting_as(self.actor(name)) as actor:
                first = self.refs(Case.objects.visible_to(actor))
                second = self.refs(Case.objects.unscoped(reason="the second wall alone"))
                listed = self.listed()
            assert first == expected, (name, "first wall", first, expected)
            # Who may not sign in has no identity to ask with: what was given to them by name is left, unasked.
            own = {row.ref for row, case in zip(self.rows, told.cases, strict=True) if self.given_by_name(name, case)}
            assert expected <= second <= expected | own, (name, "second wall", second, expected)
            assert expected <= listed <= expected | own, (name, "list", listed, expected)
        for number, case in enumerate(told.cases if self.explains else ()):
            opens = {name for name in PLACES if may_open(told, name, case)}
            now = (case.tier, sorted(case.excluded), sorted(told.ended), sorted(opens))
            if opens and now != self.explained.get(number):
                self.explained[number] = now
                self.pages_explain(self.rows[number], case, opens)

    def given_by_name(self, name: str, case: CaseModel) -> bool:
        """Whether somebody who cannot sign in any more was named on a case, or opened it in an emergency, before."""
        away = name in self.world.asleep or self.world.places[name] <= self.world.ended
        return away and any(name == term.who for term in (*case.emergencies, *case.named))

    def pages_explain(self, row: Case, told: CaseModel, opens: set[str]) -> None:
        """What two pages say of a case whenever its doors have changed: why somebody can or cannot open it, and who
        can; to somebody who opens it about themself, and to whoever decides for its lead agency about everybody."""
        decides = next((one for one in opens if CONTACTS.get(one) == told.lead in self.world.places[one]), None)
        asks = decides or min(opens)
        with acting_as(self.actor(asks)) as actor:
            seen = Case.objects.visible_to(actor).get(pk=row.pk)
            assert self.why(seen, asks), (asks, "why oneself")
            if decides is None:
                return
            explained = {name for name in PLACES if self.why(seen, name)}
            keys = {one.key for one in openers(seen)}
        assert explained == opens, (decides, "why", explained, opens)
        assert self.let_in(keys, told) == opens, (decides, "openers", keys, opens)

    def why(self, case: Case, name: str) -> bool:
        return access_why(case, User.objects.get(pk=self.users[name])).opens

    def let_in(self, keys: set[str], told: CaseModel) -> set[str]:
        """The people behind a list of agencies and people: of an agency all who are not kept out themselves."""
        codes = {code for code in ALL_CODES if f"agency:{agency(code).pk}" in keys}
        found = {name for name in PLACES if {f"{kind}:{self.users[name]}" for kind in ("user", "emergency")} & keys}
        for name in PLACES:
            works = self.world.places[name] - self.world.ended
            if works & codes and name not in self.world.asleep and not told.excluded & (works | {name}):
                found.add(name)
        return found

    def refs(self, cases: Any) -> set[str]:
        return set(cases.filter(pk__in=[row.pk for row in self.rows]).values_list("ref", flat=True))

    def listed(self) -> set[str]:
        with connection.cursor() as cursor:
            cursor.execute("select case_id from hatecase_case_page('{}', null, null, 1000)")
            found = {key for (key,) in cursor.fetchall()}
        return {row.ref for row in self.rows if row.pk in found}
