"""A due report leaves once, a missed one is told of, and one client's trouble is not another's."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
import time_machine
from django.db import OperationalError, connection
from django.utils import timezone

from agency.models import Client
from agency.services import archive_client
from connections import outbox, statements
from connections.models import Message
from connections.outbox import Draft
from reports import numbers
from reports.gathered import Gathered
from reports.models import Report, ReportSettings
from reports.numbers import Asked
from reports.sending import FAILED, NO_RECIPIENTS, send_due, send_now
from reports.snapshot import from_json
from reports.text import report_text
from tests.factories import make_client
from tests.reports.factories import make_account, make_days, make_recipient, make_settings, week

#: 09:00 in São Paulo.
DUE = datetime(2026, 11, 24, 12, tzinfo=UTC)
NOW = DUE + timedelta(seconds=20)
#: However many are due, up to CHUNK. PostgreSQL says which rows were new, SQLite is asked.
QUERIES = 15 if connection.vendor == "postgresql" else 17
YESTERDAY = date(2026, 11, 23)
TOMORROW = DUE + timedelta(days=1)


def due_client(*, recipients: int = 1, with_data: bool = True, due: datetime | None = DUE, **fields: Any) -> Client:
    client = make_client(**fields)
    account = make_account(client=client)
    if with_data:
        make_days(account, week(YESTERDAY, weeks=2))
    for _ in range(recipients):
        make_recipient(client)
    make_settings(client, next_run_at=due)
    return client


@pytest.mark.django_db
def test_send_due_sends_what_is_due_once() -> None:
    client = due_client(recipients=2)

    assert [send_due(NOW), send_due(NOW)] == [1, 0]

    report = Report.objects.get()
    messages = Message.objects.order_by("to")
    assert (report.client, report.occurrence, report.trigger, report.status) == (
        client,
        "2026-11-24T12:00Z",
        "schedule",
        "built",
    )
    assert (report.period_start, report.period_end) == (date(2026, 11, 17), YESTERDAY)
    assert client.report_settings.next_run_at == DUE  # as it was read
    assert ReportSettings.objects.get().next_run_at == TOMORROW
    assert [message.dedupe_key for message in messages] == [
        f"report:{report.pk}:{recipient.phone}" for recipient in client.recipients.order_by("phone")
    ]
    assert {(m.client, m.agency, m.kind, m.subject, m.expires_at) for m in messages} == {
        (client, client.agency, "report", f"report:{report.pk}", TOMORROW)
    }


@pytest.mark.django_db
def test_the_message_is_what_the_snapshot_says_with_its_own_reference() -> None:
    due_client(recipients=2, name="Moda Ipê")

    send_due(NOW)

    data = from_json(Report.objects.get().snapshot)
    for message in Message.objects.all():
        assert message.body == report_text(data, message.reference)
        assert "Conta: *Moda Ipê*" in message.body
        assert "💰 Investimento: *R$ 700,00*" in message.body
        assert message.body.endswith(f"_Relatório automático • Adscape • #{message.reference}_")


@pytest.mark.django_db
def test_recipients_of_alerts_only_get_no_report() -> None:
    client = due_client(recipients=0)
    wanted = make_recipient(client, name="Paulo")
    make_recipient(client, gets_reports=False)

    send_due(NOW)

    assert [(m.to, m.to_name) for m in Message.objects.all()] == [(wanted.phone, "Paulo")]


@pytest.mark.django_db
@pytest.mark.parametrize("due", [None, NOW + timedelta(seconds=1), TOMORROW])
def test_what_is_not_due_stays(due: datetime | None) -> None:
    due_client(due=due)

    assert send_due(NOW) == 0
    assert ReportSettings.objects.get().next_run_at == due


@pytest.mark.django_db
def test_inactive_settings_are_skipped() -> None:
    client = due_client()
    ReportSettings.objects.filter(client=client).update(active=False)

    assert send_due(NOW) == 0
    assert not Report.objects.exists()


@pytest.mark.django_db
def test_a_report_late_within_six_hours_is_about_the_days_before_it_was_due() -> None:
    """Due at 23:30, run at 03:30 of the next day: still the report of that evening."""
    due = datetime(2026, 11, 25, 2, 30, tzinfo=UTC)
    client = due_client(due=due)
    ReportSettings.objects.filter(client=client).update(time_of_day=time(23, 30))

    assert send_due(due + timedelta(hours=4)) == 1
    assert Report.objects.get().period_end == YESTERDAY


@pytest.mark.django_db
def test_more_than_six_hours_late_is_lost_and_said() -> None:
    client = due_client()

    assert send_due(DUE + timedelta(hours=6, seconds=1)) == 0

    report = Report.objects.get()
    assert (report.status, report.occurrence) == ("lost", "2026-11-24T12:00Z")
    assert report.reason == "Previsto para 24/11/2026 às 09:00; o sistema só voltou mais de 6 horas depois."
    assert not Message.objects.exists()
    settings = ReportSettings.objects.get(client=client)
    assert (settings.next_run_at, settings.last_problem) == (TOMORROW, report.reason)


@pytest.mark.django_db
def test_after_an_outage_of_days_each_lost_report_is_told_and_the_newest_sent() -> None:
    due_client(due=DUE - timedelta(days=3))

    assert send_due(DUE + timedelta(hours=1)) == 1

    assert [(report.occurrence, report.status) for report in Report.objects.order_by("occurrence")] == [
        ("2026-11-21T12:00Z", "lost"),
        ("2026-11-22T12:00Z", "lost"),
        ("2026-11-23T12:00Z", "lost"),
        ("2026-11-24T12:00Z", "built"),
    ]
    assert ReportSettings.objects.get().last_problem == ""


@pytest.mark.django_db
def test_setting_the_clock_of_a_run_back_does_not_repeat_it() -> None:
    due_client()
    send_due(NOW)
    ReportSettings.objects.update(next_run_at=DUE)

    assert send_due(NOW + timedelta(minutes=1)) == 0
    assert (Report.objects.count(), Message.objects.count()) == (1, 1)
    assert ReportSettings.objects.get().next_run_at == TOMORROW


@pytest.mark.django_db
def test_without_numbers_the_report_is_held() -> None:
    due_client(with_data=False)

    send_due(NOW)

    report = Report.objects.get()
    assert (report.status, report.reason) == ("held", "Sem números de 17/11/2026 — 23/11/2026.")
    assert not Message.objects.exists()
    assert ReportSettings.objects.get().last_problem == report.reason


@pytest.mark.django_db
def test_without_recipients_the_report_is_held_with_its_numbers() -> None:
    due_client(recipients=0)

    send_due(NOW)

    report = Report.objects.get()
    assert (report.status, report.reason) == ("held", NO_RECIPIENTS)
    assert from_json(report.snapshot).blocks
    assert not Message.objects.exists()


@pytest.mark.django_db
def test_a_report_that_leaves_ends_the_problem() -> None:
    client = due_client(recipients=0)
    send_due(NOW)
    make_recipient(client)
    make_days(client.ad_accounts.get(), [YESTERDAY + timedelta(days=1)])

    send_due(TOMORROW)

    assert ReportSettings.objects.get().last_problem == ""


@pytest.mark.django_db
@pytest.mark.parametrize("broken", ["time_zone", "period"])
def test_one_bad_client_never_stops_the_others(broken: str, caplog: pytest.LogCaptureFixture) -> None:
    bad, good = due_client(), due_client()
    if broken == "time_zone":
        Client.objects.filter(pk=bad.pk).update(time_zone="Nowhere/Land")
    else:
        ReportSettings.objects.filter(client=bad).update(period="no_such_period")

    assert send_due(NOW) == 1
    assert send_due(NOW) == 0

    assert Report.objects.get(client=good).status == "built"
    held = Report.objects.get(client=bad)
    assert (held.status, held.reason, held.period_start) == ("held", FAILED, None)
    settings = ReportSettings.objects.get(client=bad)
    assert settings.next_run_at == TOMORROW
    assert settings.last_problem == FAILED
    assert "set aside" in caplog.text


@pytest.mark.django_db
def test_a_failure_half_way_leaves_nothing_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    """The report and its messages are written when something fails: none of it may stay."""
    due_client(recipients=2)
    enqueue = outbox.enqueue_many

    def enqueue_and_fail(drafts: Sequence[Draft]) -> None:
        assert len(enqueue(drafts)) == 2
        raise RuntimeError("the disk is full")

    monkeypatch.setattr(outbox, "enqueue_many", enqueue_and_fail)
    send_due(NOW)

    assert not Message.objects.exists()
    assert Report.objects.get().status == "held"


@pytest.mark.django_db
def test_one_that_cannot_be_built_does_not_stop_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    clients = [due_client() for _ in range(4)]
    broken, gather = clients[2], numbers.gather_many

    def gather_or_fail(asked: Sequence[Asked]) -> list[Gathered]:
        if any(each.settings.client == broken for each in asked):
            raise RuntimeError("nobody can read this one")
        return gather(asked)

    monkeypatch.setattr(numbers, "gather_many", gather_or_fail)

    assert send_due(NOW) == 3
    assert {report.client: report.status for report in Report.objects.all()} == {
        client: "held" if client == broken else "built" for client in clients
    }
    assert Message.objects.count() == 3


@pytest.mark.django_db
def test_a_database_that_fails_leaves_the_run_due(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    due_client()

    def refuse(*given: Any) -> None:
        raise OperationalError("the database is away")

    with monkeypatch.context() as broken:
        broken.setattr(statements, "insert_new", refuse)
        assert send_due(NOW) == 0

    assert ReportSettings.objects.get().next_run_at == DUE
    assert send_due(NOW) == 1
    assert "they stay due" in caplog.text


@pytest.mark.django_db
def test_one_that_cannot_be_built_is_told_with_its_days_and_all_that_was_missed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Three runs were missed and the newest cannot be built: two are lost, one held, and its day has had its run."""
    due_client()
    monkeypatch.setattr(numbers, "gather_many", lambda asked: 1 / 0)

    send_due(DUE + timedelta(days=2, hours=1))

    found = Report.objects.order_by("occurrence").values_list("occurrence", "status", "period_end")
    assert list(found) == [
        ("2026-11-24T12:00Z", "lost", YESTERDAY),
        ("2026-11-25T12:00Z", "lost", YESTERDAY + timedelta(days=1)),
        ("2026-11-26T12:00Z", "held", YESTERDAY + timedelta(days=2)),
    ]
    assert ReportSettings.objects.get().last_run_on == date(2026, 11, 26)


@pytest.mark.django_db
def test_archiving_a_client_stops_its_reports() -> None:
    client = due_client()

    archive_client(client)

    settings = ReportSettings.objects.get(client=client)
    assert (settings.active, settings.next_run_at) == (False, None)
    assert send_due(NOW) == 0


@pytest.mark.django_db
def test_a_client_archived_behind_our_back_is_stopped_and_not_sent() -> None:
    client = due_client()
    Client.objects.filter(pk=client.pk).update(archived_at=timezone.now())

    assert send_due(NOW) == 0
    assert not Report.objects.exists()
    assert ReportSettings.objects.get().next_run_at is None


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("fields", "first", "next_run"),
    [
        ({"frequency": "weekly", "weekdays": (1,)}, "2026-11-17", "2026-12-01T12:00"),
        ({"frequency": "monthly", "day_of_month": 24, "period": "this_month"}, "2026-11-01", "2026-12-24T12:00"),
        ({"frequency": "monthly", "day_of_month": 24, "period": "last_30_days"}, "2026-10-25", "2026-12-24T12:00"),
        ({"period": "yesterday"}, "2026-11-23", "2026-11-25T12:00"),
    ],
)
def test_each_frequency_and_period_runs_and_moves_on(fields: dict[str, Any], first: str, next_run: str) -> None:
    client = due_client()
    make_days(client.ad_accounts.get(), [date(2026, 11, 9) - timedelta(days=number) for number in range(70)])
    ReportSettings.objects.update(**fields)

    assert [send_due(NOW), send_due(NOW)] == [1, 0]

    report, settings = Report.objects.get(), ReportSettings.objects.get()
    assert (report.status, report.period, report.period_start) == (
        "built",
        settings.period,
        date.fromisoformat(first),
    )
    assert settings.next_run_at == datetime.fromisoformat(next_run).replace(tzinfo=UTC)
    assert settings.last_run_on == date(2026, 11, 24)


@pytest.mark.django_db
def test_a_manual_one_that_is_due_all_the_same_runs_once() -> None:
    """Only by hand in the database, since saving it takes away what is due; even so it runs once and has no next."""
    client = due_client()
    ReportSettings.objects.filter(client=client).update(frequency="manual")

    assert send_due(NOW) == 1

    assert ReportSettings.objects.get().next_run_at is None
    assert Message.objects.get().expires_at == DUE + timedelta(hours=24)


@pytest.mark.django_db
def test_only_the_chosen_metrics_are_sent() -> None:
    due_client()
    ReportSettings.objects.update(metrics=["clicks", "spend", "unheard_of"], compare=False)

    send_due(NOW)

    lines = Message.objects.get().body.splitlines()
    assert [line for line in lines if "*" in line and ":" in line and "Conta" not in line] == [
        "💰 Investimento: *R$ 700,00*",
        "🖱 Cliques: *700*",
    ]


@pytest.mark.django_db
def test_a_recipient_that_is_the_sending_phone_is_asked_of_the_agencys_number() -> None:
    client = due_client(recipients=1)
    make_recipient(client, via_agency=True, phone="+5511911112222")

    send_due(NOW)

    assert {message.to: message.wants_agency_number for message in Message.objects.all()} == {
        client.recipients.get(via_agency=False).phone: False,
        "+5511911112222": True,
    }


@pytest.mark.django_db
def test_a_new_zone_on_the_same_day_sends_no_second_report() -> None:
    """It left at 09:00 in São Paulo; at 09:30 the client moves to Manaus, where it is 08:30."""
    client = due_client()
    send_due(NOW)

    with time_machine.travel(DUE + timedelta(minutes=30), tick=False):
        client.time_zone = "America/Manaus"
        client.save()

    assert send_due(DUE + timedelta(hours=1, minutes=1)) == 0
    assert Report.objects.count() == 1
    assert ReportSettings.objects.get().next_run_at == datetime(2026, 11, 25, 13, tzinfo=UTC)


@pytest.mark.django_db
@pytest.mark.parametrize("clients", [1, 12])
def test_send_due_takes_so_many_queries_for_many_clients(clients: int, django_assert_num_queries: Any) -> None:
    for _ in range(clients):
        due_client()

    with django_assert_num_queries(QUERIES):
        assert send_due(NOW) == clients


@pytest.mark.django_db
def test_send_now_sends_what_the_schedule_would_send() -> None:
    client = due_client(due=TOMORROW)

    sent = send_now(client, "3f0c6a2e", NOW)

    assert (sent.is_new, sent.messages) == (True, 1)
    assert (sent.report.occurrence, sent.report.trigger) == ("manual:3f0c6a2e", "manual")
    assert sent.report.period_end == YESTERDAY
    message = Message.objects.get()
    assert message.expires_at == NOW + timedelta(hours=24)
    assert message.body == report_text(from_json(sent.report.snapshot), message.reference)


@pytest.mark.django_db
def test_send_now_with_the_same_token_is_one_report() -> None:
    client = due_client(recipients=2)

    first, second = (send_now(client, "3f0c6a2e", NOW) for _ in range(2))

    assert (first.report, first.messages, second.messages) == (second.report, 2, 2)
    assert (first.is_new, second.is_new) == (True, False)
    assert Message.objects.count() == 2


@pytest.mark.django_db
def test_send_now_does_not_swallow_the_scheduled_report() -> None:
    client = due_client()
    send_now(client, "3f0c6a2e", DUE - timedelta(hours=1))

    assert send_due(NOW) == 1
    assert Report.objects.count() == 2


@pytest.mark.django_db
def test_send_now_works_before_anything_was_configured() -> None:
    client = make_client()
    make_days(make_account(client=client), week(timezone.now().astimezone(client.zone).date() - timedelta(days=1)))
    make_recipient(client)

    sent = send_now(client, "3f0c6a2e")

    assert sent.report.status == "built"
    assert not client.report_settings.active


@pytest.mark.django_db
def test_two_clients_may_share_a_token() -> None:
    """One page of cards may be drawn with one token."""
    sent = [send_now(due_client(), "3f0c6a2e", NOW) for _ in range(2)]

    assert [one.is_new for one in sent] == [True, True]


def together(work: Callable[[], Any], times: int = 2) -> list[Any]:
    """The same work in so many threads at once, each with a database connection of its own."""
    start = threading.Barrier(times)

    def one() -> Any:
        try:
            start.wait(timeout=10)
            return work()
        finally:
            connection.close()

    with ThreadPoolExecutor(times) as pool:
        return [future.result() for future in [pool.submit(one) for _ in range(times)]]


@pytest.mark.django_db(transaction=True)
def test_two_sweeps_at_once_send_one_report() -> None:
    clients = [due_client(recipients=2) for _ in range(3)]

    made = together(lambda: send_due(NOW))

    assert sum(made) == len(clients)
    assert Report.objects.count() == len(clients)
    assert Message.objects.count() == 2 * len(clients)
    assert set(ReportSettings.objects.values_list("next_run_at", flat=True)) == {TOMORROW}


@pytest.mark.django_db(transaction=True)
def test_two_clicks_at_once_send_one_report() -> None:
    client = due_client()
    token = uuid.uuid4().hex

    sent = together(lambda: send_now(Client.objects.select_related("agency").get(pk=client.pk), token, NOW))

    assert sorted(one.is_new for one in sent) == [False, True]
    assert [one.messages for one in sent] == [1, 1]
    assert Message.objects.count() == 1
