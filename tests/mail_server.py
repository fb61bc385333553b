"""A real mail server on loopback for tests: keeps what it was handed, and fails where a test tells it to."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller


@dataclass
class Inbox:
    """What has arrived, and what the server answers. `answer` is asked for every mail before it is kept."""

    port: int
    messages: list[EmailMessage] = field(default_factory=list)
    answer: Callable[[EmailMessage], str] = lambda message: "250 OK"
    after: Callable[[EmailMessage], None] = lambda message: None

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        message = message_from_bytes(envelope.content, policy=policy.default)
        answer = self.answer(message)
        if answer.startswith("250"):
            self.messages.append(message)
            self.after(message)
        return answer

    def ids(self) -> list[str]:
        """The Message-ID of each mail, in order of arrival."""
        return [str(message["Message-ID"]) for message in self.messages]


def free_port() -> int:
    """A port of loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def mail_server(port: int | None = None) -> Iterator[Inbox]:
    """Run a mail server meanwhile."""
    inbox = Inbox(port or free_port())
    controller = Controller(inbox, hostname="127.0.0.1", port=inbox.port, ready_timeout=60)
    controller.start()
    try:
        yield inbox
    finally:
        controller.stop()
