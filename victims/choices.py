"""Vocabulary of victims: safe contact, needs and languages. Rules: docs/domain.md §10.4, §10.5."""

from __future__ import annotations

from django.db.models import TextChoices


class ContactMethod(TextChoices):
    """The ways in which a victim may be reached."""

    PHONE = "phone", "Phone call"
    TEXT = "text", "Text message"
    EMAIL = "email", "Email"
    LETTER = "letter", "Letter"
    IN_PERSON = "in_person", "In person"
    VIDEO = "video", "Video call"


class YesNoUnknown(TextChoices):
    """An answer that may not have been given yet."""

    YES = "yes", "Yes"
    NO = "no", "No"
    NOT_ASKED = "not_asked", "Not asked"


class Weekday(TextChoices):
    """Days of the week, in the order and numbering of ``datetime.date.weekday``."""

    MONDAY = "0", "Monday"
    TUESDAY = "1", "Tuesday"
    WEDNESDAY = "2", "Wednesday"
    THURSDAY = "3", "Thursday"
    FRIDAY = "4", "Friday"
    SATURDAY = "5", "Saturday"
    SUNDAY = "6", "Sunday"


class WorkerGender(TextChoices):
    """Whom the victim would rather speak with, as a worker or an interpreter."""

    NO_PREFERENCE = "no_preference", "No preference"
    WOMAN = "woman", "A woman"
    MAN = "man", "A man"


class Language(TextChoices):
    """Languages and formats offered first (docs/domain.md §10.5), by ISO 639 code where there is one."""

    ENGLISH = "en", "English"
    ROMANIAN = "ro", "Romanian"
    POLISH = "pl", "Polish"
    LITHUANIAN = "lt", "Lithuanian"
    PORTUGUESE = "pt", "Portuguese"
    HUNGARIAN = "hu", "Hungarian"
    BULGARIAN = "bg", "Bulgarian"
    LATVIAN = "lv", "Latvian"
    RUSSIAN = "ru", "Russian"
    UKRAINIAN = "uk", "Ukrainian"
    ITALIAN = "it", "Italian"
    SPANISH = "es", "Spanish"
    GREEK = "el", "Greek"
    FRENCH = "fr", "French"
    ARABIC = "ar", "Arabic"
    BENGALI = "bn", "Bengali"
    GUJARATI = "gu", "Gujarati"
    PANJABI = "pa", "Panjabi"
    URDU = "ur", "Urdu"
    SOMALI = "so", "Somali"
    SHONA = "sn", "Shona"
    TURKISH = "tr", "Turkish"
    ALBANIAN = "sq", "Albanian"
    PASHTO = "ps", "Pashto"
    DARI = "prs", "Dari"
    KURDISH = "ku", "Kurdish"
    BRITISH_SIGN = "bfi", "British Sign Language"
    EASY_READ = "easy_read", "Easy Read"
    OTHER = "other", "Another language"

    @property
    def tag(self) -> str:
        """The code by which pages and paper name it to browsers and screen readers: a format is written in English."""
        return _TAGS.get(self.value, self.value)

    @property
    def direction(self) -> str:
        """Which way it is read; `auto` where that hangs on the alphabet or is not known: the words then tell."""
        return "rtl" if self.value in _RIGHT_TO_LEFT else "auto"


_TAGS = {"easy_read": "en", "bfi": "en", "other": "en", "prs": "fa"}
_RIGHT_TO_LEFT = ("ar", "ur", "ps", "prs")


class Wish(TextChoices):
    """What the victim said about sharing with one kind of agency (docs/domain.md §6.7)."""

    YES = "yes", "Yes"
    NO = "no", "No"
    NOT_ASKED = "not_asked", "Not asked"
    WITHDRAWN = "withdrawn", "Withdrawn"

    @property
    def blocks(self) -> bool:
        """Whether new sharing needs an override."""
        return self in (Wish.NO, Wish.WITHDRAWN)


class SensitiveGroup(TextChoices):
    """What is recorded of a victim apart from everything else, hidden until somebody says why they need it (§5.4).

    The values are those of the groups of fields in `incidents.choices.FieldGroup`.
    """

    TRANS_STATUS = "trans_status", "Trans status"
    HEALTH = "health", "Health"
    IMMIGRATION_STATUS = "immigration_status", "Immigration status"


CONTACT_GROUP = "victim_contact"
"""The group of fields that say how a victim can be reached."""

CONTACT_FIELDS = ("phone", "email", "address", "postcode", "alternative_contact", "code_word")
"""What of a victim's record belongs to that group."""
