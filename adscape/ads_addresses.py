"""Where the ad platforms answer, and where the ads sandbox does instead. Pure; reads no environment.

https://developers.facebook.com/docs/facebook-login/guides/advanced/manual-flow,
https://developers.google.com/google-ads/api/rest/overview and
https://developers.google.com/identity/protocols/oauth2/web-server
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AdsAddresses:
    """Meta's own without a version, which stands first in their paths; Google's two are whole."""

    meta_api: str
    meta_dialog: str
    google_api: str
    google_token: str
    google_consent: str


LIVE = AdsAddresses(
    meta_api="https://graph.facebook.com",
    meta_dialog="https://www.facebook.com",
    google_api="https://googleads.googleapis.com",
    google_token="https://oauth2.googleapis.com/token",  # noqa: S106  an address
    google_consent="https://accounts.google.com/o/oauth2/v2/auth",
)
#: Id and secret of the app and of the client that the sandbox knows; invented, and they open nothing else.
SANDBOX_META_APP = ("100000000000026", "sandbox-meta-app-secret")
SANDBOX_GOOGLE_CLIENT = ("100000000026-sandbox.apps.googleusercontent.com", "sandbox-google-client-secret")


def of_sandbox(port: int) -> AdsAddresses:
    here = f"http://127.0.0.1:{port}"
    return AdsAddresses(here, here, here, f"{here}/token", f"{here}/o/oauth2/v2/auth")
