"""``./manage.py postcodes FILE``: where postcodes lie, from the ONS Postcode Directory that the partnership holds."""

from __future__ import annotations

import csv
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from incidents.services.places import COLUMNS, postcodes_load


class Command(BaseCommand):
    """Reads the file line by line, keeps the postcodes of the county and around it, and places the incidents anew."""

    help = "Loads where postcodes lie from a CSV file with the columns pcds, oseast1m and osnrth1m."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The file, and whether the whole country is kept."""
        parser.add_argument("file", type=Path, help="the directory as one CSV file")
        parser.add_argument(
            "--everywhere", action="store_true", help="keep every postcode, not only those near the county"
        )

    def handle(self, *args: object, **options: Any) -> None:
        """Says how many postcodes were kept. Raises CommandError for a file that is none of the kind."""
        try:
            with options["file"].open(encoding="utf-8-sig", newline="") as file:
                done = postcodes_load(_rows(file), everywhere=options["everywhere"])
        except (OSError, UnicodeDecodeError, csv.Error) as error:
            raise CommandError(f"The file cannot be read: {error}") from error
        self.stdout.write(
            f"{done.kept:,} postcodes kept, {done.left:,} lines without a postcode or place,"
            f" {done.incidents:,} incidents placed."
        )


def _rows(file: Any) -> Iterator[dict[str, str]]:
    reader = csv.reader(file)
    names = [name.strip().lower() for name in next(reader, [])]
    missing = [name for name in COLUMNS if name not in names]
    if missing:
        raise CommandError(f"The file has no column {', '.join(missing)}.")
    places = {name: names.index(name) for name in COLUMNS}
    for line in reader:
        yield {name: line[place] for name, place in places.items() if place < len(line)}
