"""How the web server runs, on a desk and on a server alike; the command line adds where it listens."""

from __future__ import annotations

import os
from typing import Any

wsgi_app = "hatecase.wsgi:application"
workers = int(os.environ.get("WEB_WORKERS", "2"))
# Threads, because browsers open connections ahead of need and leave them idle: such a one must not hold a process.
worker_class = "gthread"
threads = 4
# One import for all workers: they share its memory.
preload_app = True
max_requests = 5000
max_requests_jitter = 500
timeout = 60
graceful_timeout = 5
keepalive = 5
control_socket_disable = True
# No access log: addresses and searches in a query are personal data. The audit chain says who read what.
accesslog = None
errorlog = "-"
forwarded_allow_ips = os.environ.get("FORWARDED_ALLOW_IPS", "127.0.0.1,::1")


def when_ready(server: Any) -> None:
    """The application is loaded, and no worker is there yet: all of them share what is settled here."""
    from hatecase.collector import collector_settle

    collector_settle()
