"""/healthz: web's own health decides the status; worker and beat are told."""

from __future__ import annotations

import pytest
from django.conf import LazySettings
from django.db import DatabaseError
from django.db import connection as database
from django.test import Client as Browser

from adscape import health


@pytest.fixture
def browser(db: None) -> Browser:
    return Browser()


def test_web_alone_is_healthy_and_says_who_is_missing(browser: Browser) -> None:
    response = browser.get("/healthz")

    assert response.status_code == 200
    assert response.json() == {"database": True, "broker": True, "worker": False, "beat": False}


def test_signs_of_life_are_told(browser: Browser) -> None:
    health.mark_alive("worker")
    health.mark_alive("beat")

    assert browser.get("/healthz").json() == {"database": True, "broker": True, "worker": True, "beat": True}


def test_without_a_broker_it_is_out_of_service(browser: Browser, settings: LazySettings) -> None:
    default = settings.CACHES["default"]
    settings.CACHES = {"default": default | {"LOCATION": "redis://:secret-word@127.0.0.1:1/0"}}

    response = browser.get("/healthz")

    settings.CACHES = {"default": default}
    assert (response.status_code, response.json()["broker"], response.json()["database"]) == (503, False, True)
    assert b"secret-word" not in response.content


def test_without_a_database_it_is_out_of_service(browser: Browser) -> None:
    def refuse(*arguments: object) -> None:
        raise DatabaseError("password=secret-word")

    with database.execute_wrapper(refuse):
        response = browser.get("/healthz")

    assert (response.status_code, response.json()["database"]) == (503, False)
    assert b"secret-word" not in response.content


def test_a_mark_without_a_broker_is_no_error(settings: LazySettings) -> None:
    default = settings.CACHES["default"]
    settings.CACHES = {"default": default | {"LOCATION": "redis://127.0.0.1:1/0"}}

    health.mark_alive("worker")

    settings.CACHES = {"default": default}


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_it_is_only_read(method: str, browser: Browser) -> None:
    assert getattr(browser, method)("/healthz").status_code == 405


def test_it_is_never_cached(browser: Browser) -> None:
    assert "no-store" in browser.get("/healthz").headers["Cache-Control"]
