"""The app and the client that the sandbox knows, and how people get from its consent pages back to Adscape."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Keys:
    """Invented ones by default; `app_url` is where Adscape itself is served, "" for nowhere."""

    meta_app_id: str
    meta_app_secret: str
    google_client_id: str
    google_client_secret: str
    meta_version: str = "v26.0"
    google_version: str = "v26"
    app_url: str = ""
