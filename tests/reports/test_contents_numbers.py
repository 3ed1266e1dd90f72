"""From rows in the database to what a report's objective needs: counts of families, people reached, the comment."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from agency.models import Agency, Client
from connections.models import Message
from reports import sending
from reports.metrics import Metric, value
from reports.models import AdAccount, Report, ReportSettings
from reports.numbers import gather
from reports.snapshot import Block, from_json
from reports.text import report_text
from tests.factories import make_client
from tests.reports.factories import make_account, make_days, make_recipient, make_settings, week

pytestmark = pytest.mark.django_db

#: 10:00 on a Tuesday in São Paulo.
NOW = datetime(2026, 11, 24, 13, tzinfo=UTC)
LAST = date(2026, 11, 23)
TOLD = {"purchases": ["3", "90"], "link_clicks": ["40", None], "landing_page_views": ["20", None], "leads": ["2", None]}


@pytest.fixture
def client(agency: Agency) -> Client:  # type: ignore[override]
    return make_client(agency=agency, name="Moda Ipê")


def metas(client: Client, **fields: Any) -> AdAccount:
    return make_account(client=client, **fields)


def reached(client: Client, **fields: Any) -> AdAccount:
    return metas(client, reach=14000, reach_since=date(2026, 11, 17), reach_until=LAST, **fields)


def blocks(client: Client, **fields: Any) -> tuple[Block, ...]:
    settings = ReportSettings(client=client, **fields)
    data = gather(settings, NOW).data
    assert data is not None
    return data.blocks


def test_what_the_platform_told_of_each_family_is_summed(client: Client) -> None:
    make_days(metas(client), week(LAST, weeks=2), results=TOLD)

    (block,) = blocks(client)

    assert (block.now.purchases, block.now.link_clicks, block.now.page_views) == (21, 280, 140)
    assert value(block.now, Metric.CONVERSION_RATE) == 10
    assert block.before == block.now
    assert (block.now.adds_to_cart, block.now.checkouts, block.now.profile_visits) == (None, None, None)
    assert block.by_day[0].numbers is not None
    assert block.by_day[0].numbers.link_clicks == 40


def test_a_platform_that_tells_no_such_count_has_none(client: Client) -> None:
    make_days(make_account(client=client, platform="google"), week(LAST), results={"conversions": ["3", "90"]})

    assert (blocks(client)[0].now.purchases, blocks(client)[0].now.link_clicks) == (None, None)


@pytest.mark.parametrize(("family", "expected"), [("purchases", 28), ("leads", None)])
def test_a_files_conversions_are_purchases_only_where_the_client_counts_those(
    family: str, expected: int | None, client: Client
) -> None:
    make_days(metas(client), week(LAST))

    assert blocks(client, conversion_family=family)[0].now.purchases == expected


def test_people_reached_are_told_of_just_these_days(client: Client) -> None:
    make_days(reached(client), week(LAST, weeks=2))

    (block,) = blocks(client)

    assert value(block.now, Metric.REACH) == 14000
    assert value(block.now, Metric.FREQUENCY) == 2.5
    assert block.before is not None
    assert block.before.reach is None
    assert all(point.numbers is None or point.numbers.reach is None for point in block.by_day)


def test_people_reached_in_other_days_are_not_told(client: Client) -> None:
    make_days(reached(client), week(LAST, weeks=5))

    assert blocks(client, period="last_30_days")[0].now.reach is None


def test_people_reached_by_two_accounts_are_not_told(client: Client) -> None:
    make_days(reached(client), week(LAST))
    make_days(reached(client), week(LAST))

    assert blocks(client)[0].now.reach is None


def test_people_reached_are_not_told_of_a_period_with_a_hole_and_not_summed_over_platforms(client: Client) -> None:
    make_days(reached(client), week(LAST)[1:])
    make_days(make_account(client=client, platform="google"), week(LAST))

    assert [block.now.reach for block in blocks(client, blend=True)] == [None, None, None]


# --- The comment ------------------------------------------------------------------------------------------------------


def with_comment(client: Client, **fields: Any) -> ReportSettings:
    make_days(metas(client), week(datetime.now(UTC).date(), weeks=3))
    return make_settings(client, comment="Testamos o vídeo *novo*.", **fields)


@pytest.mark.parametrize(("once", "left"), [(True, ""), (False, "Testamos o vídeo *novo*.")])
def test_a_comment_for_one_report_leaves_with_it(once: bool, left: str, client: Client) -> None:
    make_recipient(client)
    with_comment(client, comment_once=once)

    sending.send_now(client, "a-token-of-the-form")

    message = Message.objects.get()
    assert "\n\nTestamos o vídeo *novo*.\n\n" in message.body
    assert message.body == report_text(from_json(Report.objects.get().snapshot), message.reference)
    settings = ReportSettings.objects.get()
    assert (settings.comment, settings.comment_once) == (left, once)


def test_a_report_that_is_held_keeps_the_comment_for_its_release_or_for_the_next_one(client: Client) -> None:
    with_comment(client, comment_once=True)

    sending.send_now(client, "a-token-of-the-form")

    assert ReportSettings.objects.get().comment_once
    assert from_json(Report.objects.get().snapshot).comment == "Testamos o vídeo *novo*."


def test_a_comment_whose_block_is_off_stays_unsent(client: Client) -> None:
    make_recipient(client)
    with_comment(client, comment_once=True, layout=[["comment", False]])

    sending.send_now(client, "a-token-of-the-form")

    assert "Testamos" not in Message.objects.get().body
    assert ReportSettings.objects.get().comment


def test_a_later_edit_does_not_change_what_was_sent(client: Client) -> None:
    make_recipient(client)
    settings = with_comment(client, template="messages", title="Olá, {{ cliente }}", goals={"leads": "14"})
    sending.send_now(client, "a-token-of-the-form")
    sent = Message.objects.get()
    ReportSettings.objects.filter(pk=settings.pk).update(
        title="", goals={}, template="google", layout=[["title", False]]
    )
    Client.objects.update(name="Outro")

    assert report_text(from_json(Report.objects.get().snapshot), sent.reference) == sent.body
    assert sent.body.startswith("Olá, Moda Ipê\n\nConta: *Moda Ipê*")
    assert "📋 Leads: *14* 🟢" in sent.body
    assert "💬 Conversas iniciadas: *21*" in sent.body
