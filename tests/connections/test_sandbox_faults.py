"""Each way of failing that the sandbox can be told to show, seen by a real HTTP client and by our own."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from connections.classification import Code
from connections.evolution import EvolutionClient, EvolutionError, NotSent, Refused, Uncertain
from tests.connections.sandbox_server import KEY, Client, running

pytestmark = pytest.mark.processes

TO = "+5511999998888"


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    with running(tmp_path) as client:
        yield client


@pytest.fixture
def name(client: Client) -> str:
    return client.connected()


@pytest.fixture
def ours(client: Client) -> EvolutionClient:
    return EvolutionClient(client.url, KEY)


@pytest.mark.parametrize(
    ("kind", "error", "code", "received"),
    [
        ("error_500", Uncertain, Code.UNKNOWN_ANSWER, 0),
        ("reset_before_send", Uncertain, Code.CUT_OFF, 0),
        ("reset_after_send", Uncertain, Code.CUT_OFF, 1),
        ("sent_not_recorded", Uncertain, Code.UNKNOWN_ANSWER, 1),
        ("recorded_late", Uncertain, Code.CUT_OFF, 1),
        ("not_loaded", NotSent, Code.NOT_LOADED, 0),
        ("proxy_502", Uncertain, Code.UNKNOWN_ANSWER, 0),
        ("proxy_504", Uncertain, Code.UNKNOWN_ANSWER, 1),
        ("sent_400", Uncertain, Code.UNKNOWN_ANSWER, 1),
        ("not_on_whatsapp", Refused, Code.NOT_ON_WHATSAPP, 0),
        ("closed", NotSent, Code.CONNECTION_CLOSED, 0),
        ("lookup_timeout", NotSent, Code.LOOKUP_TIMEOUT, 0),
        ("hang", Uncertain, Code.CUT_OFF, 0),
    ],
)
def test_a_send_fails_as_it_was_told_once_and_not_again(
    client: Client, ours: EvolutionClient, name: str, kind: str, error: type[EvolutionError], code: Code, received: int
) -> None:
    client.fault(kind, seconds=0)

    with pytest.raises(error) as raised:
        ours.send_text(name, to=TO, text="primeira #AAAAAA")
    first = [message["text"] for message in client.received()]
    ours.send_text(name, to=TO, text="segunda #BBBBBB")

    assert raised.value.code == code
    assert first == ["primeira #AAAAAA"] * received
    assert client.received()[-1]["text"] == "segunda #BBBBBB"
    assert client.control("GET", "faults").json() == {"faults": []}


@pytest.mark.parametrize("kind", ["reset_before_send", "reset_after_send"])
def test_a_reset_is_a_real_one(client: Client, name: str, kind: str) -> None:
    client.fault(kind)

    with pytest.raises(requests.ConnectionError) as raised:
        client.send(name)

    assert "Connection reset by peer" in str(raised.value)


def test_the_message_before_a_reset_is_found_afterwards_and_the_unrecorded_one_is_not(
    client: Client, name: str
) -> None:
    client.fault("reset_after_send")
    with pytest.raises(requests.ConnectionError):
        client.send(name, text="achada")
    client.fault("sent_not_recorded")
    client.send(name, text="sem registro")

    records = client.api("POST", f"/chat/findMessages/{name}", {"where": {"key": {"fromMe": True}}}).json()["messages"]

    assert [message["text"] for message in client.received()] == ["achada", "sem registro"]
    assert [row["message"]["conversation"] for row in records["records"]] == ["achada"]


def test_a_delayed_send_goes_out_after_its_client_has_given_up(client: Client, name: str) -> None:
    client.fault("delay", seconds=0.5)

    with pytest.raises(requests.ReadTimeout):
        requests.post(
            f"{client.url}/message/sendText/{name}",
            json={"number": TO, "text": "tarde"},
            headers={"apikey": KEY},
            timeout=0.1,
        )
    before = client.received()
    time.sleep(0.8)

    assert before == []
    assert [message["text"] for message in client.received()] == ["tarde"]


def test_a_hanging_call_ends_when_its_client_goes(client: Client, name: str) -> None:
    client.fault("hang", seconds=60)

    with pytest.raises(requests.ReadTimeout):
        requests.post(
            f"{client.url}/message/sendText/{name}",
            json={"number": TO, "text": "x"},
            headers={"apikey": KEY},
            timeout=0.2,
        )

    deadline = time.monotonic() + 5
    while hanging(client) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not hanging(client)
    assert client.received() == []


def hanging(client: Client) -> bool:
    return not any(event.detail == "conexão cortada sem resposta" for event in client.store.events.latest())


def test_no_qr_answers_a_count_of_zero_and_then_a_qr(client: Client, ours: EvolutionClient) -> None:
    client.store.create_instance("adscape_c_cccccccccccc")
    client.fault("no_qr", times=2)

    answers = [client.api("GET", "/instance/connect/adscape_c_cccccccccccc").json() for _ in range(3)]

    assert answers[:2] == [{"count": 0}, {"count": 0}]
    assert answers[2]["count"] == 1
    assert ours.connect("adscape_c_cccccccccccc").code == answers[2]["code"]


def test_a_fault_strikes_only_the_call_it_was_ordered_for(client: Client, ours: EvolutionClient, name: str) -> None:
    client.fault("error_500", call="state", times=1)

    sent = client.send(name)
    with pytest.raises(Uncertain):
        ours.connection_state(name)

    assert sent.status_code == 201
    assert ours.connection_state(name) == "open"


def test_a_number_without_whatsapp_does_not_strike_the_others(client: Client, name: str) -> None:
    client.fault("not_on_whatsapp", number="+5531987654321", times=None)

    refused = [client.send(name, "5531987654321").status_code, client.send(name, "553187654321").status_code]
    fine = client.send(name, "5511999998888")
    looked_up = client.api("POST", f"/chat/whatsappNumbers/{name}", {"numbers": ["5531987654321", "5511999998888"]})

    assert (refused, fine.status_code) == ([400, 400], 201)
    assert [row["exists"] for row in looked_up.json()] == [False, True]


@pytest.mark.parametrize(
    ("order", "word"),
    [
        ({"kind": "explode"}, "desconhecida"),
        ({"kind": "no_qr", "call": "send"}, "no_qr"),
        ({"kind": "delay", "times": 0}, "times"),
        ({"kind": "delay", "times": "2"}, "times"),
        ({"kind": "delay", "seconds": -1}, "seconds"),
        ({"call": "send"}, "kind"),
        ({"kind": "closed", "event": "SEND_MESSAGE"}, "webhooks"),
        ({"kind": "webhook_late", "call": "any"}, "webhook_late"),
    ],
)
def test_an_impossible_fault_is_refused_with_a_sentence(client: Client, order: dict[str, object], word: str) -> None:
    answer = client.control("POST", "faults", order)

    assert answer.status_code == 400
    assert word in answer.json()["error"]


def test_faults_are_cleared(client: Client, name: str) -> None:
    client.fault("closed", times=None)

    client.control("DELETE", "faults")

    assert client.send(name).status_code == 201
