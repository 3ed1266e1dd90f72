"""Giving an access in the platform's own window: what is asked there, and what is believed of what comes back."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
import responses
import time_machine
from django.contrib.messages import get_messages
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from agency.models import Agency, Membership
from reports.models import AdsCredential
from tests.factories import make_agency
from tests.people import browser_of
from tests.reports import ads_world as world
from tests.reports.ads.google_stub import OAUTH

HTMX = {"HX-Request": "true"}
APPS = {
    "META_APP_ID": "111",
    "META_APP_SECRET": "app-secret",
    "GOOGLE_CLIENT_ID": world.CLIENT_ID,
    "GOOGLE_CLIENT_SECRET": world.CLIENT_SECRET,
}
START = {name: f"/agency/ads/oauth/{name}/" for name in ("meta", "google")}
BACK = {name: f"/agency/ads/oauth/{name}/back/" for name in ("meta", "google")}
TOKEN = re.compile(rf"{world.GRAPH}/v26\.0/oauth/access_token\?")


@pytest.fixture(autouse=True)
def apps(settings: Any) -> None:
    world.use_stubs(settings, PUBLIC_URL="https://app.test", **APPS)


def said(answer: Any) -> list[str]:
    return [str(message) for message in get_messages(answer.wsgi_request)]


def begin(browser: Browser, platform: str = "meta", **data: str) -> dict[str, str]:
    """What the platform's page is asked with."""
    url = urlsplit(browser.post(START[platform], data, headers=HTMX)["HX-Redirect"])
    return {name: value for name, (value,) in parse_qs(url.query).items()}


def meta_exchanges(http: responses.RequestsMock) -> None:
    http.get(TOKEN, json={"access_token": "EAAB" + "s" * 60, "token_type": "bearer", "expires_in": 5000})
    http.get(TOKEN, json={"access_token": world.META_TOKEN, "token_type": "bearer", "expires_in": 5183944})
    http.get(re.compile(rf"{world.GRAPH}/v26\.0/debug_token\?"), json={"data": {"is_valid": True, "expires_at": 0}})


@pytest.mark.parametrize("platform", ["meta", "google"])
def test_the_dialog_offers_it_where_there_is_an_app(
    platform: str, as_owner: Browser, agency: Agency, settings: Any
) -> None:
    page = as_owner.get(f"/agency/ads/connect/{platform}/", headers=HTMX).content.decode()
    assert START[platform] in page

    settings.META_APP_ID = settings.GOOGLE_CLIENT_ID = ""
    page = as_owner.get(f"/agency/ads/connect/{platform}/", headers=HTMX).content.decode()
    assert START[platform] not in page
    assert as_owner.post(START[platform]).status_code == 404
    assert as_owner.get(BACK[platform]).status_code == 404


def test_who_may_begin(as_anonymous: Browser, as_owner: Browser, owner: Any) -> None:
    strict = Browser(enforce_csrf_checks=True)
    strict.force_login(owner, backend="allauth.account.auth_backends.AuthenticationBackend")

    assert as_anonymous.post(START["meta"])["Location"].startswith(reverse("account_login"))
    assert as_anonymous.get(BACK["meta"])["Location"].startswith(reverse("account_login"))
    assert as_owner.get(START["meta"]).status_code == 405
    assert as_owner.post(BACK["meta"]).status_code == 405
    assert strict.post(START["meta"]).status_code == 403
    assert as_owner.post("/agency/ads/oauth/tiktok/").status_code == 404


def test_meta_is_asked_for_reading_only(as_owner: Browser) -> None:
    asked = begin(as_owner)

    assert (asked["client_id"], asked["response_type"]) == ("111", "code")
    assert asked["redirect_uri"] == "https://app.test/agency/ads/oauth/meta/back/"
    assert asked["scope"] == "ads_read,business_management"
    assert len(asked["state"]) > 30


def test_google_is_asked_for_an_access_that_lasts(as_owner: Browser) -> None:
    asked = begin(as_owner, "google")

    assert (asked["access_type"], asked["prompt"]) == ("offline", "consent")
    assert asked["scope"] == "https://www.googleapis.com/auth/adwords"
    assert asked["redirect_uri"] == "https://app.test/agency/ads/oauth/google/back/"


def test_without_scripts_a_link_leads_there(as_owner: Browser) -> None:
    """The Content-Security-Policy lets no form lead to another host, nor by a redirect."""
    answer = as_owner.post(START["meta"])

    page = answer.content.decode()
    assert answer.status_code == 200
    assert 'href="https://facebook.test/v26.0/dialog/oauth?' in page
    assert "form-action 'self'" in answer["Content-Security-Policy"]


def test_meta_gives_a_token_of_sixty_days(as_owner: Browser, agency: Agency, http: responses.RequestsMock) -> None:
    state = begin(as_owner)["state"]
    meta_exchanges(http)
    world.meta_lives(http, "Ipê Loja")

    answer = as_owner.get(BACK["meta"], {"state": state, "code": "c0de"})

    assert answer["Location"] == reverse("connections:index")
    assert said(answer) == ["Meta Ads: conectado como Maré Alta BM, 1 conta."]
    access = AdsCredential.objects.get()
    assert (access.agency, access.kind, access.keys) == (
        agency,
        "meta_user",
        {"token": world.META_TOKEN, "app_id": "111"},
    )
    first, second = (parse_qs(urlsplit(str(call.request.url)).query) for call in list(http.calls)[:2])
    assert (first["code"], first["redirect_uri"]) == (["c0de"], ["https://app.test/agency/ads/oauth/meta/back/"])
    assert (second["grant_type"], second["fb_exchange_token"]) == (["fb_exchange_token"], ["EAAB" + "s" * 60])


def test_google_gives_a_refresh_token(as_owner: Browser, agency: Agency, http: responses.RequestsMock) -> None:
    state = begin(as_owner, "google")["state"]
    scope = "openid https://www.googleapis.com/auth/adwords"
    told = {"access_token": "ya29.first", "refresh_token": world.REFRESH_TOKEN, "expires_in": 3599, "scope": scope}
    exchange = http.post(OAUTH, json=told)
    world.google_lives(http)

    answer = as_owner.get(BACK["google"], {"state": state, "code": "c0de"})

    assert said(answer) == ["Google Ads: conectado como Vale Verde, 1 conta."]
    assert AdsCredential.objects.get().keys == {"refresh_token": world.REFRESH_TOKEN}
    form = parse_qs(str(exchange.calls[0].request.body))
    assert (form["code"], form["grant_type"]) == (["c0de"], ["authorization_code"])


def test_an_access_is_renewed_in_its_place(as_owner: Browser, agency: Agency, http: responses.RequestsMock) -> None:
    access = world.make_access(agency, state="dead", problem="Venceu.", keys={"token": "EAAB" + "o" * 60})
    state = begin(as_owner, replaces=str(access.pk))["state"]
    meta_exchanges(http)
    world.meta_lives(http, "Ipê Loja")

    as_owner.get(BACK["meta"], {"state": state, "code": "c0de"})

    renewed = AdsCredential.objects.get()
    assert (renewed.pk, renewed.is_alive, renewed.keys) == (
        access.pk,
        True,
        {"token": world.META_TOKEN, "app_id": "111"},
    )


def test_another_agencys_access_cannot_be_renewed(as_owner: Browser) -> None:
    other = world.make_access(make_agency())

    for replaces in (str(other.pk), "nonsense"):
        assert as_owner.post(START["meta"], {"replaces": replaces}).status_code == 404


@pytest.mark.parametrize(
    ("query", "why"),
    [
        ({"error": "access_denied", "error_reason": "user_denied"}, "Você não deu a permissão, e nada mudou."),
        ({"error": "server_error"}, "A plataforma não deu o acesso."),
        ({}, "A plataforma não deu o acesso."),
    ],
)
def test_what_was_not_given_is_said(query: dict[str, str], why: str, as_owner: Browser) -> None:
    state = begin(as_owner)["state"]

    answer = as_owner.get(BACK["meta"], {"state": state, **query})

    assert answer["Location"] == reverse("connections:index")
    assert said(answer)[0].startswith(why)


def test_a_state_is_good_once(as_owner: Browser) -> None:
    state = begin(as_owner)["state"]
    as_owner.get(BACK["meta"], {"state": state, "error": "access_denied"})

    answer = as_owner.get(BACK["meta"], {"state": state, "code": "c0de"})

    assert "já foi usado" in said(answer)[-1]
    assert not AdsCredential.objects.exists()


def test_a_state_is_good_for_ten_minutes(as_owner: Browser) -> None:
    state = begin(as_owner)["state"]

    with time_machine.travel(timezone.now() + timedelta(minutes=11), tick=False):
        answer = as_owner.get(BACK["meta"], {"state": state, "code": "c0de"})

    assert "venceu" in said(answer)[0]


@pytest.mark.parametrize("state", ["", "made-up", "ação"])
def test_a_state_that_nobody_began_is_refused(state: str, as_owner: Browser) -> None:
    begin(as_owner)

    assert "não começou aqui" in said(as_owner.get(BACK["meta"], {"state": state, "code": "c0de"}))[0]


def test_a_state_is_of_its_session_platform_and_agency(as_owner: Browser, as_colleague: Browser, owner: Any) -> None:
    state = begin(as_owner)["state"]
    assert "não começou aqui" in said(as_colleague.get(BACK["meta"], {"state": state, "code": "c"}))[0]
    assert "não começou aqui" in said(as_owner.get(BACK["google"], {"state": state, "code": "c"}))[0]

    state = begin(as_owner)["state"]
    Membership.objects.filter(user=owner).update(agency=make_agency())
    assert "não começou aqui" in said(as_owner.get(BACK["meta"], {"state": state, "code": "c"}))[0]


def test_several_windows_may_be_open(as_owner: Browser) -> None:
    states = [begin(as_owner)["state"] for _ in range(6)]

    denied = [said(as_owner.get(BACK["meta"], {"state": state, "error": "access_denied"}))[-1] for state in states]

    assert ["não começou aqui" in each for each in denied] == [True, False, False, False, False, False]


@pytest.mark.parametrize(
    ("platform", "answer", "why"),
    [
        ("meta", {"json": {"error": {"code": 100}}, "status": 400}, "O Facebook não aceitou este pedido"),
        ("meta", {"json": {}, "status": 200}, "O Facebook não respondeu direito"),
        ("meta", {"json": ["x"], "status": 200}, "O Facebook não respondeu direito"),
        ("meta", {"body": "<html>", "status": 200}, "O Facebook não respondeu direito"),
        ("meta", {"body": "", "status": 302, "headers": {"Location": "https://evil.test/"}}, "não respondeu direito"),
        ("google", {"json": {"error": "invalid_grant"}, "status": 400}, "O Google não aceitou este pedido"),
        ("google", {"body": "busy", "status": 503}, "O Google não respondeu direito"),
        ("google", {"body": requests.ConnectionError("secret")}, "O Google não respondeu direito"),
        ("google", {"body": requests.ReadTimeout("secret")}, "O Google não respondeu direito"),
        ("google", {"json": {"access_token": "ya29.x"}}, "O Google não deu um acesso que dure"),
        ("google", {"json": {"refresh_token": "1//x", "scope": "openid"}}, "A permissão para ler os anúncios"),
    ],
)
def test_a_code_that_brings_nothing_is_said_without_a_secret(
    platform: str,
    answer: dict[str, Any],
    why: str,
    as_owner: Browser,
    http: responses.RequestsMock,
    caplog: pytest.LogCaptureFixture,
) -> None:
    state = begin(as_owner, platform)["state"]
    http.add("GET" if platform == "meta" else "POST", TOKEN if platform == "meta" else OAUTH, **answer)

    back = as_owner.get(BACK[platform], {"state": state, "code": "c0de"})

    assert why in said(back)[0]
    assert not AdsCredential.objects.exists()
    assert not [secret for secret in ("c0de", "app-secret", world.CLIENT_SECRET, state) if secret in caplog.text]


def test_a_token_that_reads_nothing_is_not_kept(as_owner: Browser, http: responses.RequestsMock) -> None:
    state = begin(as_owner)["state"]
    http.get(TOKEN, json={"access_token": world.META_TOKEN})
    world.meta_refuses(http, 200, 0)

    answer = as_owner.get(BACK["meta"], {"state": state, "code": "c0de"})

    assert len(said(answer)) == 1
    assert not AdsCredential.objects.exists()


def test_who_comes_back_without_a_session_logs_in_first(as_anonymous: Browser, owner: Any) -> None:
    answer = as_anonymous.get(BACK["meta"], {"state": "x", "code": "c0de"})

    assert answer["Location"].startswith(reverse("account_login"))
    again = browser_of(owner).get(BACK["meta"], {"state": "x", "code": "c0de"})
    assert "não começou aqui" in said(again)[0]
