"""Linking by a code instead of a QR: number in, code out; what is refused or read without effect says so."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.conf import settings as conf
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from agency.models import Agency, Client
from connections import services
from connections.evolution import NotSent, Refused
from connections.models import WhatsAppConnection
from connections.pairing_rules import Offer, Shown, is_fresh, show_code, was_read, was_refused
from connections.states import Reason, Status
from tests.connections.conftest import Gateway
from tests.connections.recorded import recorded
from tests.connections.sandbox_server import KEY, running
from tests.connections.sandbox_server import Client as Sandbox
from tests.factories import make_client, make_connection

PHONE = "+5531986304412"
NOW = datetime(2026, 11, 24, 12, tzinfo=timezone.get_default_timezone())


@pytest.mark.parametrize(
    ("offer", "shown", "by_code", "was_closed", "fresh"),
    [
        (Offer("2@a", ""), Shown("", "", is_of_this=False), False, True, True),
        (Offer("2@a", ""), Shown("2@a", "", is_of_this=False), False, True, False),
        (Offer("2@a", ""), Shown("2@a", "", is_of_this=True), False, False, False),
        (Offer("2@a", ""), Shown("2@a", "", is_of_this=False), False, False, True),
        (Offer("2@b", ""), Shown("2@a", "", is_of_this=True), False, False, True),
        (Offer("", ""), Shown("2@a", "", is_of_this=True), False, False, False),
        (Offer("2@a", ""), Shown("", "", is_of_this=False), True, True, False),
        (Offer("2@a", "K7QF3XMA"), Shown("", "", is_of_this=False), True, True, True),
        (Offer("2@a", "K7QF3XMA"), Shown("2@a", "K7QF3XMA", is_of_this=True), True, False, False),
        (Offer("2@b", "K7QF3XMA"), Shown("2@a", "K7QF3XMA", is_of_this=True), True, False, True),
    ],
)
def test_is_fresh(offer: Offer, shown: Shown, by_code: bool, was_closed: bool, fresh: bool) -> None:
    assert is_fresh(offer, shown, by_code=by_code, was_closed=was_closed) is fresh


@pytest.mark.parametrize(("seconds", "refused"), [(0, False), (25, False), (26, True)])
def test_was_refused(seconds: int, refused: bool) -> None:
    assert was_refused(NOW - timedelta(seconds=seconds), NOW) is refused


@pytest.mark.parametrize(("seconds", "read"), [(None, False), (45, False), (65, False), (66, True)])
def test_was_read(seconds: int | None, read: bool) -> None:
    assert was_read(None if seconds is None else NOW - timedelta(seconds=seconds), NOW) is read


@pytest.mark.parametrize(("code", "shown"), [("K7QF3XMA", "K7QF-3XMA"), ("", ""), ("ABC", "ABC")])
def test_show_code(code: str, shown: str) -> None:
    assert show_code(code) == shown


@pytest.fixture
def client(agency: Agency) -> Client:
    return make_client(agency=agency, name="Moda Ipê")


def row_of(client: Client) -> WhatsAppConnection:
    return WhatsAppConnection.objects.get(client=client)


def stub_connect(gateway: Gateway, name: str, code: str | None) -> Any:
    body = {"pairingCode": code, "code": "2@abc,def", "base64": "data:image/png;base64,…", "count": 1}
    return gateway.http.add("GET", f"{conf.EVOLUTION_API_URL}/instance/connect/{name}", json=body)


@pytest.mark.django_db
def test_a_number_gets_a_code(agency: Agency, client: Client, gateway: Gateway) -> None:
    gateway.create()
    connect = stub_connect(gateway, services.instance_name(client), "K7QF3XMA")

    connection = services.connect(agency, client, phone=PHONE)

    assert (connection.status, connection.pairing_code) == (Status.AWAITING_SCAN, "K7QF3XMA")
    assert connect.calls[0].request.params == {"number": "5531986304412"}


@pytest.mark.django_db
def test_an_open_qr_is_put_down_first(agency: Agency, client: Client, gateway: Gateway) -> None:
    """A code is given to a closed instance only."""
    fields = {"status": "awaiting_scan", "pairing_since": timezone.now(), "qr_code": "2@old", "qr_at": timezone.now()}
    row = make_connection(agency=agency, client=client, has_session=False, connected_at=None, **fields)
    gateway.state(row.instance_name, "connecting")
    logout = gateway.logout(row.instance_name)
    connect = stub_connect(gateway, row.instance_name, "K7QF3XMA")

    connection = services.connect(agency, client, phone=PHONE)

    assert (connection.pairing_code, logout.call_count) == ("K7QF3XMA", 1)
    assert connect.calls[0].request.params == {"number": "5531986304412"}


@pytest.mark.django_db
@pytest.mark.parametrize(("phone", "logouts"), [(PHONE, 0), ("+5511999998888", 1)])
def test_a_code_that_the_gateway_still_gives_is_not_given_up_for_another(
    phone: str, logouts: int, agency: Agency, client: Client, gateway: Gateway
) -> None:
    """Somebody looked at the QR meanwhile; a code of another number is no use."""
    before = timezone.now() - timedelta(seconds=20)
    fields = {"status": "awaiting_scan", "pairing_since": before, "qr_code": "2@abc,def", "qr_at": before}
    row = make_connection(
        agency=agency, client=client, has_session=False, connected_at=None, code_phone=PHONE, **fields
    )
    gateway.state(row.instance_name, "connecting")
    put_down = [gateway.logout(row.instance_name)] if logouts else []
    connect = stub_connect(gateway, row.instance_name, "K7QF3XMA")

    connection = services.connect(agency, client, phone=phone)

    assert (connection.pairing_code, connection.code_phone) == ("K7QF3XMA", phone)
    assert [call.call_count for call in put_down] == [1] * logouts
    assert bool(connect.calls[0].request.params) is bool(logouts)


@pytest.mark.django_db
def test_of_a_pairing_that_is_over_no_code_is_kept(agency: Agency, client: Client, gateway: Gateway) -> None:
    long_ago = timezone.now() - timedelta(minutes=4)
    fields = {"status": "awaiting_scan", "pairing_since": long_ago, "qr_code": "2@abc", "qr_at": long_ago}
    row = make_connection(agency=agency, client=client, has_session=False, code_phone=PHONE, **fields)
    gateway.state(row.instance_name, "connecting")

    assert services.refresh(agency, client).code_phone == ""
    assert row_of(client).code_phone == ""


@pytest.mark.django_db
def test_a_session_that_reconnects_is_not_put_down_for_a_code(agency: Agency, client: Client, gateway: Gateway) -> None:
    row = make_connection(agency=agency, client=client, status="connecting", has_session=True)
    gateway.state(row.instance_name, "connecting")  # neither a logout nor a connect is stubbed

    connection = services.connect(agency, client, phone=PHONE)

    assert connection.status == Status.CONNECTING


@pytest.mark.django_db
def test_who_gets_no_code_is_told_so(agency: Agency, client: Client, gateway: Gateway, as_owner: Browser) -> None:
    gateway.create()
    name = services.instance_name(client)
    stub_connect(gateway, name, None)
    gateway.state(name, "connecting")
    services.connect(agency, client, phone=PHONE)
    assert row_of(client).status == Status.CONNECTING
    WhatsAppConnection.objects.update(pairing_since=timezone.now() - timedelta(seconds=26))

    page = as_owner.get(reverse("connections:qr_status", args=[client.pk])).content.decode()

    assert (row_of(client).status, row_of(client).reason) == (Status.DISCONNECTED, Reason.CODE_REFUSED)
    assert "O WhatsApp não aceitou gerar um código para este número." in page


@pytest.mark.django_db
def test_a_qr_that_was_read_without_effect_is_explained(
    agency: Agency, client: Client, gateway: Gateway, as_owner: Browser
) -> None:
    """The gateway goes on waiting and renews its QR no more."""
    make_connection(agency=agency)
    old = timezone.now() - timedelta(seconds=70)
    fields = {"status": "awaiting_scan", "pairing_since": old, "qr_code": "2@abc,def,ghi,jkl", "qr_at": old}
    row = make_connection(agency=agency, client=client, has_session=False, connected_at=None, **fields)
    gateway.state(row.instance_name, "connecting")
    gateway.connect(row.instance_name)

    page = as_owner.get(reverse("connections:qr_status", args=[client.pk])).content.decode()

    assert row_of(client).reason == Reason.NOT_OPENED
    assert "O QR foi lido, mas a sessão não abriu." in page
    assert "Usar o número da agência" in page


@pytest.mark.django_db
def test_a_qr_that_is_renewed_was_not_read(agency: Agency, client: Client, gateway: Gateway) -> None:
    old = timezone.now() - timedelta(seconds=70)
    fields = {"status": "awaiting_scan", "pairing_since": old, "qr_code": "2@before", "qr_at": old}
    row = make_connection(agency=agency, client=client, has_session=False, connected_at=None, **fields)
    gateway.state(row.instance_name, "connecting")
    gateway.connect(row.instance_name, code="2@after")

    connection = services.refresh(agency, client)

    assert (connection.status, connection.qr_code) == (Status.AWAITING_SCAN, "2@after")


@pytest.mark.django_db
def test_a_qr_that_was_read_is_not_offered_again(agency: Agency, client: Client, gateway: Gateway) -> None:
    """The gateway would go on offering it: its socket is put down first."""
    old = timezone.now() - timedelta(minutes=2)
    fields = {"status": "disconnected", "reason": Reason.NOT_OPENED, "qr_code": "2@spent", "qr_at": old}
    row = make_connection(agency=agency, client=client, has_session=False, connected_at=None, **fields)
    gateway.state(row.instance_name, "connecting")
    logout = gateway.logout(row.instance_name)
    gateway.connect(row.instance_name, code="2@fresh")

    connection = services.connect(agency, client)

    assert (connection.qr_code, logout.call_count) == ("2@fresh", 1)


@pytest.mark.django_db
def test_a_gateway_that_starts_does_not_end_what_has_just_begun(
    agency: Agency, client: Client, gateway: Gateway
) -> None:
    row = make_connection(agency=agency, client=client, status="disconnected", has_session=False, connected_at=None)
    gateway.http.add(
        "GET", f"{conf.EVOLUTION_API_URL}/instance/connectionState/{row.instance_name}", json={"instance": {}}
    )

    connection = services.connect(agency, client)

    assert connection.pairing_since is not None


@pytest.mark.django_db
def test_a_name_that_is_still_being_deleted_is_waited_for(agency: Agency, client: Client, gateway: Gateway) -> None:
    """Our own instance of a moment ago: another token, since the row has a new one; not somebody else's."""
    fields = {"status": "disconnected", "instance_id": "", "token": "", "last_seen_at": timezone.now()}
    row = make_connection(agency=agency, client=client, has_session=False, **fields)
    gateway.create(**recorded("auth_and_create.json", "create: name exists"))
    gateway.instance(row.instance_name, token="THE-OLD-ONE")

    with pytest.raises(NotSent):
        services.connect(agency, client)

    WhatsAppConnection.objects.update(last_seen_at=timezone.now() - timedelta(minutes=26), claimed_until=None)
    with pytest.raises(Refused):
        services.connect(agency, client)


@pytest.mark.django_db
def test_a_pairing_that_begins_while_a_step_is_under_way_is_not_undone(
    agency: Agency, client: Client, gateway: Gateway
) -> None:
    row = make_connection(agency=agency, client=client, status="awaiting_scan", has_session=False, connected_at=None)
    old = timezone.now() - timedelta(minutes=4)
    WhatsAppConnection.objects.update(pairing_since=old, qr_at=old, qr_code="2@old")

    def meanwhile(request: Any) -> tuple[int, dict[str, str], str]:
        WhatsAppConnection.objects.update(pairing_since=timezone.now(), pairing_phone=PHONE)
        return 200, {}, json.dumps({"instance": {"state": "connecting"}})

    url = f"{conf.EVOLUTION_API_URL}/instance/connectionState/{row.instance_name}"
    gateway.http.add_callback("GET", url, meanwhile)

    services.refresh(agency, client)  # ends the old one, which is over

    row.refresh_from_db()
    assert (row.pairing_phone, row.pairing_since is not None) == (PHONE, True)


@pytest.mark.django_db
def test_the_form_refuses_what_is_no_number(as_owner: Browser, client: Client) -> None:
    url = reverse("connections:pairing_code", args=[client.pk])

    shown = as_owner.post(url, {"phone": "123"}, headers={"hx-request": "true"}).content.decode()

    assert 'aria-invalid="true"' in shown
    assert 'value="123"' in shown
    assert not WhatsAppConnection.objects.exists()


@pytest.mark.django_db
def test_the_four_questions(client: Client, as_owner: Browser, as_stranger: Browser, as_anonymous: Browser) -> None:
    url = reverse("connections:pairing_code", args=[client.pk])

    assert as_owner.get(url).status_code == 200
    assert as_owner.put(url).status_code == 405
    assert as_stranger.get(url).status_code == 404
    assert as_stranger.post(url, {"phone": PHONE}).status_code == 404
    assert as_anonymous.get(url).status_code == 302


@pytest.fixture
def sandbox(tmp_path: Path, settings: LazySettings) -> Iterator[Sandbox]:
    with running(tmp_path) as sandbox:
        settings.EVOLUTION_API_URL, settings.EVOLUTION_API_KEY = sandbox.url, KEY
        yield sandbox


@pytest.mark.django_db
@pytest.mark.processes
def test_from_a_qr_to_a_code_and_back_in_the_sandbox(agency: Agency, client: Client, sandbox: Sandbox) -> None:
    by_qr = services.connect(agency, client)
    assert by_qr.status == Status.AWAITING_SCAN

    by_code = services.connect(agency, client, phone=PHONE)
    assert (by_code.status, len(by_code.pairing_code)) == (Status.AWAITING_SCAN, 8)
    again = services.refresh(agency, client)
    assert again.pairing_code == by_code.pairing_code
    assert services.connect(agency, client).pairing_code == ""
    assert services.connect(agency, client, phone=PHONE).pairing_code == by_code.pairing_code

    back = services.connect(agency, client)
    assert (back.status, back.pairing_code, back.pairing_phone) == (Status.AWAITING_SCAN, "", "")
    sandbox.control("POST", "scan", {"instance": back.instance_name, "phone": PHONE})
    assert services.refresh(agency, client).status == Status.CONNECTED
