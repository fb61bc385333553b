"""``./manage.py access_check``: proves that the derived access agrees with the grants."""

from __future__ import annotations

import sys

from django.core.management.base import BaseCommand

from incidents.selectors.access_check import access_disagreements


class Command(BaseCommand):
    """Exit 1 and the first references where they disagree; `access_rebuild` of those cases puts it right."""

    help = "Proves that access rows and envelopes agree with the grants they come from; exit 1 where they do not."

    def handle(self, *args: object, **options: object) -> None:
        """Prints one line for each kind of disagreement."""
        found = access_disagreements()
        for entry in found:
            more = ", …" if entry.count > len(entry.refs) else ""
            self.stderr.write(f"{entry.count} × {entry.what}: {', '.join(entry.refs)}{more}")
        if found:
            sys.exit(1)
        self.stdout.write("Grants and access agree.")
