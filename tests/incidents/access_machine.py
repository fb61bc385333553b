"""A machine that does things to cases: random sequences of grants, ends, tiers, named people, exclusions, leavers, emergencies
and moves through the real services; hours pass without any job having run. What must then hold is in access_doors.py.
"""

from __future__ import annotations

import datetime as dt
import os
import uuid
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field
from math import inf
from typing import Any

from django.db import connection, transaction
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from agencies.choices import Role
from agencies.models import Agency, Membership, User
from agencies.services.people import person_close, person_reopen
from incidents.choices import Level
from incidents.models import Case, CaseExclusion, CaseGrant, Incident, IncidentMove
from incidents.selectors.incident_move import case_incidents
from incidents.services.access import access_rebuild, database_now, grant_create
from incidents.services.access_sweep import access_apply
from incidents.services.common import case_hold
from incidents.services.emergency import emergency_open
from incidents.services.exclusion import conflict_declare, exclusion_end, exclusion_set
from incidents.services.incident_move import Versions, case_split, cases_join, incident_move
from incidents.services.incident_part import incident_move_undo
from incidents.services.recall import share_recall
from incidents.services.share import share_end, share_give
from incidents.services.tier import tier_change, tier_for_meeting
from incidents.services.transfer import lead_transfer
from kernel.actors import Actor, system_actor
from kernel.errors import ForbiddenError, RuleError, StaleError
from kernel.identity import acting_as
from tests.cast import agency, cast_get, log_incident_as
from tests.incidents.access_doors import ALL_CODES, CONTACTS, PLACES, Doors
from tests.incidents.access_model import LEAD, MEETING, REPORT, SHARE, CaseModel, Term, World, may_open

LONG = int(os.environ.get("HATECASE_MACHINE_EXAMPLES", "0"))
WHY = "The machine tries whatever can be done"
REFUSED = (RuleError, ForbiddenError, StaleError, Case.DoesNotExist)
PEOPLE = st.sampled_from(sorted(PLACES))
DECIDERS = st.sampled_from(["asha", "donna", "beth"])
AGENCIES = st.sampled_from(ALL_CODES)
CASES = st.sampled_from([0, 1])
TIMES = {
    "level": st.sampled_from(["view", "contribute", "signpost"]),
    "begins": st.sampled_from([0, 0, 2]),
    "lasts": st.sampled_from([None, 2, 6]),
}
TIERS = st.sampled_from(["own", "team", "hasbag", "restricted"])

# An hour that passes is the same as everything having happened an hour earlier.
SHIFTED = {
    "incidents_casegrant": "starts_at until ended_at created_at",
    "incidents_caseperson": "starts_at until ended_at",
    "incidents_case": "access_ends_at",
    "incidents_caseaccess": "ends_at",
    "victims_victimaccess": "access_ends_at",
    "perpetrators_perpetratoraccess": "access_ends_at",
}


@dataclass
class Put:
    """Incidents of a case that were put into the other one: who came to be kept out there by it, and who was since."""

    act: uuid.UUID
    number: int
    into: int
    whole: bool
    came: set[str]
    said: set[str] = field(default_factory=set)


class AccessMachine(Doors, RuleBasedStateMachine):
    """Does things to two cases and keeps account of them."""

    def __init__(self) -> None:
        super().__init__()
        self.block = transaction.atomic()
        self.block.__enter__()
        self.users = {name: user.pk for name, user in cast_get().items()}
        Membership.objects.create(user_id=self.users["walt"], agency=agency("RSL1"), roles=[Role.CASEWORKER])
        self.rows = [log_incident_as("alice").case, log_incident_as("alice").case]
        for row in self.rows:
            log_incident_as("alice", case=row)
        begun = [CaseModel("POL", grants=[Term("POL", 0, source=LEAD, level="manage")]) for _ in self.rows]
        self.world = World(begun, deepcopy(PLACES), CONTACTS, {"greta"})
        self.shares: dict[uuid.UUID, Term] = {}
        self.conflicts: list[tuple[int, uuid.UUID, str]] = []
        self.explained: dict[int, tuple] = {}
        self.put: Put | None = None

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.block.__exit__(None, None, None)

    # --- Helpers ---------------------------------------------------------------------------------

    def does(self, name: str, number: int, act: Callable[[Actor, Case], Any]) -> Any:
        """What the service answers, or None where it refuses; a case that is not there for somebody is not there."""
        try:
            with acting_as(self.actor(name)) as actor:
                return act(actor, Case.objects.visible_to(actor).get(pk=self.rows[number].pk))
        except REFUSED:
            return None

    def until(self, lasts: int | None, begins: int) -> dt.datetime | None:
        return None if lasts is None else database_now() + dt.timedelta(hours=begins + lasts)

    # --- What is done ----------------------------------------------------------------------------

    @rule(who=DECIDERS, number=CASES, code=AGENCIES, **TIMES)
    def grant(self, who: str, number: int, code: str, level: str, begins: int, lasts: int | None) -> None:
        terms: dict[str, Any] = {"agency": agency(code), "level": level, "purpose": WHY, "gateway": "consent"}
        terms["starts_at"] = database_now() + dt.timedelta(hours=begins) if begins else None
        terms["until"] = self.until(lasts, begins)
        made = self.does(who, number, lambda actor, case: share_give(actor=actor, case=case, **terms))
        if made is None or made.uid in self.shares:
            return
        now, case = self.world.now, self.world.cases[number]
        for term in case.grants:
            if (term.who, term.source) == (code, SHARE):
                term.ends = min(term.ends, now)
        term = Term(code, now + begins, now + begins + (inf if lasts is None else lasts), SHARE, level)
        case.grants.append(term)
        self.shares[made.uid] = term

    @precondition(lambda self: self.shares)
    @rule(who=DECIDERS, number=CASES, recall=st.booleans(), data=st.data())
    def end(self, who: str, number: int, recall: bool, data: st.DataObject) -> None:
        uid = data.draw(st.sampled_from(list(self.shares)))
        own = next(i for i, case in enumerate(self.world.cases) if any(t is self.shares[uid] for t in case.grants))

        def act(actor: Actor, case: Case) -> Any:
            more = {"reason": WHY} if recall else {}
            return (share_recall if recall else share_end)(actor=actor, case=case, uid=uid, **more)

        if self.does(who, own, act) is not None:
            self.shares[uid].ends = min(self.shares[uid].ends, self.world.now)

    @rule(who=DECIDERS, number=CASES, code=AGENCIES, lasts=st.sampled_from([None, 2, 6]))
    def release_to_a_meeting(self, who: str, number: int, code: str, lasts: int | None) -> None:
        ref = f"HM-{uuid.uuid4().hex[:6]}"

        def act(actor: Actor, case: Case) -> CaseGrant:
            held = case_hold(actor, case, Level.MANAGE)
            tier_for_meeting(actor=actor, case=held, meeting_ref=ref)
            terms = {"source": CaseGrant.Source.MEETING, "source_ref": ref, "level": "view"}
            made = grant_create(case=held, agency=agency(code), until=self.until(lasts, 0), **terms)
            access_rebuild([held.pk])
            return made

        if self.does(who, number, act) is None:
            return
        now, case = self.world.now, self.world.cases[number]
        case.tier = "hasbag"
        case.grants.append(Term(code, now, now + (inf if lasts is None else lasts), MEETING))

    @rule(who=DECIDERS, number=CASES, tier=TIERS, names=st.sets(PEOPLE, max_size=4))
    def restrict_or_widen(self, who: str, number: int, tier: str, names: set[str]) -> None:
        names = names | {who} if tier == "restricted" else names
        people = {self.users[name] for name in names}

        def act(actor: Actor, case: Case) -> Case:
            return tier_change(actor=actor, case=case, version=case.version, tier=tier, people=people, reason=WHY)

        if self.does(who, number, act) is None:
            return
        now, case = self.world.now, self.world.cases[number]
        left = [*case.named, *(t for t in case.grants if t.source == MEETING and tier != "hasbag")]
        for term in left:
            term.ends = min(term.ends, now)
        case.tier = tier
        case.named += [Term(name, now) for name in names if tier in ("own", "restricted")]

    @rule(who=DECIDERS, number=CASES, whom=st.one_of(PEOPLE, AGENCIES))
    def exclude(self, who: str, number: int, whom: str) -> None:
        def act(actor: Actor, case: Case) -> Any:
            if whom == who:
                return conflict_declare(actor=actor, case=case, reason=WHY)
            user = User.objects.get(pk=self.users[whom]) if whom in PLACES else None
            kept_out = agency(whom) if user is None else None
            return exclusion_set(actor=actor, case=case, reason=WHY, user=user, agency=kept_out)

        made = self.does(who, number, act)
        if made is not None and (number, made.uid, whom) not in self.conflicts:
            self.world.cases[number].excluded.add(whom)
            self.conflicts.append((number, made.uid, whom))
            self.also_in_the_other(number, whom)

    def also_in_the_other(self, number: int, whom: str) -> None:
        """What is said after two cases were joined holds in both: not for an agency that leads the empty one."""
        if self.put is None:
            return
        if number == self.put.into:
            self.put.said.add(whom)
        other = self.world.cases[1 - number]
        if self.put.whole and whom not in other.excluded and whom != other.lead:
            self.keep_account(1 - number, whom)
            self.put.said |= {whom} if 1 - number == self.put.into else set()

    @precondition(lambda self: self.conflicts)
    @rule(who=DECIDERS, data=st.data())
    def end_an_exclusion(self, who: str, data: st.DataObject) -> None:
        number, uid, whom = data.draw(st.sampled_from(self.conflicts))
        if self.does(who, number, lambda actor, case: exclusion_end(actor=actor, case=case, uid=uid, reason=WHY)):
            self.conflicts.remove((number, uid, whom))
            self.world.cases[number].excluded.discard(whom)
            if self.put is not None and number == self.put.into:
                self.put.came.discard(whom)
                self.put.said.discard(whom)

    @rule(name=PEOPLE, data=st.data())
    def leave_an_agency(self, name: str, data: st.DataObject) -> None:
        if not self.world.places[name]:
            return
        code = data.draw(st.sampled_from(sorted(self.world.places[name])))
        place = Membership.objects.get(user_id=self.users[name], agency__code=code)
        try:
            with acting_as(self.actor("admin")) as actor:
                person_close(actor=actor, membership=place)
        except REFUSED:
            return
        self.world.places[name].discard(code)
        if not self.world.places[name]:
            for term in (t for case in self.world.cases for t in [*case.named, *case.emergencies] if t.who == name):
                term.ends = min(term.ends, self.world.now)

    @precondition(lambda self: self.world.places != PLACES)
    @rule()
    def everybody_comes_back(self) -> None:
        for name, code in [(n, c) for n in PLACES for c in sorted(PLACES[n] - self.world.places[n])]:
            place = Membership.objects.get(user_id=self.users[name], agency__code=code)
            with acting_as(self.actor("admin")) as actor:
                person_reopen(actor=actor, membership=place)
            self.world.places[name].add(code)

    @rule(who=st.sampled_from(["asha", "beth", "petra", "greta", "bob"]), number=CASES)
    def break_glass(self, who: str, number: int) -> None:
        before = may_open(self.world, who, self.world.cases[number])
        try:
            with acting_as(self.actor(who)) as actor:
                emergency_open(actor=actor, ref=self.rows[number].ref, reason=WHY)
        except REFUSED:
            return
        if not before:
            self.world.cases[number].emergencies.append(Term(who, self.world.now, self.world.now + 4))

    @rule(who=DECIDERS, number=CASES, code=AGENCIES, keep=st.booleans())
    def transfer(self, who: str, number: int, code: str, keep: bool) -> None:
        def act(actor: Actor, case: Case) -> Case:
            terms = {"version": case.version, "agency": agency(code), "reason": WHY, "keep": keep}
            return lead_transfer(actor=actor, case=case, **terms)

        if self.does(who, number, act) is None:
            return
        now, case = self.world.now, self.world.cases[number]
        for term in (t for t in case.grants if t.source == LEAD):
            term.ends = min(term.ends, now)
        case.grants.append(Term(code, now, source=LEAD))
        if keep:
            case.grants.append(Term(case.lead, now, source=REPORT))
        case.lead = code

    # --- Incidents that change cases: who is kept out goes along ---------------------------------------

    @precondition(lambda self: self.put is None)
    @rule(who=DECIDERS, number=CASES, whole=st.booleans())
    def put_into_the_other(self, who: str, number: int, whole: bool) -> None:
        other = self.rows[1 - number]

        def act(actor: Actor, case: Case) -> list[IncidentMove]:
            target = Case.objects.visible_to(actor).get(pk=other.pk)
            terms = {"versions": Versions(case.version, target.version), "reason": WHY, "to_case": target}
            if whole:
                return cases_join(actor=actor, case=case, **terms)
            return incident_move(actor=actor, incident=self.first(actor, case), **terms)

        made = self.does(who, number, act)
        if made is not None:
            came = self.world.cases[number].excluded - self.world.cases[1 - number].excluded
            self.put = Put(made[0].act, number, 1 - number, whole, came)
            for whom in came:
                self.keep_account(1 - number, whom)

    @precondition(lambda self: self.put is not None)
    @rule(who=DECIDERS)
    def part_again(self, who: str) -> None:
        put = self.put
        assert put is not None
        undone = self.does(who, put.into, lambda actor, case: incident_move_undo(actor=actor, act=put.act, reason=WHY))
        if undone is None:
            return
        for whom in put.said - self.world.cases[put.number].excluded:
            self.keep_account(put.number, whom)
        self.world.cases[put.into].excluded -= put.came
        self.conflicts = [one for one in self.conflicts if not (one[0] == put.into and one[2] in put.came)]
        self.put = None

    @precondition(lambda self: len(self.rows) == 2)
    @rule(who=DECIDERS, number=CASES)
    def split_off(self, who: str, number: int) -> None:
        def act(actor: Actor, case: Case) -> Any:
            refs = [self.first(actor, case).ref]
            return case_split(actor=actor, case=case, incidents=refs, version=case.version, reason=WHY)

        made = self.does(who, number, act)
        if made is not None:
            self.rows.append(made[0])
            self.world.cases.append(deepcopy(self.world.cases[number]))

    def first(self, actor: Actor, case: Case) -> Incident:
        """An incident of a case; refused where none is left in it."""
        if not (found := case_incidents(actor=actor, case=case)):
            raise RuleError(WHY)
        return found[0]

    def keep_account(self, number: int, whom: str) -> None:
        """That somebody is kept out of a case by what was said of another one, with the key by which it is ended."""
        kept = {"user_id": self.users[whom]} if whom in PLACES else {"agency__code": whom}
        rows = CaseExclusion.objects.unscoped(reason=WHY).filter(case=self.rows[number], ended_at=None, **kept)
        self.world.cases[number].excluded.add(whom)
        if (made := rows.first()) is not None:
            self.conflicts.append((number, made.uid, whom))

    @rule(hours=st.sampled_from([1, 2, 5, 30]))
    def time_passes(self, hours: int) -> None:
        """No job runs, unless something is to begin: ends count at once, a beginning waits for the sweep."""
        before, self.world.now = self.world.now, self.world.now + hours
        with connection.cursor() as cursor:
            for table, columns in SHIFTED.items():
                moved = ", ".join(f"{c} = {c} - interval '{hours} hours'" for c in columns.split())
                cursor.execute(f"update {table} set {moved} where {self.of_these(table)}")
        if any(before < t.begins <= self.world.now for case in self.world.cases for t in case.grants):
            self.sweep()

    def of_these(self, table: str) -> str:
        key = {"incidents_case": "id", "incidents_casegrant": "content_object_id"}.get(table, "case_id")
        return f"{key} in ({', '.join(str(case.pk) for case in self.rows)})"

    @rule()
    def sweep(self) -> None:
        access_apply(actor=system_actor(WHY))


class ExplainingMachine(AccessMachine):
    """The same, while agreements end and accounts sleep; and what the pages say is compared as well."""

    explains = True

    @rule(code=st.sampled_from(["NNC", "RSL1", "PROB"]), handing_over=st.booleans())
    def an_agreement_ends(self, code: str, handing_over: bool) -> None:
        ended = timezone.localdate() - dt.timedelta(days=2)
        Agency.objects.filter(code=code).update(isa_expires_on=ended, handing_over=handing_over)
        self.world.ended = self.world.ended - {code} if handing_over else self.world.ended | {code}

    @precondition(lambda self: self.world.ended)
    @rule()
    def agreements_are_extended(self) -> None:
        Agency.objects.filter(code__in=self.world.ended).update(isa_expires_on=None, handing_over=False)
        self.world.ended = set()

    @rule(name=st.sampled_from(["alice", "bob", "walt", "petra"]))
    def an_account_sleeps_or_wakes(self, name: str) -> None:
        sleeps = name not in self.world.asleep
        User.objects.filter(pk=self.users[name]).update(asleep_at=database_now() if sleeps else None)
        self.world.asleep ^= {name}


def bounds(examples: int, steps: int, **more: Any) -> settings:
    """The same choice each time, unless a long run is asked for."""
    return settings(
        max_examples=examples,
        stateful_step_count=steps,
        derandomize=not LONG,
        database=None,
        deadline=None,
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
        **more,
    )
