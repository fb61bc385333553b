"""Which passwords are refused: short, well known, made of the service's own words, or like the owner's details."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from django.contrib.auth import password_validation as django_validation
from django.core.exceptions import ValidationError

MIN_LENGTH, MAX_LENGTH = 12, 128
HINT = (
    f"At least {MIN_LENGTH} characters. Three random words are good. Do not use names, places, "
    "or words about this service"
)

# Words that anyone would try first here. A password that is nothing but these, figures and marks is refused.
SERVICE_WORDS = (Path(__file__).parent / "data" / "service_words.txt").read_text().split()
_WORDS = re.compile("|".join(sorted(map(re.escape, SERVICE_WORDS), key=len, reverse=True)))
_LEET = str.maketrans("013457@$!|8", "oleastasiib")
_ENOUGH = 4


class LengthValidator:
    """Refuses fewer than twelve characters, and more than anybody means to type."""

    def validate(self, password: str, user: Any = None) -> None:
        """Raises ValidationError for a short password and for one that is far too long."""
        if len(password) < MIN_LENGTH:
            raise ValidationError(f"Password must be {MIN_LENGTH} characters or more", code="password_too_short")
        if len(password) > MAX_LENGTH:
            raise ValidationError(f"Password must be {MAX_LENGTH} characters or fewer", code="password_too_long")

    def get_help_text(self) -> str:
        return f"Your password must be {MIN_LENGTH} characters or more."


class DenyListValidator(django_validation.CommonPasswordValidator):
    """Refuses Django's 20,000 common passwords, one character over and over, and the service's own words in a row."""

    def validate(self, password: str, user: Any = None) -> None:
        """Raises ValidationError for a password that would be guessed early."""
        common = password.lower().strip() in self.passwords
        if common or len(set(password)) < _ENOUGH or is_guessable(password):
            raise ValidationError("Password is too easy to guess. Try three random words", code="password_too_common")

    def get_help_text(self) -> str:
        return "Your password must not be a common one or made of words about this service."


class SimilarityValidator(django_validation.UserAttributeSimilarityValidator):
    """Refuses a password like the owner's name, email address or phone number."""

    def __init__(self) -> None:
        super().__init__(user_attributes=("name", "email", "phone"), max_similarity=0.7)

    def validate(self, password: str, user: Any = None) -> None:
        """Raises ValidationError for a password too like one of the owner's details."""
        try:
            super().validate(password, user)
        except ValidationError as error:
            raise ValidationError(
                "Password must not be like your name, email address or phone number", code="password_too_similar"
            ) from error


def is_guessable(password: str) -> bool:
    """Whether fewer than four letters remain once figures, marks and the service's words are taken away.

    Figures and marks that stand for letters (pa55w0rd) are read as those letters too.
    """
    lowered = password.lower()
    return any(
        sum(character.isalpha() for character in _WORDS.sub(" ", text)) < _ENOUGH
        for text in (lowered, lowered.translate(_LEET), re.sub(r"[\W\d_]", "", lowered))
    )
