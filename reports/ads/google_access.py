"""One access to Google Ads: its keys, the short-lived token that they bring, what each call carries, when to try again.

https://developers.google.com/identity/protocols/oauth2/web-server#offline
https://developers.google.com/google-ads/api/rest/auth
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from reports.ads.errors import AdsError, Remedy
from reports.ads.google_errors import Unauthenticated, error_of, oauth_error_of
from reports.ads.http import AdsHttp, Answer, patiently

#: Seconds that a token must still be good for.
MARGIN = 60
_SENTENCE = "Uma das chaves tem um caractere que não pode existir nela. Copie-as de novo e conecte."


@dataclass(frozen=True, slots=True)
class GoogleKeys:
    """What the agency gives. `login_customer_id`: its manager account (MCC), as people write it or as digits.

    `developer_token`: only where Google still asks for one; an empty header is refused, an absent one is not.
    """

    refresh_token: str = field(repr=False)
    client_id: str
    client_secret: str = field(repr=False)
    login_customer_id: str = ""
    developer_token: str = field(default="", repr=False)

    @property
    def manager(self) -> str:
        """The digits of `login_customer_id`."""
        return re.sub(r"[^0-9]", "", self.login_customer_id)


class GoogleAccess:
    """Keeps the token in memory only; not for two threads at once. `clock` and `pause` are in seconds."""

    def __init__(
        self,
        keys: GoogleKeys,
        base_url: str,
        oauth_url: str,
        *,
        clock: Callable[[], float],
        pause: Callable[[float], None],
    ) -> None:
        self.keys = keys
        #: When the access as a whole ends, for those that Google gives for a time; known after the first call.
        self.ends_at: datetime | None = None
        self._clock, self._pause = clock, pause
        self._http, self._oauth = AdsHttp(base_url), AdsHttp(oauth_url)
        self._token, self._good_until = "", 0.0

    def call(self, method: str, path: str, *, via: str = "", body: Any = None) -> Any:
        """The JSON of a good answer. A token that is not taken is renewed, and the call made again, once.

        `via` are the digits of the account through which the one in `path` is reached. Raises AdsError.
        """
        try:
            return self._read(method, path, via, body)
        except Unauthenticated:
            self._token = ""
        return self._read(method, path, via, body)

    def close(self) -> None:
        self._http.close()
        self._oauth.close()

    def _read(self, method: str, path: str, via: str, body: Any) -> Any:
        """All calls only read, so that each may be made again."""
        return patiently(lambda: self._called(method, path, via, body), pause=self._pause)

    def _called(self, method: str, path: str, via: str, body: Any) -> Any:
        answer = self._http.call(method, path, headers=self._headers(via), payload=body, of_account=True)
        if answer.status == 404 and answer.is_markup:
            raise AdsError(Remedy.UPGRADE, "http 404 html")
        _need_json(answer)
        error = error_of(answer.status, answer.body)
        if error is not None:
            raise error
        return answer.body

    def _headers(self, via: str) -> dict[str, str]:
        headers = {"Authorization": f"Bearer {self._good_token()}"}
        if via:
            headers["login-customer-id"] = via
        if developer_token := self.keys.developer_token.strip():
            headers["developer-token"] = developer_token
        if not all(value.isascii() and value.isprintable() for value in headers.values()):
            raise AdsError(Remedy.RECONNECT, "bad character in a key", sentence=_SENTENCE)
        return headers

    def _good_token(self) -> str:
        if not self._token or self._clock() >= self._good_until:
            self._renew()
        return self._token

    def _renew(self) -> None:
        asked_at = self._clock()
        form = {
            "client_id": self.keys.client_id.strip(),
            "client_secret": self.keys.client_secret.strip(),
            "refresh_token": self.keys.refresh_token.strip(),
            "grant_type": "refresh_token",
        }
        answer = self._oauth.call("POST", "", form=form)
        _need_json(answer)
        error = oauth_error_of(answer.status, answer.body)
        if error is not None:
            raise error
        found = answer.body if isinstance(answer.body, dict) else {}
        token = found.get("access_token")
        if not isinstance(token, str) or not token:
            raise AdsError(Remedy.TRANSIENT, "oauth.no token")
        self._token, self._good_until = token, asked_at + _seconds(found.get("expires_in")) - MARGIN
        if left := _seconds(found.get("refresh_token_expires_in")):
            self.ends_at = datetime.now(UTC) + timedelta(seconds=left)


def _need_json(answer: Answer) -> None:
    if answer.is_json:
        return
    if answer.status == 429:
        raise AdsError(Remedy.THROTTLED, "http 429")
    raise AdsError(Remedy.TRANSIENT, "not json" if 200 <= answer.status < 300 else f"http {answer.status}")


def _seconds(told: Any) -> float:
    """0 for what is no number of seconds, or more of them than ten years have."""
    is_number = isinstance(told, int | Decimal) and not isinstance(told, bool)
    return float(told) if is_number and 0 < told < 10 * 366 * 86_400 else 0.0
