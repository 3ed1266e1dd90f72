from __future__ import annotations

import io
import sys
from datetime import UTC, date, datetime
from decimal import Decimal as D
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command

from agency.models import Agency
from reports.file_text import MAX_BYTES
from reports.management.commands.import_metrics import Command
from reports.models import AdAccount, DailyMetric, MetricsImport
from tests.factories import make_agency, make_client
from tests.reports.exports.files import export
from tests.reports.factories import make_account, make_days

pytestmark = pytest.mark.django_db

HEADER = "plataforma;conta;data;investimento;receita"
GOOD = f"{HEADER}\nmeta;700100000000001;2026-11-20;1.234,56;\nmeta;700100000000001;23/11/2026;10;20\n"


@pytest.fixture(autouse=True)
def now() -> Any:
    with time_machine.travel(datetime(2026, 11, 24, 13, tzinfo=UTC), tick=False):
        yield


@pytest.fixture
def agency() -> Agency:
    return make_agency(name="Maré Alta")


@pytest.fixture
def account(agency: Agency) -> AdAccount:
    client = make_client(agency=agency, name="Moda Ipê")
    return make_account(client=client, name="Ipê Loja", external_id="700100000000001")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "novembro.csv"
    path.write_text(GOOD)
    return path


def run(*arguments: Any) -> list[str]:
    out = io.StringIO()
    call_command("import_metrics", *map(str, arguments), stdout=out)
    return out.getvalue().splitlines()


def test_a_file_is_stored_with_a_line_for_each_account(file: Path, account: AdAccount) -> None:
    make_days(account, [date(2026, 11, 23)])

    assert run(file) == [
        (
            "Moda Ipê: Meta Ads act_700100000000001, 20/11/2026 — 23/11/2026: 1 dia novo, 1 alterado, 2 sem números;"
            " investimento R$ 1.244,56, receita —"
        ),
        "novembro.csv importado: 1 dia novo, 1 alterado.",
    ]
    stored = MetricsImport.objects.get()
    assert (stored.status, stored.created_by, stored.agency) == ("stored", None, account.client.agency)
    assert account.daily_metrics.get(date=date(2026, 11, 20)).spend == D("1234.56")


def test_the_same_file_twice_changes_nothing(file: Path, account: AdAccount) -> None:
    run(file)

    assert run(file)[-1] == "Nada mudou: os números de novembro.csv já estavam gravados."


def test_fill_gaps(file: Path, account: AdAccount) -> None:
    assert run(file, "--fill-gaps")[-1] == "novembro.csv importado: 4 dias novos."
    assert account.daily_metrics.filter(spend=0).count() == 2


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ([], "Nada foi gravado; seriam 2 dias novos, 2 sem números."),
        (["--fill-gaps"], "Nada foi gravado; seriam 4 dias novos."),
    ],
)
def test_dry_run_stores_nothing(options: list[str], said: str, file: Path, account: AdAccount) -> None:
    assert run(file, "--dry-run", *options)[-1] == said
    assert not DailyMetric.objects.exists()
    assert not MetricsImport.objects.exists()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (
            GOOD.replace("23/11/2026", "31/02/2026").encode(),
            "Linha 3: data “31/02/2026” não existe.\nNada foi gravado.",
        ),
        (
            (HEADER + "\nmeta;700100000000001;ontem;1;1" * 52).encode(),
            "Linha 51: “ontem” não é uma data: escreva 2026-11-24 ou 24/11/2026.\nE mais 2.\nNada foi gravado.",
        ),
        (b"", "O arquivo está vazio.\nNada foi gravado."),
        (
            b"a" * (MAX_BYTES + 1),
            "O arquivo passa de 5 MB. Divida em arquivos menores, por exemplo um por mês.\nNada foi gravado.",
        ),
    ],
)
def test_errors_store_nothing(content: bytes, said: str, file: Path, account: AdAccount) -> None:
    file.write_bytes(content)

    with pytest.raises(CommandError) as refused:
        run(file)

    assert str(refused.value).endswith(said)
    assert not MetricsImport.objects.exists()
    assert not DailyMetric.objects.exists()


def test_a_file_that_is_not_there(tmp_path: Path, agency: Agency) -> None:
    with pytest.raises(CommandError, match=r"Não foi possível ler .*nada\.csv: No such file or directory\."):
        run(tmp_path / "nada.csv")


def test_standard_input(account: AdAccount, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(GOOD.encode())))

    assert run("-")[-1] == "entrada padrão importado: 2 dias novos."


def test_of_several_agencies_one_must_be_named(file: Path, account: AdAccount) -> None:
    other = make_agency(name="Outra")

    with pytest.raises(CommandError, match=r"Diga a agência com --agency: há mais de uma\."):
        run(file)
    with pytest.raises(CommandError, match="não está ligada a nenhum cliente"):
        run(file, "--agency", other.pk)
    assert run(file, "--agency", "Maré Alta")[-1] == "novembro.csv importado: 2 dias novos."
    assert run(file, "--agency", account.client.agency_id)[-1].startswith("Nada mudou")


def test_agencies_that_cannot_be_told(file: Path) -> None:
    with pytest.raises(CommandError, match=r"Não há nenhuma agência\."):
        run(file)
    make_agency(name="Dupla")
    make_agency(name="Dupla")
    with pytest.raises(CommandError, match=r"Há mais de uma agência “Dupla”: diga o id\."):
        run(file, "--agency", "Dupla")
    with pytest.raises(CommandError, match=r"Não há agência “Nenhuma”\."):
        run(file, "--agency", "Nenhuma")


@pytest.mark.django_db(transaction=True)
def test_at_a_terminal_errors_go_to_stderr_and_the_code_is_one(capsys: pytest.CaptureFixture[str]) -> None:
    make_account(client=make_client(agency=make_agency()), external_id="700100000000001")

    with pytest.raises(SystemExit) as left:
        Command().run_from_argv(["manage.py", "import_metrics", "/nada.csv", "--no-color"])

    assert left.value.code == 1
    assert capsys.readouterr() == (
        "",
        "CommandError: Não foi possível ler /nada.csv: No such file or directory.\n",
    )


def test_an_export_that_does_not_name_its_account(account: AdAccount, tmp_path: Path) -> None:
    file = tmp_path / "novembro.csv"
    file.write_bytes(export("meta_conta_pt.csv"))

    with pytest.raises(CommandError, match="diga o id com --account"):
        run(file)
    with pytest.raises(CommandError, match="Não há uma conta “123” nesta agência"):
        run(file, "--account", "123")
    assert run(file, "--account", "act_700100000000001")[-1] == "novembro.csv importado: 2 dias novos."
    assert account.daily_metrics.get(date=date(2026, 11, 20)).spend == D("1234.56")
