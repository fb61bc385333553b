"""Vocabulary of saved searches."""

from __future__ import annotations

from django.db.models import TextChoices


class SearchAlert(TextChoices):
    """How often the owner of a saved search is told of new cases."""

    NONE = "none", "Do not tell me"
    DAILY = "daily", "Once a day, when there are new cases"
