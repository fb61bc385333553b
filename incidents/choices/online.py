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
