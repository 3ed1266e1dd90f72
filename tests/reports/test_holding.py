"""A report that must wait leaves once and only as it was shown; one that nobody released ends, and is told of."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from django.db import DataError, connection
from django.utils import timezone

from agency.models import Agency, Client, Notice, User
from connections.models import Message
from reports import tasks
from reports.choices import ReportStatus
from reports.holding import Changed, NotOpen, discard, expire_held, open_reports, propose, release
from reports.models import AdAccount, DailyMetric, Report, ReportSettings
from reports.planning import save_settings
from reports.sending import NO_RECIPIENTS, pause, send_due, send_now
from reports.snapshot import from_json
from reports.text import NO_REFERENCE, report_text
from tests.factories import make_client
from tests.reports.factories import make_account, make_days, make_recipient, make_settings, week

pytestmark = pytest.mark.django_db

#: 09:00 in São Paulo.
DUE = datetime(2026, 11, 24, 12, tzinfo=UTC)
NOW = DUE + timedelta(seconds=20)
LATER = DUE + timedelta(hours=2)
TOMORROW = DUE + timedelta(days=1)
YESTERDAY = date(2026, 11, 23)


def due_client(agency: Agency | None = None, *, without: list[date] | None = None, recipients: int = 1) -> Client:
    client = make_client(agency=agency, name="Moda Ipê")
    account = make_account(client=client, name="Ipê Loja Online")
    make_days(account, [day for day in week(YESTERDAY, weeks=2) if day not in (without or [])])
    for _ in range(recipients):
        make_recipient(client)
    make_settings(client, next_run_at=DUE)
    return client


def held(**fields: object) -> Report:
    """A report that was held this morning because the 21st and the 22nd are missing."""
    due_client(**fields, without=[date(2026, 11, 21), date(2026, 11, 22)])  # type: ignore[arg-type]
    send_due(NOW)
    return Report.objects.get()


def test_a_report_with_uncovered_days_is_held_and_nothing_leaves() -> None:
    report = held()

    assert (report.status, report.reason) == ("held", "Faltam 21 e 22 nov de Ipê Loja Online.")
    assert report.expires_at == TOMORROW
    assert not Message.objects.exists()
    assert ReportSettings.objects.get().last_problem == report.reason
    assert open_reports(report.client, NOW) == [report]


def test_a_platform_without_a_single_day_is_named_in_the_text_that_is_released(owner: User) -> None:
    """It is no block of its own, and its silence would read as if nothing had been spent there."""
    client = due_client(owner_agency(owner))
    make_days(make_account(client=client, name="Ipê Busca", platform="google"), [date(2026, 11, 10)])
    send_due(NOW)
    report = Report.objects.get()
    proposal = propose(report)

    release(report, proposal.digest, owner, LATER)

    body = Message.objects.get().body
    assert "\n\n*Meta Ads*\n" in body
    assert "\n\n*Google Ads*\n_Sem números de 17 a 23 nov_\n" in body
    assert "Investimento Meta: " in body
    assert proposal.text is not None
    assert proposal.text.splitlines()[:-1] == body.splitlines()[:-1]
    report.refresh_from_db()
    assert report_text(from_json(report.snapshot), Message.objects.get().reference) == body


def test_each_currency_without_a_day_is_named(owner: User) -> None:
    client = due_client(owner_agency(owner))
    make_account(client=client, name="Ipê USA", currency="USD")

    assert "*Meta Ads (USD)*\n_Sem números de 17 a 23 nov_" in text_of(client)


def text_of(client: Client) -> str:
    send_due(NOW)
    return propose(Report.objects.get(client=client)).text or ""


def owner_agency(owner: User) -> Agency:
    return owner.membership.agency


def test_a_day_on_which_nothing_ran_is_covered() -> None:
    client = due_client(without=[date(2026, 11, 21)])
    make_days(client.ad_accounts.get(), [date(2026, 11, 21)], spend=0, impressions=0, clicks=0)

    send_due(NOW)

    assert Report.objects.get().status == "built"
    assert Message.objects.count() == 1


def test_an_account_that_nothing_covered_holds_the_report() -> None:
    client = due_client()
    make_account(client=client, name="Ipê Pesquisa", platform="google")

    send_due(NOW)

    report = Report.objects.get()
    assert (report.status, report.reason) == ("held", "Faltam 17 a 23 nov de Ipê Pesquisa.")


def test_days_before_the_period_hold_nothing() -> None:
    due_client(without=[date(2026, 11, 12)])

    send_due(NOW)

    assert Report.objects.get().status == "built"
    assert "_Comparativo indisponível (sem base anterior)_" in Message.objects.get().body


def test_send_now_is_held_by_the_same_rule() -> None:
    client = due_client(without=[YESTERDAY])

    sent = send_now(client, "token-1234", NOW)

    assert (sent.report.status, sent.messages) == ("held", 0)
    assert sent.report.expires_at == TOMORROW  # today's own occurrence is due already, and not yet claimed


def test_the_proposal_is_the_text_that_leaves(owner: User) -> None:
    report = held(recipients=2)
    proposal = propose(report)

    assert release(report, proposal.digest, owner, LATER) == 2

    messages = list(Message.objects.all())
    assert proposal.text is not None
    assert "_Sem números de 21 e 22 nov_" in proposal.text
    assert [message.body for message in messages] == [
        proposal.text.replace(NO_REFERENCE, message.reference) for message in messages
    ]
    report.refresh_from_db()
    assert (report.status, report.settled_by, report.settled_at) == ("built", owner, LATER)
    assert report_text(from_json(report.snapshot)) == proposal.text
    assert {message.expires_at for message in messages} == {TOMORROW}
    assert ReportSettings.objects.get().last_problem == ""
    assert open_reports(report.client, LATER) == []


def test_what_arrived_meanwhile_is_shown_before_it_is_sent(owner: User) -> None:
    report = held()
    seen = propose(report)
    make_days(AdAccount.objects.get(), [date(2026, 11, 21), date(2026, 11, 22)])

    with pytest.raises(Changed):
        release(report, seen.digest, owner, LATER)

    fresh = propose(report)
    assert not Message.objects.exists()
    assert (fresh.gaps, fresh.reason) == ([], "")
    assert release(report, fresh.digest, owner, LATER) == 1
    assert "💰 Investimento: *R$ 700,00*" in Message.objects.get().body


def test_another_recipient_is_shown_before_it_is_sent_to(owner: User) -> None:
    report = held()
    seen = propose(report)
    make_recipient(report.client)

    with pytest.raises(Changed):
        release(report, seen.digest, owner, LATER)

    assert not Message.objects.exists()


def test_a_second_release_sends_nothing(owner: User, colleague: User) -> None:
    report = held()
    digest = propose(report).digest
    release(report, digest, owner, LATER)

    with pytest.raises(NotOpen):
        release(Report.objects.get(), digest, colleague, LATER)

    assert Message.objects.count() == 1
    assert Report.objects.get().settled_by == owner


def test_discarded_is_not_released(owner: User) -> None:
    report = held()
    digest = propose(report).digest

    assert [discard(report, owner, LATER), discard(report, owner, LATER)] == [True, False]
    with pytest.raises(NotOpen):
        release(Report.objects.get(), digest, owner, LATER)

    report.refresh_from_db()
    assert (report.status, report.settled_by) == ("discarded", owner)
    assert report.reason == "Faltam 21 e 22 nov de Ipê Loja Online."
    assert ReportSettings.objects.get().last_problem == ""
    assert not Message.objects.exists()


def test_without_recipients_it_leaves_once_there_are_some(owner: User) -> None:
    due_client(recipients=0)
    send_due(NOW)
    report = Report.objects.get()
    assert report.reason == NO_RECIPIENTS
    with pytest.raises(Changed):
        release(report, propose(report).digest, owner, LATER)

    make_recipient(report.client)

    assert release(report, propose(report).digest, owner, LATER) == 1


def test_without_any_number_there_is_nothing_to_release(owner: User) -> None:
    due_client(without=week(YESTERDAY, weeks=2))
    send_due(NOW)
    report = Report.objects.get()

    proposal = propose(report)

    assert (proposal.text, proposal.reason) == (None, "Sem números de 17/11/2026 — 23/11/2026.")
    with pytest.raises(Changed):
        release(report, proposal.digest, owner, LATER)


def test_the_next_occurrence_ends_it(owner: User) -> None:
    report = held()
    digest = propose(report).digest

    assert expire_held(TOMORROW - timedelta(seconds=1)) == 0
    assert [expire_held(TOMORROW), expire_held(TOMORROW)] == [1, 0]

    report.refresh_from_db()
    assert (report.status, report.settled_at, report.settled_by) == ("expired", TOMORROW, None)
    with pytest.raises(NotOpen):
        release(report, digest, owner, TOMORROW)


def test_at_its_next_occurrence_it_can_no_longer_be_released(owner: User) -> None:
    """Also in the seconds before the sweep has written that down."""
    report = held()
    digest = propose(report).digest

    with pytest.raises(NotOpen):
        release(report, digest, owner, TOMORROW)
    assert not discard(report, owner, TOMORROW)


def test_an_edit_moves_its_end_with_the_next_occurrence() -> None:
    report = held()

    save_settings(report.client, {"time_of_day": time(7)}, LATER)

    report.refresh_from_db()
    assert report.expires_at == TOMORROW - timedelta(hours=2)


def test_without_a_next_occurrence_it_waits_a_week() -> None:
    report = held()

    pause(report.client, True, LATER)

    report.refresh_from_db()
    assert report.expires_at == LATER + timedelta(days=7)


def test_a_lost_report_can_still_be_sent_about_its_own_days(owner: User) -> None:
    due_client()
    too_late = DUE + timedelta(hours=7)
    send_due(too_late)
    report = Report.objects.get()
    ReportSettings.objects.update(period="yesterday")  # what it was about stays
    assert open_reports(report.client, too_late) == [report]

    proposal = propose(report)
    assert release(report, proposal.digest, owner, too_late) == 1

    assert "Período: 17/11/2026 — 23/11/2026" in Message.objects.get().body
    assert Report.objects.get().status == "built"


def test_a_lost_report_is_old_news_after_a_week(owner: User) -> None:
    due_client()
    send_due(DUE + timedelta(hours=7))
    report = Report.objects.get()
    after = DUE + timedelta(days=8)

    assert open_reports(report.client, after) == []
    with pytest.raises(NotOpen):
        release(report, propose(report).digest, owner, after)


def test_one_that_could_not_be_built_is_about_its_days_still(owner: User) -> None:
    client = due_client()
    report = Report.objects.create(
        client=client,
        settings=client.report_settings,
        occurrence="2026-11-24T12:00Z",
        trigger="schedule",
        status=ReportStatus.HELD,
        created_at=NOW,
    )

    assert "Período: 17/11/2026 — 23/11/2026" in str(propose(report).text)


def test_pausing_and_going_on_fires_nothing_by_itself() -> None:
    client = due_client()
    pause(client, True, DUE - timedelta(minutes=1))

    assert send_due(NOW) == 0
    settings = pause(client, False, LATER).settings

    assert settings.next_run_at == TOMORROW
    assert send_due(LATER) == 0
    assert not Report.objects.exists()


def test_only_the_clients_own_reports_wait_on_its_page() -> None:
    report = held()
    other = due_client()

    assert open_reports(other, LATER) == []
    assert open_reports(report.client, LATER) == [report]


def together(jobs: list[Callable[[], object]]) -> list[object]:
    gate = threading.Barrier(len(jobs))

    def run(job: Callable[[], object]) -> object:
        gate.wait()
        try:
            return job()
        except (NotOpen, Changed) as refused:
            return type(refused)
        finally:
            connection.close()

    with ThreadPoolExecutor(len(jobs)) as pool:
        return list(pool.map(run, jobs))


@pytest.mark.django_db(transaction=True)
def test_release_discard_and_the_clock_at_once_are_one_end(owner: User, colleague: User) -> None:
    report = held()
    Report.objects.update(expires_at=timezone.now() + timedelta(hours=1))
    digest = propose(report).digest

    results = together(
        [
            lambda: release(Report.objects.get(), digest, owner),
            lambda: release(Report.objects.get(), digest, colleague),
            lambda: discard(Report.objects.get(), colleague),
            lambda: expire_held(timezone.now() + timedelta(hours=2)),
        ]
    )

    status = Report.objects.get().status
    assert Message.objects.count() == (1 if status == "built" else 0)
    assert sum(result in (1, True) for result in results) == 1


def test_metrics_of_another_client_do_not_cover() -> None:
    report = held()
    other = make_account(client=make_client(agency=report.client.agency), external_id="1")
    make_days(other, [date(2026, 11, 21), date(2026, 11, 22)])

    assert [gap.days for gap in propose(report).gaps] == [(date(2026, 11, 21), date(2026, 11, 22))]
    assert DailyMetric.objects.filter(account=other).count() == 2


def test_a_manual_report_meanwhile_does_not_hide_the_one_that_waits() -> None:
    """The card goes on calling for a person, and when it expires its notice goes with the next report that leaves."""
    report = held()
    save_settings(report.client, {"period": "last_month"}, NOW)
    make_days(AdAccount.objects.get(), [date(2026, 10, 1) + timedelta(days=number) for number in range(31)])

    assert send_now(report.client, "token-1234", LATER).report.status == "built"
    assert ReportSettings.objects.get().last_problem == report.reason

    at = TOMORROW + timedelta(seconds=20)
    expire_held(at)
    assert Notice.objects.filter(subject=f"expired:{report.client_id}", closed_at=None).exists()
    send_due(at)
    assert ReportSettings.objects.get().last_problem == ""
    assert not Notice.objects.filter(subject=f"expired:{report.client_id}", closed_at=None).exists()


@pytest.mark.django_db(transaction=True)
def test_one_that_cannot_be_ended_keeps_nothing_from_leaving(caplog: pytest.LogCaptureFixture) -> None:
    """Its notice cannot be written, since somebody has spoilt the row; another client's report is due."""
    report = held()
    Report.objects.update(expires_at=timezone.now() - timedelta(minutes=1))
    other = due_client()
    due = ReportSettings.objects.filter(client=other)
    due.update(next_run_at=timezone.now() - timedelta(minutes=1))

    def refuse(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if (
            sql.startswith("INSERT")
            and '"agency_notice"' in sql
            and any(str(value).startswith("expired:") for value in params)
        ):
            raise DataError("no such thing")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(refuse):
        tasks.send_due()

    assert Report.objects.filter(client=other).exists()
    assert Report.objects.get(pk=report.pk).status == "held"
    assert "could not be ended" in caplog.text


def test_a_comment_of_who_releases_leaves_with_the_text_and_is_kept(owner: User) -> None:
    report = held(agency=owner_agency(owner))
    proposal = propose(report, "Pausamos na *sexta*, {{ cliente }}.")
    assert proposal.text is not None
    assert "\n\nPausamos na *sexta*, Moda Ipê.\n\n_Relatório automático" in proposal.text

    release(report, propose(report).digest, owner, LATER, comment="Pausamos na *sexta*, {{ cliente }}.")

    message = Message.objects.get()
    assert message.body == proposal.text.replace(NO_REFERENCE, message.reference)
    report.refresh_from_db()
    assert report_text(from_json(report.snapshot), message.reference) == message.body


@pytest.mark.parametrize(("typed", "left"), [(None, ""), ("", "Até sexta."), ("Outro.", "Até sexta.")])
def test_a_comment_for_one_report_stays_for_the_next_where_another_left(
    typed: str | None, left: str, owner: User
) -> None:
    report = held(agency=owner_agency(owner))
    ReportSettings.objects.update(comment="Até sexta.", comment_once=True)
    report.settings.refresh_from_db()
    proposal = propose(report)
    assert (proposal.comment, "Até sexta." in (proposal.text or "")) == ("Até sexta.", True)

    release(report, proposal.digest, owner, LATER, comment=typed)

    assert ("Até sexta." in Message.objects.get().body) is (typed is None)
    assert ReportSettings.objects.get().comment == left
