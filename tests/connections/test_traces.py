"""Which row of the gateway's table is our message: by its reference's own line and its recipient, however odd a row."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from connections.traces import Trace, search_for, traces_of

BODY = "📊 Olá\nInvestido: R$ 10,00\n\n_Relatório automático • Adscape • #K7F3QX_"
JID = "553187654321@s.whatsapp.net"
TO = "+5531987654321"
STAMP = 1795502308


def record(message: Any, *, jid: str = JID, stamp: Any = STAMP, **fields: Any) -> dict[str, Any]:
    key = {"id": "3EB0AA", "fromMe": True, "remoteJid": jid}
    return {"key": key, "message": message, "messageTimestamp": stamp} | fields


def is_found(*records: Any, to: str = TO, body: str = BODY) -> bool:
    return any(trace.is_of(reference="K7F3QX", body=body, to=to) for trace in traces_of(records))


@pytest.mark.parametrize(
    "message",
    [
        {"conversation": BODY},
        {"extendedTextMessage": {"text": BODY}},
        {"imageMessage": {"caption": BODY}},
        {"documentMessage": {"caption": BODY, "fileName": "relatorio.pdf"}},
        {"documentMessage": {"fileName": "relatorio K7F3QX.pdf"}},
        {"documentMessage": {"fileName": "relatorio-#K7F3QX.pdf"}},
        {"documentWithCaptionMessage": {"message": {"documentMessage": {"fileName": "relatorio K7F3QX.pdf"}}}},
        {"ephemeralMessage": {"message": {"extendedTextMessage": {"text": BODY}}}},
        {"conversation": BODY.replace("\n", "\r\n") + "\n"},
        {"conversation": BODY.replace("_", "")},
    ],
)
def test_the_places_where_a_reference_stands(message: dict[str, Any]) -> None:
    assert is_found(record(message))


@pytest.mark.parametrize(
    "message",
    [
        {"conversation": "Recebeu o #K7F3QX?"},
        {"conversation": "K7F3QX"},
        {"conversation": BODY.replace("K7F3QX", "K7F3QY")},
        {"documentMessage": {"fileName": "relatorio XK7F3QX.pdf"}},
        {"documentMessage": {"fileName": "relatorio K7F3QX2.pdf"}},
        {"reactionMessage": {"text": BODY, "key": {}}},
        {},
    ],
)
def test_what_only_resembles_it_or_mentions_it_is_no_trace(message: dict[str, Any]) -> None:
    assert not is_found(record(message))


@pytest.mark.parametrize(
    ("jid", "to", "fits"),
    [
        (JID, TO, True),
        ("5531987654321@s.whatsapp.net", TO, True),
        ("5531987654321:12@s.whatsapp.net", TO, True),
        ("5215512345678@s.whatsapp.net", "+525512345678", True),
        ("553187654322@s.whatsapp.net", TO, False),
        ("271120983450112@lid", TO, True),
        ("120363025246125486@g.us", "120363025246125486@g.us", True),
        ("120363025246125486@g.us", TO, False),
        (JID, "120363025246125486@g.us", False),
    ],
)
def test_whose_address_it_may_be(jid: str, to: str, fits: bool) -> None:
    assert is_found(record({"conversation": BODY}, jid=jid), to=to) is fits


@pytest.mark.parametrize(
    "odd",
    [
        None,
        7,
        "row",
        [],
        {},
        {"key": None},
        {"key": {"id": 5, "fromMe": True}},
        {"key": {"id": "", "fromMe": True, "remoteJid": JID}, "message": {"conversation": BODY}},
        {"key": {"id": "3" * 81, "fromMe": True, "remoteJid": JID}, "message": {"conversation": BODY}},
        {"key": {"id": "3EB0", "fromMe": False}, "message": {"conversation": BODY}},
        {"key": {"id": "3EB0", "fromMe": "true"}, "message": {"conversation": BODY}},
        record(None),
        record([BODY]),
        record({"conversation": None, "extendedTextMessage": "x", "ephemeralMessage": 5}),
        record({"ephemeralMessage": {"message": None}}),
    ],
)
def test_an_odd_row_is_passed_over_and_hides_none_behind_it(odd: Any) -> None:
    assert not is_found(odd)
    assert is_found(odd, record({"conversation": BODY}))


@pytest.mark.parametrize(
    ("stamp", "known"),
    [
        (STAMP, True),
        (str(STAMP), True),
        ({"low": STAMP, "high": 0, "unsigned": False}, True),
        (None, False),
        ("ontem", False),
        (10**30, False),
        (float("inf"), False),
        ({}, False),
    ],
)
def test_its_time_in_all_its_forms(stamp: Any, known: bool) -> None:
    (trace,) = traces_of([record({"conversation": BODY}, stamp=stamp)])

    assert trace.at == (datetime(2026, 11, 24, 6, 38, 28, tzinfo=UTC) if known else None)


def test_its_receipts() -> None:
    updates = [{"status": "DELIVERY_ACK"}, {"status": None}, None, {"status": "READ"}]

    assert [one.receipts for one in traces_of([record({}, MessageUpdate=updates), record({}, MessageUpdate="x")])] == [
        ("DELIVERY_ACK", "READ"),
        (),
    ]


def test_its_texts_do_not_show_when_it_is_written_out() -> None:
    (trace,) = traces_of([record({"conversation": "Segredo", "documentMessage": {"fileName": "exame.pdf"}})])

    assert isinstance(trace, Trace)
    assert "Segredo" not in repr(trace)
    assert "exame" not in repr(trace)


def test_a_search_names_both_ends_of_its_time_in_utc() -> None:
    since = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
    asked = search_for(since, since.replace(hour=13), 3)

    assert asked["where"] == {
        "key": {"fromMe": True},
        "messageTimestamp": {"gte": "2026-11-24T12:00:00.000Z", "lte": "2026-11-24T13:00:00.000Z"},
    }
    assert (asked["offset"], asked["page"]) == (100, 3)
