"""Words as keys: how a text of the vocabulary becomes the slug that is stored and sent."""

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
