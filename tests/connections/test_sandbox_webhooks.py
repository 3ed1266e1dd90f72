"""The sandbox's webhooks: what leaves, to whom, in which shape (beside the recordings), and how patiently."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from connections.sandbox import qr
from connections.sandbox.instances import Instance
from connections.sandbox.payloads import envelope, headers_of
from tests.connections.recorded import FOLDER
from tests.connections.sandbox_server import QUICK, Client, Receiver, receiving, running, until

pytestmark = pytest.mark.processes

NAME = "adscape_c_0123456789ab"
WANTED = [
    *("QRCODE_UPDATED", "CONNECTION_UPDATE", "MESSAGES_UPDATE", "SEND_MESSAGE", "LOGOUT_INSTANCE"),
    *("REMOVE_INSTANCE", "STATUS_INSTANCE"),
]


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    with running(tmp_path) as client:
        yield client


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


def created(client: Client, receiver: Receiver, **block: Any) -> None:
    webhook = {"url": receiver.url, "events": WANTED, "headers": {"X-Segredo": "s3cr3t"}, **block}
    body = {"instanceName": NAME, "integration": "WHATSAPP-BAILEYS", "qrcode": False, "webhook": webhook}
    assert client.api("POST", "/instance/create", body).status_code == 201


def recorded_bodies(event: str, state: str = "") -> list[dict[str, Any]]:
    """Every recorded body of an event; of connection.update, those of one state."""
    rows = [row for path in FOLDER.glob("*.json") for row in json.loads(path.read_text()) if "webhooks" in row]
    bodies = [call["body"] for row in rows for call in row["webhooks"] if call["body"]["event"] == event]
    return [body for body in bodies if not state or body["data"]["state"] == state]


def shape(value: Any) -> Any:
    """Names and kinds of values; a list by its first item."""
    if isinstance(value, dict):
        return {name: shape(one) for name, one in sorted(value.items())}
    return [shape(one) for one in value[:1]] if isinstance(value, list) else type(value).__name__


def events(receiver: Receiver) -> set[str]:
    return {call.event for call in list(receiver.calls)}


def test_a_pairing_tells_its_qr_and_each_state_as_recorded(client: Client, receiver: Receiver) -> None:
    created(client, receiver)
    code = client.api("GET", f"/instance/connect/{NAME}").json()["code"]
    (shown,) = receiver.wait_for("qrcode.updated")
    client.control("POST", "scan", {"instance": NAME, "phone": "+5531986304412", "name": "Ótica Horizonte"})
    states = {call.data["state"]: call for call in receiver.wait_for("connection.update", 3)}

    assert shown.data["qrcode"]["code"] == code
    assert shape(shown.data) == shape(recorded_bodies("qrcode.updated")[0]["data"])
    assert states["connecting"].data == {"instance": NAME, "state": "connecting", "statusReason": 200}
    assert states["open"].data == {
        "instance": NAME,
        "wuid": "553186304412@s.whatsapp.net",
        "profileName": "Ótica Horizonte",
        "profilePictureUrl": None,
        "state": "open",
        "statusReason": 200,
    }
    assert states["open"].data.keys() == recorded_bodies("connection.update", "open")[0]["data"].keys()


def test_a_send_is_told_as_it_was_answered_in_the_recorded_envelope(client: Client, receiver: Receiver) -> None:
    client.connected(NAME)
    client.hook(NAME, receiver.url, WANTED, headers={"X-Segredo": "s3cr3t", "authorization": "Bearer abc"})

    answer = client.send(NAME, "5531987654321", "Olá #K7F3QX").json()
    (call,) = receiver.wait_for("send.message")

    recorded = recorded_bodies("send.message")[0]
    assert call.data == answer
    assert {**shape(call.body), "apikey": "str"} == shape(recorded)
    assert {key: call.body[key] for key in ("event", "instance", "destination", "sender", "server_url", "apikey")} == {
        "event": "send.message",
        "instance": NAME,
        "destination": receiver.url,
        "sender": "553186304412@s.whatsapp.net",
        "server_url": client.url,
        "apikey": None,
    }
    assert (call.path, call.headers["X-Segredo"], call.headers["authorization"]) == ("/hook", "s3cr3t", "Bearer abc")
    assert call.headers["Content-Type"] == "application/json"


def test_receipts_are_told_one_after_the_other_by_the_key_of_the_send(client: Client, receiver: Receiver) -> None:
    client.connected(NAME)
    client.hook(NAME, receiver.url, WANTED)

    key = client.send(NAME, "5531987654321").json()["key"]
    updates = receiver.wait_for("messages.update", 2)
    client.control("POST", "read", {"to": "+5531987654321"})
    receiver.wait_for("messages.update", 3)

    recorded = recorded_bodies("messages.update")[0]["data"]
    assert receiver.statuses() == ["SERVER_ACK", "DELIVERY_ACK", "READ"]
    assert all(shape(call.data) == shape(recorded) for call in updates)
    assert {(call.data["keyId"], call.data["remoteJid"]) for call in updates} == {(key["id"], key["remoteJid"])}


@pytest.mark.parametrize("by_phone", [True, False])
def test_the_end_of_a_session_is_told_three_times_over(client: Client, receiver: Receiver, by_phone: bool) -> None:
    client.connected(NAME)
    client.hook(NAME, receiver.url, WANTED)

    if by_phone:
        client.control("POST", "unlink", {"instance": NAME})
    else:
        client.api("DELETE", f"/instance/logout/{NAME}")
    (status,), (logout,), (update,) = (
        receiver.wait_for(event) for event in ("status.instance", "logout.instance", "connection.update")
    )

    assert shape(status.data) == shape(recorded_bodies("status.instance")[0]["data"])
    assert (status.data["status"], status.data["disconnectionReasonCode"]) == ("closed", 401)
    assert ("device_removed" in status.data["disconnectionObject"]) == by_phone
    assert logout.data is None
    assert update.data == {"instance": NAME, "state": "close", "statusReason": 401}


def test_a_name_stays_taken_until_its_removal_has_been_received(client: Client, receiver: Receiver) -> None:
    client.connected(NAME)
    client.hook(NAME, receiver.url, ["REMOVE_INSTANCE"])
    receiver.answers = [503, 503, 200]

    client.api("DELETE", f"/instance/delete/{NAME}")
    receiver.wait_for("remove.instance", 1)
    still_there = client.api("GET", f"/instance/connectionState/{NAME}").status_code
    calls = receiver.wait_for("remove.instance", 3)

    assert still_there == 200
    assert [call.data for call in calls] == [None, None, None]
    assert until(lambda: client.api("GET", f"/instance/connectionState/{NAME}").status_code == 404)


def test_only_the_events_asked_for_leave_and_none_without_a_webhook(client: Client, receiver: Receiver) -> None:
    client.connected(NAME)
    client.connected("adscape_c_bbbbbbbbbbbb", "+5511955554444")
    client.hook(NAME, receiver.url, ["MESSAGES_UPDATE"])

    client.send(NAME)
    client.send("adscape_c_bbbbbbbbbbbb")
    receiver.wait_for("messages.update", 2)

    assert events(receiver) == {"messages.update"}
    assert {call.body["instance"] for call in receiver.calls} == {NAME}
    assert list(client.control("GET", "webhooks").json()["webhooks"]) == [NAME]


def test_a_disabled_webhook_is_silent(client: Client, receiver: Receiver) -> None:
    client.connected(NAME)
    client.hook(NAME, receiver.url, WANTED, enabled=False)

    client.send(NAME)
    client.hook(NAME, receiver.url, ["CONNECTION_UPDATE"])
    client.control("POST", "unlink", {"instance": NAME})
    receiver.wait_for("connection.update")

    assert events(receiver) == {"connection.update"}


def test_by_events_each_has_an_address_of_its_own(client: Client, receiver: Receiver) -> None:
    client.connected(NAME)
    client.hook(NAME, receiver.url, ["SEND_MESSAGE"], byEvents=True)

    client.send(NAME)
    (call,) = receiver.wait_for("send.message")

    assert call.path == "/hook/send-message"
    assert call.body["destination"] == f"{receiver.url}/send-message"


def test_before_the_first_login_there_is_no_sender(client: Client, receiver: Receiver) -> None:
    created(client, receiver)

    client.api("GET", f"/instance/connect/{NAME}")
    (call,) = receiver.wait_for("qrcode.updated")

    assert "sender" not in call.body


def test_a_failed_delivery_is_tried_again_with_longer_waits(client: Client, receiver: Receiver) -> None:
    client.connected(NAME)
    client.hook(NAME, receiver.url, ["SEND_MESSAGE"])
    receiver.answers = [503, 500, 200]

    client.send(NAME)
    receiver.wait_for("send.message", 3)

    state = until(lambda: told(client) if told(client)["delivered"] else None)
    assert [call.body for call in receiver.calls] == [receiver.calls[0].body] * 3
    assert (state["delivered"], state["failed"], state["retrying"]) == (1, 0, 0)
    waits = [one["next_in"] for one in state["latest"]]
    assert waits[0] < waits[1] <= 0.2 * 1.2
    assert [one["status"] for one in state["latest"]] == [503, 500, 200]


def told(client: Client) -> dict[str, Any]:
    state: dict[str, Any] = client.control("GET", "webhooks").json()["webhooks"][NAME]
    return state


@pytest.mark.parametrize(("status", "tries"), [(400, 1), (401, 1), (403, 1), (404, 1), (422, 1), (429, 4), (503, 4)])
def test_some_answers_mean_never_again_and_patience_ends(
    client: Client, receiver: Receiver, status: int, tries: int
) -> None:
    client.connected(NAME)
    client.hook(NAME, receiver.url, ["SEND_MESSAGE"])
    receiver.answers = [status]

    client.send(NAME)

    assert until(lambda: NAME in client.control("GET", "webhooks").json()["webhooks"] and told(client)["failed"])
    assert len(receiver.calls) == tries


def test_a_receiver_that_is_down_costs_the_sender_nothing(client: Client, receiver: Receiver) -> None:
    client.connected(NAME)
    client.hook(NAME, "http://127.0.0.1:9/hook", ["SEND_MESSAGE"])

    assert client.send(NAME).status_code == 201
    assert until(lambda: NAME in client.control("GET", "webhooks").json()["webhooks"] and told(client)["failed"])
    assert {one["status"] for one in told(client)["latest"]} == {0}


def test_the_qr_turns_by_itself_and_its_limit_is_told(tmp_path: Path, receiver: Receiver) -> None:
    with running(tmp_path) as client:
        created(client, receiver)
        client.api("GET", f"/instance/connect/{NAME}")
        receiver.wait_for("qrcode.updated")

        pass_seconds(client, qr.LIFE)
        renewed = receiver.wait_for("qrcode.updated", 2)
        pass_seconds(client, qr.LIFE * qr.LIMIT)
        receiver.wait_for("qrcode.updated", 3)
        until(lambda: any(call.data["state"] == "refused" for call in receiver.of("connection.update")))

    codes = [call.data["qrcode"]["code"] for call in renewed]
    assert codes[0] != codes[1]
    assert receiver.of("qrcode.updated")[2].data == {
        "message": "QR code limit reached, please login again",
        "statusCode": 500,
    }
    refused = [call.data for call in receiver.of("connection.update") if call.data["state"] == "refused"]
    assert refused == [{"instance": NAME, "state": "refused", "statusReason": 428}]


def pass_seconds(client: Client, seconds: float) -> None:
    now = client.store.now() + seconds
    client.store._db.clock = lambda: now


def test_shuffled_late_doubled_and_lost_events(client: Client, receiver: Receiver) -> None:
    client.connected(NAME)
    client.hook(NAME, receiver.url, ["SEND_MESSAGE"])

    for kind in ("webhook_lost", "webhook_doubled"):
        client.fault(kind)
        client.send(NAME, text=kind)
        until(lambda: not client.control("GET", "faults").json()["faults"])
    client.fault("webhook_late", seconds=0.6)
    client.send(NAME, text="webhook_late")
    until(lambda: not client.control("GET", "faults").json()["faults"])
    client.send(NAME, text="em dia")
    receiver.wait_for("send.message", 4)

    texts = [call.data["message"]["conversation"] for call in receiver.calls]
    assert texts == ["webhook_doubled", "webhook_doubled", "em dia", "webhook_late"]
    assert told(client)["lost"] == 1


def test_shuffled_events_leave_their_order(client: Client, receiver: Receiver) -> None:
    client.connected(NAME)
    client.hook(NAME, receiver.url, ["SEND_MESSAGE"])
    client.fault("webhook_shuffled", times=None, seconds=0.5)

    for number in range(12):
        client.send(NAME, text=f"{number:02}")
    receiver.wait_for("send.message", 12)

    texts = [call.data["message"]["conversation"] for call in receiver.calls]
    assert sorted(texts) == [f"{number:02}" for number in range(12)]
    assert texts != sorted(texts)


def test_a_fault_of_webhooks_can_strike_one_kind_of_event(client: Client, receiver: Receiver) -> None:
    client.connected(NAME)
    client.hook(NAME, receiver.url, ["SEND_MESSAGE", "MESSAGES_UPDATE"])
    client.fault("webhook_lost", event="SEND_MESSAGE", times=None)

    client.send(NAME)
    receiver.wait_for("messages.update", 2)

    assert events(receiver) == {"messages.update"}


def test_webhook_faults_never_strike_a_call(client: Client) -> None:
    client.connected(NAME)
    client.fault("webhook_lost", times=None)

    assert client.send(NAME).status_code == 201
    assert client.control("POST", "faults", {"kind": "webhook_lost", "call": "send"}).status_code == 400


def test_the_time_of_an_event_is_local_and_says_that_it_is_utc() -> None:
    body = envelope(
        an_instance({}), "SEND_MESSAGE", None, server_url="x", now=1_795_503_178.745, zone="America/Sao_Paulo"
    )

    assert body["date_time"] == "2026-11-24T03:52:58.745Z"


def test_a_jwt_key_among_the_headers_becomes_a_signed_token() -> None:
    headers = headers_of(an_instance({"headers": {"jwt_key": "segredo", "x-tenant": "42"}}))

    head, claims, signature = headers["Authorization"].removeprefix("Bearer ").split(".")
    expected = hmac.new(b"segredo", f"{head}.{claims}".encode(), hashlib.sha256).digest()
    assert base64.urlsafe_b64decode(signature + "=") == expected
    read = json.loads(base64.urlsafe_b64decode(claims + "=="))
    assert (read["exp"] - read["iat"], read["app"], read["action"]) == (600, "evolution", "webhook")
    assert "jwt_key" not in headers
    assert headers["x-tenant"] == "42"


def an_instance(webhook: dict[str, Any]) -> Instance:
    block = {"enabled": True, "url": "http://app.exemplo", "events": [], **webhook}
    words = dict.fromkeys(("number", "phone", "profile_name", "qr_code", "pairing_code", "disconnection"), "")
    times = dict.fromkeys(("qr_at", "disconnected_at", "deleted_at", "created_at", "updated_at"), 0.0)
    return Instance(
        name=NAME,
        id="i",
        token="t",
        state="close",
        socket="none",
        qr_count=0,
        webhook=block,
        settings={},
        **words,
        **times,
    )


def test_the_patience_of_a_real_server_is_the_default(client: Client) -> None:
    pace = client.control("POST", "pace", {"webhook_wait": 0.1, "server_ack": None}).json()
    wrong = [
        client.control("POST", "pace", body) for body in ({"speed": 1}, {"delivery_ack": -1}, {"webhook_wait": None})
    ]

    assert pace == {**QUICK.as_json(), "webhook_wait": 0.1, "server_ack": None}
    assert [answer.status_code for answer in wrong] == [400, 400, 400]
