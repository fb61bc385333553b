"""Vocabulary of what was reported: how it came in, who perceived it, what happened and where.

Rules: docs/domain.md §1.1 (perception), §1.7 (behaviours and places), §10.1 (who reports).
"""

from __future__ import annotations

from django.db.models import TextChoices

from kernel.words import slug


class Channel(TextChoices):
    """How a report reached the first partner."""

    PHONE = "phone", "Phone"
    IN_PERSON = "in_person", "In person"
    ONLINE = "online", "Online"
    EMAIL = "email", "Email"
    LETTER = "letter", "Letter"
    CENTRE = "centre", "Reporting centre"
    AGENCY = "agency", "Another agency"
    POLICE = "police", "Police"

    @property
    def told(self) -> str:
        """How it came in, to go on after "reported"."""
        return _CHANNEL_TOLD[self.value]


_CHANNEL_TOLD = {
    "phone": "by phone",
    "in_person": "in person",
    "online": "online",
    "email": "by email",
    "letter": "by letter",
    "centre": "through a reporting centre",
    "agency": "by another agency",
    "police": "through the police",
}


class PerceivedBy(TextChoices):
    """Who perceived the hostility. Any one of them is enough, and nobody is asked to prove it."""

    VICTIM = "victim", "The victim"
    WITNESS = "witness", "A witness or another person"
    FAMILY = "family", "A relative or carer"
    PROFESSIONAL = "professional", "A professional"
    POLICE = "police", "A police officer or police staff"


class ReporterKind(TextChoices):
    """Who reports. A reporter is not thereby a victim."""

    VICTIM = "victim", "The victim"
    WITNESS = "witness", "A witness"
    ON_BEHALF = "on_behalf", "Someone on the victim’s behalf"
    PROFESSIONAL = "professional", "A professional"
    ANONYMOUS = "anonymous", "Someone who stays anonymous"


class Behaviour(TextChoices):
    """What was done (docs/domain.md §1.7). An incident has one or more."""

    VERBAL_ABUSE = "verbal-abuse", "Verbal abuse"
    GESTURES = "gestures", "Gestures"
    THREAT = "threat", "Threat"
    PHYSICAL_ASSAULT = "physical-assault", "Physical assault"
    SPITTING = "spitting", "Spitting"
    SEXUAL = "sexual", "Sexual"
    DAMAGE = "damage-to-property", "Damage to property"
    GRAFFITI = "graffiti", "Graffiti"
    ARSON = "arson-fire", "Arson or fire"
    OFFENSIVE_ITEM = "offensive-item", "Offensive item (for example, through the letterbox)"
    DUMPING = "dumping-rubbish", "Dumping rubbish"
    HARASSMENT = "harassment-following", "Harassment or following"
    ANIMAL = "dog-animal", "Dog or other animal"
    MALICIOUS_COMPLAINT = "malicious-complaint", "Malicious complaint"
    HOAX = "hoax", "Hoax"
    LETTER = "letter-leaflet-sticker", "Letter, leaflet or sticker"
    PHONE_TEXT = "phone-text", "Phone call or text message"
    ONLINE_POST = "online-post", "Online post"
    ONLINE_MESSAGE = "online-direct-message", "Online direct message"
    IMAGE_SHARED = "image-video-shared", "Image or video shared"
    DOXXING = "doxxing", "Private details published (doxxing)"
    EXCLUSION = "exclusion-isolation", "Exclusion or isolation"
    MATE_CRIME = "mate-crime-exploitation", "Mate crime or exploitation"
    DISCRIMINATORY_SERVICE = "discriminatory-service", "Discriminatory service"
    WORKPLACE = "workplace", "Workplace"
    SCHOOL_BULLYING = "school-bullying", "School bullying"


ONLINE_BEHAVIOURS = frozenset(
    {Behaviour.ONLINE_POST, Behaviour.ONLINE_MESSAGE, Behaviour.IMAGE_SHARED, Behaviour.DOXXING}
)

_OTHER_SPELLINGS = {
    "offensive-item-incl-through-letterbox-faeces-pork-products": Behaviour.OFFENSIVE_ITEM,
    "mate-crime": Behaviour.MATE_CRIME,
    "exploitation": Behaviour.MATE_CRIME,
    "arson": Behaviour.ARSON,
    "fire": Behaviour.ARSON,
    "harassment": Behaviour.HARASSMENT,
    "following": Behaviour.HARASSMENT,
}


def behaviour_parse(text: str) -> Behaviour:
    """The behaviour for its text (whatever its case) or its slug. Raises ``ValueError`` with a clear sentence."""
    key = slug(text)
    if key in _OTHER_SPELLINGS:
        return _OTHER_SPELLINGS[key]
    for behaviour in Behaviour:
        if key in (behaviour.value, slug(behaviour.label)):
            return behaviour
    raise ValueError(f"“{text.strip()}” is not a behaviour that can be recorded.")


class PlaceType(TextChoices):
    """What kind of place it was (docs/domain.md §1.7)."""

    HOME = "home", "Home"
    NEAR_HOME = "near-home", "Near home"
    STREET = "street", "Street"
    TRANSPORT = "transport", "Transport"
    SHOP = "shop", "Shop"
    LICENSED = "licensed-premises", "Licensed premises"
    EDUCATION = "school-college-university", "School, college or university"
    WORKPLACE = "workplace", "Workplace"
    HEALTH = "health-site", "Health site"
    WORSHIP = "place-of-worship", "Place of worship"
    TRAVELLER_SITE = "traveller-site-roadside", "Traveller site or roadside"
    ASYLUM = "asylum-accommodation", "Asylum accommodation"
    CUSTODY = "custody-probation-premises", "Custody or probation premises"
    LEISURE = "sports-leisure", "Sports or leisure"
    ONLINE = "online", "Online"
    OTHER = "other", "Other"


HOMES = frozenset({PlaceType.HOME, PlaceType.NEAR_HOME, PlaceType.ASYLUM, PlaceType.TRAVELLER_SITE})
"""Where somebody lives: the place itself says how to reach them (docs/domain.md §5.4)."""


def place_parse(text: str) -> PlaceType:
    """The kind of place for its text (whatever its case) or its slug. Raises ``ValueError`` with a clear sentence."""
    key = slug(text)
    for place in PlaceType:
        if key in (place.value, slug(place.label)):
            return place
    raise ValueError(f"“{text.strip()}” is not a kind of place.")


class OffenceGroup(TextChoices):
    """Groups of offences, as national hate crime tables have them (docs/domain.md §1.5)."""

    VIOLENCE_INJURY = "VAP-I", "Violence against the person, with injury"
    VIOLENCE = "VAP-NI", "Violence against the person, without injury"
    HARASSMENT = "STH", "Stalking and harassment"
    DAMAGE = "CDA", "Criminal damage and arson"
    PUBLIC_ORDER = "PUB", "Public order"
    OTHER = "OTH", "Other notifiable offence"
    NONE = "NON", "Not notifiable, or not a crime"
