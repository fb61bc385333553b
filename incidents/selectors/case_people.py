"""The people of a case, as one reader may see them (docs/domain.md §5.3, §5.4, §1.4)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, Q, QuerySet

from incidents.choices import Classification, FieldGroup, Wish
from incidents.models import Case, Party
from incidents.rules.living import HOME_WARNING
from incidents.scoping import in_case
from incidents.selectors.fields import field_access
from incidents.selectors.homes import at_risk_at_home
from incidents.selectors.involved import ADULT, Household, InvolvedView, Ties, TieView, involved_views, names_of
from kernel.actors import Actor
from kernel.prepared import Prepared
from perpetrators.choices import PerpetratorStatus
from perpetrators.models import AllegedPerpetrator
from victims.models import Victim
from victims.selectors import (
    NOT_ASKED,
    Row,
    age_of,
    contact_rows,
    language_text,
    safe_contact_rows,
    sensitive_rows,
    victim_filtered,
    wish_rows,
)

PEOPLE_SHOWN = 30


@dataclass(frozen=True)
class VictimView:
    """A victim as the reader may see them: `safe_contact` for those who may make contact, else None; `contact` for
    those who are shown how to reach them, else None; `sensitive` for what they have opened. `shares_home` where they
    live with an alleged perpetrator, or with somebody of their household, directly or by way of others.
    """

    ref: str
    name: str
    age: int | None
    language: str
    contact: list[Row] | None
    safe_contact: list[Row] | None
    wishes: list[Row]
    needs: str = ""
    sensitive: tuple[Row, ...] = ()
    contact_person: str = ""
    incidents: tuple[str, ...] = ()
    ties: tuple[TieView, ...] = ()
    shares_home: bool = False

    @property
    def child(self) -> bool:
        """Whether safeguarding has to be thought of: under 18."""
        return self.age is not None and self.age < ADULT

    @property
    def known_as(self) -> str:
        """What tells them from others of the same name."""
        return self.ref

    @property
    def home_warning(self) -> str:
        """What has to be known before anybody writes or goes to their home; "" where nothing is."""
        return HOME_WARNING if self.shares_home else ""

    @property
    def guarded(self) -> bool:
        """Whether something was said that stands against some way or time of contact, or they live where it is not safe."""
        return self.shares_home or any(label != NOT_ASKED for label, _ in self.safe_contact or ())

    @property
    def rows(self) -> list[Row]:
        """What a page lists of somebody who may be contacted, or of whom something was opened."""
        wished = [f"{label}: {said.lower()}" for label, said in self.wishes if said != Wish.NOT_ASKED.label]
        return [
            *([("Contact person", self.contact_person)] if self.contact_person else []),
            *(self.contact or []),
            ("Language", self.language),
            *([("Support and access needs", self.needs)] if self.safe_contact is not None else []),
            ("Wishes about sharing", ", ".join(wished) or "Not asked"),
            *self.sensitive,
        ]


@dataclass(frozen=True)
class PerpetratorView:
    """An alleged perpetrator as the reader may see them: described, unless a name may be kept in this case (§1.4) and
    the reader is shown it. `hidden` says that there is one which they are not shown.
    """

    ref: str
    name: str
    named: bool
    description: str
    relationship: str
    age: int | None
    hidden: bool = False
    incidents: tuple[str, ...] = ()
    ties: tuple[TieView, ...] = ()

    @property
    def child(self) -> bool:
        """Whether safeguarding has to be thought of: under 18."""
        return self.age is not None and self.age < ADULT


def people(actor: Actor, case: Case) -> list[Any]:
    """The parties of a case whom the actor may know, each person once however many incidents name them. One query."""
    return _people(actor, case.pk)


@Prepared
def _people(actor: Actor, case_id: int) -> QuerySet[Party]:
    same = Q(victim_id=OuterRef("victim_id")) | Q(perpetrator_id=OuterRef("perpetrator_id"))
    theirs = Party.objects.visible_to(actor).filter(same, case_id=case_id, incident__isnull=False)
    refs = theirs.order_by("incident__received_at").values_list("incident__ref")
    return (
        Party.objects.visible_to(actor)
        .filter(case_id=case_id)
        .select_related("victim", "perpetrator")
        .annotate(incident_refs=ArraySubquery(refs))
        .order_by("victim_id", "perpetrator_id", "created_at")
        .distinct("victim_id", "perpetrator_id")[: PEOPLE_SHOWN + 1]
    )


def victim_view(
    victim: Victim, *, contact: bool, shown: frozenset[str] = frozenset(), texts: dict[str, str] | None = None
) -> VictimView:
    """A victim for a reader; `contact` where the reader may need to make contact, `shown` the groups of fields that
    they are shown, `texts` what is recorded in the extra-sensitive ones.
    """
    victim = victim_filtered(victim, shown)
    return VictimView(
        ref=victim.ref,
        name=victim.display_name,
        age=age_of(victim.date_of_birth),
        language=language_text(victim),
        contact=contact_rows(victim) if contact and FieldGroup.VICTIM_CONTACT in shown else None,
        safe_contact=safe_contact_rows(victim) if contact else None,
        wishes=wish_rows(victim),
        needs=victim.needs if contact else "",
        sensitive=tuple(sensitive_rows(texts or {}, shown)),
        contact_person=f"{victim.given_name} {victim.family_name}".strip() if victim.organisation else "",
    )


def perpetrator_view(case: Case, person: AllegedPerpetrator, *, shown: frozenset[str]) -> PerpetratorView:
    """An alleged perpetrator as this case lets them be shown to a reader who is shown these groups of fields: a name
    recorded in another case stays there.
    """
    kept = Classification(case.classification).keeps_names and person.status == PerpetratorStatus.NAMED
    named = kept and FieldGroup.SUBJECT_IDENTITY in shown
    return PerpetratorView(
        ref=person.ref,
        name=person.display_name if named else person.description or ("Name hidden" if kept else "Not known"),
        named=named,
        description=person.description,
        relationship=person.get_relationship_display(),
        age=age_of(person.date_of_birth) if named else None,
        hidden=kept and not named,
    )


@dataclass(frozen=True)
class KnownPeople:
    """Everybody of a case whom one reader may know."""

    victims: list[VictimView]
    perpetrators: list[PerpetratorView]
    involved: list[InvolvedView]
    households: list[Household]


def known(
    case: Case, parties: list[Any], *, contact: bool, shown: frozenset[str], texts: Mapping[Any, dict[str, str]]
) -> KnownPeople:
    """Everybody of a case from `case_get` for a reader, each once with their incidents and how they stand to others;
    the parties come from `people`. No query.
    """
    victims = {
        p.victim_id: (p, victim_view(p.victim, contact=contact, shown=shown, texts=texts.get(p.victim_id)))
        for p in parties
        if p.victim
    }
    subjects = {
        p.perpetrator_id: (p, perpetrator_view(case, p.perpetrator, shown=shown)) for p in parties if p.perpetrator
    }
    further = getattr(case, "involved_rows", [])
    names = {str(key): f"{view.name} ({view.ref})" for key, (_, view) in victims.items()}
    names |= {str(key): f"{view.name} ({view.ref})" for key, (_, view) in subjects.items()}
    keys = {str(key): view.ref for key, (_, view) in (victims | subjects).items()}
    at_risk = at_risk_at_home(case)
    ties = Ties(getattr(case, "tie_rows", []), names | names_of(further, case, shown))
    return KnownPeople(
        victims=[
            replace(
                view, incidents=tuple(row.incident_refs), ties=tuple(ties.of(key)), shares_home=str(key) in at_risk
            )
            for key, (row, view) in victims.items()
        ],
        perpetrators=[
            replace(view, incidents=tuple(row.incident_refs), ties=tuple(ties.of(key)))
            for key, (row, view) in subjects.items()
        ],
        involved=involved_views(case, further, shown=shown, contact=contact, ties=ties, at_risk=at_risk),
        households=ties.households(keys),
    )


def people_at_risk(actor: Actor, case: Case) -> list[VictimView | InvolvedView]:
    """Those in a case from `case_get` who live with an alleged perpetrator, for who may know its victims. No query where
    nobody does, else those of `people` and `in_case`.
    """
    if not at_risk_at_home(case):
        return []
    knows = in_case(actor, case)
    shown = field_access(knows, case).shown
    found = known(case, people(knows, case), contact=False, shown=shown, texts={})
    everybody: list[VictimView | InvolvedView] = [*found.victims, *found.involved]
    return [person for person in everybody if person.shares_home]


def to_be_known_first(
    victims: Iterable[VictimView], involved: Iterable[InvolvedView]
) -> list[VictimView | InvolvedView]:
    """Those about whose contact something has to be known first: what a victim said, or was not asked yet, and whom they
    live with."""
    said = [victim for victim in victims if victim.safe_contact or victim.shares_home]
    return [*said, *(person for person in involved if person.shares_home)]
