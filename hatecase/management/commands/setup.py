"""``./manage.py setup``: the first start on a real server. Safe to run again."""

from __future__ import annotations

import sys
from getpass import getpass

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.validators import validate_email
from django.db import connection, transaction

from agencies.adapters import password_link
from agencies.choices import Role
from agencies.models import Agency, Membership, User
from agencies.services.reference import reference_data_load
from hatecase.cast import CAST, PASSWORD
from incidents.services.reference import letter_templates_load, risk_tool_load
from kernel import audit
from kernel.actors import system_actor
from kernel.models import AuditOperation

# The agency that hosts the service; its people have no case content of their own.
_HOST = "IG"
_ASK_MORE = "Name the first administrator: ./manage.py setup --email ADDRESS --name “FULL NAME”"


class Command(BaseCommand):
    """Loads agencies, districts, standards, bank holidays and HIRA-1, and makes the first administrator."""

    help = (
        "First start on a real server: agencies, districts, service standards, bank holidays, the risk tool and the "
        "first administrator, who sets their own password through a link that is printed. Safe to run again."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Adds who the first administrator is."""
        parser.add_argument("--email", default="", help="the first administrator's email address")
        parser.add_argument("--name", default="", help="the first administrator's full name")
        parser.add_argument(
            "--ask-password", action="store_true", help="ask for a password at the keyboard instead of printing a link"
        )

    def handle(self, *args: object, **options: str | bool) -> None:
        """Raises CommandError, with what to type, where something is missing or wrong."""
        if Agency._meta.db_table not in connection.introspection.table_names():
            raise CommandError("The database has no tables yet. Run ./manage.py migrate first.")
        with transaction.atomic():
            agencies = reference_data_load()
            risk_tool_load()
            letter_templates_load()
        standing = ", ".join(sorted(agencies))
        self.stdout.write(f"Agencies: {standing}. Districts, standards, bank holidays and HIRA-1 are in place.")
        self._warn_of_agreements(agencies)
        self._warn_of_cast()
        administrator = _administrator()
        if administrator is not None and not options["email"]:
            self.stdout.write(f"There is an administrator already: {administrator.email}.")
            return
        self._administrator_make(str(options["email"]), str(options["name"]), bool(options["ask_password"]))

    def _administrator_make(self, email: str, name: str, ask: bool) -> None:
        if sys.stdin.isatty():
            email = email or input("Email address of the first administrator: ").strip()
            name = name or input("Full name: ").strip()
        if not email:
            raise CommandError(_ASK_MORE)
        user = User.objects.filter(email=email.lower()).first()
        if user is None:
            user = self._user_make(email, name, _password_ask() if ask else None)
        elif not user.memberships.filter(roles__contains=[Role.SYSTEM_ADMIN]).exists():
            raise CommandError(f"{user.email} has an account already, and is not a system administrator.")
        if user.has_usable_password():
            self.stdout.write(f"{user.email} can sign in.")
        else:
            self.stdout.write(f"{user.email} sets a password here, within three days and once:\n{password_link(user)}")

    def _user_make(self, email: str, name: str, password: str | None) -> User:
        if not name:
            raise CommandError(_ASK_MORE)
        try:
            validate_email(email)
            if password is not None:
                validate_password(password, User(email=email, name=name))
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        with transaction.atomic():
            user = User.objects.create_user(email, password, name=name, is_staff=True)
            Membership.objects.create(
                user=user,
                agency=Agency.objects.get(code=_HOST),
                roles=[Role.SYSTEM_ADMIN.value],
                job_title="System administrator",
            )
            audit.record(
                system_actor("first start on this server"),
                "account.first_administrator",
                user,
                operation=AuditOperation.COLLECTION,
                detail={"role": Role.SYSTEM_ADMIN.value},
            )
        return user

    def _warn_of_agreements(self, agencies: dict[str, Agency]) -> None:
        ends = {agency.isa_expires_on for agency in agencies.values() if agency.isa_expires_on}
        if ends:
            self.stdout.write(
                "Check each agency's name and sharing agreement in /admin/: the first agreement ends on "
                f"{min(ends):%d %B %Y}, and after that day the agency's people see nothing."
            )

    def _warn_of_cast(self) -> None:
        if User.objects.filter(email__in=[email for email, _ in CAST], is_active=True).exists():
            self.stderr.write(
                "WARNING: this database holds the demo's accounts, whose password is public. "
                "Never put real cases into it."
            )


def _administrator() -> User | None:
    return User.objects.filter(is_active=True, memberships__roles__contains=[Role.SYSTEM_ADMIN]).first()


def _password_ask() -> str:
    """A password from the keyboard, typed twice; never from the command line, and never a fixed one."""
    if not sys.stdin.isatty():
        raise CommandError("--ask-password needs a keyboard. Leave it out to get a link.")
    password = getpass("Password (12 characters or more): ")
    if password != getpass("The same again: "):
        raise CommandError("The two passwords differ.")
    if password == PASSWORD:
        raise CommandError("That is the demo's password, which everybody knows.")
    return password
