"""The adapter for an access, with the addresses and versions of the settings."""

from __future__ import annotations

from cryptography.fernet import InvalidToken
from django.conf import settings

from reports.ads.errors import AdsError, Remedy
from reports.ads.google import GoogleKeys, GoogleReader
from reports.ads.meta import MetaReader
from reports.ads.readings import AdsReader
from reports.choices import Platform
from reports.models import AdsCredential

_UNREADABLE = "O acesso guardado não pode mais ser lido. Conecte de novo."


def reader_for(credential: AdsCredential) -> AdsReader:
    """Reads what the access can read, and holds its secret only in memory. Raises AdsError where the secret was written
    with a key that is no longer known.
    """
    try:
        keys = credential.keys
    except InvalidToken:
        raise AdsError(Remedy.RECONNECT, "secret unreadable", sentence=_UNREADABLE) from None
    if credential.platform == Platform.GOOGLE:
        return GoogleReader(
            GoogleKeys(
                refresh_token=keys.get("refresh_token", ""),
                client_id=keys.get("client_id", "") or settings.GOOGLE_CLIENT_ID,
                client_secret=keys.get("client_secret", "") or settings.GOOGLE_CLIENT_SECRET,
                login_customer_id=credential.login_customer_id,
                developer_token=keys.get("developer_token", "") or settings.GOOGLE_DEVELOPER_TOKEN,
            ),
            base_url=settings.GOOGLE_ADS_API_URL,
            oauth_url=settings.GOOGLE_OAUTH_URL,
            version=settings.GOOGLE_ADS_API_VERSION,
        )
    # Our app's secret proves and examines tokens of our app; one that was pasted is another's.
    is_of_our_app = bool(settings.META_APP_ID) and keys.get("app_id") == settings.META_APP_ID
    return MetaReader(
        keys.get("token", ""),
        app_id=settings.META_APP_ID if is_of_our_app else "",
        app_secret=settings.META_APP_SECRET if is_of_our_app else "",
        base_url=settings.META_API_URL,
        version=settings.META_API_VERSION,
    )
