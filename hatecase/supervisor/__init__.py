"""``make run``: set-up, every part of the system, and their orderly end, in one process.

Starts PostgreSQL and Redis of its own unless ``DATABASE_URL`` and ``REDIS_URL`` name others, migrates, fills the demo
county once, and keeps web, worker and beat up until Ctrl-C or SIGTERM. Whatever it started ends with it, even when it
is killed: the kernel tells each part (``hatecase.embedded.process.leash``).
"""

from __future__ import annotations
