"""The JSON that Evolution API 2.3.7 answers with, key by key as it was recorded. Pure; decides nothing.

https://doc.evolution-api.com/v2/api-reference
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from connections.sandbox import qr
from connections.sandbox.inbox import Received
from connections.sandbox.instances import Instance
from connections.sandbox.media import whatsapp_form
from connections.sandbox.numbers import is_group
from connections.sandbox.search import Found

VERSION = "2.3.7"
CLIENT_NAME = "adscape_sandbox"
REASONS = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    413: "Payload Too Large",
    500: "Internal Server Error",
}
EVENTS = (
    *("APPLICATION_STARTUP", "QRCODE_UPDATED", "MESSAGES_SET", "MESSAGES_UPSERT", "MESSAGES_EDITED", "MESSAGES_UPDATE"),
    *("MESSAGES_DELETE", "SEND_MESSAGE", "SEND_MESSAGE_UPDATE", "CONTACTS_SET", "CONTACTS_UPSERT", "CONTACTS_UPDATE"),
    *("PRESENCE_UPDATE", "CHATS_SET", "CHATS_UPSERT", "CHATS_UPDATE", "CHATS_DELETE", "GROUPS_UPSERT", "GROUP_UPDATE"),
    *("GROUP_PARTICIPANTS_UPDATE", "CONNECTION_UPDATE", "LABELS_EDIT", "LABELS_ASSOCIATION", "CALL", "TYPEBOT_START"),
    *("TYPEBOT_CHANGE_STATUS", "REMOVE_INSTANCE", "LOGOUT_INSTANCE", "INSTANCE_CREATE", "INSTANCE_DELETE"),
    "STATUS_INSTANCE",
)
#: How long WhatsApp says that the chat's expiry setting has stood; any past moment does.
_EXPIRY_AGE = 172_800
_WEBHOOK_KEYS = {
    "url": "webhookUrl",
    "headers": "webhookHeaders",
    "byEvents": "webhookByEvents",
    "base64": "webhookBase64",
}

Json = dict[str, Any]


def iso(seconds: float) -> str:
    """`2026-11-24T06:50:55.216Z`."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def welcome(documentation: str = "https://doc.evolution-api.com") -> Json:
    return {
        "status": 200,
        "message": "Welcome to the Evolution API, it is working!",
        "version": VERSION,
        "clientName": CLIENT_NAME,
        "documentation": documentation,
        "whatsappWebVersion": "2.3000.1027934701",
    }


def error(status: int, message: Any) -> Json:
    return {"status": status, "error": REASONS[status], "response": {"message": message}}


def missing(name: str) -> list[str]:
    return [f'The "{name}" instance does not exist']


def success(message: str) -> Json:
    return {"status": "SUCCESS", "error": False, "response": {"message": message}}


def state(instance: Instance) -> Json:
    return {"instance": {"instanceName": instance.name, "state": instance.state}}


def qr_shown(instance: Instance) -> Json:
    """With nothing to show yet, only the count is there."""
    if not instance.has_qr:
        return {"count": 0}
    return {
        "pairingCode": instance.pairing_code or None,
        "code": instance.qr_code,
        "base64": qr.png_url(instance.qr_code),
        "count": instance.qr_count,
    }


def created(instance: Instance) -> Json:
    """Without `qrcode`, which is a key of its own only when it was asked for."""
    webhook = instance.webhook or {}
    return {
        "instance": {
            "instanceName": instance.name,
            "instanceId": instance.id,
            "integration": "WHATSAPP-BAILEYS",
            "webhookWaBusiness": None,
            "accessTokenWaBusiness": "",
            "status": instance.state,
        },
        "hash": instance.token,
        "webhook": {_WEBHOOK_KEYS[key]: webhook[key] for key in _WEBHOOK_KEYS if webhook.get(key) is not None},
        "websocket": {},
        "rabbitmq": {},
        "nats": {},
        "sqs": {},
        "settings": instance.settings,
    }


def instance_row(instance: Instance, messages: int) -> Json:
    disconnected = bool(instance.disconnection)
    return {
        "id": instance.id,
        "name": instance.name,
        "connectionStatus": "open" if instance.is_stormy else instance.state,  # behind while it reconnects
        "ownerJid": instance.owner_jid or None,
        "profileName": instance.profile_name or None,
        "profilePicUrl": None,
        "integration": "WHATSAPP-BAILEYS",
        "number": instance.number or None,
        "businessId": None,
        "token": instance.token,
        "clientName": CLIENT_NAME,
        "disconnectionReasonCode": 401 if disconnected else None,
        "disconnectionObject": instance.disconnection or None,
        "disconnectionAt": iso(instance.disconnected_at) if disconnected else None,
        "createdAt": iso(instance.created_at),
        "updatedAt": iso(instance.updated_at),
        **dict.fromkeys(("Chatwoot", "Proxy", "Rabbitmq", "Nats", "Sqs", "Websocket")),
        "Setting": _settings_row(instance),
        "_count": {"Message": messages, "Contact": 0, "Chat": 0},
    }


def _settings_row(instance: Instance) -> Json:
    return {
        "id": row_id(instance.id, "s"),
        **instance.settings,
        "createdAt": iso(instance.created_at),
        "updatedAt": iso(instance.updated_at),
        "instanceId": instance.id,
    }


def webhook_row(instance: Instance) -> Json | None:
    if instance.webhook is None:
        return None
    return {
        "id": row_id(instance.id, "w"),
        "url": instance.webhook.get("url", ""),
        "headers": instance.webhook.get("headers"),
        "enabled": instance.webhook["enabled"],
        "events": instance.webhook["events"],
        "webhookByEvents": instance.webhook.get("byEvents") or False,
        "webhookBase64": instance.webhook.get("base64") or False,
        "createdAt": iso(instance.created_at),
        "updatedAt": iso(instance.updated_at),
        "instanceId": instance.id,
    }


def sent(message: Received) -> Json:
    """A file's context is there twice, and of a group empty; a group's text has none."""
    of_group, at, file = is_group(message.jid), int(message.at.timestamp()), message.file
    inside = {} if of_group else _context(message)
    context = {} if of_group and file is None else {"contextInfo": inside}
    said: Json = {"conversation": message.text}
    if file is not None:
        said = whatsapp_form(file, message.text, key=message.id, at=at, context=inside)
    return {
        "key": {"remoteJid": message.jid, "fromMe": message.from_me, "id": message.id},
        "pushName": message.push_name or "Você",
        "status": "PENDING",
        "message": said,
        **context,
        "messageType": next(iter(said)),
        "messageTimestamp": at,
        "instanceId": message.instance_id,
        "source": "web" if message.from_me else "android",
    }


def found(page: Found) -> Json:
    return {
        "messages": {
            "total": page.total,
            "pages": page.pages,
            "currentPage": page.page,
            "records": [_record(message, page.now) for message in page.messages],
        }
    }


def _record(message: Received, now: float) -> Json:
    """Without a status: a row of the gateway's own never moves on from PENDING, its receipts do."""
    row = {"contextInfo": None, **sent(message)}
    del row["status"]
    updates = [{"status": status} for status in message.receipts_by(now)]
    return {"id": row_id(message.id, "m"), **row, "MessageUpdate": updates}


def receipt(message: Received, status: str) -> Json:
    return {
        "id": row_id(message.id + status.lower(), "u"),
        "keyId": message.id,
        "remoteJid": message.jid,
        "fromMe": message.from_me,
        "participant": None,
        "pollUpdates": None,
        "status": status,
        "messageId": row_id(message.id, "m"),
        "instanceId": message.instance_id,
    }


def _context(message: Received) -> Json:
    return {
        "mentionedJid": [],
        "groupMentions": [],
        "ephemeralSettingTimestamp": {"low": int(message.at.timestamp()) - _EXPIRY_AGE, "high": 0, "unsigned": False},
        "disappearingMode": {"initiator": 0},
    }


def row_id(of: str, kind: str) -> str:
    """Looks like the database's row ids: 25 characters, the same for the same row."""
    return f"c{kind}{of.replace('-', '').lower():0<23.23}"
