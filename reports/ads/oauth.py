"""How a person gives an access in the platform's own window: where it opens, and what its code is exchanged for.

Makes HTTP calls; stores and decides nothing. Neither an address nor an answer stands in an error: both hold secrets.
https://developers.facebook.com/docs/facebook-login/guides/advanced/manual-flow
https://developers.google.com/identity/protocols/oauth2/web-server
"""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from django.conf import settings

from reports.ads.errors import AdsError, Remedy
from reports.ads.http import AdsHttp
from reports.choices import CredentialKind, Platform

READ_TIMEOUT = 30.0  # seconds; a person waits
_META_SCOPE = "ads_read,business_management"
_GOOGLE_SCOPE = "https://www.googleapis.com/auth/adwords"
_REFUSED = "{} não aceitou este pedido: ele vale uma vez só, por poucos minutos. Comece de novo."
_SILENT = "{} não respondeu direito. Nada mudou; tente de novo em alguns minutos."
_NO_SCOPE = "A permissão para ler os anúncios não foi dada. Conecte de novo e deixe marcada a permissão pedida."
_NO_REFRESH = "O Google não deu um acesso que dure. Tire o Adscape dos acessos da sua conta Google e conecte de novo."
_WHO = {Platform.META: "O Facebook", Platform.GOOGLE: "O Google"}


def is_offered(platform: Platform) -> bool:
    """Whether this installation has an app of its own at the platform."""
    if platform is Platform.GOOGLE:
        return bool(settings.GOOGLE_CLIENT_ID and settings.GOOGLE_CLIENT_SECRET)
    return bool(settings.META_APP_ID and settings.META_APP_SECRET)


def consent_url(platform: Platform, *, redirect_uri: str, state: str) -> str:
    """The platform's page that asks the person, and leads back to `redirect_uri` with `state` and a code or error."""
    asked = {"response_type": "code", "redirect_uri": redirect_uri, "state": state}
    if platform is Platform.GOOGLE:
        # Without both of these Google gives a refresh token only the first time that a person consents.
        asked |= {"client_id": settings.GOOGLE_CLIENT_ID, "access_type": "offline", "prompt": "consent"}
        return f"{settings.GOOGLE_CONSENT_URL}?{urlencode(asked | {'scope': _GOOGLE_SCOPE})}"
    asked |= {"client_id": settings.META_APP_ID, "scope": _META_SCOPE}
    return f"{settings.META_DIALOG_URL}/{settings.META_API_VERSION}/dialog/oauth?{urlencode(asked)}"


def exchange(platform: Platform, code: str, *, redirect_uri: str) -> tuple[CredentialKind, Mapping[str, str]]:
    """The access that a code stands for, as `credentials.connect` takes it. Raises AdsError; nothing is tried twice,
    since a code is good for one call."""
    if platform is Platform.GOOGLE:
        return CredentialKind.GOOGLE_OAUTH, {"refresh_token": _google_token(code, redirect_uri)}
    # With its app named, each call can prove where it comes from, and the token's end can be asked for.
    token = _meta_token(code, redirect_uri)
    return CredentialKind.META_USER, {"token": token, "app_id": settings.META_APP_ID}


def _google_token(code: str, redirect_uri: str) -> str:
    form = {"client_id": settings.GOOGLE_CLIENT_ID, "client_secret": settings.GOOGLE_CLIENT_SECRET}
    form |= {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri}
    told = _told(Platform.GOOGLE, "POST", settings.GOOGLE_OAUTH_URL, form=form)
    scope = told.get("scope")
    if isinstance(scope, str) and _GOOGLE_SCOPE not in scope.split():
        raise AdsError(Remedy.PERMISSION, "oauth scope", sentence=_NO_SCOPE)
    token = told.get("refresh_token")
    if not isinstance(token, str) or not token:
        raise AdsError(Remedy.FIX_REQUEST, "oauth no refresh token", sentence=_NO_REFRESH)
    return token


def _meta_token(code: str, redirect_uri: str) -> str:
    """The code brings a token of an hour or two, and that one the one of sixty days.

    https://developers.facebook.com/docs/facebook-login/guides/access-tokens/get-long-lived
    """
    app = {"client_id": settings.META_APP_ID, "client_secret": settings.META_APP_SECRET}
    short = _meta_call(app | {"code": code, "redirect_uri": redirect_uri})
    return _meta_call(app | {"grant_type": "fb_exchange_token", "fb_exchange_token": short})


def _meta_call(params: Mapping[str, str]) -> str:
    url = f"{settings.META_API_URL}/{settings.META_API_VERSION}/oauth/access_token"
    token = _told(Platform.META, "GET", url, params=params).get("access_token")
    if not isinstance(token, str) or not token:
        raise AdsError(Remedy.TRANSIENT, "oauth no token", sentence=_SILENT.format(_WHO[Platform.META]))
    return token


def _told(
    platform: Platform,
    method: str,
    url: str,
    *,
    params: Mapping[str, str] | None = None,
    form: Mapping[str, str] | None = None,
) -> Mapping[str, Any]:
    """The answer's object. A refusal (4xx) is final, anything else that is no such object may pass."""
    silent = _SILENT.format(_WHO[platform])
    with AdsHttp(url, read_timeout=READ_TIMEOUT) as http:
        try:
            answer = http.call(method, "", params=params, form=form)
        except AdsError as error:
            raise AdsError(Remedy.TRANSIENT, f"oauth {error.code}", sentence=silent) from None
    if 400 <= answer.status < 500 and answer.status != HTTPStatus.TOO_MANY_REQUESTS:
        raise AdsError(Remedy.RECONNECT, f"oauth http {answer.status}", sentence=_REFUSED.format(_WHO[platform]))
    if answer.status != HTTPStatus.OK or not isinstance(answer.body, dict):
        raise AdsError(Remedy.TRANSIENT, "oauth no answer", sentence=silent)
    return answer.body
