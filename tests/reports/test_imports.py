from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal as D
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from agency.models import Agency
from agency.services import archive_client
from reports import imports
from reports.import_rows import Problems
from reports.imports import Refused, preview, read, store
from reports.models import AdAccount, DailyMetric, MetricsImport
from tests.factories import make_agency, make_client, make_user
from tests.reports.factories import make_account, make_days

pytestmark = pytest.mark.django_db

#: 09:00 in São Paulo.
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
YESTERDAY = date(2026, 11, 23)
HEADER = "plataforma;conta;data;investimento;receita;impressoes;cliques;conversoes;leads;mensagens"
#: The numbers that `make_days` writes, as a row ends.
USUAL = "100,00;250,00;5000;100;4;2;3"


@pytest.fixture
def agency() -> Agency:
    return make_agency()


@pytest.fixture
def account(agency: Agency) -> AdAccount:
    return make_account(client=make_client(agency=agency, name="Moda Ipê"), external_id="700100000000001")


def lines(account: AdAccount, days: list[date], numbers: str = USUAL) -> list[str]:
    return [f"{account.platform};{account.external_id};{day};{numbers}" for day in days]


def content(*rows: str, header: str = HEADER) -> bytes:
    return "\n".join([header, *rows]).encode()


def kept(agency: Agency, *rows: str, header: str = HEADER) -> MetricsImport:
    found = read(agency, "numeros.csv", content(*rows, header=header), None, NOW)
    assert isinstance(found, MetricsImport), found
    return found


def told(agency: Agency, *rows: str) -> tuple[str, ...]:
    found = read(agency, "numeros.csv", content(*rows), None, NOW)
    assert isinstance(found, Problems)
    return found.told


def days_back(count: int) -> list[date]:
    return [YESTERDAY - timedelta(days=number) for number in range(count)]


def counts(metrics_import: MetricsImport) -> tuple[int, int, int]:
    return metrics_import.days_new, metrics_import.days_changed, metrics_import.days_same


def test_a_file_is_kept_for_its_preview_and_writes_no_number(agency: Agency, account: AdAccount) -> None:
    user = make_user(agency=agency)

    found = read(agency, "numeros\n.csv", b"\xef\xbb\xbf" + content(*lines(account, [YESTERDAY])), user, NOW)

    assert isinstance(found, MetricsImport)
    assert (found.status, found.file_name, found.created_by) == ("pending", "numeros.csv", user)
    assert found.content == content(*lines(account, [YESTERDAY])).decode()
    assert not DailyMetric.objects.exists()


def test_preview_tells_new_changed_same_and_missing_days(agency: Agency, account: AdAccount) -> None:
    make_days(account, [YESTERDAY, YESTERDAY - timedelta(days=1)])
    make_days(account, [YESTERDAY - timedelta(days=5)])  # known, and not named by the file: no gap
    rows = lines(account, [YESTERDAY, YESTERDAY - timedelta(days=9)])
    changed = lines(account, [YESTERDAY - timedelta(days=1)], USUAL.replace("100,00", "90,00"))

    (found,) = preview(kept(agency, *rows, *changed), NOW).accounts

    assert found.account == account
    assert (found.first, found.last) == (date(2026, 11, 14), YESTERDAY)
    assert (found.new, found.changed, found.same) == (1, 1, 1)
    assert found.gaps == [date(2026, 11, day) for day in (15, 16, 17, 19, 20, 21)]
    assert found.missing == "15 a 17 nov e 19 a 21 nov"
    assert (found.sums.spend, found.sums.impressions) == (D(290), 15000)


def test_storing_writes_the_days_and_the_recent_spend(agency: Agency, account: AdAccount) -> None:
    stored = store(kept(agency, *lines(account, days_back(3))), now=NOW)

    assert (stored.status, stored.stored_at, stored.content) == ("stored", NOW, "")
    assert counts(stored) == (3, 0, 0)
    row = DailyMetric.objects.get(date=YESTERDAY)
    assert (row.client, row.account, row.platform) == (account.client, account, "meta")
    assert (row.spend, row.revenue, row.conversions) == (D(100), D(250), D(4))
    assert (row.impressions, row.clicks, row.leads, row.messages) == (5000, 100, 2, 3)
    account.refresh_from_db()
    assert account.daily_spend == D(100)


def test_the_same_file_twice_changes_nothing_and_says_so(agency: Agency, account: AdAccount) -> None:
    rows = lines(account, days_back(3), "100,00;;5000;;;;")
    store(kept(agency, *rows), now=NOW)
    before = list(DailyMetric.objects.order_by("pk").values())

    second = kept(agency, *rows)
    with CaptureQueriesContext(connection) as queries:
        stored = store(second, now=NOW)

    assert counts(stored) == (0, 0, 3)
    assert list(DailyMetric.objects.order_by("pk").values()) == before
    assert not [query for query in queries if "reports_dailymetric" in query["sql"] and "SELECT" not in query["sql"]]


def test_what_the_file_does_not_say_stays_as_it_is(agency: Agency, account: AdAccount) -> None:
    make_days(account, [YESTERDAY])

    stored = store(kept(agency, *lines(account, [YESTERDAY], "90,00;;;7;;;")), now=NOW)

    row = DailyMetric.objects.get()
    assert counts(stored) == (0, 1, 0)
    assert (row.spend, row.revenue, row.clicks, row.leads) == (D(90), D(250), 7, 2)


@pytest.mark.parametrize("fill_gaps", [False, True])
def test_missing_days_are_zeros_only_where_a_person_says_so(
    fill_gaps: bool, agency: Agency, account: AdAccount
) -> None:
    known = YESTERDAY - timedelta(days=1)
    make_days(account, [known], spend=D(70))
    found = kept(agency, *lines(account, [YESTERDAY, YESTERDAY - timedelta(days=3)]))

    stored = store(found, fill_gaps=fill_gaps, now=NOW)

    assert stored.fill_gaps is fill_gaps
    assert counts(stored) == (3 if fill_gaps else 2, 0, 0)
    filled = DailyMetric.objects.filter(spend=0)
    assert [row.date for row in filled] == ([YESTERDAY - timedelta(days=2)] if fill_gaps else [])
    assert all((row.revenue, row.impressions, row.leads, row.messages) == (0, 0, 0, 0) for row in filled)
    assert DailyMetric.objects.get(date=known).spend == D(70)


def test_one_bad_row_keeps_nothing_of_the_file(agency: Agency, account: AdAccount) -> None:
    good = lines(account, days_back(2))

    assert told(agency, *good, "meta;700100000000001;31/02/2026;1;;;;;;") == ("Linha 4: data “31/02/2026” não existe.",)
    assert not MetricsImport.objects.exists()
    assert not DailyMetric.objects.exists()


def test_what_is_no_text_is_told(agency: Agency) -> None:
    found = read(agency, "numeros.pdf", b"%PDF", None, NOW)

    assert found == Problems(("Isto é um PDF. Exporte os números como CSV ou XLSX e envie de novo.",))
    assert not MetricsImport.objects.exists()


def test_problems_of_rows_and_of_accounts_come_in_the_order_of_the_lines(agency: Agency, account: AdAccount) -> None:
    found = told(
        agency,
        *lines(account, [YESTERDAY + timedelta(days=2)]),
        *lines(account, [YESTERDAY], "-1;;;;;;"),
        "google;7001000001;2026-11-23;1;;;;;;",
    )

    assert found == (
        "Linha 2: o dia 25/11/2026 ainda não chegou.",
        "Linha 3: investimento “-1” é um número negativo.",
        "Linha 4: a conta 700-100-0001 do Google Ads não está ligada a nenhum cliente.",
    )


def test_the_day_that_has_come_is_that_of_the_account(agency: Agency, account: AdAccount) -> None:
    late = datetime(2026, 11, 24, 15, 30, tzinfo=UTC)  # 00:30 of the 25th in Tokyo
    file = content(*lines(account, [date(2026, 11, 24)]))

    assert isinstance(read(agency, "a.csv", file, None, late), Problems)
    AdAccount.objects.update(time_zone="Asia/Tokyo")
    assert isinstance(read(agency, "a.csv", file, None, late), MetricsImport)


def test_an_account_of_another_agency_is_unknown(agency: Agency, account: AdAccount) -> None:
    theirs = make_account(external_id="700100000000002")

    assert told(agency, *lines(theirs, [YESTERDAY])) == (
        "Linha 2: a conta act_700100000000002 da Meta Ads não está ligada a nenhum cliente.",
    )


def test_an_id_means_an_account_of_its_platform_only(agency: Agency) -> None:
    make_account(client=make_client(agency=agency), platform="meta", external_id="7001000001")

    assert told(agency, "google;7001000001;2026-11-23;1;;;;;;") == (
        "Linha 2: a conta 700-100-0001 do Google Ads não está ligada a nenhum cliente.",
    )


def test_an_archived_clients_account_does_not_count(agency: Agency, account: AdAccount) -> None:
    archive_client(account.client)

    assert len(told(agency, *lines(account, [YESTERDAY]))) == 1


def test_an_account_of_two_clients_goes_to_both(agency: Agency, account: AdAccount) -> None:
    other = make_account(client=make_client(agency=agency, name="Outlet Ipê"), external_id=account.external_id)
    theirs = make_account(external_id=account.external_id)  # of another agency
    make_days(other, [YESTERDAY])
    found = kept(agency, *lines(account, days_back(2)))

    seen = preview(found, NOW)
    stored = store(found, now=NOW)

    assert [(each.account, each.new, each.same) for each in seen.accounts] == [(account, 2, 0), (other, 1, 1)]
    assert counts(stored) == (3, 0, 1)
    assert account.daily_metrics.count() == other.daily_metrics.count() == 2
    assert theirs.daily_metrics.count() == 0


def test_a_file_that_does_not_fit_any_more_stores_nothing_and_stays(agency: Agency, account: AdAccount) -> None:
    other = make_account(client=make_client(agency=agency), external_id="700100000000002")
    found = kept(agency, *lines(account, [YESTERDAY]), *lines(other, [YESTERDAY]))
    other.delete()

    with pytest.raises(Refused) as refused:
        store(found, now=NOW)

    assert refused.value.problems.told == (
        "Linha 3: a conta act_700100000000002 da Meta Ads não está ligada a nenhum cliente.",
    )
    assert preview(found, NOW).problems == refused.value.problems
    found.refresh_from_db()
    assert (found.status, found.stored_at, counts(found)) == ("pending", None, (0, 0, 0))
    assert found.content
    assert not DailyMetric.objects.exists()


def test_a_failure_while_writing_leaves_nothing_half_stored(agency: Agency, account: AdAccount) -> None:
    other = make_account(client=make_client(agency=agency, name="Zelo"), external_id="700100000000002")
    found = kept(agency, *lines(account, [YESTERDAY]), *lines(other, [YESTERDAY]))

    def lost_after_the_first_account(execute: Callable[..., Any], sql: str, *arguments: Any) -> Any:
        done = execute(sql, *arguments)
        if sql.startswith("INSERT") and "reports_dailymetric" in sql:
            raise ConnectionResetError
        return done

    with pytest.raises(ConnectionResetError), connection.execute_wrapper(lost_after_the_first_account):
        store(found, now=NOW)

    found.refresh_from_db()
    assert found.status == "pending"
    assert not DailyMetric.objects.exists()


def test_a_file_is_stored_once(agency: Agency, account: AdAccount) -> None:
    found = kept(agency, *lines(account, [YESTERDAY]))
    opened_in_another_tab = MetricsImport.objects.get()
    store(found, now=NOW)
    DailyMetric.objects.update(spend=D(55))

    again = store(opened_in_another_tab, fill_gaps=True, now=NOW + timedelta(minutes=1))

    assert (again.stored_at, again.fill_gaps, counts(again)) == (NOW, False, (1, 0, 0))
    assert DailyMetric.objects.get().spend == D(55)


def test_a_discarded_file_is_not_stored_and_a_stored_one_not_discarded(agency: Agency, account: AdAccount) -> None:
    given_up, done = (kept(agency, *lines(account, [YESTERDAY])) for _ in range(2))

    assert imports.discard(given_up)
    assert not imports.discard(given_up)
    assert store(given_up, now=NOW).status == "discarded"
    assert given_up.content == ""
    assert not DailyMetric.objects.exists()
    assert store(done, now=NOW).status == "stored"
    assert not imports.discard(done)
    done.refresh_from_db()
    assert done.status == "stored"


def test_what_nobody_decided_about_in_a_day_is_given_up(agency: Agency, account: AdAccount) -> None:
    forgotten, fresh, done = (kept(agency, *lines(account, [YESTERDAY])) for _ in range(3))
    store(done, now=NOW)
    MetricsImport.objects.exclude(pk=fresh.pk).update(created_at=NOW - timedelta(days=1, seconds=1))
    MetricsImport.objects.filter(pk=fresh.pk).update(created_at=NOW - timedelta(hours=23))

    kept(agency, *lines(account, [YESTERDAY]))

    state = dict(MetricsImport.objects.values_list("pk", "status"))
    assert (state[forgotten.pk], state[fresh.pk], state[done.pk]) == ("discarded", "pending", "stored")
    forgotten.refresh_from_db()
    assert forgotten.content == ""


def test_statements_grow_with_the_accounts_and_not_with_the_days(agency: Agency) -> None:
    def statements(accounts: int, days: int) -> int:
        made = [
            make_account(client=make_client(agency=agency), external_id=str(uuid.uuid4().int)[:15])
            for _ in range(accounts)
        ]
        found = kept(agency, *(line for account in made for line in lines(account, days_back(days))))
        with CaptureQueriesContext(connection) as queries:
            store(found, now=NOW)
        return len(queries)

    one = statements(1, 40)

    assert statements(1, 80) == one
    assert statements(6, 40) - one <= 5 * 6
    assert one <= 15


def test_preview_costs_the_same_for_one_account_and_for_many(agency: Agency) -> None:
    def statements(accounts: int) -> int:
        made = [
            make_account(client=make_client(agency=agency), external_id=str(uuid.uuid4().int)[:15])
            for _ in range(accounts)
        ]
        found = kept(agency, *(line for account in made for line in lines(account, days_back(3))))
        with CaptureQueriesContext(connection) as queries:
            preview(found, NOW)
        return len(queries)

    assert statements(1) == statements(20) == 2


@pytest.mark.django_db(transaction=True)
def test_two_clicks_at_once_store_once() -> None:
    agency = make_agency()
    account = make_account(client=make_client(agency=agency), external_id="700100000000001")
    found = kept(agency, *lines(account, days_back(3)))
    start = threading.Barrier(2)

    def click() -> MetricsImport:
        try:
            mine = MetricsImport.objects.select_related("agency").get(pk=found.pk)
            start.wait(timeout=10)
            return store(mine, now=NOW)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        stored = [future.result() for future in [pool.submit(click) for _ in range(2)]]

    assert [counts(each) for each in stored] == [(3, 0, 0), (3, 0, 0)]
    assert DailyMetric.objects.count() == 3
