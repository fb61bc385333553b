"""Vocabulary of online incidents. Rules: docs/domain.md §10.3."""

from __future__ import annotations

from django.db.models import TextChoices


class Platform(TextChoices):
    """Where online something was posted or sent."""

    FACEBOOK = "facebook", "Facebook"
    INSTAGRAM = "instagram", "Instagram"
    WHATSAPP = "whatsapp", "WhatsApp"
    X = "x", "X"
    TIKTOK = "tiktok", "TikTok"
    SNAPCHAT = "snapchat", "Snapchat"
    YOUTUBE = "youtube", "YouTube"
    TELEGRAM = "telegram", "Telegram"
    DISCORD = "discord", "Discord"
    GAMING = "gaming", "A game"
    DATING = "dating", "A dating app"
    EMAIL = "email", "Email"
    WEBSITE = "website", "A website"
    OTHER = "other", "Somewhere else"


def platform_parse(text: str) -> tuple[str, str]:
    """A platform by its code or name, and what it is called where it is none of the list."""
    wanted = text.strip().casefold()
    for platform in Platform:
        if wanted in (platform.value, str(platform.label).casefold()):
            return platform.value, ""
    return (Platform.OTHER.value, text.strip()) if wanted else ("", "")


class Zone(TextChoices):
    """The time zone in which a platform showed the time of a post."""

    UK = "Europe/London", "UK time"
    UTC = "UTC", "UTC"
    CENTRAL_EUROPE = "Europe/Warsaw", "Central European time"
    EASTERN_EUROPE = "Europe/Bucharest", "Eastern European time"
    PAKISTAN = "Asia/Karachi", "Pakistan time"
    INDIA = "Asia/Kolkata", "India time"
    US_EAST = "America/New_York", "US Eastern time"
    US_WEST = "America/Los_Angeles", "US Pacific time"


class Reach(TextChoices):
    """Who could see it."""

    PUBLIC = "public", "Anybody"
    GROUP = "group", "A group"
    PRIVATE = "private", "The person it was sent to"
    UNKNOWN = "unknown", "Not known"


class Known(TextChoices):
    """An answer that may not be known."""

    YES = "yes", "Yes"
    NO = "no", "No"
    UNKNOWN = "unknown", "Not known"


class PlatformResult(TextChoices):
    """What the platform did about a report."""

    WAITING = "waiting", "No answer yet"
    REMOVED = "removed", "Took it down"
    SUSPENDED = "suspended", "Closed or suspended the account"
    LIMITED = "limited", "Limited who sees it"
    REFUSED = "refused", "Did nothing: no breach of its rules"


class PosterPlace(TextChoices):
    """Where whoever posted it seems to be."""

    UK = "uk", "In the United Kingdom"
    OVERSEAS = "overseas", "Overseas"
    UNKNOWN = "unknown", "Not known"
