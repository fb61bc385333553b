"""Where postcodes lie, from the directory that the partnership holds (docs/domain.md §5.2). No personal data."""

from __future__ import annotations

from django.db import models


class PostcodePoint(models.Model):
    """The middle of a postcode, in metres on the national grid. Loaded by `manage.py postcodes`."""

    postcode = models.CharField(primary_key=True, max_length=8)
    easting = models.PositiveIntegerField()
    northing = models.PositiveIntegerField()

    def __str__(self) -> str:
        return self.postcode
