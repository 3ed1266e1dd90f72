"""Refuses what a foreign page would have a person's browser do to the sandbox. Programs (curl, tests) pass.

The control API and the page's forms have no login, so the browser's own words about where a request began are asked:
https://developer.mozilla.org/docs/Web/HTTP/Headers/Sec-Fetch-Site
"""

from __future__ import annotations

from urllib.parse import urlsplit

from django.http import HttpRequest

_OWN = ("same-origin", "none")


def is_foreign(request: HttpRequest) -> bool:
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None and site not in _OWN:
        return True
    origin = request.headers.get("Origin")
    return origin is not None and urlsplit(origin).netloc != request.headers.get("Host", "")


def is_local_host(request: HttpRequest) -> bool:
    """A name of somebody else's that was made to point here (DNS rebinding) is not ours."""
    return urlsplit(f"//{request.headers.get('Host', '')}").hostname in ("127.0.0.1", "localhost")
