"""Evolution API 2.3.7, messages: send a text, look numbers and groups up, search what was sent.

What all sends have in common is here, too; api_media.py sends files with it.

https://doc.evolution-api.com/v2/api-reference/message-controller/send-text
"""

from __future__ import annotations

import time
from typing import Any

from connections.sandbox import answers
from connections.sandbox.groups import GROUPS
from connections.sandbox.guards import Answer, ApiError, Call, endpoint
from connections.sandbox.inbox import Fate, Received
from connections.sandbox.numbers import USER, is_group, jid_of
from connections.sandbox.receipts import announce_sent

_NOT_RECORDED = (
    "\nInvalid `this.prismaRepository.message.create()` invocation:\nTimed out fetching a new connection from the pool."
)
_NO_USER = f'Error: JID decoded but user is empty: "{USER}" -> user: "", server: "s.whatsapp.net", device: undefined'


@endpoint("POST", "send")
def send_text(call: Call) -> Answer:
    number, text = _checked(call.body)
    jid = jid_of(number)
    look_up(call, jid, number)
    pretend_to_type(call)
    return 201, {**answers.sent(hand_over(call, jid, text)), **mentions(call, jid)}


def pretend_to_type(call: Call) -> None:
    """ "digitando…": the call blocks as long as it is shown."""
    delay = call.body.get("delay")
    if isinstance(delay, int) and delay > 0:
        time.sleep(delay / 1000)


def hand_over(call: Call, jid: str, text: str, **file: Any) -> Received:
    """To WhatsApp, once; what fails from here on fails with the message on its way. `file` is as in `Inbox.add`."""
    kind, seconds = (call.fault.kind, call.fault.seconds) if call.fault else ("", 0.0)
    if kind == "sent_not_recorded":
        call.store.deliver(call.instance, jid, text, recorded=False, **file)
        raise ApiError(500, _NOT_RECORDED)
    if kind == "sent_400":
        call.store.deliver(call.instance, jid, text, recorded=False, **file)
        raise ApiError(400, [f"Error: {_NOT_RECORDED}"])
    if kind == "slow_send":
        time.sleep(seconds)
    late = seconds if kind in ("recorded_late", "slow_answer") else 0.0
    fate = Fate(kind) if kind in list(Fate) else Fate.ARRIVES
    message = call.store.deliver(call.instance, jid, text, recorded_after=late, fate=fate, **file)
    if call.instance.hook_url:
        announce_sent(call.store, message)
    if kind == "slow_answer":
        time.sleep(seconds)
    return message


def mentions(call: Call, jid: str) -> dict[str, Any]:
    """A group's message names whom it mentions, and has no other context."""
    group = GROUPS.get(jid)
    mentioned = [jid_of(str(one)) for one in call.body.get("mentioned") or ()]
    if group and call.body.get("mentionsEveryOne"):
        mentioned = group.members_with(call.instance)
    return {"contextInfo": {"mentionedJid": mentioned}} if group and mentioned else {}


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


def look_up(call: Call, jid: str, number: str) -> None:
    """Whether the instance can reach the number; each state of the socket fails in a way of its own, as recorded."""
    socket, inbox = call.instance.socket, call.store.inbox
    if call.struck_by("not_loaded"):
        raise ApiError(500, "Cannot read properties of undefined (reading 'textMessage')")
    if is_group(jid):
        if socket != "open" or jid not in GROUPS or call.struck_by("closed") or call.store.faults.has_left(jid):
            raise ApiError(400, ["[object Object]"])
        return
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
    if jid in GROUPS:
        return {"jid": jid, "exists": True, "number": number, "name": GROUPS[jid].subject}
    exists = not is_group(jid) and not call.store.faults.without_whatsapp(number)
    if exists:
        call.store.inbox.know(jid)
    return {"jid": jid, "exists": exists, "number": number}


@endpoint("POST")
def find_messages(call: Call) -> Answer:
    try:
        page = call.store.search.messages(
            call.instance.id, _where(call), size=_number(call, "offset") or 50, page=_page(call)
        )
    except (TypeError, ValueError):  # a time or a size that is none
        raise ApiError(500, "Invalid `this.prismaRepository.message.count()` invocation") from None
    return 200, answers.found(page)


@endpoint("POST")
def find_status_message(call: Call) -> Answer:
    try:
        rows = call.store.search.receipts(
            call.instance.id, _where(call), size=_number(call, "offset"), page=_page(call)
        )
    except (TypeError, ValueError):
        raise ApiError(500, "Invalid `this.prismaRepository.messageUpdate.findMany()` invocation") from None
    return 200, [answers.receipt(message, status) for message, status in rows]


def _where(call: Call) -> dict[str, Any]:
    where = call.body.get("where")
    return where if isinstance(where, dict) else {}


def _number(call: Call, key: str) -> int:
    return max(int(call.body.get(key) or 0), 0)


def _page(call: Call) -> int:
    return _number(call, "page") or 1


@endpoint("GET", "groups")
def fetch_all_groups(call: Call) -> Answer:
    asked = call.request.GET.get("getParticipants")
    if asked is None:
        raise ApiError(400, ["The getParticipants needs to be informed in the query"])
    if call.instance.socket == "none":
        raise ApiError(500, "Cannot convert undefined or null to object")
    if not call.instance.is_open:
        raise ApiError(500, "Connection Closed")
    if call.struck_by("groups_limited"):
        raise ApiError(500, "rate-overlimit")
    if call.struck_by("groups_slow") and call.fault is not None:
        time.sleep(call.fault.seconds)
    rows = [group for group in GROUPS.values() if not call.store.faults.has_left(group.id)]
    return 200, [group.info(call.instance, participants=asked == "true") for group in rows]


@endpoint("GET")
def find_group_infos(call: Call) -> Answer:
    group = GROUPS.get(jid_of(call.request.GET.get("groupJid", "")))
    if group is None or not call.instance.is_open:
        raise ApiError(404, ["Error fetching group"])
    return 200, group.info(call.instance, participants=True)
