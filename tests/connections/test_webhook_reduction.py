"""What of the gateway's events passes: ids and statuses, codes and words of a state, a message that may be ours."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connections.webhooks.reduction import EVENTS, Hint, Nothing, Receipt, Sent, reduce
from tests.connections.hooks import event, receipt, state
from tests.connections.recorded import FOLDER

KEY = "3EB0D63231F26C8D4D7D44"


def recorded() -> list[dict[str, Any]]:
    rows = [row for path in sorted(FOLDER.glob("*.json")) for row in json.loads(path.read_text()) if "webhooks" in row]
    return [call["body"] for row in rows for call in row["webhooks"]]


def test_there_are_recordings_of_each_event_but_one() -> None:
    words = {body["event"].upper().replace(".", "_") for body in recorded()}

    assert EVENTS - words <= {"REMOVE_INSTANCE"}


@pytest.mark.parametrize("body", recorded(), ids=lambda body: str(body["event"]))
def test_of_a_recorded_event_nothing_of_a_chat_passes(body: dict[str, Any]) -> None:
    """Each text, number and name of it is looked for in what is left."""
    left = repr(reduce(body))

    data = body["data"] if isinstance(body["data"], dict) else {}
    private = {str(data.get(name)) for name in ("remoteJid", "wuid", "profileName", "pushName", "participant")}
    private |= {str(data.get("qrcode", {}).get("code")), str(data.get("qrcode", {}).get("base64"))}
    assert [word for word in private if len(word) > 4 and word in left] == []


@pytest.mark.parametrize("status", ["ERROR", "PENDING", "SERVER_ACK", "DELIVERY_ACK", "READ", "PLAYED"])
def test_a_receipt_is_an_id_and_a_status(status: str) -> None:
    assert reduce(receipt(KEY, status)) == Receipt(KEY, status)


@pytest.mark.parametrize(
    "data",
    [
        {"status": "Oi, tudo bem?"},
        {"status": None},
        {"keyId": "um texto qualquer"},
        {"keyId": 5},
        {"keyId": "x" * 81},
        {"keyId": ""},
        {"fromMe": False},
        {"fromMe": "true"},
    ],
)
def test_a_receipt_of_another_kind_is_nothing(data: dict[str, Any]) -> None:
    body = receipt(KEY, "READ")
    body["data"] |= data

    assert reduce(body) == Nothing()


def sent(message: Any, **key: Any) -> dict[str, Any]:
    whole = {"key": {"id": KEY, "fromMe": True, "remoteJid": "553187654321@s.whatsapp.net", **key}, "message": message}
    return event("send.message", {**whole, "messageTimestamp": 1795502308, "pushName": "Você"})


@pytest.mark.parametrize(
    "message",
    [
        {"conversation": "Olá\n_#K7F3QX_"},
        {"extendedTextMessage": {"text": "Olá\n_#K7F3QX_"}},
        {"documentMessage": {"fileName": "Relatório #K7F3QX.pdf", "caption": "x"}},
        {"ephemeralMessage": {"message": {"conversation": "_#K7F3QX_"}}},
    ],
)
def test_a_message_with_a_reference_may_be_ours(message: dict[str, Any]) -> None:
    reduced = reduce(sent(message))

    assert isinstance(reduced, Sent)
    assert (reduced.references, reduced.trace.id) == (("K7F3QX",), KEY)


@pytest.mark.parametrize(
    "body",
    [
        sent({"conversation": "sem referência"}),
        sent({"conversation": "#K7F3QX1"}),
        sent({"conversation": "#K7F3Q0"}),
        sent({"conversation": "_#K7F3QX_"}, fromMe=False),
        sent({"conversation": "_#K7F3QX_"}, id="com espaço"),
        sent(None),
        event("send.message", "texto"),
        event("send.message", None),
    ],
)
def test_a_message_without_one_is_nothing(body: dict[str, Any]) -> None:
    assert reduce(body) == Nothing()


@pytest.mark.parametrize(
    ("body", "hint"),
    [
        (state("open"), Hint("CONNECTION_UPDATE", {"state": "open", "statusReason": 200})),
        (state("close", 401), Hint("CONNECTION_UPDATE", {"state": "close", "statusReason": 401})),
        (state("refused", 428), Hint("CONNECTION_UPDATE", {"state": "refused", "statusReason": 428})),
        (state("Maria"), Hint("CONNECTION_UPDATE", {"statusReason": 200})),
        (event("logout.instance", None), Hint("LOGOUT_INSTANCE")),
        (event("remove.instance", None), Hint("REMOVE_INSTANCE")),
        (event("qrcode.updated", {"qrcode": {"code": "2@secret"}}), Hint("QRCODE_UPDATED")),
        (event("qrcode.updated", {"message": "limit", "statusCode": 500}), Hint("QRCODE_UPDATED", {"statusCode": 500})),
        (
            event("status.instance", {"status": "closed", "disconnectionReasonCode": 401, "disconnectionObject": "{}"}),
            Hint("STATUS_INSTANCE", {"status": "closed", "disconnectionReasonCode": 401}),
        ),
        (event("connection-update", {"state": True, "statusReason": True}), Hint("CONNECTION_UPDATE")),
    ],
)
def test_hints(body: dict[str, Any], hint: Hint) -> None:
    assert reduce(body) == hint


@pytest.mark.parametrize("body", [None, [], "x", {}, {"event": 5}, event("messages.upsert", {}), event("x" * 50, {})])
def test_what_is_no_event_of_ours_is_unknown(body: Any) -> None:
    assert reduce(body) is None


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)


@given(st.sampled_from(sorted(EVENTS)), _json)
def test_whatever_the_data_is_it_is_read_or_left(word: str, data: Any) -> None:
    assert reduce({"event": word, "data": data}) is not None
