"""Refuses what a foreign page would have a person's browser do to the sandbox. Programs (curl, tests) pass.

The control API and the page's forms have no login, so the browser's own words about where a request began are asked:
https://developer.mozilla.org/docs/Web/HTTP/Headers/Sec-Fetch-Site
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

_OWN = ("same-origin", "none")


def is_foreign(headers: Mapping[str, str]) -> bool:
    site = headers.get("Sec-Fetch-Site")
    if site is not None and site not in _OWN:
        return True
    origin = headers.get("Origin")
    return origin is not None and urlsplit(origin).netloc != headers.get("Host", "")


def is_local_host(headers: Mapping[str, str]) -> bool:
    """A name of somebody else's that was made to point here (DNS rebinding) is not ours."""
    return urlsplit(f"//{headers.get('Host', '')}").hostname in ("127.0.0.1", "localhost")
