"""``./manage.py county``: fills an empty database with an invented county and writes the ground truth beside it."""

from __future__ import annotations

import time
from datetime import date
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection

from hatecase.county.generate import county_fill
from incidents.models import Case
from kernel import clock

_MOST_YEARS = 10


class Command(BaseCommand):
    """Refuses a database with cases in it, and a server of one's own unless that is said in so many words."""

    help = (
        "Fills an empty database with an invented county: agencies, the demo cast, believable cases over years. The "
        "same number, seed and day give the same county. The ground truth goes to county/truth.json in HATECASE_HOME."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Adds how many cases, from which seed, over how long, up to which day."""
        parser.add_argument("--cases", type=int, default=300, help="how many cases (300)")
        parser.add_argument("--seed", type=int, default=1, help="which county (1)")
        parser.add_argument("--years", type=float, default=3, help="how far back it goes (3)")
        parser.add_argument("--until", type=date.fromisoformat, help="the day on which it ends, as 2026-11-22 (today)")
        parser.add_argument(
            "--into-this-database",
            action="store_true",
            help="fill the server that DATABASE_URL names: its accounts will have the demo's public password",
        )

    def handle(self, *args: object, **options: Any) -> None:
        """Raises CommandError where filling would be wrong or cannot be done."""
        self._check(options)
        started = time.monotonic()
        filled = county_fill(
            cases=options["cases"],
            seed=options["seed"],
            until=options["until"] or clock.today(),
            years=options["years"],
            truth=settings.HOME / "county" / "truth.json",
            say=self.stdout.write,
        )
        took = time.monotonic() - started
        self.stdout.write(f"{filled.cases:,} cases with {filled.incidents:,} incidents in {took:.0f} s.")
        self.stdout.write(f"The ground truth: {filled.truth}")

    def _check(self, options: dict[str, Any]) -> None:
        if options["cases"] < 1 or not 0 < options["years"] <= _MOST_YEARS:
            raise CommandError(f"Ask for at least one case, over at most {_MOST_YEARS} years.")
        if not settings.EMBEDDED and not options["into_this_database"]:
            raise CommandError(
                "DATABASE_URL names a server of yours. An invented county brings accounts with a public password: "
                "never put it beside real cases. To fill that server all the same, add --into-this-database."
            )
        if Case._meta.db_table not in connection.introspection.table_names():
            raise CommandError("The database has no tables yet. Run ./manage.py migrate first.")
        if Case.objects.unscoped(reason="an invented county needs an empty database").exists():
            raise CommandError("There are cases in this database already. A county is filled into an empty one only.")
