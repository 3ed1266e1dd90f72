"""A drop is told once, in the page and by WhatsApp through the agency's number, and ends when the number is back."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from agency import notices
from agency.models import Agency, Client, Notice, User
from agency.services import archive_client
from connections import delivery, drops, gateway, outbox, pairing, tasks
from connections.models import ConnectionEvent, Message, WhatsAppConnection
from connections.moves import move
from connections.states import MessageStatus, Reason, Status
from tests.connections.conftest import Gateway
from tests.connections.test_delivery import NOT_ON_WHATSAPP
from tests.factories import make_agency, make_client, make_connection, make_user
from tests.threads import together

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
RAFAELA = "+5511999990001"


@pytest.fixture
def client(agency: Agency) -> Client:
    return make_client(agency=agency, name="Moda Ipê")


@pytest.fixture
def agencys(agency: Agency) -> WhatsAppConnection:
    return make_connection(agency=agency, phone="+5511988880000")


@pytest.fixture
def gestor(owner: User) -> User:
    User.objects.filter(pk=owner.pk).update(phone=RAFAELA)
    owner.refresh_from_db()
    return owner


def history(connection: WhatsAppConnection, *events: tuple[timedelta, str, str]) -> WhatsAppConnection:
    """What happened so long ago, oldest first; the row is as the last of it says, and was read just now."""
    now = timezone.now()
    for ago, status, reason in events:
        ConnectionEvent.objects.create(
            connection=connection, kind="status", at=now - ago, status=status, reason=reason, actor="whatsapp"
        )
    ago, status, reason = events[-1]
    rows = WhatsAppConnection.objects.filter(pk=connection.pk)
    rows.update(status=status, reason=reason, last_seen_at=now)
    if status == "disconnected":
        rows.update(disconnected_at=now - ago)
    connection.refresh_from_db()
    return connection


def fallen(
    client: Client | None = None,
    *,
    ago: timedelta = 5 * MINUTE,
    status: str = "disconnected",
    reason: str = "logged_out",
    **fields: Any,
) -> WhatsAppConnection:
    agency = fields.pop("agency", None) or client.agency  # type: ignore[union-attr]
    connection = make_connection(agency=agency, client=client, **fields)
    return history(connection, (30 * HOUR, "connected", ""), (ago, status, reason))


def back(connection: WhatsAppConnection) -> datetime:
    now = timezone.now()
    pairing.store(connection, Status.CONNECTED, Reason.NONE, now)
    return now


def open_notices(agency: Agency) -> list[Notice]:
    return list(notices.open_of(agency))


def told() -> list[Message]:
    return list(Message.objects.filter(kind=Message.Kind.NOTICE).order_by("to"))


# --- What is told ---------------------------------------------------------------------------------------------------


def test_a_drop_is_one_notice_with_its_reason_its_time_and_what_it_changes(
    client: Client, agencys: WhatsAppConnection
) -> None:
    connection = fallen(client)
    since = timezone.localtime(connection.disconnected_at)

    assert (drops.check(), drops.check()) == (1, 0)

    notice = notices.open_of(client.agency).get()
    assert (notice.subject, notice.client, notice.level) == (f"dropped:{connection.pk}", client, "warn")
    assert notice.title == "Moda Ipê: WhatsApp desconectado"
    assert notice.text == (
        f"Aparelho removido no celular do cliente. Desde {since:%d/%m às %H:%M}. "
        "Até ele voltar, os envios saem pelo número da agência. Reconecte com um novo QR Code."
    )
    assert (notice.url, notice.action) == (reverse("agency:client", args=[client.pk]), "Reconectar")


@pytest.mark.parametrize(
    ("status", "reason", "title", "step"),
    [
        ("disconnected", "timed_out", "desconectado", "se não voltar por si, reconecte."),
        ("disconnected", "blocked", "desconectado", "Reconecte com um novo QR Code."),
        ("unstable", "nothing_arrives", "instável", "se não melhorar, reconecte."),
        ("restricted", "sends_paused", "restrito", "reconectar agora não tira a restrição."),
    ],
)
def test_each_way_of_being_down_has_its_words(
    status: str, reason: str, title: str, step: str, client: Client, agencys: WhatsAppConnection
) -> None:
    fallen(client, status=status, reason=reason)

    drops.check()

    notice = notices.open_of(client.agency).get()
    assert notice.title == f"Moda Ipê: WhatsApp {title}"
    assert notice.text.startswith(Reason(reason).label)
    assert notice.text.endswith(step)


def test_without_the_agencys_number_nothing_leaves_and_that_is_bad(agency: Agency, client: Client) -> None:
    fallen(client)
    fallen(make_client(agency=agency, use_agency_number=False))

    drops.check()

    both = open_notices(agency)
    assert [notice.level for notice in both] == ["bad", "bad"]
    assert any("o número da agência também não está conectado" in notice.text for notice in both)
    assert any("este cliente não usa o número da agência" in notice.text for notice in both)


@pytest.mark.parametrize(("count", "words"), [(0, "não há reserva"), (1, "1 cliente sem"), (3, "3 clientes sem")])
def test_the_agencys_own_number_says_what_it_means_for_clients_without_one(
    count: int, words: str, agency: Agency, gestor: User
) -> None:
    for _ in range(count):
        make_client(agency=agency)
    make_connection(agency=agency, client=make_client(agency=agency))
    make_client(agency=agency, use_agency_number=False)
    make_client(agency=agency, archived_at=timezone.now())
    fallen(agency=agency, reason="logged_out")

    drops.check()

    notice = notices.open_of(agency).get()
    assert notice.text.startswith("Aparelho removido no celular. Desde ")
    assert (notice.title, notice.level, notice.client) == ("WhatsApp da agência desconectado", "bad", None)
    assert words in notice.text
    assert notice.url == reverse("connections:index")
    assert told() == []  # there is no number that it could come through


def test_the_longest_words_still_fit(agency: Agency) -> None:
    client = make_client(agency=agency, name="N" * 80)
    hung = trying(client, ago=3 * HOUR)
    drops.check()
    assert "…" not in notices.open_of(agency).get().text
    hung.delete()
    drops.check()
    for reason in Reason:
        if reason not in ("by_user", "by_client", "archived"):
            connection = fallen(client, reason=reason)
            drops.check()
            assert "…" not in notices.open_of(agency).get().text
            assert drops.check() == 0
            connection.delete()
            drops.check()


# --- A session that tries to come back ------------------------------------------------------------------------------


def trying(client: Client, *, ago: timedelta = 12 * MINUTE, **fields: Any) -> WhatsAppConnection:
    """Its session is neither open nor closed, and the history knows nothing of that."""
    now = timezone.now()
    fields = {"status": "connecting", "reason": "", "has_session": True, "disconnected_at": now - ago} | fields
    return make_connection(agency=client.agency, client=client, connected_at=now - 30 * HOUR, **fields)


def test_one_that_tries_for_long_to_come_back_is_told_in_its_own_words(
    client: Client, agencys: WhatsAppConnection, gestor: User
) -> None:
    connection = trying(client)
    since = timezone.localtime(connection.disconnected_at)

    assert (drops.check(), drops.check()) == (1, 0)

    notice = notices.open_of(client.agency).get()
    assert (notice.subject, notice.level, notice.action) == (f"dropped:{connection.pk}", "warn", "Ver conexão")
    assert notice.title == "Moda Ipê: WhatsApp tentando reconectar"
    assert notice.text == (
        f"Está tentando reconectar há mais de 10 minutos, desde {since:%d/%m às %H:%M}. "
        "Até ele voltar, os envios saem pelo número da agência. "
        "Abra o WhatsApp no celular, com internet; se não voltar, desconecte e conecte de novo."
    )
    assert [message.body.splitlines()[0] for message in told()] == [f"🔴 *Adscape • {notice.title}*"]


@pytest.mark.parametrize(
    "fields",
    [
        {"ago": 9 * MINUTE},
        {"pairing_since": timezone.now()},
        {"has_session": False},
        {"disconnected_at": None},
        {"last_seen_at": timezone.now() - 5 * MINUTE},
        {"disconnect_wanted_at": timezone.now()},
    ],
    ids=lambda fields: next(iter(fields)),
)
def test_one_that_has_not_tried_for_long_or_is_being_seen_to_is_not(client: Client, fields: dict[str, Any]) -> None:
    trying(client, **fields)

    assert drops.check() == 0


def test_it_closes_when_the_session_is_back_at_the_minute_of_that(client: Client) -> None:
    connection = history(trying(client), (30 * HOUR, "connected", ""))
    WhatsAppConnection.objects.filter(pk=connection.pk).update(status="connecting")
    connection.refresh_from_db()
    drops.check()
    back(connection)
    assert connection.events.count() == 1  # a session that came back is no change

    now = timezone.now()
    drops.check(now)

    outcome = notices.recently_closed(client.agency).get().outcome
    assert outcome == f"Moda Ipê: Reconectado às {timezone.localtime(now):%H:%M}."


def test_it_is_one_notice_however_often_the_reading_changes(
    client: Client, agencys: WhatsAppConnection, gestor: User
) -> None:
    connection = trying(client, ago=40 * MINUTE)
    drops.check()
    titles = []
    for status, reason in [("disconnected", "closed"), ("connecting", "")] * 2:
        pairing.store(connection, Status(status), Reason(reason), timezone.now())
        assert drops.check() == 0
        titles.append(notices.open_of(client.agency).get().title)

    # It was found closed: that stays what is known of it, whatever it tries.
    assert set(titles) == {"Moda Ipê: WhatsApp desconectado"}
    assert Notice.objects.count() == len(told()) == 1


def test_one_that_was_told_closed_keeps_its_words_while_it_tries(client: Client) -> None:
    connection = fallen(client, reason="closed", ago=20 * MINUTE)
    WhatsAppConnection.objects.filter(pk=connection.pk).update(has_session=True)
    connection.refresh_from_db()
    drops.check()
    before = Notice.objects.values().get()

    pairing.store(connection, Status.CONNECTING, Reason.NONE, timezone.now())
    drops.check()

    assert Notice.objects.values().get() == before


def test_put_away_while_it_tries_it_stays_away_when_it_is_found_closed(client: Client) -> None:
    connection = trying(client, ago=40 * MINUTE)
    drops.check()
    notices.dismiss(open_notices(client.agency)[0])

    pairing.store(connection, Status.DISCONNECTED, Reason.CLOSED, timezone.now())
    WhatsAppConnection.objects.filter(pk=connection.pk).update(last_seen_at=timezone.now() + HOUR)

    assert drops.check(timezone.now() + HOUR) == 0


def test_the_words_change_with_the_hours_and_are_no_news(client: Client) -> None:
    connection = trying(client)
    drops.check()
    raised_at = notices.open_of(client.agency).get().raised_at
    now = timezone.now()

    for hours, words in ((1, "há mais de uma hora"), (5, "há mais de 3 horas")):
        WhatsAppConnection.objects.filter(pk=connection.pk).update(last_seen_at=now + hours * HOUR)
        assert drops.check(now + hours * HOUR) == 0
        notice = notices.open_of(client.agency).get()
        assert (words in notice.text, notice.raised_at) == (True, raised_at)


# --- What is no drop ------------------------------------------------------------------------------------------------


def test_what_comes_and_goes_raises_nothing(client: Client) -> None:
    connection = make_connection(agency=client.agency, client=client)
    steps = [(minutes * MINUTE, *state) for minutes in (20, 16, 12, 8, 4) for state in [("connected", "")]]
    falls = [((minutes - 1) * MINUTE, "disconnected", "closed") for minutes in (20, 16, 12, 8)]
    history(connection, *sorted([*steps, *falls], reverse=True), (2 * MINUTE, "disconnected", "closed"))

    assert drops.check() == 0
    assert open_notices(client.agency) == []


@pytest.mark.parametrize("reason", ["by_user", "by_client", "archived"])
def test_what_was_wanted_is_no_drop_also_after_a_pairing_that_ran_out(reason: str, client: Client) -> None:
    connection = make_connection(agency=client.agency, client=client)
    history(connection, (9 * HOUR, "connected", ""), (2 * HOUR, "disconnected", reason))
    assert drops.check() == 0

    history(connection, (50 * MINUTE, "awaiting_scan", ""), (40 * MINUTE, "disconnected", "qr_expired"))

    assert drops.check() == 0


def test_nor_is_a_pairing_one_that_never_worked_or_one_that_is_to_be_removed(client: Client) -> None:
    now = timezone.now()
    connection = fallen(client)
    rows = WhatsAppConnection.objects.filter(pk=connection.pk)
    for wanted in ({"pairing_since": now}, {"connected_at": None}, {"disconnect_wanted_at": now}):
        before = rows.values(*wanted).get()
        rows.update(**wanted)
        assert drops.check() == 0
        rows.update(**before)
    archive_client(client)

    assert drops.check() == 0


def test_a_fall_that_a_send_found_out_counts_once_it_was_read_again(client: Client) -> None:
    """It leaves no event; see `delivery`."""
    connection = make_connection(agency=client.agency, client=client)
    fell = {"status": "disconnected", "reason": "send_closed", "disconnected_at": timezone.now() - 5 * MINUTE}
    WhatsAppConnection.objects.filter(pk=connection.pk).update(**fell, last_seen_at=None)
    assert drops.check() == 0

    WhatsAppConnection.objects.filter(pk=connection.pk).update(last_seen_at=timezone.now())

    assert drops.check() == 1


def test_while_the_gateway_is_away_nothing_is_raised_and_what_is_back_still_closes(client: Client) -> None:
    connection = fallen(client)
    drops.check()
    other = fallen(make_client(agency=client.agency))
    cache.set(gateway._KEY, (timezone.now().isoformat(), "unreachable"), 60)

    back(connection)

    assert drops.check() == 0
    assert open_notices(client.agency) == []
    cache.delete(gateway._KEY)
    assert drops.check() == 1
    assert notices.open_of(client.agency).get().subject == drops.subject_of(other)


def test_one_agencys_trouble_keeps_no_other_from_being_told(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    other = make_client(agency=make_agency(time_zone="Nowhere/At_All"))
    fallen(client)
    fallen(other)

    assert drops.check() == 1
    assert len(open_notices(client.agency)) == 1


# --- By WhatsApp ----------------------------------------------------------------------------------------------------


def test_the_gestor_gets_it_through_the_agencys_number_once(
    client: Client, agencys: WhatsAppConnection, gestor: User, gateway: Gateway, settings: LazySettings
) -> None:
    settings.PUBLIC_URL = "https://app.exemplo"
    connection = fallen(client)
    tasks.tell_of_drops()
    tasks.tell_of_drops()

    message = told()[0]
    assert len(told()) == 1
    assert (message.client, message.to, message.wants_agency_number) == (None, RAFAELA, True)
    assert message.subject == f"dropped:{connection.pk}"
    assert timezone.now() + 11 * HOUR < message.expires_at < timezone.now() + 13 * HOUR
    since = timezone.localtime(connection.disconnected_at)
    assert message.body == (
        "🔴 *Adscape • Moda Ipê: WhatsApp desconectado*\n\n"
        f"Aparelho removido no celular do cliente. Desde {since:%d/%m às %H:%M}. "
        "Até ele voltar, os envios saem pelo número da agência. Reconecte com um novo QR Code.\n\n"
        f"Reconectar: https://app.exemplo/agency/clients/{client.pk}/\n\n"
        f"_#{message.reference}_"
    )

    gateway.send(agencys)
    delivery.deliver(message.pk)

    message.refresh_from_db()
    assert (message.status, message.by_agency_number) == ("sent", True)


def test_it_never_leaves_through_a_clients_number(agency: Agency, agencys: WhatsAppConnection, gestor: User) -> None:
    client = make_client(agency=agency, use_agency_number=False)
    connection = fallen(client)
    drops.check()
    WhatsAppConnection.objects.filter(pk=agencys.pk).update(status="disconnected", reason="by_user")
    WhatsAppConnection.objects.filter(pk=connection.pk).update(status="connected", reason="")

    delivery.deliver(told()[0].pk)

    assert (told()[0].status, told()[0].reason) == ("queued", "O WhatsApp da agência está desconectado.")


def test_only_who_wants_it_has_a_phone_and_works_there(agency: Agency, client: Client) -> None:
    make_connection(agency=agency, phone="+5511999990009")
    make_user(agency=agency)
    make_user(agency=agency, phone="+5511999990002", notices_by_whatsapp=False)
    make_user(agency=agency, phone="+5511999990003", is_active=False)
    make_user(agency=make_agency(), phone="+5511999990004")
    make_user(phone="+5511999990005")
    make_user(agency=agency, phone="+5511999990009")  # the agency's own: it would not be notified
    make_user(agency=agency, phone="+5511999990006")
    make_user(agency=agency, phone="+5511999990006")
    fallen(client)

    drops.check()

    assert [message.to for message in told()] == ["+5511999990006"]


def test_what_fell_together_is_one_message(agency: Agency, agencys: WhatsAppConnection, gestor: User) -> None:
    for number in range(7):
        fallen(make_client(agency=agency, name=f"*Loja* {number}"))

    assert drops.check() == 7

    message = told()[0]
    assert len(told()) == 1
    assert message.body.startswith("🔴 *Adscape • 7 números de WhatsApp caíram*\n\n• ∗Loja∗ ")
    assert message.body.count("• ∗Loja∗") == 5
    assert "• e mais 2\n" in message.body
    assert "/agency/notices/" in message.body


def test_one_that_was_not_sent_yet_is_taken_back_when_the_number_is_back(
    client: Client, agencys: WhatsAppConnection, gestor: User
) -> None:
    connection = fallen(client)
    drops.check()
    back(connection)

    drops.check()

    assert [message.status for message in told()] == ["cancelled"]


def test_a_notice_that_expires_is_no_notice_of_its_own_but_one_that_is_refused_is(
    client: Client, agencys: WhatsAppConnection, gestor: User, gateway: Gateway
) -> None:
    fallen(client)
    drops.check()
    message = told()[0]
    assert move(message.pk, MessageStatus.QUEUED, MessageStatus.EXPIRED, reason="Tarde demais.")
    assert len(open_notices(client.agency)) == 1

    gateway.send(agencys, **NOT_ON_WHATSAPP)
    fallen(make_client(agency=client.agency))
    drops.check()
    delivery.deliver(Message.objects.get(kind="notice", status="queued").pk)

    refused = Message.objects.get(status="failed")
    title = "Maré Alta: aviso para Rafaela Couto não saiu"
    assert title in [one.title for one in open_notices(client.agency)]

    outbox.try_again(refused, expires_at=timezone.now() + HOUR)  # the one that expired stays behind it

    assert title not in [one.title for one in open_notices(client.agency)]


# --- How it ends, and how long it lasts -----------------------------------------------------------------------------


def test_it_closes_when_the_number_is_back_and_nobody_is_told_by_whatsapp(
    client: Client, agencys: WhatsAppConnection, gestor: User
) -> None:
    connection = fallen(client)
    drops.check()
    at = timezone.localtime(back(connection))

    drops.check()

    assert open_notices(client.agency) == []
    assert notices.recently_closed(client.agency).get().outcome == f"Moda Ipê: Reconectado às {at:%H:%M}."
    assert len(told()) == 1


def test_it_stays_while_a_person_holds_the_phone_before_the_qr(client: Client) -> None:
    connection = fallen(client)
    drops.check()
    WhatsAppConnection.objects.filter(pk=connection.pk).update(status="awaiting_scan", pairing_since=timezone.now())

    drops.check()

    assert len(open_notices(client.agency)) == 1


def test_disconnecting_on_purpose_ends_it(client: Client) -> None:
    connection = fallen(client)
    drops.check()
    history(connection, (MINUTE, "disconnected", "by_user"))

    drops.check()

    assert open_notices(client.agency) == []
    assert notices.recently_closed(client.agency).get().outcome == "Moda Ipê: Desconectado por aqui."
    assert drops.check() == 0


def test_a_connection_that_is_gone_takes_its_notice_along(client: Client) -> None:
    connection = fallen(client)
    drops.check()
    connection.delete()

    drops.check()

    assert open_notices(client.agency) == []


def test_what_a_person_put_away_stays_away_until_it_falls_anew(client: Client) -> None:
    connection = fallen(client)
    drops.check()
    notices.dismiss(open_notices(client.agency)[0])
    assert drops.check() == 0

    back(connection)
    drops.check()
    now = timezone.now()
    pairing.store(connection, Status.DISCONNECTED, Reason.CLOSED, now)
    WhatsAppConnection.objects.filter(pk=connection.pk).update(last_seen_at=now + 4 * MINUTE)

    assert drops.check(now + 4 * MINUTE) == 1


def test_one_that_flaps_is_told_again_only_when_it_stays_down(client: Client) -> None:
    connection = fallen(client)
    drops.check()
    back(connection)
    drops.check()
    now = timezone.now()
    pairing.store(connection, Status.DISCONNECTED, Reason.CLOSED, now)
    WhatsAppConnection.objects.filter(pk=connection.pk).update(last_seen_at=now + HOUR)

    assert drops.check(now + 5 * MINUTE) == 0
    assert drops.check(now + 16 * MINUTE) == 1


def test_changed_words_are_no_news_and_a_day_later_they_are(client: Client, agencys: WhatsAppConnection) -> None:
    connection = fallen(client, status="unstable", reason="nothing_arrives")
    drops.check()
    day = timezone.localtime().replace(hour=12) + timedelta(days=2)
    long_ago = day - 25 * HOUR
    Notice.objects.update(raised_at=long_ago, mailed_at=long_ago)
    history(connection, (MINUTE, "disconnected", "closed"))

    assert drops.check(day - 2 * HOUR) == 0
    notice = notices.open_of(client.agency).get()
    assert (notice.title, notice.raised_at, notice.mailed_at) == (
        "Moda Ipê: WhatsApp desconectado",
        long_ago,
        long_ago,
    )

    assert drops.check(day) == 0
    notice.refresh_from_db()
    assert notice.raised_at != long_ago
    assert notice.mailed_at is None
    assert told() == []  # the reminder is for page and e-mail


def test_it_costs_as_much_for_many_that_stand_as_for_few(
    agency: Agency, agencys: WhatsAppConnection, gestor: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(2):
        fallen(make_client(agency=agency))
    drops.check()
    with django_assert_num_queries(5):  # open notices, their rows, what fell, its notices, the agency's number
        drops.check()
    for _ in range(6):
        fallen(make_client(agency=agency))
    drops.check()

    with django_assert_num_queries(5):
        drops.check()


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_tell_once() -> None:
    agency = make_agency()
    make_user(agency=agency, phone=RAFAELA)
    make_connection(agency=agency)
    for round_ in range(1, 6):
        for _ in range(3):
            fallen(make_client(agency=agency))
        counts = together(drops.check, drops.check, drops.check)
        assert sum(counts) == 3
        assert len(open_notices(agency)) == 3 * round_
        assert len(told()) == round_
