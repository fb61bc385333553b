"""Vocabulary of the further people of a case, and of how people stand to one another. Rules: docs/domain.md §5.4, §12."""

from __future__ import annotations

from django.db.models import TextChoices

from agencies.choices import Side


class InvolvedRole(TextChoices):
    """What somebody is in a case beside victims and alleged perpetrators. Roles, never verdicts."""

    WITNESS = "witness", "Witness"
    REPORTER = "reporter", "Reporter"
    GUARDIAN = "guardian", "Parent or guardian of a victim"
    CHILD = "child", "Child of a victim’s household"
    HOUSEHOLD = "household", "Member of a victim’s household"
    PROFESSIONAL = "professional", "Professional"
    SUBJECT_GUARDIAN = "subject_guardian", "Parent or guardian of an alleged perpetrator"
    SUBJECT_HOUSEHOLD = "subject_household", "Member of an alleged perpetrator’s household"

    @property
    def side(self) -> Side:
        """Who may know them: a witness or a child is protected as a victim is."""
        return ROLE_SIDES.get(self, Side.VICTIM)


ROLE_SIDES: dict[InvolvedRole, Side] = {
    InvolvedRole.PROFESSIONAL: Side.BOTH,
    InvolvedRole.SUBJECT_GUARDIAN: Side.PERPETRATOR,
    InvolvedRole.SUBJECT_HOUSEHOLD: Side.PERPETRATOR,
}
"""The roles that are not of the victim's side."""


class TieKind(TextChoices):
    """How one person stands to another, read from the first to the second."""

    PARENT = "parent", "parent of"
    PARTNER = "partner", "partner of"
    FORMER_PARTNER = "former_partner", "former partner of"
    SIBLING = "sibling", "brother or sister of"
    RELATIVE = "relative", "relative of"
    LIVES_WITH = "lives_with", "lives with"
    NEIGHBOUR = "neighbour", "neighbour of"
    CARER = "carer", "carer of"
    WORKS_WITH = "works_with", "works with"
    FRIEND = "friend", "friend of"
    SUPPORTS = "supports", "works as a professional with"

    @property
    def backwards(self) -> str:
        """The same read from the second person to the first."""
        return TIE_BACKWARDS.get(self, str(self.label))


TIE_BACKWARDS: dict[TieKind, str] = {
    TieKind.PARENT: "child of",
    TieKind.CARER: "cared for by",
    TieKind.SUPPORTS: "has as a professional",
}
"""What is not the same in both directions."""
