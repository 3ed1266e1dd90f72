"""The Monday digest: what it counts, when it leaves, to whom, and that nobody gets it twice."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.conf import LazySettings
from django.core import mail
from django.test import Client as Browser
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from agency.models import Agency, Client, User
from connections.models import ConnectionEvent, Message
from reports import digest, digest_mail, tasks
from reports.choices import Frequency
from reports.models import DigestCopy
from tests.agency.test_notice_mail import MailServer, server  # noqa: F401  (a fixture)
from tests.factories import make_agency, make_client, make_connection, make_message, make_user
from tests.reports.factories import make_account, make_settings
from tests.threads import together

GOLDEN = Path(__file__).parent / "golden" / "digest.txt"
SAO_PAULO, NEW_YORK = ZoneInfo("America/Sao_Paulo"), ZoneInfo("America/New_York")
MONDAY = date(2026, 11, 23)
EIGHT = datetime(2026, 11, 23, 8, tzinfo=SAO_PAULO).astimezone(UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def client(agency: Agency) -> Client:
    return make_client(agency=agency, name="Moda Ipê")


@pytest.fixture
def busy(agency: Agency, client: Client) -> Client:
    """An agency that has sent something last week."""
    message(client, "sent")
    return client


def message(client: Client, status: str, at: datetime = EIGHT - 3 * DAY, **fields: object) -> Message:
    return make_message(client=client, **{"kind": Message.Kind.REPORT, "status": status, "created_at": at} | fields)


# --- When -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("now", "zone", "expected"),
    [
        (datetime(2026, 11, 23, 7, 59, 59, tzinfo=SAO_PAULO), SAO_PAULO, None),
        (datetime(2026, 11, 23, 8, 0, tzinfo=SAO_PAULO), SAO_PAULO, MONDAY),
        (datetime(2026, 11, 23, 23, 59, tzinfo=SAO_PAULO), SAO_PAULO, MONDAY),
        (datetime(2026, 11, 24, 0, 0, tzinfo=SAO_PAULO), SAO_PAULO, None),
        (datetime(2026, 11, 22, 12, 0, tzinfo=SAO_PAULO), SAO_PAULO, None),
        # Eight in São Paulo is seven in Manaus, and already noon in Berlin.
        (EIGHT, ZoneInfo("America/Manaus"), None),
        (EIGHT + HOUR, ZoneInfo("America/Manaus"), MONDAY),
        (EIGHT, ZoneInfo("Europe/Berlin"), MONDAY),
        # Monday begins in Auckland on Sunday evening of São Paulo.
        (datetime(2026, 11, 22, 16, 30, tzinfo=SAO_PAULO), ZoneInfo("Pacific/Auckland"), MONDAY),
        # The first Monday after the clocks went back (1 November), and forward (8 March): eight by the clock.
        (datetime(2026, 11, 2, 12, 59, tzinfo=UTC), NEW_YORK, None),
        (datetime(2026, 11, 2, 13, 0, tzinfo=UTC), NEW_YORK, date(2026, 11, 2)),
        (datetime(2026, 3, 9, 12, 0, tzinfo=UTC), NEW_YORK, date(2026, 3, 9)),
    ],
)
def test_it_is_due_at_eight_of_monday_by_the_agencys_clock(now: datetime, zone: ZoneInfo, expected: date) -> None:
    assert digest.monday_of(now.astimezone(UTC), zone) == expected


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("zone", "monday", "hours"),
    [
        ("America/Sao_Paulo", MONDAY, 168),
        ("America/New_York", date(2026, 11, 2), 169),
        ("America/New_York", date(2026, 3, 9), 167),
        ("America/Sao_Paulo", date(2018, 11, 5), 167),  # the clocks skipped midnight of 4 November
    ],
)
def test_a_week_is_seven_local_days_also_where_the_clocks_change(zone: str, monday: date, hours: int) -> None:
    client = make_client(agency=make_agency(time_zone=zone))
    end = datetime(monday.year, monday.month, monday.day, tzinfo=ZoneInfo(zone)).astimezone(UTC)
    first = end - timedelta(hours=hours)
    for at in (first - timedelta(seconds=1), first, end - timedelta(seconds=1), end):
        message(client, "sent", at)

    assert digest.gather(client.agency, monday).sent == 2


# --- What -----------------------------------------------------------------------------------------------------------


def test_messages_are_counted_by_how_they_ended(agency: Agency, client: Client) -> None:
    for status in ("sent", "delivered", "delivered", "read", "failed", "expired", "uncertain", "queued", "cancelled"):
        message(client, status)
    message(client, "sent", kind=Message.Kind.ALERT)
    message(client, "sent", to="120363041077120114@g.us")
    message(client, "sent", kind=Message.Kind.TEST)
    message(make_client(), "sent")
    make_message(agency=agency, kind=Message.Kind.NOTICE, status="sent", created_at=EIGHT - DAY)

    found = digest.gather(agency, MONDAY)

    assert (found.sent, found.delivered, found.failed, found.uncertain, found.to_groups) == (6, 3, 2, 1, 1)


def test_numbers_that_fell_and_balances_that_are_short(agency: Agency, client: Client) -> None:
    down = {"status": "disconnected", "connected_at": EIGHT - 9 * DAY, "disconnected_at": EIGHT - DAY}
    make_connection(agency=agency, client=client, reason="logged_out", **down)
    make_connection(agency=agency, reason="closed", **down)
    wanted = make_connection(agency=agency, client=make_client(agency=agency), reason="qr_expired", **down)
    ConnectionEvent.objects.create(
        connection=wanted, kind="status", status="disconnected", reason="by_user", actor="person", at=EIGHT - DAY
    )
    for name, ago in (("Padaria", HOUR), ("Padoca", timedelta(minutes=9))):
        tries = {"status": "connecting", "has_session": True, "disconnected_at": timezone.now() - ago, "reason": ""}
        other = make_client(agency=agency, name=name)
        make_connection(agency=agency, client=other, connected_at=EIGHT - 9 * DAY, **tries)
    gone = make_client(agency=agency, archived_at=timezone.now())
    make_connection(agency=agency, client=gone, reason="closed", **down)
    make_connection(agency=make_agency(), reason="closed", **down)
    short = {"balance": Decimal(120), "alert_threshold": Decimal(200)}
    make_account(client=client, name="Meta principal", **short)
    make_account(client=client, balance=Decimal(300), alert_threshold=Decimal(200))
    make_account(client=client, balance=None, alert_threshold=Decimal(200))
    make_account(client=gone, **short)
    make_account(**short)

    found = digest.gather(agency, MONDAY)

    assert found.down.named == [
        "WhatsApp da agência: O WhatsApp encerrou a conexão com este número.",
        "Moda Ipê: Aparelho removido no celular do cliente.",
        "Padaria: Tenta reconectar e não consegue.",
    ]
    assert found.low.named == ["Moda Ipê, Meta principal: R$ 120,00 (limite R$ 200,00)"]


def test_reports_that_are_due_before_the_week_ends(agency: Agency) -> None:
    for frequency, at in [
        *[("daily", EIGHT + HOUR)] * 2,
        ("weekly", datetime(2026, 11, 29, 23, 59, tzinfo=SAO_PAULO)),
        ("weekly", datetime(2026, 11, 30, 0, 0, tzinfo=SAO_PAULO)),
        ("monthly", EIGHT + 20 * DAY),
        ("manual", None),
    ]:
        make_settings(make_client(agency=agency), frequency=frequency, next_run_at=at)
    make_settings(make_client(agency=agency), active=False, next_run_at=EIGHT + HOUR)
    make_settings(make_client(), next_run_at=EIGHT + HOUR)

    found = digest.gather(agency, MONDAY)

    assert found.due == {Frequency.DAILY: 2, Frequency.WEEKLY: 1}
    assert found.due_words == "3 clientes (2 diários, 1 semanal)"


def test_the_text(agency: Agency, client: Client, server: type[MailServer]) -> None:  # noqa: F811
    """Against its golden file."""
    found = digest.Digest(
        monday=MONDAY,
        sent=42,
        delivered=38,
        failed=3,
        uncertain=1,
        down=digest.Listed(2, ["WhatsApp da agência: O WhatsApp bloqueou este número.", "Pão & Cia: Cliente sumiu."]),
        low=digest.Listed(12, [f"Moda Ipê, Conta {number}: R$ 1.234,50 (limite R$ 2.000,00)" for number in range(10)]),
        due={Frequency.MONTHLY: 1, Frequency.DAILY: 8, Frequency.WEEKLY: 3},
        to_groups=2,
    )
    nothing = digest.Digest(MONDAY, 1, 0, 0, 0, digest.Listed(0, []), digest.Listed(0, []), {})
    letters = [digest_mail.letter("a@b.exemplo", agency, each) for each in (found, nothing)]

    assert letters[0].subject == "Adscape: a semana de Maré Alta"
    assert "\n=====\n".join(str(letter.body) for letter in letters) == GOLDEN.read_text(encoding="utf-8")
    page = str(letters[0].alternatives[0][0])  # type: ignore[index]
    assert "Pão &amp; Cia" in page
    assert all(word in page for word in ("42", "e mais 2", "8 diários, 3 semanais, 1 mensal", "https://app.exemplo/"))


def test_it_takes_four_queries_however_many_clients(
    agency: Agency, busy: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(5):
        one = make_client(agency=agency)
        make_connection(agency=agency, client=one, status="disconnected", connected_at=EIGHT, reason="closed")
        make_account(client=one, balance=Decimal(1), alert_threshold=Decimal(2))
        make_settings(one, next_run_at=EIGHT)
        message(one, "failed")

    with django_assert_num_queries(4):
        digest.gather(agency, MONDAY)


# --- To whom, and once ----------------------------------------------------------------------------------------------


def test_it_goes_once_to_each_who_wants_emails(agency: Agency, busy: Client, owner: User, colleague: User) -> None:
    make_user(agency=agency, notices_by_email=False)
    make_user(agency=agency, is_active=False)
    EmailAddress.objects.filter(user=make_user(agency=agency)).update(verified=False)

    assert digest_mail.send_due(EIGHT - HOUR) == 0
    assert digest_mail.send_due(EIGHT) == 2
    assert digest_mail.send_due(EIGHT + 5 * HOUR) == 0

    assert sorted(letter.to[0] for letter in mail.outbox) == sorted([owner.email, colleague.email])
    assert mail.outbox[0].extra_headers["Auto-Submitted"] == "auto-generated"
    assert DigestCopy.objects.exclude(sent_at=None).count() == 2


def test_next_week_is_another(busy: Client, owner: User) -> None:
    digest_mail.send_due(EIGHT)
    message(busy, "sent", EIGHT + DAY)

    assert digest_mail.send_due(EIGHT + 7 * DAY) == 1


def test_an_agency_that_took_it_off_or_does_nothing_gets_none(
    agency: Agency, owner: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    idle, off = make_agency(), make_agency(weekly_digest=False)
    for each in (idle, off):
        make_user(agency=each)
        # What fell long ago in an agency that nobody works with any more.
        make_connection(agency=each, status="disconnected", connected_at=EIGHT - 90 * DAY, reason="closed")
    message(make_client(agency=off), "sent")

    assert digest_mail.send_due(EIGHT) == 0
    assert mail.outbox == []
    with django_assert_num_queries(2):  # its zones, who waits: what was counted once is not counted every minute
        digest_mail.send_due(EIGHT + HOUR)


def test_a_report_that_is_due_is_activity(client: Client, owner: User) -> None:
    make_settings(client, next_run_at=EIGHT + HOUR)

    assert digest_mail.send_due(EIGHT) == 1


def test_on_other_days_it_costs_one_query(
    busy: Client, owner: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(1):
        assert digest_mail.send_due(EIGHT + DAY) == 0


def test_a_mail_server_that_is_away_costs_nobody_the_digest(
    busy: Client,
    owner: User,
    colleague: User,
    server: type[MailServer],  # noqa: F811
) -> None:
    server.away = True
    assert digest_mail.send_due(EIGHT) == 0
    assert not DigestCopy.objects.exists()

    server.away = False
    assert digest_mail.send_due(EIGHT + timedelta(minutes=1)) == 2


def test_what_may_have_left_is_not_sent_again_and_keeps_no_other_from_it(
    busy: Client,
    owner: User,
    colleague: User,
    server: type[MailServer],  # noqa: F811
) -> None:
    server.fails = {owner.email: TimeoutError()}

    assert digest_mail.send_due(EIGHT) == 1
    server.fails = {}

    assert digest_mail.send_due(EIGHT + HOUR) == 0
    assert [letter.to[0] for letter in mail.outbox] == [colleague.email]
    assert DigestCopy.objects.get(user=owner).sent_at is None


def test_a_worker_that_died_after_its_claim_sends_nothing_twice(agency: Agency, busy: Client, owner: User) -> None:
    DigestCopy.objects.create(agency=agency, user=owner, week=MONDAY)

    assert digest_mail.send_due(EIGHT + HOUR) == 0


def test_a_zone_that_does_not_exist_keeps_no_other_from_it(busy: Client, owner: User) -> None:
    make_user(agency=make_agency(time_zone="Nowhere/At_All"))

    assert digest_mail.send_due(EIGHT) == 1


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_send_one_to_each_and_in_no_transaction(
    server: type[MailServer],  # noqa: F811
) -> None:
    agency = make_agency()
    for _ in range(5):
        make_user(agency=agency)
    message(make_client(agency=agency), "sent")

    counts = together(*[lambda: digest_mail.send_due(EIGHT)] * 3)

    assert sum(counts) == 5
    assert len({letter.to[0] for letter in mail.outbox}) == len(mail.outbox) == 5
    assert set(server.in_transaction) == {False}


def test_the_task_rings_it(busy: Client, owner: User, settings: LazySettings) -> None:
    assert "reports.mail_digests" in {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}

    with time_machine.travel(EIGHT, tick=False):
        tasks.mail_digests()

    assert len(mail.outbox) == 1


def test_the_agencys_page_has_the_switch(agency: Agency, as_colleague: Browser) -> None:
    assert "Resumo de segunda-feira por e-mail" in as_colleague.get("/connections/").content.decode()

    as_colleague.post("/connections/sending/", {"quiet_from": "", "quiet_until": ""})
    agency.refresh_from_db()
    assert agency.weekly_digest is False

    as_colleague.post("/connections/sending/", {"quiet_from": "", "quiet_until": "", "weekly_digest": "on"})
    agency.refresh_from_db()
    assert agency.weekly_digest is True
