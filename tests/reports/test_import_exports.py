"""Exports of the platforms through the page: uploaded, understood, their account chosen, stored."""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime
from decimal import Decimal as D
from typing import Any

import pytest
import time_machine
from django.contrib.messages import get_messages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from agency.models import Agency
from agency.services import archive_client
from reports import imports
from reports.models import AdAccount, DailyMetric, MetricsImport, ReportSettings
from tests.factories import make_agency, make_client
from tests.reports.exports.files import export, xlsx
from tests.reports.factories import make_account

pytestmark = pytest.mark.django_db

#: 10:00 in São Paulo.
NOW = datetime(2026, 11, 24, 13, tzinfo=UTC)
DAY_20, DAY_21 = date(2026, 11, 20), date(2026, 11, 21)


@pytest.fixture(autouse=True)
def now() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def account(agency: Agency) -> AdAccount:
    client = make_client(agency=agency, name="Moda Ipê")
    return make_account(client=client, name="Ipê Loja", external_id="700100000000001")


@pytest.fixture
def google(account: AdAccount) -> AdAccount:
    return make_account(client=account.client, platform="google", name="Ipê Busca", external_id="7001000001")


def upload(browser: Browser, content: bytes, name: str = "novembro.csv") -> Any:
    return browser.post(reverse("reports:imports"), {"file": SimpleUploadedFile(name, content)}, follow=True)


def uploaded(browser: Browser, content: bytes, name: str = "novembro.csv") -> tuple[MetricsImport, str]:
    page = upload(browser, content, name).content.decode()
    return MetricsImport.objects.get(), page


def url(name: str, found: MetricsImport) -> str:
    return reverse(f"reports:{name}", args=[found.pk])


def post(browser: Browser, name: str, found: MetricsImport, **data: Any) -> tuple[list[str], str]:
    """What is said after it, and the page that it leads to."""
    answer = browser.post(url(name, found), data, follow=True)
    return [str(message) for message in get_messages(answer.wsgi_request)], answer.content.decode()


def days_of(account: AdAccount) -> dict[date, tuple[D, int | None, int | None]]:
    rows = account.daily_metrics.values_list("date", "spend", "impressions", "leads")
    return {day: (spend, impressions, leads) for day, spend, impressions, leads in rows}


def test_an_export_is_shown_as_it_was_understood_and_then_stored(as_colleague: Browser, account: AdAccount) -> None:
    found, page = uploaded(as_colleague, export("meta_campanhas_pt.csv"))

    for text in (
        *("O que foi entendido", "Gerenciador de Anúncios, por campanha", "3 linhas", "Valor usado (BRL)"),
        *("Alcance, Frequência", "não se somam entre dias nem campanhas", "BRL", "1 linha de total não foi somada."),
        *("“1744.43”, com ponto nos decimais", "R$ 1.744,43", "R$ 1.250,50", "Importar 2 dias"),
    ):
        assert text in page
    assert "De qual conta" not in page
    assert not DailyMetric.objects.exists()

    said, _ = post(as_colleague, "import_store", found, account="")

    assert said == ["novembro.csv importado: 2 dias novos."]
    assert days_of(account) == {DAY_20: (D("944.43"), 8300, 3), DAY_21: (D(800), 8500, 0)}
    row = account.daily_metrics.get(date=DAY_20)
    assert (row.revenue, row.conversions, row.messages, row.clicks) == (D(900), D(3), 12, 220)


@pytest.mark.parametrize(
    ("family", "expected"),
    [("purchases", D(3)), ("leads", D(3)), ("conversations", D(12)), ("checkouts", None)],
)
def test_conversions_are_what_the_client_counts_as_such_also_in_an_export(
    family: str, expected: D | None, as_owner: Browser, account: AdAccount
) -> None:
    ReportSettings.objects.create(client=account.client, conversion_family=family)
    found, _ = uploaded(as_owner, export("meta_campanhas_pt.csv"))

    post(as_owner, "import_store", found, account="")

    row = account.daily_metrics.get(date=DAY_20)
    assert (row.conversions, row.leads, row.messages, row.revenue) == (expected, 3, 12, D(900))


def test_a_workbook_with_a_note_about_its_sheets(as_owner: Browser, google: AdAccount) -> None:
    rows = [["Dia", "ID de cliente", "Custo", "Impr."], [DAY_20, "700-100-0001", 12.5, 900]]
    found, page = uploaded(as_owner, xlsx([["Capa"]], rows, titles=["Capa", "Dados"]), "google.xlsx")

    assert "Só a aba “Dados” foi lida; a aba “Capa” não foi lida." in page
    assert "o arquivo não diz: vale a da conta" in page
    assert found.file_format == "xlsx"

    post(as_owner, "import_store", found, account="")

    assert days_of(google) == {DAY_20: (D("12.5"), 900, None)}
    assert post(as_owner, "import_store", found, account="")[0][-1].startswith("google.xlsx importado")


def test_a_person_chooses_whose_numbers_they_are(as_owner: Browser, account: AdAccount, google: AdAccount) -> None:
    other = make_account(client=account.client, name="Outlet", external_id="700100000000002")
    found, page = uploaded(as_owner, export("meta_conta_pt.csv"))

    assert "O arquivo não diz de qual conta são os números." in page
    assert "Moda Ipê: Ipê Loja (act_700100000000001)" in page
    assert str(google.pk) not in page
    assert url("import_store", found) not in page

    _, page = post(as_owner, "import_account", found, account=other.pk)

    assert "Importar 2 dias" in page
    assert "Trocar de conta" in page
    assert f'<input type="hidden" name="account" value="{other.pk}">' in page
    post(as_owner, "import_store", found, account=other.pk)
    assert days_of(other) == {DAY_20: (D("1234.56"), 15300, 7), DAY_21: (D("98.7"), 1020, 0)}
    assert days_of(account) == {}


def test_a_name_that_no_account_has_is_shown(as_owner: Browser, account: AdAccount) -> None:
    content = export("meta_ads_en.csv").replace("Ipê Loja".encode(), b"Ipe Brasil Ads")

    _, page = uploaded(as_owner, content)

    assert "O arquivo chama a conta de <strong" in page
    assert "Ipe Brasil Ads" in page


def test_the_account_that_was_shown_is_the_one_that_is_stored(as_owner: Browser, account: AdAccount) -> None:
    other = make_account(client=account.client, name="Outlet", external_id="700100000000002")
    found, _ = uploaded(as_owner, export("meta_conta_pt.csv"))
    post(as_owner, "import_account", found, account=account.pk)
    post(as_owner, "import_account", found, account=other.pk)  # in another tab

    said, page = post(as_owner, "import_store", found, account=account.pk)

    assert said == ["A conta foi trocada enquanto isso. Confira de novo antes de importar."]
    assert "Outlet" in page
    assert not DailyMetric.objects.exists()


def test_a_choice_that_changes_while_it_is_stored_stores_nothing(agency: Agency, account: AdAccount) -> None:
    other = make_account(client=account.client, external_id="700100000000002")
    found = imports.read(agency, "a.csv", export("meta_conta_pt.csv"), None, account=account)
    assert isinstance(found, MetricsImport)
    imports.choose_account(found, other)

    with pytest.raises(imports.Refused, match="A conta foi trocada enquanto isso"):
        imports.store(found)

    assert not DailyMetric.objects.exists()


def test_without_a_choice_nothing_is_stored(as_owner: Browser, account: AdAccount) -> None:
    found, _ = uploaded(as_owner, export("meta_conta_pt.csv"))

    post(as_owner, "import_store", found, account="")
    said, page = post(as_owner, "import_account", found, account="")

    assert said[-1] == "Escolha de qual conta é esta exportação."
    assert "De qual conta é esta exportação?" in page
    found.refresh_from_db()
    assert found.status == "pending"
    assert not DailyMetric.objects.exists()


def test_accounts_of_others_cannot_be_chosen(
    as_owner: Browser, as_stranger: Browser, as_anonymous: Browser, account: AdAccount
) -> None:
    theirs = make_account(client=make_client(agency=make_agency()), external_id="700100000000009")
    archived = make_account(client=make_client(agency=account.client.agency), external_id="700100000000008")
    archive_client(archived.client)
    found, page = uploaded(as_owner, export("meta_conta_pt.csv"))

    assert str(theirs.pk) not in page
    for each in (theirs.pk, archived.pk, uuid.uuid4()):
        assert as_owner.post(url("import_account", found), {"account": each}).status_code == 404
    assert as_stranger.post(url("import_account", found), {"account": account.pk}).status_code == 404
    assert as_anonymous.post(url("import_account", found), {"account": account.pk}).status_code == 302
    assert as_owner.get(url("import_account", found)).status_code == 405
    found.refresh_from_db()
    assert found.account is None


def test_a_choice_after_it_was_discarded(as_owner: Browser, account: AdAccount) -> None:
    found, _ = uploaded(as_owner, export("meta_conta_pt.csv"))
    post(as_owner, "import_discard", found)

    said, _ = post(as_owner, "import_account", found, account=account.pk)

    assert said[-1] == "Este arquivo já foi importado ou descartado."


def test_an_account_that_is_removed_has_to_be_chosen_again(as_owner: Browser, account: AdAccount) -> None:
    other = make_account(client=account.client, external_id="700100000000002")
    found, _ = uploaded(as_owner, export("meta_conta_pt.csv"))
    post(as_owner, "import_account", found, account=other.pk)
    other.delete()

    assert "De qual conta é esta exportação?" in as_owner.get(url("import_preview", found)).content.decode()


def test_an_account_of_two_clients_goes_to_both(as_owner: Browser, agency: Agency, account: AdAccount) -> None:
    other = make_account(client=make_client(agency=agency, name="Outlet"), external_id=account.external_id)
    found, _ = uploaded(as_owner, export("meta_conta_pt.csv"))

    post(as_owner, "import_account", found, account=account.pk)
    post(as_owner, "import_store", found, account=account.pk)

    assert days_of(account) == days_of(other) != {}


def test_the_day_that_is_not_over_is_left_out_and_said(as_owner: Browser, account: AdAccount) -> None:
    today = export("meta_conta_pt.csv").replace(b"21/11/2026", b"24/11/2026")
    found, _ = uploaded(as_owner, today)

    _, page = post(as_owner, "import_account", found, account=account.pk)

    assert "24/11/2026 ainda não terminou e fica de fora." in page
    assert "Importar 1 dia<" in page
    post(as_owner, "import_store", found, account=account.pk)
    assert list(days_of(account)) == [DAY_20]


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("21/11/2026", "25/11/2026", "Linha 3: o dia 25/11/2026 ainda não chegou."),
        (
            "(BRL)",
            "(USD)",
            "o valor está em USD, e a conta act_700100000000001 da Meta Ads é em BRL (está em 2 linhas).",
        ),
    ],
)
def test_what_does_not_fit_the_chosen_account(
    old: str, new: str, sentence: str, as_owner: Browser, account: AdAccount
) -> None:
    found, _ = uploaded(as_owner, export("meta_conta_pt.csv").decode().replace(old, new).encode())

    _, page = post(as_owner, "import_account", found, account=account.pk)

    assert sentence in page
    assert "Trocar de conta" in page
    assert url("import_store", found) not in page
    post(as_owner, "import_store", found, account=account.pk)
    assert not DailyMetric.objects.exists()


def test_only_today_is_no_day_to_store(as_owner: Browser, account: AdAccount) -> None:
    page = upload(as_owner, b"Dia,Account ID,Amount spent (BRL)\n2026-11-24,700100000000001,5").content.decode()

    assert "O arquivo só tem o dia 24/11/2026, que ainda não terminou." in page
    assert not MetricsImport.objects.exists()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (
            export("meta_resultados_pt.csv").replace(b"2026-11-20,2026-11-20", b"2026-11-01,2026-11-20"),
            "Por tempo, Dia",
        ),
        (xlsx([["Dia", "Custo"], [DAY_20, "=1+1"]]), "A célula B2 tem uma fórmula sem o resultado gravado."),
        (xlsx([]), "A planilha está vazia."),
        (b"\xd0\xcf\x11\xe0" + b"\x00" * 500, "Isto é uma planilha .xls antiga."),
        (b"<html><table>", "Isto é uma página da web (HTML)"),
        (b"PK\x03\x04" + b"\x00" * 100, "A planilha está corrompida."),
        (b"a;b\n1;2", "Não reconheci as colunas deste arquivo."),
    ],
)
def test_bad_files_are_told_and_nothing_is_kept(
    content: bytes, sentence: str, as_owner: Browser, account: AdAccount
) -> None:
    page = upload(as_owner, content, "relatorio.xls").content.decode()

    assert sentence in page
    assert not MetricsImport.objects.exists()


def test_fifty_megabytes_are_refused(as_owner: Browser, account: AdAccount) -> None:
    page = upload(as_owner, b"0" * 50_000_000, "grande.xlsx").content.decode()

    assert "O arquivo passa de 5 MB. Divida em arquivos menores, por exemplo um por mês." in page


def test_what_a_file_says_is_shown_as_text(as_owner: Browser, account: AdAccount) -> None:
    content = b"Dia,Account name,Amount spent (BRL),<b>x</b>\n2026-11-20,<i>y</i>,5,z"

    page = upload(as_owner, content).content.decode()

    assert "&lt;b&gt;x&lt;/b&gt;" in page
    assert "&lt;i&gt;y&lt;/i&gt;" in page
    assert "<b>x</b>" not in page
    assert "<i>y</i>" not in page


def test_the_page_says_which_exports_are_understood(as_owner: Browser) -> None:
    page = as_owner.get(reverse("reports:imports")).content.decode()

    for text in ("Exportações que servem", "Gerenciador de Anúncios", "Valor usado (BRL)", "Conv. value", ".xlsx"):
        assert text in page


def test_a_preview_costs_the_same_for_few_accounts_and_for_many(agency: Agency, account: AdAccount) -> None:
    found = imports.read(agency, "a.csv", export("meta_conta_pt.csv"), None, account=account)
    assert isinstance(found, MetricsImport)

    def queries() -> int:
        with CaptureQueriesContext(connection) as made:
            assert imports.preview(found).accounts
        return len(made)

    few = queries()
    for number in range(20):
        make_account(client=make_client(agency=agency), external_id=f"70010000000{number:04}")

    assert queries() == few == 3
