"""How an access is given: the consent pages' codes, and the token endpoints that take them. Codes live in memory, once.

https://developers.facebook.com/docs/facebook-login/guides/advanced/manual-flow,
https://developers.facebook.com/docs/facebook-login/access-tokens/refreshing and
https://developers.google.com/identity/protocols/oauth2/web-server
"""

from __future__ import annotations

import secrets
import threading
from dataclasses import dataclass
from typing import Any

from reports.choices import Platform
from reports.sandbox import google_answers, meta_answers
from reports.sandbox.faults import Struck
from reports.sandbox.google_answers import bad_grant
from reports.sandbox.keys import Keys
from reports.sandbox.meta_answers import bad_parameter
from reports.sandbox.tokens import ACCESS_LIFE, ACCESS_PREFIX, LONG_LIFE, SHORT_LIFE, access_of, exchanged
from reports.sandbox.wire import Answer, Call, Request, as_json

SCOPE = "https://www.googleapis.com/auth/adwords"


@dataclass(frozen=True, slots=True)
class Grant:
    """What a person has allowed: the words of the token that it brings, and for whom."""

    platform: Platform
    words: str
    redirect_uri: str
    is_offline: bool = True


class Grants:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._open: dict[str, Grant] = {}

    def add(self, grant: Grant) -> str:
        """The code for it, good once."""
        code = f"sandbox-code-{secrets.token_hex(8)}"
        with self._lock:
            self._open[code] = grant
        return code

    def take(self, platform: Platform, code: str) -> Grant | None:
        with self._lock:
            grant = self._open.pop(code, None)
        return grant if grant is not None and grant.platform is platform else None


def call_of(request: Request, platform: Platform) -> Call:
    is_meta = platform is Platform.META
    return Call(platform, "token", "", request.given.get("fb_exchange_token" if is_meta else "refresh_token", ""))


def meta_token(request: Request, call: Call, struck: Struck, grants: Grants, keys: Keys) -> Answer:
    """A code for a token of hours, or such a token for one of sixty days. Raises Refusal."""
    given = request.given
    meta_answers.refuse_by_fault(call, struck)
    if (given.get("client_id"), given.get("client_secret")) != (keys.meta_app_id, keys.meta_app_secret):
        raise meta_answers.refusal(400, 1, "Error validating client secret.")
    if given.get("grant_type") == "fb_exchange_token":
        access = access_of(Platform.META, call.access)
        if access is None:
            raise meta_answers.dead()
        if access.has_ended(request.now):
            raise meta_answers.dead(463)
        return _meta_access(exchanged(access.token), LONG_LIFE)
    grant = grants.take(Platform.META, given.get("code", ""))
    if grant is None:
        raise bad_parameter("This authorization code has been used.", 36009)
    if grant.redirect_uri != given.get("redirect_uri"):
        message = (
            "Error validating verification code. Please make sure your redirect_uri is identical to the one you used"
        )
        raise bad_parameter(f"{message} in the OAuth dialog request", 36008)
    token = f"sandbox-meta-short-{grant.words}-t{int(request.now.timestamp())}"
    return _meta_access(token, SHORT_LIFE)


def _meta_access(token: str, life: int) -> Answer:
    return as_json(200, {"access_token": token, "token_type": "bearer", "expires_in": life})


def google_token(request: Request, call: Call, struck: Struck, grants: Grants, keys: Keys) -> Answer:
    """A refresh token or a code for an access token. Raises Refusal."""
    given = request.given
    if "token_dead" in struck:
        raise bad_grant("invalid_grant", "Token has been expired or revoked.")
    if "error_500" in struck:
        raise bad_grant("internal_failure", "Backend Error", 500)
    google_answers.refuse_by_fault(call, struck, keys.google_version, stream=False)
    if given.get("client_id") != keys.google_client_id:
        raise bad_grant("invalid_client", "The OAuth client was not found.", 401)
    if given.get("client_secret") != keys.google_client_secret:
        raise bad_grant("invalid_client", "Unauthorized", 401)
    if given.get("grant_type") == "refresh_token":
        if access_of(Platform.GOOGLE, call.access) is None:
            raise bad_grant("invalid_grant", "Token has been expired or revoked.")
        return _google_access(call.access)
    if given.get("grant_type") != "authorization_code":
        raise bad_grant("unsupported_grant_type", "Invalid grant_type.")
    grant = grants.take(Platform.GOOGLE, given.get("code", ""))
    if grant is None:
        raise bad_grant("invalid_grant", "Malformed auth code.")
    if grant.redirect_uri != given.get("redirect_uri"):
        raise bad_grant("redirect_uri_mismatch", "Bad Request")
    token = f"sandbox-google-{grant.words}-t{int(request.now.timestamp())}"
    # Only who asked for offline access gets what lasts.
    return _google_access(token, **({"refresh_token": token} if grant.is_offline else {}))


def _google_access(token: str, **more: Any) -> Answer:
    kept = {"access_token": f"{ACCESS_PREFIX}{token}", "expires_in": ACCESS_LIFE, **more}
    return as_json(200, {**kept, "scope": SCOPE, "token_type": "Bearer"})
