"""Measures the /agency page of 100 and of 10,000 clients, as gunicorn serves it: `make bench-page`.

Writes one line of JSON to stdout and everything else to stderr. Works in a temp folder with a database of its own: a
SQLite file or, with DATABASE_URL set, a scratch database on that server, dropped at the end; nothing that is there is
touched. Broker and cache are those of CELERY_BROKER_URL, else an embedded Valkey. Requests to the two agencies take
turns, one at a time, so that whatever else the machine does disturbs both alike.
"""

from __future__ import annotations

import http.client
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from adscape import valkey

SMALL, LARGE = 100, 10_000
WARM_UP = 30
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "300"))
CARDS = 50
#: What the environment may set for the product and must not for its measurement.
NOT_INHERITED = ("ADSCAPE_", "EVOLUTION_", "EMAIL_URL", "PORT", "SENTRY_")


def main() -> int:
    folder = Path(tempfile.mkdtemp(prefix="adscape-bench-"))
    try:
        with surroundings(folder), scratch_database():
            result = measure()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    sys.stdout.write(json.dumps(result) + "\n")
    return 0


def say(text: str) -> None:
    sys.stderr.write(f"bench-page: {text}\n")


@contextmanager
def surroundings(folder: Path) -> Iterator[None]:
    """Settings that know nothing of this machine's own product, a free port, and a broker."""
    for name in list(os.environ):
        if name.startswith(NOT_INHERITED):
            del os.environ[name]
    os.environ |= {
        "ADSCAPE_ENV_FILE": "",
        "ADSCAPE_DATA_DIR": str(folder),
        "DJANGO_SETTINGS_MODULE": "adscape.settings",
        "PORT": str(free_port()),
    }
    if os.environ.get("CELERY_BROKER_URL"):
        yield
        return
    server = valkey.start(folder / "valkey", "only-for-the-bench")
    os.environ["CELERY_BROKER_URL"] = f"redis://:only-for-the-bench@127.0.0.1:{server.port}/0"
    try:
        yield
    finally:
        server.stop()


@contextmanager
def scratch_database() -> Iterator[None]:
    """With DATABASE_URL set, a new database on its server for as long as it takes."""
    given = os.environ.get("DATABASE_URL", "")
    if not given or given.startswith("sqlite"):
        os.environ.pop("DATABASE_URL", None)
        yield
        return
    import psycopg
    from psycopg import sql

    name = f"adscape_bench_{os.getpid()}_{time.time_ns()}"
    server = urlsplit(given)._replace(scheme="postgresql").geturl()
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    os.environ["DATABASE_URL"] = urlsplit(given)._replace(path=f"/{name}").geturl()
    try:
        yield
    finally:
        with psycopg.connect(server, autocommit=True) as admin:
            admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def measure() -> dict[str, float]:
    import django

    django.setup()
    from django.conf import settings
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    cookies = [build(SMALL), build(LARGE)]
    queries = [count_queries(cookie) for cookie in cookies]
    say(f"queries: {queries}")
    with gunicorn(settings):
        times, size = ask(settings.PORT, cookies)
    small, large = (statistics.median(taken) * 1000 for taken in times)
    return {
        "queries_small": queries[0],
        "queries_large": queries[1],
        "p50_ms_small": round(small, 2),
        "p50_ms_large": round(large, 2),
        "growth": round(large / small, 3),
        "bytes": size,
    }


def build(clients: int) -> str:
    """An agency of so many clients; the session of somebody who works there."""
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore
    from django.db import connection

    from agency import standing
    from agency.models import Client
    from connections import strips
    from tests.bench.agencies import make_agency

    began = time.monotonic()
    person = make_agency(clients)
    keys = list(Client.objects.filter(agency__memberships__user=person).values_list("pk", flat=True))
    for start in range(0, len(keys), standing.BATCH):
        standing.refresh(keys[start : start + standing.BATCH])
    strips.repair()
    if connection.vendor == "postgresql":  # what autovacuum does to a database that lives for more than a minute
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")
    session = SessionStore()
    session[SESSION_KEY] = str(person.pk)
    session[BACKEND_SESSION_KEY] = "allauth.account.auth_backends.AuthenticationBackend"
    session[HASH_SESSION_KEY] = person.get_session_auth_hash()
    session.create()
    say(f"{clients} clients in {time.monotonic() - began:.1f} s")
    return f"sessionid={session.session_key}"


def count_queries(cookie: str) -> int:
    """Of the whole request, all middleware included, as the second visit costs them."""
    from django.db import connection
    from django.test import Client as Browser
    from django.test.utils import CaptureQueriesContext

    browser = Browser(headers={"Host": "127.0.0.1", "Cookie": cookie})
    browser.get("/agency/")
    with CaptureQueriesContext(connection) as queries:
        response = browser.get("/agency/")
    check(response.status_code, response.content)
    return len(queries)


@contextmanager
def gunicorn(settings: Any) -> Iterator[None]:
    """The command that the product starts its web process with."""
    from django.db import connections

    from adscape.launcher import ROOT, commands

    connections.close_all()
    process = subprocess.Popen(commands(settings)["web"], cwd=ROOT, stdout=sys.stderr)
    try:
        wait_for(settings.PORT, process)
        yield
    finally:
        process.terminate()
        process.wait(timeout=30)


def wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", "/healthz")
            connection.getresponse().read()
            return
        except OSError:
            time.sleep(0.2)
    raise SystemExit("gunicorn did not come up.")


def ask(port: int, cookies: list[str]) -> tuple[list[list[float]], int]:
    """The times of ROUNDS requests for each cookie, in turns, and the size of the last one's page."""
    times: list[list[float]] = [[] for _ in cookies]
    size = 0
    for number in range(-WARM_UP, ROUNDS):
        turns = list(enumerate(cookies))
        for which, cookie in turns if number % 2 else reversed(turns):
            taken, status, body = get(port, cookie)
            check(status, body)
            if number >= 0:
                times[which].append(taken)
            size = len(body) if which == len(cookies) - 1 else size
    for which, taken in enumerate(times):
        cuts = statistics.quantiles((one * 1000 for one in taken), n=20)
        say(
            f"{('small', 'large')[which]}: p50 {cuts[9]:.2f} ms, p95 {cuts[18]:.2f} ms, best {min(taken) * 1000:.2f} ms"
        )
    return times, size


def get(port: int, cookie: str) -> tuple[float, int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    began = time.perf_counter()
    connection.request("GET", "/agency/", headers={"Cookie": cookie})
    response = connection.getresponse()
    body = response.read()
    taken = time.perf_counter() - began
    connection.close()
    return taken, response.status, body


def check(status: int, body: bytes) -> None:
    cards = body.count(b"<article")
    if status != 200 or cards != CARDS:
        raise SystemExit(f"Not the page that is to be measured: status {status}, {cards} cards.")


def free_port() -> int:
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


if __name__ == "__main__":
    sys.exit(main())
