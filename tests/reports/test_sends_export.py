"""The files of "Envios": what the page shows or a period of days, in real types, with nothing that would be run."""

from __future__ import annotations

import csv
import io
from datetime import date, datetime, time, timedelta
from typing import Any

import openpyxl
import pytest
import time_machine
from django.test import Client as Browser
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from agency.models import Agency, Client
from connections.models import Message
from reports import sends_export, sends_files
from reports.sends_asked import Asked
from reports.sends_export import HEADER, period_of
from tests.factories import make_client
from tests.reports.sends_world import NOW, TODAY, make_send, make_working_day, sent

FORMULA = '=HYPERLINK("http://mau.exemplo";"clique")'


@pytest.fixture(autouse=True)
def at_nine_forty_three() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def clients(agency: Agency) -> dict[str, Client]:
    return make_working_day(agency)


def as_csv(browser: Browser, **asked: str) -> list[dict[str, str]]:
    answer = browser.get(reverse("reports:sends_csv"), asked)
    text = b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]
    assert text.startswith("\ufeff")
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff")), delimiter=";"))


def as_xlsx(browser: Browser, **asked: str) -> list[tuple[Any, ...]]:
    answer = browser.get(reverse("reports:sends_xlsx"), asked)
    content = b"".join(answer.streaming_content)  # type: ignore[attr-defined]
    sheet = openpyxl.load_workbook(io.BytesIO(content)).active
    assert sheet is not None
    return list(sheet.iter_rows(values_only=True))


def test_a_line_for_each_message_and_each_report_that_waits(clients: dict[str, Client], as_owner: Browser) -> None:
    found = as_csv(as_owner)

    assert len(found) == Message.objects.count() + 2
    assert {row["Data"] for row in found} == {"24/11/2026"}
    first = found[0]
    assert list(first) == list(HEADER)
    shown = ("Hora", "Cliente", "O quê", "Para", "Telefone", "Saiu por", "Situação", "Lido")
    assert [first[name] for name in shown] == [
        "07:00", "Moda Ipê", "alerta de saldo", "Camila Ipê", "(11) 9 8765-0000", "número próprio", "Lido",
        "24/11/2026 07:04",
    ]  # fmt: skip
    assert "Retido" in {row["Situação"] for row in found}


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        ({"ver": "fila"}, ["Ótica", "Ótica", "Gráfica"]),
        ({"ver": "incertos"}, ["Hotel"]),
        ({"ver": "retidos"}, ["Escola", "Imobiliária"]),
        ({"q": "ipe"}, ["Moda", "Moda", "Moda"]),
        ({"q": "nada disso"}, []),
    ],
)
def test_a_filter_and_a_search_are_kept(
    asked: dict[str, str], names: list[str], clients: dict[str, Client], as_owner: Browser
) -> None:
    assert sorted(row["Cliente"].split()[0] for row in as_csv(as_owner, **asked)) == sorted(names)


def test_the_runs_ahead(clients: dict[str, Client], as_owner: Browser) -> None:
    found = as_csv(as_owner, ver="proximos")

    assert len(found) == 77
    assert (found[0]["Data"], found[0]["Hora"], found[0]["Situação"]) == ("25/11/2026", "08:00", "Mais tarde")


def test_a_period_of_days(clients: dict[str, Client], as_owner: Browser) -> None:
    for days in (1, 5, 40):
        make_send(clients["Moda"], "Antiga", **sent(12, day=TODAY - timedelta(days=days)))

    found = as_csv(as_owner, de="2026-11-18", ate="2026-11-23")

    assert [row["Data"] for row in found] == ["19/11/2026", "23/11/2026"]


@pytest.mark.parametrize(
    ("first", "last", "period"),
    [
        ("", "", (TODAY, TODAY)),
        ("2026-11-01", "", (date(2026, 11, 1), date(2026, 11, 1))),
        ("2026-11-20", "2026-11-01", (date(2026, 11, 1), date(2026, 11, 20))),
        ("2020-01-01", "2026-01-01", (date(2025, 1, 1), date(2026, 1, 1))),
        ("x", "2026-11-01", (date(2026, 11, 1), date(2026, 11, 1))),
    ],
)
def test_a_period_is_put_in_order_and_capped(first: str, last: str, period: tuple[date, date]) -> None:
    found = period_of(first, last, Asked(), TODAY)

    assert (found.first, found.last) == period


def test_a_workbook_holds_days_and_times(clients: dict[str, Client], as_owner: Browser) -> None:
    header, first, *_ = as_xlsx(as_owner)

    assert header == HEADER
    assert first[:3] == (datetime(2026, 11, 24), time(7, 0), "Moda Ipê")  # noqa: DTZ001  openpyxl's day
    assert first[10] == datetime(2026, 11, 24, 7, 0)  # noqa: DTZ001  by the agency's clock


@pytest.mark.parametrize("name", [FORMULA, "+5511", "@SOMA(A1)", "-1", "\tx", "http://mau.exemplo"])
def test_no_name_is_a_formula_or_a_link(name: str, agency: Agency, as_owner: Browser) -> None:
    make_send(make_client(agency=agency, name=name), "=1+1", **sent(9))

    (row,) = as_csv(as_owner)
    _, line = as_xlsx(as_owner)

    assert (row["Cliente"].lstrip("'"), row["Para"]) == (name, "'=1+1")
    assert row["Cliente"][0] == "'" or name.startswith("http")
    assert (line[2].strip(), line[4]) == (name.strip(), "=1+1")


def test_what_is_too_much_is_said_in_the_last_line(
    clients: dict[str, Client], as_owner: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sends_export, "MOST", 3)

    found = as_csv(as_owner)

    assert len(found) == 4
    assert found[3]["Data"].startswith("Só as ")
    assert as_xlsx(as_owner)[-1][0].startswith("Só as ")


@pytest.mark.parametrize(("count", "queries"), [(4, 7), (8, 11)])
def test_a_chunk_costs_a_few_queries(
    count: int,
    queries: int,
    agency: Agency,
    monkeypatch: pytest.MonkeyPatch,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    monkeypatch.setattr(sends_export, "CHUNK", 4)
    client = make_client(agency=agency)
    make_send(client, *(f"Pessoa {number}" for number in range(count)), **sent(9, status="failed", sent_at=None))
    period = period_of("", "", Asked(), TODAY)

    with django_assert_num_queries(queries):
        lines = list(sends_files.csv_lines(sends_export.rows(agency, Asked(), period)))

    assert len(lines) == count + 1


@pytest.mark.parametrize("name", ["sends_csv", "sends_xlsx"])
def test_only_ones_own(
    name: str, clients: dict[str, Client], as_stranger: Browser, as_anonymous: Browser, as_owner: Browser
) -> None:
    assert as_anonymous.get(reverse(f"reports:{name}")).status_code == 302
    assert as_owner.post(reverse(f"reports:{name}")).status_code == 405
    found: list[Any] = as_csv(as_stranger) if name == "sends_csv" else as_xlsx(as_stranger)[1:]
    assert found == []
