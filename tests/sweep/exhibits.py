"""The planted county's evidence: files of agencies of both sides and of one, open and withdrawn."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from tempfile import NamedTemporaryFile

from incidents.choices import ReleasedTo
from incidents.services.evidence import EvidenceData, SentFile, evidence_add, evidence_withdraw
from incidents.services.redaction import evidence_redact, evidence_release
from kernel import clock
from kernel.pages import Box
from tests import files
from tests.cast import acting
from tests.sweep.plant import Garden


def evidence_plant(garden: Garden, key: str, by: str, code: str, *, withdrawn: bool = False) -> None:
    """A text file on a case with a word in everything that is kept of it, and in the file itself."""
    case = garden.cases[key]

    def word(name: str) -> str:
        return garden.word(key, "evidence", f"Evidence.{name}", code)

    with NamedTemporaryFile() as file, acting(by) as actor:
        file.write(f"What she wrote down that night: {word('withdrawn_file' if withdrawn else 'file')}.".encode())
        file.flush()
        sent = SentFile(Path(file.name), f"{word('original_name')}.txt", Path(file.name).stat().st_size)
        said = EvidenceData(word("description"), word("source"), clock.now() - dt.timedelta(hours=1))
        [evidence] = evidence_add(actor=actor, case=case, data=said, files=[sent])
        if withdrawn:
            reason = garden.word(key, "evidence_reason", "Evidence.withdrawn_reason", code)
            evidence_withdraw(actor=actor, case=case, evidence=evidence, reason=reason)
    garden.add("evidence", key, ref=case.ref, uid=evidence.uid)


def redaction_plant(garden: Garden, key: str, by: str, code: str) -> None:
    """A PDF on a case, and its redacted copy, which is released to agencies that work with victims."""
    case = garden.cases[key]

    def word(name: str) -> str:
        return garden.word(key, "evidence", f"Evidence.{name}", code)

    with NamedTemporaryFile() as file, acting(by) as actor:
        file.write(files.pdf())
        file.flush()
        sent = SentFile(Path(file.name), f"{word('original_name')}.pdf", Path(file.name).stat().st_size)
        said = EvidenceData(word("description"), word("source"), clock.now() - dt.timedelta(hours=1))
        [whole] = evidence_add(actor=actor, case=case, data=said, files=[sent])
        shown = garden.word(key, "evidence_victims", "Evidence.description", code)
        copy = evidence_redact(actor=actor, case=case, evidence=whole, boxes=[Box(1, 0, 0, 50, 50)], description=shown)
        evidence_release(actor=actor, case=case, evidence=copy, to=ReleasedTo.VICTIM, reason="For home security")
    garden.add("evidence", key, ref=case.ref, uid=whole.uid)
    garden.add("evidence", key, ref=case.ref, uid=copy.uid)
