"""Whether free text gives away a name that may not be kept there. Rules: docs/domain.md §1.4."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from incidents.rules.name_match import folded

QUARANTINE_WORKING_DAYS = 20
"""So long a name that a case does not keep waits for the lead agency's triagers, before it is erased (§1.4)."""

_SHORTEST = 3
"""Parts of fewer letters are left out: they are too often ordinary words."""

_SAFE_AS_ONE = 6
"""A name of several words stands also for one word, "Annemarie", where that has so many letters."""

_MOST_PIECES = 4
_LETTERS = re.compile(r"[^\W\d_]+")
_HYPHEN = r"[-\u2010-\u2015\u2212]"
_GLUE = re.compile(rf"{_HYPHEN}\s*")
_APOSTROPHES = re.compile(r"['’‘ʼ`´]")
_SCHEME = re.compile(r"^https?://(www\.)?", re.IGNORECASE)

_PARTICLES = frozenset(
    "abd abu and ben bin bint das del della den der des dos ibn las les los mac saint san santa the van von".split()
)
ORDINARY = frozenset(
    "amber angel april archer art ash august autumn baker ball banks baron bell berry best bill bird bishop black blue"
    " bob bond booth bowl bridge brook brown buck bull bush butcher butler carpenter carter chance chase church clay"
    " cliff cole cook cooper cross crown curry daisy dale dawn day dean dear drew duke dusty early earl east eve faith"
    " farmer fern field finch fisher fleet flint flower ford forest foster fox frank freedom friend frost gardener"
    " gates gay gene ginger glen gold good grace grant gray green grey grove guest guy hall hand hardy harmony harper"
    " hazel heath heather heaven hill hope hopper house hunt hunter ice innocent iris ivy jack jade jay jet jewel joy"
    " june justice kay kid king kitty knight lake lamb lance lane law lee lily link little lock long lord love low"
    " mark marsh mason max may mercy mill miller mills mist moon moore moss nick noble north oak olive page park parks"
    " pat patience pearl pepper peters pike pitt pole pond pool poppy porter potter power precious price priest prince"
    " promise ray read reed rich ring river rivers rob robin rock rod root rose rowan ruby rush rusty sage sand sandy"
    " scarlet sharp shaw shepherd short silver singer single skip sky small smart snow south speed spring stone storm"
    " story street strong sue summer summers sunny swan sweet taylor temple terry thorn tiger tony town turner violet"
    " wade wait walker wall ward water waters way wells west white will wills winter wise wolf wood woods young".split()
)
"""Names that are words as well: taken for a name only where they are written with a capital letter. The database knows
the same list, for what it erases (`hatecase_name_ordinary`); a migration that replaces it goes with every new word."""


class _Word(NamedTuple):
    """A word of a text: folded, whether it begins with a capital, and whether only a hyphen stands before it."""

    letters: str
    capital: bool
    joined: bool


@dataclass(frozen=True)
class Naming:
    """What says who somebody is: their names, and what leads to them whole, such as a user name or an address."""

    names: tuple[str, ...] = ()
    marks: tuple[str, ...] = ()

    def found_in(self, text: str) -> tuple[str, ...]:
        """What of it stands in a text, as it was told."""
        return tuple(dict.fromkeys((*names_in_text(text, self.names), *marks_in_text(text, self.marks))))

    def __add__(self, other: Naming) -> Naming:
        return Naming(self.names + other.names, self.marks + other.marks)


def person_naming(given: str, family: str) -> Naming:
    """A person's names: each alone, and both together either way round, so that very short ones count there."""
    if given and family:
        return Naming((given, family, f"{given} {family}", f"{family} {given}"))
    return Naming(tuple(filter(None, (given, family))))


def reported_naming(told: Mapping[str, Any]) -> Naming:
    """What says who it is in a report that waits in the quarantine: of a person, or of an account (§1.4, §10.3)."""
    marks = [told.get(name, "") for name in ("handle", "display_name", "profile_url", "post_id")]
    person = person_naming(told.get("given_name", ""), told.get("family_name", ""))
    return person + Naming(marks=tuple(filter(None, [*marks, *told.get("urls", ())])))


def names_in_text(text: str, names: Iterable[str]) -> tuple[str, ...]:
    """Those parts of the names that stand in the text as words of their own, whatever their case, accents, hyphens and
    apostrophes, also with an "s" behind them. A name that is a word as well counts where it has a capital letter.
    """
    words = _words(text)
    found: list[str] = []
    for name in names:
        here = [part for one in name.split() for part in _parts_found(words, one, alone=" " not in name.strip())]
        if not here and len(name.split()) > 1 and _stands(words, _words(name), spaced=True):
            here = [name]
        found += [part for part in here if part not in found]
    return tuple(found)


def marks_in_text(text: str, marks: Iterable[str]) -> tuple[str, ...]:
    """Those user names, shown names and addresses that stand in the text, each as a whole; one that is only letters is
    found as a name is.
    """
    plain = _visible(text)
    found = []
    for mark in marks:
        wanted = _SCHEME.sub("", _visible(mark).strip()).strip("@/ ")
        if len(wanted) < _SHORTEST:
            continue
        pattern = rf"(?<!\w){re.escape(wanted)}(?!\w)"
        letters = _LETTERS.fullmatch(wanted)
        if names_in_text(text, [wanted]) if letters else re.search(pattern, plain, re.IGNORECASE):
            found.append(mark.strip().lstrip("@"))
    return tuple(found)


def is_ordinary(name: str) -> bool:
    """Whether a name is a word of the language as well."""
    return folded(name) in ORDINARY


def _parts_found(words: list[_Word], name: str, *, alone: bool) -> Iterator[str]:
    """The name itself where it stands in the words, else those of its parts that do."""
    pieces = _words(name)
    divided = len(pieces) > 1 or bool(_APOSTROPHES.search(name))
    if _long(pieces) and not _particle(pieces, alone) and _stands(words, pieces, spaced=divided):
        yield name
        return
    if len(pieces) < 2:
        return
    for part in re.split(_HYPHEN, name):
        single = _words(part)
        if _long(single) and not _particle(single, alone=False) and _stands(words, single, spaced=False):
            yield part


def _long(pieces: list[_Word]) -> bool:
    return sum(len(piece.letters) for piece in pieces) >= _SHORTEST


def _particle(pieces: list[_Word], alone: bool) -> bool:
    return not alone and len(pieces) == 1 and pieces[0].letters in _PARTICLES


def _stands(words: list[_Word], pieces: list[_Word], *, spaced: bool) -> bool:
    """Whether a name, in pieces, stands in the words: in one word, or in several that only hyphens divide; `spaced`
    where they may be divided by spaces."""
    wanted = "".join(piece.letters for piece in pieces)
    several = len(pieces) > 1 and len(wanted) < _SAFE_AS_ONE
    for start, first in enumerate(words):
        if not wanted.startswith(first.letters[: len(wanted)]) or (wanted in ORDINARY and not first.capital):
            continue
        run = ""
        for count, word in enumerate(words[start : start + _MOST_PIECES], 1):
            if count > 1 and not (spaced or word.joined):
                break
            run += word.letters
            if run in (wanted, f"{wanted}s", f"{wanted}es") and not (several and count == 1):
                return True
    return False


def _words(text: str) -> list[_Word]:
    plain = _APOSTROPHES.sub("", _visible(text))
    words: list[_Word] = []
    end = 0
    for match in _LETTERS.finditer(plain):
        word = match.group()
        joined = bool(words) and _GLUE.fullmatch(plain[end : match.start()]) is not None
        words.append(_Word(folded(word), word[0].isupper(), joined))
        end = match.end()
    return words


def _visible(text: str) -> str:
    """A text without accents, and without what cannot be seen: soft hyphens, characters of no width."""
    divided = unicodedata.normalize("NFKD", text)
    return "".join(one for one in divided if unicodedata.category(one) not in ("Mn", "Mc", "Me", "Cf"))
