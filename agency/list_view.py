"""Cards or a list: what the address says, else what it said the last time, kept in a cookie of the browser."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from agency.listing import VIEWS

_COOKIE = "visao"
_YEAR = 60 * 60 * 24 * 365


def view_of(request: HttpRequest) -> str:
    for asked in (request.GET.get(_COOKIE), request.COOKIES.get(_COOKIE)):
        if asked in VIEWS:
            return str(asked)
    return VIEWS[0]


def remember_view(request: HttpRequest, response: HttpResponse, view: str) -> HttpResponse:
    """Only where the address chose it: every other page leaves the cookie as it is."""
    if request.GET.get(_COOKIE) == view:
        response.set_cookie(
            _COOKIE, view, max_age=_YEAR, httponly=True, secure=settings.SESSION_COOKIE_SECURE, samesite="Lax"
        )
    return response
