"""Calls to Google as such: a timeout on each, no redirect, no cookie, a bound on what is read, JSON or an `AdsError`.

Neither an error nor a log names an address, a header or a body: those hold keys, customers and private text.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from http.cookiejar import DefaultCookiePolicy
from typing import Any, NoReturn

import requests

from reports.ads.errors import AdsError, Remedy

CONNECT_TIMEOUT = 5.0  # seconds
READ_TIMEOUT = 60.0
#: Bytes, uncompressed: three years of one account's days are under one million, the list of 50,000 accounts under 20.
MOST_BYTES = 32 * 1024 * 1024
_CHUNK = 64 * 1024
_HEADERS = {"Accept": "application/json"}


@dataclass(frozen=True, slots=True)
class Answer:
    """JSON, whatever the status; fractions are `Decimal` with the digits that were written."""

    status: int
    body: Any = field(repr=False)


class GoogleHttp:
    """The connections of one reader; not for two threads at once."""

    def __init__(self) -> None:
        self._session = requests.Session()
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=()))
        self._session.auth = _as_it_is  # a .netrc would take the place of the token

    def ask(self, method: str, url: str, headers: Mapping[str, str], body: Any = None) -> Answer:
        """A call to the Google Ads API, where an address that is not there means that its version has ended."""
        status, content = self._sent(method, url, headers=headers, json=body)
        if status == 404 and content.lstrip()[:1] == b"<":
            raise AdsError(Remedy.UPGRADE, "http 404 html")
        return _answer(status, content)

    def post_form(self, url: str, fields: Mapping[str, str]) -> Answer:
        """A call to the token endpoint."""
        return _answer(*self._sent("POST", url, data=fields))

    def close(self) -> None:
        self._session.close()

    def _sent(
        self, method: str, url: str, *, headers: Mapping[str, str] | None = None, **more: Any
    ) -> tuple[int, bytes]:
        try:
            with self._session.request(
                method,
                url,
                headers={**_HEADERS, **(headers or {})},
                timeout=(CONNECT_TIMEOUT, READ_TIMEOUT),
                allow_redirects=False,
                stream=True,
                **more,
            ) as response:
                return response.status_code, _read(response)
        except requests.RequestException as error:
            trouble = _trouble(error)
        # Outside of the handler: the error of requests holds the request, token and all, and must not hang on ours.
        raise trouble


def _as_it_is(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


def _read(response: requests.Response) -> bytes:
    content = bytearray()
    for chunk in response.iter_content(_CHUNK):
        content += chunk
        if len(content) > MOST_BYTES:
            raise AdsError(Remedy.FIX_REQUEST, "answer too large", of_account=True)
    return bytes(content)


def _answer(status: int, content: bytes) -> Answer:
    try:
        return Answer(status, json.loads(content, parse_float=Decimal, parse_constant=_refuse))
    except (ValueError, ArithmeticError, RecursionError):
        pass  # not said by `from`: it quotes the answer
    if status == 429:
        raise AdsError(Remedy.THROTTLED, "http 429")
    raise AdsError(Remedy.TRANSIENT, "not json" if 200 <= status < 300 else f"http {status}")


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)


def _trouble(error: requests.RequestException) -> AdsError:
    if isinstance(error, requests.Timeout):
        return AdsError(Remedy.TRANSIENT, "timeout")
    if isinstance(error, requests.exceptions.SSLError):
        return AdsError(Remedy.TRANSIENT, "tls")
    if isinstance(error, requests.ConnectionError):
        return AdsError(Remedy.TRANSIENT, "unreachable")
    if isinstance(error, ValueError):
        return AdsError(Remedy.FIX_REQUEST, "bad address")
    return AdsError(Remedy.TRANSIENT, "cut off")
