"""The one HTTP client of Evolution API (2.3.7). Typed answers, a timeout on every call; decides and stores nothing.

Errors are named by what may be done next, not by what went wrong. Their text names method, path and status, never a
header or a body: those hold keys, phone numbers and private text.
https://doc.evolution-api.com/v2/api-reference
"""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

import requests
from django.conf import settings
from requests.adapters import HTTPAdapter
from urllib3.exceptions import MaxRetryError, NewConnectionError, SSLError

from connections.classification import SENTENCE, Code, Verdict, meaning_of_error
from connections.traces import SEARCHED_AT_ONCE, Trace, search_for, traces_of

CONNECT_TIMEOUT = 5.0  # seconds
READ_TIMEOUT = 20.0
MOST_SEARCHED = 50  # pages of one search
#: Seconds after which a connection that nobody used is not used again for a send: Node, which the gateway runs on,
#: closes one after five, and a send on it just then would look like one that was cut off in the middle.
IDLE_TIMEOUT = 3.0


class EvolutionError(Exception):
    """A call that did not succeed. `code` says why, `sentence` says it to a person in pt-BR."""

    def __init__(self, code: Code, call: str) -> None:
        super().__init__(f"{call}: {code}")
        self.code = code

    @property
    def sentence(self) -> str:
        return SENTENCE[self.code]


class Refused(EvolutionError):
    """Evolution said no; repeating the same will not help."""


class NotSent(EvolutionError):
    """It certainly had no effect: safe to do again, now or later, here or elsewhere."""


class Uncertain(EvolutionError):
    """It may have taken effect: a send must never be repeated on its own."""


_ERROR = {Verdict.REFUSED: Refused, Verdict.NOT_SENT: NotSent, Verdict.UNCERTAIN: Uncertain}


@dataclass(frozen=True, slots=True)
class SentMessage:
    """Handed to WhatsApp's socket. `jid` is the address that answered; in Brazil it may lack the ninth digit."""

    id: str
    jid: str


@dataclass(frozen=True, slots=True)
class InstanceInfo:
    id: str
    token: str
    owner_jid: str
    profile_name: str
    disconnection_code: int | None


@dataclass(frozen=True, slots=True)
class QrAnswer:
    """`code` is "" while there is no QR yet; `is_open` when there is nothing to scan any more."""

    code: str
    count: int
    is_open: bool = False


@dataclass(frozen=True, slots=True)
class EvolutionClient:
    base_url: str
    api_key: str

    @classmethod
    def from_settings(cls) -> EvolutionClient:
        return cls(settings.EVOLUTION_API_URL, settings.EVOLUTION_API_KEY)

    # https://doc.evolution-api.com/v2/api-reference/instance-controller/create-instance-basic
    def create_instance(self, name: str, *, token: str) -> str:
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
            },
        )
        return str(self._field(data, "/instance/create", "instance", "instanceId"))

    # https://doc.evolution-api.com/v2/api-reference/instance-controller/instance-connect
    def connect(self, name: str) -> QrAnswer:
        """Open the pairing and read its QR. Never for an instance with a session that is only reconnecting: a second
        socket of the same session would fight the first."""
        data = self._json("GET", self._path("/instance/connect", name))
        if not isinstance(data, dict):
            raise Uncertain(Code.UNKNOWN_ANSWER, "GET /instance/connect")
        if isinstance(data.get("instance"), dict) and data["instance"].get("state") == "open":
            return QrAnswer(code="", count=0, is_open=True)
        count = data.get("count")
        return QrAnswer(code=str(data.get("code") or ""), count=count if isinstance(count, int) else 0)

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
    def fetch_instance(self, name: str) -> InstanceInfo | None:
        """The gateway's row of an instance, None where there is none. Its connectionStatus is stale and is not read."""
        path = "/instance/fetchInstances"
        response = self._request("GET", path, params={"instanceName": name})
        if response.status_code == 404:
            return None
        rows = self._checked(response, "GET", path)
        row = rows[0] if isinstance(rows, list) and rows else None
        if not isinstance(row, dict):
            return None
        return InstanceInfo(
            id=str(row.get("id") or ""),
            token=str(row.get("token") or ""),
            owner_jid=str(row.get("ownerJid") or ""),
            profile_name=str(row.get("profileName") or ""),
            disconnection_code=row.get("disconnectionReasonCode"),
        )

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

    @staticmethod
    def _path(route: str, name: str) -> str:
        return f"{route}/{quote(name, safe='')}"

    def _json(self, method: str, path: str, *, json: Any = None) -> Any:
        return self._checked(self._request(method, path, json=json), method, path)

    def _request(
        self,
        method: str,
        path: str,
        *,
        json: Any = None,
        params: dict[str, str] | None = None,
        read_timeout: float = READ_TIMEOUT,
        data: dict[str, str] | None = None,
        files: dict[str, tuple[str, bytes, str]] | None = None,
    ) -> requests.Response:
        try:
            return _session().request(
                method,
                f"{self.base_url}{path}",
                json=json,
                params=params,
                data=data,
                files=files,
                headers={"apikey": self.api_key},
                timeout=(CONNECT_TIMEOUT, read_timeout),
                allow_redirects=False,  # a followed redirect turns a POST into a GET
            )
        except requests.RequestException as error:
            raise _transport_error(error, f"{method} {path}") from None

    @staticmethod
    def _checked(response: requests.Response, method: str, path: str, *, to: str = "") -> Any:
        """The JSON of a good answer; the fitting error for any other."""
        call = f"{method} {path} {response.status_code}"
        try:
            body = response.json()
        except requests.JSONDecodeError:
            body = None
        if 200 <= response.status_code < 300:
            if body is None:
                raise Uncertain(Code.UNKNOWN_ANSWER, call)
            return body
        if path == "/instance/create" and response.status_code == 403:
            raise Refused(Code.NAME_TAKEN, call)
        meaning = meaning_of_error(response.status_code, body, to=to)
        raise _ERROR[meaning.verdict](meaning.code, call)

    @staticmethod
    def _field(data: Any, path: str, *keys: str) -> Any:
        for key in keys:
            if not isinstance(data, dict) or key not in data:
                raise Uncertain(Code.UNKNOWN_ANSWER, path)
            data = data[key]
        return data


_local = threading.local()


def _session() -> requests.Session:
    """A session for each thread (requests' is not thread-safe) that neither retries nor reads proxies and .netrc: the
    gateway stands in a private network, and its key must go nowhere else. Connections that were idle are not reused."""
    now = time.monotonic()
    if hasattr(_local, "session") and now - _local.used_at > IDLE_TIMEOUT:
        _local.session.close()
    _local.used_at = now
    if not hasattr(_local, "session"):
        session = requests.Session()
        session.trust_env = False
        adapter = HTTPAdapter(max_retries=0)
        session.mount("http://", adapter)
        session.mount("https://", adapter)
        _local.session = session
    session = _local.session
    assert isinstance(session, requests.Session)  # noqa: S101  for the type checker
    return session


def _transport_error(error: requests.RequestException, call: str) -> EvolutionError:
    """NotSent only where no byte of the request can have arrived; requests' own ConnectionError also covers a reset
    after the gateway has read everything."""
    if isinstance(error, requests.ConnectTimeout):
        return NotSent(Code.UNREACHABLE, call)
    if isinstance(error, requests.Timeout):
        return Uncertain(Code.TIMEOUT, call)
    cause = error.args[0] if error.args else None
    reason = cause.reason if isinstance(cause, MaxRetryError) else None
    if isinstance(reason, NewConnectionError):
        return NotSent(Code.UNREACHABLE, call)
    if isinstance(reason, SSLError) and isinstance(
        reason.args[0] if reason.args else None, ssl.SSLCertVerificationError
    ):
        return NotSent(Code.UNREACHABLE, call)
    return Uncertain(Code.CUT_OFF, call)
