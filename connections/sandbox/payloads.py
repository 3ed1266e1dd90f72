"""The `data` of each webhook and its envelope, key by key as 2.3.7 was recorded to send them. Pure; sends nothing."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from connections.sandbox import qr
from connections.sandbox.answers import iso, row_id
from connections.sandbox.inbox import Received
from connections.sandbox.instances import Instance

Json = dict[str, Any]

LOGGED_OUT = 401
QR_LIMIT_REACHED: Json = {"message": "QR code limit reached, please login again", "statusCode": 500}
_TOKEN_LIFE = 600  # seconds


def qrcode_updated(instance: Instance) -> Json:
    shown = {"pairingCode": instance.pairing_code or None, "code": instance.qr_code}
    return {"qrcode": {"instance": instance.name, **shown, "base64": qr.png_url(instance.qr_code)}}


def connecting(name: str) -> Json:
    return {"instance": name, "state": "connecting", "statusReason": 200}


def opened(instance: Instance) -> Json:
    return {"instance": instance.name, **_owner(instance), "state": "open", "statusReason": 200}


def closed(name: str) -> Json:
    return {"instance": name, "state": "close", "statusReason": LOGGED_OUT}


def refused(instance: Instance) -> Json:
    """At the QR limit."""
    owner = _owner(instance) if instance.phone else {}
    return {"instance": instance.name, "state": "refused", "statusReason": 428, **owner}


def _owner(instance: Instance) -> Json:
    return {"wuid": instance.owner_jid, "profileName": instance.profile_name, "profilePictureUrl": None}


def status_closed(instance: Instance) -> Json:
    return {
        "instance": instance.name,
        "status": "closed",
        "disconnectionAt": iso(instance.disconnected_at),
        "disconnectionReasonCode": LOGGED_OUT,
        "disconnectionObject": instance.disconnection,
    }


def instance_named(instance: Instance) -> Json:
    """Of INSTANCE_CREATE and INSTANCE_DELETE."""
    return {"instanceName": instance.name, "instanceId": instance.id}


def message_updated(message: Received, status: str) -> Json:
    return {
        "keyId": message.id,
        "remoteJid": message.jid,
        "fromMe": True,
        "status": status,
        "instanceId": message.instance_id,
        "messageId": row_id(message.id, "m"),
    }


def event_word(event: str) -> str:
    """`QRCODE_UPDATED` is `qrcode.updated` in a body."""
    return event.lower().replace("_", ".")


def url_of(instance: Instance, event: str) -> str:
    by_event = "/" + event.lower().replace("_", "-") if (instance.webhook or {}).get("byEvents") else ""
    return instance.hook_url + by_event


def envelope(instance: Instance, event: str, data: Any, *, server_url: str, now: float, zone: str) -> Json:
    """`sender` is there from the first login on and stays; the time is the server's local one with a false Z."""
    local = datetime.fromtimestamp(now, ZoneInfo(zone)).replace(tzinfo=None)
    sender = {"sender": instance.owner_jid} if instance.phone else {}
    return {
        "event": event_word(event),
        "instance": instance.name,
        "data": data,
        "destination": url_of(instance, event),
        "date_time": local.isoformat(timespec="milliseconds") + "Z",
        **sender,
        "server_url": server_url,
        "apikey": None,  # shown only where the server is set to expose tokens
    }


def headers_of(instance: Instance) -> dict[str, str]:
    """The webhook's own headers as they are; a `jwt_key` among them becomes a signed token."""
    given = {str(key): str(value) for key, value in ((instance.webhook or {}).get("headers") or {}).items()}
    key = given.pop("jwt_key", "")
    signed = {"Authorization": f"Bearer {_token(key)}"} if key else {}
    agent = {"Accept": "application/json, text/plain, */*", "User-Agent": "axios/1.13.2"}
    return {**agent, "Content-Type": "application/json", **given, **signed}


def _token(key: str) -> str:
    now = int(time.time())
    claims = {"iat": now, "exp": now + _TOKEN_LIFE, "app": "evolution", "action": "webhook"}
    parts = [_base64(json.dumps(part).encode()) for part in ({"alg": "HS256", "typ": "JWT"}, claims)]
    signature = hmac.new(key.encode(), ".".join(parts).encode(), hashlib.sha256).digest()
    return ".".join([*parts, _base64(signature)])


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
