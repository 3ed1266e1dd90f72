from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
import time_machine

from reports.models import ReportSettings
from reports.planning import save_settings
from tests.factories import make_agency, make_client
from tests.reports.factories import make_settings

pytestmark = pytest.mark.django_db

#: 10:00 in São Paulo.
NOW = datetime(2026, 11, 24, 13, tzinfo=UTC)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("stored", "fields", "expected"),
    [
        # Turned on at 10:00 for 09:00: tomorrow, never at once.
        ({"active": False}, {"active": True}, "2026-11-25T12:00"),
        ({"active": False}, {"active": True, "time_of_day": time(10, 30)}, "2026-11-24T13:30"),
        ({"next_run_at": utc("2026-11-25T12:00")}, {"time_of_day": time(8)}, "2026-11-25T11:00"),
        ({"next_run_at": utc("2026-11-25T12:00")}, {"time_of_day": time(18)}, "2026-11-24T21:00"),
        ({"next_run_at": utc("2026-11-25T12:00")}, {"active": False}, None),
        # Due and not yet claimed: what was due is not lost to an edit.
        ({"next_run_at": utc("2026-11-24T12:59")}, {"time_of_day": time(18)}, "2026-11-24T12:59"),
        ({"next_run_at": utc("2026-11-24T12:59")}, {"active": False}, None),
    ],
)
def test_saving_computes_the_next_run(stored: dict[str, Any], fields: dict[str, Any], expected: str | None) -> None:
    client = make_client()
    make_settings(client, **stored)

    save_settings(client, fields, NOW)

    assert ReportSettings.objects.get().next_run_at == (utc(expected) if expected else None)


def test_saving_keeps_a_claim_that_came_between() -> None:
    """The page was opened before 09:00, the run claimed at 09:00, the page saved after: no second run at 09:00."""
    client = make_client()
    make_settings(client, next_run_at=utc("2026-11-24T12:00"))
    opened = ReportSettings.objects.get()
    ReportSettings.objects.update(next_run_at=utc("2026-11-25T12:00"), last_problem="Sem destinatários.")

    save_settings(client, {"compare": False, "active": opened.active}, NOW)

    settings = ReportSettings.objects.get()
    assert (settings.next_run_at, settings.compare) == (utc("2026-11-25T12:00"), False)
    assert settings.last_problem == "Sem destinatários."


@time_machine.travel(NOW, tick=False)
def test_a_new_zone_moves_the_next_run() -> None:
    client = make_client()
    make_settings(client, next_run_at=utc("2026-11-25T12:00"))

    client.time_zone = "America/Manaus"
    client.save()

    assert ReportSettings.objects.get().next_run_at == utc("2026-11-24T13:00") + timedelta(days=1)


@time_machine.travel(NOW, tick=False)
def test_a_new_zone_of_the_agency_moves_those_who_live_in_it() -> None:
    agency = make_agency()
    at_home, abroad = make_client(agency=agency), make_client(agency=agency, time_zone="America/Sao_Paulo")
    for client in (at_home, abroad, make_client()):
        make_settings(client, next_run_at=utc("2026-11-25T12:00"))

    agency.time_zone = "America/Noronha"
    agency.save()

    moved = ReportSettings.objects.exclude(next_run_at=utc("2026-11-25T12:00"))
    assert [(settings.client, settings.next_run_at) for settings in moved] == [(at_home, utc("2026-11-25T11:00"))]


@time_machine.travel(NOW, tick=False)
def test_what_is_due_stays_due_when_the_zone_changes() -> None:
    client = make_client()
    make_settings(client, next_run_at=utc("2026-11-24T12:59"))

    client.time_zone = "America/Manaus"
    client.save()

    assert ReportSettings.objects.get().next_run_at == utc("2026-11-24T12:59")


@time_machine.travel(NOW, tick=False)
@pytest.mark.parametrize("change", ["hour", "zone"])
def test_a_day_that_had_its_report_gets_no_second_one(change: str) -> None:
    """Today's went at 09:00; at 10:00 the hour becomes 15:00, or the client moves to where it is only 09:00."""
    client = make_client()
    make_settings(client, next_run_at=utc("2026-11-25T12:00"), last_run_on=date(2026, 11, 24))

    if change == "hour":
        save_settings(client, {"time_of_day": time(15)}, NOW)
    else:
        client.time_zone = "Pacific/Honolulu"
        client.save()

    expected = {"hour": "2026-11-25T18:00", "zone": "2026-11-25T19:00"}[change]
    assert ReportSettings.objects.get().next_run_at == utc(expected)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"frequency": "weekly", "weekdays": (0,)}, "2026-11-30T12:00"),
        ({"frequency": "weekly", "weekdays": (1,)}, "2026-12-01T12:00"),  # it is Tuesday, and 09:00 has passed
        ({"frequency": "monthly", "day_of_month": 28}, "2026-11-28T12:00"),
        ({"frequency": "monthly", "day_of_month": 3}, "2026-12-03T12:00"),
        ({"frequency": "manual"}, None),
    ],
)
def test_each_frequency_has_its_next_run(fields: dict[str, Any], expected: str | None) -> None:
    client = make_client()
    make_settings(client, next_run_at=utc("2026-11-25T12:00"))

    save_settings(client, fields, NOW)

    assert ReportSettings.objects.get().next_run_at == (utc(expected) if expected else None)


def test_a_manual_schedule_takes_away_what_is_not_claimed() -> None:
    client = make_client()
    make_settings(client, next_run_at=utc("2026-11-24T12:59"))

    save_settings(client, {"frequency": "manual"}, NOW)

    assert ReportSettings.objects.get().next_run_at is None


WEEKLY = {"frequency": "weekly", "when_closed": "postpone"}


@pytest.mark.parametrize(
    ("now", "stored", "expected"),
    [
        # Friday's report left, then its day was made a closed one: Monday does not bring it again.
        ("2026-04-03T13:00", {"last_run_on": date(2026, 4, 3)}, "2026-04-10T12:00"),
        # Not yet its hour: it is put off.
        ("2026-04-03T11:00", {"next_run_at": utc("2026-04-03T12:00")}, "2026-04-06T12:00"),
        # Due and not yet claimed: so is this one, and it is not lost.
        ("2026-04-03T12:01", {"next_run_at": utc("2026-04-03T12:00")}, "2026-04-06T12:00"),
        # It passed while nothing left by itself.
        ("2026-04-03T13:00", {"active": False}, "2026-04-10T12:00"),
        ("2026-04-04T13:00", {"active": False}, "2026-04-10T12:00"),
    ],
)
def test_an_edit_that_closes_a_day_brings_each_report_once(now: str, stored: dict[str, Any], expected: str) -> None:
    """3 April 2026 is Good Friday; the report is one of Fridays."""
    client = make_client()
    make_settings(client, **{"weekdays": (4,), **WEEKLY, **stored})

    save_settings(client, {"skip_holidays": True, "active": True}, utc(now))

    assert ReportSettings.objects.get().next_run_at == utc(expected)


def test_what_was_put_off_stays_so_where_the_days_are_the_same() -> None:
    """Good Friday's waits for Monday; on Saturday somebody changes the hour."""
    client = make_client()
    make_settings(client, weekdays=(4,), skip_holidays=True, next_run_at=utc("2026-04-06T12:00"), **WEEKLY)

    save_settings(client, {"time_of_day": time(15), "period": "yesterday"}, utc("2026-04-04T13:00"))

    assert ReportSettings.objects.get().next_run_at == utc("2026-04-06T18:00")


def test_every_other_week_keeps_its_weeks() -> None:
    client = make_client()
    make_settings(client, frequency="biweekly", week_of=date(2026, 11, 23), next_run_at=utc("2026-12-07T12:00"))

    save_settings(client, {"time_of_day": time(8)}, NOW)
    assert ReportSettings.objects.get().next_run_at == utc("2026-12-07T11:00")
    save_settings(client, {"weekdays": (2,)}, NOW)
    assert ReportSettings.objects.get().next_run_at == utc("2026-11-25T11:00")
    save_settings(client, {"week_of": date(2026, 12, 6)}, NOW)
    assert ReportSettings.objects.get().next_run_at == utc("2026-12-02T11:00")
