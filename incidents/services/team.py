"""A supervisor who looks at what somebody of the team holds: the audit knows (docs/domain.md §8.2)."""

from __future__ import annotations

from incidents.selectors.team import FIRST, Marks, WorkerPage, worker_page
from kernel import audit
from kernel.actors import Actor
from kernel.models import AuditOperation


def worker_read(
    *, actor: Actor, user_id: int, name: str = "", band: str = "", late: bool = False, marks: Marks = FIRST
) -> WorkerPage:
    """A page of `worker_page` for somebody who opens it. Raises AbsentError. The queries of `worker_page`, and one."""
    page = worker_page(actor=actor, user_id=user_id, name=name, band=band, late=late, marks=marks)
    detail = {
        "worker": user_id,
        "cases": [case.ref for case in page.cases.rows],
        "tasks": [task.ref for task in page.tasks.rows],
    }
    audit.record(actor, "team.worker", operation=AuditOperation.CONSULTATION, detail=detail)
    return page
