"""Words as keys, and what no kept text may hold: hidden characters."""

from __future__ import annotations

import re
import unicodedata

_NOT_WORD = re.compile(r"[^a-z0-9]+")


def slug(text: str) -> str:
    """A text in lower case, without accents, with everything but letters and digits turned into single hyphens:
    ``Arson/fire`` gives ``arson-fire``.
    """
    decomposed = unicodedata.normalize("NFKD", text)
    plain = "".join(character for character in decomposed if not unicodedata.combining(character))
    return _NOT_WORD.sub("-", plain.lower()).strip("-")


# C0 and C1 controls save tab, line feed and carriage return; the embedding, override and isolate
# characters of Unicode's bidirectional algorithm. The plain marks U+200E and U+200F stay: names in
# Arabic, Urdu or Hebrew need them and they cannot reorder the text around them.
_HIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def has_hidden_characters(text: str) -> bool:
    """Say whether the text holds a character that cannot be seen and cannot be kept."""
    return bool(_HIDDEN.search(text))


def without_hidden_characters(text: str) -> str:
    """The text as a form shows it again: the same, less what cannot be seen and cannot be kept."""
    return _HIDDEN.sub("", text)
