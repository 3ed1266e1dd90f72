"""Calls to Evolution API as such: a connection a thread, a timeout on each call, errors named by what may be done next.

Their text names method, path and status, never a header or a body: those hold keys, phone numbers and private text.
"""

from __future__ import annotations

import ssl
import threading
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import MaxRetryError, NewConnectionError, SSLError

from connections.classification import SENTENCE, Code, Verdict, meaning_of_error

CONNECT_TIMEOUT = 5.0  # seconds
READ_TIMEOUT = 20.0
#: Seconds after which a connection that nobody used is not used again for a send: Node, which the gateway runs on,
#: closes one after five, and a send on it just then would look like one that was cut off in the middle.
IDLE_TIMEOUT = 3.0
_HEADERS = {"Accept": "application/json", "Accept-Encoding": "gzip, deflate"}


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
class EvolutionHttp:
    """What all calls have in common; `EvolutionClient` adds the calls."""

    base_url: str
    api_key: str

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
        request = requests.PreparedRequest()
        headers = {**_HEADERS, "apikey": self.api_key}
        try:
            request.prepare(method, f"{self.base_url}{path}", headers, files, data, params, json=json)
            response = _adapter().send(request, timeout=(CONNECT_TIMEOUT, read_timeout))
            response.content  # noqa: B018  read here, where an answer that breaks off is an error of this call
            return response
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


def _adapter() -> HTTPAdapter:
    """One for each thread, without the session that requests puts around it: nothing here may follow a redirect (which
    turns a POST into a GET), keep cookies, or read proxies and .netrc (the gateway stands in a private network, and its
    key must go nowhere else), and a session looks for all that at each call. Never retries. Connections that were idle
    are not reused."""
    now = time.monotonic()
    if not hasattr(_local, "adapter"):
        _local.adapter = HTTPAdapter(max_retries=0)
    elif now - _local.used_at > IDLE_TIMEOUT:
        _local.adapter.close()
    _local.used_at = now
    adapter = _local.adapter
    assert isinstance(adapter, HTTPAdapter)  # noqa: S101  for the type checker
    return adapter


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
