"""Each row of the table of answers to a send, against what a real gateway answered."""

from __future__ import annotations

from typing import Any

import pytest

from connections.classification import SENTENCE, Code, Meaning, Verdict, meaning_of_error
from tests.connections.recorded import exchanges, recorded

RECORDED: list[tuple[str, str, Meaning]] = [
    ("send_text.json", "not on WhatsApp", Meaning(Verdict.REFUSED, Code.NOT_ON_WHATSAPP)),
    ("send_text.json", "no text", Meaning(Verdict.REFUSED, Code.BAD_REQUEST)),
    ("send_text.json", "blank text", Meaning(Verdict.REFUSED, Code.BAD_REQUEST)),
    ("send_text.json", "number as int", Meaning(Verdict.REFUSED, Code.BAD_REQUEST)),
    ("send_text.json", "v1 body (textMessage)", Meaning(Verdict.REFUSED, Code.BAD_REQUEST)),
    ("send_text.json", "number empty", Meaning(Verdict.UNCERTAIN, Code.UNKNOWN_ANSWER)),
    ("send_text.json", "unknown group", Meaning(Verdict.NOT_SENT, Code.GROUP_UNKNOWN)),
    (
        "send_when_not_connected.json",
        "sendText: instance never connected",
        Meaning(Verdict.NOT_SENT, Code.NEVER_CONNECTED),
    ),
    ("send_when_not_connected.json", "sendText unknown instance", Meaning(Verdict.NOT_SENT, Code.INSTANCE_MISSING)),
    (
        "send_when_not_connected.json",
        "sendText while waiting for QR scan",
        Meaning(Verdict.NOT_SENT, Code.AWAITING_SCAN),
    ),
    (
        "send_when_not_connected.json",
        "sendText after logout (state close)",
        Meaning(Verdict.NOT_SENT, Code.AWAITING_SCAN),
    ),
    (
        "send_when_not_connected.json",
        "sendText after phone unlink, number CACHED",
        Meaning(Verdict.NOT_SENT, Code.CONNECTION_CLOSED),
    ),
    (
        "send_when_not_connected.json",
        "sendText after phone unlink, number NOT cached",
        Meaning(Verdict.NOT_SENT, Code.CONNECTION_CLOSED),
    ),
    ("send_when_not_connected.json", "sendText to group after unlink", Meaning(Verdict.NOT_SENT, Code.GROUP_UNKNOWN)),
    ("auth_and_create.json", "wrong apikey", Meaning(Verdict.NOT_SENT, Code.UNAUTHORIZED)),
]


@pytest.mark.parametrize(("file", "note", "meaning"), RECORDED, ids=[row[1] for row in RECORDED])
def test_meaning_of_a_recorded_error(file: str, note: str, meaning: Meaning) -> None:
    answer = recorded(file, note)
    to = next(row["request"]["json"] or {} for row in exchanges(file) if row["note"] == note).get("number", "")

    assert meaning_of_error(answer["status"], answer["json"], to=str(to)) == meaning


def _error(status: int, message: Any) -> dict[str, Any]:
    return {"status": status, "error": "…", "response": {"message": message}}


UNRECORDED: list[tuple[str, int, Any, str, Meaning]] = [
    (
        "WhatsApp did not answer the lookup",
        500,
        _error(500, "Cannot read properties of undefined (reading 'find')"),
        "+5511999998888",
        Meaning(Verdict.NOT_SENT, Code.LOOKUP_TIMEOUT),
    ),
    ("boot", 500, _error(500, "Internal Server Error"), "", Meaning(Verdict.NOT_SENT, Code.NOT_LOADED)),
    (
        "boot, other text",
        500,
        _error(500, "Cannot read properties of undefined (reading 'textMessage')"),
        "",
        Meaning(Verdict.NOT_SENT, Code.NOT_LOADED),
    ),
    (
        "[object Object] to a person is not the group's row",
        400,
        _error(400, ["[object Object]"]),
        "+5511999998888",
        Meaning(Verdict.UNCERTAIN, Code.UNKNOWN_ANSWER),
    ),
    (
        "an error thrown after the send",
        400,
        _error(400, ["Error: \nInvalid `prisma.message.create()` invocation"]),
        "",
        Meaning(Verdict.UNCERTAIN, Code.UNKNOWN_ANSWER),
    ),
    (
        "licence",
        503,
        {"error": "service not activated", "code": "LICENSE_REQUIRED"},
        "",
        Meaning(Verdict.NOT_SENT, Code.LICENCE_REQUIRED),
    ),
    ("a proxy's 502", 502, None, "", Meaning(Verdict.UNCERTAIN, Code.UNKNOWN_ANSWER)),
    ("a proxy's 504", 504, None, "", Meaning(Verdict.UNCERTAIN, Code.UNKNOWN_ANSWER)),
    ("a proxy's 503", 503, None, "", Meaning(Verdict.UNCERTAIN, Code.UNKNOWN_ANSWER)),
    ("a proxy's 404 page", 404, None, "", Meaning(Verdict.UNCERTAIN, Code.UNKNOWN_ANSWER)),
    ("a redirect", 302, None, "", Meaning(Verdict.NOT_SENT, Code.REDIRECTED)),
    ("an unknown 500", 500, _error(500, "Something new"), "", Meaning(Verdict.UNCERTAIN, Code.UNKNOWN_ANSWER)),
    ("an empty 400", 400, {}, "", Meaning(Verdict.UNCERTAIN, Code.UNKNOWN_ANSWER)),
    ("a list for a body", 400, ["x"], "", Meaning(Verdict.UNCERTAIN, Code.UNKNOWN_ANSWER)),
    ("an empty message list", 400, _error(400, []), "", Meaning(Verdict.UNCERTAIN, Code.UNKNOWN_ANSWER)),
    (
        "one number of two exists",
        400,
        _error(400, [{"exists": False, "number": "1"}, {"exists": True, "number": "2"}]),
        "",
        Meaning(Verdict.UNCERTAIN, Code.UNKNOWN_ANSWER),
    ),
]


@pytest.mark.parametrize(("name", "status", "body", "to", "meaning"), UNRECORDED, ids=[row[0] for row in UNRECORDED])
def test_meaning_of_an_error_read_from_the_contract(
    name: str, status: int, body: Any, to: str, meaning: Meaning
) -> None:
    assert meaning_of_error(status, body, to=to) == meaning


def test_each_code_has_a_sentence_for_a_person() -> None:
    assert set(SENTENCE) == set(Code)
