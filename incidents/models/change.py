"""What changed in a case, and what was done with a task: added to in the services' transactions, never edited."""

from __future__ import annotations

import uuid

from django.db import models

from agencies.models import Agency, User
from incidents.choices.changes import ChangeKind, ChangeReaders, TaskStepKind
from incidents.models.case import Case
from incidents.models.work import Task
from kernel import clock
from kernel.managers import ClosedManager


class CaseChange(models.Model):
    """That something of a case changed: what, by whom, when, and who may be told. Codes and references, never words.

    The chronology reads it, and so what is new since somebody's last look: the audit feeds neither (docs/domain.md
    §8.2). `before` and `after` are codes of the changed field; `person` and `to_agency` whom a case was given to.
    """

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="changes")
    kind = models.CharField(max_length=20, choices=ChangeKind)
    before = models.CharField("code before", max_length=24, blank=True)
    after = models.CharField("code after", max_length=24, blank=True)
    person = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    to_agency = models.ForeignKey(Agency, null=True, on_delete=models.SET_NULL, related_name="+")
    needs_victim = models.BooleanField("tells of the victim’s side", default=False)
    needs_perpetrator = models.BooleanField("tells of the alleged perpetrator’s side", default=False)
    readers = models.CharField(max_length=10, choices=ChangeReaders, default=ChangeReaders.EVERYBODY)
    by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    agency = models.ForeignKey(Agency, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField(default=clock.now)

    objects = ClosedManager()

    class Meta:
        indexes = [models.Index(fields=["case", "-at"], name="casechange_case_at")]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class TaskStep(models.Model):
    """One step of a task: what was done, by whom, and in which words. A later step wipes nothing of an earlier one.

    `text` is why it was declined or withdrawn, what was achieved, or what it asked for before it was
    reworded.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="steps")
    kind = models.CharField(max_length=10, choices=TaskStepKind)
    text = models.TextField("in which words", blank=True)
    person = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    to_agency = models.ForeignKey(Agency, null=True, on_delete=models.SET_NULL, related_name="+")
    by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    agency = models.ForeignKey(Agency, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField(default=clock.now)

    objects = ClosedManager()

    class Meta:
        ordering = ["at", "pk"]
        indexes = [models.Index(fields=["task", "at"], name="taskstep_task_at")]

    def __str__(self) -> str:
        return f"{self.kind} {self.uid}"
