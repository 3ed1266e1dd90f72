"""Uptime as a table, and the panel that shows it: known time only, drops, who did what."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from agency.models import Agency, User
from connections import events
from connections.models import ConnectionEvent
from connections.past import words
from connections.states import Reason, Status
from connections.uptime import BARS, DAY, Change, Uptime, bars, uptime
from tests.factories import make_client, make_connection

S, R = Status, Reason
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
SAO_PAULO = ZoneInfo("America/Sao_Paulo")


def change(hours: float, status: Status, reason: Reason = R.NONE) -> Change:
    """So many hours ago."""
    return Change(NOW - timedelta(hours=hours), status, reason)


TABLE = [
    ("nothing known", [], (None, 0)),
    ("always up", [change(1000, S.CONNECTED)], ("100.0", 0)),
    ("up since this very moment", [Change(NOW - timedelta.resolution, S.CONNECTED, R.NONE)], ("100.0", 0)),
    ("up since a while", [change(6, S.CONNECTED)], ("100.0", 0)),
    ("down half of the day", [change(1000, S.CONNECTED), change(12, S.DISCONNECTED, R.CLOSED)], ("50.0", 1)),
    (
        "came back",
        [change(1000, S.CONNECTED), change(12, S.DISCONNECTED, R.CLOSED), change(6, S.CONNECTED)],
        ("75.0", 1),
    ),
    ("down before and all day", [change(1000, S.CONNECTED), change(30, S.DISCONNECTED, R.CLOSED)], ("0.0", 0)),
    ("put off on purpose", [change(1000, S.CONNECTED), change(12, S.DISCONNECTED, R.BY_USER)], ("100.0", 0)),
    ("off on purpose all day", [change(1000, S.CONNECTED), change(30, S.DISCONNECTED, R.BY_CLIENT)], (None, 0)),
    ("never there", [change(10, S.AWAITING_SCAN), change(9, S.DISCONNECTED, R.QR_EXPIRED)], (None, 0)),
    (
        "a new QR does not end the drop",
        [change(48, S.CONNECTED), change(12, S.DISCONNECTED, R.LOGGED_OUT), change(3, S.AWAITING_SCAN)],
        ("50.0", 1),
    ),
    (
        "two reasons of one drop",
        [change(48, S.CONNECTED), change(12, S.DISCONNECTED, R.SEND_CLOSED), change(11, S.DISCONNECTED, R.CLOSED)],
        ("50.0", 1),
    ),
    ("unstable is open", [change(48, S.CONNECTED), change(12, S.UNSTABLE, R.NOTHING_ARRIVES)], ("100.0", 0)),
    ("a second short of always", [change(48, S.CONNECTED), change(1 / 3600, S.DISCONNECTED, R.CLOSED)], ("99.9", 1)),
]


@pytest.mark.parametrize(("name", "changes", "expected"), TABLE, ids=[row[0] for row in TABLE])
def test_uptime_of_a_day(name: str, changes: list[Change], expected: tuple[str | None, int]) -> None:
    share, drops = expected

    assert uptime(changes, NOW - DAY, NOW) == Uptime(None if share is None else Decimal(share), drops)


def test_the_strip_has_a_bar_for_each_day() -> None:
    changes = [change(24 * 10, S.CONNECTED), change(24 * 3, S.DISCONNECTED, R.CLOSED), change(36, S.CONNECTED)]

    kinds = [bar.kind for bar in bars(changes, NOW, ZoneInfo("UTC"))]

    # Days of the calendar: since noon of the 14th, away from noon of the 21st to midnight of the 23rd.
    assert kinds == ["none"] * 19 + ["up"] * 7 + ["part", "down", "up", "up"]


@pytest.mark.parametrize(
    ("zone", "kinds"),
    [
        ("UTC", ["up", "down", "up"]),
        ("America/Sao_Paulo", ["part", "part", "up"]),
        ("Asia/Tokyo", ["up", "part", "part"]),
    ],
)
def test_a_day_is_one_of_the_zone(zone: str, kinds: list[str]) -> None:
    changes = [change(24 * 10, S.CONNECTED), change(36, S.DISCONNECTED, R.CLOSED), change(12, S.CONNECTED)]

    assert [bar.kind for bar in bars(changes, NOW, ZoneInfo(zone))][-3:] == kinds


def test_a_day_with_an_hour_less_or_more_is_one_day() -> None:
    zone = ZoneInfo("America/New_York")  # clocks went forth on 8 March 2026, and back on 1 November
    for day in (datetime(2026, 3, 8, tzinfo=zone), datetime(2026, 11, 1, tzinfo=zone)):
        begins, ends = day.astimezone(UTC), (day + DAY).astimezone(UTC)
        changes = [Change(begins - DAY, S.CONNECTED, R.NONE), Change(begins, S.DISCONNECTED, R.CLOSED)]
        changes.append(Change(ends, S.CONNECTED, R.NONE))

        assert [bar.kind for bar in bars(changes, ends + DAY / 2, zone)][-3:] == ["up", "down", "up"]


def test_what_fell_just_now_is_seen_at_once() -> None:
    changes = [change(48, S.CONNECTED), Change(NOW - timedelta.resolution, S.DISCONNECTED, R.CLOSED)]

    assert bars(changes, NOW, ZoneInfo("UTC"))[-1].kind == "part"


@given(st.lists(st.tuples(st.floats(0, 24 * 40), st.sampled_from(list(S)), st.sampled_from(list(R))), max_size=25))
def test_shares_stay_between_nothing_and_all(rows: list[tuple[float, Status, Reason]]) -> None:
    changes = sorted((change(*row) for row in rows), key=lambda each: each.at)

    whole = uptime(changes, NOW - BARS * DAY, NOW)
    strip = bars(changes, NOW, SAO_PAULO)

    assert len(strip) == BARS
    assert whole.share is None or 0 <= whole.share <= 100
    assert whole.share is not None or all(bar.share is None for bar in strip)
    assert 0 <= whole.drops <= len(changes)


@pytest.mark.parametrize(
    ("whole", "said"),
    [
        (Uptime(None, 0), "Ainda não há o que contar."),
        (Uptime(Decimal("100.0"), 0), "100% conectado, nenhuma queda"),
        (Uptime(Decimal("99.6"), 1), "99,6% conectado, 1 queda"),
        (Uptime(Decimal("0.0"), 3), "0% conectado, 3 quedas"),
    ],
)
def test_words(whole: Uptime, said: str) -> None:
    assert words(whole) == said


@pytest.mark.django_db
def test_the_panel_tells_what_happened_and_who_did_it(agency: Agency, owner: User, as_owner: Browser) -> None:
    client = make_client(agency=agency)
    own = make_connection(agency=agency, client=client, connected_at=timezone.now() - timedelta(days=9))
    events.record(own, events.Kind.STATUS, events.person(owner), at=timezone.now() - timedelta(days=9))
    own.status, own.reason = "disconnected", "logged_out"
    events.record(own, events.Kind.STATUS, events.WHATSAPP, at=timezone.now() - timedelta(days=1))

    shown = as_owner.get(reverse("connections:past", args=[client.pk]), headers={"hx-request": "true"}).content.decode()

    assert shown.count("<rect") == 30
    assert 'x="96.67"' in shown  # a decimal comma would pile all bars up
    assert "1 queda" in shown
    assert owner.name in shown
    assert "Aparelho removido no celular do cliente." in shown


@pytest.mark.django_db
def test_a_number_that_is_older_than_its_history_has_one(agency: Agency, as_owner: Browser) -> None:
    make_connection(agency=agency, connected_at=timezone.now() - timedelta(days=9))

    page = as_owner.get(reverse("connections:agency_past")).content.decode()

    assert "100% conectado, nenhuma queda" in page


@pytest.mark.django_db
def test_the_four_questions(agency: Agency, as_owner: Browser, as_stranger: Browser, as_anonymous: Browser) -> None:
    client = make_client(agency=agency)
    make_connection(agency=agency, client=client)
    url = reverse("connections:past", args=[client.pk])

    assert as_owner.get(url).status_code == 200
    assert as_owner.post(url).status_code == 405
    assert as_stranger.get(url).status_code == 404
    assert as_anonymous.get(url).status_code == 302
    assert as_owner.get(reverse("connections:past", args=[make_client(agency=agency).pk])).status_code == 200
    assert ConnectionEvent.objects.count() == 0


@pytest.mark.django_db
def test_few_queries(agency: Agency, as_owner: Browser, django_assert_max_num_queries: object) -> None:
    client = make_client(agency=agency)
    own = make_connection(agency=agency, client=client)
    for _ in range(30):
        events.record(own, events.Kind.STATUS, events.WHATSAPP)
    url = reverse("connections:past", args=[client.pk])

    with django_assert_max_num_queries(7):  # type: ignore[operator]
        as_owner.get(url, headers={"hx-request": "true"})
