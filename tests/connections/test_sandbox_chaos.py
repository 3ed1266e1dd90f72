"""Faults by chance: each send is struck by at most one, and what is delivered is told by which one it was."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import requests

from connections.sandbox.chaos import USUAL, Chaos
from connections.sandbox.faults import KINDS
from tests.connections.sandbox_server import Client, receiving, running, until

NAME = "adscape_c_0123456789ab"
BEFORE_ANYTHING_LEFT = {"reset_before_send", "error_500", "closed", "lookup_timeout", "hang", "not_on_whatsapp"}
BEFORE_ANYTHING_LEFT |= {"not_loaded", "proxy_502"}
AFTER = {"reset_after_send", "sent_not_recorded", "recorded_late", "proxy_504", "sent_400"}
SLOW_BUT_SURE = {"delay", "slow_answer", "slow_send"}
SHORT = dict.fromkeys(("hang", "lookup_timeout", "delay", "slow_answer", "slow_send", "recorded_late"), 0.05)


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    with running(tmp_path) as client:
        client.connected(NAME)
        yield client


def outcome(client: Client, number: int) -> str:
    try:
        return str(client.send(NAME, f"55119{90000000 + number}", f"#{number:04}").status_code)
    except requests.ConnectionError:
        return "cut off"


def start(client: Client, **body: Any) -> dict[str, Any]:
    answer = client.control("POST", "chaos", body)
    assert answer.status_code == 200, answer.text
    status: dict[str, Any] = answer.json()
    return status


@pytest.mark.processes
def test_each_send_is_struck_once_at_most_and_delivered_once_at_most(client: Client) -> None:
    kinds = sorted(BEFORE_ANYTHING_LEFT | AFTER | SLOW_BUT_SURE)
    start(client, rates=dict.fromkeys(kinds, 0.055), seed=7, seconds=SHORT)

    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(lambda number: outcome(client, number), range(240)))

    status = client.control("GET", "chaos").json()
    struck, received = status["struck"], Counter(message["text"] for message in client.received())
    assert status["draws"] == {"send": 240}
    assert set(struck) == set(kinds)  # all of them came up
    assert set(received.values()) == {1}
    assert len(received) == 240 - sum(struck[kind] for kind in BEFORE_ANYTHING_LEFT)
    answered = [number for number, one in enumerate(outcomes) if one == "201"]
    assert len(answered) == 240 - sum(struck[kind] for kind in BEFORE_ANYTHING_LEFT | AFTER)
    assert {f"#{number:04}" for number in answered} <= set(received)


@pytest.mark.processes
def test_one_rate_is_shared_by_the_usual_kinds_and_clearing_ends_it(client: Client) -> None:
    status = start(client, rate=0.8, seed=1)
    other = start(client, rate=1)
    client.control("DELETE", "faults")

    assert status["rates"] == dict.fromkeys(USUAL, pytest.approx(0.1))
    assert "not_on_whatsapp" not in status["rates"]
    assert other["seed"] != 1
    assert {outcome(client, number) for number in range(20)} == {"201"}
    assert client.control("GET", "chaos").json()["on"] is False


@pytest.mark.processes
def test_chance_also_rules_over_webhooks_apart_from_the_sends(client: Client) -> None:
    with receiving() as receiver:
        client.hook(NAME, receiver.url, ["SEND_MESSAGE"])
        start(client, rates={"webhook_lost": 1.0})
        outcome(client, 1)
        until(lambda: client.control("GET", "chaos").json()["struck"])
        client.control("DELETE", "chaos")
        outcome(client, 2)
        receiver.wait_for("send.message")

    assert [call.data["message"]["conversation"] for call in receiver.calls] == ["#0002"]


@pytest.mark.processes
def test_an_ordered_fault_goes_before_chance(client: Client) -> None:
    start(client, rates={"error_500": 1.0})
    client.fault("closed")

    assert client.send(NAME).status_code == 400
    assert client.send(NAME).status_code == 500


@pytest.mark.processes
@pytest.mark.parametrize(
    ("body", "word"),
    [
        ({"rates": {"explode": 0.1}}, "explode"),
        ({"rates": {"no_qr": 0.1}}, "no_qr"),
        ({"rates": {"closed": 1.2}}, "entre 0 e 1"),
        ({"rates": {"closed": 0.6, "delay": 0.6}}, "somam"),
        ({"rates": {"closed": "muito"}}, "número"),
        ({"rate": True}, "número"),
        ({"rates": {"closed": 0.1}, "seconds": {"hang": 9999}}, "seconds"),
        ({"rates": {"closed": 0.1}, "seed": "x"}, "seed"),
        ({}, "rates"),
    ],
)
def test_impossible_rates_are_refused_with_a_sentence(client: Client, body: dict[str, Any], word: str) -> None:
    answer = client.control("POST", "chaos", body)

    assert answer.status_code == 400
    assert word in answer.json()["error"]


def test_the_same_seed_strikes_the_same_and_about_as_often_as_said() -> None:
    sorts = dict.fromkeys(KINDS, "send")
    runs = []
    for seed in (5, 5, 6):
        chaos = Chaos(sorts)
        chaos.start({"closed": 0.2, "delay": 0.1}, seed)
        runs.append([chaos.draw("send") for _ in range(2000)])

    assert runs[0] == runs[1] != runs[2]
    counts = Counter(drawn[0] for drawn in runs[0] if drawn)
    assert 340 < counts["closed"] < 460
    assert 150 < counts["delay"] < 250
    assert all(seconds < 5 for drawn in runs[0] if drawn for seconds in drawn[1:])
