"""Ad platforms behind `responses` as pages meet them, and rows of the accesses to them."""

from __future__ import annotations

import itertools
import re
from typing import Any

import responses

from agency.models import Agency
from reports.choices import CredentialKind
from reports.models import AdsCredential, ListedAccount
from tests.reports.ads.google_stub import BASE, CLIENTS, CUSTOMER, OAUTH, GoogleStub, batch, client

GRAPH = "https://graph.test"
META_TOKEN = "EAAB" + "m" * 60
REFRESH_TOKEN = "1//0" + "g" * 60
CLIENT_ID = "1234-abc.apps.googleusercontent.com"
CLIENT_SECRET = "GOCSPX-very-secret"
GOOGLE_KEYS = {"refresh_token": REFRESH_TOKEN, "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
#: What no page may ever say again.
SECRETS = (META_TOKEN, REFRESH_TOKEN, CLIENT_SECRET)

_numbers = itertools.count(1)


def use_stubs(settings: Any, **more: Any) -> None:
    """Addresses that nothing answers but a stub, and no app of the installation's own."""
    addresses = {
        "META_API_URL": GRAPH,
        "META_API_VERSION": "v26.0",
        "META_DIALOG_URL": "https://facebook.test",
        "GOOGLE_ADS_API_URL": BASE,
        "GOOGLE_ADS_API_VERSION": "v26",
        "GOOGLE_OAUTH_URL": OAUTH,
        "GOOGLE_CONSENT_URL": "https://google.test/consent",
    }
    names = ("META_APP_ID", "META_APP_SECRET", "GOOGLE_CLIENT_ID", "GOOGLE_CLIENT_SECRET", "GOOGLE_DEVELOPER_TOKEN")
    for name, value in {**addresses, **dict.fromkeys(names, ""), **more}.items():
        setattr(settings, name, value)


def meta_lives(http: responses.RequestsMock, *names: str, holder: str = "Maré Alta BM") -> None:
    """Meta answers who the token is of, and lists an account of each name."""
    http.get(re.compile(rf"{GRAPH}/v26\.0/me\?"), json={"id": "77", "name": holder})
    meta_lists(http, *names)


def meta_lists(http: responses.RequestsMock, *names: str) -> None:
    nodes = [
        {
            "id": f"act_{70001 + number}",
            "account_id": str(70001 + number),
            "name": name,
            "account_status": 1,
            "currency": "BRL",
            "timezone_name": "America/Sao_Paulo",
        }
        for number, name in enumerate(names)
    ]
    http.get(re.compile(rf"{GRAPH}/v26\.0/me/adaccounts\?"), json={"data": nodes})


def meta_refuses(http: responses.RequestsMock, code: int = 190, subcode: int = 463, path: str = "me") -> None:
    error = {"message": "x", "type": "OAuthException", "code": code, "error_subcode": subcode}
    http.get(re.compile(rf"{GRAPH}/v26\.0/{path}\?"), json={"error": error}, status=400)


def google_lives(http: responses.RequestsMock, *, manager: str = "") -> None:
    """Google gives a token and lists one account, Vale Verde, by itself or through a manager."""
    stub, root = GoogleStub(http), manager or "1234567890"
    stub.gives_tokens()
    stub.lists(root)
    customer = {"id": root, "descriptiveName": "Vale Verde", "currencyCode": "BRL", "status": "ENABLED"}
    stub.answers(root, CUSTOMER, [batch({"customer": customer})])
    stub.answers(root, CLIENTS, [batch(client("1234567890", "Vale Verde"))])


def make_access(agency: Agency, *names: str, **fields: Any) -> AdsCredential:
    """An access of Meta's that works, and lists an account of each name."""
    number = next(_numbers)
    keys = fields.pop("keys", {"token": META_TOKEN})
    fields.setdefault("platform", "meta")
    fields.setdefault("kind", CredentialKind.META_SYSTEM_USER)
    fields.setdefault("holder", f"Portfólio {number}")
    access = AdsCredential(agency=agency, **fields)
    access.keys = keys
    access.save()
    ListedAccount.objects.bulk_create(make_listed(access, name, save=False) for name in names)
    return access


def make_listed(access: AdsCredential, name: str, *, save: bool = True, **fields: Any) -> ListedAccount:
    fields.setdefault("external_id", str(500000 + next(_numbers)))
    fields.setdefault("currency", "BRL")
    fields.setdefault("time_zone", "America/Sao_Paulo")
    fields.setdefault("state", "active")
    listed = ListedAccount(credential=access, name=name, **fields)
    if save:
        listed.save()
    return listed
