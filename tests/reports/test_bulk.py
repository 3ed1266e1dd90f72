"""Many clients at once: each is done once, whoever dies, clicks twice or stops it; what did not leave says why."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from django.db import OperationalError, connection
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from agency.models import Agency, Client, User
from agency.services import archive_client
from connections.models import Message, MessageStatus
from reports import bulk, bulk_deeds, making, tasks
from reports.choices import BulkAction
from reports.models import BulkItem, BulkRun, Report, ReportSettings
from tests.factories import make_agency, make_client, make_user
from tests.reports.factories import make_account, make_days, make_recipient, make_settings, week
from tests.reports.sends_world import NOW, at, make_send
from tests.threads import together

YESTERDAY = date(2026, 11, 23)
#: Of a chunk, however many clients: of them and their settings, their reports, what is written down, the run's end.
QUERIES = 21 if connection.vendor == "postgresql" else 23


@pytest.fixture(autouse=True)
def at_nine_forty_three() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


def ready(agency: Agency, name: str = "", *, recipients: int = 1, days: int = 14, **settings: Any) -> Client:
    """A client whose report can leave now."""
    client = make_client(agency=agency, **({"name": name} if name else {}))
    make_days(make_account(client=client), week(YESTERDAY, weeks=2)[14 - days :])
    for _ in range(recipients):
        make_recipient(client)
    make_settings(client, **{"next_run_at": at(18), "time_of_day": "18:00", **settings})
    return client


def ask(agency: Agency, *clients: Client, action: BulkAction = BulkAction.SEND, by: User) -> BulkRun:
    return bulk.ask(agency, action, [client.pk for client in clients], by)


def started(agency: Agency, *clients: Client, action: BulkAction = BulkAction.SEND, by: User) -> BulkRun:
    run = ask(agency, *clients, action=action, by=by)
    assert bulk.start(run)
    return run


def outcomes(run: BulkRun) -> list[tuple[str, str]]:
    return list(run.items.values_list("outcome", "reason"))


def is_finished(run: BulkRun) -> bool:
    return BulkRun.objects.get(pk=run.pk).finished_at is not None


def test_each_client_gets_its_report_and_what_stays_says_why(agency: Agency, owner: User) -> None:
    fine, nobody = ready(agency, recipients=2), ready(agency, recipients=0)
    gaps, gone = ready(agency, days=3), ready(agency)
    bare = make_client(agency=agency)
    run = started(agency, fine, nobody, gaps, gone, bare, by=owner)
    archive_client(gone)

    assert bulk.work(run.pk) == 5

    assert outcomes(run)[:2] == [("done", ""), ("nobody", "Sem destinatários.")]
    assert [outcome for outcome, _ in outcomes(run)[2:]] == ["held", "gone", "held"]
    assert outcomes(run)[2][1].startswith("Sem números de 17/11/2026")
    assert outcomes(run)[3][1] == "O cliente foi arquivado."
    report = Report.objects.get(client=fine)
    assert (report.trigger, report.occurrence) == ("manual", f"manual:{run.pk}")
    item = run.items.get(client=fine)
    assert (item.report, item.messages) == (report, 2)
    assert Message.objects.filter(client=fine, subject=report.subject).count() == 2
    assert ReportSettings.objects.get(client=fine).next_run_at == at(18)  # the next occurrence is not swallowed
    assert bulk.tally(run) == {"done": (1, 2), "nobody": (1, 0), "held": (2, 0), "gone": (1, 0)}
    assert is_finished(run)


def test_nothing_begins_before_it_is_confirmed_and_only_once(agency: Agency, owner: User) -> None:
    run = ask(agency, ready(agency), by=owner)

    assert (bulk.work(run.pk), bulk.work_due()) == (0, 0)
    assert not Report.objects.exists()

    assert [bulk.start(run), bulk.start(run)] == [True, False]
    assert [bulk.work(run.pk), bulk.work(run.pk), bulk.work_due()] == [1, 0, 0]
    assert (Report.objects.count(), Message.objects.count()) == (1, 1)


def test_a_worker_that_dies_in_a_chunk_has_done_nothing_of_it(
    agency: Agency, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed between the reports and what is written down of them: the next one goes on, and nobody is done twice."""
    clients = [ready(agency) for _ in range(5)]
    run = started(agency, *clients, by=owner)
    monkeypatch.setattr(bulk, "CHUNK", 2)
    do = bulk_deeds.do
    calls: list[int] = []

    def killed(*args: Any) -> None:
        do(*args)
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(bulk_deeds, "do", killed)
    with pytest.raises(KeyboardInterrupt):
        bulk.work(run.pk)
    assert (Report.objects.count(), Message.objects.count()) == (2, 2)
    assert [outcome for outcome, _ in outcomes(run)] == ["done"] * 2 + ["waiting"] * 3

    assert bulk.work_due() == 3

    assert (Report.objects.count(), Message.objects.count()) == (5, 5)
    assert set(outcomes(run)) == {("done", "")}
    assert is_finished(run)


def test_a_chunk_done_twice_is_one_report_each(agency: Agency, owner: User) -> None:
    """Should what is written down of a chunk ever be lost, the database still knows its reports."""
    run = started(agency, ready(agency), ready(agency, recipients=0), by=owner)
    bulk.work(run.pk)
    BulkItem.objects.update(outcome="waiting", report=None, messages=0, reason="")
    BulkRun.objects.update(finished_at=None)

    assert bulk.work_due() == 2

    assert (Report.objects.count(), Message.objects.count()) == (2, 1)
    assert outcomes(run) == [("done", ""), ("nobody", "Sem destinatários.")]
    assert run.items.first().messages == 1  # type: ignore[union-attr]


def test_one_that_fails_does_not_keep_the_others(
    agency: Agency, owner: User, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    good, bad, other = ready(agency), ready(agency), ready(agency)
    make = making.make

    def breaks(wanted: Any, now: Any) -> list[Report]:
        if any(each.settings.client == bad for each in wanted):
            raise ValueError("a snapshot nobody can make")
        return make(wanted, now)

    monkeypatch.setattr(making, "make", breaks)
    run = started(agency, good, bad, other, by=owner)
    bulk.work(run.pk)

    assert [outcome for outcome, _ in outcomes(run)] == ["done", "failed", "done"]
    assert outcomes(run)[1][1] == bulk.FAILED
    assert is_finished(run)
    assert "set aside" in caplog.text


def test_a_database_that_is_away_leaves_its_clients_waiting(
    agency: Agency, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = started(agency, ready(agency), by=owner)

    def away(*_: Any) -> None:
        raise OperationalError("gone")

    with monkeypatch.context() as patched:
        patched.setattr(bulk_deeds, "do", away)
        assert bulk.work(run.pk) == 0
    assert outcomes(run) == [("waiting", "")]

    assert bulk.work_due() == 1
    assert is_finished(run)


def test_who_stops_it_keeps_the_rest_from_being_begun(
    agency: Agency, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    clients = [ready(agency) for _ in range(4)]
    run = started(agency, *clients, by=owner)
    monkeypatch.setattr(bulk, "CHUNK", 2)
    chunk, stopped = bulk._chunk, []

    def then_stopped(*args: Any) -> int:
        done = chunk(*args)
        stopped.append(bulk.stop(run))
        return done

    monkeypatch.setattr(bulk, "_chunk", then_stopped)
    assert bulk.work(run.pk) == 2

    assert stopped == [2]
    assert [outcome for outcome, _ in outcomes(run)] == ["done", "done", "stopped", "stopped"]
    assert is_finished(run)
    assert [bulk.stop(run), bulk.work_due()] == [0, 0]
    assert Report.objects.count() == 2


def test_what_nobody_has_confirmed_cannot_be_stopped_and_is_forgotten(agency: Agency, owner: User) -> None:
    run = ask(agency, ready(agency), by=owner)
    assert bulk.stop(run) == 0

    with time_machine.travel(timezone.now() + timedelta(hours=25), tick=False):
        bulk.work_due()

    assert not BulkRun.objects.exists()


def test_only_those_marked_are_paused_and_resumed(agency: Agency, owner: User) -> None:
    on, off, other = ready(agency), ready(agency, active=False), ready(agency)
    bare = make_client(agency=agency)
    make_send(on, "Ana", status="queued", due_at=NOW, created_at=NOW)
    paused = started(agency, on, off, bare, action=BulkAction.PAUSE, by=owner)
    bulk.work(paused.pk)

    assert outcomes(paused) == [
        ("done", ""),
        ("unchanged", bulk_deeds.WAS_PAUSED),
        ("unchanged", bulk_deeds.NOT_SET_UP),
    ]
    states = ReportSettings.objects.values_list("client", "active", "paused_with_all")
    assert set(states) == {(on.pk, False, False), (off.pk, False, False), (other.pk, True, False)}
    assert Message.objects.get().status == MessageStatus.CANCELLED

    resumed = started(agency, on, other, bare, action=BulkAction.RESUME, by=owner)
    bulk.work(resumed.pk)

    assert outcomes(resumed) == [
        ("done", ""),
        ("unchanged", bulk_deeds.WAS_RUNNING),
        ("unchanged", bulk_deeds.NOT_SET_UP),
    ]
    assert ReportSettings.objects.get(client=on).next_run_at == at(18)


@pytest.mark.parametrize("count", [2, 9])
def test_a_chunk_costs_the_same_for_two_and_for_nine(
    agency: Agency, owner: User, count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    run = started(agency, *(ready(agency, recipients=2) for _ in range(count)), by=owner)

    with django_assert_num_queries(QUERIES):
        assert bulk.work(run.pk) == count


def test_the_bell_is_rung_once_it_is_confirmed(
    agency: Agency, owner: User, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    rung: list[str] = []
    monkeypatch.setattr(tasks.work_on_bulk, "delay", rung.append)
    run = ask(agency, ready(agency), by=owner)

    with django_capture_on_commit_callbacks(execute=True):
        bulk.start(run)
    assert rung == [str(run.pk)]

    tasks.work_on_bulk(rung[0])
    assert is_finished(run)


def test_a_run_whose_time_is_over_rings_for_the_rest(
    agency: Agency, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    rung: list[str] = []
    monkeypatch.setattr(tasks.work_on_bulk, "delay", rung.append)
    monkeypatch.setattr(bulk, "PATIENCE", -1)
    run = started(agency, ready(agency), by=owner)

    assert bulk.work(run.pk) == 0
    assert rung == [str(run.pk)]
    assert not is_finished(run)


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_do_each_client_once(monkeypatch: pytest.MonkeyPatch) -> None:
    agency = make_agency()
    run = started(agency, *(ready(agency) for _ in range(6)), by=make_user(agency=agency))
    monkeypatch.setattr(bulk, "CHUNK", 2)

    done = together(lambda: bulk.work(run.pk), lambda: bulk.work(run.pk))
    bulk.work_due()

    assert sum(done) <= 6
    assert (Report.objects.count(), Message.objects.count()) == (6, 6)
    assert set(outcomes(run)) == {("done", "")}


@pytest.mark.django_db(transaction=True)
def test_stopped_in_the_middle_each_client_is_done_or_was_not_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    agency = make_agency()
    run = started(agency, *(ready(agency) for _ in range(6)), by=make_user(agency=agency))
    monkeypatch.setattr(bulk, "CHUNK", 2)

    together(lambda: bulk.work(run.pk), lambda: bulk.stop(run))

    said = [outcome for outcome, _ in outcomes(run)]
    assert set(said) <= {"done", "stopped"}
    assert said.count("done") == Report.objects.count() == Message.objects.count()
    assert is_finished(run)
