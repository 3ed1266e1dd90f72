"""Calls to an ad platform as such: timeouts, a limit on what is read, and JSON; says nothing of what an answer means.

Nothing here follows a redirect, keeps to a proxy or a `.netrc` of the machine, or repeats what it was told in an error:
addresses, headers and bodies hold secrets. An access goes into the `Authorization` header, never into an address.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from http.cookiejar import DefaultCookiePolicy
from typing import Any, Final, TypeVar

import requests

from reports.ads.errors import AdsError, Remedy

T = TypeVar("T")
CONNECT_TIMEOUT = 5.0  # seconds
#: A platform adds up a month of an account while it is asked.
READ_TIMEOUT = 60.0
#: For the whole answer, however slowly it drips.
TOTAL_TIMEOUT = 120.0
#: Bytes, unpacked: a year of days of one account is far below a million, a list of 50,000 accounts under 20 million.
MOST_BYTES = 32 * 2**20
_CHUNK = 64 * 2**10
#: Seconds before a call that changes nothing is made a second and a third time.
PAUSES = (1.0, 3.0)
NOT_JSON: Final = object()


@dataclass(frozen=True, slots=True)
class Answer:
    """`body` is NOT_JSON where it was none, or broke off; its fractions are Decimal. Header names ignore case."""

    status: int
    headers: Mapping[str, str]
    body: object
    #: It was a page for people, as a proxy sends it, or a server that does not know the address.
    is_markup: bool = False

    @property
    def is_json(self) -> bool:
        return self.body is not NOT_JSON


class AdsHttp:
    """One connection to one platform; for one thread at a time. `close` it, or use it in a `with`."""

    def __init__(self, base_url: str, *, read_timeout: float | None = None) -> None:
        self._base_url, self._read_timeout = base_url.rstrip("/"), read_timeout or READ_TIMEOUT
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=()))

    def call(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
        payload: object = None,
        form: Mapping[str, str] | None = None,
        of_account: bool = False,
    ) -> Answer:
        """One answer, whatever its status. Raises AdsError: TRANSIENT where none came, FIX_REQUEST for one too large.
        `payload` goes as JSON, `form` as a form.

        `of_account` says of such an error that it is about one account. An address that could not be reached never is.
        """
        failure = AdsError(Remedy.TRANSIENT, "unreachable")
        try:
            with self._session.request(
                method,
                f"{self._base_url}/{path}" if path else self._base_url,
                params=params,
                headers={"Accept": "application/json", **(headers or {})},
                json=payload,
                data=form,
                timeout=(CONNECT_TIMEOUT, self._read_timeout),
                allow_redirects=False,
                stream=True,
            ) as response:
                body = _read(response, of_account)
                return Answer(response.status_code, response.headers, _json(body), body.lstrip()[:1] == b"<")
        except requests.ConnectTimeout:
            pass
        except requests.Timeout:
            failure = AdsError(Remedy.TRANSIENT, "timeout", of_account=of_account)
        except requests.ConnectionError as error:
            # A read that times out in the middle of a body comes as one of these.
            code = "timeout" if "Read timed out" in str(error) else "unreachable"
            failure = AdsError(Remedy.TRANSIENT, code, of_account=of_account and code == "timeout")
        except (requests.exceptions.MissingSchema, requests.exceptions.InvalidSchema, requests.exceptions.InvalidURL):
            failure = AdsError(Remedy.FIX_REQUEST, "bad address")
        except (requests.RequestException, UnicodeError):
            failure = AdsError(Remedy.TRANSIENT, "cut off", of_account=of_account)
        # Raised out here, so that requests' error, which holds the whole request, is not even its context.
        raise failure

    def close(self) -> None:
        self._session.close()

    def __enter__(self) -> AdsHttp:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def patiently(
    call: Callable[[], T],
    pauses: tuple[float, ...] = PAUSES,
    *,
    but: Callable[[AdsError], bool] = lambda error: False,
    pause: Callable[[float], None] | None = None,
) -> T:
    """`call`, made again after each pause (seconds) while it fails for now. Only for calls that change nothing.

    `but`: transient errors that repeating does not help against.
    """
    for seconds in pauses:
        try:
            return call()
        except AdsError as error:
            if error.remedy is not Remedy.TRANSIENT or but(error):
                raise
        (pause or time.sleep)(seconds)
    return call()


def _read(response: requests.Response, of_account: bool) -> bytes:
    until = time.monotonic() + TOTAL_TIMEOUT
    body = bytearray()
    for chunk in response.iter_content(_CHUNK):
        body += chunk
        if len(body) > MOST_BYTES:
            raise AdsError(Remedy.FIX_REQUEST, "too large", of_account=of_account)
        if time.monotonic() > until:
            raise AdsError(Remedy.TRANSIENT, "timeout", of_account=of_account)
    return bytes(body)


def _json(body: bytes) -> Any:
    """Money must not pass through a float."""
    try:
        return json.loads(body, parse_float=Decimal, parse_constant=_refuse)
    except (ValueError, ArithmeticError, RecursionError):
        return NOT_JSON


def _refuse(constant: str) -> None:
    """NaN and infinities are no JSON, though Python reads them."""
    raise ValueError(constant)
