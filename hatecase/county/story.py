"""The telling of an incident in a caseworker's words, put together from hand-written sentence parts."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from hatecase.county.dice import Dice
from hatecase.county.people import Person
from hatecase.county.scenes import Event, place_group
from hatecase.county.words import Voice, parts
from incidents.choices import Behaviour, Channel, ReporterKind
from kernel.working_days import LONDON
from perpetrators.choices import Relationship

_GROWN = 22
_HISTORY = ("once", "few", "monthly", "weekly", "daily")
_REPORTED = ("none", "once", "twice", "ignored")
_WHERE_NOT_WHAT = frozenset({Behaviour.WORKPLACE, Behaviour.SCHOOL_BULLYING})
_SHORTER = re.compile(r" (?:whom|who|from|with|of about|below|over) ")
_UNSEEN = (Relationship.NOT_KNOWN, Relationship.ONLINE)


def voice_of(event: Event, person: Person | None, name: str, received: datetime) -> Voice:
    """The voice in which an incident is told."""
    return Voice(
        name or "the person targeted",
        person.gender if person is not None and name else "other",
        who=event.who,
        several="yes" if event.crowd and event.known not in _UNSEEN else "no",
        place=event.place.words,
        at_place=event.place.at_words,
        street=event.place.street,
        platform=_platform(event),
        when=_when(event.when, received),
        agency="the partner",
    )


def narrative(
    event: Event, person: Person | None, voice: Voice, channel: Channel, reporter: ReporterKind, dice: Dice
) -> str:
    """The report as written down. Everything it says agrees with the event's scores."""
    lines = parts("telling")
    told = [_opening(event, person, channel, reporter, dice, lines), dice.pick(event.scene.told), _aim(event, dice)]
    if person is None:
        after = _around(event, dice, lines, told_by_them=False)
    else:
        told += [_crowd(event, dice, lines), *_harm(event, dice, lines)]
        after = [*_before(event, dice, lines), *_effect(event, person, dice, lines), *_around(event, dice, lines)]
    paragraphs = [voice.say(" ".join(line for line in part if line)) for part in (told, after) if any(part)]
    text = _definite("\n\n".join(paragraphs), voice.words["who"])
    return _shorten(text, voice.words["name"], person)


def _opening(
    event: Event,
    person: Person | None,
    channel: Channel,
    reporter: ReporterKind,
    dice: Dice,
    lines: dict[str, tuple[str, ...]],
) -> str:
    if person is None:
        kind = "open anonymous" if reporter is ReporterKind.ANONYMOUS else "open general"
        return dice.pick(lines[kind])
    found = lines.get(f"open {reporter.value} {channel.value}") or lines.get(f"open {reporter.value}")
    return dice.pick(found or lines["open victim phone"])


def _definite(text: str, who: str) -> str:
    """Whoever did it is "a man" at first and "the man" from then on."""
    article, _, rest = _SHORTER.split(who, maxsplit=1)[0].partition(" ")
    known = {"a": f"the {rest}", "an": f"the {rest}", "some": f"the {rest}"}.get(article)
    if known is None:
        known = f"the {who}" if article in ("two", "three") else who
    first = text.lower().find(who.lower())
    if first < 0 or known == who:
        return text
    head, tail = text[: first + len(who)], text[first + len(who) :]
    either = re.compile(f"([{who[0].upper()}{who[0]}]){re.escape(who[1:])}")
    return head + either.sub(lambda found: f"{'T' if found[1].isupper() else 't'}{known[1:]}", tail)


def _shorten(text: str, name: str, person: Person | None) -> str:
    """The full name once, then the given name: as people write."""
    if person is None or name != person.name:
        return text
    first = text.find(name) + len(name)
    return text[:first] + text[first:].replace(name, person.given)


def _platform(event: Event) -> str:
    label = event.platform.label if event.platform is not None else ""
    return f"{label[:1].lower()}{label[1:]}" if label.startswith("A ") else label


def _choice(heading: str, event: Event, person: Person | None, lines: dict[str, tuple[str, ...]]) -> tuple[str, ...]:
    """The lines of a heading: the general ones, and those that fit the place and the household."""
    found = lines.get(heading, ()) + lines.get(f"{heading} {place_group(event.place.kind)}", ())
    if person is not None and person.household:
        found += lines.get(f"{heading} children", ())
    return found


def _aim(event: Event, dice: Dice) -> str:
    lines = parts("aims")
    strand, sub = event.strands[0]
    special = lines.get(f"{strand.value} {sub}", ())
    common = lines.get(strand.value, ())
    chosen = special if special and (not common or dice.chance(0.7)) else common
    line = dice.pick(chosen or lines["RAC"])
    # Nobody was seen, so nobody spoke.
    silent = event.known is Relationship.NOT_KNOWN
    return "" if silent and ("{who" in line or "told" in line) else line


def _crowd(event: Event, dice: Dice, lines: dict[str, tuple[str, ...]]) -> str:
    if event.known in _UNSEEN or not dice.chance(0.4):
        return ""
    return dice.pick(lines[f"crowd {event.crowd}"])


def _harm(event: Event, dice: Dice, lines: dict[str, tuple[str, ...]]) -> list[str]:
    found = []
    if event.weapon and event.scene.injury is not None:
        found.append(dice.pick(lines[f"weapon {event.weapon}"]))
    if event.injury:
        found.append(dice.pick(lines[f"injury {event.injury}"]))
    if event.kill:
        found.append(dice.pick(lines["kill"]))
    return found


def _before(event: Event, dice: Dice, lines: dict[str, tuple[str, ...]]) -> list[str]:
    history = f"history {_HISTORY[event.often]}"
    if event.known is Relationship.STRANGER:
        history = f"{history} stranger" if f"{history} stranger" in lines else history
    found = [dice.pick(lines[history])] if event.often or dice.chance(0.5) else []
    if event.often and (event.reported or dice.chance(0.4)):
        found.append(dice.pick(lines[f"reported {_REPORTED[event.reported]}"]))
    if event.past:
        found.append(dice.pick(lines[f"past {event.past}"]))
    if event.threatened:
        found.append(dice.pick(lines[f"threatened {event.threatened}"]))
    return found


def _effect(event: Event, person: Person, dice: Dice, lines: dict[str, tuple[str, ...]]) -> list[str]:
    found = [dice.pick(lines[f"effect {event.feeling}"])]
    if event.change or dice.chance(0.2):
        found.append(dice.pick(_choice(f"change {event.change}", event, person, lines)))
    if person.household:
        young = "young " if person.age_on(event.when.date()) < _GROWN else ""
        found.append(dice.pick(lines[f"household {young}{person.household}"]))
    if dice.chance(0.5):
        support = f"support {person.support}"
        alone = () if person.household else lines.get(f"{support} alone", ())
        found.append(dice.pick(lines[support] + alone))
    return found


def _around(event: Event, dice: Dice, lines: dict[str, tuple[str, ...]], *, told_by_them: bool = True) -> list[str]:
    found = []
    if event.community:
        found.append(dice.pick(lines[f"community {event.community}"]))
    if event.tension:
        found.append(dice.pick(lines[f"tension {event.tension}"]))
    if dice.chance(0.6):
        found.append(dice.pick(_choice("evidence", event, None, lines)))
    if told_by_them and dice.chance(0.75):
        found.append(dice.pick(lines["wish"]))
    return found


def summary(event: Event, strand_label: str) -> str:
    """The case in a line: what, where, why; nobody's name."""
    first = next((b for b in event.behaviours if b not in _WHERE_NOT_WHAT), event.behaviours[0])
    what = Behaviour(first).label.partition(" (")[0]
    where = event.place.kind.label.lower()
    return f"{what}, {where}: {strand_label.lower()}"


def _when(happened: datetime, received: datetime) -> str:
    local, told = happened.astimezone(LONDON), received.astimezone(LONDON)
    part = "in the morning" if local.hour < 12 else "in the afternoon" if local.hour < 17 else "in the evening"
    if local.date() == told.date():
        return f"earlier the same day, at about {local:%H:%M}" if told - local > timedelta(hours=1) else "just now"
    if (told.date() - local.date()).days == 1:
        return f"the day before {part}"
    if (told.date() - local.date()).days < 7:
        return f"on {local:%A} {part}"
    return f"on {local.day} {local:%B}"
