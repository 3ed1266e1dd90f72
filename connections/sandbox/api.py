"""Evolution API 2.3.7, instances: create, connect, state, restart, logout, delete, webhook, settings. No messages.

https://doc.evolution-api.com/v2/api-reference
"""

from __future__ import annotations

import re
import time
from typing import Any

from connections.sandbox import answers, payloads
from connections.sandbox.answers import EVENTS
from connections.sandbox.guards import Answer, ApiError, Call, endpoint
from connections.sandbox.instances import SETTINGS
from connections.sandbox.store import NameTaken

_NUMBER = re.compile(r"\d+[.@\w-]+")
_REQUIRED_SETTINGS = ("rejectCall", "groupsIgnore", "alwaysOnline", "readMessages", "readStatus", "syncFullHistory")
_NO_EVENTS = "Cannot read properties of undefined (reading 'length')"


@endpoint("POST", "create")
def create(call: Call) -> Answer:
    body = call.body
    name, number = str(body["instanceName"]), str(body.get("number") or "")
    if number and not _NUMBER.match(number):
        raise ApiError(400, [['number does not match pattern "^\\\\d+[\\\\.@\\\\w-]+"']])
    if body.get("integration") != "WHATSAPP-BAILEYS":
        raise ApiError(400, ["Invalid integration"])
    webhook = body.get("webhook")
    if isinstance(webhook, dict) and webhook.get("url"):
        if not isinstance(webhook.get("events"), list):
            raise ApiError(400, [_NO_EVENTS])
        webhook = {**webhook, "enabled": True, "events": webhook["events"] or list(EVENTS)}  # its `enabled` is ignored
    else:
        webhook = None
    settings = {key: body[key] for key in SETTINGS if key in body}
    try:
        call.store.create_instance(
            name, str(body.get("token") or ""), number=number, webhook=webhook, settings=settings
        )
    except NameTaken:  # by another call, since the guard looked
        raise ApiError(403, [f'This name "{name}" is already in use.']) from None
    call.store.announce(name, "INSTANCE_CREATE", payloads.instance_named(_read(call, name)))
    return 201, _with_qr(call, name) if body.get("qrcode") is True else answers.created(_read(call, name))


def _with_qr(call: Call, name: str) -> dict[str, Any]:
    number = str(call.body.get("number") or "")
    _open(call, name, number)
    instance = _read(call, name)
    return {**answers.created(instance), "qrcode": answers.qr_shown(instance)}


def _open(call: Call, name: str, number: str) -> None:
    """WhatsApp takes a moment to give a first QR. Where it refuses a pairing code, the gateway takes over no QR either,
    now and each time that WhatsApp offers the next one.

    https://github.com/EvolutionAPI/evolution-api/blob/2.3.7/src/api/integrations/channel/whatsapp/whatsapp.baileys.service.ts
    """
    time.sleep(call.gateway.qr_delay)
    is_refused = call.struck_by("no_code")
    with_qr = not call.struck_by("no_qr") and not is_refused
    call.store.open_socket(name, number=number, with_qr=with_qr, stuck="code" if is_refused else "")


def _read(call: Call, name: str) -> Any:
    instance = call.store.get(name)
    if instance is None:
        raise ApiError(404, answers.missing(name))
    return instance


@endpoint("GET", "connect")
def connect(call: Call) -> Answer:
    instance = call.instance
    if instance.is_open:
        return 200, answers.state(instance)
    if not instance.has_qr and not instance.deleted_at:
        _open(call, instance.name, call.request.GET.get("number", ""))
    if call.struck_by("no_qr"):
        return 200, {"count": 0}
    instance = _read(call, instance.name)
    return 200, answers.state(instance) if instance.is_open else answers.qr_shown(instance)


@endpoint("GET", "state")
def connection_state(call: Call) -> Answer:
    return 200, answers.state(call.instance)


@endpoint("GET", "state")
def fetch_instances(call: Call) -> Answer:
    wanted = {"name": call.request.GET.get("instanceName"), "id": call.request.GET.get("instanceId")}
    number = call.request.GET.get("number")
    rows = [one for one in call.store.instances() if call.is_global or one.token == call.key]
    for key, value in wanted.items():
        if value:
            rows = [one for one in rows if getattr(one, key) == value]
            if not rows:
                raise ApiError(404, [f'Instance "{value}" not found'])
    rows = [one for one in rows if not number or one.number == number]
    rows.sort(key=lambda one: one.created_at, reverse=True)
    return 200, [answers.instance_row(one, call.store.inbox.count(one.id)) for one in rows]


@endpoint("POST")
def restart(call: Call) -> Answer:
    instance = call.instance
    if instance.is_open:
        call.store.tell_open(instance)
        return 200, answers.state(instance)
    if not instance.has_qr:
        return 200, {"error": True, "message": "[object Object]"}
    call.store.renew_qr(instance.name)  # the answer still shows the QR before it
    return 200, answers.qr_shown(instance)


@endpoint("DELETE")
def logout(call: Call) -> Answer:
    if call.instance.state == "close":
        raise ApiError(400, [f'The "{call.instance.name}" instance is not connected'])
    call.store.log_out(call.instance.name)
    return 200, answers.success("Instance logged out")


@endpoint("DELETE")
def delete(call: Call) -> Answer:
    if call.instance.state != "close":
        call.store.log_out(call.instance.name)
    call.store.delete(call.instance.name)
    return 200, answers.success("Instance deleted")


@endpoint("POST")
def webhook_set(call: Call) -> Answer:
    given = call.body.get("webhook")
    if not isinstance(given, dict):
        raise ApiError(400, [['instance requires property "webhook"']])
    events = given.get("events")
    if not isinstance(events, list):
        raise ApiError(500, _NO_EVENTS)
    wrong = [
        f"webhook.events[{n}] is not one of enum values: {','.join(EVENTS)}"
        for n, e in enumerate(events)
        if e not in EVENTS
    ]
    if wrong:
        raise ApiError(400, [wrong])
    enabled = bool(given.get("enabled"))
    kept = call.instance.webhook or {}
    headers = given.get("headers", kept.get("headers"))
    stored = {**given, "headers": headers, "enabled": enabled, "events": (events or list(EVENTS)) if enabled else []}
    call.store.set_webhook(call.instance.name, stored)
    return 201, answers.webhook_row(_read(call, call.instance.name))


@endpoint("GET")
def webhook_find(call: Call) -> Answer:
    return 200, answers.webhook_row(call.instance)


@endpoint("POST")
def settings_set(call: Call) -> Answer:
    lacking = [f'instance requires property "{key}"' for key in _REQUIRED_SETTINGS if key not in call.body]
    if lacking:
        raise ApiError(400, [lacking])
    given = {key: call.body[key] for key in SETTINGS if key in call.body}
    call.store.set_settings(call.instance.name, given)
    return 201, {"settings": {"instanceName": call.instance.name, "settings": given}}


@endpoint("GET")
def settings_find(call: Call) -> Answer:
    return 200, call.instance.settings
