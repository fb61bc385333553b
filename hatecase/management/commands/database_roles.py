"""``./manage.py database_roles``: makes the roles on a server of one's own, before the first migration."""

from __future__ import annotations

from urllib.parse import unquote, urlsplit

import psycopg
from django.core.management.base import BaseCommand, CommandError, CommandParser

from hatecase import embedded, roles


class Command(BaseCommand):
    """Creates or corrects the roles with the user and the passwords of the ``DATABASE_…URL`` variables."""

    help = "Creates or corrects the database's roles (needs a user who may, once); --sql prints what it would do."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Adds the choice to print only."""
        parser.add_argument("--sql", action="store_true", help="print the SQL, without passwords, and change nothing")

    def handle(self, *args: object, **options: bool) -> None:
        """Connects with DATABASE_URL's own user. Raises CommandError if the roles cannot be brought about."""
        try:
            with psycopg.connect(embedded.administrator_url(), autocommit=True) as connection:
                if options["sql"]:
                    self._print(connection)
                else:
                    roles.roles_ensure(connection, _passwords())
        except (roles.RolesError, psycopg.Error) as error:
            raise CommandError(str(error)) from error

    def _print(self, connection: psycopg.Connection) -> None:
        server = roles.survey(connection)
        for line in roles.statements(server, {}):
            self.stdout.write(f"{line.as_string(connection)};")
        self.stdout.write(f'ALTER DATABASE "{connection.info.dbname}" OWNER TO hatecase_owner;')
        self.stdout.write("-- Then a password for each role that signs in, as in the DATABASE_...URL variables.")


def _passwords() -> dict[str, str]:
    """Answers each role's password as its URL holds it; an owner that is not the URL's user gets none."""
    found = {}
    for role in embedded.ROLES:
        parts = urlsplit(embedded.database_url(role))
        if parts.username == f"hatecase_{role}" and parts.password:
            found[parts.username] = unquote(parts.password)
    return found
