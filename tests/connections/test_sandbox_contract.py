"""The sandbox beside the recordings of a real 2.3.7, call by call: same status, keys, kinds of values, error texts."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from connections.sandbox import store as store_module
from connections.sandbox.pace import Pace
from tests.connections.recorded import exchanges
from tests.connections.sandbox_server import KEY, Client, running

pytestmark = pytest.mark.processes

DELETE_DELAY = 0.3
NOBODY = "5511900000000"  # the recorded number that is not on WhatsApp
#: Not part of what the sandbox speaks: the stale QR of a silent WhatsApp, and media that it would have to fetch.
NOT_HERE_NOTES = {"connect when WhatsApp gives no QR (200, no base64)", "url by IP"}
NOT_COMPARED = {"profilePicUrl"}  # no pictures here
#: WhatsApp's own acknowledgement of a plain text was not told of when these were recorded; the rest came at once.
PACE = Pace(server_ack=None, delivery_ack=0.0)
#: Compared letter by letter; of the rest only the kind.
WORDS = {
    *(
        "message",
        "error",
        "state",
        "status",
        "instanceName",
        "name",
        "number",
        "remoteJid",
        "jid",
        "exists",
        "conversation",
    ),
    *("connectionStatus", "ownerJid", "profileName", "integration", "headers", "webhookHeaders", "url"),
    *(
        "fileName",
        "caption",
        "mimetype",
        "disconnectionReasonCode",
        "messageType",
        "pushName",
        "fromMe",
        "version",
        "webhookUrl",
    ),
}
AT_WHATSAPP = "https://mmg.whatsapp.net/v/t62/"  # where a file lies: drawn by chance
CUT_SHORT = "…["  # the recorder shortened long strings, and lists to twelve


def make(name: str, token: str = "") -> Callable[[Client], object]:
    return lambda client: client.store.create_instance(name, token)


def scan(name: str, phone: str = "5511999990000") -> Callable[[Client], object]:
    return lambda client: client.store.scan(name, phone, "Cliente Um")


def make_open(name: str, token: str = "", phone: str = "5511977770000") -> Callable[[Client], object]:
    return lambda client: (make(name, token)(client), scan(name, phone)(client))


def unlink(name: str) -> Callable[[Client], object]:
    return lambda client: client.store.unlink(name)


def wait(client: Client) -> None:
    time.sleep(DELETE_DELAY + 0.05)


def nobody(client: Client) -> None:
    client.fault("not_on_whatsapp", times=None, number=NOBODY)


def order(kind: str) -> Callable[[Client], object]:
    return lambda client: client.fault(kind)


def read_all(client: Client) -> None:
    client.control("POST", "read")


def webhook_owner(client: Client) -> None:
    (row,) = [row for row in exchanges("auth_and_create.json") if row["note"] == "create without qrcode"]
    play(client, row)


#: What happened between the recorded calls, by the note of the call that follows.
BEFORE: dict[str, dict[str, list[Callable[[Client], object]]]] = {
    "auth_and_create": {},
    "connect_qr_states": {
        "state after create without qrcode": [make("life1", "TOK-LIFE1")],
        "state open": [scan("life1")],
        "state after the phone unlinked the device": [unlink("life1")],
        "logout when open": [scan("life1")],
        "state 1 s after delete": [wait],
        "delete when OPEN": [make_open("life2")],
        "state 2 s later": [wait],
        "delete while webhook answers 500": [make("life2")],
        "delete while webhook answers 404 (not retried)": [wait, make("life2")],
        "state": [wait],
    },
    "send_text": {
        "SP mobile, 13 digits": [make_open("msg1", "TOK-MSG1")],
        "not on WhatsApp": [nobody],
        "server acks with an error (463)": [order("ack_error")],
        "server never acks": [order("no_receipts")],
        "findMessages: by remoteJid + fromMe + time window": [
            lambda client: client.send("msg1", "5511999991234", "RPT-TIMEOUT"),
            read_all,
        ],
    },
    "send_when_not_connected": {
        "sendText: instance never connected": [make("nev")],
        "sendText after logout (state close)": [lambda client: client.api("DELETE", "/instance/logout/nev")],
        "warm the number cache": [make_open("msg1")],
        "sendText after phone unlink, number CACHED": [unlink("msg1")],
    },
    "send_media": {"PDF base64": [make_open("msg1")]},
    "numbers_and_groups": {"whatsappNumbers mix": [make_open("msg1"), nobody]},
    "webhook": {"find": [webhook_owner]},
}


def play(client: Client, row: dict[str, Any]) -> tuple[int, Any]:
    request, sent = row["request"], row["request"]["json"]
    key = {None: None, "<GLOBAL>": KEY}.get(request["apikey"], request["apikey"])
    if sent == "<multipart>" and "/sendMedia/" in request["path"]:
        return play_form(client, request["path"], key)
    if sent == "<multipart>":
        answer = client.api(request["method"], request["path"], key=key, data="{nope}")
    else:
        answer = client.api(request["method"], request["path"], in_our_time(client, sent), key)
    return answer.status_code, answer.json()


def play_form(client: Client, path: str, key: str | None) -> tuple[int, Any]:
    """The one that was recorded; of it, only the answer tells the fields."""
    fields = {"number": "5511999998888", "mediatype": "document"}
    fields |= {"fileName": "multi-RPT-22.pdf", "caption": "multipart RPT-22"}
    answer = client.api("POST", path, key=key, data=fields, files={"file": ("x.pdf", b"%PDF-1.4", "application/pdf")})
    return answer.status_code, answer.json()


def in_our_time(client: Client, sent: Any) -> Any:
    """A recorded search names moments and an id of its own day; a long file was cut short."""
    if isinstance(sent, dict) and CUT_SHORT in str(sent.get("media")):
        head, _, length = sent["media"].partition(CUT_SHORT)
        return {**sent, "media": head + "A" * (int(length.split()[0]) - len(head))}
    where = sent.get("where") if isinstance(sent, dict) else None
    if not where:
        return sent
    if "id" in where:
        return {**sent, "where": {"id": client.received()[0]["id"]}}
    where = {key: dict(value) if isinstance(value, dict) else value for key, value in where.items()}
    ends = {"gte": -timedelta(minutes=1), "lte": timedelta(minutes=1)}
    for end, distance in ends.items():
        if end in where.get("messageTimestamp", {}):
            where["messageTimestamp"][end] = (datetime.now(UTC) + distance).isoformat()
    if "id" in where.get("key", {}):
        where["key"]["id"] = client.received()[0]["id"]
    return {**sent, "where": where}


def differences(ours: Any, theirs: Any, key: str = "", path: str = "") -> Iterator[str]:
    """Where our answer is not of the recorded shape."""
    if are_bytes(ours) and are_bytes(theirs):
        return
    if str(ours).startswith(AT_WHATSAPP) and str(theirs).startswith(AT_WHATSAPP):
        return
    if isinstance(theirs, dict) and isinstance(ours, dict):
        for name in sorted((ours.keys() ^ theirs.keys()) - NOT_COMPARED):
            yield f"{path}.{name} only in {'ours' if name in ours else 'the recording'}"
        for name in (ours.keys() & theirs.keys()) - NOT_COMPARED:
            yield from differences(ours[name], theirs[name], name, f"{path}.{name}")
    elif isinstance(theirs, list) and isinstance(ours, list):
        pairs = paired(ours, theirs, key)
        if bool(ours) != bool(theirs) or (key in WORDS and len(ours) != len(theirs)):
            yield f"{path}: {len(ours)} items, recorded {len(theirs)}"
        for number, (mine, recorded) in enumerate(pairs):
            yield from differences(mine, recorded, key, f"{path}[{number}]")
    elif isinstance(theirs, str) and isinstance(ours, str) and key in WORDS:
        if not ours.startswith(theirs.partition(CUT_SHORT)[0]) or (CUT_SHORT not in theirs and ours != theirs):
            yield f"{path}: {ours!r}, recorded {theirs!r}"
    elif type(ours) is not type(theirs) or (key in WORDS and ours != theirs):
        yield f"{path}: {ours!r}, recorded {theirs!r}"


def are_bytes(value: Any) -> bool:
    """The gateway writes an array of bytes as an object of numbered ones."""
    return isinstance(value, dict) and list(value) == [str(place) for place in range(len(value))] != []


def paired(ours: list[Any], theirs: list[Any], key: str) -> list[tuple[Any, Any]]:
    """Instances by name (other recordings left some of theirs behind), words one by one, of other rows the first."""
    if all(isinstance(row, dict) and "Setting" in row for row in ours + theirs):
        named = {row["name"]: row for row in ours}
        return [(named.get(row["name"]), row) for row in theirs if row["Setting"] is not None]  # null: half made
    pairs = list(zip(ours, theirs, strict=False))
    return pairs if key in WORDS else pairs[:1]


@pytest.mark.parametrize("file", BEFORE)
def test_every_recorded_call_is_answered_in_its_recorded_shape(
    file: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_module, "DELETE_DELAY", DELETE_DELAY)
    notes: list[str] = []
    differing: list[str] = []

    with running(tmp_path, PACE) as client:
        for row in exchanges(f"{file}.json"):
            note = row["note"]
            if note in NOT_HERE_NOTES:
                continue
            for happen in BEFORE[file].get(note, []):
                happen(client)
            status, body = play(client, row)
            notes.append(note)
            differing += [f"{note}: {text}" for text in differences(body, row["response"])]
            if status != row["status"]:
                differing.append(f"{note}: {status}, recorded {row['status']}")

    assert differing == []
    assert set(BEFORE[file]) <= set(notes)


def test_the_qr_has_the_length_and_the_parts_of_a_real_one(tmp_path: Path) -> None:
    (row,) = [row for row in exchanges("connect_qr_states.json") if row["note"] == "connect from close (waits 2 s)"]

    with running(tmp_path) as client:
        client.store.create_instance("life1")
        code = client.api("GET", "/instance/connect/life1").json()["code"]

    assert code.startswith("2@")
    assert [len(part) for part in code.split(",")] == [len(part) for part in row["response"]["code"].split(",")]


def test_a_token_of_one_instance_does_not_open_another_or_create(tmp_path: Path) -> None:
    with running(tmp_path) as client:
        client.connected("adscape_c_aaaaaaaaaaaa")
        client.connected("adscape_c_bbbbbbbbbbbb")
        token = "token-of-adscape_c_aaaaaaaaaaaa"

        own = client.send("adscape_c_aaaaaaaaaaaa", key=token)
        other = client.send("adscape_c_bbbbbbbbbbbb", key=token)
        created = client.api(
            "POST", "/instance/create", {"instanceName": "x", "integration": "WHATSAPP-BAILEYS"}, token
        )

    assert (own.status_code, other.status_code, created.status_code) == (201, 401, 401)
