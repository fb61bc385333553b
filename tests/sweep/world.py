"""The planted county: fifteen cases that between them cover every tier, level, side, field group, expiry and exclusion.

Who may read what of each is said a second time, by hand, in tests/sweep/truth.py; the two files name the same cases.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import connection

from agencies.choices import Role
from agencies.models import Membership, User
from incidents.choices import FieldGroup, Tier
from incidents.models import Breach, CaseExclusion, EmergencyAccess, WishOverride
from incidents.selectors.access_request import signpost_get
from incidents.services.access_decision import access_question
from incidents.services.access_request import access_ask, access_reply
from incidents.services.breach import breach_close, breach_report
from incidents.services.case import case_triage, lead_worker_assign
from incidents.services.classification import classification_propose, classification_refuse
from incidents.services.emergency import emergency_open, emergency_review
from incidents.services.exclusion import conflict_declare, exclusion_set
from incidents.services.override import OverrideCase, override_ask, override_refuse
from incidents.services.recall import share_recall
from incidents.services.reports import report_tie
from incidents.services.share import ShareTerms, share_end
from incidents.services.task import task_accept, task_complete
from incidents.services.tier import tier_change
from kernel import clock
from tests.cast import acting, agency, cast_get, log_incident_as
from tests.sweep import truth
from tests.sweep.exhibits import evidence_plant, redaction_plant
from tests.sweep.further import assess, meeting_plant, personal_plant
from tests.sweep.plant import WHY, Garden, case_plant, comment, contact, decline, handover, note, reveal, share, task
from tests.sweep.progress import progress_plant
from tests.sweep.repairs import letters_plant, repairs_plant
from victims.models import Victim, VictimSensitive
from victims.services import sensitive_change

DAY = dt.timedelta(days=1)
EVERY_GROUP = tuple(FieldGroup.values)


def world_plant() -> Garden:
    """Plant everything, as the people concerned."""
    cast_get()  # In a database that no other test has filled, the agencies come with the cast.
    garden = Garden()
    for name, places in truth.PLANTED.items():
        _works_for(name, *places.split("+"))
    for make in (
        _team,
        _own,
        _restricted,
        _conflict,
        _west,
        _quarantine,
        _reports,
        _landlord,
        _sides,
        _others,
        progress_plant,
        meeting_plant,
    ):
        make(garden)
    personal_plant(garden)
    return garden


def _works_for(name: str, *codes: str) -> None:
    """Somebody who works for several agencies, in each as a caseworker."""
    user = User.objects.create(email=f"{name}@two.example", name=f"{name.title()} Twofold")
    for code in codes:
        Membership.objects.create(user=user, agency=agency(code), roles=[Role.CASEWORKER.value])


# --- Shared by agencies ---------------------------------------------------------------------------------


def _team(garden: Garden) -> None:
    """Shared with everybody in every way: the levels, the sides, the groups, and each kind of end."""
    case, key = case_plant(garden, "team", "alice"), "team"
    now = clock.now()
    share(garden, key, "alice", "NNC", "contribute", ("victim_contact", "subject_identity", "health"))
    share(garden, key, "alice", "VSS", "contribute")
    share(garden, key, "alice", "PROB", "contribute")
    share(garden, key, "alice", "RSL1", "signpost")
    share(garden, key, "alice", "FIRE", "view", ())
    share(garden, key, "alice", "HLTH", "manage", tuple(g for g in EVERY_GROUP if g != "reporter_identity"))
    share(garden, key, "alice", "YJS", "view")
    ended = share(garden, key, "alice", "EDU1", "contribute", EVERY_GROUP)
    recalled = share(garden, key, "alice", "CTU", "contribute", EVERY_GROUP)
    share(garden, key, "alice", "NREC", "view", starts_at=now + DAY)
    share(garden, key, "alice", "WNC", "contribute", EVERY_GROUP, until=now + DAY)
    reveal(garden, key, "edith", "EDU1", "victim_contact")
    reveal(garden, key, "colm", "CTU", "subject_identity")
    reveal(garden, key, "walt", "WNC", "health")
    with acting("alice") as alice:
        share_end(actor=alice, case=case, uid=ended.uid)
    _breach(garden, key, recalled, closed=True)
    for by, code in (("alice", "POL"), ("bob", "NNC"), ("viola", "VSS"), ("petra", "PROB"), ("hana", "HLTH")):
        note(garden, key, by, code)
    _tasks(garden)
    handover(garden, key, "asha", "alice", "POL")
    assess(garden, key, "alice")
    reveal(garden, key, "asha", "POL", *EVERY_GROUP)
    reveal(garden, key, "hana", "HLTH", "health")
    reveal(garden, key, "viola", "VSS", "victim_contact")
    evidence_plant(garden, key, "bob", "NNC")
    evidence_plant(garden, key, "viola", "VSS")
    evidence_plant(garden, key, "alice", "POL", withdrawn=True)
    redaction_plant(garden, key, "alice", "POL")
    repairs_plant(garden, key, "alice", "POL")
    letters_plant(garden, key, "alice", "POL", "asha")
    _request(garden, key)
    _triage(garden, key)
    _second(garden, key)
    _past(garden, key)


def _tasks(garden: Garden) -> None:
    """Between agencies of all sides; one is done."""
    key = "team"
    asked = task(garden, key, "alice", "POL", "NNC", "bob")
    support = task(garden, key, "alice", "POL", "VSS", "viola")
    visit = task(garden, key, "alice", "POL", "PROB", "petra")
    task(garden, key, "alice", "POL", "VSS", "una")
    task(garden, key, "bob", "NNC", "POL")
    for by, code in (("bob", "NNC"), ("petra", "PROB")):
        decline(garden, key, by, code)
    comment(garden, key, asked, "bob", "NNC", "POL")
    comment(garden, key, asked, "hana", "HLTH", "POL", "NNC")
    comment(garden, key, support, "viola", "VSS", "POL")
    comment(garden, key, support, "alice", "POL", "VSS")
    comment(garden, key, visit, "petra", "PROB", "POL")
    comment(garden, key, visit, "alice", "POL", "PROB")
    done = task(garden, key, "hana", "HLTH", "NNC", "beth")
    with acting("beth") as beth:
        achieved = f"Was there, {garden.word(key, 'task', 'Task.outcome', 'HLTH', 'NNC')}"
        task_complete(actor=beth, task=task_accept(actor=beth, task=done), achieved=achieved)


def _request(garden: Garden, key: str) -> None:
    """An agency that knows that the case exists asks for access, is asked back, and answers."""
    case = garden.cases[key]
    with acting("charlie") as charlie:
        known = signpost_get(actor=charlie, ref=case.ref)
        purpose = garden.word(key, "request", "AccessRequest.purpose", "RSL1")
        asked = access_ask(actor=charlie, signpost=known, purpose=purpose, gateway="cda_s115")
    with acting("asha") as asha:
        text = f"What for, {garden.word(key, 'request', 'AccessMessage.text', 'RSL1')}?"
        access_question(actor=asha, case=case, asked=asked, text=text)
    with acting("charlie") as charlie:
        asked.refresh_from_db()
        text = f"A transfer, {garden.word(key, 'request', 'AccessMessage.text', 'RSL1')}."
        access_reply(actor=charlie, asked=asked, ref=case.ref, lead_agency_id=case.lead_agency_id, text=text)
    garden.add("request", key, ref=case.ref, uid=asked.pk)


def _triage(garden: Garden, key: str) -> None:
    """A recorded crime, with its reference, and another priority."""
    case = garden.case(key)
    with acting("alice") as alice:
        case_triage(
            actor=alice,
            case=case,
            version=case.version,
            priority="P2" if case.priority == "P1" else "P1",
            priority_reason=garden.word(key, "decision", "PriorityChange.reason", "POL"),
            classification="crime_recorded",
            lead_worker=cast_get()["alice"],
            reason=garden.word(key, "decision", "ClassificationChange.reason", "POL"),
            crime_reference=f"26000{garden.word(key, 'decision', 'ClassificationChange.crime_reference', 'POL')}",
        )


def _second(garden: Garden, key: str) -> None:
    """What one person proposed and a second one refused; and two reports of one event."""
    case = garden.case(key)
    with acting("alice") as alice:
        reason = garden.word(key, "second", "ClassificationProposal.reason", "POL")
        proposed = classification_propose(actor=alice, case=case, version=case.version, to="not_hate", reason=reason)
    garden.add("decision", key, ref=case.ref, uid=proposed.uid)
    with acting("asha") as asha:
        reason = garden.word(key, "second", "ClassificationProposal.decision_reason", "POL")
        classification_refuse(actor=asha, proposal=proposed, reason=reason)
    again = log_incident_as("alice", case=garden.case(key), victims=[], narrative="He shouted again.")
    first = case.incidents.exclude(pk=again.pk).get()
    with acting("alice") as alice:
        reason = garden.word(key, "decision", "IncidentMove.reason", "POL")
        case = garden.case(key)
        tied = report_tie(
            actor=alice, case=case, incident=again.ref, other=first.ref, version=case.version, reason=reason
        )
    garden.add("act", key, ref=case.ref, act=tied[0].act)


def _past(garden: Garden, key: str) -> None:
    """The west council's share has ended a minute ago, and no sweep has been there: only the clock can tell."""
    case = garden.cases[key].pk
    who = "agency_id = (select id from agencies_agency where code = 'WNC')"
    past, before = "statement_timestamp() - interval '1 minute'", "starts_at - interval '1 hour'"
    _sql(
        f"update incidents_casegrant set until = {past}, starts_at = {before} where content_object_id = {case} and {who}"
    )
    _sql(f"update incidents_caseaccess set ends_at = {past} where case_id = {case} and {who}")
    _sql(f"update incidents_case set access_ends_at = {past} where id = {case}")
    for table in ("victims_victimaccess", "perpetrators_perpetratoraccess"):
        _sql(f"update {table} set access_ends_at = {past} where case_id = {case}")


def _sql(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def _breach(garden: Garden, key: str, grant: Any, *, closed: bool = False) -> None:
    """A mistaken share is recalled; where `closed`, information governance has judged it."""
    word, of = garden.word, garden.case(key).lead_agency.code
    with acting("alice" if of == "POL" else "charlie") as actor:
        reason = f"Chosen by mistake, {word(key, 'breach', 'Breach.reason', of)}"
        share_recall(actor=actor, case=garden.cases[key], uid=grant.uid, reason=reason)
    breach = Breach.objects.unscoped(reason=WHY).get(grant=grant)
    garden.add("breach", key, uid=breach.pk)
    if closed:
        with acting("greta") as greta:
            ico = word(key, "breach", "Breach.ico_reference", of)
            breach_report(
                actor=greta, breach=breach, ico_reference=ico, reason=word(key, "breach", "Breach.decision_reason", of)
            )
            breach_close(actor=greta, breach=breach, note=word(key, "breach", "Breach.closing_note", of))


# --- By name, and kept out ------------------------------------------------------------------------------


def _tier(garden: Garden, key: str, tier: Tier, *people: str) -> None:
    case = garden.case(key)
    named = {cast_get()[name].pk for name in people}
    with acting("asha") as asha:
        reason = f"A colleague is in it, {garden.word(key, 'decided', 'CasePerson.reason', 'POL')}"
        tier_change(actor=asha, case=case, version=case.version, tier=tier, people=named, reason=reason)


def _own(garden: Garden) -> None:
    case = case_plant(garden, "own", "alice")
    share(garden, "own", "alice", "NNC", "contribute", EVERY_GROUP)
    share(garden, "own", "alice", "VSS", "view")
    with acting("alice") as alice:
        case = garden.case("own")
        lead_worker_assign(actor=alice, case=case, version=case.version, worker=cast_get()["alice"])
    task(garden, "own", "alice", "POL", "NNC", "bob")
    _tier(garden, "own", Tier.OWN, "amir")


def _restricted(garden: Garden) -> None:
    case = case_plant(garden, "restricted", "alice")
    share(garden, "restricted", "alice", "NNC", "contribute", ("victim_contact",))
    note(garden, "restricted", "bob", "NNC")
    _tier(garden, "restricted", Tier.RESTRICTED, "alice", "asha", "bob")
    _emergency(garden, "restricted", "greta", case.ref)


def _emergency(garden: Garden, key: str, by: str, ref: str, *, review: str = "") -> None:
    with acting(by) as actor:
        reason = f"He is on his way to her door, {garden.word(key, 'emergency', 'EmergencyAccess.reason', by)}"
        emergency_open(actor=actor, ref=ref, reason=reason)
    row = EmergencyAccess.objects.unscoped(reason=WHY).get(case_ref=ref, user=cast_get()[by])
    garden.add("emergency", key, uid=row.uid)
    if review:
        with acting(review) as actor:
            words = f"It was needed, {garden.word(key, 'emergency', 'EmergencyAccess.review_note', by)}"
            emergency_review(actor=actor, access=row, outcome="justified", note=words)


def _conflict(garden: Garden) -> None:
    """One has left by themself, one was kept out by the lead agency, and so was a whole agency."""
    key = "conflict"
    case = case_plant(garden, key, "alice")
    share(garden, key, "alice", "NNC", "contribute", EVERY_GROUP)
    share(garden, key, "alice", "VSS", "contribute", EVERY_GROUP[:4])
    share(garden, key, "alice", "NREC", "contribute", EVERY_GROUP[:4])
    task(garden, key, "alice", "POL", "NNC", "bob")
    with acting("bob") as bob:
        reason = f"His cousin, {garden.word(key, 'exclusion', 'CaseExclusion.reason', 'NNC')}"
        conflict_declare(actor=bob, case=case, reason=reason)
    with acting("asha") as asha:
        for who in ({"user": cast_get()["donna"]}, {"agency": agency("NREC")}, {"user": cast_get()["greta"]}):
            reason = f"Knows the family, {garden.word(key, 'exclusion', 'CaseExclusion.reason', 'POL')}"
            exclusion_set(actor=asha, case=case, reason=reason, **who)
    for row in CaseExclusion.objects.unscoped(reason=WHY).filter(case=case):
        garden.add("exclusion", key, ref=case.ref, uid=row.uid)


def _west(garden: Garden) -> None:
    """The west council's, whose reporter wants no contact; opened in emergencies, of which one is over."""
    key = "west"
    contact_never = garden.canaries.phone(key, "nobody", "Incident.reporter_contact")
    case = case_plant(
        garden, key, "walt", reporter_no_contact=True, reporter_contact=contact_never, district="E07000154"
    )
    share(garden, key, "walt", "VSS", "view")
    _emergency(garden, key, "niall", case.ref, review="greta")
    past = "statement_timestamp() - interval '1 minute'"
    _sql(f"update incidents_caseperson set starts_at = starts_at - interval '5 hours', until = {past}"
         f" where case_id = {case.pk} and source = 'emergency'")  # fmt: skip
    _sql(f"update incidents_case set access_ends_at = {past} where id = {case.pk}")
    for table in ("victims_victimaccess", "perpetrators_perpetratoraccess"):
        _sql(f"update {table} set access_ends_at = {past} where case_id = {case.pk}")
    _emergency(garden, key, "asha", case.ref)


# --- Names that may not be kept -------------------------------------------------------------------------


def _quarantine(garden: Garden) -> None:
    """A name waits, and so does an override of the victim's wish; the meeting may not have the case."""
    key = "quarantine"
    victim = {"wish_share_support": "no"}
    case = case_plant(garden, key, "alice", names="quarantine", wishes=victim)
    share(garden, key, "alice", "NNC", "view", EVERY_GROUP)
    share(garden, key, "alice", "PROB", "view")
    for code in ("VSS", "NREC"):
        word = garden.word
        terms = ShareTerms(
            agency=agency(code),
            level="view",
            purpose=word(key, "override", "WishOverride.purpose", "POL"),
            necessity=word(key, "override", "WishOverride.necessity", "POL"),
            gateway="cda_s115",
        )
        reason = f"He waits outside, {word(key, 'override', 'WishOverride.reason', 'POL')}"
        told = f"She is away, {word(key, 'override', 'WishOverride.not_told_reason', 'POL')}"
        with acting("alice") as alice:
            why = OverrideCase("serious_harm", reason, victim_told=False, not_told_reason=told)
            override_ask(actor=alice, case=case, terms=terms, why=why)
    for row in WishOverride.objects.unscoped(reason=WHY).filter(case=case):
        garden.add("override", key, ref=case.ref, uid=row.pk)
    with acting("asha") as asha:
        reason = garden.word(key, "override", "WishOverride.decision_reason", "POL")
        refused = WishOverride.objects.visible_to(asha).get(case=case, agency=agency("NREC"))
        override_refuse(actor=asha, override=refused, reason=reason)


def _reports(garden: Garden) -> None:
    """From a reporting centre and a school: the council of the district leads, they read."""
    case_plant(garden, "centre", "tom", names="quarantine", district="E07000154")
    case_plant(garden, "school", "edith", names="quarantine")


# --- Lead agencies of every side ------------------------------------------------------------------------


def _landlord(garden: Garden) -> None:
    """Its report says the name that it may keep; one share was a mistake, and is not judged yet."""
    key = "landlord"
    case_plant(garden, key, "charlie", names="spoken")
    share(garden, key, "charlie", "POL", "manage", ())
    share(garden, key, "charlie", "PROB", "view")
    share(garden, key, "charlie", "VSS", "view")
    _breach(garden, key, share(garden, key, "charlie", "WNC", "view"))


def _sides(garden: Garden) -> None:
    """A support service leads one, probation another: each knows its own side alone."""
    case_plant(garden, "voice", "viola")
    share(garden, "voice", "viola", "POL", "contribute")
    share(garden, "voice", "viola", "PROB", "view")
    case_plant(garden, "probation", "petra", names="quarantine")
    share(garden, "probation", "petra", "POL", "view")
    note(garden, "probation", "petra", "PROB")


def _others(garden: Garden) -> None:
    key = "health"
    case_plant(garden, key, "hana")
    contact(garden, key, "hana")
    contact(garden, key, "hana", reporter=True)
    share(garden, key, "hana", "NNC", "manage", EVERY_GROUP)
    share(garden, key, "hana", "VSS", "contribute", ("health",))
    with acting("hana") as hana:
        victim = Victim.objects.visible_to(hana).get(access__case_id=garden.cases[key].pk)
    reveal(garden, key, "hana", "HLTH", "health")
    reveal(garden, key, "viola", "VSS", "health")
    with acting("hana") as hana:
        row = VictimSensitive.objects.visible_to(hana).get(victim=victim, group="health")
        new = f"{garden.word(key, 'health', 'VictimSensitive.text')} now"
        sensitive_change(actor=hana, victim=victim, group="health", text=new, version=row.version)
    case_plant(garden, "fire", "frank")
    share(garden, "fire", "frank", "NNC", "signpost")
    share(garden, "fire", "frank", "HLTH", "signpost")
    case_plant(garden, "plain", "amir", organisation=True)
