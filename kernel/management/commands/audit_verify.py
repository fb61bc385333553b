"""`./manage.py audit_verify`: verify the audit chain; exit 1 with the first bad row's number if it is broken."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand

from kernel import audit


class Command(BaseCommand):
    help = "Verifies the audit chain. Exits 1 and prints the first bad row's number if it is broken."

    def handle(self, *args: Any, **options: Any) -> None:
        verdict = audit.verify()
        if verdict.broken is not None:
            self.stderr.write(f"Audit chain broken at row {verdict.broken}: it {verdict.problem}.")
            sys.exit(1)
        self.stdout.write(f"Audit chain whole: {verdict.checked} rows sealed, {verdict.unsealed} not yet sealed.")
