"""An answer as everything that can be read in it: page, JSON, PDF, workbook, file, headers and cookies, each decoded."""

from __future__ import annotations

import functools
import html
import io
import json
import re
import zipfile
from typing import Any
from urllib.parse import unquote_plus

from pypdf import PdfReader

_CHANGING = re.compile(
    r'name="csrfmiddlewaretoken" value="[^"]+"|data-seconds="\d+"|nonce="[^"]+"|nonce-[\w+/=-]+|"instance":\s*"[^"]*"'
)

_OLDER = re.compile(r'href="(/cases/[^"]*[?;](?:incidents_)?older=[^"]*)"')


def everything(response: Any) -> str:
    """The whole of an answer as one text: headers, cookies, and the body by its kind."""
    return f"{head(response)}\n{body(response)}"


def head(response: Any) -> str:
    """Headers and cookies as they stand, and with what is percent-encoded read."""
    lines = "\n".join(f"{name}: {value}" for name, value in response.items())
    said = f"{lines}\n{response.cookies.output()}"
    return f"{said}\n{unquote_plus(said)}" if "%" in said or "+" in said else said


def body(response: Any) -> str:
    """The body, decoded by its kind."""
    content = content_of(response)
    kind = response.get("Content-Type", "")
    if "pdf" in kind or content.startswith(b"%PDF"):
        return pdf_words(content)
    if content.startswith(b"PK\x03\x04"):
        return packed_words(content)
    words = content.decode(errors="replace")
    if "json" in kind and words:
        return json.dumps(json.loads(words), ensure_ascii=False)
    return html.unescape(words) if "&" in words else words


def older(response: Any) -> list[str]:
    """The addresses at which the long lists of a case's page go on."""
    if response.status_code != 200 or "html" not in response.get("Content-Type", ""):
        return []
    return [html.unescape(link).partition("#")[0] for link in _OLDER.findall(content_of(response).decode())]


def content_of(response: Any) -> bytes:
    """The body's bytes, also of an answer that streams. What was read stays there for the next reader."""
    if not response.streaming:
        return bytes(response.content)
    if not hasattr(response, "whole_content"):
        response.whole_content = b"".join(response.streaming_content)
    return bytes(response.whole_content)


@functools.lru_cache(maxsize=64)
def pdf_words(content: bytes) -> str:
    """The text of every page, in lines and without its line ends, and what the file says of itself."""
    reader = PdfReader(io.BytesIO(content))
    pages = "\n".join(page.extract_text() for page in reader.pages)
    joined = re.sub(r"[-\u00ad\u2010]?\n", "", pages)
    marks = [str(value) for value in (reader.metadata or {}).values()]
    outline = [str(getattr(entry, "title", entry)) for entry in _flat(reader.outline)]
    return "\n".join([pages, joined, *marks, *outline, str(reader.xmp_metadata and reader.xmp_metadata.dc_title)])


_TAG = re.compile(r"<[^>]*>")


def packed_words(content: bytes) -> str:
    """A workbook, or another file that is a ZIP: the name and the words of every part, with its marks and without them."""
    found = []
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        for name in packed.namelist():
            words = packed.read(name).decode(errors="replace")
            found += [name, words, _TAG.sub("\n", words), _TAG.sub("", words)]
    return html.unescape("\n".join(found))


def file_kind(response: Any) -> str:
    """The kind of a file that is handed over, as its name ends; nothing where an answer is none."""
    said = response.get("Content-Disposition", "")
    return said.rpartition(".")[2].strip('"') if said.startswith("attachment") else ""


def _flat(entries: Any) -> list[Any]:
    return [one for entry in entries for one in (_flat(entry) if isinstance(entry, list) else [entry])]


def plain(response: Any, *given: str) -> str:
    """An answer without what changes each time, and without what was asked: two that should be alike then are."""
    text = f"{response.status_code}\n{content_of(response).decode(errors='replace')}"
    for word in sorted((one for one in given if one), key=len, reverse=True):
        text = re.sub(re.escape(word), "·", text, flags=re.IGNORECASE)
    return _CHANGING.sub("", text)
