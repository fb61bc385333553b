"""With whom a case is shared: the lead agency's own access, the reporter's, and shares with purpose and gateway.

Nothing is shared that the victim's wishes stand against (incidents.rules.sharing; docs/domain.md §6.7).
"""

from __future__ import annotations

from datetime import datetime, timedelta

from agencies.choices import AgencyType, Area, District
from agencies.reference_data import AGENCIES
from hatecase.county.dice import Dice, Table
from hatecase.county.office import Office
from hatecase.county.people import Person
from hatecase.county.scenes import Event
from hatecase.county.shapes import CasePlan, Grant
from hatecase.county.staff import Staff
from hatecase.county.words import fitting
from incidents.choices import Gateway, Level, PlaceType, Strand, Tier
from incidents.models import CaseGrant
from incidents.rules.sharing import Wishes, gateway_standing, sharing_error

TYPES = {row.code: row.type for row in AGENCIES}
_TRAVELLERS = ("romany-gypsy", "irish-traveller", "other-gypsy-or-traveller", "roma")
_LEVELS = Table(((Level.VIEW, 48), (Level.CONTRIBUTE, 46), (Level.SIGNPOST, 4), (Level.MANAGE, 2)))
_WORKING_LEVELS = Table(((Level.CONTRIBUTE, 80), (Level.VIEW, 20)))
# Cases of the last days are shared more, so that every partner of the demo has something before them.
_FRESH = {"VSS": 0.45, "RSL1": 0.35, "HLTH": 0.15, "YJS": 0.15, "PROB": 0.15, "NREC": 0.25, "FIRE": 0.1}
_COUNCIL_LATER = 0.1
_ENDS_SHARE, _REVOKED_SHARE = 0.22, 0.03
_WITHOUT_END = frozenset({"POL"})


def grants_make(
    case: CasePlan, person: Person | None, wishes: list[Wishes], staff: Staff, office: Office, dice: Dice
) -> None:
    """Give the lead agency, the reporting agency and the partners who are needed their access."""
    first, source = case.first, CaseGrant.Source
    case.grants.append(Grant(case.lead, Level.MANAGE, source.LEAD, case.created_at, dice.uid(), by=case.created_by))
    if first.agency != case.lead:
        case.grants.append(
            Grant(
                first.agency,
                Level.VIEW,
                source.REPORT,
                case.created_at,
                dice.uid(),
                purpose="Made the report",
                gateway=gateway_standing(TYPES[first.agency]),
                by=case.created_by,
            )
        )
    if case.tier == Tier.RESTRICTED:
        return
    given = {grant.agency for grant in case.grants}
    for agency, needed, level in _needed(case, first.event, person):
        share = max(needed, _FRESH.get(agency, 0)) if case.fresh else needed
        if case.fresh and case.lead == "POL" and TYPES[agency] is AgencyType.COUNCIL:
            # So that meetings to come have something to ask the police for.
            share = _COUNCIL_LATER
        if agency in given or not dice.chance(share) or sharing_error(wishes, TYPES[agency]):
            continue
        given.add(agency)
        case.grants.append(_share(case, agency, level, staff, office, dice))


def _needed(case: CasePlan, event: Event, person: Person | None) -> list[tuple[str, float, Level | None]]:
    """Which partners a case may need, how often they are brought in, and at which level if it matters."""
    district = District(case.district)
    council = "NNC" if district.area is Area.NORTH else "WNC"
    home = event.place.kind in (PlaceType.HOME, PlaceType.NEAR_HOME)
    sub = person.sub if person else ""
    age = person.age_on(case.received_at.date()) if person else 99
    young = event.known.value == "school" or "boy" in event.who or "teenager" in event.who or "pupil" in event.who
    faith_or_race = event.strands[0][0] in (Strand.RACE, Strand.RELIGION)
    return [
        ("POL", 0.88, None),
        (council, 0.42 if home else 0.3, None),
        ("RSL1", 0.55 if home and person is not None and person.tenant else 0.025, Level.CONTRIBUTE),
        ("VSS", 0.16 if event.feeling >= 2 else 0.085, Level.CONTRIBUTE),
        ("NREC", 0.09 if faith_or_race else 0.01, None),
        ("HLTH", 0.09 if event.feeling >= 2 else 0.015, Level.VIEW),
        ("FIRE", 0.5 if event.scene.key == "fire" else 0.06 if event.scene.key == "letterbox" else 0.004, None),
        ("PROB", 0.3 if event.past == 2 else 0.01, Level.VIEW),
        ("YJS", 0.25 if young else 0.003, Level.VIEW),
        ("CTU", 0.1 if sub in _TRAVELLERS else 0.0, Level.VIEW),
        ("EDU1", 0.03 if age < 18 and case.district == District.CORBY and event.scene.key == "school" else 0.0, None),
    ]


def _share(case: CasePlan, agency: str, level: Level | None, staff: Staff, office: Office, dice: Dice) -> Grant:
    start = office.after(case.created_at, 0, 4, dice)
    if start >= office.end:
        start = case.created_at + timedelta(minutes=dice.whole(3, 20))
    until, ended = None, None
    if agency not in _WITHOUT_END and dice.chance(_ENDS_SHARE):
        until = _close_of_period(start, office, dice)
    if until is None and agency not in _WITHOUT_END and dice.chance(_REVOKED_SHARE):
        ended = office.after(start, 5, 60, dice)
        ended = ended if ended < office.end else None
    return Grant(
        agency=agency,
        level=level or dice.draw(_WORKING_LEVELS if agency in ("POL", "NNC", "WNC") else _LEVELS),
        source=CaseGrant.Source.SHARE,
        starts_at=min(start, office.end - timedelta(minutes=1)),
        uid=dice.uid(),
        purpose=_purpose(case, agency, dice),
        gateway=gateway_for(agency, dice),
        until=until,
        ended_at=ended,
        by=staff.worker(case.lead, dice) or staff.point(case.lead),
    )


def _purpose(case: CasePlan, agency: str, dice: Dice) -> str:
    special = fitting("working", f"purpose {TYPES[agency].value}", case.tags)
    return dice.pick(special if special and dice.chance(0.6) else fitting("working", "purpose share", case.tags))


def _close_of_period(start: datetime, office: Office, dice: Dice) -> datetime:
    return office.close(start, dice.pick((40, 60, 65, 90, 130, 130, 260)))


def gateway_for(agency: str, dice: Dice) -> Gateway:
    """A legal gateway that fits the receiver."""
    kind = AgencyType(TYPES[agency])
    if kind.is_statutory_s115:
        return Gateway.SAFEGUARDING if agency == "HLTH" else Gateway.CDA_115
    if agency in ("VSS", "NREC", "TPRC1"):
        return Gateway.CONSENT if dice.chance(0.6) else Gateway.RECOGNISED_INTERESTS
    if agency == "EDU1":
        return Gateway.SAFEGUARDING
    return Gateway.LAW_ENFORCEMENT if kind.is_competent_authority else Gateway.PREVENT_CRIME
