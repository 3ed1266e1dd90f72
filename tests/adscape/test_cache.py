"""A broker that is away is an empty cache: people get in, nothing raises, and the log says it once."""

from __future__ import annotations

import logging
import socket
import time
from collections.abc import Iterator

import pytest
from django.conf import LazySettings
from django.core import mail
from django.core.cache import cache
from django.test import Client as Browser

from adscape import cache as forgiving
from agency.models import Agency
from connections import gateway
from tests.adscape.test_health import closed_port
from tests.factories import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def broker_away(settings: LazySettings) -> Iterator[None]:
    there = settings.CACHES
    settings.CACHES = {"default": {**there["default"], "LOCATION": f"redis://127.0.0.1:{closed_port()}/0"}}
    yield
    settings.CACHES = there
    cache.get("anything")  # the process knows that it is back


def test_people_get_in_while_the_broker_is_away(agency: Agency, broker_away: None) -> None:
    make_user(agency=agency, email="rafaela@marealta.exemplo")

    answer = Browser().post(
        "/accounts/login/", {"login": "rafaela@marealta.exemplo", "password": "senha-de-teste"}, follow=True
    )

    assert (answer.status_code, answer.request["PATH_INFO"]) == (200, "/agency/")


def test_a_wrong_password_is_still_a_wrong_password(agency: Agency, broker_away: None) -> None:
    make_user(agency=agency, email="rafaela@marealta.exemplo")

    answer = Browser().post("/accounts/login/", {"login": "rafaela@marealta.exemplo", "password": "errada"})

    assert answer.status_code == 200
    assert "não conferem" in answer.content.decode()


def test_a_password_is_reset_while_the_broker_is_away(agency: Agency, broker_away: None) -> None:
    make_user(agency=agency, email="rafaela@marealta.exemplo")

    answer = Browser().post("/accounts/password/reset/", {"email": "rafaela@marealta.exemplo"})

    assert answer.status_code == 302
    assert [sent.to for sent in mail.outbox] == [["rafaela@marealta.exemplo"]]


def test_each_operation_answers_as_an_empty_cache_does(broker_away: None) -> None:
    assert cache.get("a") is None
    assert cache.get("a", "else") == "else"
    assert cache.get_many(["a", "b"]) == {}
    assert cache.add("a", 1) is True
    assert cache.set("a", 1) is None  # type: ignore[func-returns-value]
    assert cache.set_many({"a": 1}) == []
    assert (cache.touch("a"), cache.delete("a"), cache.has_key("a"), "a" in cache) == (False, False, False, False)
    assert cache.get_or_set("a", 7) == 7
    assert cache.delete_many(["a"]) is None  # type: ignore[func-returns-value]
    assert not cache.clear()
    with pytest.raises(ValueError, match="not found"):
        cache.incr("a")


def test_in_doubt_there_is_no_banner(broker_away: None) -> None:
    assert gateway.outage() is None


def test_the_log_hears_of_it_once_and_of_its_end(
    settings: LazySettings, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forgiving, "REST", 0.0)
    caplog.set_level(logging.INFO, logger="adscape.cache")
    there = settings.CACHES

    settings.CACHES = {"default": {**there["default"], "LOCATION": f"redis://127.0.0.1:{closed_port()}/0"}}
    for _ in range(5):
        cache.get("a")
        cache.set("a", 1)
    settings.CACHES = there
    for _ in range(5):
        cache.get("a")

    assert [record.getMessage() for record in caplog.records] == [
        "the broker does not answer (ConnectionError): the cache counts as empty",
        "the broker answers again",
    ]


def test_a_broker_that_hangs_is_not_waited_for_at_each_call(settings: LazySettings) -> None:
    """A login asks some ten times."""
    there = settings.CACHES
    with socket.create_server(("127.0.0.1", 0)) as silent:  # takes connections and never says a word
        settings.CACHES = {
            "default": {
                **there["default"],
                "LOCATION": f"redis://127.0.0.1:{silent.getsockname()[1]}/0",
                "OPTIONS": {"socket_timeout": 0.3},
            }
        }
        began = time.monotonic()
        answers = [cache.get("a", "nothing") for _ in range(10)]
        took = time.monotonic() - began
    settings.CACHES = there
    cache.get("a")

    assert answers == ["nothing"] * 10
    assert took < 1.5


def test_what_is_kept_is_found_while_the_broker_is_there() -> None:
    cache.set("a", {"b": 1}, 60)

    assert cache.get("a") == {"b": 1}
    assert cache.get_many(["a", "b"]) == {"a": {"b": 1}}
    assert cache.add("a", 2, 60) is False
