"""The whole product as `make run` starts it, on a folder, ports and a database of its own, for tests that use it."""

from __future__ import annotations

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests
from django.conf import settings

ROOT = Path(__file__).resolve().parents[2]


def wait_until(condition: Callable[[], Any], what: str, *, seconds: float = 60) -> Any:
    """The first truthy answer of `condition`; fails, naming `what`, when none comes in time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            found = condition()
        except (requests.ConnectionError, requests.Timeout):
            found = None
        if found:
            return found
        time.sleep(0.2)
    raise AssertionError(f"{what}: not within {seconds} s")


def free_ports() -> int:
    """A port that is free together with the next two, which the sandboxes take.

    Below those that the kernel gives to outgoing connections: one of these might take it before the product does.
    """
    while True:
        port = 20_000 + 3 * secrets.randbelow(4_000)
        with ExitStack() as stack:
            try:
                for taken in (port, port + 1, port + 2):
                    stack.enter_context(closing(socket.socket())).bind(("127.0.0.1", taken))
            except OSError:
                continue
            return port


#: Runs what it reads, a piece of code as JSON in each line, and answers with what that printed, or why it failed.
_SHELL = """
import contextlib, io, json, sys, traceback
from django.db import connections
answer = sys.stdout
for line in sys.stdin:
    printed = io.StringIO()
    try:
        with contextlib.redirect_stdout(printed):
            exec(json.loads(line), {"__name__": "shell"})
        told = {"printed": printed.getvalue()}
    except BaseException:
        told = {"failed": traceback.format_exc()}
    connections.close_all()
    answer.write(json.dumps(told) + chr(10))
    answer.flush()
"""


class Product:
    """A running product; `sandbox` and `ads` call its stand-ins' control APIs, `shell` runs code beside it."""

    def __init__(self, folder: Path, env: dict[str, str], port: int) -> None:
        self.folder, self.env, self.port = folder, env, port
        self.url, self.sandbox_url = f"http://127.0.0.1:{port}", f"http://127.0.0.1:{port + 1}"
        self.ads_url = f"http://127.0.0.1:{port + 2}"
        self.log = folder / "launcher.log"
        self._shell: subprocess.Popen[str] | None = None

    def shell(self, code: str) -> Any:
        """Run `code` in the product's Django; the JSON that it printed last.

        One process for all of it: to start Django takes a second, each time.
        """
        if self._shell is None or self._shell.poll() is not None:
            command = [sys.executable, "manage.py", "shell", "--no-imports", "-v", "0", "-c", _SHELL]
            pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
            self._shell = subprocess.Popen(command, cwd=ROOT, env=self.env, stderr=subprocess.DEVNULL, **pipes)
        told = self._told(self._shell, code)
        assert "failed" not in told, told["failed"]
        lines = told["printed"].strip().splitlines()
        return json.loads(lines[-1]) if lines else None

    @staticmethod
    def _told(shell: subprocess.Popen[str], code: str) -> dict[str, str]:
        assert shell.stdin is not None
        assert shell.stdout is not None
        shell.stdin.write(json.dumps(code) + "\n")
        shell.stdin.flush()
        told: dict[str, str] = json.loads(shell.stdout.readline() or '{"failed": "the shell ended"}')
        return told

    def end_shell(self) -> None:
        if self._shell is not None:
            self._shell.kill()
            self._shell.communicate()

    def sandbox(self, method: str, path: str, **body: Any) -> Any:
        return self._control(method, f"{self.sandbox_url}/sandbox/{path}", body)

    def ads(self, method: str, path: str, **body: Any) -> Any:
        return self._control(method, f"{self.ads_url}/sandbox/{path}", body)

    def _control(self, method: str, url: str, body: dict[str, Any]) -> Any:
        response = requests.request(method, url, json=body or None, timeout=10)
        assert response.ok, response.text
        return response.json() if response.content else None

    def received(self, **query: str) -> list[dict[str, Any]]:
        """What the phones of the sandbox have received, oldest first."""
        response = requests.get(f"{self.sandbox_url}/sandbox/messages", params=query, timeout=10)
        messages: list[dict[str, Any]] = response.json()["messages"]
        return messages

    def health(self) -> dict[str, Any]:
        return dict(requests.get(f"{self.url}/healthz", timeout=5).json())


@contextmanager
def running_product(folder: Path) -> Iterator[Product]:
    """Start everything, wait until a worker and beat are alive, and leave no process behind."""
    with private_database() as database:
        port = free_ports()
        unset = (
            "EVOLUTION_API_URL",
            "EVOLUTION_API_KEY",
            "EMAIL_URL",
            "ADSCAPE_ENV",
            "ADSCAPE_PUBLIC_URL",
            "DATABASE_URL",
        )
        env = {name: value for name, value in os.environ.items() if name not in unset}
        env |= {
            "PORT": str(port),
            "ADSCAPE_DATA_DIR": str(folder),
            "ADSCAPE_ENV_FILE": "",
            "DJANGO_SETTINGS_MODULE": "adscape.settings",
            "ADSCAPE_BIND_WORKERS": "off",  # products that run at once have no locks in common: all would take one CPU
            "ADSCAPE_MANNERS": "off",  # one client's number sends in a minute what it should send in an hour
            **({"DATABASE_URL": database} if database else {}),
        }
        if os.environ["TESTS_BROKER_GIVEN"]:  # a database of its own: two products on one would take each other's tasks
            path = f"/{os.environ['TESTS_PRODUCT_BROKER_DB']}"
            env["CELERY_BROKER_URL"] = urlsplit(os.environ["TESTS_BROKER_URL"])._replace(path=path).geturl()
        else:
            del env["CELERY_BROKER_URL"]  # the product's own embedded server
        product = Product(folder, env, port)
        with product.log.open("w") as log:
            command = [sys.executable, "-m", "adscape.launcher"]
            process = subprocess.Popen(command, cwd=ROOT, env=env, stdout=log, stderr=subprocess.STDOUT)
        try:
            wait_until(lambda: process.poll() is not None or _is_up(product), "the product is up", seconds=120)
            assert process.poll() is None, product.log.read_text()
            yield product
        finally:
            product.end_shell()
            process.send_signal(signal.SIGINT)
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                raise


def _is_up(product: Product) -> bool:
    health = product.health()
    return bool(health["worker"] and health["beat"])


@contextmanager
def private_database() -> Iterator[str]:
    """The URL of an empty PostgreSQL database where the tests run on PostgreSQL; "" for SQLite in the data folder."""
    default = settings.DATABASES["default"]
    if "postgresql" not in default["ENGINE"]:
        yield ""
        return
    import psycopg

    name = f"adscape_product_{secrets.token_hex(4)}"
    parts = {"host": default["HOST"], "port": default["PORT"], "user": default["USER"], "password": default["PASSWORD"]}
    address = " ".join(f"{key}={value}" for key, value in parts.items() if value) + " dbname=postgres"
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    login = f"{default['USER']}:{default['PASSWORD']}@" if default["PASSWORD"] else f"{default['USER']}@"
    port = f":{default['PORT']}" if default["PORT"] else ""
    try:
        yield f"postgres://{login}{default['HOST'] or 'localhost'}{port}/{name}"
    finally:
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
