"""What happens to a file beside the page: the malware scanner, the copy, failed transactions, killed processes."""

from __future__ import annotations

import os
import signal
import socketserver
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connection, transaction

from agencies.models import Notice
from incidents.choices import CopyState, Level, MalwareState
from incidents.selectors.audience import spoc_ids
from incidents.services import evidence_work
from incidents.services.evidence import evidence_storage
from incidents.tasks import evidence_sweep, files_sweep
from kernel.clamd import ScannerError, address_parse, scan
from kernel.files import file_store, on_rollback, undone_on_failure
from tests import files
from tests.cast import client_of
from tests.incidents import evidence as ev
from tests.incidents.casework import audited, case_of, give, text

pytestmark = pytest.mark.django_db


@pytest.fixture
def shelf(settings, tmp_path):
    return ev.shelf_use(settings, tmp_path)


@pytest.fixture
def case(cast, shelf):
    return case_of("alice")


# --- A scanner that speaks clamd's protocol -----------------------------------------------------------------


class Scanner(socketserver.BaseRequestHandler):
    """`zINSTREAM`, pieces with their lengths, a verdict: what clamd does, for one known signature."""

    def handle(self) -> None:
        if self._read(10) != b"zINSTREAM\0":
            self.request.sendall(b"UNKNOWN COMMAND\0")
            return
        content = b""
        while length := struct.unpack("!I", self._read(4))[0]:
            if len(content) + length > self.server.limit:  # type: ignore[attr-defined]
                self.request.sendall(b"INSTREAM size limit exceeded. ERROR\0")
                return
            content += self._read(length)
        self.server.seen.append(content)  # type: ignore[attr-defined]
        found = files.EICAR in content
        self.request.sendall(b"stream: Eicar-Test-Signature FOUND\0" if found else b"stream: OK\0")

    def _read(self, wanted: int) -> bytes:
        got = b""
        while len(got) < wanted:
            piece = self.request.recv(wanted - len(got))
            if not piece:
                raise ConnectionError("the client went away")
            got += piece
        return got


class UnixServer(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True


class TcpServer(socketserver.ThreadingTCPServer):
    daemon_threads = True


@contextmanager
def scanner(kind: str, folder: Path, limit: int = 30_000_000) -> Iterator[tuple[str, list[bytes]]]:
    place = folder / "clamd.ctl"
    server = UnixServer(str(place), Scanner) if kind == "unix" else TcpServer(("127.0.0.1", 0), Scanner)
    server.limit, server.seen = limit, []  # type: ignore[union-attr]
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield f"unix:{place}" if kind == "unix" else f"tcp://127.0.0.1:{server.server_address[1]}", server.seen  # type: ignore[union-attr]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
        place.unlink(missing_ok=True)


@pytest.mark.parametrize("kind", ["unix", "tcp"])
def test_a_file_goes_to_the_scanner_piece_by_piece_and_a_verdict_comes_back(tmp_path, kind):
    sent = tmp_path / "sent"
    sent.write_bytes(os.urandom(200_000))
    with scanner(kind, tmp_path) as (address, seen):
        assert scan(sent, address).clean
        assert seen == [sent.read_bytes()]
        sent.write_bytes(b"before " + files.EICAR)
        verdict = scan(sent, address)
    assert (verdict.clean, verdict.name) == (False, "Eicar-Test-Signature")
    with pytest.raises(ScannerError):
        scan(sent, address, seconds=2)


def test_a_scanner_that_refuses_the_size_gives_no_verdict(tmp_path):
    sent = tmp_path / "sent"
    sent.write_bytes(bytes(2_000_000))
    with scanner("unix", tmp_path, limit=100_000) as (address, _), pytest.raises(ScannerError):
        scan(sent, address)


@pytest.mark.parametrize("address", ["", "clamd", "unix:relative", "tcp://host", "http://host:1", "tcp://:3310"])
def test_an_address_that_is_none_is_refused(address):
    with pytest.raises(ValueError, match="unix:/path"):
        address_parse(address)


def test_settings_do_not_start_with_an_address_that_is_none():
    started = subprocess.run(
        [sys.executable, "-c", "import hatecase.settings"],
        env={**os.environ, "HATECASE_CLAMD": "somewhere"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ImproperlyConfigured.__name__ in started.stderr
    assert "HATECASE_CLAMD" in started.stderr


# --- Scanned before it is opened ---------------------------------------------------------------------------------


def test_nobody_opens_a_file_before_the_scanner_has_seen_it(case, settings, tmp_path):
    settings.CLAMD = f"unix:{tmp_path}/nobody-listens"
    row = ev.add(case)
    assert row.malware == MalwareState.WAITING
    client, where = client_of("alice"), ev.path(case, f"{row.uid}/")
    for _ in range(3):
        assert not evidence_work.evidence_process(evidence_id=row.pk)
        assert evidence_work.evidence_waiting_ids() == [row.pk]
    assert "is being checked for malware" in text(client.get(where))
    assert "Being checked" in text(client.get(f"/cases/{case.ref}/"))
    assert client.get(f"{where}picture/").status_code == 404
    assert "is being checked" in text(client.get(f"{where}download/", follow=True))
    assert ev.stored(row).read_bytes() == files.jpeg()
    with scanner("unix", tmp_path) as (address, seen):
        settings.CLAMD = address
        row = ev.ready(row)
        assert seen == [files.jpeg()]
    assert (row.malware, row.copy_state) == (MalwareState.CLEAN, CopyState.READY)
    assert ev.body(client.get(f"{where}download/")) == files.jpeg()
    assert ev.custody(row) == ["added", "scanned", "copied", "downloaded"]
    assert "No malware found" in text(client.get(where))
    assert not evidence_work.evidence_waiting_ids()


def test_an_infected_file_is_locked_and_its_people_are_told_without_its_name(case, settings, tmp_path, cast):
    give(case, "NNC", Level.CONTRIBUTE)
    with scanner("tcp", tmp_path) as (address, _):
        settings.CLAMD = address
        row = ev.add(case, "alice", ev.upload(b"look: " + files.EICAR, "chat.txt"))
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("set local role hatecase_worker")
            row = ev.ready(row)
            cursor.execute("reset role")
    assert (row.malware, row.malware_name) == (MalwareState.INFECTED, "Eicar-Test-Signature")
    for name in ("alice", "asha", "bob"):
        client = client_of(name)
        assert "malware was found" in text(client.get(ev.path(case, f"{row.uid}/")))
        assert "malware was found" in text(client.get(ev.path(case, f"{row.uid}/download/"), follow=True))
    told = list(Notice.objects.unscoped(reason="the test reads notices").filter(kind="evidence"))
    assert {notice.user_id for notice in told} == {cast["alice"].pk, *spoc_ids(row.agency_id)}
    assert cast["asha"].pk in {notice.user_id for notice in told}
    assert not any(case.ref in notice.text or "chat" in notice.text for notice in told)
    assert ev.custody(row) == ["added", "quarantined"]
    assert [event.detail["state"] for event in audited("evidence.scan")] == ["infected"]
    assert not audited("evidence.download")


def test_without_a_scanner_the_pages_say_so_and_one_that_comes_later_scans_what_is_there(case, settings, tmp_path):
    row = ev.ready(ev.add(case))
    client, where = client_of("alice"), ev.path(case, f"{row.uid}/")
    assert row.malware == MalwareState.NOT_SCANNED
    for page in (where, ev.path(case), ev.path(case, "")):
        assert "Files are not scanned for malware here" in text(client.get(page))
    with scanner("unix", tmp_path) as (address, _):
        settings.CLAMD = address
        assert "is being checked" in text(client.get(f"{where}download/", follow=True))
        assert evidence_work.evidence_waiting_ids() == [row.pk]
        assert ev.ready(row).malware == MalwareState.CLEAN


def test_a_scanner_that_was_taken_away_leaves_nothing_waiting(case, settings, tmp_path):
    settings.CLAMD = f"unix:{tmp_path}/nobody-listens"
    row = ev.add(case)
    settings.CLAMD = ""
    row = ev.ready(row)
    assert (row.malware, row.copy_state) == (MalwareState.NOT_SCANNED, CopyState.READY)


# --- The worker that dies -------------------------------------------------------------------------------------


def test_a_claim_is_respected_and_a_dead_workers_is_taken_over(case, monkeypatch):
    row = ev.add(case)
    assert evidence_work._claim(row.pk) is not None
    assert not evidence_work.evidence_process(evidence_id=row.pk)
    assert evidence_sweep() == 0
    monkeypatch.setattr(evidence_work, "STALE", -evidence_work.STALE)
    assert evidence_work.evidence_process(evidence_id=row.pk)
    assert ev.fresh(row).copy_state == CopyState.READY
    assert not evidence_work.evidence_process(evidence_id=row.pk)
    assert ev.custody(row) == ["added", "copied"]


def test_a_picture_that_cannot_be_drawn_is_given_up_after_three_attempts(case, shelf):
    row = ev.add(case)
    ev.stored(row).write_bytes(b"\xff\xd8\xffbroken")
    for _ in range(4):
        evidence_work.evidence_process(evidence_id=row.pk)
    row = ev.fresh(row)
    assert (row.copy_state, row.attempts) == (CopyState.FAILED, 3)
    assert "could not be made" in text(client_of("alice").get(ev.path(case, f"{row.uid}/")))
    assert ev.kept(shelf) == [ev.stored(row)]


# --- What did not come about leaves no file --------------------------------------------------------------------


def test_a_transaction_that_fails_after_the_file_was_kept_removes_it(case, shelf, monkeypatch):
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("the power went off")

    monkeypatch.setattr("incidents.views.evidence.messages.success", fail)
    client = client_of("alice")
    client.raise_request_exception = False
    assert client.post(ev.path(case), ev.form()).status_code == 500
    assert not ev.rows(case)
    assert ev.kept(shelf) == []


def test_what_an_inner_block_kept_goes_with_the_outer_one(shelf, tmp_path):
    source = tmp_path / "source"
    source.write_bytes(b"words")
    with pytest.raises(RuntimeError), undone_on_failure():
        with undone_on_failure(), transaction.atomic():
            file_store(evidence_storage(), source)
        assert len(ev.kept(shelf)) == 1
        raise RuntimeError("later")
    assert ev.kept(shelf) == []
    with undone_on_failure():
        file_store(evidence_storage(), source)
        on_rollback(lambda: pytest.fail("nothing failed"))
    assert len(ev.kept(shelf)) == 1


_DIES = """
import sys, time
from pathlib import Path
import django
django.setup()
from django.conf import settings
from django.core.files.storage import FileSystemStorage
from kernel.files import file_store, undone_on_failure
with undone_on_failure():
    print(file_store(FileSystemStorage(location=sys.argv[1]), Path(sys.argv[2])).name, flush=True)
    time.sleep(60)
"""


def test_what_a_killed_process_left_is_swept_after_a_day_and_what_is_owned_stays(case, shelf, tmp_path):
    row = ev.ready(ev.add(case))
    source = tmp_path / "source"
    source.write_bytes(b"words")
    died = subprocess.Popen(
        [sys.executable, "-c", _DIES, str(shelf / "evidence"), str(source)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "hatecase.settings"},
    )
    assert died.stdout is not None
    name = died.stdout.readline().strip()
    died.send_signal(signal.SIGKILL)
    died.wait()
    died.stdout.close()
    orphan = shelf / "evidence" / name
    assert orphan.read_bytes() == b"words"
    arrived = shelf / "incoming" / "half.upload"
    arrived.write_bytes(b"half a file")
    assert files_sweep() == 0
    long_ago = time.time() - 2 * 24 * 3600
    for found in ev.kept(shelf):
        os.utime(found, (long_ago, long_ago))
    assert files_sweep() == 2
    assert not orphan.exists()
    assert not arrived.exists()
    owned = {row.file_name, row.copy_name}
    assert {found.relative_to(shelf / "evidence").as_posix() for found in ev.kept(shelf)} == owned
