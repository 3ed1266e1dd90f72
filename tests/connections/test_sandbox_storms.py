"""Sessions of the sandbox that do not behave: a storm, a scan that opens nothing, a code that WhatsApp refuses.

And what Adscape makes of each.
"""

from __future__ import annotations

import itertools
import random
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from django.conf import LazySettings
from django.utils import timezone

from agency.models import Agency, Client, Notice
from connections import drops, modal, services
from connections.models import WhatsAppConnection
from connections.sandbox import qr, storms
from connections.sandbox.store import Store
from connections.states import Reason, Status
from connections.webhooks.work import work
from tests.connections.hooks import hand_over
from tests.connections.sandbox_server import KEY, Receiver, receiving, running, until
from tests.connections.sandbox_server import Client as Sandbox
from tests.connections.test_sandbox_state import Clock
from tests.factories import make_client

NAME, PHONE = "adscape_c_0123456789ab", "+5531986304412"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(tmp_path: Path, clock: Clock) -> Iterator[Store]:
    with closing(Store(tmp_path, clock)) as store:
        store.create_instance(NAME)
        yield store


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


@pytest.fixture
def sandbox(tmp_path: Path, settings: LazySettings, receiver: Receiver) -> Iterator[Sandbox]:
    with running(tmp_path) as sandbox:
        settings.EVOLUTION_API_URL, settings.EVOLUTION_API_KEY = sandbox.url, KEY
        settings.WEBHOOK_URL = receiver.url
        yield sandbox


@pytest.fixture
def client(agency: Agency) -> Client:
    return make_client(agency=agency)


def state_of(sandbox: Sandbox, name: str = NAME) -> str:
    return str(sandbox.api("GET", f"/instance/connectionState/{name}").json()["instance"]["state"])


# --- A storm --------------------------------------------------------------------------------------------------------


def test_a_storm_tells_forty_times_in_its_twelve_seconds_and_out_of_order() -> None:
    told = storms.told(storms.SECONDS, random.Random(7).random)  # noqa: S311 (dice)

    assert len(told) == 40
    assert [one.state for one in told] == ["connecting", "open"] * 20
    assert all(0 <= one.at <= 12 for one in told)
    leaving = [one.state for one in sorted(told, key=lambda one: one.at)]
    assert any(one == after for one, after in itertools.pairwise(leaving))


def test_who_reads_a_storm_finds_each_state_again_and_again() -> None:
    states = [storms.state_at(moment / 100, 12) for moment in range(1200)]

    assert [state for state, _ in itertools.groupby(states)] == ["close", "connecting", "open"] * 20


@pytest.mark.parametrize(
    ("ends", "state", "socket", "stuck"),
    [("open", "open", "open", ""), ("close", "close", "gone", ""), ("connecting", "connecting", "gone", "lost")],
)
def test_it_ends_in_a_definite_state_also_after_a_restart(
    tmp_path: Path, store: Store, clock: Clock, ends: str, state: str, socket: str, stuck: str
) -> None:
    store.scan(NAME, PHONE)
    store.storm(NAME, ends=ends)
    clock.now += 5.9
    tossed = store.instances()[0]
    store.close()
    clock.now += 60

    with closing(Store(tmp_path, clock)) as again:
        again.boot()
        ended = again.instances()[0]

    assert tossed.is_stormy
    assert (ended.state, ended.socket, ended.stuck, ended.is_stormy) == (state, socket, stuck, False)
    assert ended.phone == PHONE


def test_a_session_that_may_come_back_gets_no_second_socket(store: Store, clock: Clock) -> None:
    store.scan(NAME, PHONE)
    store.storm(NAME, ends="connecting")
    for seconds in (0.1, 20):
        clock.now += seconds
        store.open_socket(NAME)
        assert not store.instances()[0].has_qr

    store.log_out(NAME)
    store.open_socket(NAME)

    assert store.instances()[0].has_qr


@pytest.mark.processes
@pytest.mark.parametrize(
    ("body", "word"),
    [
        ({"instance": NAME}, "conectada"),
        ({"instance": "nobody"}, "não existe"),
        ({"instance": "adscape_c_open", "ends": "bad"}, "ends"),
        ({"instance": "adscape_c_open", "seconds": 0}, "seconds"),
        ({"instance": "adscape_c_open", "seconds": 121}, "seconds"),
        ({"instance": "adscape_c_open", "seconds": True}, "seconds"),
        ({}, "instance"),
    ],
)
def test_a_storm_that_cannot_be_is_refused_with_a_sentence(sandbox: Sandbox, body: dict[str, Any], word: str) -> None:
    sandbox.store.create_instance(NAME)
    sandbox.connected("adscape_c_open")

    answer = sandbox.control("POST", "storm", body)

    assert answer.status_code == 400
    assert word in answer.json()["error"]


@pytest.mark.processes
def test_the_webhook_hears_of_a_storm_and_a_send_meets_it(sandbox: Sandbox, receiver: Receiver) -> None:
    sandbox.connected(NAME)
    sandbox.hook(NAME, receiver.url, ["CONNECTION_UPDATE"])
    seen, answers, rows = set(), set(), set()

    assert sandbox.control("POST", "storm", {"instance": NAME, "seconds": 2}).json() == {"ok": True}
    ends = time.monotonic() + 2
    while (len(seen) < 3 or len(answers) < 2) and time.monotonic() < ends:
        seen.add(state_of(sandbox))
        answers.add(sandbox.send(NAME).status_code)
        (row,) = sandbox.api("GET", f"/instance/fetchInstances?instanceName={NAME}").json()
        rows.add(row["connectionStatus"])
    told = receiver.wait_for("connection.update", 40)

    assert seen == {"close", "connecting", "open"}
    assert 201 in answers
    assert answers & {400, 500}  # the number is cached, or is not
    assert rows == {"open"}  # the gateway's database is behind
    states = [call.data["state"] for call in told]
    assert (len(states), set(states)) == (40, {"connecting", "open"})
    assert states != ["connecting", "open"] * 20
    assert until(lambda: state_of(sandbox) == "open")


@pytest.mark.django_db
@pytest.mark.processes
@pytest.mark.parametrize("ends", ["open", "close"])
def test_a_storm_is_no_flap_in_the_history_and_no_drop(
    client: Client, sandbox: Sandbox, receiver: Receiver, settings: LazySettings, ends: str
) -> None:
    settings.WAIT_SCALE = 0.02  # a storm of a second is read as often as one of a minute
    connection = services.connect(client.agency, client)
    sandbox.control("POST", "scan", {"instance": connection.instance_name, "phone": PHONE})
    assert services.refresh(client.agency, client).is_connected
    receiver.wait_for("connection.update", 3)
    receiver.calls.clear()
    before = list(connection.events.values_list("pk"))

    sandbox.control("POST", "storm", {"instance": connection.instance_name, "seconds": 1, "ends": ends})
    statuses = set()
    deadline, told = time.monotonic() + 10, 0
    while told < 40 and time.monotonic() < deadline:
        told += len([call for call in hand_over(connection, receiver) if call.event == "connection.update"])
        work()
        drops.check()
        statuses.add(WhatsAppConnection.objects.get(pk=connection.pk).status)

    assert told >= 40
    assert statuses <= {Status.CONNECTED, Status.CONNECTING, *({Status.DISCONNECTED} if ends == "close" else ())}
    after = services.refresh(client.agency, client)
    new = connection.events.exclude(pk__in=[pk for (pk,) in before]).values_list("status", "reason")
    if ends == "open":
        assert (after.status, list(new)) == (Status.CONNECTED, [])
    else:
        assert (after.status, list(new)) == (Status.DISCONNECTED, [("disconnected", Reason.LOGGED_OUT)])
    assert not Notice.objects.exists()


# --- A scan that never opens, a code that is refused ------------------------------------------------------------------


def test_a_qr_that_was_read_in_vain_is_offered_for_ever_and_opens_nothing(
    tmp_path: Path, store: Store, clock: Clock
) -> None:
    store.open_socket(NAME)
    before = store.instances()[0]

    store.read_in_vain(NAME)
    clock.now += 10 * qr.LIFE

    after = store.instances()[0]
    assert (after.state, after.has_qr, after.qr_code, after.qr_count) == ("connecting", True, before.qr_code, 1)
    for again in (lambda: store.read_in_vain(NAME), lambda: store.scan(NAME, PHONE, qr_needed=True)):
        with pytest.raises(ValueError, match="já leu este QR Code"):
            again()
    store.log_out(NAME)
    store.open_socket(NAME)
    assert store.instances()[0].qr_code != before.qr_code
    assert store.scan(NAME, PHONE, qr_needed=True).is_open


@pytest.mark.django_db
@pytest.mark.processes
def test_a_scan_that_never_opens_is_explained_and_another_qr_is_a_new_one(client: Client, sandbox: Sandbox) -> None:
    connection = services.connect(client.agency, client)
    read = connection.qr_code
    order = {"instance": connection.instance_name, "opens": False}
    assert sandbox.control("POST", "scan", order).json() == {"ok": True}
    assert sandbox.control("POST", "scan", order).status_code == 400
    services.refresh(client.agency, client)
    shown_at = timezone.now() - timedelta(seconds=66)
    WhatsAppConnection.objects.update(qr_at=shown_at, pairing_since=shown_at)

    after = services.refresh(client.agency, client)

    assert (after.status, after.reason) == (Status.DISCONNECTED, Reason.NOT_OPENED)
    assert modal.state(after)["view"] == "not_opened"
    fresh = services.connect(client.agency, client)
    assert fresh.status == Status.AWAITING_SCAN
    assert fresh.qr_code != read
    sandbox.control("POST", "scan", {"instance": connection.instance_name, "phone": PHONE})
    assert services.refresh(client.agency, client).is_connected


@pytest.mark.processes
def test_a_refused_code_brings_no_qr_either_until_it_is_begun_anew(sandbox: Sandbox, receiver: Receiver) -> None:
    sandbox.store.create_instance(NAME)
    sandbox.hook(NAME, receiver.url, ["QRCODE_UPDATED"])
    sandbox.fault("no_code", times=1)

    def connect(query: str = "") -> dict[str, Any]:
        answer: dict[str, Any] = sandbox.api("GET", f"/instance/connect/{NAME}{query}").json()
        return answer

    assert connect("?number=5531986304412") == {"count": 0}
    assert connect() == {"count": 0}
    assert connect("?number=5531986304412") == {"count": 0}
    assert (state_of(sandbox), receiver.of("qrcode.updated")) == ("connecting", [])
    sandbox.api("DELETE", f"/instance/logout/{NAME}")
    assert len(connect("?number=5531986304412")["pairingCode"]) == 8


@pytest.mark.processes
def test_a_refused_code_is_that_of_a_number_and_no_qr(sandbox: Sandbox) -> None:
    sandbox.store.create_instance(NAME)
    sandbox.fault("no_code", number=PHONE, times=None)

    by_qr = sandbox.api("GET", f"/instance/connect/{NAME}").json()
    sandbox.api("DELETE", f"/instance/logout/{NAME}")
    other = sandbox.api("GET", f"/instance/connect/{NAME}?number=5511999998888").json()

    assert by_qr["count"] == 1
    assert len(other["pairingCode"]) == 8


@pytest.mark.django_db
@pytest.mark.processes
@pytest.mark.parametrize("then", [PHONE, ""], ids=["another code", "a QR"])
def test_a_refused_code_has_its_words_and_both_ways_on(client: Client, sandbox: Sandbox, then: str) -> None:
    sandbox.fault("no_code")
    services.connect(client.agency, client, phone=PHONE)
    assert services.refresh(client.agency, client).status == Status.CONNECTING
    WhatsAppConnection.objects.update(pairing_since=timezone.now() - timedelta(seconds=26))

    after = services.refresh(client.agency, client)

    assert (after.status, after.reason) == (Status.DISCONNECTED, Reason.CODE_REFUSED)
    assert modal.state(after)["view"] == "code_refused"
    begun = services.connect(client.agency, client, phone=then)
    assert (begun.status, bool(begun.pairing_code)) == (Status.AWAITING_SCAN, bool(then))


# --- The limit of QR codes --------------------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.processes
def test_the_limit_of_qr_codes_can_be_used_up_at_once(client: Client, sandbox: Sandbox, receiver: Receiver) -> None:
    connection = services.connect(client.agency, client)
    order = {"instance": connection.instance_name}
    assert sandbox.control("POST", "exhaust", order).json() == {"ok": True}
    assert sandbox.control("POST", "exhaust", order).status_code == 400
    receiver.wait_for("connection.update", 2)
    hand_over(connection, receiver)
    work(timezone.now() + timedelta(seconds=5))

    connection.refresh_from_db()
    assert (connection.status, connection.reason) == (Status.DISCONNECTED, Reason.QR_EXPIRED)
    assert modal.state(connection)["view"] == "expired"
    assert services.connect(client.agency, client).qr_count == 1


# --- On the page ----------------------------------------------------------------------------------------------------


def form(sandbox: Sandbox, path: str, **data: str) -> requests.Response:
    return requests.post(f"{sandbox.url}/page/{path}", data=data, timeout=10, allow_redirects=False)


def page(sandbox: Sandbox) -> str:
    return requests.get(f"{sandbox.url}/?instance={NAME}", headers={"Accept": "text/html"}, timeout=10).text


@pytest.mark.processes
def test_the_page_reads_a_qr_in_vain(sandbox: Sandbox) -> None:
    sandbox.store.create_instance(NAME)
    none_yet = form(sandbox, "read-in-vain", instance=NAME)
    sandbox.api("GET", f"/instance/connect/{NAME}")
    offered = page(sandbox)

    read = form(sandbox, "read-in-vain", instance=NAME)

    assert (none_yet.status_code, "Nenhum QR Code aberto" in none_yet.text) == (422, True)
    assert 'formaction="/page/read-in-vain"' in offered
    assert (read.status_code, read.headers["Location"]) == (302, f"/?instance={NAME}&done=in-vain")
    shown = page(sandbox)
    assert "Lido, não abre" in shown
    assert "Expira em" not in shown


@pytest.mark.processes
def test_the_page_uses_up_the_qr_codes(sandbox: Sandbox) -> None:
    sandbox.store.create_instance(NAME)
    sandbox.api("GET", f"/instance/connect/{NAME}")

    assert form(sandbox, "exhaust", instance=NAME).status_code == 302
    assert "O QR Code expirou sem ser lido." in page(sandbox)


@pytest.mark.processes
def test_the_page_tosses_a_session(sandbox: Sandbox) -> None:
    sandbox.connected(NAME)
    offered = page(sandbox)

    tossed = form(sandbox, "storm", instance=NAME, ends="open")
    again = form(sandbox, "storm", instance=NAME, ends="open")

    assert 'action="/page/storm"' in offered
    assert (tossed.status_code, again.status_code) == (302, 422)
    assert "Oscilando" in page(sandbox)
