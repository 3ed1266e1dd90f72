"""How a client stands, as its row keeps it: the same as computed anew, whatever happened and through which door."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from agency import services, standing
from agency.models import Agency, Client
from agency.standing import Standing
from agency.tasks import refresh_standing
from connections import delivery, outbox, pairing
from connections.models import Message, MessageStatus, WhatsAppConnection
from connections.moves import move
from connections.states import Reason, Status
from reports import balances, queueing
from reports.choices import BalanceSource
from reports.models import AdAccount, ReportSettings
from tests.factories import make_agency, make_client, make_connection, make_message
from tests.reports.factories import make_account, make_settings

S = MessageStatus
FINE = Standing("own", attention_if_agency_up=False, attention_if_agency_down=False, has_low_balance=False)
TROUBLED = Standing("own", attention_if_agency_up=True, attention_if_agency_down=True, has_low_balance=False)
LOW = Standing("own", attention_if_agency_up=True, attention_if_agency_down=True, has_low_balance=True)
COVERED = Standing("none", attention_if_agency_up=False, attention_if_agency_down=True, has_low_balance=False)
ALONE = Standing("none", attention_if_agency_up=True, attention_if_agency_down=True, has_low_balance=False)
FELL = Standing("fallen", attention_if_agency_up=True, attention_if_agency_down=True, has_low_balance=False)


def stored(client: Client) -> Standing:
    row = Client.objects.values(
        "number_state", "attention_if_agency_up", "attention_if_agency_down", "has_low_balance"
    ).get(pk=client.pk)
    return Standing(**row)


def computed(client: Client) -> Standing:
    return standing.of(Client.objects.get(pk=client.pk))


def store(connection: WhatsAppConnection, status: Status, reason: Reason = Reason.NONE) -> None:
    pairing.store(WhatsAppConnection.objects.get(pk=connection.pk), status, reason, timezone.now())


class Scene:
    """One client with a connected number, an ad account, settings and a sent message, and what may happen to it."""

    def __init__(self) -> None:
        self.client = make_client(agency=make_agency(), name="Moda Ipê")
        self.connection = make_connection(agency=self.client.agency, client=self.client)
        self.account = make_account(
            client=self.client, balance=Decimal(500), alert_enabled=True, alert_threshold=Decimal(300)
        )
        self.settings = make_settings(self.client)
        self.go(self.message(), S.SENDING, S.SENT)

    def message(self, **fields: Any) -> Message:
        return make_message(client=Client.objects.get(pk=self.client.pk), **fields)

    def go(self, message: Message, *path: MessageStatus, reason: str = "") -> None:
        current = S(message.status)
        for following in path:
            assert move(message.pk, current, following, reason=reason)
            current = following
        message.refresh_from_db()

    def read(self, amount: str) -> None:
        balances.record_reading(self.account, Decimal(amount), BalanceSource.INFORMED)

    def wait(self) -> Message:
        """A message that finds no number to leave through."""
        store(self.connection, Status.DISCONNECTED, Reason.CLOSED)
        message = self.message()
        delivery.deliver(message.pk)
        store(self.connection, Status.CONNECTED)
        message.refresh_from_db()
        assert message.reason
        return message

    def save(self, **fields: Any) -> None:
        client = Client.objects.get(pk=self.client.pk)
        for name, value in fields.items():
            setattr(client, name, value)
        client.save()


def nothing(scene: Scene) -> None:
    pass


def falls(scene: Scene) -> None:
    store(scene.connection, Status.DISCONNECTED, Reason.LOGGED_OUT)


def falls_and_rises(scene: Scene) -> None:
    falls(scene)
    store(scene.connection, Status.CONNECTED)


def is_paired_anew(scene: Scene) -> None:
    store(scene.connection, Status.AWAITING_SCAN)


def is_disconnected_by_a_person(scene: Scene) -> None:
    store(scene.connection, Status.DISCONNECTED, Reason.BY_USER)


def loses_its_connection(scene: Scene) -> None:
    WhatsAppConnection.objects.get(pk=scene.connection.pk).delete()


def loses_it_and_the_agencys_number(scene: Scene) -> None:
    loses_its_connection(scene)
    scene.save(use_agency_number=False)


def may_use_the_agencys_number_again(scene: Scene) -> None:
    loses_it_and_the_agencys_number(scene)
    scene.save(use_agency_number=True)


def message_fails(scene: Scene) -> None:
    scene.go(scene.message(), S.SENDING, S.FAILED, reason="Este número não tem WhatsApp.")


def message_is_uncertain(scene: Scene) -> None:
    scene.go(scene.message(), S.SENDING, S.UNCERTAIN, reason="A resposta se perdeu.")


def uncertain_message_turns_out_sent(scene: Scene) -> None:
    scene.go(scene.message(), S.SENDING, S.UNCERTAIN, S.SENT)


def failed_message_is_made_good(scene: Scene) -> None:
    message_fails(scene)
    scene.go(scene.message(), S.SENDING, S.SENT)


def failure_is_hidden_by_nothing_newer(scene: Scene) -> None:
    message_fails(scene)
    scene.go(scene.message(to="+5511977776666"), S.SENDING, S.SENT)


def failed_message_is_tried_again(scene: Scene) -> None:
    message_fails(scene)
    failed = Message.objects.get(status=S.FAILED)
    assert outbox.try_again(failed, expires_at=timezone.now() + timedelta(hours=1))


def message_is_put_off(scene: Scene) -> None:
    scene.go(scene.message(), S.SENDING, S.QUEUED, reason="O servidor do WhatsApp não respondeu.")


def message_waits(scene: Scene) -> None:
    scene.wait()


def waiting_message_expires(scene: Scene) -> None:
    message = scene.wait()
    Message.objects.filter(pk=message.pk).update(expires_at=timezone.now())
    delivery.sweep()


def waiting_message_is_followed_by_another(scene: Scene) -> None:
    scene.wait()
    scene.message()


def waiting_message_is_claimed(scene: Scene) -> None:
    message = scene.wait()
    claim(message)


def waiting_message_is_cancelled(scene: Scene) -> None:
    scene.wait()
    outbox.cancel_queued(scene.client, reason="Cliente arquivado.")


def worker_dies(scene: Scene) -> None:
    message = scene.message()
    scene.go(message, S.SENDING)
    Message.objects.filter(pk=message.pk).update(sending_since=timezone.now() - timedelta(hours=1))
    delivery.sweep()


def balance_falls(scene: Scene) -> None:
    scene.read("250")


def balance_is_filled_up(scene: Scene) -> None:
    scene.read("250")
    scene.read("900")


def threshold_is_raised(scene: Scene) -> None:
    scene.account.alert_threshold = Decimal(600)
    scene.account.save(update_fields=["alert_threshold"])


def low_account_is_removed(scene: Scene) -> None:
    scene.read("250")
    AdAccount.objects.get(pk=scene.account.pk).delete()


def report_is_held(scene: Scene) -> None:
    queueing.note_problem(scene.settings, "Faltam 21 e 22 nov.")


def held_report_leaves(scene: Scene) -> None:
    report_is_held(scene)
    queueing.note_problem(scene.settings, "")


def settings_are_removed(scene: Scene) -> None:
    report_is_held(scene)
    ReportSettings.objects.get(pk=scene.settings.pk).delete()


def old_row_is_saved_over(scene: Scene) -> None:
    before = Client.objects.get(pk=scene.client.pk)
    message_fails(scene)
    before.name = "Moda Ipê Nova"
    before.save()


def is_archived(scene: Scene) -> None:
    message_waits(scene)
    services.archive_client(scene.client)


def claim(message: Message) -> None:
    """What `deliver` does up to the call of the gateway."""
    from connections.routing import route_for

    assert message.client is not None
    route = route_for(message.agency, message.client)
    assert delivery._claim(message, route, max(timezone.now(), message.due_at)) is not None


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("happens", "then"),
    [
        (nothing, FINE),
        (falls, FELL),
        (falls_and_rises, FINE),
        (is_paired_anew, Standing("waiting", False, False, False)),
        (is_disconnected_by_a_person, Standing("fallen", False, True, False)),
        (loses_its_connection, COVERED),
        (loses_it_and_the_agencys_number, ALONE),
        (may_use_the_agencys_number_again, COVERED),
        (message_fails, TROUBLED),
        (message_is_uncertain, TROUBLED),
        (uncertain_message_turns_out_sent, FINE),
        (failed_message_is_made_good, FINE),
        (failure_is_hidden_by_nothing_newer, TROUBLED),
        (failed_message_is_tried_again, FINE),
        (message_is_put_off, TROUBLED),
        (message_waits, TROUBLED),
        (waiting_message_expires, TROUBLED),
        (waiting_message_is_followed_by_another, FINE),
        (waiting_message_is_claimed, FINE),
        (waiting_message_is_cancelled, FINE),
        (worker_dies, TROUBLED),
        (balance_falls, LOW),
        (balance_is_filled_up, FINE),
        (threshold_is_raised, LOW),
        (low_account_is_removed, FINE),
        (report_is_held, TROUBLED),
        (held_report_leaves, FINE),
        (settings_are_removed, FINE),
        (old_row_is_saved_over, TROUBLED),
        (is_archived, FINE),
    ],
    ids=lambda value: value.__name__ if callable(value) else "",
)
def test_the_row_says_what_the_card_would(happens: Callable[[Scene], None], then: Standing) -> None:
    scene = Scene()

    happens(scene)

    assert (stored(scene.client), computed(scene.client)) == (then, then)


@pytest.mark.django_db
@pytest.mark.parametrize(("uses_agency_number", "then"), [(True, COVERED), (False, ALONE)])
def test_a_new_client_stands_right_at_once(uses_agency_number: bool, then: Standing) -> None:
    client = make_client(use_agency_number=uses_agency_number)

    assert (stored(client), computed(client)) == (then, then)


@pytest.mark.django_db
def test_a_message_on_its_usual_way_costs_no_query_more(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    scene = Scene()
    message = scene.message()

    with django_assert_num_queries(1):
        assert move(message.pk, S.QUEUED, S.SENDING)
    with django_assert_num_queries(2):  # its own, and one that looks whether it made something good
        assert move(message.pk, S.SENDING, S.SENT)


@pytest.mark.django_db
@pytest.mark.parametrize("count", [1, 7])
def test_refreshing_many_costs_what_one_costs(count: int, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    clients = [Scene().client for _ in range(count)]
    Client.objects.update(number_state="waiting", has_low_balance=True)

    with django_assert_num_queries(3):  # the clients, their accounts, one write for those that stood alike
        assert standing.refresh(client.pk for client in clients) == count
    with django_assert_num_queries(2):
        assert standing.refresh(client.pk for client in clients) == 0


@pytest.mark.django_db
def test_refreshing_nobody_asks_nothing(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(0):
        assert standing.refresh([None]) == 0
    assert standing.refresh([uuid.uuid4()]) == 0


@pytest.mark.django_db
def test_beat_mends_what_went_past_every_door(agency: Agency) -> None:
    clients = [make_client(agency=agency) for _ in range(3)]
    archived = make_client(agency=agency, archived_at=timezone.now())
    for client in clients:
        make_connection(agency=agency, client=client)
    Client.objects.update(number_state="fallen", attention_if_agency_up=True, has_low_balance=True)

    refresh_standing()

    assert {stored(client) for client in clients} == {FINE}
    assert stored(archived).number_state == "fallen"


@pytest.mark.django_db
def test_a_ring_goes_on_where_the_one_before_left_off(agency: Agency, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(5):
        make_client(agency=agency)
    Client.objects.update(has_low_balance=True)
    monkeypatch.setattr(standing, "BATCH", 2)
    monkeypatch.setattr(standing, "MOST_PER_RING", 2)

    assert [standing.repair() for _ in range(4)] == [2, 2, 1, 0]
