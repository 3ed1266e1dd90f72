"""/healthz tells the truth about each part, and only database and broker decide its status."""

from __future__ import annotations

import socket

import pytest
from django.conf import LazySettings
from django.core.cache import cache
from django.db import DatabaseError, connection
from django.test import Client as Browser

from adscape import health

pytestmark = pytest.mark.django_db


def test_web_alone_is_healthy_and_says_that_nobody_works(client: Browser) -> None:
    answer = client.get("/healthz")

    assert answer.status_code == 200
    assert answer.json() == {"database": True, "broker": True, "worker": False, "beat": False}
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.parametrize("process", ["worker", "beat"])
def test_a_mark_says_that_a_process_is_alive_and_fades(client: Browser, process: str) -> None:
    health.mark_alive(process)

    alive = client.get("/healthz").json()
    cache.delete(f"alive:{process}")  # as Redis does once the mark is too old
    gone = client.get("/healthz").json()

    assert (alive[process], gone[process]) == (True, False)
    assert {name for name, is_well in alive.items() if is_well} == {"database", "broker", process}


def test_a_mark_has_an_end() -> None:
    health.mark_alive("worker")

    assert cache.touch("alive:worker", health.MARK_AGE["worker"])
    assert 0 < cache._cache.get_client().ttl(cache.make_key("alive:worker")) <= health.MARK_AGE["worker"]


def test_without_a_broker_it_is_503(client: Browser, settings: LazySettings) -> None:
    settings.CACHES = {"default": {**settings.CACHES["default"], "LOCATION": f"redis://127.0.0.1:{closed_port()}/0"}}

    answer = client.get("/healthz")
    health.mark_alive("worker")  # and a worker that cannot say so goes on working

    assert answer.status_code == 503
    assert answer.json() == {"database": True, "broker": False, "worker": False, "beat": False}


def test_without_a_database_it_is_503(client: Browser) -> None:
    def refuse(*arguments: object) -> None:
        raise DatabaseError

    with connection.execute_wrapper(refuse):
        answer = client.get("/healthz")

    assert answer.status_code == 503
    assert answer.json()["database"] is False


def test_it_only_reads(client: Browser) -> None:
    assert client.post("/healthz").status_code == 405


def closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
