"""Light, dark, or what the system says: one cookie of this browser, written by `agency:theme` and read for every page.

The choice belongs to the browser, not to the person: the login page knows it too, and a phone may differ from a desk.
Whatever else stands in the cookie is ignored.
"""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse

COOKIE = "theme"
CHOICES = ("light", "dark")
YEAR = 60 * 60 * 24 * 365


def theme(request: HttpRequest) -> dict[str, str]:
    """Context processor: `theme` is light, dark, or "" for the system's."""
    chosen = request.COOKIES.get(COOKIE, "")
    return {"theme": chosen if chosen in CHOICES else ""}


def remember(response: HttpResponse, choice: str) -> None:
    """Keep `choice` for a year; "system" is the absence of a choice; anything else changes nothing."""
    if choice in CHOICES:
        response.set_cookie(
            COOKIE, choice, max_age=YEAR, httponly=True, samesite="Lax", secure=settings.SESSION_COOKIE_SECURE
        )
    elif choice == "system":
        response.delete_cookie(COOKIE, samesite="Lax")
