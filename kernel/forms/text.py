"""What typed text may hold: no NUL bytes, no control characters, no characters that turn the reading direction."""

from __future__ import annotations

from django.core.exceptions import ValidationError

from kernel.words import has_hidden_characters, without_hidden_characters

__all__ = ["PlainText", "has_hidden_characters", "in_sentence", "literal", "thousands", "without_hidden_characters"]

LINE_LIMIT = 200
TEXT_LIMIT = 20_000


def in_sentence(label: object) -> str:
    """A label as it reads inside a sentence: "Given name" → "given name"; "UPRN" and "K3 clock" stay."""
    text = str(label).strip()
    if len(text) > 1 and (text[1].isupper() or text[1].isdigit()):
        return text
    return text[:1].lower() + text[1:]


def thousands(number: int) -> str:
    """A count as people read it: 20000 → "20,000"."""
    return f"{number:,}"


def literal(text: object) -> str:
    """A label inside an error that Django raises with parameters, where a per cent sign would start a placeholder."""
    return str(text).replace("%", "%%")


class PlainText:
    """Validator that refuses hidden characters and says so.

    What the person typed is shown again without those characters, so that sending the form once
    more is enough.
    """

    code = "hidden_characters"

    def __init__(self, label: object) -> None:
        self.message = (
            f"{label} had hidden characters that cannot be kept. "
            "They have been taken out: check the text and send it again"
        )

    def __call__(self, value: object) -> None:
        if isinstance(value, str) and has_hidden_characters(value):
            raise ValidationError(self.message, code=self.code)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PlainText) and other.message == self.message

    def __hash__(self) -> int:
        return hash(self.message)
