"""Timing requests in this process, through every middleware, as a browser's would go.

Beside the time on the clock stands the processor's time, of this process and of its database sessions: on a machine
that does something else meanwhile only the latter can be compared.
"""

from __future__ import annotations

import logging
import statistics
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from itertools import cycle, islice
from pathlib import Path
from typing import Any

from django.db import connections
from django.test import Client

from agencies.models import SignIn
from bench.pace import loop_ms

SECONDS = 8.0
LEAST, MOST = 30, 150
BETWEEN = 10
"""After so many requests the fixed loop runs once."""
HOST = "localhost"


@dataclass(frozen=True)
class Timing:
    """What a kind of request took: milliseconds of server time, the processor's on average, what a fixed loop took
    between the requests, and the most queries of one.
    """

    group: str
    name: str
    who: str
    p50_ms: float
    p95_ms: float
    worst_ms: float
    processor_ms: float
    pace_ms: float
    requests: int
    queries: int
    kilobytes: float

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


class Browser:
    """A signed-in client; or a machine with a bearer token."""

    def __init__(self, user: Any = None, token: str = "") -> None:
        self.client = Client(SERVER_NAME=HOST)
        self.headers = {"Authorization": f"Bearer {token}"} if token else {}
        if user is not None:
            self.client.force_login(user)
            # As one who has done the second step, which is no part of what is measured.
            SignIn.objects.filter(user=user, ended_at=None).update(second_factor="totp")

    def opens(self, address: str) -> bool:
        """Whether a page is there for who asks. What is refused is none of the log's business here."""
        logging.disable(logging.WARNING)
        try:
            return bool(self.client.get(address, headers=self.headers).status_code == 200)
        finally:
            logging.disable(logging.NOTSET)

    def ask(self, address: str, sent: Mapping[str, str] | None = None, status: int = 200) -> tuple[float, Any]:
        """One request, with a form where something is sent: how many milliseconds it took, and its answer.

        Raises RuntimeError unless it answers with that status.
        """
        started = time.perf_counter()
        if sent is None:
            answer = self.client.get(address, headers=self.headers)
        else:
            answer = self.client.post(address, sent, headers=self.headers)
        took = (time.perf_counter() - started) * 1000
        if answer.status_code != status:
            raise RuntimeError(f"{address} answered {answer.status_code}")
        return took, answer


def timing(
    group: str,
    name: str,
    who: str,
    browser: Browser,
    addresses: Sequence[str],
    *,
    sent: Mapping[str, str] | None = None,
    status: int = 200,
) -> Timing:
    """Ask for the addresses in turn, for some seconds after a warm start; count queries apart from the timing."""
    queries, size = 0, 0.0
    for address in islice(cycle(addresses), max(5, min(len(addresses), 20))):
        with _counted() as counter:
            _, answer = browser.ask(address, sent, status)
        queries, size = max(queries, counter[0]), max(size, len(answer.content) / 1024)
    times: list[float] = []
    paces: list[float] = []
    busy = _busy_seconds()
    ends = time.perf_counter() + SECONDS
    for address in islice(cycle(addresses), MOST):
        if len(times) % BETWEEN == 0:
            paces.append(loop_ms())
        times.append(browser.ask(address, sent, status)[0])
        if len(times) >= LEAST and time.perf_counter() > ends:
            break
    busy = _busy_seconds() - busy - sum(paces) / 1000
    marks = statistics.quantiles(times, n=100, method="inclusive")
    return Timing(
        group,
        name,
        who,
        round(statistics.median(times), 1),
        round(marks[94], 1),
        round(max(times), 1),
        round(busy * 1000 / len(times), 1),
        round(statistics.median(paces), 1),
        len(times),
        queries,
        round(size, 1),
    )


def _busy_seconds() -> float:
    """The processor's time so far: this process's and that of the servers of its database sessions."""
    total = time.process_time()
    for alias in connections:
        session = connections[alias].connection
        if session is not None:
            # In nanoseconds; what /proc/<pid>/stat has are samples, of which a short piece of work gets too many or too few.
            total += int(Path(f"/proc/{session.info.backend_pid}/schedstat").read_text().split()[0]) / 1e9
    return total


@contextmanager
def _counted() -> Iterator[list[int]]:
    """Count the statements of a block over every connection; opening and ending transactions are not among them."""
    counter = [0]

    def count(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if not sql.startswith(("SAVEPOINT", "RELEASE SAVEPOINT")):
            counter[0] += 1
        return execute(sql, params, many, context)

    with ExitStack() as stack:
        for alias in connections:
            stack.enter_context(connections[alias].execute_wrapper(count))
        yield counter
