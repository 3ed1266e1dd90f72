"""What pages without a login have in common: who asks, and that nothing of them is kept anywhere."""

from __future__ import annotations

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.http import HttpRequest, HttpResponse


def address_of(request: HttpRequest) -> str:
    """The visitor's, by the same rule as a login's limits: X-Forwarded-For counts only behind proxies of ours."""
    address = get_adapter(request).get_client_ip(request) if settings.ALLAUTH_TRUSTED_PROXY_COUNT else ""
    return address or str(request.META.get("REMOTE_ADDR", ""))


def unkept(response: HttpResponse, *, referrer: str) -> HttpResponse:
    """The answer, kept out of caches and search engines, and its address, which is the key, out of referrers and the
    log. `referrer` is the page's policy: https://www.w3.org/TR/referrer-policy/#referrer-policies
    """
    response["X-Robots-Tag"] = "noindex, nofollow"
    response["Referrer-Policy"] = referrer
    response["Cache-Control"] = "no-store, private"
    response._has_been_logged = True  # type: ignore[attr-defined]  # django.utils.log would name the address
    return response
