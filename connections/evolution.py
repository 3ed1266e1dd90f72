"""The one HTTP client of Evolution API (2.3.7). Typed answers, a timeout on every call; decides and stores nothing.

Errors are named by what may be done next, not by what went wrong. Their text names method, path and status, never a
header or a body: those hold keys, phone numbers and private text.
https://doc.evolution-api.com/v2/api-reference
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import requests
from django.conf import settings
from django.utils.dateparse import parse_datetime

from connections.classification import Code
from connections.evolution_http import EvolutionError, EvolutionHttp, NotSent, Refused, Uncertain
from connections.groups_rule import READ_TIMEOUT as LIST_TIMEOUT
from connections.groups_rule import GroupFacts, groups_of
from connections.traces import SEARCHED_AT_ONCE, Trace, search_for, traces_of

__all__ = [
    "EvolutionClient",
    "EvolutionError",
    "InstanceInfo",
    "NotSent",
    "QrAnswer",
    "Refused",
    "SentMessage",
    "Uncertain",
    "Webhook",
]

MOST_SEARCHED = 50  # pages of one search


@dataclass(frozen=True, slots=True)
class SentMessage:
    """Handed to WhatsApp's socket. `jid` is the address that answered; in Brazil it may lack the ninth digit."""

    id: str
    jid: str


@dataclass(frozen=True, slots=True)
class InstanceInfo:
    """What may be known of an instance outside this module."""

    name: str
    id: str
    is_ours: bool
    owner_jid: str
    profile_name: str
    disconnection_code: int | None
    #: When that was; the gateway keeps both after the connection is open again.
    disconnected_at: datetime | None


@dataclass(frozen=True, slots=True)
class QrAnswer:
    """`code` is what the QR says, "" while there is none yet; `is_open` when there is nothing to scan any more."""

    code: str
    count: int
    is_open: bool = False
    pairing_code: str = ""


@dataclass(frozen=True, slots=True)
class Webhook:
    """Where the gateway tells of an instance's events, with the header that proves it is the gateway."""

    url: str
    authorization: str = field(repr=False)
    events: frozenset[str]

    def as_json(self) -> dict[str, Any]:
        """`events` must be there and not be empty: an empty list means all events, none at all is an error."""
        return {
            "enabled": True,
            "url": self.url,
            "byEvents": False,
            "base64": False,
            "headers": {"authorization": self.authorization},
            "events": sorted(self.events),
        }


@dataclass(frozen=True, slots=True)
class EvolutionClient(EvolutionHttp):
    @classmethod
    def from_settings(cls) -> EvolutionClient:
        return cls(settings.EVOLUTION_API_URL, settings.EVOLUTION_API_KEY)

    # https://doc.evolution-api.com/v2/api-reference/instance-controller/create-instance-basic
    def create_instance(self, name: str, *, token: str, webhook: Webhook) -> str:
        """Create an instance without opening it, and return its id. Raises Refused(NAME_TAKEN).

        Asking for the QR here makes the call sleep five seconds and may still bring none; `connect` brings it in two.
        """
        data = self._json(
            "POST",
            "/instance/create",
            json={
                "instanceName": name,
                "integration": "WHATSAPP-BAILEYS",
                "qrcode": False,
                "token": token,
                "rejectCall": False,
                "msgCall": "",
                "groupsIgnore": False,  # true would drop retry receipts: members stay on "Aguardando mensagem"
                "alwaysOnline": False,  # true would silence the client's own phone
                "readMessages": False,
                "readStatus": False,
                "syncFullHistory": False,
                "webhook": webhook.as_json(),
            },
        )
        return str(self._field(data, "/instance/create", "instance", "instanceId"))

    # https://doc.evolution-api.com/v2/api-reference/instance-controller/instance-connect
    def connect(self, name: str, *, number: str = "") -> QrAnswer:
        """Open the pairing and read its QR; with a `number` (E.164), of an instance that is closed, a pairing code too.

        Never for an instance with a session that is only reconnecting: a second socket would fight the first.
        """
        params = {"number": number.removeprefix("+")} if number else None
        path = self._path("/instance/connect", name)
        data = self._checked(self._request("GET", path, params=params), "GET", "/instance/connect")
        if not isinstance(data, dict):
            raise Uncertain(Code.UNKNOWN_ANSWER, "GET /instance/connect")
        if isinstance(data.get("instance"), dict) and data["instance"].get("state") == "open":
            return QrAnswer(code="", count=0, is_open=True)
        count = data.get("count")
        return QrAnswer(
            code=str(data.get("code") or ""),
            count=count if isinstance(count, int) else 0,
            pairing_code=str(data.get("pairingCode") or "")[:12],
        )

    # https://doc.evolution-api.com/v2/api-reference/instance-controller/connection-state
    def connection_state(self, name: str) -> str | None:
        """ "open", "connecting", "close", "" while the gateway boots, or None where the instance does not exist."""
        try:
            data = self._json("GET", self._path("/instance/connectionState", name))
        except NotSent as error:
            if error.code is Code.INSTANCE_MISSING:
                return None
            raise
        instance = self._field(data, "/instance/connectionState", "instance")
        return str(instance.get("state") or "") if isinstance(instance, dict) else ""

    # https://doc.evolution-api.com/v2/api-reference/instance-controller/fetch-instances
    def fetch_instance(self, name: str, *, token: str = "") -> InstanceInfo | None:
        """The gateway's row of an instance, None where there is none. Its connectionStatus is stale and is not read.

        The rows hold the token of each instance, which stays in this module: `is_ours` says whether it is `token`.
        """
        row = self._row(name)
        return _info(row, token) if row else None

    def list_instances(self) -> list[InstanceInfo]:
        """All that the gateway holds, also those that are not ours."""
        rows = self._json("GET", "/instance/fetchInstances")
        return [_info(row, "") for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []

    def token_to_adopt(self, name: str) -> str:
        """The token of an instance that is to become ours, "" where there is none. For an encrypted column only."""
        row = self._row(name)
        return str(row.get("token") or "") if row else ""

    def _row(self, name: str) -> dict[str, Any] | None:
        path = "/instance/fetchInstances"
        response = self._request("GET", path, params={"instanceName": name})
        if response.status_code == 404:
            return None
        rows = self._checked(response, "GET", path)
        row = rows[0] if isinstance(rows, list) and rows else None
        return row if isinstance(row, dict) else None

    # https://doc.evolution-api.com/v2/api-reference/instance-controller/restart-instance
    def restart(self, name: str) -> None:
        """Open an instance's socket anew; while it waits for a scan, its next QR. What it answers is the state before.

        Raises Refused(NOT_CONNECTED) for a closed one: the gateway says so with a 200 that is none.
        """
        path = "/instance/restart"
        data = self._json("POST", self._path(path, name))
        if not isinstance(data, dict):
            raise Uncertain(Code.UNKNOWN_ANSWER, f"POST {path}")
        if data.get("error"):
            raise Refused(Code.NOT_CONNECTED, f"POST {path}")

    # https://doc.evolution-api.com/v2/api-reference/instance-controller/logout-instance
    def logout(self, name: str) -> None:
        """End the WhatsApp session. An instance that is closed already, or unknown, is as good as logged out."""
        response = self._request("DELETE", self._path("/instance/logout", name))
        if response.status_code in (400, 404):
            return
        self._checked(response, "DELETE", "/instance/logout")

    # https://doc.evolution-api.com/v2/api-reference/instance-controller/delete-instance
    def delete(self, name: str) -> None:
        """Remove the instance. The gateway does it after answering: the name may stay taken for a moment."""
        response = self._request("DELETE", self._path("/instance/delete", name))
        if response.status_code == 404:
            return
        self._checked(response, "DELETE", "/instance/delete")

    # https://doc.evolution-api.com/v2/api-reference/webhook/get
    def find_webhook(self, name: str) -> Webhook | None:
        """What the gateway calls for this instance; None where it calls nothing, or in a form of its own."""
        path = "/webhook/find"
        response = self._request("GET", self._path(path, name))
        if response.ok and response.content.strip() in (b"", b"null"):
            return None
        row = self._checked(response, "GET", path)
        headers = row.get("headers") if isinstance(row, dict) else None
        if not isinstance(headers, dict) or not row.get("enabled") or row.get("webhookByEvents"):
            return None
        given = {str(key).lower(): str(value) for key, value in headers.items()}
        events = row.get("events")
        return Webhook(
            url=str(row.get("url") or ""),
            authorization=given.get("authorization", ""),
            events=frozenset(map(str, events)) if isinstance(events, list) else frozenset(),
        )

    # https://doc.evolution-api.com/v2/api-reference/webhook/set
    def set_webhook(self, name: str, webhook: Webhook) -> None:
        self._json("POST", self._path("/webhook/set", name), json={"webhook": webhook.as_json()})

    # https://doc.evolution-api.com/v2/api-reference/message-controller/send-text
    def send_text(self, name: str, *, to: str, text: str) -> SentMessage:
        """Send a text; `to` is E.164 or a group's address. Not idempotent, and never repeated by this layer.

        A 201 means "handed to WhatsApp's socket", not "delivered". Raises Refused, NotSent, Uncertain.
        """
        path = "/message/sendText"
        response = self._request(
            "POST",
            self._path(path, name),
            json={"number": to.removeprefix("+"), "text": text, "linkPreview": False},
            read_timeout=settings.SEND_READ_TIMEOUT,
        )
        return self._sent(response, path, to)

    # https://doc.evolution-api.com/v2/api-reference/message-controller/send-media
    def send_media(
        self, name: str, *, to: str, file: bytes, file_name: str, file_type: str, caption: str
    ) -> SentMessage:
        """Send a document, or an image where `file_type` (a MIME type) says so, with its caption. As `send_text`.

        By multipart, which takes large files; `file_name` holds the message's reference, by which it can be found.
        """
        path = "/message/sendMedia"
        kind = "image" if file_type.startswith("image/") else "document"
        response = self._request(
            "POST",
            self._path(path, name),
            data={"number": to.removeprefix("+"), "mediatype": kind, "fileName": file_name, "caption": caption},
            files={"file": (file_name, file, file_type)},
            read_timeout=settings.SEND_READ_TIMEOUT,
        )
        return self._sent(response, path, to)

    def _sent(self, response: requests.Response, path: str, to: str) -> SentMessage:
        data = self._checked(response, "POST", path, to=to)
        key = data.get("key") if isinstance(data, dict) else None
        if not isinstance(key, dict) or not key.get("id"):
            raise Uncertain(Code.UNKNOWN_ANSWER, f"POST {path} {response.status_code}")
        return SentMessage(id=str(key["id"]), jid=str(key.get("remoteJid") or ""))

    # https://doc.evolution-api.com/v2/api-reference/group-controller/fetch-all-groups
    def list_groups(self, name: str) -> list[GroupFacts]:
        """The groups that this number is in. Slow, since WhatsApp is asked for each; for a task, never for a page."""
        path = "/group/fetchAllGroups"
        response = self._request(
            "GET", self._path(path, name), params={"getParticipants": "false"}, read_timeout=LIST_TIMEOUT
        )
        rows = self._checked(response, "GET", path)
        if not isinstance(rows, list):
            raise Uncertain(Code.UNKNOWN_ANSWER, f"GET {path}")
        return groups_of(rows)

    # https://doc.evolution-api.com/v2/api-reference/chat-controller/find-messages
    def find_messages(self, name: str, *, since: datetime, until: datetime) -> Iterator[list[Trace]]:
        """What this number wrote between two moments, page by page, newest first, cut down to what `Trace` holds.

        The same table holds the client's private chats: keep the one row that is ours, log none. Raises EvolutionError,
        also where there is more than MOST_SEARCHED pages: a search that did not see everything proves nothing.
        """
        path = "/chat/findMessages"
        for page in range(1, MOST_SEARCHED + 1):
            data = self._json("POST", self._path(path, name), json=search_for(since, until, page))
            records = self._field(data, path, "messages", "records")
            pages = self._field(data, path, "messages", "pages")
            if not isinstance(records, list):
                raise Uncertain(Code.UNKNOWN_ANSWER, f"POST {path}")
            yield traces_of(records)
            if len(records) < SEARCHED_AT_ONCE if not isinstance(pages, int) else page >= pages:
                return
        raise Uncertain(Code.UNKNOWN_ANSWER, f"POST {path}: too many pages")


def _info(row: dict[str, Any], token: str) -> InstanceInfo:
    code = row.get("disconnectionReasonCode")
    return InstanceInfo(
        name=str(row.get("name") or ""),
        id=str(row.get("id") or ""),
        is_ours=bool(token) and secrets.compare_digest(str(row.get("token") or "").encode(), token.encode()),
        owner_jid=str(row.get("ownerJid") or ""),
        profile_name=str(row.get("profileName") or ""),
        disconnection_code=code if isinstance(code, int) else None,
        disconnected_at=parse_datetime(str(row.get("disconnectionAt") or "")),
    )
