"""connect, refresh and disconnect against the gateway's recorded manners: for a client and for the agency itself."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
import requests
import responses
import time_machine
from django.conf import LazySettings
from django.utils import timezone

from agency.models import Agency, Client
from agency.services import archive_client
from connections import claims, services, watch
from connections.classification import Code
from connections.evolution import EvolutionError, NotSent, Refused, Uncertain
from connections.models import WhatsAppConnection
from connections.states import Reason, Status
from tests.connections.conftest import Gateway
from tests.connections.recorded import recorded
from tests.factories import make_agency, make_client, make_connection, make_message


@pytest.fixture
def client(agency: Agency) -> Client:
    return make_client(agency=agency, name="Moda Ipê")


def new_name(client: Client) -> str:
    return f"adscape_c_{client.pk.hex[:12]}"


def connect_to_qr(gateway: Gateway, agency: Agency, client: Client) -> WhatsAppConnection:
    """A connection whose QR is open."""
    create, connect = gateway.create(), gateway.connect(new_name(client))
    connection = services.connect(agency, client)
    gateway.http.remove(create)
    gateway.http.remove(connect)
    return connection


def test_connect_creates_the_instance_and_brings_a_qr(agency: Agency, client: Client, gateway: Gateway) -> None:
    create = gateway.create()
    gateway.connect(new_name(client), code="2@first")

    connection = services.connect(agency, client)

    body: Any = json.loads(create.calls[0].request.body or "")
    assert (body["instanceName"], body["integration"], body["qrcode"]) == (new_name(client), "WHATSAPP-BAILEYS", False)
    assert body["token"] == connection.token != ""
    assert (connection.status, connection.qr_code) == (Status.AWAITING_SCAN, "2@first")
    assert connection.claimed_until is None


def test_the_agencys_own_connection_has_its_own_name(agency: Agency, gateway: Gateway) -> None:
    gateway.create()
    gateway.connect(f"adscape_{agency.pk.hex[:12]}")

    connection = services.connect(agency)

    assert (connection.client, connection.status) == (None, Status.AWAITING_SCAN)


def test_a_name_that_is_taken_here_grows(agency: Agency, client: Client) -> None:
    make_connection(agency=make_agency(), instance_name=new_name(client))

    assert services.connection_of(agency, client).instance_name == f"adscape_c_{client.pk.hex[:16]}"


def test_the_token_is_encrypted_at_rest(agency: Agency, client: Client) -> None:
    from django.db import connection as database

    row = make_connection(agency=agency, client=client, token="PLAIN-TOKEN")

    with database.cursor() as cursor:
        cursor.execute("SELECT token FROM whatsapp_connections")
        stored = cursor.fetchone()[0]

    assert "PLAIN-TOKEN" not in stored
    row.refresh_from_db()
    assert row.token == "PLAIN-TOKEN"


def test_polling_finds_the_scan_and_whose_number_it_is(agency: Agency, client: Client, gateway: Gateway) -> None:
    connect_to_qr(gateway, agency, client)
    gateway.state(new_name(client), "open")
    gateway.instance(new_name(client), ownerJid="5511977776666:12@s.whatsapp.net", profileName="Ipê Atende")

    connection = services.refresh(agency, client)

    assert (connection.status, connection.reason) == (Status.CONNECTED, Reason.NONE)
    assert (connection.phone, connection.profile_name) == ("+5511977776666", "Ipê Atende")
    assert connection.connected_at is not None
    assert (connection.pairing_since, connection.has_session) == (None, True)


def test_polling_takes_the_next_qr_and_keeps_the_age_of_the_same_one(
    agency: Agency, client: Client, gateway: Gateway
) -> None:
    first = connect_to_qr(gateway, agency, client)
    gateway.state(new_name(client), "connecting")
    same = gateway.connect(new_name(client))

    kept = services.refresh(agency, client)
    gateway.http.remove(same)
    gateway.connect(new_name(client), code="2@second", count=2)
    renewed = services.refresh(agency, client)

    assert kept.qr_at == first.qr_at
    assert (renewed.qr_code, renewed.qr_count) == ("2@second", 2)


def test_a_qr_that_is_not_ready_is_asked_for_again(agency: Agency, client: Client, gateway: Gateway) -> None:
    gateway.create()
    empty = gateway.connect(new_name(client), json={"count": 0})

    waiting = services.connect(agency, client)
    gateway.http.remove(empty)
    gateway.state(new_name(client), "connecting")
    gateway.connect(new_name(client), code="2@late")
    ready = services.refresh(agency, client)

    assert (waiting.status, waiting.qr_code) == (Status.CONNECTING, "")
    assert (ready.status, ready.qr_code) == (Status.AWAITING_SCAN, "2@late")


def test_a_qr_that_never_comes_ends_the_waiting(agency: Agency, client: Client, gateway: Gateway) -> None:
    gateway.create()
    gateway.connect(new_name(client), json={"count": 0})
    services.connect(agency, client)
    gateway.state(new_name(client), "connecting")

    with time_machine.travel(timezone.now() + timedelta(seconds=62), tick=False):
        connection = services.refresh(agency, client)

    assert (connection.status, connection.reason) == (Status.DISCONNECTED, Reason.QR_NEVER_CAME)


def test_a_qr_that_nobody_reads_expires_and_can_be_asked_for_again(
    agency: Agency, client: Client, gateway: Gateway
) -> None:
    connect_to_qr(gateway, agency, client)
    gateway.state(new_name(client), "connecting")

    with time_machine.travel(timezone.now() + timedelta(minutes=4), tick=False):
        expired = services.refresh(agency, client)
        reason = expired.reason
        gateway.connect(new_name(client), code="2@again", count=5)
        again = services.connect(agency, client)

    assert reason == Reason.QR_EXPIRED
    assert (again.status, again.qr_code) == (Status.AWAITING_SCAN, "2@again")


def test_the_dead_qr_of_an_earlier_pairing_is_not_shown(agency: Agency, client: Client, gateway: Gateway) -> None:
    make_connection(
        agency=agency,
        client=client,
        instance_name=new_name(client),
        status="disconnected",
        reason=Reason.LOGGED_OUT,
        qr_code="2@dead",
        qr_at=timezone.now() - timedelta(days=1),
    )
    gateway.state(new_name(client), "close")
    gateway.connect(new_name(client), code="2@dead")

    connection = services.connect(agency, client)

    assert (connection.status, connection.has_qr) == (Status.CONNECTING, False)


def test_a_session_that_is_merely_reconnecting_is_left_alone(agency: Agency, client: Client, gateway: Gateway) -> None:
    make_connection(agency=agency, client=client, instance_name=new_name(client))
    gateway.state(new_name(client), "close")
    gateway.instance(new_name(client))
    services.refresh(agency, client)

    connection = services.connect(agency, client)  # no /connect stub: calling it would fail the test

    assert connection.status == Status.CONNECTING


def test_a_session_that_stays_closed_is_opened_anew(agency: Agency, client: Client, gateway: Gateway) -> None:
    make_connection(
        agency=agency,
        client=client,
        instance_name=new_name(client),
        status="disconnected",
        reason=Reason.CLOSED,
        has_session=True,
        disconnected_at=timezone.now() - timedelta(seconds=20),
    )
    gateway.state(new_name(client), "close")
    gateway.connect(new_name(client), code="2@new")

    connection = services.connect(agency, client)

    assert connection.status == Status.AWAITING_SCAN


def test_a_device_removed_on_the_phone_is_told_apart(agency: Agency, client: Client, gateway: Gateway) -> None:
    make_connection(agency=agency, client=client, instance_name=new_name(client))
    gateway.state(new_name(client), "close")
    gateway.instance(new_name(client), disconnectionReasonCode=401)

    connection = services.refresh(agency, client)

    assert (connection.status, connection.reason) == (Status.DISCONNECTED, Reason.LOGGED_OUT)
    assert connection.disconnected_at is not None


def test_an_instance_of_our_name_that_is_not_ours_is_never_taken_over(
    agency: Agency, client: Client, gateway: Gateway
) -> None:
    gateway.create(**recorded("auth_and_create.json", "create: name exists"))
    gateway.instance(new_name(client), token="SOMEBODY-ELSES")

    with pytest.raises(Refused) as refused:
        services.connect(agency, client)

    assert refused.value.code is Code.NAME_TAKEN
    assert services.connection_of(agency, client).instance_id == ""


def test_an_instance_made_by_a_create_whose_answer_was_lost_is_ours(
    agency: Agency, client: Client, gateway: Gateway
) -> None:
    lost = gateway.create(body=requests.ReadTimeout())
    with pytest.raises(Uncertain):
        services.connect(agency, client)
    token = services.connection_of(agency, client).token
    gateway.http.remove(lost)

    blocked = services.connect(agency, client)  # the claim holds: nothing is created a second time while it may run
    gateway.create(**recorded("auth_and_create.json", "create: name exists"))
    gateway.instance(new_name(client), token=token, id="instance-of-ours")
    gateway.connect(new_name(client))
    with time_machine.travel(timezone.now() + timedelta(seconds=61), tick=False):
        connection = services.connect(agency, client)

    assert blocked.instance_id == ""
    assert (connection.instance_id, connection.token) == ("instance-of-ours", token)


def test_two_clicks_at_once_make_one_instance(agency: Agency, client: Client, gateway: Gateway) -> None:
    gateway.connect(new_name(client))

    def click_again(request: requests.PreparedRequest) -> tuple[int, dict[str, str], str]:
        second = services.connect(agency, client)
        assert second.qr_code == ""
        return 201, {}, json.dumps({"instance": {"instanceId": "one"}})

    gateway.http.add_callback("POST", "http://evolution.test/instance/create", click_again)

    connection = services.connect(agency, client)

    creates = [call for call in gateway.http.calls if call.request.url == "http://evolution.test/instance/create"]
    assert len(creates) == 1
    assert connection.status == Status.AWAITING_SCAN


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (recorded("auth_and_create.json", "wrong apikey"), Code.UNAUTHORIZED),
        (
            {"status": 503, "json": {"error": "service not activated", "code": "LICENSE_REQUIRED"}},
            Code.LICENCE_REQUIRED,
        ),
        ({"body": requests.ConnectTimeout()}, Code.UNREACHABLE),
    ],
)
def test_a_gateway_that_serves_nobody_is_an_error_with_a_sentence(
    answer: dict[str, Any], code: Code, agency: Agency, client: Client, gateway: Gateway
) -> None:
    gateway.create(**answer)

    with pytest.raises(NotSent) as error:
        services.connect(agency, client)

    assert error.value.code is code
    assert services.connection_of(agency, client).claimed_until is None


def test_disconnect_logs_out_deletes_and_keeps_the_history(agency: Agency, client: Client, gateway: Gateway) -> None:
    row = make_connection(agency=agency, client=client, token="TOKEN")
    message = make_message(client=client, status="sent", connection=row)
    gateway.instance(row.instance_name)
    gateway.logout(row.instance_name)
    gateway.delete(row.instance_name)

    connection = services.disconnect(agency, client)

    assert (connection.status, connection.reason, connection.instance_id) == ("disconnected", Reason.BY_USER, "")
    message.refresh_from_db()
    assert message.connection == row


def test_disconnect_of_an_instance_that_is_gone_already(agency: Agency, client: Client, gateway: Gateway) -> None:
    make_connection(agency=agency, client=client)
    gateway.no_instance()

    assert services.disconnect(agency, client).reason == Reason.BY_USER


def test_disconnect_never_deletes_what_is_not_ours(agency: Agency, client: Client, gateway: Gateway) -> None:
    row = make_connection(agency=agency, client=client, token="TOKEN")
    gateway.instance(row.instance_name, token="SOMEBODY-ELSES")

    with pytest.raises(Refused):
        services.disconnect(agency, client)

    row.refresh_from_db()
    assert row.status == "connected"


def test_a_disconnect_so_slow_that_it_lost_its_claim_is_left_to_the_watch(
    agency: Agency, client: Client, gateway: Gateway
) -> None:
    """Whoever has the claim by now may have read the number as open: without its instance nobody would look again."""
    row = make_connection(agency=agency, client=client, token="TOKEN")
    taken_until = timezone.now() + timedelta(hours=1)

    def somebody_takes_it(request: requests.PreparedRequest) -> tuple[int, dict[str, str], str]:
        WhatsAppConnection.objects.filter(client=client).update(claimed_until=taken_until)
        return 200, {}, json.dumps({"status": "SUCCESS"})

    gateway.instance(row.instance_name)
    gateway.logout(row.instance_name)
    url = f"http://evolution.test/instance/delete/{row.instance_name}"
    gateway.http.add_callback("DELETE", url, somebody_takes_it)

    with pytest.raises(NotSent):
        services.disconnect(agency, client)

    row.refresh_from_db()
    assert (row.instance_id != "", row.token, row.claimed_until) == (True, "TOKEN", taken_until)


def test_disconnect_that_fails_changes_nothing(agency: Agency, client: Client, gateway: Gateway) -> None:
    row = make_connection(agency=agency, client=client, token="TOKEN")
    gateway.instance(row.instance_name)
    gateway.logout(row.instance_name)
    gateway.delete(row.instance_name, body=requests.ReadTimeout())

    with pytest.raises(EvolutionError):
        services.disconnect(agency, client)

    row.refresh_from_db()
    assert (row.status, row.claimed_until) == ("connected", None)


def test_a_client_of_another_agency_is_refused(agency: Agency) -> None:
    with pytest.raises(ValueError, match="agency"):
        services.connection_of(agency, make_client())


def test_a_demonstration_client_is_not_connected_to_a_real_gateway(
    agency: Agency, http: responses.RequestsMock, settings: LazySettings
) -> None:
    client = make_client(agency=agency, is_demo=True)

    with pytest.raises(services.DemoClient):
        services.connect(agency, client)

    assert len(http.calls) == 0


def test_the_watch_rereads_old_states_only(agency: Agency, gateway: Gateway) -> None:
    old = make_connection(agency=agency, last_seen_at=timezone.now() - timedelta(minutes=2))
    make_connection(agency=agency, client=make_client(agency=agency))
    make_connection(
        agency=agency, client=make_client(agency=agency), status="disconnected", instance_id="", last_seen_at=None
    )
    gateway.state(old.instance_name, "connecting")

    watch.refresh_stale()

    old.refresh_from_db()
    assert old.status == Status.CONNECTING
    assert len(gateway.http.calls) == 1


def test_the_watch_stops_at_a_gateway_that_is_down(agency: Agency, gateway: Gateway) -> None:
    rows = [
        make_connection(
            agency=agency, client=make_client(agency=agency), last_seen_at=timezone.now() - timedelta(hours=age)
        )
        for age in (3, 2, 1)
    ]
    gateway.http.add(
        "GET",
        f"http://evolution.test/instance/connectionState/{rows[0].instance_name}",
        body=requests.ConnectTimeout(),
    )

    watch.refresh_stale()

    assert len(gateway.http.calls) == 1
    assert set(WhatsAppConnection.objects.values_list("status", flat=True)) == {"connected"}


def test_archiving_cancels_the_queue_and_disconnects(agency: Agency, client: Client, gateway: Gateway) -> None:
    row = make_connection(agency=agency, client=client, token="TOKEN")
    queued, sending = make_message(client=client), make_message(client=client, status="sending")
    gateway.instance(row.instance_name)
    gateway.logout(row.instance_name)
    gateway.delete(row.instance_name)

    archive_client(client)
    calls_while_archiving = len(gateway.http.calls)
    watch.refresh_stale()

    queued.refresh_from_db()
    sending.refresh_from_db()
    row.refresh_from_db()
    assert calls_while_archiving == 0
    assert (queued.status, sending.status) == ("cancelled", "sending")
    assert (row.status, row.reason, row.disconnect_wanted_at) == ("disconnected", Reason.ARCHIVED, None)


def test_a_claim_is_held_by_one(agency: Agency) -> None:
    row = make_connection(agency=agency)
    now = timezone.now()

    assert claims.take(row, now) is True
    assert claims.take(row, now + timedelta(seconds=59)) is False
    assert claims.take(row, now + timedelta(seconds=61)) is True


def test_a_name_refused_once_is_refused_again_and_never_read_as_ours(
    agency: Agency, client: Client, gateway: Gateway
) -> None:
    gateway.create(**recorded("auth_and_create.json", "create: name exists"))
    gateway.instance(new_name(client), token="SOMEBODY-ELSES")  # and open: its state must not even be asked for

    for _ in range(2):
        with pytest.raises(Refused):
            services.connect(agency, client)

    assert services.connection_of(agency, client).status == Status.DISCONNECTED


def test_a_claim_that_ran_out_and_was_taken_is_neither_used_nor_given_back(
    agency: Agency, client: Client, gateway: Gateway
) -> None:
    taken_until = timezone.now() + timedelta(hours=1)

    def somebody_takes_it(request: requests.PreparedRequest) -> tuple[int, dict[str, str], str]:
        WhatsAppConnection.objects.filter(client=client).update(claimed_until=taken_until)
        return 201, {}, json.dumps({"instance": {"instanceId": "slow"}})

    gateway.http.add_callback("POST", "http://evolution.test/instance/create", somebody_takes_it)

    with pytest.raises(NotSent):
        services.connect(agency, client)  # no /connect stub: going on would fail the test

    row = services.connection_of(agency, client)
    assert (row.claimed_until, row.status) == (taken_until, Status.DISCONNECTED)


def test_one_row_that_cannot_be_read_does_not_stop_the_watch(agency: Agency, gateway: Gateway) -> None:
    from django.db import connection as database

    bad, good = (
        make_connection(
            agency=agency, client=make_client(agency=agency), last_seen_at=timezone.now() - timedelta(hours=age)
        )
        for age in (3, 2)
    )
    with database.cursor() as cursor:
        cursor.execute(
            "UPDATE whatsapp_connections SET token = 'no-cipher' WHERE instance_name = %s", [bad.instance_name]
        )
    gateway.state(good.instance_name, "connecting")

    watch.refresh_stale()

    good.refresh_from_db()
    assert good.status == Status.CONNECTING
