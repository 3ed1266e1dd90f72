"""Numbers and runs to come on a client's page: what they say, and what is not known."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal as D

import pytest
import time_machine
from django.test import Client as Browser
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from agency.models import Agency, Client
from agency.services import archive_client
from reports.models import AdAccount, ReportSettings
from tests.factories import make_client
from tests.reports.factories import make_account, make_days, make_settings, week

HTMX = {"HX-Request": "true"}
VIEWS = ["numbers", "schedule"]
#: Tuesday, 10:00 in São Paulo.
NOW = datetime(2026, 11, 24, 13, tzinfo=UTC)
YESTERDAY = date(2026, 11, 23)


@pytest.fixture
def client(agency: Agency) -> Client:
    return make_client(agency=agency, name="Moda Ipê")


@pytest.fixture
def account(client: Client) -> AdAccount:
    return make_account(client=client, name="Ipê Loja")


def url(name: str, client: Client) -> str:
    return reverse(f"reports:{name}", args=[client.pk])


def shown(browser: Browser, name: str, client: Client, **query: str) -> str:
    return browser.get(url(name, client), query, headers=HTMX).content.decode()


def words(page: str) -> str:
    """What a person reads of it."""
    return " ".join(re.sub(r"<[^>]*>", " ", page).split())


@pytest.mark.parametrize("name", VIEWS)
@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_wrong_method(name: str, method: str, as_owner: Browser, client: Client) -> None:
    assert getattr(as_owner, method)(url(name, client)).status_code == 405


@pytest.mark.parametrize("name", VIEWS)
def test_anonymous_goes_to_login(name: str, as_anonymous: Browser, client: Client) -> None:
    answer = as_anonymous.get(url(name, client))

    assert (answer.status_code, answer["Location"].startswith(reverse("account_login"))) == (302, True)
    assert as_anonymous.get(url(name, client), headers=HTMX)["HX-Redirect"].startswith(reverse("account_login"))


@pytest.mark.parametrize("name", VIEWS)
def test_a_stranger_finds_nothing(name: str, as_stranger: Browser, client: Client) -> None:
    assert as_stranger.get(url(name, client)).status_code == 404


@pytest.mark.parametrize("name", VIEWS)
def test_an_archived_client_is_not_found(name: str, as_owner: Browser, client: Client) -> None:
    archive_client(client)

    assert as_owner.get(url(name, client)).status_code == 404


@pytest.mark.parametrize("name", VIEWS)
def test_the_same_address_is_a_whole_page_without_javascript(
    name: str, as_owner: Browser, client: Client, account: AdAccount
) -> None:
    make_settings(client)

    page = as_owner.get(url(name, client)).content.decode()

    assert "<html" in page
    assert "<h1" in page
    assert "<html" not in shown(as_owner, name, client)


@time_machine.travel(NOW, tick=False)
def test_each_metric_with_its_change(as_owner: Browser, client: Client, account: AdAccount) -> None:
    make_days(account, week(YESTERDAY), spend=D("108.00"), leads=5)
    make_days(account, week(YESTERDAY - timedelta(days=7)), spend=D("100.00"), leads=0)

    page = words(shown(as_owner, "numbers", client))

    assert "Investimento por dia 17 a 23 nov 10 a 16 nov" in page
    assert "Meta Ads Ipê Loja" in page
    for text in ("Investimento R$ 756,00 +8% que antes", "Leads 35 novo", "Cliques 700 igual", "ROAS 2,31x -7%"):
        assert text in page
    for label in ("Receita", "Conversões", "Mensagens", "Impressões", "CTR", "CPA", "CPC", "CPM"):
        assert label in page


@time_machine.travel(NOW, tick=False)
def test_colour_is_for_what_is_plainly_good_or_bad(as_owner: Browser, client: Client, account: AdAccount) -> None:
    make_days(account, week(YESTERDAY), spend=D("200.00"), leads=4)
    make_days(account, week(YESTERDAY - timedelta(days=7)), spend=D("100.00"), leads=2)

    page = shown(as_owner, "numbers", client)

    rows = re.findall(r"<dt>(\w+)</dt>(.*?)</div>", page, re.DOTALL)
    tones = {label: re.findall(r'<b class="font-semibold([^"]*)"', row)[0] for label, row in rows if "<b" in row}
    assert tones["Investimento"] == ""
    assert tones["Leads"] == " is-ok"
    assert tones["ROAS"] == tones["CPA"] == " is-bad"


@time_machine.travel(NOW, tick=False)
def test_the_report_says_which_figures_stand_first_and_how_they_are_called(
    as_owner: Browser, client: Client, account: AdAccount
) -> None:
    make_settings(
        client,
        template="messages",
        metrics=["messages", "spend", "cost_per_message", "link_clicks", "cpm"],
        goals={"messages": "20", "cost_per_message": "900"},
        goals_currency="BRL",
        period="last_7_days",
    )
    make_days(account, week(YESTERDAY, weeks=5), spend=D("100.00"), messages=4, impressions=1000)

    page = shown(as_owner, "numbers", client)
    tiles = re.findall(r'<dt class="eyebrow">([^<]*)</dt>', page)

    assert tiles == ["Conversas iniciadas", "Investimento", "Custo por conversa", "CPM"]
    assert "Conversas iniciadas por dia" in words(page)
    assert "Conversas iniciadas meta 20 atingida 28 igual" in words(page)
    assert "Outros" in words(page)
    assert "Receita" in words(page)  # a click away
    # A goal is of the report's own period.
    assert "meta 20" not in words(shown(as_owner, "numbers", client, periodo="last_30_days"))


@time_machine.travel(NOW, tick=False)
def test_unknown_is_a_dash_and_never_zero(as_owner: Browser, client: Client, account: AdAccount) -> None:
    make_days(account, week(YESTERDAY), messages=None, revenue=None)

    page = words(shown(as_owner, "numbers", client))

    for text in ("Receita —", "ROAS —", "Mensagens —"):
        assert text in page
    assert "Mensagens 0" not in page


@time_machine.travel(NOW, tick=False)
def test_days_without_numbers_are_named_and_nothing_is_compared(
    as_owner: Browser, client: Client, account: AdAccount
) -> None:
    make_days(account, [day for day in week(YESTERDAY, weeks=2) if day not in (date(2026, 11, 20), date(2026, 11, 21))])

    page = words(shown(as_owner, "numbers", client))

    assert "Sem números em 20 e 21 nov de Ipê Loja." in page
    assert "Importar números" in page
    assert "sem base para comparar" in page
    assert "que antes" not in page


@time_machine.travel(NOW, tick=False)
def test_a_day_on_which_nothing_ran_is_not_missing(as_owner: Browser, client: Client, account: AdAccount) -> None:
    make_days(account, week(YESTERDAY), spend=D(0), clicks=0, impressions=0, conversions=D(0), leads=0, revenue=D(0))

    page = words(shown(as_owner, "numbers", client))

    assert "Sem números" not in page
    assert "Investimento R$ 0,00" in page
    assert "ROAS —" in page


@time_machine.travel(NOW, tick=False)
@pytest.mark.parametrize(
    ("asked", "days", "spend"),
    [
        ("yesterday", "23 nov", "R$ 10,00"),
        ("last_7_days", "17 a 23 nov", "R$ 70,00"),
        ("last_30_days", "25 out a 23 nov", "R$ 300,00"),
        ("this_month", "1 a 23 nov", "R$ 230,00"),
        ("last_month", "1 a 31 out", "R$ 310,00"),
        ("", "1 a 23 nov", "R$ 230,00"),
        ("last_millennium", "1 a 23 nov", "R$ 230,00"),
    ],
)
def test_the_period_is_the_one_asked_for_else_the_reports(
    asked: str, days: str, spend: str, as_owner: Browser, client: Client, account: AdAccount
) -> None:
    make_settings(client, period="this_month")
    make_days(account, week(YESTERDAY, weeks=10), spend=D("10.00"))

    page = shown(as_owner, "numbers", client, periodo=asked)

    assert (f"Investimento por dia {days} " in words(page)) or (f"{days} , comparado com 22 nov" in words(page))
    assert f"Investimento {spend}" in words(page)
    current = re.findall(r'id="period-(\w+)"[^>]*aria-current="true"', page)
    assert current == [asked if asked in ("yesterday", "last_7_days", "last_30_days", "last_month") else "this_month"]


@time_machine.travel(NOW, tick=False)
@pytest.mark.parametrize("blend", [False, True])
def test_platforms_are_summed_only_where_the_client_chose_it(
    blend: bool, as_owner: Browser, client: Client, account: AdAccount
) -> None:
    make_settings(client, blend=blend)
    other = make_account(client=client, platform="google", name="Ipê Busca")
    make_days(account, week(YESTERDAY), spend=D("10.00"))
    make_days(other, week(YESTERDAY), spend=D("1.00"))

    page = words(shown(as_owner, "numbers", client))

    assert "Meta Ads Ipê Loja" in page
    assert "Google Ads Ipê Busca" in page
    assert ("R$ 70,00" in page, "R$ 7,00" in page) == (True, True)
    assert ("Soma das plataformas" in page, "R$ 77,00" in page) == (blend, blend)


@time_machine.travel(NOW, tick=False)
@pytest.mark.parametrize(
    ("asked", "current", "spend"),
    [
        ("", "meta", "R$ 70,00"),
        ("google", "google", "R$ 7,00"),
        ("soma", "soma", "R$ 77,00"),
        ("tiktok", "meta", "R$ 70,00"),
        ("meta-EUR", "meta", "R$ 70,00"),
    ],
)
def test_one_platform_is_drawn_and_the_period_stays(
    asked: str, current: str, spend: str, as_owner: Browser, client: Client, account: AdAccount
) -> None:
    make_settings(client, blend=True)
    make_days(account, week(YESTERDAY), spend=D("10.00"))
    make_days(make_account(client=client, platform="google"), week(YESTERDAY), spend=D("1.00"))

    page = shown(as_owner, "numbers", client, periodo="last_7_days", plataforma=asked)

    assert re.findall(r'id="platform-(\w+)"[^>]*aria-current="true"', page) == [current]
    assert re.search(r'eyebrow">Investimento</dt><dd[^>]*>([^<]*)<', page).group(1) == spend  # type: ignore[union-attr]
    assert f"?periodo=last_30_days&amp;plataforma={current}" in page
    assert f"{reverse('agency:client', args=[client.pk])}?periodo=last_7_days&amp;plataforma=google" in page


@time_machine.travel(NOW, tick=False)
@pytest.mark.parametrize("blend", [False, True])
def test_without_a_choice_there_is_no_switch(
    blend: bool, as_owner: Browser, client: Client, account: AdAccount
) -> None:
    make_settings(client, blend=blend)
    make_days(account, week(YESTERDAY))

    page = shown(as_owner, "numbers", client)

    assert 'aria-label="Plataforma"' not in page
    assert "Somar as duas" not in page


@time_machine.travel(NOW, tick=False)
def test_days_are_drawn_with_their_gap_for_both_widths(as_owner: Browser, client: Client, account: AdAccount) -> None:
    make_settings(client, conversion_family="purchases")
    make_days(account, [day for day in week(YESTERDAY, weeks=2) if day != date(2026, 11, 20)])

    page = shown(as_owner, "numbers", client)

    assert "Investimento por dia 17 a 23 nov 10 a 16 nov sem dados em 20 nov Compras por dia" in words(
        re.sub(r"<svg.*?</svg>", "", page, flags=re.DOTALL)
    )
    assert re.findall(r'class="chart" viewBox="0 0 (\d+) (\d+)', page)[4:] == [
        ("860", "220"),
        ("340", "190"),
        ("860", "104"),
        ("340", "104"),
    ]
    assert page.count('viewBox="0 0 96 26"') == 4
    assert page.count('class="hole"') == 4


@time_machine.travel(NOW, tick=False)
def test_a_single_day_is_not_drawn(as_owner: Browser, client: Client, account: AdAccount) -> None:
    make_days(account, week(YESTERDAY, weeks=2))

    assert 'class="chart"' not in shown(as_owner, "numbers", client, periodo="yesterday")


@time_machine.travel(NOW, tick=False)
def test_two_currencies_are_two_blocks(as_owner: Browser, client: Client, account: AdAccount) -> None:
    make_settings(client, blend=True)
    make_days(account, week(YESTERDAY), spend=D("10.00"))
    make_days(make_account(client=client, name="Ipê Lisboa", currency="EUR"), week(YESTERDAY), spend=D("3.00"))

    page = words(shown(as_owner, "numbers", client))

    assert "Meta Ads (BRL) Ipê Loja" in page
    assert "Meta Ads (EUR) Ipê Lisboa" in page
    assert "€ 21,00" in page
    assert "Soma das plataformas" not in page


@time_machine.travel(NOW, tick=False)
def test_no_numbers_at_all_says_what_to_do(as_owner: Browser, client: Client, account: AdAccount) -> None:
    page = shown(as_owner, "numbers", client)

    assert "Sem números neste período." in page
    assert reverse("reports:imports") in page
    assert "R$ 0,00" not in page


def test_without_an_account_there_is_one_thing_to_do(as_owner: Browser, client: Client) -> None:
    page = shown(as_owner, "numbers", client)

    assert "Nenhuma conta de anúncio ainda." in page
    assert reverse("reports:account_new", args=[client.pk]) in page


@time_machine.travel(NOW, tick=False)
@pytest.mark.parametrize("count", [1, 3])
def test_what_the_numbers_cost(
    count: int, as_owner: Browser, client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    make_settings(client)
    for _ in range(count):
        make_days(make_account(client=client), week(YESTERDAY, weeks=2))
    shown(as_owner, "numbers", client)

    # session, user, membership + agency, the client; settings, accounts, numbers, days without numbers
    with django_assert_num_queries(8):
        shown(as_owner, "numbers", client)


@time_machine.travel(NOW, tick=False)
@pytest.mark.parametrize(
    ("settings", "sentence", "runs"),
    [
        (
            {"frequency": "weekly", "weekdays": (0,), "time_of_day": time(8), "next_run_at": "2026-11-30T11:00Z"},
            "Semanal, segunda-feira às 08:00 (Brasília) , últimos 7 dias, comparado",
            ["seg 30 nov, 08:00 23 a 29 nov", "seg 7 dez, 08:00 30 nov a 6 dez", "seg 14 dez, 08:00 7 a 13 dez"],
        ),
        (
            {"frequency": "monthly", "day_of_month": 1, "period": "this_month", "next_run_at": "2026-12-01T12:00Z"},
            "Mensal, dia 1 às 09:00 (Brasília) , mês atual, comparado",
            ["ter 1 dez, 09:00 1 a 30 nov", "sex 1 jan, 09:00 1 a 31 dez"],
        ),
        (
            {"frequency": "daily", "period": "yesterday", "compare": False, "next_run_at": "2026-11-25T12:00Z"},
            "Diário às 09:00 (Brasília) , ontem",
            ["qua 25 nov, 09:00 24 nov", "qui 26 nov, 09:00 25 nov", "dom 29 nov, 09:00 28 nov"],
        ),
    ],
)
def test_the_next_runs_with_the_days_they_will_be_about(
    settings: dict[str, object], sentence: str, runs: list[str], as_owner: Browser, client: Client
) -> None:
    at = datetime.fromisoformat(str(settings.pop("next_run_at")))
    make_settings(client, next_run_at=at, **settings)

    page = shown(as_owner, "schedule", client)

    assert sentence in words(page)
    assert page.count("<li") == 5
    for run in runs:
        assert run in words(page)
    assert "Pausar" in page


@time_machine.travel(NOW, tick=False)
def test_the_first_of_the_next_runs_is_the_one_that_is_stored(as_owner: Browser, client: Client) -> None:
    """An edit on a day that has had its report puts the next one on a later day, and the page must say the same."""
    make_settings(
        client, time_of_day=time(18), last_run_on=date(2026, 11, 24), next_run_at=datetime(2026, 11, 25, 21, tzinfo=UTC)
    )

    page = words(shown(as_owner, "schedule", client))

    assert "qua 25 nov, 18:00" in page
    assert "ter 24 nov" not in page


@pytest.mark.parametrize(
    ("settings", "text", "button"),
    [
        ({"active": False}, "Pausado: nenhum relatório sai sozinho até retomar.", "Retomar"),
        ({"frequency": "manual"}, "Nada sai sozinho", ""),
    ],
)
def test_paused_and_manual_are_said(
    settings: dict[str, object], text: str, button: str, as_owner: Browser, client: Client
) -> None:
    make_settings(client, next_run_at=None, **settings)

    page = shown(as_owner, "schedule", client)

    assert text in page
    assert "<li" not in page
    assert ("Retomar" in page, "Pausar" in page) == (bool(button), False)


def test_a_client_without_settings_is_not_given_any_by_looking(as_owner: Browser, client: Client) -> None:
    assert "Ainda não configurado." in shown(as_owner, "schedule", client)
    assert not ReportSettings.objects.exists()


def test_what_the_schedule_costs(
    as_owner: Browser, client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    make_settings(client, next_run_at=NOW)
    shown(as_owner, "schedule", client)

    with django_assert_num_queries(5):  # session, user, membership + agency, the client; settings
        shown(as_owner, "schedule", client)
