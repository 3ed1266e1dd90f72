"""What becomes of a message in the sandbox: receipts, the gateway's own tables, private chats, groups."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests

from connections.sandbox.chats import TALK
from connections.sandbox.pace import Pace
from tests.connections.sandbox_server import KEY, Client, Receiver, receiving, running, until

pytestmark = pytest.mark.processes

NAME = "adscape_c_0123456789ab"
TO = "+5531987654321"
JID = "553187654321@s.whatsapp.net"
GROUP = "120363025246125486@g.us"


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    with running(tmp_path) as client:
        client.connected(NAME)
        yield client


@pytest.fixture
def receiver(client: Client) -> Iterator[Receiver]:
    with receiving() as receiver:
        client.hook(NAME, receiver.url, ["SEND_MESSAGE", "MESSAGES_UPDATE"])
        yield receiver


def find(client: Client, where: dict[str, Any], **paging: int) -> dict[str, Any]:
    answer = client.api("POST", f"/chat/findMessages/{NAME}", {"where": where, **paging})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()["messages"]
    return found


def texts(found: dict[str, Any]) -> list[str]:
    return [row["message"]["conversation"] for row in found["records"]]


def updates(client: Client, key: str) -> list[str]:
    (row,) = find(client, {"key": {"id": key}})["records"]
    return [update["status"] for update in row["MessageUpdate"]]


def statuses(client: Client, **where: str) -> list[str]:
    rows = client.api("POST", f"/chat/findStatusMessage/{NAME}", {"where": where}).json()
    return [row["status"] for row in rows]


def window(before: float = 60, after: float = 60) -> dict[str, str]:
    now = datetime.now(UTC)
    return {"gte": (now - timedelta(seconds=before)).isoformat(), "lte": (now + timedelta(seconds=after)).isoformat()}


def send(client: Client, text: str = "Olá", number: str = TO, **body: Any) -> dict[str, Any]:
    answer = client.api("POST", f"/message/sendText/{NAME}", {"number": number, "text": text, **body})
    assert answer.status_code == 201, answer.text
    sent: dict[str, Any] = answer.json()
    return sent


def sent_rows(client: Client) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = client.control("GET", "sent").json()["messages"]
    return rows


def test_receipts_come_one_by_one_and_the_reading_by_the_phones_page(client: Client) -> None:
    client.control("POST", "pace", {"server_ack": 0.3, "delivery_ack": 0.8})
    key = send(client)["key"]["id"]

    at_once = updates(client, key)
    server = until(lambda: updates(client, key))
    delivered = until(lambda: len(updates(client, key)) == 2) and updates(client, key)
    requests.get(f"{client.url}/", headers={"Accept": "text/html"}, timeout=10)
    followed = updates(client, key)
    requests.get(f"{client.url}/", params={"to": TO}, headers={"Accept": "text/html"}, timeout=10)

    assert (at_once, server, delivered) == ([], ["SERVER_ACK"], ["SERVER_ACK", "DELIVERY_ACK"])
    assert followed == delivered
    assert updates(client, key) == ["SERVER_ACK", "DELIVERY_ACK", "READ"]
    assert statuses(client, id=key) == statuses(client, remoteJid=JID) == ["SERVER_ACK", "DELIVERY_ACK", "READ"]


def test_only_what_was_delivered_can_be_read_and_only_once(client: Client) -> None:
    client.control("POST", "pace", {"delivery_ack": 3600})
    send(client, "a caminho")
    client.control("POST", "pace", {"server_ack": 0, "delivery_ack": 0})
    there, other = send(client, "chegou")["key"]["id"], send(client, "outra", "+5511999998888")["key"]["id"]

    by_key = client.control("POST", "read", {"id": other}).json()
    by_phone = [client.control("POST", "read", {"to": TO}).json()["read"] for _ in range(2)]

    assert by_key == {"ok": True, "read": 1}
    assert by_phone == [1, 0]
    assert updates(client, there)[-1] == "READ"


def test_an_endless_pending_is_accepted_and_never_comes(client: Client, receiver: Receiver) -> None:
    client.fault("pending", times=None, number=TO)

    key = send(client, "pendente")["key"]["id"]
    send(client, "outro número", "+5511999998888")
    receiver.wait_for("messages.update", 2)

    assert [message["text"] for message in client.received()] == ["outro número"]
    assert updates(client, key) == statuses(client, id=key) == []
    assert {call.data["keyId"] for call in receiver.of("messages.update")} != {key}
    assert [(row["text"], row["arrived"]) for row in sent_rows(client)] == [("pendente", False), ("outro número", True)]


def test_without_receipts_it_comes_and_nobody_hears_of_it(client: Client) -> None:
    client.fault("no_receipts")

    key = send(client)["key"]["id"]
    time.sleep(0.3)

    assert len(client.received()) == 1
    assert updates(client, key) == []


def test_a_restriction_is_an_error_receipt_and_no_message(client: Client, receiver: Receiver) -> None:
    client.fault("ack_error")

    answer = send(client, "restrita")
    (update,) = receiver.wait_for("messages.update")
    time.sleep(0.3)

    assert answer["status"] == "PENDING"
    assert (update.data["status"], update.data["keyId"]) == ("ERROR", answer["key"]["id"])
    assert receiver.statuses() == ["ERROR"]
    assert client.received() == []
    assert updates(client, answer["key"]["id"]) == ["ERROR"]


def test_a_late_record_is_found_and_told_only_later(client: Client, receiver: Receiver) -> None:
    client.fault("recorded_late", seconds=0.7)

    with pytest.raises(requests.ConnectionError):
        send(client, "tardia #AAAAAA")
    before = texts(find(client, {"key": {"fromMe": True}}))
    heard_before = receiver.of("send.message")
    there = [message["text"] for message in client.received()]
    (call,) = receiver.wait_for("send.message")

    assert (before, heard_before, there) == ([], [], ["tardia #AAAAAA"])
    assert call.data["message"]["conversation"] == "tardia #AAAAAA"
    assert texts(find(client, {"key": {"fromMe": True}})) == ["tardia #AAAAAA"]
    assert updates(client, call.data["key"]["id"]) == []  # its receipts came before its row did, and were dropped


def test_an_unrecorded_send_is_never_told(client: Client, receiver: Receiver) -> None:
    client.fault("sent_not_recorded")
    client.send(NAME, TO, "sem registro")
    send(client, "com registro")
    receiver.wait_for("messages.update", 2)

    assert [call.data["message"]["conversation"] for call in receiver.of("send.message")] == ["com registro"]
    assert len({call.data["keyId"] for call in receiver.of("messages.update")}) == 1


@pytest.mark.parametrize(("kind", "there_before_the_answer"), [("slow_answer", True), ("slow_send", False)])
def test_a_minute_long_answer_delivers_at_one_end_of_it(
    client: Client, kind: str, there_before_the_answer: bool
) -> None:
    client.fault(kind, seconds=0.6)

    with pytest.raises(requests.ReadTimeout):
        requests.post(
            f"{client.url}/message/sendText/{NAME}",
            json={"number": TO, "text": "devagar"},
            headers={"apikey": KEY},
            timeout=0.25,
        )
    at_first, found_at_first = client.received(), find(client, {})["total"]
    until(lambda: find(client, {})["total"])

    assert bool(at_first) == there_before_the_answer
    assert found_at_first == 0
    assert [message["text"] for message in client.received()] == ["devagar"]
    client.fault(kind, seconds=0.1)
    assert send(client)["status"] == "PENDING"


def test_a_window_needs_both_its_ends_and_offset_is_the_size_of_a_page(client: Client) -> None:
    for number in range(5):
        send(client, f"m{number}")
    past = {"gte": "2020-01-01T00:00:00Z", "lte": "2020-01-02T00:00:00Z"}

    both = find(client, {"messageTimestamp": past})
    one_end = [find(client, {"messageTimestamp": {end: past[end]}})["total"] for end in ("gte", "lte")]
    second = find(client, {"key": {"fromMe": True}, "messageTimestamp": window()}, offset=2, page=2)
    by_text = find(client, {"message": {"conversation": "m1"}, "text": "m1", "status": "ERROR"})

    assert (both["total"], one_end, by_text["total"]) == (0, [5, 5], 5)
    assert (second["total"], second["pages"], second["currentPage"]) == (5, 3, 2)
    assert texts(second) == ["m2", "m1"]


def test_a_thousand_rows_are_paged_without_a_gap(client: Client) -> None:
    with client.store.transaction():
        for number in range(2000):
            client.store.deliver(client.store.instances()[0], JID, f"#{number:05}")

    started = time.monotonic()
    pages = [
        find(client, {"key": {"fromMe": True}, "messageTimestamp": window()}, offset=100, page=n) for n in range(1, 21)
    ]
    found = [text for page in pages for text in texts(page)]
    all_received = client.received()

    assert (pages[0]["total"], pages[0]["pages"]) == (2000, 20)
    assert found == [f"#{number:05}" for number in reversed(range(2000))]
    assert [message["text"] for message in all_received] == found[::-1]
    assert time.monotonic() - started < 10


def test_a_paired_phone_brings_its_private_chats_which_no_phone_of_ours_shows(client: Client) -> None:
    client.store.unlink(NAME)
    client.api("GET", f"/instance/connect/{NAME}")
    client.control("POST", "scan", {"instance": NAME, "phone": "+5531986304412"})

    everything = find(client, {}, offset=100)["records"]
    mine = find(client, {"key": {"fromMe": True}}, offset=100)["records"]

    private = [line[3] for line in TALK]
    assert Counter(row["message"]["conversation"] for row in everything) == Counter(private)
    assert {row["key"]["fromMe"] for row in everything} == {True, False}
    assert Counter(row["message"]["conversation"] for row in mine) == Counter(line[3] for line in TALK if line[2])
    assert not any("#" in text for text in private)
    assert client.received() == []
    assert sent_rows(client) == []


def test_private_messages_stand_between_the_sent_ones_when_asked_for_and_by_themselves(client: Client) -> None:
    written = client.control("POST", "chats", {"instance": NAME, "turns": 2}).json()
    for number in range(10):
        send(client, f"nossa {number}")
    found = texts(find(client, {"key": {"fromMe": True}, "messageTimestamp": window()}, offset=100))

    assert written == {"ok": True, "written": 4}
    ours = [text for text in found if text.startswith("nossa")]
    assert len(ours) == 10
    assert len(found) == 10 + 2 + 2  # two asked for, and one more after each fifth message
    assert client.control("POST", "chats", {"instance": NAME, "turns": 0}).status_code == 400


def test_a_false_from_me_filters_nothing_as_in_the_real_one(client: Client) -> None:
    client.control("POST", "chats", {"instance": NAME})
    send(client)

    assert find(client, {"key": {"fromMe": False}})["total"] == find(client, {})["total"] == 3


def test_a_group_gets_the_message_and_no_receipt(client: Client, receiver: Receiver) -> None:
    key = send(client, "ao grupo", GROUP)["key"]
    unknown = client.send(NAME, "120363000000000000@g.us")
    (call,) = receiver.wait_for("send.message")
    time.sleep(0.3)

    assert key["remoteJid"] == GROUP
    assert (unknown.status_code, unknown.json()["response"]["message"]) == (400, ["[object Object]"])
    assert "contextInfo" not in call.data
    assert receiver.of("messages.update") == []
    assert [message["to"] for message in client.received()] == [GROUP]
    assert updates(client, key["id"]) == []


def test_an_address_without_the_ninth_digit_answers_for_a_number_with_it(client: Client) -> None:
    southern, paulista, foreign = (
        send(client, number=n)["key"]["remoteJid"] for n in (TO, "551199998888", "31987654321")
    )

    assert (southern, paulista, foreign) == (JID, "5511999998888@s.whatsapp.net", "31987654321@s.whatsapp.net")
    assert [message["to"] for message in client.received()] == [TO, "+5511999998888", "+31987654321"]


def test_receipts_survive_a_restart_and_a_file_of_an_earlier_version_is_read(tmp_path: Path) -> None:
    folder = tmp_path / "again"
    with running(folder, Pace(server_ack=0, delivery_ack=0)) as client:
        client.connected(NAME)
        key = send(client)["key"]["id"]
        for column in ("arrived", "recorded_at"):
            client.store._db.run(f"ALTER TABLE message DROP COLUMN {column}")
    with running(folder) as client:
        assert updates(client, key) == ["SERVER_ACK", "DELIVERY_ACK"]
        assert len(client.received()) == 1
