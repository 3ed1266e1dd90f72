from __future__ import annotations

import csv
import io
import uuid
from datetime import UTC, date, datetime, timedelta
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

from agency.models import Agency, User
from reports.file_text import MAX_BYTES, TOO_BIG
from reports.forms.imports import ImportForm
from reports.imports import read, store
from reports.metrics_file import COLUMNS
from reports.models import AdAccount, DailyMetric, MetricsImport
from tests.factories import make_agency, make_client
from tests.reports.factories import make_account, make_days

pytestmark = pytest.mark.django_db

VIEWS = {
    "imports": ["get", "post"],
    "import_template": ["get"],
    "import_preview": ["get"],
    "import_store": ["post"],
    "import_discard": ["post"],
}
OF_ONE = ["import_preview", "import_store", "import_discard"]
#: 10:00 in São Paulo.
NOW = datetime(2026, 11, 24, 13, tzinfo=UTC)
YESTERDAY = date(2026, 11, 23)
HEADER = "plataforma;conta;data;investimento;receita"
GOOD = f"{HEADER}\nmeta;700100000000001;2026-11-20;1.234,56;\nmeta;700100000000001;23/11/2026;10;20\n"
BAD = f"{HEADER}\nmeta;700100000000001;2026-11-20;1.234,56;\nmeta;700100000000001;31/02/2026;10;20\n"


@pytest.fixture(autouse=True)
def now() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def account(agency: Agency) -> AdAccount:
    client = make_client(agency=agency, name="Moda Ipê")
    return make_account(client=client, name="Ipê Loja", external_id="700100000000001")


@pytest.fixture
def pending(agency: Agency, owner: User, account: AdAccount) -> MetricsImport:
    return kept(agency, owner)


def kept(agency: Agency, user: User | None = None, text: str = GOOD) -> MetricsImport:
    found = read(agency, "novembro.csv", text.encode(), user)
    assert isinstance(found, MetricsImport)
    return found


def url(name: str, metrics_import: MetricsImport) -> str:
    return reverse(f"reports:{name}", args=[metrics_import.pk] if name in OF_ONE else [])


def upload(browser: Browser, content: bytes, name: str = "novembro.csv") -> Any:
    return browser.post(reverse("reports:imports"), {"file": SimpleUploadedFile(name, content)})


def said(answer: Any) -> list[str]:
    return [str(message) for message in get_messages(answer.wsgi_request)]


@pytest.mark.parametrize("name", VIEWS)
@pytest.mark.parametrize("method", ["get", "post", "put", "delete"])
def test_wrong_method(name: str, method: str, as_owner: Browser, pending: MetricsImport) -> None:
    if method not in VIEWS[name]:
        assert getattr(as_owner, method)(url(name, pending)).status_code == 405


@pytest.mark.parametrize("name", VIEWS)
def test_anonymous_goes_to_login(name: str, as_anonymous: Browser, pending: MetricsImport) -> None:
    for method in VIEWS[name]:
        answer = getattr(as_anonymous, method)(url(name, pending))

        assert answer.status_code == 302
        assert answer["Location"].startswith(reverse("account_login"))
    pending.refresh_from_db()
    assert pending.status == "pending"


@pytest.mark.parametrize("name", OF_ONE)
def test_a_stranger_and_an_unknown_id_find_nothing(
    name: str, as_stranger: Browser, as_owner: Browser, pending: MetricsImport
) -> None:
    (method,) = VIEWS[name]

    assert getattr(as_stranger, method)(url(name, pending)).status_code == 404
    assert getattr(as_owner, method)(url(name, MetricsImport(pk=uuid.uuid4()))).status_code == 404
    pending.refresh_from_db()
    assert pending.status == "pending"
    assert not DailyMetric.objects.exists()


@pytest.mark.parametrize("name", ["imports", "import_store", "import_discard"])
def test_a_post_without_csrf_is_refused(name: str, owner: Any, pending: MetricsImport) -> None:
    browser = Browser(enforce_csrf_checks=True)
    browser.force_login(owner, backend="allauth.account.auth_backends.AuthenticationBackend")

    assert browser.post(url(name, pending)).status_code == 403


# --- The page -----------------------------------------------------------------------------------------------------


def test_imports_shows_the_columns_and_what_was_brought(
    as_colleague: Browser, agency: Agency, owner: User, pending: MetricsImport
) -> None:
    store(kept(agency, None))
    MetricsImport.objects.create(agency=make_agency(), file_name="de outra.csv")

    page = as_colleague.get(reverse("reports:imports")).content.decode()

    for text in (*COLUMNS, "novembro.csv", "Rafaela Couto", "por comando", "Em conferência", "Importado", "2 novos"):
        assert text in page
    assert url("import_preview", pending) in page
    assert "de outra.csv" not in page


def test_imports_without_any(as_owner: Browser) -> None:
    assert "Nenhum arquivo importado ainda." in as_owner.get(reverse("reports:imports")).content.decode()


def test_the_page_costs_the_same_for_one_import_and_for_many(
    as_owner: Browser, agency: Agency, owner: User, pending: MetricsImport
) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as found:
            assert as_owner.get(reverse("reports:imports")).status_code == 200
        return len(found)

    queries()  # the session's first request
    one = queries()
    for _ in range(5):
        kept(agency, owner)

    assert queries() == one <= 8


def test_a_good_file_goes_to_its_preview(as_colleague: Browser, colleague: User, account: AdAccount) -> None:
    answer = upload(as_colleague, GOOD.encode("cp1252"))

    found = MetricsImport.objects.get()
    assert answer.status_code == 302
    assert answer["Location"] == url("import_preview", found)
    assert (found.agency, found.created_by) == (account.client.agency, colleague)
    assert not DailyMetric.objects.exists()


def test_a_bad_file_is_told_on_the_page_with_its_lines(as_owner: Browser, account: AdAccount) -> None:
    answer = upload(as_owner, BAD.encode())

    page = answer.content.decode()
    assert answer.status_code == 200
    assert "Nada foi gravado." in page
    assert "Linha 3: data “31/02/2026” não existe." in page
    assert 'type="file"' in page
    assert not MetricsImport.objects.exists()


def test_what_a_file_says_is_shown_as_text(as_owner: Browser, account: AdAccount) -> None:
    page = upload(as_owner, f"{HEADER}\nmeta;1234567;<b>ontem</b>;1;1".encode()).content.decode()

    assert "&lt;b&gt;ontem&lt;/b&gt;" in page
    assert "<b>ontem</b>" not in page


def test_of_many_errors_the_first_are_told(as_owner: Browser, account: AdAccount) -> None:
    page = upload(as_owner, (HEADER + "\nmeta;700100000000001;ontem;1;1" * 57).encode()).content.decode()

    assert "Linha 51: " in page
    assert "Linha 52: " not in page
    assert "e mais 7" in page


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "O arquivo está vazio."),
        (b"PK\x03\x04", "A planilha está corrompida."),
        (b"a" * MAX_BYTES, "Linha 1: uma célula é longa demais."),
        (b"a" * (MAX_BYTES + 1), "O arquivo passa de 5 MB."),
    ],
)
def test_files_that_are_none(content: bytes, sentence: str, as_owner: Browser, agency: Agency) -> None:
    answer = upload(as_owner, content)

    assert answer.status_code == 200
    assert sentence in answer.content.decode()
    assert not MetricsImport.objects.exists()


def test_a_file_that_is_too_big_is_refused_before_it_is_read() -> None:
    class Unread(SimpleUploadedFile):
        def read(self, *arguments: Any) -> bytes:
            raise AssertionError("read")

    file = Unread("novembro.csv", b"")
    file.size = MAX_BYTES + 1
    form = ImportForm({}, {"file": file})

    assert form.errors["file"] == [TOO_BIG]


@pytest.mark.parametrize("data", [{}, {"file": ""}, {"file": "texto"}])
def test_no_file_is_told(data: dict[str, str], as_owner: Browser, agency: Agency) -> None:
    assert "Escolha um arquivo." in as_owner.post(reverse("reports:imports"), data).content.decode()


# --- The file to fill in ------------------------------------------------------------------------------------------


def table(answer: Any) -> list[list[str]]:
    return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";"))


def test_import_template_names_the_agencys_accounts_once_each(as_owner: Browser, account: AdAccount) -> None:
    agency = account.client.agency
    make_account(client=make_client(agency=agency), external_id=account.external_id)
    make_account(client=make_client(agency=agency), platform="google", external_id="7001000001")
    make_account(client=make_client(agency=agency, archived_at=NOW), external_id="700100000000009")
    make_account(external_id="700100000000008")

    answer = as_owner.get(reverse("reports:import_template"))

    assert answer["Content-Disposition"] == 'attachment; filename="modelo-adscape.csv"'
    assert answer.content.startswith(b"\xef\xbb\xbf")
    assert table(answer) == [
        list(COLUMNS),
        ["google", "700-100-0001", "23/11/2026", *[""] * 7],
        ["meta", "act_700100000000001", "23/11/2026", *[""] * 7],
    ]


def test_import_template_without_accounts_has_examples(as_owner: Browser, agency: Agency) -> None:
    rows = table(as_owner.get(reverse("reports:import_template")))

    assert [row[:2] for row in rows[1:]] == [["meta", "act_1234567890"], ["google", "123-456-7890"]]


def test_the_filled_in_template_is_read(as_owner: Browser, account: AdAccount) -> None:
    content = as_owner.get(reverse("reports:import_template")).content

    assert "Linha 2: falta o investimento: escreva 0 se nada rodou." in upload(as_owner, content).content.decode()
    assert upload(as_owner, content.replace(b"2026;;", b"2026;12,50;")).status_code == 302


# --- Preview, store, discard --------------------------------------------------------------------------------------


def test_import_preview(as_colleague: Browser, pending: MetricsImport, account: AdAccount) -> None:
    make_days(account, [YESTERDAY])

    page = as_colleague.get(url("import_preview", pending)).content.decode()

    for text in ("Ipê Loja", "Moda Ipê", "R$ 1.244,56", "1 dia novo", "1 dia alterado", "2 dias faltam", "21 e 22 nov"):
        assert text in page
    for text in (
        "Importar 2 dias",
        "Descartar",
        "Nos dias que faltam nada rodou: gravar zero.",
        "Nada foi gravado ainda",
    ):
        assert text in page


def test_import_preview_without_missing_days_does_not_ask(
    as_owner: Browser, agency: Agency, account: AdAccount
) -> None:
    pending = kept(agency, None, f"{HEADER}\nmeta;700100000000001;2026-11-20;1;\n")

    page = as_owner.get(url("import_preview", pending)).content.decode()

    assert "Importar 1 dia<" in page
    assert "gravar zero" not in page


def test_import_preview_of_a_file_that_changes_nothing(
    as_owner: Browser, agency: Agency, pending: MetricsImport
) -> None:
    store(kept(agency), fill_gaps=True)

    page = as_owner.get(url("import_preview", pending)).content.decode()

    assert "Nada mudaria." in page
    assert url("import_store", pending) not in page


def test_import_preview_with_only_missing_days_left(as_owner: Browser, agency: Agency, pending: MetricsImport) -> None:
    store(kept(agency))

    page = as_owner.get(url("import_preview", pending)).content.decode()

    assert "Nada mudaria." in page
    assert "Gravar zero em 2 dias" in page


def test_import_preview_of_a_file_that_does_not_fit_any_more(
    as_owner: Browser, pending: MetricsImport, account: AdAccount
) -> None:
    account.delete()

    page = as_owner.get(url("import_preview", pending)).content.decode()

    assert (
        "Linha 2: a conta act_700100000000001 da Meta Ads não está ligada a nenhum cliente (está em 2 linhas)." in page
    )
    assert url("import_store", pending) not in page


@pytest.mark.parametrize(("fill_gaps", "stored"), [(False, 2), (True, 4)])
def test_import_store(
    fill_gaps: bool, stored: int, as_colleague: Browser, pending: MetricsImport, account: AdAccount
) -> None:
    answer = as_colleague.post(url("import_store", pending), {"fill_gaps": "on"} if fill_gaps else {})

    assert answer["Location"] == reverse("reports:imports")
    assert said(answer) == [f"novembro.csv importado: {stored} dias novos."]
    assert account.daily_metrics.count() == stored
    assert account.daily_metrics.get(date=YESTERDAY).revenue == D(20)
    page = as_colleague.get(url("import_preview", pending)).content.decode()
    assert f"{stored} novos, 0 alterados, 0 iguais" in page


def test_import_store_twice_is_once(as_owner: Browser, pending: MetricsImport) -> None:
    as_owner.post(url("import_store", pending))
    DailyMetric.objects.all().delete()

    assert as_owner.post(url("import_store", pending)).status_code == 302
    assert not DailyMetric.objects.exists()


def test_import_store_of_what_is_there_already(as_owner: Browser, agency: Agency, pending: MetricsImport) -> None:
    store(kept(agency))

    answer = as_owner.post(url("import_store", pending))

    assert said(answer) == ["Nada mudou: os números de novembro.csv já estavam gravados."]


def test_import_store_of_what_does_not_fit_any_more(
    as_owner: Browser, pending: MetricsImport, account: AdAccount
) -> None:
    account.delete()

    answer = as_owner.post(url("import_store", pending))

    assert answer["Location"] == url("import_preview", pending)
    assert said(answer) == ["Nada foi gravado: o arquivo não serve mais como está."]


def test_import_store_after_a_discard(as_owner: Browser, pending: MetricsImport) -> None:
    as_owner.post(url("import_discard", pending))

    answer = as_owner.post(url("import_store", pending))

    assert said(answer)[-1] == "Nada foi gravado: novembro.csv já tinha sido descartado."
    assert not DailyMetric.objects.exists()


def test_import_discard(as_owner: Browser, pending: MetricsImport) -> None:
    answer = as_owner.post(url("import_discard", pending))

    assert answer["Location"] == reverse("reports:imports")
    assert said(answer) == ["novembro.csv descartado. Nada foi gravado."]
    pending.refresh_from_db()
    assert (pending.status, pending.content) == ("discarded", "")
    assert "Este arquivo foi descartado." in as_owner.get(url("import_preview", pending)).content.decode()
    assert said(as_owner.post(url("import_discard", pending)))[-1] == "novembro.csv já tinha sido descartado."


def test_import_discard_after_it_was_stored(as_owner: Browser, pending: MetricsImport) -> None:
    as_owner.post(url("import_store", pending))

    answer = as_owner.post(url("import_discard", pending))

    assert said(answer)[-1] == "novembro.csv já tinha sido importado: não dá mais para descartar."
    assert DailyMetric.objects.count() == 2


def test_a_gestor_finds_the_page(as_colleague: Browser) -> None:
    page = as_colleague.get(reverse("agency:client_new")).content.decode()

    assert f'href="{reverse("reports:imports")}"' in page


def test_a_day_of_the_future_is_told_with_the_page(as_owner: Browser, account: AdAccount) -> None:
    tomorrow = NOW.date() + timedelta(days=1)

    page = upload(as_owner, f"{HEADER}\nmeta;700100000000001;{tomorrow};1;".encode()).content.decode()

    assert "Linha 2: o dia 25/11/2026 ainda não chegou." in page
