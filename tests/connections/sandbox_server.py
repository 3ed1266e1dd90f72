"""A sandbox gateway on a free port of loopback, in a thread, and a small client for it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests

from connections.sandbox.server import SandboxServer
from connections.sandbox.store import Store

KEY = "sandbox-test-key"


class Client:
    def __init__(self, port: int, store: Store) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.store = store

    def api(self, method: str, path: str, json: Any = None, key: str | None = KEY, **options: Any) -> requests.Response:
        headers = {} if key is None else {"apikey": key}
        return requests.request(method, self.url + path, json=json, headers=headers, timeout=10, **options)

    def control(self, method: str, path: str, json: Any = None, **headers: str) -> requests.Response:
        return requests.request(method, f"{self.url}/sandbox/{path}", json=json, headers=headers, timeout=10)

    def fault(self, kind: str, **order: Any) -> None:
        answer = self.control("POST", "faults", {"kind": kind, **order})
        assert answer.status_code == 200, answer.text

    def connected(self, name: str = "adscape_c_0123456789ab", phone: str = "+5531986304412") -> str:
        self.store.create_instance(name, f"token-of-{name}")
        self.store.scan(name, phone, "Ótica Horizonte")
        return name

    def send(self, name: str, number: str = "5511999998888", text: str = "Olá", **options: Any) -> requests.Response:
        return self.api("POST", f"/message/sendText/{name}", {"number": number, "text": text}, **options)

    def received(self, **query: str) -> list[dict[str, Any]]:
        answer = requests.get(f"{self.url}/sandbox/messages", params=query, timeout=10)
        messages: list[dict[str, Any]] = answer.json()["messages"]
        return messages


@contextmanager
def running(folder: Path) -> Iterator[Client]:
    server = SandboxServer(folder, KEY, qr_delay=0.0, app_url="http://127.0.0.1:8000")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield Client(server.server_port, server.store)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
