"""Celery doors of the kernel."""

from __future__ import annotations

import logging

from celery import shared_task
from django.core.cache import cache
from django.db import transaction

from kernel import audit
from kernel.db import advisory_lock

log = logging.getLogger(__name__)
UNSEALED_ALARM_SECONDS = 60


@shared_task(name="kernel.tasks.audit_seal", ignore_result=True)
def audit_seal() -> int:
    """Seal new audit events; once a minute sign the head. One sealer at a time."""
    with transaction.atomic():
        if not advisory_lock("audit-seal"):
            return 0
        sealed = audit.seal()
        oldest = audit.unsealed_since()
    if oldest is not None and (audit.clock_database() - oldest).total_seconds() > UNSEALED_ALARM_SECONDS:
        log.error("audit events have stood unsealed since %s", oldest.isoformat())
    # Asked before it is added: a refused insert every few seconds would fill the database's log.
    if "audit-head-signed" not in cache and cache.add("audit-head-signed", "1", timeout=60):
        audit.head_sign()
    return sealed
