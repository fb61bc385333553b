"""Real files for the tests: each made by the library that reads it, good ones and hostile ones."""

from __future__ import annotations

import io
import os
import struct
import wave
import zipfile
import zlib
from email.message import EmailMessage

from PIL import Image
from PIL.PngImagePlugin import PngInfo
from pypdf import PdfWriter
from pypdf.generic import DictionaryObject, EncodedStreamObject, NameObject, TextStringObject

# The test file of the European Institute for Computer Antivirus Research, in two halves so that no scanner of a
# developer's machine takes this source for it.
EICAR = (r"X5O!P%@AP[4\PZX54(P^)7CC)7}" + r"$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*").encode()
LATITUDE = (52.0, 23.0, 54.0)


def jpeg(*, size: tuple[int, int] = (60, 40), turned: int = 1, comment: bytes = b"") -> bytes:
    """A photograph that says where it was taken, with what, by whom; red on the left, blue on the right."""
    image = Image.new("RGB", size, "blue")
    image.paste("red", (0, 0, size[0] // 2, size[1]))
    exif = Image.Exif()
    exif[0x0112] = turned
    exif[0x010F] = "Acme Phones"
    exif[0x013B] = "Farida Mirza"
    exif.get_ifd(0x8825).update({1: "N", 2: LATITUDE, 3: "W", 4: (0.0, 43.0, 39.0)})
    out = io.BytesIO()
    image.save(out, "JPEG", exif=exif, quality=95, comment=comment or b"taken at 14 Larch Walk")
    return out.getvalue()


def photograph() -> bytes:
    """A photograph of more than ten megabytes, as a telephone takes one: nothing in it can be made smaller."""
    size = (3200, 2400)
    out = io.BytesIO()
    Image.frombytes("RGB", size, os.urandom(size[0] * size[1] * 3)).save(out, "JPEG", quality=97)
    return out.getvalue()


def png(text: str = "14 Larch Walk") -> bytes:
    """A screenshot with a text beside its pixels."""
    beside = PngInfo()
    beside.add_text("Comment", text)
    out = io.BytesIO()
    Image.new("RGBA", (30, 20), (0, 128, 0, 128)).save(out, "PNG", pnginfo=beside)
    return out.getvalue()


def gif(frames: int = 3) -> bytes:
    """A picture that moves."""
    pictures = [Image.new("RGB", (20, 20), (40 * n, 0, 0)) for n in range(frames)]
    out = io.BytesIO()
    pictures[0].save(out, "GIF", save_all=True, append_images=pictures[1:], duration=50, comment=b"secret place")
    return out.getvalue()


def webp() -> bytes:
    """A still WebP."""
    out = io.BytesIO()
    Image.new("RGB", (20, 20), "green").save(out, "WEBP")
    return out.getvalue()


def bomb() -> bytes:
    """A small file that unfolds into 400 million pixels."""
    out = io.BytesIO()
    Image.new("1", (20_000, 20_000)).save(out, "PNG")
    return out.getvalue()


def pdf(*, pages: int = 1, script: bool = False, attached: bool = False, password: str = "") -> bytes:
    """A PDF, perhaps with what is not taken."""
    writer = PdfWriter()
    for _ in range(pages):
        writer.add_blank_page(width=200, height=200)
    if script:
        _object(writer, "JavaScript", "JS", "app.alert('hello')")
    if attached:
        writer.add_attachment("inside.txt", b"hidden away")
    if password:
        writer.encrypt(password, algorithm="RC4-128")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def _flate_spaces(megabytes: int) -> bytes:
    """So many megabytes of spaces, compressed a thousandfold; each after the first looks the same when it is compressed."""
    packer, piece, check = zlib.compressobj(9), b" " * 1024 * 1024, 1
    first, other = (packer.compress(piece) + packer.flush(zlib.Z_FULL_FLUSH) for _ in range(2))
    for _ in range(megabytes):
        check = zlib.adler32(piece, check)
    return first + other * (megabytes - 1) + packer.flush()[:-4] + struct.pack("!I", check)


def pdf_bomb(megabytes: int = 1000) -> bytes:
    """A PDF of a megabyte whose one page unfolds into a thousand."""
    writer = PdfWriter()
    page = writer.add_blank_page(width=200, height=200)
    content = EncodedStreamObject()
    content._data = _flate_spaces(megabytes)
    content[NameObject("/Filter")] = NameObject("/FlateDecode")
    page[NameObject("/Contents")] = writer._add_object(content)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def pdf_bomb_of_objects(megabytes: int = 1000) -> bytes:
    """A PDF whose objects stand in a stream that unfolds into a thousand megabytes."""
    bomb = _flate_spaces(megabytes)
    parts = [
        b"1 0 obj\n<</Type/Catalog/Pages 2 0 R>>\nendobj\n",
        b"2 0 obj\n<</Type/Pages/Kids[3 0 R]/Count 1>>\nendobj\n",
        b"3 0 obj\n<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]>>\nendobj\n",
        b"4 0 obj\n<</Type/ObjStm/N 1/First 4/Filter/FlateDecode/Length %d>>\nstream\n%s\nendstream\nendobj\n"
        % (len(bomb), bomb),
    ]
    out = bytearray(b"%PDF-1.5\n")
    rows = [(0, 0, 65535)]
    for part in parts:
        rows.append((1, len(out), 0))
        out += part
    start = len(out)
    rows += [(1, start, 0), (2, 4, 0)]
    table = b"".join(struct.pack("!BIH", *row) for row in rows)
    out += b"5 0 obj\n<</Type/XRef/Size 7/W[1 4 2]/Root 1 0 R/Length %d>>\nstream\n%s\nendstream\nendobj\n" % (
        len(table),
        table,
    )
    return bytes(out + b"startxref\n%d\n%%%%EOF\n" % start)


def pdf_launching() -> bytes:
    """A PDF whose action starts a program, in an object that nothing else leads to."""
    writer = PdfWriter()
    writer.add_blank_page(width=200, height=200)
    _object(writer, "Launch", "F", "calc.exe")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def _object(writer: PdfWriter, action: str, key: str, value: str) -> None:
    """An action in the file, to which nothing leads."""
    writer._add_object(
        DictionaryObject({NameObject("/S"): NameObject(f"/{action}"), NameObject(f"/{key}"): TextStringObject(value)})
    )


def wav() -> bytes:
    """A tenth of a second of silence."""
    out = io.BytesIO()
    with wave.open(out, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(b"\0\0" * 800)
    return out.getvalue()


def mp3(frames: int = 10) -> bytes:
    """Frames of 128 kbit/s at 44.1 kHz behind a tag."""
    tag = b"ID3\x03\x00\x00\x00\x00\x00\x0a" + b"\0" * 10
    return tag + (b"\xff\xfb\x90\x00" + b"\0" * 413) * frames


def box(kind: bytes, content: bytes = b"") -> bytes:
    """One box of an MP4."""
    return struct.pack("!I", 8 + len(content)) + kind + content


def mp4(brand: bytes = b"isom") -> bytes:
    """The boxes of a video."""
    return box(b"ftyp", brand + b"\0\0\0\0") + box(b"moov", box(b"mvhd", b"\0" * 100)) + box(b"mdat", b"\1" * 50)


def mail(*, attachment: tuple[str, bytes] | None = None, html: bool = False) -> bytes:
    """A message, perhaps with something attached."""
    message = EmailMessage()
    message["From"], message["To"] = "neighbour@mail.example", "farida@mail.example"
    message["Date"], message["Subject"] = "Mon, 16 Nov 2026 09:00:00 +0000", "Go away"
    message.set_content("You know who I am.")
    if html:
        message.add_alternative("<html><body><p>You know who I am.</p></body></html>", subtype="html")
    if attachment:
        message.add_attachment(attachment[1], maintype="application", subtype="octet-stream", filename=attachment[0])
    return message.as_bytes()


def archive() -> bytes:
    """A ZIP archive with a program inside."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as inside:
        inside.writestr("run.js", "alert(1)")
    return out.getvalue()
