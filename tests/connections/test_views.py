"""The dialog that links a WhatsApp, as a browser sees it: who may ask, what each state shows, how polling ends."""

from __future__ import annotations

import json
from typing import Any

import pytest
import requests
from django.http import HttpResponse
from django.test import Client as Browser
from django.urls import reverse

from agency.models import Agency, Client
from connections.models import WhatsAppConnection
from tests.connections.conftest import Gateway
from tests.connections.recorded import recorded
from tests.factories import make_client, make_connection

HTMX = {"HX-Request": "true", "HX-Current-URL": "http://testserver/agency/?q=ipe"}


@pytest.fixture
def client(agency: Agency) -> Client:
    return make_client(agency=agency, name="Moda <b>Ipê</b>")


def address(name: str, client: Client | None) -> str:
    return reverse(f"connections:{name}", args=[client.pk]) if client else reverse(f"connections:agency_{name}")


def text(response: HttpResponse) -> str:
    return response.content.decode()


def events(response: HttpResponse) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(response.headers.get("HX-Trigger", "{}"))
    return found


DIALOG = [("qr_modal", "get"), ("connect", "post"), ("qr_status", "get"), ("disconnect", "post"), ("disconnect", "get")]


@pytest.mark.parametrize(("name", "method"), DIALOG)
def test_a_stranger_finds_nothing(name: str, method: str, client: Client, as_stranger: Browser) -> None:
    assert getattr(as_stranger, method)(address(name, client), headers=HTMX).status_code == 404
    assert WhatsAppConnection.objects.count() == 0


@pytest.mark.parametrize(("name", "method"), DIALOG)
@pytest.mark.parametrize("whose", ["client", "agency"])
def test_an_anonymous_visitor_goes_to_login(
    name: str, method: str, whose: str, client: Client, as_anonymous: Browser
) -> None:
    path = address(name, client if whose == "client" else None)

    plain = getattr(as_anonymous, method)(path)
    htmx = getattr(as_anonymous, method)(path, headers=HTMX)

    assert plain.status_code == 302
    assert plain.headers["Location"].startswith(reverse("account_login"))
    assert htmx.status_code == 200
    assert htmx.content == b""
    assert htmx.headers["HX-Redirect"] == f"{reverse('account_login')}?next=%2Fagency%2F%3Fq%3Dipe"


@pytest.mark.parametrize(
    ("name", "method"), [("qr_modal", "post"), ("connect", "get"), ("qr_status", "post"), ("disconnect", "delete")]
)
def test_a_wrong_method_is_refused(name: str, method: str, client: Client, as_owner: Browser) -> None:
    assert getattr(as_owner, method)(address(name, client)).status_code == 405


def test_a_post_without_the_csrf_token_is_refused(client: Client, owner: Any) -> None:
    browser = Browser(enforce_csrf_checks=True)
    browser.force_login(owner, backend="allauth.account.auth_backends.AuthenticationBackend")

    response = browser.post(address("connect", client), headers=HTMX)

    assert response.status_code == 403
    assert WhatsAppConnection.objects.count() == 0


def test_the_dialog_begins_by_itself(client: Client, as_owner: Browser) -> None:
    response = as_owner.get(address("qr_modal", client), headers=HTMX)

    assert "Gerando QR Code..." in text(response)
    assert f'hx-post="{address("connect", client)}"' in text(response)
    assert 'hx-trigger="load"' in text(response)
    assert "Moda &lt;b&gt;Ipê&lt;/b&gt;" in text(response)


def test_a_colleague_of_the_same_agency_may_connect(client: Client, as_colleague: Browser, gateway: Gateway) -> None:
    gateway.create()
    gateway.connect(f"adscape_c_{client.pk.hex[:12]}")

    response = as_colleague.post(address("connect", client), headers=HTMX)

    assert 'aria-label="QR Code para conectar o WhatsApp"' in text(response)


@pytest.mark.parametrize("whose", ["client", "agency"])
def test_connect_shows_the_qr_and_polls(
    whose: str, agency: Agency, client: Client, as_owner: Browser, gateway: Gateway
) -> None:
    owner = client if whose == "client" else None
    name = f"adscape_c_{client.pk.hex[:12]}" if owner else f"adscape_{agency.pk.hex[:12]}"
    gateway.create()
    gateway.connect(name)

    response = as_owner.post(address("connect", owner), headers=HTMX)

    assert f'hx-get="{address("qr_status", owner)}"' in text(response)
    assert 'hx-trigger="every 3s"' in text(response)
    assert "Aparelhos conectados" in text(response)


def test_opening_takes_few_statements(
    client: Client, as_owner: Browser, gateway: Gateway, django_assert_max_num_queries: Any
) -> None:
    gateway.create()
    gateway.connect(f"adscape_c_{client.pk.hex[:12]}")

    with django_assert_max_num_queries(23):  # the transaction of the new row counts for two
        shown = as_owner.post(address("connect", client), headers=HTMX)

    assert "<svg" in text(shown)


def test_polling_ends_when_it_is_connected(agency: Agency, client: Client, as_owner: Browser, gateway: Gateway) -> None:
    row = make_connection(agency=agency, client=client, status="awaiting_scan", has_session=False)
    gateway.state(row.instance_name, "open")
    gateway.instance(row.instance_name)

    response = as_owner.get(address("qr_status", client), headers=HTMX)

    assert "every 3s" not in text(response)
    assert "WhatsApp conectado" in text(response)
    assert events(response) == {
        f"client-changed-{client.pk}": {},
        "toast": {"text": "WhatsApp de Moda <b>Ipê</b> conectado!", "level": "ok"},
        "dialog-close": {"after": 2000},
    }


FAILURES: list[tuple[str, dict[str, Any], list[str], bool]] = [
    ("down", {"body": requests.ConnectTimeout()}, ["O servidor do WhatsApp não responde.", "Nada mudou"], True),
    (
        "wrong key",
        recorded("auth_and_create.json", "wrong apikey"),
        ["não aceitou a chave", "Fale com o suporte"],
        False,
    ),
    (
        "licence",
        {"status": 503, "json": {"error": "service not activated", "code": "LICENSE_REQUIRED"}},
        ["sem licença ativa"],
        False,
    ),
    ("an HTML page", {"status": 200, "body": "<html>nginx</html>"}, ["Tente de novo"], True),
    ("a bare 500", {"status": 500, "body": ""}, ["Tente de novo"], True),
    ("slow", {"body": requests.ReadTimeout()}, ["Espere um minuto"], True),
]


@pytest.mark.parametrize(("name", "answer", "sentences", "retry"), FAILURES, ids=[row[0] for row in FAILURES])
def test_a_failed_connect_is_a_sentence_that_says_what_to_do(
    name: str,
    answer: dict[str, Any],
    sentences: list[str],
    retry: bool,
    client: Client,
    as_owner: Browser,
    gateway: Gateway,
) -> None:
    gateway.create(**answer)

    response = as_owner.post(address("connect", client), headers=HTMX)

    assert response.status_code == 200
    assert all(sentence in text(response) for sentence in sentences)
    assert "every 3s" not in text(response)
    assert (f'hx-post="{address("connect", client)}"' in text(response)) is retry


def test_a_name_that_is_taken_is_explained(client: Client, as_owner: Browser, gateway: Gateway) -> None:
    gateway.create(**recorded("auth_and_create.json", "create: name exists"))
    gateway.instance("x", token="SOMEBODY-ELSES")

    response = as_owner.post(address("connect", client), headers=HTMX)

    assert "já tem outra conexão com este nome" in text(response)


def test_a_gateway_that_goes_down_while_polling_is_asked_again(
    agency: Agency, client: Client, as_owner: Browser, gateway: Gateway
) -> None:
    row = make_connection(agency=agency, client=client, status="awaiting_scan")
    url = f"http://evolution.test/instance/connectionState/{row.instance_name}"
    gateway.http.add("GET", url, body=requests.ConnectTimeout())

    response = as_owner.get(address("qr_status", client), headers=HTMX)

    assert "O servidor do WhatsApp não responde." in text(response)
    assert "every 3s" in text(response)


def test_disconnect_asks_first_and_then_tells_the_page(
    agency: Agency, client: Client, as_owner: Browser, gateway: Gateway
) -> None:
    row = make_connection(agency=agency, client=client, token="TOKEN", phone="+5531986304412")
    asked = as_owner.get(address("disconnect", client), headers=HTMX)
    gateway.instance(row.instance_name)
    gateway.logout(row.instance_name)
    gateway.delete(row.instance_name)

    done = as_owner.post(address("disconnect", client), headers=HTMX)

    assert "(31) 9 8630-4412" in text(asked)
    assert done.status_code == 204
    assert events(done) == {
        "toast": {"text": "WhatsApp desconectado", "level": "info"},
        f"client-changed-{client.pk}": {},
        "dialog-close": {"after": 0},
    }


def test_a_disconnect_that_fails_says_so(agency: Agency, client: Client, as_owner: Browser, gateway: Gateway) -> None:
    make_connection(agency=agency, client=client, token="TOKEN")
    gateway.http.add("GET", "http://evolution.test/instance/fetchInstances", body=requests.ConnectTimeout())

    response = as_owner.post(address("disconnect", client), headers=HTMX)

    assert response.status_code == 200
    assert "O servidor do WhatsApp não responde." in text(response)


def test_without_scripts_each_step_is_a_page(client: Client, as_owner: Browser, gateway: Gateway) -> None:
    gateway.create()
    gateway.connect(f"adscape_c_{client.pk.hex[:12]}")
    gateway.state(f"adscape_c_{client.pk.hex[:12]}", "connecting")

    start = as_owner.get(address("qr_modal", client))
    connected = as_owner.post(address("connect", client), follow=True)

    assert "<!doctype html>" in text(start)
    assert f'action="{address("connect", client)}"' in text(start)
    assert "<!doctype html>" in text(connected)
    assert 'aria-label="QR Code para conectar o WhatsApp"' in text(connected)


@pytest.mark.parametrize("name", ["qr_modal", "pairing_code", "disconnect", "connect_link", "uncertain_again"])
def test_a_page_of_its_own_acts_in_its_own_place_and_knows_where_it_leads(
    name: str, client: Client, as_owner: Browser
) -> None:
    """With scripts: what a dialog of base.html would show elsewhere is swapped into the page itself."""
    home = reverse("connections:uncertain") if name == "uncertain_again" else reverse("agency:client", args=[client.pk])
    path = reverse("connections:uncertain_again") if name == "uncertain_again" else address(name, client)

    page = text(as_owner.get(path))
    fragment = text(as_owner.get(path, headers=HTMX))

    frame, closed = page.index(f'id="dialog-page" aria-labelledby="dialog-title" data-home="{home}"'), "</dialog>"
    assert page.count('id="dialog-body"') == 1
    assert frame < page.index('id="dialog-body"') < page.index("</section>", frame)
    assert f'aria-labelledby="dialog-title">{closed}' in page
    assert 'id="dialog-page"' not in fragment


@pytest.mark.parametrize("name", ["qr_modal", "disconnect"])
def test_that_of_the_agencys_number_leads_to_conexoes(name: str, as_owner: Browser) -> None:
    assert f'data-home="{reverse("connections:index")}"' in text(as_owner.get(address(name, None)))


@pytest.mark.parametrize("path", ["/connections/", "/connections/panel/"])
def test_the_conexoes_page(path: str, agency: Agency, as_owner: Browser, as_anonymous: Browser) -> None:
    make_connection(agency=agency, phone="+5511940028765")

    response = as_owner.get(path)

    assert "(11) 9 4002-8765" in text(response)
    assert as_anonymous.get(path).status_code == 302
    assert as_owner.post(path).status_code == 405


def test_another_agencys_number_is_not_shown(agency: Agency, as_stranger: Browser) -> None:
    make_connection(agency=agency, phone="+5511940028765")

    assert "4002-8765" not in text(as_stranger.get("/connections/"))


def test_a_poll_that_finds_nothing_new_leaves_the_card_alone(
    agency: Agency, client: Client, as_owner: Browser, gateway: Gateway
) -> None:
    name = f"adscape_c_{client.pk.hex[:12]}"
    gateway.create()
    gateway.connect(name)
    gateway.state(name, "connecting")

    begun = as_owner.post(address("connect", client), headers=HTMX)
    polled = as_owner.get(address("qr_status", client), headers=HTMX)

    assert events(begun) == {f"client-changed-{client.pk}": {}}
    assert events(polled) == {}


@pytest.mark.parametrize("stored", ["+5531986304412", "+553186304412"])
def test_a_connected_number_that_is_a_recipients_is_pointed_out(
    stored: str, agency: Agency, client: Client, as_owner: Browser, gateway: Gateway
) -> None:
    make_connection(agency=agency)
    row = make_connection(agency=agency, client=client, status="awaiting_scan", has_session=False, phone="")
    paulo = client.recipients.create(name="Paulo", phone=stored)
    gateway.state(row.instance_name, "open")
    gateway.instance(row.instance_name, ownerJid="553186304412@s.whatsapp.net")

    response = as_owner.get(address("qr_status", client), headers=HTMX)

    assert "o WhatsApp não notifica mensagens para si mesmo" in text(response)
    assert f'hx-post="{reverse("reports:recipient_via_agency", args=[client.pk, paulo.pk])}"' in text(response)
    assert "dialog-close" not in events(response)


@pytest.mark.parametrize(
    ("uses", "sentence"), [(True, "conecte-o primeiro"), (False, "Este cliente não usa o número da agência")]
)
def test_without_the_agencys_number_it_says_what_comes_first(
    uses: bool, sentence: str, agency: Agency, client: Client, as_owner: Browser, gateway: Gateway
) -> None:
    Client.objects.update(use_agency_number=uses)
    row = make_connection(agency=agency, client=client, phone="+5531986304412")
    client.recipients.create(name="Paulo", phone="+5531986304412")
    gateway.state(row.instance_name, "open")

    response = as_owner.get(address("qr_status", client), headers=HTMX)

    assert sentence in text(response)
    assert "Usar o número da agência" not in text(response)


def test_a_recipient_who_is_served_by_the_agencys_number_is_not_pointed_out(
    agency: Agency, client: Client, as_owner: Browser, gateway: Gateway
) -> None:
    row = make_connection(agency=agency, client=client, phone="+5531986304412")
    client.recipients.create(name="Paulo", phone="+5531986304412", via_agency=True)
    gateway.state(row.instance_name, "open")

    response = as_owner.get(address("qr_status", client), headers=HTMX)

    assert "não notifica" not in text(response)
    assert "dialog-close" in events(response)
