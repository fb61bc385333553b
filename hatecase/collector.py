"""How often a process that answers requests looks for garbage.

Python looks through everything that it holds for what only holds itself. A web process holds mostly what it is made of
and the queries that are put together once (docs/decisions/0015-prepared-queries.md): hundreds of thousands of things
that stay, and looking through them all takes as long as ten pages, in the midst of one.
"""

from __future__ import annotations

import gc

NEW_THINGS = 50_000
"""After so many new things those made since are looked through. A page makes fewer that are still held at once, so what
belongs to a request is gone before, and is not taken for something that stays."""


def collector_settle() -> None:
    """Take all that is there for what stays, and look seldom. For a process that is ready, before it answers anything."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(NEW_THINGS, *gc.get_threshold()[1:])
