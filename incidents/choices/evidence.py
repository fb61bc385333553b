"""Vocabulary of evidence: what kinds of files are taken, how they stand, and what is done with them.

Rules: docs/domain.md §8.6.
"""

from __future__ import annotations

from django.db.models import TextChoices


class EvidenceKind(TextChoices):
    """The kinds of files that can be checked whole. A kind that cannot be is not taken."""

    JPEG = "jpeg", "JPEG image"
    PNG = "png", "PNG image"
    GIF = "gif", "GIF image"
    WEBP = "webp", "WebP image"
    PDF = "pdf", "PDF document"
    TEXT = "text", "Plain text"
    EMAIL = "email", "E-mail message"
    MP3 = "mp3", "MP3 recording"
    M4A = "m4a", "M4A recording"
    WAV = "wav", "WAV recording"
    MP4 = "mp4", "MP4 video"

    @property
    def is_image(self) -> bool:
        """Whether a copy without its location is made and shown."""
        return self in (EvidenceKind.JPEG, EvidenceKind.PNG, EvidenceKind.GIF, EvidenceKind.WEBP)

    @property
    def ending(self) -> str:
        """The ending under which it is handed out, whatever the file was called."""
        return {"jpeg": "jpg", "text": "txt", "email": "eml"}.get(self.value, self.value)

    @property
    def media_type(self) -> str:
        """As what it is handed out."""
        return _MEDIA[self.value]


_MEDIA = {
    "jpeg": "image/jpeg",
    "png": "image/png",
    "gif": "image/gif",
    "webp": "image/webp",
    "pdf": "application/pdf",
    "text": "text/plain; charset=utf-8",
    "email": "application/octet-stream",
    "mp3": "audio/mpeg",
    "m4a": "audio/mp4",
    "wav": "audio/wav",
    "mp4": "video/mp4",
}


class EvidenceOrigin(TextChoices):
    """By which way a file came in."""

    PAGE = "page", "Added on the page of the case"
    API = "api", "Sent by another system"
    REDACTED = "redacted", "A copy of another file with parts covered"


class MalwareState(TextChoices):
    """What the malware scanner said of a file."""

    NOT_SCANNED = "not_scanned", "Not scanned for malware"
    WAITING = "waiting", "Being checked for malware"
    CLEAN = "clean", "No malware found"
    INFECTED = "infected", "Locked: malware found"


class CopyState(TextChoices):
    """Whether a copy without location exists, of an image."""

    NONE = "none", "Not needed"
    WAITING = "waiting", "Being made"
    READY = "ready", "Made"
    FAILED = "failed", "Could not be made"


class CustodyKind(TextChoices):
    """What was done with a piece of evidence: the lines of its custody log."""

    ADDED = "added", "Added"
    SCANNED = "scanned", "Scanned: no malware found"
    QUARANTINED = "quarantined", "Locked: malware found"
    COPIED = "copied", "Copy without location made"
    VIEWED = "viewed", "Viewed"
    DOWNLOADED = "downloaded", "Downloaded"
    ORIGINAL = "original", "Original downloaded"
    WITHDRAWN = "withdrawn", "Withdrawn"
    REDACTED = "redacted", "Redacted copy made"
    RELEASED = "released", "Released to more agencies"


class ReleasedTo(TextChoices):
    """To whom a redacted copy is shown beside those who may see any file of the case."""

    NOBODY = "", "Nobody else"
    VICTIM = "victim", "Agencies that work with victims"
    PERPETRATOR = "perpetrator", "Agencies that work with alleged perpetrators"
    EVERYONE = "everyone", "Everyone who can open the case"
