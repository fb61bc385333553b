"""`./manage.py audit_verify`: verify the audit chain; exit 1 with the first bad row's number if it is broken."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand

from kernel import verification


class Command(BaseCommand):
    help = "Verifies the audit chain. Exits 1 and prints the first bad row's number if it is broken."

    def handle(self, *args: Any, **options: Any) -> None:
        verdict = verification.verify()
        if verdict.broken is not None:
            event = f" (event {verdict.event})" if verdict.event is not None else ""
            self.stderr.write(f"Audit chain broken at row {verdict.broken}{event}: it {verdict.problem}.")
            sys.exit(1)
        waiting = f", the oldest from {verdict.waiting.isoformat()}" if verdict.waiting else ""
        self.stdout.write(
            f"Audit chain whole: {verdict.checked} rows sealed, {verdict.unsealed} not yet sealed{waiting}."
            f" Signed heads vouch for the first {verdict.signed}."
        )
