"""Accesses to ad platforms by page: seen, given, renewed, tested, taken back; and that none of it says a secret."""

from __future__ import annotations

import json
import uuid
from datetime import timedelta
from typing import Any

import pytest
import requests
import responses
from django.contrib.messages import get_messages
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from agency.models import Agency, Notice
from reports import ads_notices
from reports.models import AdsCredential
from tests.factories import make_agency, make_client
from tests.reports import ads_world as world
from tests.reports.factories import make_account

HTMX = {"HX-Request": "true"}
META = {"chosen_kind": "meta_system_user", "token": world.META_TOKEN}
NEW_META, NEW_GOOGLE = "/agency/ads/connect/meta/", "/agency/ads/connect/google/"


@pytest.fixture(autouse=True)
def stubs(settings: Any) -> None:
    world.use_stubs(settings)


@pytest.fixture
def access(agency: Agency) -> AdsCredential:
    return world.make_access(agency, "Ipê Loja", "Vale Verde", holder="Maré Alta BM")


def url(name: str, access: AdsCredential) -> str:
    return reverse(f"reports:access_{name}", args=[access.pk])


def text(answer: Any) -> str:
    page = str(answer.content.decode())
    assert not [secret for secret in world.SECRETS if secret in page]
    return page


def told(answer: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(answer.headers.get("HX-Trigger", "{}"))
    return found


def said(answer: Any) -> list[str]:
    return [str(message) for message in get_messages(answer.wsgi_request)]


# Who may, and how


@pytest.mark.parametrize(("name", "method"), [("renew", "get"), ("renew", "post"), ("test", "post")])
@pytest.mark.parametrize("whose", ["stranger", "nobody"])
def test_another_agencys_access_is_not_found(
    whose: str, name: str, method: str, as_stranger: Browser, as_owner: Browser, access: AdsCredential
) -> None:
    browser = as_stranger if whose == "stranger" else as_owner
    wanted = access if whose == "stranger" else AdsCredential(pk=uuid.uuid4())

    assert getattr(browser, method)(url(name, wanted), META).status_code == 404
    assert getattr(browser, method)(url("disconnect", wanted)).status_code == 404
    assert AdsCredential.objects.count() == 1


@pytest.mark.parametrize(
    ("path", "method"),
    [("/agency/ads/", "get"), (NEW_META, "get"), (NEW_META, "post"), ("renew", "post"), ("test", "post")],
)
def test_anonymous_goes_to_login(path: str, method: str, as_anonymous: Browser, access: AdsCredential) -> None:
    answer = getattr(as_anonymous, method)(path if path.startswith("/") else url(path, access), META)

    assert (answer.status_code, answer["Location"].startswith(reverse("account_login"))) == (302, True)
    assert AdsCredential.objects.count() == 1


def test_wrong_methods_and_platforms(as_owner: Browser, access: AdsCredential) -> None:
    assert as_owner.post("/agency/ads/").status_code == 405
    assert as_owner.get(url("test", access)).status_code == 405
    assert as_owner.put(NEW_META).status_code == 405
    assert as_owner.get("/agency/ads/connect/tiktok/").status_code == 404


def test_a_post_without_csrf_is_refused(owner: Any, access: AdsCredential) -> None:
    browser = Browser(enforce_csrf_checks=True)
    browser.force_login(owner, backend="allauth.account.auth_backends.AuthenticationBackend")

    assert [browser.post(path, META).status_code for path in (NEW_META, url("disconnect", access))] == [403, 403]


# The panel


def test_without_an_access_the_panel_says_what_that_costs(as_colleague: Browser, agency: Agency) -> None:
    world.make_access(make_agency(), "De outra")

    page = text(as_colleague.get("/agency/ads/", headers=HTMX))

    assert "Nenhuma plataforma conectada." in page
    assert NEW_META in page
    assert NEW_GOOGLE in page
    assert "<html" not in page


def test_the_panel_is_a_page_of_its_own_without_scripts(as_owner: Browser, access: AdsCredential) -> None:
    page = text(as_owner.get("/agency/ads/"))

    assert "<html" in page
    assert "como Maré Alta BM, 2 contas" in page


def test_connections_load_the_panel_by_its_address(as_owner: Browser, agency: Agency) -> None:
    page = text(as_owner.get(reverse("connections:index")))

    assert 'hx-get="/agency/ads/"' in page
    assert '<noscript><a class="link link-primary text-sm font-medium" href="/agency/ads/"' in page


@pytest.mark.parametrize(
    ("columns", "word", "sentence"),
    [
        ({}, "Conectado", "como Maré Alta BM, 2 contas"),
        ({"state": "dead", "problem": "O acesso venceu."}, "Sem acesso", "O acesso venceu."),
        ({"paused": timedelta(minutes=20)}, "Em pausa", "a pedido da plataforma"),
        ({"ends": timedelta(days=3)}, "Vence logo", "vale até"),
        ({"ends": timedelta(days=60)}, "Conectado", "vale até"),
        ({"ends": -timedelta(days=1)}, "Vencido", "venceu em"),
    ],
)
def test_each_state_has_its_word_and_its_sentence(
    columns: dict[str, Any], word: str, sentence: str, as_owner: Browser, access: AdsCredential
) -> None:
    now = timezone.now()
    times = {"paused": "paused_until", "ends": "expires_at"}
    changes = {times.get(name, name): now + value if name in times else value for name, value in columns.items()}
    AdsCredential.objects.update(**changes)

    page = text(as_owner.get("/agency/ads/", headers=HTMX))

    assert f"</svg>{word}</span>" in page
    assert sentence in page


def test_the_panel_counts_what_is_read_for_clients_in_service(
    as_owner: Browser, agency: Agency, access: AdsCredential
) -> None:
    make_account(client=make_client(agency=agency), credential=access)
    make_account(client=make_client(agency=agency, archived_at=timezone.now()), credential=access)
    make_account(client=make_client(agency=agency))

    assert "1 lida para clientes" in text(as_owner.get("/agency/ads/", headers=HTMX))


def test_the_panel_costs_the_same_for_many(
    as_owner: Browser, agency: Agency, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(6):
        world.make_access(agency, "Uma", "Outra")
    as_owner.get("/agency/ads/", headers=HTMX)

    with django_assert_num_queries(4):
        as_owner.get("/agency/ads/", headers=HTMX)


# Giving one


def test_a_token_is_tested_and_kept_with_its_accounts(
    as_colleague: Browser, agency: Agency, http: responses.RequestsMock
) -> None:
    world.meta_lives(http, "Ipê Loja", "Vale Verde")

    answer = as_colleague.post(NEW_META, META | {"token": f" {world.META_TOKEN[:20]}\n{world.META_TOKEN[20:]} "})

    assert answer["Location"] == reverse("connections:index")
    assert said(answer) == ["Meta Ads: conectado como Maré Alta BM, 2 contas."]
    access = AdsCredential.objects.get()
    assert (access.agency, access.kind, access.keys) == (agency, "meta_system_user", {"token": world.META_TOKEN})
    assert http.calls[0].request.headers["Authorization"] == f"Bearer {world.META_TOKEN}"


def test_the_dialog_shuts_and_the_panel_reads_itself_again(
    as_owner: Browser, agency: Agency, http: responses.RequestsMock
) -> None:
    world.meta_lives(http, "Ipê Loja")

    answer = as_owner.post(NEW_META, META | {"chosen_kind": "meta_user"}, headers=HTMX)

    events = told(answer)
    assert answer.status_code == 204
    assert events["toast"] == {"text": "Meta Ads: conectado como Maré Alta BM, 1 conta.", "level": "ok"}
    assert {"ads-access-changed", "dialog-close"} < set(events)
    assert AdsCredential.objects.get().kind == "meta_user"


def test_google_by_its_keys(as_owner: Browser, agency: Agency, http: responses.RequestsMock) -> None:
    world.google_lives(http)

    answer = as_owner.post(NEW_GOOGLE, world.GOOGLE_KEYS)

    assert said(answer) == ["Google Ads: conectado como Vale Verde, 1 conta."]
    access = AdsCredential.objects.get()
    assert (access.platform, access.kind, access.keys) == ("google", "google_oauth", world.GOOGLE_KEYS)


def test_a_manager_is_taken_as_people_write_it(as_owner: Browser, agency: Agency, http: responses.RequestsMock) -> None:
    world.google_lives(http, manager="4128807731")

    as_owner.post(NEW_GOOGLE, world.GOOGLE_KEYS | {"manager": " 412-880-7731 "})

    access = AdsCredential.objects.get()
    assert (access.login_customer_id, "manager" in access.keys) == ("4128807731", False)


@pytest.mark.parametrize(
    ("path", "typed", "why"),
    [
        (NEW_META, {"token": ""}, "Falta colar."),
        (NEW_META, {"token": "https://business.facebook.com/"}, "Isto é um endereço."),
        (NEW_META, {"token": "EAAB12"}, "Curto demais"),
        (NEW_META, {"chosen_kind": "google_oauth"}, "Faça uma escolha válida"),
        (NEW_GOOGLE, {"client_id": ""}, "Falta colar."),
        (NEW_GOOGLE, {"client_secret": "eu@agencia.exemplo"}, "Isto é um e-mail."),
        (NEW_GOOGLE, {"manager": "12-3"}, "tem 10 números"),
    ],
)
@pytest.mark.parametrize("headers", [{}, HTMX])
def test_a_wrong_paste_is_said_before_any_call(
    headers: dict[str, str], path: str, typed: dict[str, str], why: str, as_owner: Browser, agency: Agency
) -> None:
    form = (META if path == NEW_META else world.GOOGLE_KEYS) | typed

    answer = as_owner.post(path, form, headers=headers)

    page = text(answer)
    assert (answer.status_code, why in page, "cole de novo" in page) == (200, True, True)
    assert not AdsCredential.objects.exists()


def test_the_installations_own_client_may_be_used(
    as_owner: Browser, agency: Agency, http: responses.RequestsMock, settings: Any
) -> None:
    settings.GOOGLE_CLIENT_ID, settings.GOOGLE_CLIENT_SECRET = world.CLIENT_ID, world.CLIENT_SECRET
    world.google_lives(http)

    as_owner.post(NEW_GOOGLE, {"refresh_token": world.REFRESH_TOKEN})

    assert AdsCredential.objects.get().keys == {"refresh_token": world.REFRESH_TOKEN}


def test_a_client_id_goes_with_its_secret(as_owner: Browser, agency: Agency, settings: Any) -> None:
    settings.GOOGLE_CLIENT_ID, settings.GOOGLE_CLIENT_SECRET = world.CLIENT_ID, world.CLIENT_SECRET

    answer = as_owner.post(NEW_GOOGLE, {"refresh_token": world.REFRESH_TOKEN, "client_id": world.CLIENT_ID})

    assert "vão juntos" in text(answer)


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_what_the_platform_says_stands_in_the_form(
    headers: dict[str, str], as_owner: Browser, agency: Agency, http: responses.RequestsMock
) -> None:
    world.meta_refuses(http)

    answer = as_owner.post(NEW_META, META, headers=headers)

    assert answer.status_code == 200
    assert "Nada foi salvo." in text(answer)
    assert not AdsCredential.objects.exists()


def test_a_platform_that_does_not_answer_is_said(
    as_owner: Browser, agency: Agency, http: responses.RequestsMock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("time.sleep", lambda _: None)
    http.get(f"{world.GRAPH}/v26.0/me", body=requests.ConnectionError("no route"))

    assert "Nada foi salvo." in text(as_owner.post(NEW_META, META, headers=HTMX))


# Renewing


def test_a_renewed_access_keeps_its_clients_accounts(
    as_owner: Browser, agency: Agency, access: AdsCredential, http: responses.RequestsMock
) -> None:
    account = make_account(client=make_client(agency=agency), credential=access)
    AdsCredential.objects.update(state="dead", problem="O acesso venceu.")
    ads_notices.credential_lost(access)
    world.meta_lives(http, "Ipê Loja", holder="Maré Alta 2")
    fresh = "EAAB" + "n" * 60

    page = text(as_owner.get(url("renew", access), headers=HTMX))
    answer = as_owner.post(url("renew", access), META | {"token": fresh}, headers=HTMX)

    assert "Renovar Meta Ads" in page
    assert told(answer)["toast"]["level"] == "ok"
    access.refresh_from_db()
    account.refresh_from_db()
    assert (access.is_alive, access.holder, access.keys) == (True, "Maré Alta 2", {"token": fresh})
    assert (account.credential, account.next_read_at is not None) == (access, True)
    assert not Notice.objects.filter(closed_at=None).exists()


def test_renewing_google_keeps_what_is_left_empty(
    as_owner: Browser, agency: Agency, http: responses.RequestsMock
) -> None:
    old = world.GOOGLE_KEYS | {"refresh_token": "1//0" + "o" * 60}
    access = world.make_access(agency, platform="google", kind="google_oauth", keys=old, login_customer_id="4128807731")
    world.google_lives(http, manager="4128807731")

    page = text(as_owner.get(url("renew", access)))
    as_owner.post(url("renew", access), {"refresh_token": world.REFRESH_TOKEN, "manager": "412-880-7731"})

    access.refresh_from_db()
    assert 'value="412-880-7731"' in page
    assert (access.keys, access.login_customer_id) == (world.GOOGLE_KEYS, "4128807731")


def test_a_renewal_that_fails_changes_nothing(
    as_owner: Browser, access: AdsCredential, http: responses.RequestsMock
) -> None:
    world.meta_refuses(http)

    as_owner.post(url("renew", access), META | {"token": "EAAB" + "n" * 60}, headers=HTMX)

    stored = AdsCredential.objects.get()
    assert (stored.is_alive, stored.holder, stored.keys) == (True, "Maré Alta BM", {"token": world.META_TOKEN})


# Testing


def test_an_access_lists_its_accounts_again(
    as_owner: Browser, access: AdsCredential, http: responses.RequestsMock
) -> None:
    world.meta_lists(http, "Ipê Loja", "Vale Verde", "Nova")

    answer = as_owner.post(url("test", access), headers=HTMX)

    assert told(answer)["toast"]["text"] == "Meta Ads: conectado como Maré Alta BM, 3 contas."
    assert access.listed.filter(name="Nova").exists()


def test_an_access_that_turns_out_dead_is_said(
    as_owner: Browser, access: AdsCredential, http: responses.RequestsMock
) -> None:
    world.meta_refuses(http, path="me/adaccounts")

    answer = as_owner.post(url("test", access))

    access.refresh_from_db()
    assert (access.is_alive, said(answer) != []) == (False, True)


def test_a_dead_access_gets_another_chance_with_the_same_keys(
    as_owner: Browser, access: AdsCredential, http: responses.RequestsMock
) -> None:
    AdsCredential.objects.update(state="dead", problem="x")
    world.meta_lives(http, "Ipê Loja")

    as_owner.post(url("test", access), headers=HTMX)

    access.refresh_from_db()
    assert (access.is_alive, access.problem) == (True, "")


def test_a_paused_access_is_not_asked(as_owner: Browser, access: AdsCredential) -> None:
    AdsCredential.objects.update(paused_until=timezone.now() + timedelta(minutes=5))

    answer = as_owner.post(url("test", access), headers=HTMX)

    assert told(answer)["toast"]["level"] == "error"
    assert "pausa" in told(answer)["toast"]["text"]


# Taking it back


def test_disconnecting_says_first_what_stays(as_owner: Browser, agency: Agency, access: AdsCredential) -> None:
    make_account(client=make_client(agency=agency), credential=access)

    page = text(as_owner.get(url("disconnect", access), headers=HTMX))

    assert "1 conta de clientes" in page
    assert "os números já lidos" in page
    assert AdsCredential.objects.exists()


def test_a_disconnected_access_is_gone_and_its_accounts_stay(
    as_colleague: Browser, agency: Agency, access: AdsCredential
) -> None:
    account = make_account(client=make_client(agency=agency), credential=access)

    answer = as_colleague.post(url("disconnect", access), headers=HTMX)

    account.refresh_from_db()
    assert {"ads-access-changed", "dialog-close", "toast"} == set(told(answer))
    assert (AdsCredential.objects.exists(), account.credential, account.next_read_at) == (False, None, None)


def test_disconnecting_without_scripts(as_owner: Browser, access: AdsCredential) -> None:
    answer = as_owner.post(url("disconnect", access))

    assert answer["Location"] == reverse("connections:index")
    assert said(answer) == ["Meta Ads desconectado. Os números já lidos ficaram."]
