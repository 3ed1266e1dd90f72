"""Evolution API 2.3.7, messages: send a text, look numbers up, search what was sent. No media, no groups of its own.

https://doc.evolution-api.com/v2/api-reference/message-controller/send-text
"""

from __future__ import annotations

import time
from typing import Any

from connections.sandbox import answers
from connections.sandbox.guards import Answer, ApiError, Call, endpoint
from connections.sandbox.inbox import Received
from connections.sandbox.numbers import USER, is_group, jid_of

_NOT_RECORDED = (
    "\nInvalid `this.prismaRepository.message.create()` invocation:\nTimed out fetching a new connection from the pool."
)
_NO_USER = f'Error: JID decoded but user is empty: "{USER}" -> user: "", server: "s.whatsapp.net", device: undefined'


@endpoint("POST", "send")
def send_text(call: Call) -> Answer:
    number, text = _checked(call.body)
    jid = jid_of(number)
    _look_up(call, jid, number)
    delay = call.body.get("delay")
    if isinstance(delay, int) and delay > 0:
        time.sleep(delay / 1000)  # "digitando…": the call blocks as long as it is shown
    if call.struck_by("sent_not_recorded"):
        _deliver(call, jid, text, recorded=False)
        raise ApiError(500, _NOT_RECORDED)
    return 201, answers.sent(_deliver(call, jid, text))


def _checked(body: dict[str, Any]) -> tuple[str, str]:
    lacking = [f'instance requires property "{key}"' for key in ("number", "text") if key not in body]
    if lacking:
        raise ApiError(400, [lacking])
    number, text = body["number"], body["text"]
    if not isinstance(number, str) or not isinstance(text, str):
        raise ApiError(400, [["Invalid format"]])
    if not text.strip():
        raise ApiError(400, ["Text is required"])
    return number, text


def _look_up(call: Call, jid: str, number: str) -> None:
    """Whether the instance can reach the number; each state of the socket fails in a way of its own, as recorded."""
    socket, inbox = call.instance.socket, call.store.inbox
    if is_group(jid):
        raise ApiError(400, ["[object Object]"])  # the phones here are in no group
    if socket == "none":
        raise ApiError(500, "Cannot read properties of undefined (reading 'onWhatsApp')")
    if socket == "waiting":
        raise ApiError(400, ["TypeError: Cannot read properties of undefined (reading 'id')"])
    if socket == "gone" or call.struck_by("closed"):
        if inbox.knows(jid) or socket != "gone":
            raise ApiError(400, ["Error: Connection Closed"])
        raise ApiError(500, "Connection Closed")
    if jid == USER:
        raise ApiError(400, [_NO_USER])
    if call.struck_by("lookup_timeout") and call.fault is not None:
        time.sleep(call.fault.seconds)
        raise ApiError(500, "Cannot read properties of undefined (reading 'find')")
    if call.struck_by("not_on_whatsapp"):
        raise ApiError(400, [{"jid": jid, "exists": False, "number": number}])
    inbox.know(jid)


def _deliver(call: Call, jid: str, text: str, *, recorded: bool = True) -> Received:
    return call.store.inbox.add(
        instance=call.instance.name,
        instance_id=call.instance.id,
        sender=call.instance.phone,
        jid=jid,
        text=text,
        recorded=recorded,
    )


@endpoint("POST")
def whatsapp_numbers(call: Call) -> Answer:
    numbers = call.body.get("numbers")
    if numbers == []:
        return 400, {"status": 400, "error": "Bad Request", "message": [["numbers does not meet minimum length of 1"]]}
    if not isinstance(numbers, list) or not call.instance.is_open:
        return 400, {}
    rows = [_number_row(call, str(number)) for number in numbers]
    return 200, sorted(rows, key=lambda row: not is_group(str(row["jid"])))  # groups first, else as they were given


def _number_row(call: Call, number: str) -> dict[str, Any]:
    jid = jid_of(number)
    exists = not is_group(jid) and not call.store.faults.without_whatsapp(number)
    if exists:
        call.store.inbox.know(jid)
    return {"jid": jid, "exists": exists, "number": number}


@endpoint("POST")
def find_messages(call: Call) -> Answer:
    where = call.body.get("where")
    try:
        page = call.store.inbox.find(
            call.instance.id,
            where if isinstance(where, dict) else {},
            size=max(int(call.body.get("offset") or 50), 1),
            page=max(int(call.body.get("page") or 1), 1),
        )
    except (TypeError, ValueError):  # a time or a size that is none
        raise ApiError(500, "Invalid `this.prismaRepository.message.count()` invocation") from None
    return 200, answers.found(page)
