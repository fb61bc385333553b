"""What a file is, by reading it: every kind that is taken, and everything that pretends."""

from __future__ import annotations

import io
import os
import resource
import time
from pathlib import Path

import pytest
from PIL import Image

from kernel.errors import RuleError
from kernel.inspection import CHECK_SECONDS, UNREADABLE, file_kind, picture_redraw
from kernel.isolated import IsolatedError, run
from kernel.pages import (
    COVER_MEGABYTES,
    COVER_SECONDS,
    DRAW_SECONDS,
    Box,
    file_cover,
    page_draw,
    pages_count,
)
from tests import files


def kind_of(tmp_path: Path, content: bytes, name: str = "") -> str:
    path = tmp_path / "sent"
    path.write_bytes(content)
    return file_kind(path, name)


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("front door.JPG", files.jpeg(), "jpeg"),
        ("screenshot.png", files.png(), "png"),
        ("moving.gif", files.gif(), "gif"),
        ("sticker.webp", files.webp(), "webp"),
        ("letter.pdf", files.pdf(pages=3), "pdf"),
        ("chat.txt", "[16/11/2026] Lee: \u202aGo home\u202c\nFarida: Bună ziua".encode(), "text"),
        ("rows.csv", b"\xef\xbb\xbfday,what\n1,shouting\n", "text"),
        ("message.eml", files.mail(), "email"),
        ("message.eml", files.mail(html=True, attachment=("photo.jpg", files.jpeg())), "email"),
        ("voice.mp3", files.mp3(), "mp3"),
        ("voice.m4a", files.mp4(b"M4A "), "m4a"),
        ("voice.wav", files.wav(), "wav"),
        ("door.mp4", files.mp4(), "mp4"),
        ("no ending at all", files.mp4(), "mp4"),
    ],
)
def test_what_is_taken(tmp_path, name, content, kind):
    assert kind_of(tmp_path, content, name) == kind


CODE_MARK = b"<ScRiPt>alert(1)</script>"


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("empty.jpg", b"", "is empty"),
        ("program.jpg", b"MZ\x90\x00" + bytes(200), "kind that cannot be checked"),
        ("photo.jpg", files.pdf(), "ends in .jpg, but it is a PDF. Name it .pdf"),
        ("letter.pdf", files.jpeg(), "ends in .pdf, but it is a JPEG image"),
        ("notes.html", b"only words", "ends in .html, but it is plain text"),
        ("photo.jpg", files.jpeg()[:300], "damaged"),
        ("photo.jpg", b"\xff\xd8\xff\xe0" + os.urandom(500), "damaged"),
        ("photo.png", files.bomb(), "too large. It may have up to 50 million pixels"),
        ("photo.jpg", files.jpeg() + files.archive(), "two kinds of file at once"),
        ("photo.jpg", files.jpeg(comment=CODE_MARK), "two kinds of file at once"),
        ("photo.gif", files.gif().replace(b"secret place", b"<html></html"), "two kinds of file at once"),
        ("photo.png", files.png("%PDF-1.4"), "two kinds of file at once"),
        ("drawing.svg", b'<svg xmlns="http://www.w3.org/2000/svg"><script>1</script></svg>', "program code"),
        ("drawing.txt", b'<?xml version="1.0"?><svg/>', "program code"),
        ("page.txt", b"<!DOCTYPE html><p>hello", "program code"),
        ("page.txt", b"words " * 60_000 + CODE_MARK, "program code"),
        ("run.txt", b"#!/bin/sh\nrm -rf .", "program code"),
        ("letter.docx", files.archive(), "Office documents and archives"),
        ("letter.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(100), "Office documents and archives"),
        ("letter.rtf", b"{\\rtf1 hello}", "Office documents and archives"),
        ("photo.heic", files.mp4(b"heic"), "HEIC and AVIF photos"),
        ("video.mov", files.mp4(b"qt  "), "QuickTime"),
        ("letter.pdf", files.pdf(script=True), "holds a script"),
        ("letter.pdf", files.pdf_launching(), "holds a script"),
        ("letter.pdf", files.pdf(attached=True), "has other files inside"),
        ("letter.pdf", files.pdf(password="open sesame"), "has a password"),
        ("letter.pdf", files.pdf(pages=1001), "up to 1,000 pages"),
        ("letter.pdf", files.pdf() + files.archive(), "two kinds of file at once"),
        ("letter.pdf", b"%PDF-1.7\nnothing more", "damaged"),
        ("old.txt", "Straße".encode("latin-1"), "UTF-8"),
        ("old.txt", "words".encode("utf-16"), "UTF-8"),
        ("binary.txt", b"words\x00\x01\x02", "kind that cannot be checked"),
        ("message.eml", files.mail(attachment=("run.exe", b"MZ" + bytes(100))), "attachment that cannot be checked"),
        ("message.eml", files.mail(attachment=("x.jpg", files.archive())), "attachment that cannot be checked"),
        ("message.eml", files.mail(attachment=("x.html", b"<html></html>")), "attachment that cannot be checked"),
        ("voice.mp3", files.mp3(2), "damaged"),
        ("voice.mp3", files.mp3() + b"MZ" + os.urandom(5000).replace(b"\0", b"x"), "damaged"),
        ("voice.wav", files.wav()[:30], "damaged"),
        ("door.mp4", files.mp4() + b"trailing rubbish", "damaged"),
        ("door.mp4", files.box(b"ftyp", b"isom\0\0\0\0"), "damaged"),
        ("door.mp4", files.mp4() + files.box(b"free", CODE_MARK), "two kinds of file at once"),
    ],
)  # fmt: skip
def test_what_is_refused_with_a_sentence(tmp_path, name, content, said):
    with pytest.raises(RuleError, match=said) as refused:
        kind_of(tmp_path, content, name)
    assert refused.value.field == "files"


def test_a_pdf_whose_objects_unfold_a_thousandfold_is_refused_in_little_memory_and_time(tmp_path):
    began = time.monotonic()
    with pytest.raises(RuleError, match="damaged and cannot be read"):
        kind_of(tmp_path, files.pdf_bomb_of_objects(), "letter.pdf")
    assert time.monotonic() - began < CHECK_SECONDS
    assert _largest_child() < COVER_MEGABYTES


def test_a_page_that_unfolds_a_thousandfold_is_no_picture_and_leaves_nothing(tmp_path):
    whole, target = tmp_path / "letter.pdf", tmp_path / "drawn"
    whole.write_bytes(files.pdf_bomb())
    # What a page draws is not unfolded by the check: the file itself is harmless, and is kept as evidence.
    assert file_kind(whole, "letter.pdf") == "pdf"
    assert pages_count(whole) == 1
    began = time.monotonic()
    with pytest.raises(IsolatedError):
        page_draw(whole, 1, target)
    with pytest.raises(IsolatedError):
        file_cover(whole, "pdf", [Box(1, 0, 0, 50, 50)], target)
    assert time.monotonic() - began < DRAW_SECONDS + COVER_SECONDS
    assert not target.exists()
    assert _largest_child() < COVER_MEGABYTES


def _largest_child() -> int:
    """The megabytes of the largest process of this test's that has ended."""
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024


def test_what_breaks_the_reader_ends_as_a_sentence(tmp_path, monkeypatch):
    monkeypatch.setattr("kernel.inspection.CHECK_MEGABYTES", 20)
    with pytest.raises(RuleError) as refused:
        kind_of(tmp_path, files.jpeg(size=(3000, 3000)), "photo.jpg")
    assert refused.value.message == UNREADABLE


def test_a_program_that_hangs_is_stopped_and_learns_nothing_of_ours(tmp_path, monkeypatch):
    monkeypatch.setenv("AUDIT_KEY", "a secret")
    program = tmp_path / "looks.py"
    program.write_text("import json, os\nprint(json.dumps(dict(os.environ)))")
    assert set(run(program, {}, seconds=20, megabytes=100)) <= {"PATH", "LANG", "LC_CTYPE"}
    program.write_text("import time\ntime.sleep(60)")
    with pytest.raises(IsolatedError, match="not done after"):
        run(program, {}, seconds=0.5, megabytes=100)
    program.write_text("raise ValueError('Farida Mirza')")
    with pytest.raises(IsolatedError, match="ValueError") as failed:
        run(program, {}, seconds=20, megabytes=100)
    assert "Farida" not in str(failed.value)


# --- The copy ---------------------------------------------------------------------------------------------


def copy_of(tmp_path: Path, content: bytes) -> tuple[str, bytes]:
    source, target = tmp_path / "source", tmp_path / "target"
    source.write_bytes(content)
    kind = picture_redraw(source, target)
    assert source.read_bytes() == content
    assert target.stat().st_mode & 0o777 == 0o600
    return kind, target.read_bytes()


def test_a_photograph_loses_its_place_its_camera_and_its_author(tmp_path):
    original = files.jpeg()
    with Image.open(io.BytesIO(original)) as image:
        assert image.getexif().get_ifd(0x8825)[2] == files.LATITUDE
    kind, copy = copy_of(tmp_path, original)
    assert kind == "jpeg"
    with Image.open(io.BytesIO(copy)) as image:
        assert dict(image.getexif()) == {}
        assert dict(image.getexif().get_ifd(0x8825)) == {}
        assert not image.info.keys() & {"exif", "comment", "xmp", "icc_profile"}
        assert image.size == (60, 40)
    for word in (b"Exif", b"Acme", b"Farida", b"Larch"):
        assert word in original
        assert word not in copy


def test_a_photograph_is_turned_the_way_it_was_held(tmp_path):
    _, copy = copy_of(tmp_path, files.jpeg(turned=6))
    with Image.open(io.BytesIO(copy)) as image:
        assert image.size == (40, 60)
        red, _, blue = image.getpixel((20, 5))
        assert red > 200
        assert blue < 60


def test_a_screenshot_keeps_its_clear_parts_and_loses_its_texts(tmp_path):
    kind, copy = copy_of(tmp_path, files.png())
    assert kind == "png"
    assert b"Larch" not in copy
    with Image.open(io.BytesIO(copy)) as image:
        assert image.getpixel((3, 3)) == (0, 128, 0, 128)


def test_a_picture_that_moves_still_moves(tmp_path):
    kind, copy = copy_of(tmp_path, files.gif())
    assert kind == "webp"
    assert b"secret" not in copy
    with Image.open(io.BytesIO(copy)) as image:
        assert image.n_frames == 3


def test_what_cannot_be_drawn_leaves_no_file(tmp_path):
    source, target = tmp_path / "source", tmp_path / "target"
    source.write_bytes(files.jpeg()[:300])
    with pytest.raises(IsolatedError):
        picture_redraw(source, target)
    assert not target.exists()
