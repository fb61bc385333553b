"""`./manage.py api_token EMAIL`: print a bearer token for that user, once; with `--revoke`, end theirs."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from agencies.models import User
from agencies.services.token import LIFETIME_DAYS, SCOPES, token_create, tokens_revoke
from kernel.actors import system_actor
from kernel.errors import RuleError


class Command(BaseCommand):
    help = "Prints a bearer token for the API, in the name of one user. It is shown once and stored hashed."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--days", type=int, default=LIFETIME_DAYS, help=f"at most {LIFETIME_DAYS}")
        parser.add_argument("--read-only", action="store_true", help="a token that can only read")
        parser.add_argument("--revoke", action="store_true", help="end every token of that user at once instead")

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(email=options["email"].lower()).first()
        if user is None:
            raise CommandError("There is no account with that e-mail address.")
        actor = system_actor("manage.py api_token")
        if options["revoke"]:
            self.stdout.write(f"{tokens_revoke(actor=actor, user=user)} revoked")
            return
        scopes = ("read",) if options["read_only"] else SCOPES
        try:
            _, secret = token_create(actor=actor, user=user, scopes=scopes, days=options["days"])
        except RuleError as error:
            raise CommandError(error.message) from error
        self.stdout.write(secret)
