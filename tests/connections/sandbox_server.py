"""A sandbox gateway on a free port of loopback, in a thread, a small client for it, and a receiver of its webhooks."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import requests

from connections.sandbox.pace import Pace
from connections.sandbox.server import SandboxServer
from connections.sandbox.store import Store

KEY = "sandbox-test-key"
#: Everything comes within a moment, one after the other.
QUICK = Pace(server_ack=0.05, delivery_ack=0.15, webhook_wait=0.05, webhook_max_wait=0.2, webhook_attempts=4)


def until(condition: Callable[[], Any], seconds: float = 5.0) -> Any:
    """The first truthy answer of `condition`, or the last one when none came in time."""
    deadline = time.monotonic() + seconds
    while not (found := condition()) and time.monotonic() < deadline:
        time.sleep(0.02)
    return found


@dataclass(frozen=True, slots=True)
class Call:
    """One webhook as it came in."""

    path: str
    headers: dict[str, str]
    body: dict[str, Any]

    @property
    def event(self) -> str:
        return str(self.body["event"])

    @property
    def data(self) -> Any:
        return self.body["data"]


class Receiver:
    """Keeps what it is sent; answers 200, or what `answers` holds, one after the other, the last one from then on."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}/hook"
        self.calls: list[Call] = []
        self.answers = [200]

    def take(self, call: Call) -> int:
        self.calls.append(call)
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]

    def of(self, event: str) -> list[Call]:
        return [call for call in list(self.calls) if call.event == event]

    def wait_for(self, event: str, count: int = 1) -> list[Call]:
        until(lambda: len(self.of(event)) >= count)
        return self.of(event)

    def statuses(self) -> list[str]:
        return [call.data["status"] for call in self.of("messages.update")]


@contextmanager
def receiving() -> Iterator[Receiver]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(receiver.take(Call(self.path, dict(self.headers), body)))
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    receiver = Receiver(server.server_port)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


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

    def hook(self, name: str, url: str, events: list[str] | None = None, **block: Any) -> None:
        """Set the webhook of an instance; without events, all of them."""
        webhook = {"enabled": True, "url": url, "byEvents": False, "base64": False, "events": events or [], **block}
        answer = self.api("POST", f"/webhook/set/{name}", {"webhook": webhook})
        assert answer.status_code == 201, answer.text

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
def running(folder: Path, pace: Pace = QUICK) -> Iterator[Client]:
    server = SandboxServer(folder, KEY, qr_delay=0.0, app_url="http://127.0.0.1:8000", pace=pace)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield Client(server.server_port, server.store)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
