"""The connect link: made once, opened without login, agreed to, used for one number, ended; and nothing beyond it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.signing import Signer
from django.http import HttpResponse
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from agency.models import Agency, Client, Notice, User
from connections import links
from connections.models import ConnectionEvent, ConnectLink, Message, WhatsAppConnection
from tests.connections.conftest import Gateway
from tests.factories import make_agency, make_client, make_connection

pytestmark = pytest.mark.django_db
PHONE = "+5531986304412"


@pytest.fixture
def client(agency: Agency) -> Client:
    return make_client(agency=agency, name="Auto Center")


@pytest.fixture
def link(client: Client, owner: User) -> ConnectLink:
    return links.make(client, owner)


@pytest.fixture
def visitor() -> Browser:
    return Browser()


def url(name: str, link: ConnectLink) -> str:
    return reverse(f"connections:{name}", args=[links.token_of(link)])


def kinds() -> list[tuple[str, str]]:
    return list(ConnectionEvent.objects.order_by("pk").values_list("kind", "actor"))


def agree(visitor: Browser, link: ConnectLink, **given: Any) -> HttpResponse:
    data = {"phone": "(31) 98630-4412", "consent": "1", "way": "code"} | given
    answer: HttpResponse = visitor.post(url("link_begin", link), data, headers={"user-agent": "Celular/1.0"})
    return answer


def stub_code(gateway: Gateway, connection: WhatsAppConnection) -> None:
    gateway.create()
    body = {"pairingCode": "K7QF3XMA", "code": "2@abc,def", "base64": "…", "count": 1}
    gateway.http.add("GET", f"http://evolution.test/instance/connect/{connection.instance_name}", json=body)


def test_two_clicks_make_one_link(client: Client, owner: User, colleague: User) -> None:
    first, second = links.make(client, owner), links.make(client, colleague)

    assert first.pk == second.pk
    assert timedelta(hours=47) < first.expires_at - timezone.now() <= timedelta(hours=48)
    assert kinds() == [("link_made", "person")]


def test_the_page_asks_for_consent_and_names_only_this_client(visitor: Browser, link: ConnectLink) -> None:
    make_client(agency=link.agency, name="Outro Cliente")

    response = visitor.get(url("link", link))

    page = response.content.decode()
    assert response.status_code == 200
    assert "Auto Center" in page
    assert link.agency.name in page
    assert "Outro Cliente" not in page
    assert response["X-Robots-Tag"] == "noindex, nofollow"
    assert response["Referrer-Policy"] == "same-origin"
    assert "no-store" in response["Cache-Control"]
    assert "sessionid" not in response.cookies
    assert kinds() == [("link_made", "person"), ("link_opened", "client")]


def test_without_consent_nothing_is_asked_of_the_gateway(visitor: Browser, link: ConnectLink) -> None:
    response = agree(visitor, link, consent="")

    assert "Marque a autorização para continuar." in response.content.decode()
    link.refresh_from_db()
    assert link.consented_at is None


@pytest.mark.parametrize("phone", ["", "123", "abc"])
def test_a_code_needs_a_number(visitor: Browser, link: ConnectLink, phone: str) -> None:
    response = agree(visitor, link, phone=phone)

    assert 'aria-invalid="true"' in response.content.decode()


def test_who_agrees_gets_a_code_and_the_consent_is_kept(visitor: Browser, link: ConnectLink, gateway: Gateway) -> None:
    stub_code(gateway, links.connection_of(link))

    response = agree(visitor, link)

    assert response.status_code == 302
    link.refresh_from_db()
    assert (link.consent_ip, link.consent_agent) == ("127.0.0.1", "Celular/1.0")
    assert link.consent_text == links.CONSENT.format(agency=link.agency.name)
    page = visitor.get(url("link", link)).content.decode()
    assert "K7QF-3XMA" in page
    assert url("link_state", link) in page  # it asks again by itself
    assert ("consent", "client") in kinds()


def test_both_ways_are_one_tap_away_and_looking_at_the_other_loses_nothing(
    visitor: Browser, link: ConnectLink, gateway: Gateway
) -> None:
    connection = links.connection_of(link)
    stub_code(gateway, connection)
    gateway.state(connection.instance_name, "connecting")  # no logout is stubbed
    assert agree(visitor, link).status_code == 302
    by_code = visitor.get(url("link", link)).content.decode()
    assert "Não funcionou? Usar QR Code" in by_code

    agree(visitor, link, way="qr", phone="")
    by_qr = visitor.get(url("link", link)).content.decode()
    assert "Leia com o WhatsApp do outro celular" in by_qr
    assert "Voltar ao código" in by_qr
    assert f'name="phone" value="{PHONE}"' in by_qr

    agree(visitor, link, phone=PHONE)
    again = visitor.get(url("link", link)).content.decode()
    assert "K7QF-3XMA" in again
    assert WhatsAppConnection.objects.get(pk=connection.pk).pairing_code == "K7QF3XMA"


def test_who_began_with_the_qr_is_asked_for_a_number_while_it_stays(
    visitor: Browser, link: ConnectLink, gateway: Gateway
) -> None:
    connection = links.connection_of(link)
    gateway.create()
    gateway.connect(connection.instance_name)
    agree(visitor, link, way="qr", phone="")
    begun = WhatsAppConnection.objects.get(pk=connection.pk)
    assert f"{url('link', link)}?way=code" in visitor.get(url("link", link)).content.decode()

    asked = visitor.get(url("link", link), {"way": "code"}).content.decode()
    refused = agree(visitor, link, phone="123").content.decode()

    for page in (asked, refused):
        assert "Conectar com um código" in page
        assert "Voltar ao QR Code" in page
        assert "every 3s" not in page
    assert 'aria-invalid="true"' in refused
    after = WhatsAppConnection.objects.get(pk=connection.pk)
    assert (after.pairing_since, after.qr_code) == (begun.pairing_since, begun.qr_code)


def test_a_number_is_asked_for_only_where_it_is_needed(visitor: Browser, link: ConnectLink, gateway: Gateway) -> None:
    assert "Receba seus relatórios" in visitor.get(url("link", link), {"way": "code"}).content.decode()

    stub_code(gateway, links.connection_of(link))
    agree(visitor, link)

    assert "K7QF-3XMA" in visitor.get(url("link", link), {"way": "code"}).content.decode()


def connected(visitor: Browser, link: ConnectLink, gateway: Gateway) -> WhatsAppConnection:
    """The whole way to an open connection."""
    connection = links.connection_of(link)
    stub_code(gateway, connection)
    agree(visitor, link)
    gateway.state(connection.instance_name, "open")
    gateway.instance(connection.instance_name)
    visitor.get(url("link_state", link), headers={"hx-request": "true"})
    connection.refresh_from_db()
    link.refresh_from_db()
    return connection


def test_it_ends_in_tudo_certo_and_asks_no_more(visitor: Browser, link: ConnectLink, gateway: Gateway) -> None:
    connection = connected(visitor, link, gateway)

    assert connection.status == "connected"
    assert link.connected_at is not None
    page = visitor.get(url("link", link)).content.decode()
    assert "Tudo certo" in page
    assert "every 3s" not in page
    assert ConnectionEvent.objects.get(status="connected").actor == "client"


def test_it_links_no_second_number(visitor: Browser, link: ConnectLink, gateway: Gateway) -> None:
    connection = connected(visitor, link, gateway)
    WhatsAppConnection.objects.filter(pk=connection.pk).update(status="disconnected", reason="logged_out")

    assert "Este link já foi usado" in visitor.get(url("link", link)).content.decode()
    agree(visitor, link)  # no more calls are stubbed
    assert WhatsAppConnection.objects.get(pk=connection.pk).status == "disconnected"


def test_the_client_takes_its_number_back(
    visitor: Browser, link: ConnectLink, gateway: Gateway, client: Client
) -> None:
    connection = connected(visitor, link, gateway)
    token = WhatsAppConnection.objects.get(pk=connection.pk).token
    gateway.http.remove("GET", "http://evolution.test/instance/fetchInstances")
    gateway.instance(connection.instance_name, token=token)
    gateway.logout(connection.instance_name)
    gateway.delete(connection.instance_name)
    assert "Desconectar o" in visitor.get(url("link_disconnect", link)).content.decode()

    assert visitor.post(url("link_disconnect", link)).status_code == 302

    connection.refresh_from_db()
    client.refresh_from_db()
    assert (connection.status, connection.reason, client.use_agency_number) == ("disconnected", "by_client", False)
    assert Notice.objects.get(closed_at=None).subject == f"left:{client.pk}"
    assert kinds()[-1] == ("status", "client")
    assert "Número desconectado" in visitor.get(url("link", link)).content.decode()


def test_a_link_that_connected_nothing_disconnects_nothing(visitor: Browser, link: ConnectLink, client: Client) -> None:
    WhatsAppConnection.objects.all().delete()
    make_connection(agency=client.agency, client=client, instance_name="by-hand")

    assert visitor.post(url("link_disconnect", link)).status_code == 302
    assert WhatsAppConnection.objects.get(client=client).status == "connected"


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"expires_at": timezone.now() - timedelta(minutes=1)}, ("Este link venceu", "Venceu ")),
        ({"revoked_at": timezone.now()}, ("Este link foi cancelado", "")),
    ],
)
def test_one_that_is_over_says_so_and_begins_nothing(
    visitor: Browser, link: ConnectLink, fields: dict[str, Any], words: tuple[str, str]
) -> None:
    assert "vale até" in visitor.get(url("link", link)).content.decode()
    ConnectLink.objects.update(**fields)

    page = visitor.get(url("link", link)).content.decode()
    assert all(each in page for each in words)
    assert "vale até" not in page
    assert agree(visitor, link).status_code == 302  # and no call is stubbed
    assert not WhatsAppConnection.objects.exclude(token="").exists()


@pytest.mark.parametrize("name", ["link", "link_state", "link_begin", "link_disconnect"])
@pytest.mark.parametrize("bad", ["tampered", "other salt", "no link", "archived", "nonsense"])
def test_any_other_token_is_a_page_that_does_not_exist(
    visitor: Browser, link: ConnectLink, name: str, bad: str
) -> None:
    token = links.token_of(link)
    if bad == "tampered":
        token = token[:-1] + ("A" if token[-1] != "A" else "B")
    elif bad == "other salt":
        token = Signer(salt="another", sep="~").sign(link.pk.hex)
    elif bad == "no link":
        link.delete()
    elif bad == "archived":
        Client.objects.update(archived_at=timezone.now())
    else:
        token = "x"
    send = visitor.post if name == "link_begin" else visitor.get

    assert send(reverse(f"connections:{name}", args=[token])).status_code == 404


def test_methods(visitor: Browser, link: ConnectLink) -> None:
    assert visitor.post(url("link", link)).status_code == 405
    assert visitor.post(url("link_state", link)).status_code == 405
    assert visitor.get(url("link_begin", link)).status_code == 405


def test_too_many_requests_are_turned_away(visitor: Browser, link: ConnectLink) -> None:
    statuses = [agree(visitor, link, consent="").status_code for _ in range(21)]

    assert statuses == [200] * 20 + [429]


def test_the_gestor_makes_sends_and_cancels_it(as_owner: Browser, client: Client, agency: Agency) -> None:
    make_connection(agency=agency)
    dialog = reverse("connections:connect_link", args=[client.pk])
    htmx = {"hx-request": "true"}
    assert "Criar link" in as_owner.get(dialog, headers=htmx).content.decode()

    made = as_owner.post(dialog, headers=htmx).content.decode()
    link = ConnectLink.objects.get()
    assert links.address_of(link) in made
    assert "wa.me" in made

    send = reverse("connections:connect_link_send", args=[client.pk])
    assert 'aria-invalid="true"' in as_owner.post(send, {"phone": "1"}, headers=htmx).content.decode()
    for _ in range(2):
        as_owner.post(send, {"phone": "(31) 98630-4412"}, headers=htmx)
    message = Message.objects.get()
    assert (message.to, message.client, message.kind) == (PHONE, None, "link")
    assert links.address_of(link) in message.body

    as_owner.post(reverse("connections:connect_link_revoke", args=[client.pk]), headers=htmx)
    link.refresh_from_db()
    assert link.revoked_at is not None
    assert kinds() == [("link_made", "person"), ("link_revoked", "person")]


@pytest.mark.parametrize("name", ["connect_link", "connect_link_send", "connect_link_revoke"])
def test_the_four_questions(
    name: str, client: Client, as_owner: Browser, as_stranger: Browser, as_anonymous: Browser
) -> None:
    address = reverse(f"connections:{name}", args=[client.pk])

    assert as_owner.post(address).status_code in (200, 302)
    assert as_owner.put(address).status_code == 405
    assert as_stranger.post(address).status_code == 404
    assert as_anonymous.post(address).status_code == 302
    foreign = make_client(agency=make_agency())
    assert as_owner.post(reverse(f"connections:{name}", args=[foreign.pk])).status_code == 404


def test_a_used_link_has_no_power_over_another_number(
    visitor: Browser, link: ConnectLink, gateway: Gateway, client: Client
) -> None:
    """The gestor connected another phone later: the old link neither shows nor ends it."""
    connection = connected(visitor, link, gateway)
    WhatsAppConnection.objects.filter(pk=connection.pk).update(phone="+5511955554444")

    page = visitor.get(url("link", link)).content.decode()
    assert "Este link já foi usado" in page
    assert "5555-4444" not in page
    assert visitor.post(url("link_disconnect", link)).status_code == 302  # and no call is stubbed
    assert WhatsAppConnection.objects.get(client=client).status == "connected"


def test_an_open_link_does_not_show_a_number_that_it_did_not_connect(
    visitor: Browser, link: ConnectLink, client: Client
) -> None:
    WhatsAppConnection.objects.all().delete()
    make_connection(agency=client.agency, client=client, phone="+5511955554444")

    page = visitor.get(url("link", link)).content.decode()

    assert "Já está conectado" in page
    assert "5555-4444" not in page


def test_cancelling_ends_what_the_link_has_begun(
    visitor: Browser, as_owner: Browser, link: ConnectLink, gateway: Gateway, client: Client
) -> None:
    connection = links.connection_of(link)
    stub_code(gateway, connection)
    agree(visitor, link)
    token = WhatsAppConnection.objects.get(pk=connection.pk).token
    gateway.instance(connection.instance_name, token=token)
    logout, delete = gateway.logout(connection.instance_name), gateway.delete(connection.instance_name)

    as_owner.post(reverse("connections:connect_link_revoke", args=[client.pk]))

    connection.refresh_from_db()
    assert (connection.pairing_since, logout.call_count, delete.call_count) == (None, 1, 1)


@pytest.mark.parametrize("method", ["get", "post", "put"])
def test_no_address_of_a_link_is_logged(
    visitor: Browser, link: ConnectLink, caplog: pytest.LogCaptureFixture, method: str
) -> None:
    token = links.token_of(link)
    for bad in (token, f"{token}x"):
        for name in ("link", "link_state", "link_begin", "link_disconnect"):
            response = getattr(visitor, method)(reverse(f"connections:{name}", args=[bad]))
            assert response["X-Robots-Tag"] == "noindex, nofollow"

    assert token not in caplog.text
