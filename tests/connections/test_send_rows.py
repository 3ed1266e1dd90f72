"""Every row of the table of answers to a send, by name: what it means, and what then becomes of the message.

The table is the measured behaviour of Evolution API 2.3.7; an answer that was recorded is the recorded one. What looks
like a row and is none stays uncertain: it may have been thrown after the message had left.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from django.utils import timezone

from agency.models import Agency, Client
from connections import delivery
from connections.classification import GATEWAY_IS_DOWN, SENTENCE, Code
from connections.evolution import EvolutionClient, EvolutionError, NotSent, Refused, Uncertain
from connections.models import Attempt, Message, MessageStatus, WhatsAppConnection
from tests.connections.conftest import Gateway
from tests.connections.recorded import recorded
from tests.factories import make_client, make_connection, make_list, make_message

S = MessageStatus
PERSON, GROUP = "+5511999998888", "120363025246125486@g.us"
OFF, TEXT = "send_when_not_connected.json", "send_text.json"
HTML = {"body": "<html><body>Internal Server Error</body></html>", "content_type": "text/html"}


@dataclass(frozen=True, slots=True)
class Row:
    """`row` is the table's, `case` one variant of it."""

    row: str
    case: str
    answer: dict[str, Any]
    error: type[EvolutionError]
    code: Code
    to: str = PERSON

    def __str__(self) -> str:
        return f"{self.row} / {self.case}"


def says(status: int, message: Any) -> dict[str, Any]:
    """Evolution's envelope."""
    words = {400: "Bad Request", 500: "Internal Server Error"}
    return {"status": status, "json": {"status": status, "error": words[status], "response": {"message": message}}}


def page(status: int) -> dict[str, Any]:
    """What a proxy before the gateway says in its own name."""
    return {"status": status, **HTML}


_NO_ID = "TypeError: Cannot read properties of undefined (reading 'id')"
_PRISMA = "\nInvalid `this.prismaRepository.message.create()` invocation in\n/evolution/dist/main.js:228:3103\n"

#: The table of the contract, from above.
ROWS = [
    Row(
        "not on WhatsApp",
        "400 [{jid, exists: false, number}]",
        recorded(TEXT, "not on WhatsApp"),
        Refused,
        Code.NOT_ON_WHATSAPP,
    ),
    Row(
        "socket down",
        "400 [Error: Connection Closed], number cached",
        recorded(OFF, "sendText after phone unlink, number CACHED"),
        NotSent,
        Code.CONNECTION_CLOSED,
    ),
    Row(
        "socket down",
        "500 Connection Closed, number not cached",
        recorded(OFF, "sendText after phone unlink, number NOT cached"),
        NotSent,
        Code.CONNECTION_CLOSED,
    ),
    Row(
        "no session",
        "400 [TypeError (reading 'id')], waiting for QR",
        recorded(OFF, "sendText while waiting for QR scan"),
        NotSent,
        Code.AWAITING_SCAN,
    ),
    Row(
        "no session",
        "400 [TypeError (reading 'id')], after logout",
        recorded(OFF, "sendText after logout (state close)"),
        NotSent,
        Code.AWAITING_SCAN,
    ),
    Row(
        "never connected since boot",
        "500 (reading 'onWhatsApp')",
        recorded(OFF, "sendText: instance never connected"),
        NotSent,
        Code.NEVER_CONNECTED,
    ),
    Row(
        "lookup not answered",
        "500 (reading 'find')",
        says(500, "Cannot read properties of undefined (reading 'find')"),
        NotSent,
        Code.LOOKUP_TIMEOUT,
    ),
    Row(
        "instance not loaded",
        "500 Internal Server Error, as the envelope's message",
        says(500, "Internal Server Error"),
        NotSent,
        Code.NOT_LOADED,
    ),
    Row(
        "instance not loaded",
        "500 (reading 'textMessage')",
        says(500, "Cannot read properties of undefined (reading 'textMessage')"),
        NotSent,
        Code.NOT_LOADED,
    ),
    Row(
        "group",
        "400 [[object Object]], group unknown",
        recorded(TEXT, "unknown group"),
        NotSent,
        Code.GROUP_UNKNOWN,
        "120363000000000000@g.us",
    ),
    Row(
        "group",
        "400 [[object Object]], socket down",
        recorded(OFF, "sendText to group after unlink"),
        NotSent,
        Code.GROUP_UNKNOWN,
        GROUP,
    ),
    Row("bad request", "400 [[Invalid format]]", recorded(TEXT, "number as int"), Refused, Code.BAD_REQUEST),
    Row("bad request", "400 [[instance requires property]]", recorded(TEXT, "no text"), Refused, Code.BAD_REQUEST),
    Row(
        "bad request",
        "400 [[instance requires property]], v1 body",
        recorded(TEXT, "v1 body (textMessage)"),
        Refused,
        Code.BAD_REQUEST,
    ),
    Row("bad request", "400 [Text is required]", recorded(TEXT, "blank text"), Refused, Code.BAD_REQUEST),
    Row(
        "400 [Error: …] anything else",
        "Prisma, after the send",
        says(400, [f"Error: {_PRISMA}"]),
        Uncertain,
        Code.UNKNOWN_ANSWER,
    ),
    Row(
        "400 [Error: …] anything else",
        "JID decoded but user is empty",
        recorded(TEXT, "number empty"),
        Uncertain,
        Code.UNKNOWN_ANSWER,
    ),
    Row("a proxy's answer", "502", page(502), Uncertain, Code.UNKNOWN_ANSWER),
    Row("a proxy's answer", "503", page(503), Uncertain, Code.UNKNOWN_ANSWER),
    Row("a proxy's answer", "504", page(504), Uncertain, Code.UNKNOWN_ANSWER),
]
#: Measured, but of every call: what stands before the send.
BEFORE_THE_SEND = [
    Row("guards", "404 instance unknown", recorded(OFF, "sendText unknown instance"), NotSent, Code.INSTANCE_MISSING),
    Row("guards", "401 wrong key", recorded("auth_and_create.json", "wrong apikey"), NotSent, Code.UNAUTHORIZED),
    Row(
        "guards",
        "503 LICENSE_REQUIRED",
        {"status": 503, "json": {"error": "service not activated", "code": "LICENSE_REQUIRED"}},
        NotSent,
        Code.LICENCE_REQUIRED,
    ),
    *(
        Row("redirect", str(status), {"status": status, "headers": {"Location": "/x"}}, NotSent, Code.REDIRECTED)
        for status in (301, 302, 303, 307, 308)
    ),
]
#: Beside a row, and none of it.
UNKNOWN = [
    Row("like no session", case, answer, Uncertain, Code.UNKNOWN_ANSWER)
    for case, answer in {
        "thrown by Prisma after the send": says(400, [f"Error: {_PRISMA}{_NO_ID}"]),
        "Error instead of TypeError": says(400, [_NO_ID.replace("TypeError", "Error")]),
        "of null": says(400, [_NO_ID.replace("undefined", "null")]),
        "another property": says(400, [_NO_ID.replace("'id'", "'key'")]),
        "without its kind": says(400, [_NO_ID.removeprefix("TypeError: ")]),
        "with a stack": says(400, [f"{_NO_ID}\n    at sendMessage"]),
        "not alone": says(400, [_NO_ID, "x"]),
        "beside an object": says(400, [_NO_ID, {"code": "P2002"}]),
        "a string, no list": says(400, _NO_ID),
        "as a 500": says(500, _NO_ID),
        "as a 500, in a list": says(500, [_NO_ID]),
    }.items()
] + [
    Row("like another row", case, answer, Uncertain, Code.UNKNOWN_ANSWER)
    for case, answer in {
        "500 of HTML": page(500),
        "500 of plain text": {"status": 500, "body": "Internal Server Error", "content_type": "text/plain"},
        "500 of a JSON string": {"status": 500, "json": "Internal Server Error"},
        "500 that says it in `error` only": {"status": 500, "json": {"status": 500, "error": "Internal Server Error"}},
        "500 Internal Server Error, in a list": says(500, ["Internal Server Error"]),
        "500 Internal Server Error, and more": says(500, "Internal Server Error: P2024"),
        "500 TypeError (reading 'textMessage')": says(
            500, "TypeError: Cannot read properties of undefined (reading 'textMessage')"
        ),
        "500 [Connection Closed]": says(500, ["Connection Closed"]),
        "500 Error: Connection Closed": says(500, "Error: Connection Closed"),
        "500 without a message": says(500, None),
        "500 Timed Out": says(500, "Timed Out"),
        "400 Connection Closed, no Error": says(400, ["Connection Closed"]),
        "400 Error: Connection Closed, no list": says(400, "Error: Connection Closed"),
        "400 Error: Connection Closed, beside an object": says(400, ["Error: Connection Closed", {}]),
        "400 [object Object] to a person": says(400, ["[object Object]"]),
        "400 (reading 'onWhatsApp')": says(400, ["Cannot read properties of undefined (reading 'onWhatsApp')"]),
        "400 {exists: true}": says(400, [{"jid": "x", "exists": True, "number": "x"}]),
        "400 one of two exists": says(400, [{"exists": False}, {"exists": True}]),
        "400 of an empty list": says(400, []),
        "400 {}": {"status": 400, "json": {}},
        "400 of HTML": page(400),
        "403 of HTML": page(403),
        "404 of HTML": page(404),
        "408 of HTML": page(408),
        "413 of HTML": page(413),
        "429 of HTML": page(429),
        "503 that is no licence": {"status": 503, "json": {"error": "service not activated"}},
    }.items()
]
#: Good by their status, and yet nothing says that WhatsApp has got it.
NO_KEY = [
    Row("201 without a key", case, answer, Uncertain, Code.UNKNOWN_ANSWER)
    for case, answer in {
        "no key": {"status": 201, "json": {"status": "PENDING"}},
        "a key without an id": {"status": 201, "json": {"key": {"remoteJid": "x"}}},
        "an empty id": {"status": 201, "json": {"key": {"id": ""}}},
        "a key that is a string": {"status": 201, "json": {"key": "3EB0"}},
        "a list": {"status": 201, "json": []},
        "null": {"status": 201, "body": "null"},
        "200 {error: true}": {"status": 200, "json": {"error": True, "message": "[object Object]"}},
        "200 of HTML": page(200),
        "201 of HTML": page(201),
        "204": {"status": 204},
        "JSON that breaks off": {"status": 201, "body": '{"key":{"id":"3EB0', "content_type": "application/json"},
    }.items()
]
ALL = [*ROWS, *BEFORE_THE_SEND, *UNKNOWN, *NO_KEY]


def test_no_case_is_named_twice() -> None:
    assert len({str(row) for row in ALL}) == len(ALL)


@pytest.mark.parametrize("row", ALL, ids=str)
def test_what_it_means(row: Row, agency: Agency, gateway: Gateway) -> None:
    number = make_connection(agency=agency)
    gateway.send(number, **row.answer)

    with pytest.raises(EvolutionError) as raised:
        EvolutionClient.from_settings().send_text(number.instance_name, to=row.to, text="Olá")

    assert (type(raised.value), raised.value.code) == (row.error, row.code)


@pytest.fixture
def agencys(agency: Agency) -> WhatsAppConnection:
    return make_connection(agency=agency)


def deliver(client: Client, row: Row, gateway: Gateway) -> tuple[Message, Any]:
    """The message after it was tried, rung for again and swept; and what the client's own number was asked."""
    own = make_connection(agency=client.agency, client=client)
    message = make_message(client=client, to=row.to)
    stub = gateway.send(own, **row.answer)
    delivery.deliver(message.pk)
    delivery.deliver(message.pk)
    assert delivery.sweep() == []
    return Message.objects.get(pk=message.pk), stub


def outcomes(message: Message) -> list[tuple[str, str]]:
    return list(Attempt.objects.filter(message=message).values_list("outcome", "error_code"))


@pytest.mark.parametrize("row", [row for row in ALL if row.error is Refused], ids=str)
def test_refused_fails(row: Row, agency: Agency, gateway: Gateway, agencys: WhatsAppConnection) -> None:
    message, stub = deliver(make_client(agency=agency), row, gateway)

    assert (message.status, message.reason, stub.call_count) == (S.FAILED, SENTENCE[row.code], 1)
    assert outcomes(message) == [("refused", row.code)]


NOT_SENT = [row for row in ALL if row.error is NotSent]
OF_THE_NUMBER = [row for row in NOT_SENT if row.code not in GATEWAY_IS_DOWN]
OF_THE_GATEWAY = [row for row in NOT_SENT if row.code in GATEWAY_IS_DOWN]


@pytest.mark.parametrize("row", OF_THE_NUMBER, ids=str)
def test_not_sent_leaves_through_the_agencys_number_at_once(
    row: Row, agency: Agency, gateway: Gateway, agencys: WhatsAppConnection
) -> None:
    carried = gateway.send(agencys)
    make_list(agencys, row.to)

    message, stub = deliver(make_client(agency=agency), row, gateway)

    assert (message.status, message.connection, message.by_agency_number) == (S.SENT, agencys, True)
    assert (stub.call_count, carried.call_count) == (1, 1)
    assert outcomes(message) == [("not_sent", row.code), ("sent", "")]


@pytest.mark.parametrize("row", OF_THE_NUMBER, ids=str)
def test_not_sent_waits_where_the_client_does_not_use_the_agencys_number(
    row: Row, agency: Agency, gateway: Gateway, agencys: WhatsAppConnection
) -> None:
    message, stub = deliver(make_client(agency=agency, use_agency_number=False), row, gateway)

    assert (message.status, stub.call_count) == (S.QUEUED, 1)
    assert message.reason != ""
    assert message.due_at > timezone.now()
    assert outcomes(message) == [("not_sent", row.code)]


@pytest.mark.parametrize("row", OF_THE_GATEWAY, ids=str)
def test_not_sent_waits_where_no_number_of_that_gateway_would_help(
    row: Row, agency: Agency, gateway: Gateway, agencys: WhatsAppConnection
) -> None:
    message, stub = deliver(make_client(agency=agency), row, gateway)

    assert (message.status, message.reason, stub.call_count) == (S.QUEUED, SENTENCE[row.code], 1)
    assert message.due_at > timezone.now()
    assert outcomes(message) == [("not_sent", row.code)]


@pytest.mark.parametrize("row", [row for row in ALL if row.error is Uncertain], ids=str)
def test_uncertain_is_looked_for_and_never_tried_again(
    row: Row, agency: Agency, gateway: Gateway, agencys: WhatsAppConnection
) -> None:
    message, stub = deliver(make_client(agency=agency), row, gateway)

    assert (message.status, message.reason, stub.call_count) == (S.UNCERTAIN, SENTENCE[row.code], 1)
    assert message.check_at is not None
    assert outcomes(message) == [("uncertain", row.code)]
