"""One of everything in the running system, and the address of every page of it, for whoever opens them all."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from django.urls import get_resolver, reverse

from incidents.data import tool_load
from incidents.models import Case, CaseExclusion, EmergencyAccess, LetterTemplate
from incidents.services.case import case_triage
from incidents.services.closing import ClosingData, case_close
from incidents.services.draft import draft_save_step, draft_start
from incidents.services.emergency import emergency_open
from incidents.services.exclusion import exclusion_set
from incidents.services.letter_templates import TemplateData, template_add
from incidents.services.risk import assessment_submit
from incidents.services.task import task_accept, task_create, task_decline
from kernel import clock
from tests.cast import acting, agency, cast_get, log_incident_as
from tests.incidents.intake_pages import SIMPLE
from tests.matrix.table import address, expected
from tests.matrix.world import World, world_plant
from tests.routes import routes

# Who is asked first: each opens what the table of the matrix says that they may.
PEOPLE = ("alice", "asha", "bob", "beth", "greta", "admin", "nobody")
_WHY = "every page is opened"


def pages() -> dict[str, tuple[str, str]]:
    """Plants, and answers by route who opens it at which address; nothing for a route that the matrix shows to nobody."""
    world = world_plant()
    found = {}
    table = expected()
    for name, route in routes(get_resolver()):
        seen = [person for person in PEOPLE if table.get(name, {}).get(person, "").startswith("200")]
        if seen and not name.startswith("api:"):
            found[name] = (seen[0], address(name, route, world))
    found |= _reports() | _tasks(world.case) | _ended(world) | _further(world)
    email = {name: user.email for name, user in cast_get().items()} | {"nobody": ""}
    return {name: (email[person], path) for name, (person, path) in found.items()}


Pages = dict[str, tuple[str, str]]


def _at(name: str, **given: Any) -> str:
    return reverse(f"incidents:{name}", kwargs=given)


def _reports() -> Pages:
    """A report that is keyed to its end, with two victims."""
    with acting("alice") as alice:
        uid = uuid.uuid4()
        draft_start(actor=alice, agency=agency("POL"), uid=uid, key="safety", answers=_kept("safety"))
        for key in list(SIMPLE)[1:]:
            draft_save_step(actor=alice, uid=uid, key=key, answers=_kept(key))
            if key in ("victim/1", "contact/1"):
                draft_save_step(actor=alice, uid=uid, key=key.replace("1", "2"), answers=_kept(key))
    return {
        "incidents:log_step": ("alice", _at("log_step", uid=uid, step="where")),
        "incidents:log_person": ("alice", _at("log_person", uid=uid, step="contact", number=1)),
        "incidents:log_remove": ("alice", _at("log_remove", uid=uid, step="victim", number=2)),
        "incidents:log_find_victim": ("alice", f"{_at('log_find_victim', uid=uid, number=1)}?name=Farida"),
        "incidents:log_check": ("alice", _at("log_check", uid=uid)),
    }


def _kept(key: str) -> dict[str, list[str]]:
    """The simple answers of a step as a draft keeps them."""
    return {name: value if isinstance(value, list) else [value] for name, value in SIMPLE[key].items()}


def _tasks(case: Case) -> Pages:
    """A task that somebody works on, and one that came back."""
    due = clock.now() + dt.timedelta(days=3)
    with acting("alice") as alice:
        made = [
            task_create(actor=alice, case=case, title=title, agency=agency("NNC"), due_at=due)
            for title in ("Fit a lamp", "Mend the door")
        ]
    with acting("bob") as bob:
        task_accept(actor=bob, task=made[0])
        task_decline(actor=bob, task=made[1], reason="It is not our house")
    return {
        "incidents:task_start": ("bob", _at("task_start", ref=made[0].ref)),
        "incidents:task_complete": ("bob", _at("task_complete", ref=made[0].ref)),
        "incidents:task_offer": ("alice", _at("task_offer", ref=made[1].ref)),
    }


def _ended(world: World) -> Pages:
    """A closed case, somebody kept out of one, and one that was opened in an emergency."""
    case = log_incident_as("alice").case
    with acting("alice") as alice:
        decided = {"priority": case.priority, "classification": "crime_suspected", "lead_worker": cast_get()["alice"]}
        case_triage(actor=alice, case=case, version=case.version, **decided)
        answers = {item["id"]: 0 for item in tool_load()["items"]}
        safe = {"S1": False, "S2": False, "S3": False}
        assessment_submit(actor=alice, case=case, answers=answers, safety=safe, version="HIRA-1")
        version = Case.objects.visible_to(alice).get(pk=case.pk).version
        case_close(actor=alice, case=case, version=version, data=ClosingData(reason="R1", note="She feels safe."))
    with acting("asha") as asha:
        exclusion_set(actor=asha, case=world.case, user=cast_get()["donna"], reason="Her cousin is in it")
    with acting("greta") as greta:
        emergency_open(actor=greta, ref=world.hidden.ref, reason="He is on his way to her door")
    exclusion = CaseExclusion.objects.unscoped(reason=_WHY).get(case=world.case)
    opening = EmergencyAccess.objects.unscoped(reason=_WHY).get(case_ref=world.hidden.ref)
    return {
        "incidents:closure": ("alice", _at("closure", ref=case.ref)),
        "incidents:reopen": ("asha", _at("reopen", ref=case.ref)),
        "incidents:conflict_end": ("asha", _at("conflict_end", ref=world.case.ref, uid=exclusion.uid)),
        "incidents:emergency_opening": ("asha", _at("emergency_opening", uid=opening.uid)),
    }


def _further(world: World) -> Pages:
    """Pages that ask for more in their address than their route says."""
    with acting("asha") as asha:
        data = TemplateData("letter", "We are here", "en", "Dear {{recipient_name}}, thank you.")
        template = template_add(actor=asha, agency_id=asha.agency_ids[0], data=data)
    with acting("greta") as greta:
        waits = LetterTemplate.objects.visible_to(greta).get(agency=None, language="pl")
    write = _at("letter_write", ref=world.case.ref, template=template.uid)
    return {
        "incidents:letter_template_check": ("greta", _at("letter_template_check", uid=waits.uid)),
        "incidents:letter_write": ("alice", f"{write}?to={world.victim.ref}"),
        "incidents:letter_new": ("alice", f"{_at('letter_new', ref=world.case.ref)}?to={world.victim.ref}"),
        "incidents:search_new": ("alice", f"{_at('search_new')}?status=new"),
        "incidents:quick_add": ("alice", _at("quick_add", what="note")),
    }
