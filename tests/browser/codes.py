"""The authenticator apps of the cast: keys that follow from their addresses, and codes that work once."""

from __future__ import annotations

import base64
import hashlib
import hmac
import struct
import time

STEP = 30
_used: set[str] = set()


def key_of(email: str) -> str:
    """The key in somebody's authenticator app."""
    return base64.b32encode(hashlib.sha1(email.encode()).digest()).decode()  # noqa: S324 - an invented key


def code(key: str, step: int) -> str:
    """The code of a half minute, by RFC 6238."""
    digest = hmac.new(base64.b32decode(key), struct.pack(">Q", step), hashlib.sha1).digest()
    start = digest[-1] & 0x0F
    number = struct.unpack(">I", digest[start : start + 4])[0] & 0x7FFFFFFF
    return f"{number % 1_000_000:06}"


def next_code(key: str) -> str:
    """A code that the service takes now and for half a minute more: of this half minute, or of the next where that was used.

    Never of the one before: by the time that it is sent it may be two old, which the service refuses.
    """
    while True:
        now = int(time.time()) // STEP
        for step in (now, now + 1):
            mark = f"{key} {step}"
            if mark not in _used:
                _used.add(mark)
                return code(key, step)
        time.sleep(1)
