"""Builders for the tests of evidence: files sent by a page, made ready by the worker, kept in a folder of the test's own."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from incidents.models import CustodyEvent, Evidence
from incidents.services.evidence import EvidenceData, SentFile, evidence_add, evidence_storage
from incidents.services.evidence_work import evidence_process
from kernel import clock
from tests import files
from tests.cast import acting, client_of
from tests.incidents.casework import moment_parts

WHY = "the test looks at the row"


def shelf_use(settings: Any, folder: Path) -> Path:
    """Keep evidence in a folder of the test's own."""
    settings.STORAGES = {
        **settings.STORAGES,
        "evidence": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": folder / "evidence"},
        },
    }
    settings.INCOMING_ROOT = folder / "incoming"
    settings.CLAMD = ""
    return folder


def path(case: Any, tail: str = "add/") -> str:
    return f"/cases/{case.ref}/evidence/{tail}"


def upload(content: bytes, name: str = "front door.jpg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def form(*uploads: SimpleUploadedFile, **values: Any) -> dict[str, Any]:
    """What the page sends."""
    sent = {
        "description": "Paint on the front door",
        "source": "The victim’s phone",
        **moment_parts("obtained_at", clock.now() - dt.timedelta(hours=2)),
        "files": list(uploads) or [upload(files.jpeg())],
    }
    return {name: value for name, value in (sent | values).items() if value is not None}


def add(case: Any, name: str = "alice", *uploads: SimpleUploadedFile, **values: Any) -> Evidence:
    """Add a file by the page; answers the newest row."""
    answer = client_of(name).post(path(case), form(*uploads, **values))
    assert answer.status_code == 302, answer.content.decode()
    return rows(case)[0]


def add_quick(case: Any, name: str, folder: Path, content: bytes, called: str = "front door.jpg") -> Evidence:
    """Add a file by the service."""
    arrived = folder / "arrived"
    arrived.write_bytes(content)
    data = EvidenceData("Paint on the front door", "The victim’s phone", clock.now() - dt.timedelta(hours=2))
    with acting(name) as actor:
        [row] = evidence_add(actor=actor, case=case, data=data, files=[SentFile(arrived, called, len(content))])
    return row


def ready(row: Evidence) -> Evidence:
    """Let the worker do its part."""
    evidence_process(evidence_id=row.pk)
    return fresh(row)


def fresh(row: Evidence) -> Evidence:
    return Evidence.objects.unscoped(reason=WHY).get(pk=row.pk)


def rows(case: Any) -> list[Evidence]:
    return list(Evidence.objects.unscoped(reason=WHY).filter(case=case))


def custody(row: Evidence) -> list[str]:
    """The kinds of the log's lines, oldest first."""
    found = CustodyEvent.objects.unscoped(reason=WHY).filter(evidence=row)
    return list(found.order_by("pk").values_list("kind", flat=True))


def kept(folder: Path) -> list[Path]:
    """Every file that lies anywhere in the test's folder."""
    return sorted(
        found for part in ("evidence", "incoming") for found in (folder / part).rglob("*") if found.is_file()
    )


def stored(row: Evidence) -> Path:
    return Path(evidence_storage().path(row.file_name))


def body(answer: Any) -> bytes:
    return b"".join(answer.streaming_content)
