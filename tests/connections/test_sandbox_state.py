"""What the sandbox remembers: pairings, messages and faults over a restart, and how a QR Code ages."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from agency.phones import PhoneError
from connections.sandbox import qr
from connections.sandbox.numbers import jid_of, phone_of
from connections.sandbox.pairings import ScanError
from connections.sandbox.store import NameTaken, Store

NAME = "adscape_c_0123456789ab"


class Clock:
    def __init__(self) -> None:
        self.now = 1_795_500_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(tmp_path: Path, clock: Clock) -> Iterator[Store]:
    with closing(Store(tmp_path, clock)) as store:
        yield store


@contextmanager
def restarted(folder: Path, clock: Clock) -> Iterator[Store]:
    with closing(Store(folder, clock)) as store:
        store.boot()
        yield store


def test_everything_survives_a_restart(tmp_path: Path, store: Store, clock: Clock) -> None:
    instance_id = store.create_instance(
        NAME, "a-token", webhook={"url": "http://app.exemplo", "enabled": True, "events": []}
    )
    store.scan(NAME, "(31) 98630-4412", "Ótica Horizonte")
    store.inbox.add(instance=NAME, instance_id=instance_id, sender="+5531986304412", jid="5511999998888", text="Olá")
    store.faults.add("closed", times=3)
    before = (store.instances(), store.inbox.received(), store.faults.active())
    store.close()

    with restarted(tmp_path, clock) as again:
        assert (again.instances(), again.inbox.received(), again.faults.active()) == before
        assert again.instances()[0].is_open


def test_a_qr_on_show_survives_a_restart_and_a_closed_instance_has_no_socket_after_it(
    tmp_path: Path, store: Store, clock: Clock
) -> None:
    store.create_instance("waiting")
    store.open_socket("waiting")
    store.create_instance("closed")
    store.open_socket("closed")
    store.log_out("closed")
    code = next(one.qr_code for one in store.instances())
    store.close()

    with restarted(tmp_path, clock) as again:
        waiting, closed = again.instances()

    assert (waiting.qr_code, waiting.socket) == (code, "waiting")
    assert (closed.state, closed.socket) == ("close", "none")


def test_a_qr_is_renewed_every_45_seconds_with_the_keys_of_its_socket(store: Store, clock: Clock) -> None:
    store.create_instance(NAME)
    store.open_socket(NAME)
    first = store.instances()[0]

    clock.now += qr.LIFE - 1
    same = store.instances()[0]
    clock.now += 2 * qr.LIFE
    later = store.instances()[0]

    assert same.qr_code == first.qr_code
    assert (first.qr_count, later.qr_count) == (1, 3)
    assert later.qr_code.split(",")[0] != first.qr_code.split(",")[0]
    assert later.qr_code.split(",")[1:] == first.qr_code.split(",")[1:]


def test_the_thirtieth_qr_is_the_last_and_a_new_pairing_begins_at_one(store: Store, clock: Clock) -> None:
    store.create_instance(NAME)
    store.open_socket(NAME)

    clock.now += qr.LIFE * qr.LIMIT - 1
    last = store.instances()[0]
    clock.now += 2
    over = store.instances()[0]
    with pytest.raises(ScanError, match="expirou"):
        store.scan(NAME, "+5531986304412", qr_needed=True)
    store.open_socket(NAME)

    assert (last.state, last.qr_count) == ("connecting", qr.LIMIT)
    assert (over.state, over.qr_code) == ("close", "")
    assert store.instances()[0].qr_count == 1


def test_a_scan_needs_an_open_qr_only_when_a_person_scans(store: Store) -> None:
    store.create_instance(NAME)

    with pytest.raises(ScanError, match="Nenhum QR"):
        store.scan(NAME, "+5531986304412", qr_needed=True)
    store.scan(NAME, "+5531986304412", "Ótica Horizonte")
    with pytest.raises(ScanError, match="já está conectada"):
        store.scan(NAME, "+5531986304412", qr_needed=True)

    assert store.instances()[0].owner_jid == "553186304412@s.whatsapp.net"


def test_a_scan_wants_a_real_phone_and_an_instance(store: Store) -> None:
    store.create_instance(NAME)

    with pytest.raises(PhoneError):
        store.scan(NAME, "12345")
    with pytest.raises(ScanError, match="não existe"):
        store.scan("nobody", "+5531986304412")


def test_a_name_is_taken_until_a_moment_after_its_deletion(store: Store, clock: Clock) -> None:
    first = store.create_instance(NAME)
    with pytest.raises(NameTaken):
        store.create_instance(NAME)
    store.delete(NAME)
    with pytest.raises(NameTaken):
        store.create_instance(NAME)

    clock.now += 1.1

    assert store.instances() == []
    assert store.create_instance(NAME) != first


@pytest.mark.parametrize(
    ("typed", "jid", "phone"),
    [
        ("5511999998888", "5511999998888@s.whatsapp.net", "+5511999998888"),
        ("551199998888", "5511999998888@s.whatsapp.net", "+5511999998888"),
        ("+55 (11) 99999-8888", "5511999998888@s.whatsapp.net", "+5511999998888"),
        ("5531987654321", "553187654321@s.whatsapp.net", "+5531987654321"),
        ("553187654321", "553187654321@s.whatsapp.net", "+5531987654321"),
        ("551133334444", "551133334444@s.whatsapp.net", "+551133334444"),
        ("553133334444", "553133334444@s.whatsapp.net", "+553133334444"),
        ("11999998888", "11999998888@s.whatsapp.net", "+11999998888"),
        ("351912345678", "351912345678@s.whatsapp.net", "+351912345678"),
        ("120363025246125486", "120363025246125486@g.us", "120363025246125486@g.us"),
        ("5511999990000-1600000000", "5511999990000-1600000000@g.us", "5511999990000-1600000000@g.us"),
        ("98765432109876@lid", "98765432109876@lid", "98765432109876@lid"),
        ("5531987654321@s.whatsapp.net", "553187654321@s.whatsapp.net", "+5531987654321"),
        ("31987654321", "31987654321@s.whatsapp.net", "+31987654321"),
        ("5511999998888@s.whatsapp.net", "5511999998888@s.whatsapp.net", "+5511999998888"),
    ],
)
def test_a_typed_number_becomes_the_address_that_whatsapp_knows(typed: str, jid: str, phone: str) -> None:
    assert jid_of(typed) == jid
    assert phone_of(jid) == phone
