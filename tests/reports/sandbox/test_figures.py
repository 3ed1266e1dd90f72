"""What the adapters read back is what the demonstration's numbers say: nothing is lost or made up on the way."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal as D

import pytest

from reports.choices import BalanceSource, Family, Platform
from reports.day_numbers import last_days, of_daily
from reports.demo import CLIENTS, DemoAccount
from reports.demo_campaigns import campaigns_of
from reports.demo_numbers import day_numbers, derived_profile
from reports.metrics import STORED, Sums
from reports.sandbox import numbers
from reports.sandbox.accounts import MANAGER_ID, account_of, demo_ids, many_ids
from tests.reports.sandbox.ads_server import NOW, Client, asked, running

pytestmark = pytest.mark.processes

TODAY = date(2026, 11, 24)
SINCE, UNTIL = last_days(TODAY, 28)
DEMO = [account for client in CLIENTS for account in client.accounts]
ON_META = [account for account in DEMO if account.platform is Platform.META]
ON_GOOGLE = [account for account in DEMO if account.platform is Platform.GOOGLE]


def ids(account: DemoAccount) -> str:
    return account.name


@pytest.mark.parametrize("account", ON_META, ids=ids)
def test_metas_days_are_the_demonstrations(account: DemoAccount, sandbox: Client) -> None:
    daily = sandbox.meta_reader().daily(asked(account.external_id), SINCE, UNTIL)

    families = [Family.PURCHASES]
    families += {"leads": [Family.LEADS], "talks": [Family.CONVERSATIONS]}.get(account.profile.kind, [])
    for family in families:  # whichever of them a client counts as its conversions
        read = of_daily(daily, SINCE, UNTIL, TODAY, platform=Platform.META, family=family)
        assert len(read) == 29
        for day in (SINCE + timedelta(days=number) for number in range(28)):
            sums = read[day].sums
            # A family that an account has never shown is unknown: Meta does not tell of what did not happen.
            leads = sums.leads if account.profile.kind == "leads" else 0
            expected = day_numbers(account.external_id, Platform.META, account.profile, day)
            assert (day, {**as_dict(sums), "leads": leads}) == (day, as_dict(expected))


@pytest.mark.parametrize("account", ON_GOOGLE, ids=ids)
def test_googles_days_are_the_demonstrations(account: DemoAccount, sandbox: Client) -> None:
    daily = sandbox.google_reader().daily(asked(account.external_id), SINCE, UNTIL)

    read = of_daily(daily, SINCE, UNTIL, TODAY, platform=Platform.GOOGLE, family=Family.PURCHASES)
    for day in (SINCE + timedelta(days=number) for number in range(28)):
        expected = as_dict(day_numbers(account.external_id, Platform.GOOGLE, account.profile, day))
        # Google knows neither leads nor conversations, and an account without values has a value of zero.
        expected |= {"leads": None, "messages": None, "revenue": expected["revenue"] or D(0)}
        assert (day, as_dict(read[day].sums)) == (day, expected)


@pytest.mark.parametrize("account", DEMO, ids=ids)
def test_campaigns_add_up_to_their_account(account: DemoAccount, sandbox: Client) -> None:
    is_google = account.platform is Platform.GOOGLE
    reader, of_account = sandbox.google_reader() if is_google else sandbox.meta_reader(), asked(account.external_id)
    daily = reader.daily(of_account, SINCE, UNTIL - timedelta(days=1))

    found = reader.campaigns(replace(of_account, keys=daily.keys), SINCE, UNTIL - timedelta(days=1))

    counted = {Family.CONVERSIONS} if is_google else {Family.PURCHASES, Family.LEADS, Family.CONVERSATIONS}
    for day in daily.days:
        parts = found.days[day.date].values()
        assert sum(part.spend for part in parts) == day.spend
        assert sum(part.impressions for part in parts) == day.impressions
        assert sum(part.clicks for part in parts) == day.clicks
        for family in counted.intersection(day.results):
            told = [part.results[family] for part in parts if family in part.results]
            assert (family, sum(each.count for each in told)) == (family, day.results[family].count)
            assert sum(each.value or 0 for each in told) == (day.results[family].value or 0)
    written = campaigns_of(account.platform, account.external_id, account.profile)
    assert found.names == {one.external_id: one.name for one in written}


def as_dict(sums: Sums) -> dict[str, object]:
    """What a day is stored as; the counts that only the platform tells are not the demonstration's."""
    return {name: getattr(sums, name) for name in STORED}


@pytest.mark.parametrize("account", ON_META, ids=ids)
def test_metas_balances_are_the_demonstrations(account: DemoAccount, sandbox: Client) -> None:
    balance = sandbox.meta_reader().balance(asked(account.external_id), NOW)

    spent = numbers.spent_today(account_of(Platform.META, account.external_id), NOW)
    assert spent > 0
    if account.balance is None or account.source is BalanceSource.INFORMED:
        assert (balance.amount, balance.source) == (None, None)
    else:
        assert (balance.amount, balance.source) == (account.balance - spent, account.source)
    assert (balance.state, balance.due, balance.is_blocked) == ("active", spent, False)


@pytest.mark.parametrize("account", ON_GOOGLE, ids=ids)
def test_googles_budgets_are_the_demonstrations(account: DemoAccount, sandbox: Client) -> None:
    balance = sandbox.google_reader().balance(asked(account.external_id), NOW)

    spent = numbers.spent_today(account_of(Platform.GOOGLE, account.external_id), NOW)
    assert account.balance is not None
    assert (balance.amount, balance.source) == (account.balance - spent, BalanceSource.GOOGLE_BUDGET)
    assert (balance.name, balance.state) == (account.name, "active")


def test_both_platforms_list_the_demonstrations_accounts(sandbox: Client) -> None:
    person, system = sandbox.meta_reader(), sandbox.meta_reader("sandbox-meta-system-demo")
    listed = {account.external_id: account for account in person.accounts()}
    holders = [person.holder(), system.holder()]
    direct = {account.external_id: account for account in sandbox.google_reader().accounts()}
    managed = sandbox.google_reader("sandbox-google-mcc-demo").accounts()

    assert system.accounts() == list(listed.values())
    assert list(listed) == list(demo_ids(Platform.META))
    assert [listed[account.external_id].name for account in ON_META] == [account.name for account in ON_META]
    assert [holder.name for holder in holders] == ["Rafaela Couto", "Adscape Relatórios"]
    assert [holder.expires_at for holder in holders] == [NOW + timedelta(seconds=5_183_944), None]
    assert list(direct) == list(demo_ids(Platform.GOOGLE))
    assert {account.via for account in direct.values()} == {""}
    assert [(one.external_id, one.name, one.via) for one in managed] == [
        (one.external_id, one.name, MANAGER_ID) for one in direct.values()
    ]


def test_an_account_behind_a_manager_is_read_through_it(sandbox: Client) -> None:
    reader = sandbox.google_reader("sandbox-google-mcc-demo")

    through = reader.daily(asked("7001000003", via=MANAGER_ID), SINCE, UNTIL)

    assert through == sandbox.google_reader().daily(asked("7001000003"), SINCE, UNTIL)


def test_an_access_may_list_a_thousand(sandbox: Client) -> None:
    reader = sandbox.meta_reader("sandbox-meta-many-1000")
    listed = [account.external_id for account in reader.accounts()]
    days = reader.daily(asked(listed[-1]), SINCE, UNTIL - timedelta(days=1)).days
    many = sandbox.google_reader("sandbox-google-mcc-many-1000").accounts()

    assert listed == list(many_ids(Platform.META, 1000))
    assert [account.external_id for account in many] == list(many_ids(Platform.GOOGLE, 1000))
    profile = derived_profile(listed[-1])
    assert [day.spend for day in days] == [
        day_numbers(listed[-1], Platform.META, profile, day.date).spend for day in days
    ]


def test_a_whole_period_has_its_own_reach(sandbox: Client) -> None:
    reader = sandbox.meta_reader()
    reach = reader.reach(asked("700100000000002"), SINCE, UNTIL)
    days = [reader.reach(asked("700100000000002"), day, day) for day in (SINCE, UNTIL)]

    assert reach is not None
    assert reach.frequency is not None
    assert reach.frequency > 2
    assert all(day is not None and day.frequency is not None and day.frequency < 2 for day in days)


def test_today_grows_by_the_quarter_of_an_hour_and_ends_as_the_whole_day() -> None:
    account = account_of(Platform.META, "700100000000002")
    midnight = datetime(2026, 11, 24, 3, tzinfo=UTC)  # in São Paulo
    whole = day_numbers(account.external_id, Platform.META, account.profile, TODAY)

    seen = [
        dict(numbers.days_of(account, TODAY, TODAY, midnight + timedelta(minutes=15 * step), {})).get(TODAY)
        for step in range(97)
    ]

    assert seen[0] is None  # nothing has run yet
    spends = [sums.spend for sums in seen[1:] if sums and sums.spend]
    assert len(spends) == 96
    assert spends == sorted(spends)
    assert seen[96] == whole
    assert all(sums.conversions or sums.revenue == 0 for sums in seen[1:] if sums)
    assert numbers.days_of(account, TODAY, TODAY, midnight + timedelta(minutes=14), {}) is not None


def test_a_day_is_one_of_the_accounts_zone() -> None:
    late_evening = datetime(2026, 11, 25, 2, 30, tzinfo=UTC)  # 23:30 of the 24th in São Paulo
    with running(late_evening) as client:
        days = client.meta_reader().daily(asked("700100000000002"), TODAY, TODAY + timedelta(days=1)).days

    assert [day.date for day in days] == [TODAY]


def test_a_balance_falls_over_the_day_and_is_filled_up_at_night() -> None:
    account = account_of(Platform.META, "700100000000002")
    moments = [datetime(2026, 11, 24, 3, tzinfo=UTC) + timedelta(hours=hour) for hour in (0, 6, 12, 23, 24)]

    left = [numbers.balance_left(account, moment) for moment in moments]

    assert left[0] == left[4] == account.balance
    assert left[:4] == sorted(left[:4], reverse=True)
    assert len(set(left[:4])) == 4
