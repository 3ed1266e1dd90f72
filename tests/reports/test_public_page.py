"""A report's page without login: what was sent and nothing else, to whoever has its address, and no trace of it."""

from __future__ import annotations

import logging
import re
import uuid
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal as D
from html import unescape
from typing import Any

import pytest
import time_machine
from django.test import Client as Browser
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from agency import logos
from agency.logo_image import Ground, LogoImage
from agency.models import Agency, Client
from connections.models import Message
from reports import page_links, sending, snapshot
from reports.choices import Platform
from reports.goals import Goals
from reports.layout import Kind
from reports.metrics import ALL, Metric, Sums
from reports.models import Report
from reports.pdf import pdf
from reports.periods import Days
from reports.sections import Letterhead
from reports.snapshot import Block, Campaign, DayPoint, ReportData
from tests.factories import make_client, make_connection, make_message, make_user
from tests.reports.factories import make_account, make_days, make_recipient, make_settings, week

HTMX = {"HX-Request": "true"}
#: Tuesday, 10:00 in São Paulo.
NOW = datetime(2026, 11, 24, 13, tzinfo=UTC)
YESTERDAY = date(2026, 11, 23)
DAYS, BASE = Days(date(2026, 11, 17), YESTERDAY), Days(date(2026, 11, 10), date(2026, 11, 16))
GOOGLE = Sums(D("2667.40"), D("11203.00"), D("34"), 40000, 2000, 34, 0)
GOOGLE_BEFORE = Sums(D("2469.81"), D("9827.19"), D("41"), 38000, 1900, 41, 0)
META = Sums(D("1682.50"), None, D("63"), 90000, 1500, 63, 33)


@pytest.fixture(autouse=True)
def at_ten() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def visitor() -> Browser:
    return Browser()


@pytest.fixture
def client(agency: Agency, owner: Any) -> Client:
    return make_client(agency=agency, name="Serra Azul")


@pytest.fixture
def report(client: Client) -> Report:
    """Sent as a click sends it, of a week of round numbers, to two people."""
    make_settings(client)
    account = make_account(client=client, name="Serra Azul Residencial", platform="google")
    make_days(account, week(YESTERDAY), spend=D("108.00"), leads=5, conversions=D(5))
    make_days(account, week(YESTERDAY - timedelta(days=7)), spend=D("100.00"), leads=0, conversions=D(0))
    make_recipient(client)
    make_recipient(client)
    return sending.send_now(client, "click").report


def frozen(client: Client, *blocks: Block, chosen: tuple[Metric, ...] = ALL, **said: Any) -> Report:
    data = ReportData(client.name, DAYS, BASE, chosen, blocks, **said)
    return Report.objects.create(
        client=client,
        settings=make_settings(client),
        occurrence="manual:frozen",
        trigger="manual",
        snapshot=snapshot.to_json(data),
    )


def address(report: Report) -> str:
    return reverse("reports:public", args=[page_links.token_of(report)])


def words(page: str) -> str:
    return unescape(" ".join(re.sub(r"<[^>]*>", " ", page).split()))


def seen(visitor: Browser, report: Report) -> str:
    answer = visitor.get(address(report))
    assert answer.status_code == 200
    return answer.content.decode()


def test_it_says_what_was_sent_as_it_was_sent(visitor: Browser, report: Report) -> None:
    page = words(seen(visitor, report))

    assert "Resumo de performance, 17 a 23 de novembro de 2026 Serra Azul" in page
    assert "Resultado positivo no período : cada R$ 1,00 investido no Google trouxe R$ 2,31 em receita." in page
    for text in (
        "Investimento R$ 756,00 +8% que antes",
        "Receita R$ 1.750,00 igual",
        "ROAS 2,31x -7%",
        "Leads 35 novo",
    ):
        assert text in page
    for text in ("Mensagens 21", "Cliques 700", "CPA R$ 21,60", "CTR 2,00%"):
        assert text in page
    references = Message.objects.order_by("created_at", "reference").values_list("reference", flat=True)
    assert f"Montado em 24/11/2026 às 10:00, ref. #{references[0]}, #{references[1]}. Os números são os" in page
    Message.objects.update(sent_at=NOW + timedelta(minutes=1))
    make_message(client=report.client, subject=report.subject, file_name="Relatório.pdf")  # goes with it, is not it
    assert "Enviado em 24/11/2026 às 10:01, ref." in words(seen(visitor, report))


def test_three_references_are_named(visitor: Browser, report: Report) -> None:
    client = report.client
    for number in range(3):
        make_recipient(client, name=f"Z {number}")
    page = words(seen(visitor, sending.send_now(client, "another click").report))

    assert re.search(r"ref\. #\w+, #\w+, #\w+ e mais 2\. Os números são os daquele momento\.", page)


def test_a_single_day_says_with_what_it_is_compared(visitor: Browser, client: Client) -> None:
    make_settings(client, period="yesterday")
    make_days(make_account(client=client), week(YESTERDAY))
    make_recipient(client)
    page = words(seen(visitor, sending.send_now(client, "click").report))

    assert "Resumo de performance, 23 de novembro de 2026, comparado com 22 nov" in page


def test_the_message_leads_to_its_page(visitor: Browser, report: Report) -> None:
    assert "/r/" not in Message.objects.values_list("body", flat=True)[0]
    report.settings.with_page = True
    report.settings.save()
    linked = sending.send_now(report.client, "another click").report

    for message in Message.objects.filter(subject=linked.subject):
        *_, page_line, empty, last = message.body.split("\n")
        given = page_line.removeprefix("🔗 Relatório completo: ")
        assert (empty, message.reference in last) == ("", True)
        assert f"#{message.reference}" in words(visitor.get(given).content.decode())


def test_numbers_that_come_later_change_nothing(visitor: Browser, report: Report) -> None:
    before = seen(visitor, report)
    account = report.client.ad_accounts.get()
    account.daily_metrics.update(spend=D("9.00"))
    account.name = "Outro nome"
    account.save()
    Client.objects.update(name="Outro cliente")

    assert seen(visitor, report) == before


def test_platforms_are_apart_and_four_figures_stand_first(visitor: Browser, client: Client) -> None:
    google = Block(Platform.GOOGLE, "BRL", GOOGLE, GOOGLE_BEFORE)
    meta = Block(Platform.META, "BRL", META)
    page = words(seen(visitor, frozen(client, meta, google)))

    meta_words, google_words = page.split("Google Ads")
    assert "Meta Ads Investimento R$ 1.682,50 Leads 63 Mensagens 33 CPA R$ 26,71" in meta_words
    assert "Investimento R$ 2.667,40 +8% que antes Receita R$ 11.203,00 +14% que antes ROAS 4,20x +6%" in google_words
    assert "Leads 34 -17% que antes" in google_words
    assert "Na Meta, os leads foram 63." in meta_words
    assert "Receita" not in meta_words.split("Meta Ads")[1]  # unknown, so the message has no line for it either


@pytest.mark.parametrize("count", [2, 20, 21])
def test_campaigns_are_twenty_at_once(count: int, visitor: Browser, client: Client) -> None:
    campaigns = tuple(
        Campaign(f"Campanha {n:02} <b>", Sums(D(n), None, D(2), 1000, 50, 2, 0)) for n in range(count, 0, -1)
    )
    page = seen(visitor, frozen(client, Block(Platform.META, "BRL", META, campaigns=campaigns)))

    assert page.count('scope="row"') == count
    assert ("Ver todas as 21 campanhas" in page) is (count > 20)
    assert "Campanha 02 &lt;b&gt;" in page
    assert "Campanha Investimento Leads CPA CTR" in words(page)
    # the price of a result, a second line of the name on a phone and a column elsewhere
    assert "CPA R$ 1,00 CTR 5,00% R$ 2,00 2 R$ 1,00 5,00%" in words(page)


def test_days_are_drawn_for_both_widths_with_their_gap(visitor: Browser, client: Client) -> None:
    days = tuple(DayPoint(day, None if day.day == 20 else GOOGLE) for day in DAYS.each)
    before = tuple(DayPoint(day, GOOGLE_BEFORE) for day in BASE.each)
    page = seen(visitor, frozen(client, Block(Platform.GOOGLE, "BRL", GOOGLE, by_day=days, by_day_before=before)))

    assert "Investimento por dia no Google 17 a 23 nov 10 a 16 nov sem dados em 20 nov" in words(page)
    assert re.findall(r'class="chart" viewBox="0 0 (\d+) ', page) == ["860", "340"]
    assert page.count('class="hole"') == 2


def test_only_chosen_metrics_are_shown(visitor: Browser, client: Client) -> None:
    block = Block(Platform.GOOGLE, "BRL", GOOGLE, campaigns=(Campaign("Pesquisa", GOOGLE),))
    page = words(seen(visitor, frozen(client, block, chosen=(Metric.SPEND, Metric.CLICKS))))

    assert "Investimento R$ 2.667,40 Cliques 2.000" in page
    for word in ("ROAS", "Receita", "Leads", "CPA", "Resultado", "11.203", "no Google"):
        assert word not in page


MESSAGES = (Metric.MESSAGES, Metric.SPEND, Metric.COST_PER_MESSAGE, Metric.CPM, Metric.REACH)


def test_it_says_what_the_gestor_chose(visitor: Browser, client: Client) -> None:
    meta = Block(Platform.META, "BRL", META, META, campaigns=(Campaign("Remarketing", META),))
    goals = Goals("BRL", {Metric.MESSAGES: D(33), Metric.COST_PER_MESSAGE: D(47), Metric.CPM: D(2)})
    page = seen(
        visitor,
        frozen(
            client,
            meta,
            chosen=MESSAGES,
            labels={Metric.MESSAGES: "Conversas iniciadas"},
            goals=goals,
            title="Semana de *{{ cliente }}*",
            comment="Oi! *{{ mensagens }} conversas*, <b>só</b> da _Meta_.",
        ),
    )

    assert "Semana de Serra Azul, 17 a 23 de novembro de 2026" in words(page)
    assert "Oi! <strong>33 conversas</strong>, &lt;b&gt;só&lt;/b&gt; da <em>Meta</em>." in page
    for text in (
        "Meta Ads Conversas iniciadas 33 igual meta 33 atingida Investimento R$ 1.682,50 igual",
        "Custo por conversa R$ 50,98 igual perto da meta R$ 47,00",
        "CPM R$ 18,69 igual fora da meta R$ 2,00",
        "Campanha Investimento Conversas iniciadas Custo por conversa",
        "Na Meta, as conversas iniciadas ficaram iguais.",
    ):
        assert text in words(page)
    assert "🟢" not in page
    for word in ("Alcance", "Leads", "Resultado positivo"):
        assert word not in words(page)


def test_what_is_off_in_the_text_is_off_on_the_page(visitor: Browser, client: Client) -> None:
    google = Block(Platform.GOOGLE, "BRL", GOOGLE, GOOGLE_BEFORE)
    shown = (Kind.TITLE, Kind.HEADER, Kind.NUMBERS, Kind.FOOTER)
    page = words(seen(visitor, frozen(client, google, layout=shown)))

    assert "Investimento R$ 2.667,40 Receita R$ 11.203,00" in page
    for word in ("que antes", "comparado", "Resultado positivo", "trouxe"):
        assert word not in page


def test_days_without_numbers_are_named(visitor: Browser, client: Client) -> None:
    block = Block(Platform.GOOGLE, "BRL", GOOGLE, missing=(date(2026, 11, 20), date(2026, 11, 21)))

    assert "Sem números de 20 e 21 nov." in words(seen(visitor, frozen(client, block)))


def test_a_report_of_the_first_version_is_shown_without_days(visitor: Browser, report: Report) -> None:
    old = {**report.snapshot, "version": 1}
    old["blocks"] = [
        {key: value for key, value in block.items() if key not in ("by_day", "by_day_before", "campaigns")}
        for block in old["blocks"]
    ]
    Report.objects.update(snapshot=old)

    page = seen(visitor, report)
    assert "R$ 756,00" in page
    assert 'class="chart' not in page


def test_nothing_of_the_agency_or_of_another_client_stands_there(
    visitor: Browser, report: Report, agency: Agency, owner: Any
) -> None:
    make_client(agency=agency, name="Outro Cliente")
    page = seen(visitor, report)

    for secret in ("Outro Cliente", owner.email, "Serra Azul Residencial", "/agency/", str(report.pk), "Sair"):
        assert secret not in page
    assert not re.search(r"\+?55\d{10,11}", page)  # recipients' phones


def test_whom_to_ask(visitor: Browser, report: Report, agency: Agency) -> None:
    alone = seen(visitor, report)
    assert "Fale com Rafaela, que cuida das suas campanhas." in words(alone)
    assert "wa.me" not in alone  # the agency has no number

    make_user(agency=agency)
    make_connection(agency=agency, phone="+5531986304412")
    make_connection(agency=agency, client=report.client)
    several = seen(visitor, report)
    assert "Fale com Maré Alta." in words(several)
    assert "https://wa.me/5531986304412?text=Ol%C3%A1%21" in several


def test_the_logo_is_the_agencys(visitor: Browser, report: Report, agency: Agency) -> None:
    assert "MA" in words(seen(visitor, report))
    logos.store(agency, LogoImage(b"png", "d" * 64, 300, 100, Ground.LIGHT))

    assert f'src="{agency.logo.address}"' in seen(visitor, report)


@pytest.mark.parametrize("count", [1, 30])
def test_what_a_page_costs(
    count: int, visitor: Browser, client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    campaigns = tuple(Campaign(f"C{n}", GOOGLE) for n in range(count))
    blocks = [Block(name, "BRL", GOOGLE, GOOGLE_BEFORE, campaigns=campaigns) for name in Platform]
    report = frozen(client, *blocks)
    url = address(report)

    with django_assert_num_queries(4):  # the report with client, agency and logo; messages; people; agency's number
        visitor.get(url)


ANSWERS = {"sent": 200, "unknown": 404, "expired": 410, "ended": 410, "held": 410, "unreadable": 410}


@pytest.mark.parametrize("case", ANSWERS)
def test_every_answer_is_kept_nowhere(
    case: str, visitor: Browser, report: Report, caplog: pytest.LogCaptureFixture
) -> None:
    url = address(report)
    if case == "unknown":
        url = url[:-2] + "x/"
    if case == "expired":
        with time_machine.travel(NOW - timedelta(days=91), tick=False):
            url = address(report)
    if case == "ended":
        page_links.end(report)
    if case == "held":
        Report.objects.update(status="held")
    if case == "unreadable":
        Report.objects.update(snapshot={**report.snapshot, "version": 99})
    with caplog.at_level(logging.DEBUG, "django.request"):
        answer = visitor.get(url)

    assert answer.status_code == ANSWERS[case]
    assert answer["X-Robots-Tag"] == "noindex, nofollow"
    assert answer["Referrer-Policy"] == "no-referrer"
    assert answer["Cache-Control"] == "no-store, private"
    assert "default-src 'self'" in answer["Content-Security-Policy"]
    assert not answer.cookies
    assert url not in caplog.text
    page = answer.content.decode()
    assert ("Serra Azul" in page, "Maré Alta" in page) == (case == "sent", case == "sent")
    assert not re.search(r"<script(?![^>]*src=)|\sstyle=|\son\w+=", page)


@pytest.mark.parametrize("case", ["sent", "unknown", "ended"])
def test_the_file_is_behind_the_same_door(case: str, visitor: Browser, report: Report) -> None:
    token = page_links.token_of(report) if case != "unknown" else "x"
    if case == "ended":
        page_links.end(report)

    answer = visitor.get(reverse("reports:public_pdf", args=[token]))

    assert answer.status_code == ANSWERS[case]
    assert answer["Referrer-Policy"] == "no-referrer"
    assert answer["Cache-Control"] == "no-store, private"
    assert answer["X-Robots-Tag"] == "noindex, nofollow"
    assert answer.content.startswith(b"%PDF-") is (case == "sent")
    if case == "sent":
        assert answer["Content-Type"] == "application/pdf"
        assert answer["Content-Disposition"].startswith("attachment; filename")
        assert "17 a 23 de novembro de 2026.pdf" in answer["Content-Disposition"]


def test_the_file_is_the_page(visitor: Browser, report: Report, agency: Agency) -> None:
    Message.objects.update(sent_at=datetime(2026, 11, 25, 1, tzinfo=UTC))  # of the client's day before
    url = reverse("reports:public_pdf", args=[page_links.token_of(report)])
    first = visitor.get(url).content

    references = Message.objects.order_by("created_at", "reference").values_list("reference", flat=True)
    data = snapshot.from_json(report.snapshot)
    assert first == pdf(data, Letterhead("Maré Alta"), reference=references[0], sent_on=date(2026, 11, 24))
    assert visitor.get(url).content == first


def test_files_are_drawn_for_one_address_a_few_times_a_minute(visitor: Browser, report: Report) -> None:
    url = reverse("reports:public_pdf", args=[page_links.token_of(report)])

    assert [visitor.get(url).status_code for _ in range(7)] == [200] * 6 + [429]
    assert visitor.get(address(report)).status_code == 200


def test_a_page_gives_out_no_younger_address_than_its_own(visitor: Browser, report: Report) -> None:
    page = seen(visitor, report)

    assert 'href="pdf/"' in page
    assert "/r/" not in page


def test_a_bad_token_costs_no_query(visitor: Browser, db: None, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        visitor.get(reverse("reports:public", args=["x~1~2"]))


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_wrong_method(method: str, visitor: Browser, report: Report) -> None:
    assert getattr(visitor, method)(address(report)).status_code == 405


def test_who_guesses_is_made_to_wait(visitor: Browser, db: None) -> None:
    answers = [visitor.get(reverse("reports:public", args=[f"x{n}"])).status_code for n in range(22)]

    assert answers == [404] * 20 + [429] * 2


def test_one_page_is_not_asked_for_without_end(visitor: Browser, report: Report) -> None:
    url = address(report)

    assert [visitor.get(url).status_code for _ in range(61)] == [200] * 60 + [429]
    assert [Browser(REMOTE_ADDR=f"10.0.0.{n // 50}").get(url).status_code for n in range(61)][-1] == 429


# --- The gestor's dialog ------------------------------------------------------------------------------------------

VIEWS = {"page_link": "get", "page_link_end": "post"}


def path(name: str, report: Report) -> str:
    return reverse(f"reports:{name}", args=[report.client_id, report.pk])


@pytest.mark.parametrize("name", VIEWS)
def test_the_dialog_is_the_agencys(name: str, as_anonymous: Browser, as_stranger: Browser, report: Report) -> None:
    ask = VIEWS[name]

    assert getattr(as_anonymous, ask)(path(name, report)).status_code == 302
    assert getattr(as_stranger, ask)(path(name, report)).status_code == 404
    report.refresh_from_db()
    assert report.page_version == 0


@pytest.mark.parametrize(("name", "method"), [("page_link", "post"), ("page_link_end", "get")])
def test_wrong_method_of_the_dialog(name: str, method: str, as_owner: Browser, report: Report) -> None:
    assert getattr(as_owner, method)(path(name, report)).status_code == 405


def test_the_address_is_given_out_and_opens(as_owner: Browser, visitor: Browser, report: Report) -> None:
    page = as_owner.get(path("page_link", report), headers=HTMX).content.decode()

    (given,) = set(re.findall(r'"(http[^"]*/r/[^"]*)"', page))
    assert visitor.get(given.removeprefix("http://testserver")).status_code == 200
    assert "Vale até segunda, 22 fev 2027, 10:00." in page
    assert "<html" in as_owner.get(path("page_link", report)).content.decode()


@pytest.mark.parametrize("status", ["held", "discarded"])
def test_what_was_not_sent_has_no_address(status: str, as_owner: Browser, report: Report) -> None:
    Report.objects.update(status=status)

    assert as_owner.get(path("page_link", report)).status_code == 404


@pytest.mark.parametrize("which", ["this", "all"])
def test_a_person_ends_what_has_leaked(which: str, as_owner: Browser, visitor: Browser, report: Report) -> None:
    leaked = address(report)
    other = Report.objects.create(
        client=report.client,
        settings=report.settings,
        occurrence=str(uuid.uuid4()),
        trigger="manual",
        snapshot=report.snapshot,
    )

    answer = as_owner.post(path("page_link_end", report), {"which": which}, headers=HTMX)

    assert visitor.get(leaked).status_code == 410
    (given,) = set(re.findall(r'"(http[^"]*/r/[^"]*)"', answer.content.decode()))
    assert visitor.get(given.removeprefix("http://testserver")).status_code == 200
    other.refresh_from_db()
    assert other.page_version == (which == "all")
