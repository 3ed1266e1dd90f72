"""Ad accounts are read when they are due: what is stored, what a failure means, and that no failure spreads."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import responses
from django.db import connection as database
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from agency.models import Agency, Client, Notice
from reports import reading_claims, synchronising
from reports.balances import record_reading
from reports.choices import AccountState, BalanceSource, CredentialKind, CredentialState, Family, Period, Platform
from reports.models import AdAccount, AdsCredential, BalanceReading, DailyMetric, ReportSettings
from tests.factories import make_agency, make_client
from tests.reports.platforms import META, Meta, campaign_row, day_row

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)  # noon in São Paulo
TODAY = date(2026, 11, 24)
D = Decimal


@pytest.fixture(autouse=True)
def addresses(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.META_API_URL = META
    monkeypatch.setattr("reports.ads.http.time.sleep", lambda seconds: None)  # between the tries of one call


@pytest.fixture
def meta(http: responses.RequestsMock) -> Meta:
    return Meta(http)


@pytest.fixture
def access(agency: Agency) -> AdsCredential:
    return make_access(agency)


def make_access(agency: Agency, **fields: Any) -> AdsCredential:
    fields.setdefault("holder", "Rafaela")
    access = AdsCredential(agency=agency, platform=Platform.META, kind=CredentialKind.META_SYSTEM_USER, **fields)
    access.keys = {"token": "EAAsegredo"}
    access.save()
    return access


def make_account(
    access: AdsCredential, external_id: str = "700", client: Client | None = None, **fields: Any
) -> AdAccount:
    return AdAccount.objects.create(
        client=client or make_client(agency=access.agency),
        platform=access.platform,
        external_id=external_id,
        name=fields.pop("name", f"Loja {external_id}"),
        credential=access,
        next_read_at=fields.pop("next_read_at", NOW),
        **fields,
    )


def read(at: datetime = NOW) -> synchronising.Round:
    return synchronising.read_due(at)


def test_the_newest_days_and_the_balance_are_stored(access: AdsCredential, meta: Meta) -> None:
    account = make_account(access)
    meta.days("700")
    meta.account("700")

    done = read()

    account.refresh_from_db()
    days = DailyMetric.objects.filter(account=account)
    assert meta.asked == [("1", date(2026, 10, 27), TODAY)]
    assert (days.count(), done.changed) == (28, 28)  # 28 complete days; of today there is no row yet
    newest = days.get(date=date(2026, 11, 23))
    assert (newest.spend, newest.conversions, newest.revenue) == (D("100.00"), D("2.00"), D("400.00"))
    assert newest.results["purchases"] == ["2", "400"]
    assert (account.covered_until, account.days_read_at) == (date(2026, 11, 23), NOW)
    assert (account.balance, account.balance_source) == (D("278.60"), BalanceSource.META_DISPLAY)
    assert account.daily_spend == D("100.00")
    assert account.next_read_at is not None
    assert account.next_read_at > NOW
    assert account.read_claimed_until is None


def test_a_second_read_writes_nothing_that_is_the_same(access: AdsCredential, meta: Meta) -> None:
    account = make_account(access)
    meta.days("700")
    meta.account("700")
    read()
    later = NOW + timedelta(hours=1)
    AdAccount.objects.update(next_read_at=later)

    done = read(later)

    assert (done.accounts, done.changed) == (1, 0)
    assert BalanceReading.objects.filter(account=account).count() == 1
    account.refresh_from_db()
    assert account.balance_at == later


def test_what_the_platform_says_later_writes_over_what_it_said(access: AdsCredential, meta: Meta) -> None:
    account = make_account(access)
    DailyMetric.objects.create(
        client=account.client, account=account, platform="meta", date=date(2026, 11, 23), spend=D(1), clicks=1
    )
    meta.days("700", [day_row(date(2026, 11, 23), "55.10", purchases=0, worth="0")])
    meta.account("700")

    read()

    day = DailyMetric.objects.get(account=account, date=date(2026, 11, 23))
    assert (day.spend, day.clicks) == (D("55.10"), 150)
    quiet = DailyMetric.objects.get(account=account, date=date(2026, 11, 22))
    assert (quiet.spend, quiet.impressions, quiet.clicks) == (0, 0, 0)


def test_days_are_read_every_hour_and_balances_every_half_hour(access: AdsCredential, meta: Meta) -> None:
    make_account(access)
    meta.days("700")
    balance = meta.account("700")
    read()

    for minutes in (10, 31, 61):
        AdAccount.objects.update(next_read_at=NOW)
        read(NOW + timedelta(minutes=minutes))

    assert (len(meta.asked), balance.call_count) == (2, 3)


def test_the_past_is_fetched_in_pieces_once_the_newest_days_are_there(access: AdsCredential, meta: Meta) -> None:
    account = make_account(access, history_from=date(2026, 6, 1))
    meta.days("700")
    meta.account("700")

    moment = NOW
    for _ in range(4):
        read(moment)
        account.refresh_from_db()
        assert account.next_read_at is not None
        moment = account.next_read_at

    assert [span[1:] for span in meta.asked] == [
        (date(2026, 10, 27), TODAY),
        (date(2026, 7, 29), date(2026, 10, 26)),
        (date(2026, 6, 1), date(2026, 7, 28)),
    ]
    assert account.history_done_from == date(2026, 6, 1)
    first, last = DailyMetric.objects.order_by("date").values_list("date", flat=True)[0], date(2026, 11, 23)
    assert (first, DailyMetric.objects.count()) == (date(2026, 6, 1), (last - first).days + 1)
    assert moment - NOW > timedelta(minutes=4)  # and then as any other account


def test_the_reach_of_the_reports_period_is_read_once_as_a_whole(access: AdsCredential, meta: Meta) -> None:
    account = make_account(access)
    ReportSettings.objects.create(client=account.client, period=Period.LAST_7_DAYS)
    meta.days("700")
    meta.account("700")

    read()
    AdAccount.objects.update(next_read_at=NOW)
    read(NOW + timedelta(hours=1))

    account.refresh_from_db()
    whole = [span[1:] for span in meta.asked if span[0] == "all_days"]
    assert whole == [(date(2026, 11, 17), date(2026, 11, 23))]
    assert (account.reach, account.frequency) == (5000, D("2.5"))
    assert (account.reach_since, account.reach_until) == whole[0]


def test_conversions_are_what_the_client_counts(access: AdsCredential, meta: Meta) -> None:
    account = make_account(access)
    ReportSettings.objects.create(client=account.client, conversion_family=Family.LINK_CLICKS)
    meta.days("700")
    meta.account("700")

    read()

    day = DailyMetric.objects.get(account=account, date=date(2026, 11, 23))
    assert (day.conversions, day.revenue) == (D("90.00"), D("400.00"))


def test_one_accounts_failure_stops_no_other(access: AdsCredential, meta: Meta) -> None:
    make_account(access, "701", next_read_at=NOW - timedelta(minutes=2))
    make_account(access, "702")
    meta.refuse("701", 200)
    meta.days("702")
    meta.account("702")

    done = read()

    refused, fine = AdAccount.objects.order_by("external_id")
    assert done.accounts == 2
    assert (refused.days_read_at, fine.days_read_at) == (None, NOW)
    assert "permissão" in refused.read_problem
    assert refused.next_read_at == NOW + timedelta(hours=6)
    notice = Notice.objects.get()
    assert (notice.subject, notice.client) == (f"adaccount:{refused.pk}", refused.client)
    assert AdsCredential.objects.get().state == CredentialState.ALIVE


def test_a_refused_account_that_is_read_again_closes_its_notice(
    access: AdsCredential, meta: Meta, http: responses.RequestsMock
) -> None:
    make_account(access)
    meta.refuse("700", 200)
    read()
    http.reset()
    meta.days("700")
    meta.account("700")

    read(NOW + timedelta(hours=6))

    assert AdAccount.objects.get().read_problem == ""
    assert Notice.objects.get().closed_at is not None


def test_a_dead_access_stops_all_its_accounts_and_a_person_is_told_once(access: AdsCredential, meta: Meta) -> None:
    for number in range(3):
        make_account(access, f"70{number}", next_read_at=NOW - timedelta(minutes=3 - number))
    meta.refuse("700", 190, error_subcode=460)

    read()
    read(NOW + timedelta(minutes=1))

    access.refresh_from_db()
    assert access.state == CredentialState.DEAD
    assert access.problem
    assert Notice.objects.get().subject == f"access:{access.pk}"
    assert set(AdAccount.objects.values_list("read_claimed_until", "read_problem")) == {(None, "")}


def test_a_throttled_access_pauses_and_goes_on_by_itself(
    access: AdsCredential, meta: Meta, http: responses.RequestsMock
) -> None:
    make_account(access)
    usage = {"9": [{"type": "ads_insights", "call_count": 100, "estimated_time_to_regain_access": 20}]}
    meta.refuse("700", 4, headers={"X-Business-Use-Case-Usage": str(usage).replace("'", '"')})
    read()
    access.refresh_from_db()
    assert access.paused_until is not None
    assert access.paused_until >= NOW + timedelta(minutes=15)
    http.reset()

    assert read(NOW + timedelta(minutes=14)).accounts == 0
    meta.days("700")
    meta.account("700")
    assert read(access.paused_until + timedelta(seconds=1)).accounts == 1
    assert not Notice.objects.exists()


@pytest.mark.parametrize(("percent", "seconds"), [(74, None), (80, 20), (95, 300)])
def test_who_has_used_up_much_goes_slower_and_then_pauses(
    percent: int, seconds: int | None, access: AdsCredential, meta: Meta
) -> None:
    make_account(access)
    meta.days("700", headers={"X-App-Usage": f'{{"call_count":{percent},"total_time":1,"total_cputime":1}}'})
    meta.account("700")

    read()

    access.refresh_from_db()
    assert access.paused_until == (None if seconds is None else NOW + timedelta(seconds=seconds))
    assert AdAccount.objects.get().days_read_at == NOW


def test_a_platform_in_trouble_is_asked_again_later_and_a_person_hears_of_it_after_hours(
    access: AdsCredential, meta: Meta
) -> None:
    make_account(access)
    meta.refuse("700", 2, status=500)
    waits, moment = [], NOW
    for _ in range(6):
        read(moment)
        account = AdAccount.objects.get()
        assert account.next_read_at is not None
        waits.append(int((account.next_read_at - moment).total_seconds() / 60))
        moment = account.next_read_at
        if len(waits) == 5:
            assert not Notice.objects.exists()

    assert waits == [5, 10, 20, 40, 60, 60]
    assert Notice.objects.get().title == "Loja 700: números sem atualizar"


def test_another_currency_stores_nothing_and_asks_a_person(access: AdsCredential, meta: Meta) -> None:
    make_account(access)
    meta.days("700", [day_row(date(2026, 11, 23), account_currency="USD")])
    meta.account("700", currency="USD")

    read()

    account = AdAccount.objects.get()
    assert not DailyMetric.objects.exists()
    assert account.balance is None
    assert "BRL para USD" in account.read_problem
    assert Notice.objects.get().text == account.read_problem


@pytest.mark.parametrize(
    ("fields", "state", "told"),
    [
        ({"account_status": 3}, AccountState.PAYMENT_FAILED, True),
        ({"account_status": 8}, AccountState.PAYMENT_FAILED, True),
        ({"account_status": 9}, AccountState.PAYMENT_FAILED, True),
        ({"account_status": 2, "disable_reason": 3}, AccountState.DISABLED_FOR_PAYMENT, True),
        ({"account_status": 777}, AccountState.UNKNOWN, False),
    ],
)
def test_payment_trouble_is_a_notice_and_what_is_not_known_is_none(
    fields: dict[str, Any],
    state: AccountState,
    told: bool,
    access: AdsCredential,
    meta: Meta,
    http: responses.RequestsMock,
) -> None:
    make_account(access)
    meta.days("700")
    meta.account("700", **fields)
    read()
    assert AdAccount.objects.get().state == state
    assert Notice.objects.filter(closed_at=None).exists() is told
    http.reset()
    meta.account("700")

    read(NOW + timedelta(minutes=40))

    assert AdAccount.objects.get().state == AccountState.ACTIVE
    assert not Notice.objects.filter(closed_at=None).exists()


@pytest.mark.parametrize(
    ("days_ago", "told", "expected", "source"),
    [
        (0, "5000", "5000", BalanceSource.INFORMED),
        (1, "5000", "5000", BalanceSource.INFORMED),  # nothing is known yet of a day after that one
        (3, "5000", "4800", BalanceSource.INFORMED_ESTIMATE),  # two whole days at 100
        (20, "1000", "0", BalanceSource.INFORMED_ESTIMATE),
    ],
)
def test_a_balance_that_a_person_told_is_carried_on_where_the_platform_can_tell_none(
    days_ago: int, told: str, expected: str, source: BalanceSource, access: AdsCredential, meta: Meta
) -> None:
    account = make_account(access)
    record_reading(account, D(told), BalanceSource.INFORMED, NOW - timedelta(days=days_ago))
    meta.days("700")
    meta.account("700", is_prepay_account=False, spend_cap="0", funding_source_details={"id": "1", "type": 1})

    read()

    account.refresh_from_db()
    assert (account.balance, account.balance_source) == (D(expected), source)
    AdAccount.objects.update(next_read_at=NOW)
    read(NOW + timedelta(minutes=40))  # an estimate is made from what was told, not from the last estimate
    account.refresh_from_db()
    assert (account.balance, account.balance_source) == (D(expected), source)


def test_a_balance_that_the_platform_can_tell_no_more_is_unknown_and_not_zero(
    access: AdsCredential, meta: Meta, http: responses.RequestsMock
) -> None:
    make_account(access)
    meta.days("700")
    meta.account("700")
    read()
    http.reset()
    meta.account("700", spend_cap="0", funding_source_details={"id": "1", "type": 20, "display_string": "R$ 1.234"})

    read(NOW + timedelta(minutes=40))

    assert AdAccount.objects.get().balance is None
    assert list(BalanceReading.objects.values_list("amount", flat=True)) == [None, D("278.60")]


def test_what_is_not_due_paused_dead_claimed_or_archived_is_left_alone(agency: Agency, access: AdsCredential) -> None:
    make_account(access, "1", next_read_at=NOW + timedelta(seconds=1))
    make_account(make_access(agency, paused_until=NOW + timedelta(minutes=1)), "2")
    make_account(make_access(agency, state=CredentialState.DEAD), "3")
    make_account(access, "4", read_claimed_until=NOW + timedelta(minutes=1))
    make_account(access, "5", client=make_client(agency=agency, archived_at=NOW))

    assert reading_claims.claim(NOW) == []
    assert reading_claims.rings(NOW) == 0


def test_an_account_is_claimed_once_and_a_lost_claim_writes_nothing(access: AdsCredential, meta: Meta) -> None:
    make_account(access)
    [mine] = reading_claims.claim(NOW)
    assert reading_claims.claim(NOW) == []
    [theirs] = reading_claims.claim(NOW + reading_claims.CLAIM + timedelta(seconds=1))

    assert reading_claims.write(mine, read_problem="velho") is False
    assert reading_claims.write(theirs, read_problem="") is True


def test_rings_are_as_many_as_the_work_is_worth(access: AdsCredential) -> None:
    client = make_client(agency=access.agency)
    for number in range(26):
        make_account(access, str(number), client)

    assert reading_claims.rings(NOW) == 2


def test_each_account_takes_few_statements(access: AdsCredential, meta: Meta) -> None:
    client = make_client(agency=access.agency)
    meta.campaigns = [campaign_row(date(2026, 11, day)) for day in range(1, 24)]
    for number in range(10):
        make_account(access, f"80{number}", client)
        meta.days(f"80{number}")
        meta.account(f"80{number}")

    with CaptureQueriesContext(database) as taken:
        read()

    plain = [
        query["sql"] for query in taken if not query["sql"].startswith(("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE"))
    ]
    assert len(plain) <= 72, "\n".join(sql[:160] for sql in plain)


def test_a_reading_says_nothing_of_its_token(
    access: AdsCredential, meta: Meta, caplog: pytest.LogCaptureFixture
) -> None:
    make_account(access)
    meta.refuse("700", 190)

    with caplog.at_level("DEBUG"):
        read()

    assert "EAAsegredo" not in caplog.text
    with database.cursor() as cursor:
        cursor.execute("SELECT * FROM reports_adscredential")
        assert "EAAsegredo" not in str(cursor.fetchall())


def test_no_account_is_read_through_another_agencys_access(access: AdsCredential) -> None:
    from reports import accounts
    from reports.models import ListedAccount

    listed = ListedAccount.objects.create(
        credential=access, external_id="9", name="Loja", currency="BRL", time_zone="America/Sao_Paulo"
    )

    with pytest.raises(ValueError, match="agency"):
        accounts.follow(make_client(agency=make_agency()), listed, history_from=None, now=NOW)


def spoil(access: AdsCredential) -> None:
    """As written with a key that ADSCAPE_FIELD_KEYS no longer lists."""
    with database.cursor() as cursor:
        cursor.execute("UPDATE reports_adscredential SET secret = 'gAAAAunreadable' WHERE holder = 'Ilegível'")


def test_an_access_that_cannot_be_deciphered_stops_no_other(
    agency: Agency, access: AdsCredential, meta: Meta, caplog: pytest.LogCaptureFixture
) -> None:
    lost = make_access(agency, holder="Ilegível")
    make_account(lost, "701", next_read_at=NOW - timedelta(minutes=1))
    make_account(access, "702")
    spoil(lost)
    meta.days("702")
    meta.account("702")

    read()

    unread, fine = AdAccount.objects.order_by("external_id")
    assert (unread.days_read_at, fine.days_read_at) == (None, NOW)
    assert "suporte" in unread.read_problem
    assert "could not be read" in caplog.text


def test_such_an_access_can_still_be_seen_tested_and_taken_back(agency: Agency, as_owner: Browser) -> None:
    lost = make_access(agency, holder="Ilegível")
    spoil(lost)

    page = as_owner.get(reverse("reports:accesses"))

    assert "Ilegível" in page.content.decode()
    tested = as_owner.post(reverse("reports:access_test", args=[lost.pk]), follow=True)
    assert "não pode mais ser lido" in tested.content.decode()
    assert as_owner.get(reverse("reports:access_renew", args=[lost.pk])).status_code == 200
    as_owner.post(reverse("reports:access_disconnect", args=[lost.pk]))
    assert not AdsCredential.objects.exists()


def test_what_was_missed_while_nothing_could_be_read_is_fetched(access: AdsCredential, meta: Meta) -> None:
    """After an access was dead for longer than the newest days reach back."""
    account = make_account(
        access,
        history_from=date(2026, 9, 1),
        history_done_from=date(2026, 9, 1),
        covered_until=date(2026, 10, 1),
        days_read_at=NOW - timedelta(days=53),
    )
    meta.days("700")
    meta.account("700")

    read()
    AdAccount.objects.update(next_read_at=NOW)
    read(NOW + timedelta(minutes=1))

    account.refresh_from_db()
    assert [span[1:] for span in meta.asked] == [
        (date(2026, 10, 27), TODAY),
        (date(2026, 9, 1), date(2026, 10, 26)),
    ]
    assert (account.history_done_from, account.covered_until) == (date(2026, 9, 1), date(2026, 11, 23))
