"""Who may have which canary: said by hand, apart from the code that decides it.

It imports nothing of the product. `PEOPLE` is the cast, `CASES` who holds which planted case at which level
(1 knows that it exists, 2 reads, 3 adds, 4 manages) with which field groups. The rules are those of docs/domain.md §5.3,
§5.4 and §5.5, told once more and as shortly as they can be. Where it must then stand: tests/sweep/standing.py.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.sweep.canaries import Canary

CONTACT, TRANS, HEALTH, IMMIGRATION = "victim_contact", "trans_status", "health", "immigration_status"
REPORTER, SUBJECT = "reporter_identity", "subject_identity"
SENSITIVE = frozenset({TRANS, HEALTH, IMMIGRATION})
EVERY = frozenset({CONTACT, REPORTER, SUBJECT}) | SENSITIVE
NOTHING: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Person:
    """One of the cast: the agency or agencies they work for, and what they do there, in all of them the same. A supervisor
    is also said to be one."""

    agencies: frozenset[str]
    casework: bool = True
    contact_point: bool = False
    manager: bool = False
    triager: bool = False
    governs: bool = False

    @property
    def decides(self) -> bool:
        """Points of contact, their deputies and managers decide for their agency, and read their staff's audit."""
        return self.contact_point or self.manager


def _people(rows: str) -> dict[str, Person]:
    told = {"-": "", "c": "casework", "s": "contact_point", "m": "manager", "t": "triager", "g": "governs"}
    found = {}
    for row in rows.split(","):
        name, agency, marks = row.split()
        given = {told[mark]: True for mark in marks if told[mark]}
        found[name] = Person(frozenset(agency.split("+")), **({"casework": False} | given))
    return found


PEOPLE = _people(
    "alice POL ct,asha POL cst,amir POL ct,donna POL cs,marcus POL cm,ada POL -,bob NNC ct,nora NNC ct,beth NNC cs,"
    "niall NNC csm,adam NNC -,walt WNC ct,wasim WNC ct,wendy WNC cs,winnie WNC csm,ayo WNC -,charlie RSL1 ct,"
    "cora RSL1 csm,arlo RSL1 -,vera VSS c,viola VSS csm,nadia NREC cst,tom TPRC1 c,tess TPRC1 cs,edith EDU1 cs,"
    "frank FIRE cs,petra PROB cs,yusuf YJS cs,hana HLTH cs,colm CTU cs,olive OPCC cs,sam OPCC -,ines IPSCJ -,"
    "greta IG g,admin IG -,nobody NONE -,una VSS+PROB c"
)
PLANTED = {"una": "VSS+PROB"}
"""Who is none of the demonstration's cast: one who works for two agencies, one of each side."""
VICTIM_SIDE, SUBJECT_SIDE = frozenset({"VSS", "NREC", "TPRC1"}), frozenset({"PROB", "YJS"})


@dataclass(frozen=True)
class Told:
    """One case: who leads, the level and the groups of each agency, and what departs from that for persons."""

    lead: str
    levels: dict[str, int]
    groups: dict[str, frozenset[str]] = field(default_factory=dict)
    works: frozenset[str] = NOTHING
    opened: dict[str, frozenset[str]] = field(default_factory=dict)
    named: dict[str, int] | None = None
    emergency: dict[str, int] = field(default_factory=dict)
    opened_once: frozenset[str] = NOTHING
    out: frozenset[str] = NOTHING
    keeps_names: bool = True


def _set(*names: str) -> frozenset[str]:
    return frozenset(names)


CASES = {
    # Ended, recalled, not yet begun and run out: the school, the Traveller Unit, NREC and the west council hold nothing.
    "team": Told(
        "POL",
        {"POL": 4, "NNC": 3, "VSS": 3, "PROB": 3, "RSL1": 1, "FIRE": 2, "HLTH": 4, "YJS": 2},
        {
            "NNC": _set(CONTACT, SUBJECT, HEALTH),
            "VSS": _set(CONTACT),
            "PROB": _set(SUBJECT),
            "FIRE": NOTHING,
            "HLTH": EVERY - {REPORTER},
            "YJS": _set(SUBJECT),
        },
        works=_set("alice", "bob", "viola", "petra", "una"),
        opened={"asha": EVERY, "hana": _set(HEALTH), "viola": _set(CONTACT)},
    ),
    "own": Told("POL", {}, works=_set("alice"), named={"alice": 4, "asha": 4, "donna": 4, "amir": 4}),
    "restricted": Told(
        "POL", {}, works=_set("alice"), named={"alice": 4, "asha": 4, "bob": 3}, emergency={"greta": 2}
    ),
    "conflict": Told(
        "POL",
        {"POL": 4, "NNC": 3, "VSS": 3},
        {"NNC": EVERY, "VSS": SENSITIVE | {CONTACT}},
        works=_set("alice"),
        out=_set("bob", "donna", "greta", "NREC"),
    ),
    # The emergency of the north's deputy is over.
    "west": Told(
        "WNC",
        {"WNC": 4, "VSS": 2},
        {"VSS": NOTHING},
        works=_set("walt"),
        emergency={"asha": 3},
        opened_once=_set("niall"),
    ),
    "quarantine": Told(
        "POL",
        {"POL": 4, "NNC": 2, "PROB": 2},
        {"NNC": EVERY, "PROB": _set(SUBJECT)},
        works=_set("alice"),
        keeps_names=False,
    ),
    "centre": Told("WNC", {"WNC": 4, "TPRC1": 2}, {"TPRC1": NOTHING}, works=_set("tom"), keeps_names=False),
    "school": Told("NNC", {"NNC": 4, "EDU1": 2}, {"EDU1": NOTHING}, works=_set("edith"), keeps_names=False),
    "landlord": Told(
        "RSL1",
        {"RSL1": 4, "POL": 4, "PROB": 2, "VSS": 2},
        {"POL": NOTHING, "PROB": _set(SUBJECT), "VSS": NOTHING},
        works=_set("charlie"),
    ),
    "voice": Told(
        "VSS",
        {"VSS": 4, "POL": 3, "PROB": 2},
        {"POL": _set(CONTACT, SUBJECT), "PROB": _set(SUBJECT)},
        works=_set("viola"),
    ),
    "probation": Told("PROB", {"PROB": 4, "POL": 2}, {"POL": _set(SUBJECT)}, works=_set("petra"), keeps_names=False),
    "health": Told(
        "HLTH",
        {"HLTH": 4, "NNC": 4, "VSS": 3},
        {"NNC": EVERY, "VSS": _set(HEALTH)},
        works=_set("hana"),
        opened={"hana": _set(HEALTH), "viola": _set(HEALTH)},
    ),
    "fire": Told("FIRE", {"FIRE": 4, "NNC": 1, "HLTH": 1}, works=_set("frank")),
    "plain": Told("POL", {"POL": 4}, works=_set("amir")),
    "hasbag": Told(
        "NNC",
        {"NNC": 4, "POL": 2, "VSS": 2, "PROB": 2, "FIRE": 2},
        {"POL": _set(SUBJECT), "VSS": NOTHING, "PROB": _set(SUBJECT), "FIRE": _set(SUBJECT)},
        works=_set("bob"),
    ),
}


# --- The rules ------------------------------------------------------------------------------------------


def level(asker: str, case: str) -> int:
    """How far somebody may go in a case: an emergency, a conflict of interest, the tier, the agency's share."""
    person, told = PEOPLE[asker], CASES[case]
    if asker in told.emergency:
        return told.emergency[asker]
    if {asker, *person.agencies} & told.out or not person.casework:
        return 0
    if told.named is not None:
        return told.named.get(asker, 0)
    return max(told.levels.get(one, 0) for one in person.agencies)


def through(asker: str, case: str) -> frozenset[str]:
    """The agencies through which somebody reads a case: of who works for two agencies those that hold it, and no other's
    side counts there."""
    agencies = PEOPLE[asker].agencies
    return frozenset(one for one in agencies if len(agencies) == 1 or CASES[case].levels.get(one, 0) >= 2)


def shown(asker: str, case: str, group: str) -> bool:
    """Whether a group of fields is open to somebody in a case now."""
    person, told, at = PEOPLE[asker], CASES[case], level(asker, case)
    if at < {SUBJECT: 2, REPORTER: 4}.get(group, 3) or (group == REPORTER and told.lead not in person.agencies):
        return False
    if not granted(asker, case, group):
        return False
    works = asker in told.works and group in (CONTACT, SUBJECT)
    return works or group in told.opened.get(asker, NOTHING)


def may_ask(asker: str, case: str, group: str) -> bool:
    """Whether a group of fields is or could be opened to somebody in a case: a victim's number finds it for them."""
    return level(asker, case) >= 3 and granted(asker, case, group)


def granted(asker: str, case: str, group: str) -> bool:
    """Whether what somebody holds of a case covers a group; the lead agency and named people hold all of it."""
    told, held = CASES[case], through(asker, case)
    if held <= (VICTIM_SIDE if group == SUBJECT else SUBJECT_SIDE):
        return False
    by_name = asker in (told.named or {}) or asker in told.emergency or told.lead in held
    return by_name or any(group in told.groups.get(one, NOTHING) for one in held)


PACK_ROUTES = frozenset({"hasbag:pack_pdf", "api:pack-pdf"})


def may(asker: str, canary: Canary, route: str = "") -> bool:
    """Whether somebody may be answered with a canary, by any way out, or on one route. A pack is made for an agency: it has an
    alleged perpetrator's name where that agency's share covers it, whoever opens it.
    """
    person, kind = PEOPLE[asker], canary.kind
    if route in PACK_ROUTES and kind == SUBJECT:
        return level(asker, canary.case) >= 2 and granted(asker, canary.case, SUBJECT)
    if not canary.case:
        by, agency = canary.of[0], canary.of[-1]
        colleague = agency in person.agencies and (
            (kind == "draft" and person.contact_point) or (kind == "agency_search" and person.casework)
        )
        return asker == by or colleague
    if _audited(asker, canary):
        return True
    told, at = CASES[canary.case], level(asker, canary.case)
    held = through(asker, canary.case)
    victims, subjects = not held <= SUBJECT_SIDE, not held <= VICTIM_SIDE
    leads, by = told.lead in held, (canary.of or ("",))[0]
    own = by in held
    if kind in EVERY:
        return shown(asker, canary.case, kind) and (kind != SUBJECT or told.keeps_names)
    rules = {
        "nobody": False,
        # Whoever opened it in an emergency named it; their own list of openings keeps the reference.
        "ref": at >= 1 or asker in told.opened_once,
        "text": at >= 2,
        "text_ref": at >= 2,
        # What an agency wrote itself is shown to it as it wrote it, whoever it names.
        "victim": at >= 2 and (victims or own),
        "victim_ref": at >= 2 and victims,
        "victim_wishes": at >= 2 and victims,
        # Whom a post names is told with the victims, to its writer too.
        "tagged": at >= 2 and victims,
        "near": at >= 3 and victims,
        "subject": at >= 2 and subjects,
        "subject_ref": at >= 2 and subjects,
        "subject_spoken": at >= 2 and subjects and granted(asker, canary.case, SUBJECT),
        "quarantine": at >= 2 and leads and subjects and (person.triager or person.decides),
        "note": at >= 2 and _note_told(held, by),
        # Of another task's words, less those of the other side's own agency, which did it once.
        "step": at >= 2 and _task_told(held, canary.of[1:]) and (own or not hides(held, by)),
        "comment": at >= 2 and _comment_told(held, by, canary.of),
        "contact": at >= 2 and victims,
        "contact_reporter": at >= 2 and victims and leads,
        # A file cannot be shown in part.
        "evidence": at >= 2 and ((victims and subjects) or own),
        # A redacted copy that was released to agencies that work with victims.
        "evidence_victims": at >= 2 and victims,
        "evidence_reason": at >= 2 and ((victims and subjects) or own),
        "task": at >= 2 and _task_told(held, canary.of),
        "terms": at >= 2 and (at >= 4 or own) and not hides(held, by),
        "decided": at >= 4 and leads,
        "decision": at >= 2,
        "second": at >= 4 and leads and (person.triager or person.decides),
        "exclusion": at >= 4 and leads and person.decides,
        "override": at >= 4 and own,
        "request": (at >= 1 and by in person.agencies) or (at >= 2 and leads),
        "breach": at >= 2 and leads and person.decides,
        "emergency": asker == by or (at >= 2 and leads and person.decides),
        # Its agency's alone, and only with the address that it went to.
        "letter": at >= 3 and victims and own and shown(asker, canary.case, CONTACT),
        "wording": person.casework and by in person.agencies,
        "agenda": at >= 2,
        "proposal": at >= 2 and leads and person.decides,
        "referral": at >= 2,
        "audit": False,
        "sample": False,
    }
    return rules[kind]


_REASONS = frozenset(
    {
        "audit",
        "decided",
        "decision",
        "second",
        "exclusion",
        "override",
        "breach",
        "emergency",
        "proposal",
        "sample",
        "evidence_reason",
    }
)
_REFERENCES = frozenset({"ref", "text_ref", "victim_ref", "subject_ref"})


def _audited(asker: str, canary: Canary) -> bool:
    """Reasons, a share's purpose (§6.7) and references stand in the audit: for information governance, and for who
    answers for whoever acted, while their agency holds the case; never against a conflict of interest (§8.2).
    """
    person, told = PEOPLE[asker], CASES[canary.case]
    if {asker, *person.agencies} & told.out:
        return False
    if person.governs:
        return canary.kind in _REASONS | _REFERENCES or canary.field in ("Task.ref", "CaseGrant.purpose")
    acted = canary.of and canary.of[-1] in (
        *person.agencies,
        *(n for n, p in PEOPLE.items() if p.agencies & person.agencies),
    )
    hidden = told.named is not None and asker not in told.named
    if canary.field == "CaseGrant.purpose":
        # The lead agency's people share, in these cases.
        return person.decides and told.lead in person.agencies and not hidden
    return bool(canary.kind in _REASONS | _REFERENCES and acted and person.decides and not hidden)


def hides(readers: frozenset[str], other: str) -> bool:
    """Whether an agency's part in a case would tell the reader's agencies of the side that they may not know."""
    return (readers <= VICTIM_SIDE and other in SUBJECT_SIDE) or (readers <= SUBJECT_SIDE and other in VICTIM_SIDE)


def _note_told(readers: frozenset[str], writer: str) -> bool:
    """Who may not know victims reads the notes of their own side alone."""
    return writer in SUBJECT_SIDE if readers <= SUBJECT_SIDE else not hides(readers, writer)


def _comment_told(readers: frozenset[str], writer: str, parts: tuple[str, ...]) -> bool:
    """What is said about a task: the writer and the task's two agencies; who may not know victims reads it there alone."""
    return _task_told(readers, parts) and (bool(readers & {*parts}) or _note_told(readers, writer))


def _task_told(readers: frozenset[str], parts: tuple[str, ...]) -> bool:
    return bool(readers & {*parts}) or not any(hides(readers, part) for part in parts)
