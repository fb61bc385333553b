"""The briefing pack: the worker that makes it, and the door to the printer."""

from __future__ import annotations

import hashlib
import stat
import threading

import pytest
from django.db import connection
from pypdf import PdfReader

from hasbag import services
from hasbag.choices import PackState
from hasbag.models import Pack
from hasbag.services import pack as making
from kernel import clock
from kernel.pdf import PdfError, pdf_make
from tests.hasbag.builders import (
    WHY,
    choose,
    meeting_of,
    pack_file,
    pack_of,
)

pytestmark = pytest.mark.django_db

# --- The worker ------------------------------------------------------------------------------------------------


def test_the_file_has_a_random_name_and_is_private(rich):
    _, meeting = rich
    pack = pack_of("beth", meeting)
    path = pack_file(pack)
    assert pack.ref not in path.name
    assert len(path.stem) == 32
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert hashlib.sha256(path.read_bytes()).hexdigest() == pack.sha256


def test_a_pack_is_made_once(rich):
    _, meeting = rich
    pack = pack_of("beth", meeting)
    name = pack.file_name
    assert not services.pack_make(pack_id=pack.pk)
    pack.refresh_from_db()
    assert (pack.file_name, pack.attempts) == (name, 1)


def test_a_dead_workers_pack_is_taken_over_and_what_it_left_is_removed(rich):
    from hasbag.services.sweep import sweep

    _, meeting = rich
    pack = pack_of("beth", meeting, make=False)
    claimed = making._claim(pack.pk)
    left = making.pack_path(claimed.file_name)
    making._write(claimed.file_name, b"half a pack")
    assert sweep()["pack_make"] == 0
    assert not services.pack_make(pack_id=pack.pk)
    Pack.objects.unscoped(reason=WHY).filter(pk=pack.pk).update(claimed_at=clock.now_real() - making.STALE * 2)
    assert sweep()["pack_make"] == 1
    assert services.pack_make(pack_id=pack.pk)
    assert not left.exists()
    # The dead one comes back to life: its work is thrown away.
    pdf = pdf_make("<title>Late</title><p>Late</p>")
    claimed.file_name = "f" * 32 + ".pdf"
    assert not making._finish(claimed, pdf, [])
    assert not making.pack_path(claimed.file_name).exists()
    pack.refresh_from_db()
    assert (pack.state, pack.attempts) == (PackState.READY, 2)


def test_a_pack_that_kills_its_worker_again_and_again_is_given_up(rich):
    _, meeting = rich
    pack = pack_of("beth", meeting, make=False)
    for _ in range(making.MOST_ATTEMPTS):
        assert making._claim(pack.pk)
        Pack.objects.unscoped(reason=WHY).filter(pk=pack.pk).update(claimed_at=clock.now_real() - making.STALE * 2)
    assert not services.pack_make(pack_id=pack.pk)
    pack.refresh_from_db()
    assert (pack.state, pack.problem) == (PackState.FAILED, making.GAVE_UP)


def test_a_failure_is_a_sentence_and_the_pack_can_be_asked_for_again(rich, monkeypatch, client_for):
    _, meeting = rich
    monkeypatch.setattr(making, "SECONDS", 0.01)
    pack = pack_of("beth", meeting, make=False)
    assert not services.pack_make(pack_id=pack.pk)
    pack.refresh_from_db()
    assert (pack.state, pack.file_name and pack_file(pack).exists()) == (PackState.FAILED, False)
    page = client_for("beth").get(f"/hasbag/{meeting.ref}/packs/{pack.ref}/").content.decode()
    assert "The document is too large to make in one piece. You can ask for it again." in page
    monkeypatch.undo()
    assert pack_of("beth", meeting).state == PackState.READY


@pytest.mark.django_db(transaction=True)
def test_two_workers_make_one_pack(cast, tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path
    meeting = meeting_of(codes="NNC POL")
    choose(meeting)
    pack = pack_of("beth", meeting, make=False)
    start, made = threading.Barrier(2), []

    def work() -> None:
        try:
            start.wait()
            made.append(services.pack_make(pack_id=pack.pk))
        finally:
            connection.close()

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sorted(made) == [False, True]
    assert len(list((tmp_path / "packs").iterdir())) == 1


# --- The door to the printer -----------------------------------------------------------------------------------


def test_the_printer_reaches_neither_network_nor_other_files(tmp_path):
    secret = tmp_path / "secret.svg"
    secret.write_text("<svg xmlns='http://www.w3.org/2000/svg'><text y='9'>canary</text></svg>")
    inside = tmp_path / "in"
    inside.mkdir()
    (inside / "open.svg").write_text(secret.read_text().replace("canary", "shown"))
    html = (
        f"<title>T</title><img alt='a' src='{secret.as_uri()}'><img alt='b' src='http://127.0.0.1:9/x.svg'>"
        f"<img alt='c' src='{inside.as_uri()}/../secret.svg'><img alt='d' src='{inside.as_uri()}/open.svg'>"
    )
    pdf = pdf_make(html, folders=[inside])
    path = tmp_path / "x.pdf"
    path.write_bytes(pdf.content)
    text = PdfReader(path).pages[0].extract_text()
    assert ("shown" in text, "canary" in text) == (True, False)


@pytest.mark.parametrize("limit", [{"megabytes": 40}, {"seconds": 0.05}])
def test_the_printer_stops_at_its_limits(limit):
    with pytest.raises(PdfError) as caught:
        pdf_make("<title>T</title>" + "<p>word</p>" * 2000, **limit)
    assert caught.value.message == "The document is too large to make in one piece."
