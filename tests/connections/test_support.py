"""Support's console of a connection: what its page shows, what can be done there, by whom, and what is answered."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings as conf
from django.contrib.auth.models import Permission
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from agency.models import Agency, User
from connections import drops
from connections.models import ConnectionEvent, ConnectLink, Message, WebhookEvent, WhatsAppConnection
from tests.connections.conftest import Gateway
from tests.connections.recorded import recorded
from tests.factories import make_client, make_connection, make_message, make_user
from tests.people import browser_of

LIST = "/admin/connections/whatsappconnection/"
OPERATIONS = ["reread", "restart", "repair_webhook", "disconnect"]
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@pytest.fixture
def support(db: None) -> User:
    return make_user(is_staff=True, is_superuser=True, name="Suporte")


@pytest.fixture
def as_support(support: User) -> Browser:
    return browser_of(support)


@pytest.fixture
def own(agency: Agency) -> WhatsAppConnection:
    client = make_client(agency=agency, name="Moda Ipê")
    return make_connection(agency=agency, client=client, token="PLAIN-TOKEN", webhook_secret="PLAIN-SECRET")


def page_of(connection: WhatsAppConnection) -> str:
    return f"{LIST}{connection.pk}/change/"


def operation(connection: WhatsAppConnection, name: str) -> str:
    return f"{LIST}{connection.pk}/operate/{name}/"


def do(browser: Browser, connection: WhatsAppConnection, name: str, **data: str) -> str:
    """Do it on the page; what the page says then."""
    response = browser.post(operation(connection, name), data, follow=True)
    assert response.redirect_chain == [(page_of(connection), 302)]
    assert b"PLAIN" not in response.content
    return response.content.decode()


def staff(*codenames: str) -> Browser:
    user = make_user(is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=codenames))
    return browser_of(user)


def event(connection: WhatsAppConnection, **fields: Any) -> ConnectionEvent:
    fields = {"kind": "status", "status": "connected", "actor": "whatsapp"} | fields
    return ConnectionEvent.objects.create(connection=connection, **fields)


def stub_restart(gateway: Gateway, own: WhatsAppConnection, **answer: Any) -> Any:
    return gateway.http.add("POST", f"{conf.EVOLUTION_API_URL}/instance/restart/{own.instance_name}", **answer)


def stub_webhook(gateway: Gateway, own: WhatsAppConnection, **answer: Any) -> Any:
    return gateway.http.add("POST", f"{conf.EVOLUTION_API_URL}/webhook/set/{own.instance_name}", **answer)


# --- What its page shows --------------------------------------------------------------------------------------------


def test_the_page_shows_state_reason_and_what_happened_last(own: WhatsAppConnection, as_support: Browser) -> None:
    WhatsAppConnection.objects.filter(pk=own.pk).update(
        status="restricted", reason="sends_paused", qr_code="2@PLAIN-QR", pairing_code="PLAINCODE"
    )
    event(own, status="restricted", reason="sends_paused")
    event(make_connection(agency=own.agency), status="disconnected", reason="bad_session")
    message = make_message(client=own.client, connection=own, body="PLAIN text")
    heard = WebhookEvent.objects.create(connection=own, event="CONNECTION_UPDATE", outcome="lido")

    response = as_support.get(page_of(own))
    page = response.content.decode()

    assert response.status_code == 200
    assert "PLAIN" not in page
    assert page.count("O WhatsApp pausou envios deste número.") == 2
    assert "A conexão deste número se estragou." not in page
    assert reverse("admin:connections_message_change", args=[message.pk]) in page
    assert reverse("admin:connections_webhookevent_change", args=[heard.pk]) in page
    assert f"connectionevent/?connection__id__exact={own.pk}" in page
    assert b'name="_save"' not in response.content
    for name in OPERATIONS:
        assert f'action="{operation(own, name)}"' in page


def test_the_page_costs_the_same_however_much_happened(
    own: WhatsAppConnection, as_support: Browser, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    person = make_user()

    def happen(times: int) -> None:
        for _ in range(times):
            event(own, actor="person", user=person)
            make_message(client=own.client, connection=own)
            WebhookEvent.objects.create(connection=own, event="CONNECTION_UPDATE")

    happen(2)
    as_support.get(page_of(own))
    with django_assert_num_queries(9) as few:
        as_support.get(page_of(own))
    happen(30)
    with django_assert_num_queries(len(few)):
        response = as_support.get(page_of(own))

    assert [len(formset.formset.queryset) for formset in response.context["inline_admin_formsets"]] == [20, 20, 20]


@pytest.mark.parametrize("path", ["message", "connectionevent", "webhookevent"])
def test_its_links_lead_to_lists_of_its_own(path: str, own: WhatsAppConnection, as_support: Browser) -> None:
    for connection in (own, make_connection(agency=own.agency)):
        event(connection)
        make_message(agency=own.agency, connection=connection)
        WebhookEvent.objects.create(connection=connection, event="CONNECTION_UPDATE")

    response = as_support.get(f"/admin/connections/{path}/", {"connection__id__exact": str(own.pk)})

    assert [row.connection for row in response.context["cl"].queryset] == [own]


# --- What can be done -----------------------------------------------------------------------------------------------


def test_the_state_is_read_now(own: WhatsAppConnection, as_support: Browser, gateway: Gateway) -> None:
    gateway.state(own.instance_name, "close")
    gateway.instance(own.instance_name, disconnectionReasonCode=401)

    page = do(as_support, own, "reread")

    own.refresh_from_db()
    assert own.status == "disconnected"
    assert f"Moda Ipê: Desconectado. {own.get_reason_display()}" in page


def test_a_reading_that_somebody_else_is_at_is_said_to_be_none(own: WhatsAppConnection, as_support: Browser) -> None:
    WhatsAppConnection.objects.filter(pk=own.pk).update(claimed_until=timezone.now() + MINUTE)

    assert "Outra leitura está em andamento" in do(as_support, own, "reread")


@pytest.mark.parametrize("state", ["restart when open", "restart while connecting"])
def test_a_restart_stands_in_the_history_under_who_did_it(
    state: str, own: WhatsAppConnection, support: User, as_support: Browser, gateway: Gateway
) -> None:
    stub_restart(gateway, own, **recorded("connect_qr_states.json", state))

    assert "Moda Ipê: Reiniciada." in do(as_support, own, "restart")

    done = ConnectionEvent.objects.get(connection=own)
    assert (done.kind, done.actor, done.user, done.status) == ("restarted", "person", support, "")
    own.refresh_from_db()
    assert own.claimed_until is None


def test_a_closed_one_cannot_be_restarted_although_the_gateway_answers_200(
    own: WhatsAppConnection, as_support: Browser, gateway: Gateway
) -> None:
    stub_restart(gateway, own, **recorded("connect_qr_states.json", "restart when close"))

    assert "Moda Ipê: Este WhatsApp já estava desconectado." in do(as_support, own, "restart")
    assert not ConnectionEvent.objects.exists()
    own.refresh_from_db()
    assert own.claimed_until is None


def test_a_restart_whose_answer_was_lost_keeps_others_away_for_a_while(
    own: WhatsAppConnection, as_support: Browser, gateway: Gateway
) -> None:
    stub_restart(gateway, own, status=502, body="Bad Gateway")

    assert "erro inesperado" in do(as_support, own, "restart")
    own.refresh_from_db()
    assert own.claimed_until is not None
    assert "ainda está iniciando" in do(as_support, own, "restart")


def test_the_webhook_is_set_anew_also_where_it_looks_right(
    own: WhatsAppConnection, support: User, as_support: Browser, gateway: Gateway
) -> None:
    stub = stub_webhook(gateway, own, **recorded("webhook.json", "set ok"))

    assert "Moda Ipê: Webhook refeito." in do(as_support, own, "repair_webhook")

    assert stub.call_count == 1
    own.refresh_from_db()
    assert (own.webhook_checked_at is not None, own.webhook_base) == (True, conf.WEBHOOK_URL)
    done = ConnectionEvent.objects.get(connection=own)
    assert (done.kind, done.user) == ("webhook_repaired", support)


def test_it_is_disconnected_by_support_and_that_is_no_drop(
    own: WhatsAppConnection, support: User, as_support: Browser, gateway: Gateway
) -> None:
    assert "Confirme que a sessão pode ser encerrada." in do(as_support, own, "disconnect")
    gateway.instance(own.instance_name, token="PLAIN-TOKEN")
    gateway.logout(own.instance_name)
    gateway.delete(own.instance_name)

    page = do(as_support, own, "disconnect", sure="1")

    own.refresh_from_db()
    assert "Moda Ipê: Desconectada." in page
    assert (own.status, own.reason, own.instance_id) == ("disconnected", "by_user", "")
    done = ConnectionEvent.objects.get(connection=own)
    assert (done.kind, done.status, done.actor, done.user) == ("status", "disconnected", "person", support)
    assert drops.check(timezone.now() + HOUR) == 0


@pytest.mark.parametrize("name", ["reread", "restart", "repair_webhook"])
def test_what_does_not_exist_at_the_gateway_is_said_so(name: str, own: WhatsAppConnection, as_support: Browser) -> None:
    WhatsAppConnection.objects.filter(pk=own.pk).update(instance_id="")

    assert "O servidor do WhatsApp não conhece esta conexão." in do(as_support, own, name)
    assert not ConnectionEvent.objects.exists()


@pytest.mark.parametrize("name", ["restart", "repair_webhook"])
def test_a_gateway_that_refuses_the_key_is_said_in_its_words(
    name: str, own: WhatsAppConnection, as_support: Browser, gateway: Gateway
) -> None:
    stub = stub_restart if name == "restart" else stub_webhook
    stub(gateway, own, status=401, json={"status": 401, "error": "Unauthorized", "response": {"message": "no"}})

    assert "não aceitou a chave de acesso do Adscape" in do(as_support, own, name)
    assert not ConnectionEvent.objects.exists()


def test_several_at_once_and_a_gateway_that_is_away_ends_it(
    own: WhatsAppConnection, as_support: Browser, gateway: Gateway
) -> None:
    other = make_connection(agency=own.agency)
    chosen = {"action": "repair_webhook", "_selected_action": [str(own.pk), str(other.pk)]}
    stubs = [stub_webhook(gateway, each, **recorded("webhook.json", "set ok")) for each in (own, other)]
    as_support.post(LIST, chosen)
    assert ConnectionEvent.objects.filter(kind="webhook_repaired").count() == 2

    for stub in stubs:
        gateway.http.remove(stub)
    stub_webhook(gateway, min(own, other, key=lambda one: one.pk), status=401, json={})
    page = as_support.post(LIST, chosen, follow=True).content.decode()

    assert page.count("não aceitou a chave de acesso") == 1
    assert ConnectionEvent.objects.filter(kind="webhook_repaired").count() == 2


def test_no_more_than_a_few_at_once(agency: Agency, as_support: Browser) -> None:
    rows = [make_connection(agency=agency, client=make_client(agency=agency)) for _ in range(21)]

    page = as_support.post(LIST, {"action": "restart", "_selected_action": [str(row.pk) for row in rows]}, follow=True)

    assert "Marque no máximo 20 por vez." in page.content.decode()


# --- By whom --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", OPERATIONS)
def test_nothing_is_done_by_a_get_without_a_token_or_under_another_name(
    name: str, own: WhatsAppConnection, support: User, as_support: Browser
) -> None:
    checked = Browser(enforce_csrf_checks=True)
    checked.force_login(support, backend="allauth.account.auth_backends.AuthenticationBackend")

    assert as_support.get(operation(own, name)).status_code == 405
    assert checked.post(operation(own, name), {"sure": "1"}).status_code == 403
    assert as_support.post(operation(own, "delete")).status_code == 404
    url = operation(own, name)
    own.delete()
    assert as_support.post(url).status_code == 404


@pytest.mark.parametrize("name", OPERATIONS)
def test_nothing_is_done_by_who_is_no_support(
    name: str, own: WhatsAppConnection, as_owner: Browser, as_stranger: Browser, as_anonymous: Browser
) -> None:
    for browser in (as_owner, as_stranger, as_anonymous):
        response = browser.post(operation(own, name), {"sure": "1"})
        assert (response.status_code, response.headers["Location"].startswith("/admin/login/")) == (302, True)
    assert not ConnectionEvent.objects.exists()


def test_who_may_only_look_does_nothing(own: WhatsAppConnection) -> None:
    looking = staff("view_whatsappconnection")
    seen = looking.get(page_of(own))

    assert seen.status_code == 200
    assert "O que fazer" not in seen.content.decode()
    assert looking.get(LIST).status_code == 200
    for name in OPERATIONS:
        assert looking.post(operation(own, name), {"sure": "1"}).status_code == 403
        chosen = looking.post(LIST, {"action": name, "_selected_action": [str(own.pk)]}, follow=True)
        assert "Moda Ipê: " not in chosen.content.decode()  # neither done nor tried
    assert not ConnectionEvent.objects.exists()
    assert staff().get(page_of(own)).status_code == 403


def test_who_may_change_it_may_do_it(own: WhatsAppConnection, gateway: Gateway) -> None:
    gateway.state(own.instance_name, "open")

    assert "Moda Ipê: Conectado." in do(staff("view_whatsappconnection", "change_whatsappconnection"), own, "reread")


# --- What is wrong --------------------------------------------------------------------------------------------------


def found(browser: Browser, problem: str) -> set[WhatsAppConnection]:
    return set(browser.get(LIST, {"problema": problem}).context["cl"].queryset)


def connection(agency: Agency, **fields: Any) -> WhatsAppConnection:
    return make_connection(agency=agency, client=make_client(agency=agency), **fields)


def test_what_fell_and_nobody_reconnected(agency: Agency, as_support: Browser) -> None:
    now = timezone.now()
    was_up = {"status": "disconnected", "connected_at": now - HOUR, "disconnected_at": now}
    fell = connection(agency, reason="closed", **was_up)
    connection(agency, reason="by_user", **was_up)
    connection(agency, reason="closed", pairing_since=now, **was_up)
    connection(agency, status="disconnected", reason="qr_expired")
    connection(agency, **{**was_up, "status": "unstable", "reason": "nothing_arrives"})
    wanted = connection(agency, reason="qr_expired", **was_up)
    event(wanted, status="disconnected", reason="by_client")

    assert found(as_support, "caiu") == {fell}


def test_what_is_unstable(agency: Agency, as_support: Browser) -> None:
    bad = {connection(agency, status=status, reason="nothing_arrives") for status in ("unstable", "restricted")}
    connection(agency)

    assert found(as_support, "instavel") == bad


def test_whose_webhook_is_broken(agency: Agency, as_support: Browser) -> None:
    now = timezone.now()

    def checked(**fields: Any) -> WhatsAppConnection:
        return connection(agency, **{"webhook_checked_at": now - HOUR} | fields)

    def sent(by: WhatsAppConnection, **fields: Any) -> Message:
        given = {"status": "sent", "awaits_receipt": True, "sent_at": now - HOUR} | fields
        return make_message(client=by.client, connection=by, **given)

    def heard(by: WhatsAppConnection, ago: timedelta) -> WebhookEvent:
        return WebhookEvent.objects.create(connection=by, event="CONNECTION_UPDATE", received_at=now - ago)

    broken = {checked(webhook_checked_at=None), checked(webhook_checked_at=now - 25 * HOUR)}
    silent, long_silent, *fine = (checked() for _ in range(7))
    broken |= {silent, long_silent}
    sent(silent)
    sent(long_silent)
    heard(long_silent, 2 * HOUR)
    sent(fine[0])
    heard(fine[0], 30 * MINUTE)
    sent(fine[1], status="delivered")
    sent(fine[2], sent_at=now - 5 * MINUTE)
    sent(fine[3], awaits_receipt=False)
    checked(webhook_checked_at=None, instance_id="")

    assert found(as_support, "webhook") == broken


@pytest.mark.parametrize(
    ("model", "queries"),
    [("whatsappconnection", 5), ("connectionevent", 7), ("connectlink", 7), ("message", 7), ("webhookevent", 9)],
)
def test_lists_cost_the_same_however_long(
    model: str,
    queries: int,
    agency: Agency,
    support: User,
    as_support: Browser,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    def add(count: int) -> None:
        for _ in range(count):
            client = make_client(agency=agency)
            event(make_connection(agency=agency, client=client), user=support)
            ConnectLink.objects.create(agency=agency, client=client, created_by=support, expires_at=timezone.now())
            make_message(client=client)
            WebhookEvent.objects.create(connection=client.whatsapp_connection, event="CONNECTION_UPDATE")

    path = f"/admin/connections/{model}/"
    add(1)
    as_support.get(path)
    with django_assert_num_queries(queries):
        as_support.get(path)
    add(6)
    with django_assert_num_queries(queries):
        as_support.get(path)


@pytest.mark.parametrize("problem", ["caiu", "instavel", "webhook", "parado", "cego"])
def test_filters_cost_no_query_more(
    problem: str, agency: Agency, as_support: Browser, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(5):
        connection(agency, status="disconnected", reason="closed")
    as_support.get(LIST)

    with django_assert_num_queries(5):
        as_support.get(LIST, {"problema": problem})


def test_history_and_links_are_only_read(own: WhatsAppConnection, as_support: Browser) -> None:
    assert own.client is not None
    link = ConnectLink.objects.create(agency=own.agency, client=own.client, expires_at=timezone.now())
    for name, row in (("connectionevent", event(own)), ("connectlink", link)):
        page = as_support.get(f"/admin/connections/{name}/{row.pk}/change/")
        assert page.status_code == 200
        assert b"PLAIN" not in page.content
        assert b'name="_save"' not in page.content
        assert as_support.get(f"/admin/connections/{name}/add/").status_code == 403
        assert as_support.post(f"/admin/connections/{name}/{row.pk}/delete/", {"post": "yes"}).status_code == 403
