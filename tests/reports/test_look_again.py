"""A held report leaves by itself once its numbers have come, or once the time to review it is over; never twice."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from agency import notices
from agency.models import Agency, Client, Notice, User
from connections.models import Message
from reports import holding, tasks, waiting
from reports.choices import CredentialState
from reports.models import AgencyPause, Report, ReportSettings, SendingRules
from reports.planning import save_settings
from reports.sending import pause, send_due, send_now
from tests.factories import make_client
from tests.reports.ads_world import make_access
from tests.reports.factories import make_account, make_days, make_recipient, make_settings, week

pytestmark = pytest.mark.django_db

#: 09:00 in São Paulo.
DUE = datetime(2026, 11, 24, 12, tzinfo=UTC)
NOW = DUE + timedelta(seconds=20)
SOON = NOW + timedelta(minutes=6)
YESTERDAY = date(2026, 11, 23)


def due_client(agency: Agency | None = None, *, without: list[date] | None = None, **account: Any) -> Client:
    client = make_client(agency=agency, name="Moda Ipê")
    days = [day for day in week(YESTERDAY, weeks=2) if day not in (without or [])]
    make_days(make_account(client=client, name="Ipê Loja Online", **account), days)
    make_recipient(client)
    make_settings(client, next_run_at=DUE)
    return client


def reviewing(agency: Agency, **fields: Any) -> SendingRules:
    return SendingRules.objects.create(agency=agency, review=True, **fields)


def test_missing_days_that_come_let_the_report_go() -> None:
    client = due_client(without=[YESTERDAY])
    send_due(NOW)
    report = Report.objects.get()
    assert (report.status, report.holds) == ("held", ["gaps"])
    assert waiting.look_again(SOON) == 0
    make_days(client.ad_accounts.get(), [YESTERDAY])

    assert waiting.look_again(SOON + timedelta(minutes=6)) == 1
    assert waiting.look_again(SOON + timedelta(minutes=12)) == 0

    report.refresh_from_db()
    assert (report.status, report.settled_by) == ("built", None)
    assert Message.objects.count() == 1
    assert ReportSettings.objects.get().last_problem == ""
    assert Notice.objects.get(subject=report.subject).outcome == (
        "Moda Ipê: relatório de 17 a 23 nov liberado: os números chegaram."
    )


def test_it_is_not_looked_at_before_its_time() -> None:
    client = due_client(without=[YESTERDAY])
    send_due(NOW)
    make_days(client.ad_accounts.get(), [YESTERDAY])

    assert waiting.look_again(NOW + timedelta(minutes=1)) == 0


def test_a_dead_access_holds_and_a_new_one_lets_go() -> None:
    client = due_client()
    access = make_access(client.agency, state=CredentialState.DEAD)
    client.ad_accounts.update(credential=access, covered_until=YESTERDAY)
    send_due(NOW)
    assert Report.objects.get().reason == "O acesso aos números da Meta parou de funcionar. Lidos só até 23 nov."
    access.state = CredentialState.ALIVE
    access.save()

    assert waiting.look_again(SOON) == 1


def test_a_day_that_was_read_before_it_was_over_holds() -> None:
    client = due_client()
    client.ad_accounts.update(credential=make_access(client.agency), covered_until=date(2026, 11, 22))

    send_due(NOW)

    assert Report.objects.get().holds == ["stale"]


@pytest.mark.parametrize("spend", [0, 9000])
def test_what_was_never_like_this_waits_for_a_person(spend: int) -> None:
    client = due_client()
    client.daily_metrics.filter(date__gte=date(2026, 11, 17)).update(spend=spend)

    send_due(NOW)

    report = Report.objects.get()
    assert (report.status, report.holds) == ("held", ["jump" if spend else "zero"])
    assert report.look_again_at is None


def test_a_quiet_sunday_that_is_always_quiet_leaves() -> None:
    client = make_client()
    days = week(date(2026, 11, 22), weeks=4)
    account = make_account(client=client)
    make_days(account, [day for day in days if day.weekday() != 6])
    make_days(account, [day for day in days if day.weekday() == 6], spend=0, clicks=0, impressions=0)
    make_recipient(client)
    monday = datetime(2026, 11, 23, 12, tzinfo=UTC)
    make_settings(client, next_run_at=monday, period="yesterday")

    send_due(monday)

    assert Report.objects.get().status == "built"


def test_the_comparison_need_not_be_shown_to_be_looked_at() -> None:
    client = due_client()
    ReportSettings.objects.update(compare=False)
    client.daily_metrics.filter(date__gte=date(2026, 11, 17)).update(spend=0)

    send_due(NOW)

    assert Report.objects.get().holds == ["zero"]


def test_a_report_to_review_waits_and_leaves_at_the_deadline(owner: User) -> None:
    client = due_client(owner.membership.agency)
    reviewing(client.agency, review_minutes=60)
    send_due(NOW)
    report = Report.objects.get()
    assert (report.status, report.holds) == ("held", ["review"])
    assert report.reason == "Espera sua revisão; às 10:00, sem resposta, sai sozinho."
    assert waiting.look_again(NOW + timedelta(minutes=59)) == 0

    assert waiting.look_again(NOW + timedelta(minutes=60)) == 1

    assert Message.objects.count() == 1


def test_a_person_may_release_it_before_and_then_the_clock_sends_nothing(owner: User) -> None:
    client = due_client(owner.membership.agency)
    reviewing(client.agency)
    send_due(NOW)
    report = Report.objects.get()

    holding.release(report, holding.propose(report).digest, owner, SOON)

    assert waiting.look_again(NOW + timedelta(hours=3)) == 0
    assert Message.objects.count() == 1


def test_without_an_answer_it_does_not_leave_where_the_agency_says_so() -> None:
    client = due_client()
    reviewing(client.agency, review_minutes=30, at_deadline="drop")
    send_due(NOW)

    after = NOW + timedelta(minutes=31)
    assert (waiting.look_again(after), holding.expire_held(after)) == (0, 1)
    assert Report.objects.get().status == "expired"
    assert not Message.objects.exists()
    assert Notice.objects.filter(subject=f"expired:{client.pk}", closed_at=None).exists()


def test_at_the_deadline_missing_numbers_hold_it_all_the_same() -> None:
    client = due_client(without=[YESTERDAY])
    reviewing(client.agency)
    send_due(NOW)
    assert Report.objects.get().holds == ["gaps", "review"]

    after = NOW + timedelta(hours=2, seconds=1)
    assert waiting.look_again(after) == 0
    assert Report.objects.get().reason == "Falta 23 nov de Ipê Loja Online."
    make_days(client.ad_accounts.get(), [YESTERDAY])
    assert waiting.look_again(after + timedelta(minutes=6)) == 1


def test_what_is_asked_for_by_hand_is_not_reviewed() -> None:
    client = due_client()
    reviewing(client.agency)

    assert send_now(client, "token-1234", NOW).report.status == "built"


@pytest.mark.parametrize("how", ["paused", "closed"])
def test_nothing_leaves_by_itself_of_a_client_whose_reports_rest(how: str) -> None:
    client = due_client(without=[YESTERDAY])
    send_due(NOW)
    make_days(client.ad_accounts.get(), [YESTERDAY])
    if how == "paused":
        pause(client, True)
    else:
        ReportSettings.objects.update(agency_pauses=[["2026-11-24", "2026-11-24", ""]])
        assert not AgencyPause.objects.exists()

    assert waiting.look_again(SOON) == 0
    assert not Message.objects.exists()


def test_reviews_are_one_notice_of_the_agency_however_many() -> None:
    agency = make_client().agency
    reviewing(agency)
    for _ in range(3):
        due_client(agency)
    send_due(NOW)

    waiting.tell_of_reviews()
    waiting.tell_of_reviews()

    assert [notice.title for notice in Notice.objects.all()] == ["3 relatórios esperam sua revisão"]
    waiting.look_again(NOW + timedelta(hours=2))
    waiting.tell_of_reviews()
    assert not Notice.objects.filter(closed_at=None).exists()


def test_one_that_cannot_be_looked_at_does_not_stop_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    clients = [due_client(without=[YESTERDAY]) for _ in range(2)]
    send_due(NOW)
    for client in clients:
        make_days(client.ad_accounts.get(), [YESTERDAY])
    ready, broken = holding.ready, Report.objects.get(client=clients[0])

    def ready_or_not(report: Report) -> holding.Ready:
        if report == broken:
            raise RuntimeError("nobody can read this one")
        return ready(report)

    monkeypatch.setattr(holding, "ready", ready_or_not)

    assert waiting.look_again(SOON) == 1


@pytest.mark.django_db(transaction=True)
def test_of_a_person_and_the_clock_one_sends(owner: User) -> None:
    client = due_client(owner.membership.agency)
    reviewing(client.agency)
    send_due(NOW)
    report = Report.objects.select_related("client__agency", "settings").get()
    digest, gate, later = holding.propose(report).digest, threading.Barrier(2), NOW + timedelta(hours=3)

    def by_hand() -> None:
        try:
            gate.wait()
            holding.release(report, digest, owner, later)
        except holding.NotOpen:
            pass
        finally:
            connection.close()

    def by_clock() -> None:
        try:
            gate.wait()
            waiting.look_again(later)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(by_hand), pool.submit(by_clock)]:
            done.result()

    assert Message.objects.count() == 1


def test_beat_looks_again(monkeypatch: pytest.MonkeyPatch) -> None:
    rung: list[str] = []
    monkeypatch.setattr(waiting, "look_again", lambda: rung.append("look"))
    monkeypatch.setattr(waiting, "tell_of_reviews", lambda: rung.append("tell"))

    tasks.send_due()

    assert rung == ["look", "tell"]


def test_the_rules_are_the_agencys_own(as_owner: Browser, owner: User) -> None:
    address = reverse("reports:rules")
    assert as_owner.get(address).status_code == 200

    posted = {"jump_factor": "5", "review": "on", "review_minutes": "240", "at_deadline": "drop"}
    answer = as_owner.post(address, posted, follow=True)

    assert "espera 4 horas por você; depois, não sai." in answer.content.decode()
    rules = SendingRules.objects.get()
    assert (rules.agency, rules.review, rules.review_minutes) == (owner.membership.agency, True, 240)
    as_owner.post(address, {**posted, "jump_factor": ""})
    assert SendingRules.objects.get().jump_factor is None


def test_nonsense_is_no_rule(as_owner: Browser) -> None:
    answer = as_owner.post(reverse("reports:rules"), {"jump_factor": "0", "review_minutes": "-5", "at_deadline": "x"})

    assert answer.status_code == 200
    assert not SendingRules.objects.exists()


def test_a_report_to_review_whose_numbers_come_late_is_still_reviewed() -> None:
    client = due_client(without=week(YESTERDAY, weeks=2))
    reviewing(client.agency, at_deadline="drop", review_minutes=60)
    send_due(NOW)
    assert Report.objects.get().holds == ["gaps", "review"]
    make_days(client.ad_accounts.get(), week(YESTERDAY, weeks=2))

    assert waiting.look_again(SOON) == 0
    assert holding.expire_held(NOW + timedelta(minutes=61)) == 1
    assert not Message.objects.exists()


def test_the_time_to_review_ends_where_it_ended_however_the_schedule_is_edited() -> None:
    client = due_client()
    reviewing(client.agency, at_deadline="drop", review_minutes=60)
    send_due(NOW)
    until = Report.objects.get().expires_at

    save_settings(client, {"time_of_day": time(18)}, SOON)

    assert Report.objects.get().expires_at == until == NOW + timedelta(minutes=60)


def test_a_pause_that_came_after_the_sweep_has_read_its_list_keeps_it_back() -> None:
    client = due_client(without=[YESTERDAY])
    send_due(NOW)
    read = Report.objects.select_related("client__agency", "settings").get()
    make_days(client.ad_accounts.get(), [YESTERDAY])
    pause(client, True)

    assert not waiting._look(read, SOON)
    assert not Message.objects.exists()


def test_a_notice_of_reviews_that_is_put_away_comes_back_only_for_newer_ones() -> None:
    agency = make_client().agency
    reviewing(agency)
    due_client(agency)
    send_due(NOW)
    waiting.tell_of_reviews()
    notices.dismiss(Notice.objects.get())

    waiting.tell_of_reviews()
    assert Notice.objects.count() == 1

    Report.objects.update(created_at=timezone.now() + timedelta(minutes=1))
    waiting.tell_of_reviews()
    assert Notice.objects.filter(closed_at=None).count() == 1


def test_what_was_saved_is_what_the_page_would_save_again(as_owner: Browser, owner: User) -> None:
    reviewing(owner.membership.agency, jump_factor="3.0")

    page = as_owner.get(reverse("reports:rules")).content.decode()

    assert '<option value="3" selected>' in page
    assert page.count(" selected>") == 2  # that one, and the minutes
