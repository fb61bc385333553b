"""``./manage.py database_url``: how to reach the running database."""

from __future__ import annotations

from django.core.management.base import BaseCommand, CommandParser

from hatecase import embedded


class Command(BaseCommand):
    """Prints a connection URL; the embedded database's opens for its owner's shell user alone."""

    help = "Prints a connection URL for the running database."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Adds the role."""
        parser.add_argument("--role", choices=embedded.ROLES, default="owner")

    def handle(self, *args: object, **options: str) -> None:
        """Prints the URL."""
        self.stdout.write(embedded.database_url(options["role"]))
