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
        ({"frequency": "weekly", "weekday": 0}, "2026-11-30T12:00"),
        ({"frequency": "weekly", "weekday": 1}, "2026-12-01T12:00"),  # it is Tuesday, and 09:00 has passed
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
