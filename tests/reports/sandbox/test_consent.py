"""How an access is given: the pages on which a person allows it, and what a code brings afterwards."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from adscape.ads_addresses import SANDBOX_GOOGLE_CLIENT, SANDBOX_META_APP
from reports.choices import Platform
from reports.sandbox.tokens import access_of
from tests.reports.sandbox.ads_server import APP, Client

pytestmark = pytest.mark.processes

BACK = f"{APP}/acessos/volta/?de=1"
META, GOOGLE = "/v26.0/dialog/oauth", "/o/oauth2/v2/auth"
CLIENT = {META: SANDBOX_META_APP, GOOGLE: SANDBOX_GOOGLE_CLIENT}
ASKED = {"redirect_uri": BACK, "state": "signed", "response_type": "code", "scope": "ads_read"}
PLATFORMS = pytest.mark.parametrize("path", [META, GOOGLE])


def asked(path: str, **more: str) -> dict[str, str]:
    return {"client_id": CLIENT[path][0], **ASKED, **more}


def answered(client: Client, path: str, answer: str = "allow", **more: str) -> dict[str, str]:
    """What the person goes back with."""
    form = asked(path, answer=answer, **{"person": "user-demo", **more})
    response = client.call("POST", path, data=form)
    assert response.status_code == 302, response.text
    parts = urlsplit(response.headers["Location"])
    assert f"{parts.scheme}://{parts.netloc}{parts.path}" == BACK.partition("?")[0]
    return {name: values[-1] for name, values in parse_qs(parts.query).items()}


@PLATFORMS
def test_a_person_is_asked_and_goes_back_with_a_code(path: str, sandbox: Client) -> None:
    page = sandbox.call("GET", path, params=asked(path))
    back = answered(sandbox, path)

    assert page.status_code == 200
    assert "O Adscape quer ler suas contas de anúncios." in page.text
    assert "Permitir" in page.text
    assert "Negar" in page.text
    assert f"form-action 'self' {APP};" in page.headers["Content-Security-Policy"]
    assert (back["state"], back["de"]) == ("signed", "1")
    assert back["code"].startswith("sandbox-code-")


@PLATFORMS
def test_a_person_may_refuse(path: str, sandbox: Client) -> None:
    back = answered(sandbox, path, "deny")

    assert (back["error"], back["state"]) == ("access_denied", "signed")
    assert "code" not in back


@PLATFORMS
@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"client_id": "other"}, "Este aplicativo não existe"),
        ({"redirect_uri": ""}, "Falta o endereço de volta"),
        ({"redirect_uri": "javascript:alert(1)"}, "Falta o endereço de volta"),
        ({"redirect_uri": "https://elsewhere.example/"}, "não é deste aplicativo"),
        ({"response_type": "token"}, "Só response_type=code"),
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_nobody_is_sent_where_they_do_not_belong(
    method: str, wrong: dict[str, str], why: str, path: str, sandbox: Client
) -> None:
    given = asked(path, answer="allow", person="user-demo", **wrong)

    answer = sandbox.call(method, path, **{"params" if method == "GET" else "data": given})

    assert answer.status_code == 400
    assert why in answer.text


@PLATFORMS
def test_a_foreign_page_cannot_allow(path: str, sandbox: Client) -> None:
    headers = {"Origin": "https://elsewhere.example"}

    answer = sandbox.call("POST", path, data=asked(path, answer="allow", person="user-demo"), headers=headers)

    assert answer.status_code == 403


def meta_exchange(client: Client, **given: str) -> requests.Response:
    app_id, app_secret = SANDBOX_META_APP
    return client.meta("oauth/access_token", "", client_id=app_id, client_secret=app_secret, **given)


def test_metas_code_brings_a_short_token_and_that_a_long_one(sandbox: Client) -> None:
    code = answered(sandbox, META, person="user-many-1000")["code"]

    short = meta_exchange(sandbox, redirect_uri=BACK, code=code).json()
    token = short["access_token"]
    long = meta_exchange(sandbox, grant_type="fb_exchange_token", fb_exchange_token=token).json()

    assert (short["token_type"], short["expires_in"]) == ("bearer", 5400)
    assert (long["token_type"], long["expires_in"]) == ("bearer", 5_183_944)
    access = access_of(Platform.META, long["access_token"])
    assert access is not None
    assert len(access.accounts) == 1000
    assert sandbox.meta("me", long["access_token"]).status_code == 200


def test_metas_code_is_good_once_and_for_its_address(sandbox: Client) -> None:
    first, second = answered(sandbox, META)["code"], answered(sandbox, META)["code"]

    def error_of(**given: str) -> Any:
        answer = meta_exchange(sandbox, **given)
        assert answer.status_code == 400
        return answer.json()["error"].get("error_subcode")

    assert meta_exchange(sandbox, redirect_uri=BACK, code=first).status_code == 200
    assert error_of(redirect_uri=BACK, code=first) == 36009
    assert error_of(redirect_uri=f"{APP}/other/", code=second) == 36008
    assert error_of(redirect_uri=BACK, code=answered(sandbox, GOOGLE)["code"]) == 36009
    wrong_secret = {"client_id": SANDBOX_META_APP[0], "client_secret": "x", "code": second}
    assert sandbox.meta("oauth/access_token", "", **wrong_secret).status_code == 400


def test_a_dead_token_cannot_be_exchanged(sandbox: Client) -> None:
    old = f"sandbox-meta-short-t{int(sandbox.server.clock().timestamp()) - 6_000}"

    ended = meta_exchange(sandbox, grant_type="fb_exchange_token", fb_exchange_token=old)
    foreign = meta_exchange(sandbox, grant_type="fb_exchange_token", fb_exchange_token="EAAB")

    assert [one.json()["error"]["code"] for one in (ended, foreign)] == [190, 190]


def google_exchange(client: Client, code: str, redirect_uri: str = BACK) -> requests.Response:
    client_id, client_secret = SANDBOX_GOOGLE_CLIENT
    form = {"client_id": client_id, "client_secret": client_secret, "grant_type": "authorization_code"}
    return client.call("POST", "/token", data={**form, "code": code, "redirect_uri": redirect_uri})


def test_googles_code_brings_a_refresh_token_to_who_asked_for_one(sandbox: Client) -> None:
    offline = google_exchange(sandbox, answered(sandbox, GOOGLE, access_type="offline")["code"]).json()
    online = google_exchange(sandbox, answered(sandbox, GOOGLE)["code"]).json()

    assert offline["scope"] == "https://www.googleapis.com/auth/adwords"
    assert "refresh_token" not in online
    assert len(sandbox.google_reader(offline["refresh_token"]).accounts()) == 5


def test_googles_code_is_good_once_and_for_its_address(sandbox: Client) -> None:
    first, second = answered(sandbox, GOOGLE)["code"], answered(sandbox, GOOGLE)["code"]

    errors = [
        google_exchange(sandbox, first).json().get("error"),
        google_exchange(sandbox, first).json().get("error"),
        google_exchange(sandbox, second, f"{APP}/other/").json().get("error"),
    ]

    assert errors == [None, "invalid_grant", "redirect_uri_mismatch"]
