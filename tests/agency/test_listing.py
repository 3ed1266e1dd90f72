"""The list on /agency: what each filter, order, search and page shows, in both views, at a price that does not grow."""

from __future__ import annotations

import csv
import importlib.util
import io
import re
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from agency import csv_export, listing
from agency.models import Agency, Client, User
from agency.templatetags.card_parts import escaped
from connections import gateway
from connections.classification import Code
from reports import queueing
from reports.models import Report
from tests.factories import make_agency, make_client, make_connection, make_message
from tests.people import browser_of
from tests.reports.factories import make_account, make_settings

PAGE = "/agency/"


def text(response: HttpResponse) -> str:
    return response.content.decode()


def shown(response: Any) -> list[str]:
    return [client.name for client in response.context["found"].clients]


def fallen(agency: Agency, client: Client, **fields: Any) -> None:
    fields = {"status": "disconnected", "reason": "logged_out", "connected_at": timezone.now()} | fields
    make_connection(agency=agency, client=client, **fields)


@pytest.fixture
def agency_is_up(agency: Agency) -> None:
    make_connection(agency=agency, phone="+5511940028765")


@pytest.fixture
def everybody(agency: Agency, agency_is_up: None) -> dict[str, Client]:
    """One client in each state that a filter knows."""
    names = ("Acesa", "Baixa", "Caída", "Esperando", "Sem número", "Sozinha")
    clients = {name: make_client(agency=agency, name=name, use_agency_number=name != "Sozinha") for name in names}
    make_connection(agency=agency, client=clients["Acesa"], phone="+5531984127730")
    make_connection(agency=agency, client=clients["Baixa"])
    make_account(client=clients["Baixa"], name="Loja", balance=Decimal(100), alert_threshold=Decimal(300))
    fallen(agency, clients["Caída"])
    make_connection(agency=agency, client=clients["Esperando"], status="awaiting_scan", reason="")
    make_client(agency=agency, name="Arquivada", archived_at=timezone.now())
    make_client(name="De outra agência")
    return clients


@pytest.mark.parametrize(
    ("state", "then"),
    [
        ("", ["Baixa", "Caída", "Sozinha", "Acesa", "Esperando", "Sem número"]),
        ("atencao", ["Baixa", "Caída", "Sozinha"]),
        ("conectados", ["Baixa", "Acesa"]),
        ("desconectados", ["Caída"]),
        ("aguardando", ["Esperando"]),
        ("agencia", ["Caída", "Esperando", "Sem número"]),
        ("saldo", ["Baixa"]),
        ("nada", ["Baixa", "Caída", "Sozinha", "Acesa", "Esperando", "Sem número"]),
    ],
)
@pytest.mark.parametrize("view", ["cartoes", "lista"])
def test_each_filter_shows_its_clients_and_counts_them(
    state: str, then: list[str], view: str, everybody: dict[str, Client], as_owner: Browser
) -> None:
    response = as_owner.get(PAGE, {"estado": state, "visao": view})

    assert shown(response) == then
    assert all(name in text(response) for name in then)
    chips = {chip["address"]: chip["count"] for chip in response.context["found"].filters}
    assert chips.get(f"?estado={state}", len(everybody)) == len(then)


def test_attention_follows_the_agencys_number(everybody: dict[str, Client], agency: Agency, as_owner: Browser) -> None:
    own = agency.whatsapp_connections.get(client=None)  # type: ignore[attr-defined]
    own.status, own.reason = "disconnected", "closed"
    own.save()

    response = as_owner.get(PAGE, {"estado": "atencao"})

    assert shown(response) == ["Baixa", "Caída", "Sem número", "Sozinha"]
    assert response.context["counters"]["attention"] == 4


def test_each_group_has_its_heading_and_its_whole_count(everybody: dict[str, Client], as_owner: Browser) -> None:
    page = re.sub(r"<[^>]+>|\s+", " ", text(as_owner.get(PAGE)))

    assert re.search(r"Precisam de atenção +3 +Baixa", page)
    assert re.search(r"Em dia +3 +Acesa", page)


def test_orders(agency: Agency, agency_is_up: None, as_owner: Browser) -> None:
    now = timezone.now()
    for name, hours, balance, spend in (
        ("Alfa", 30, 900, 100),  # nine days
        ("Beta", None, 500, 0),  # no end to be seen
        ("Gama", 2, 400, 200),  # two days
        ("Delta", 50, None, None),  # not known
    ):
        client = make_client(agency=agency, name=name)
        make_settings(client, next_run_at=now + timedelta(hours=hours) if hours else None)
        make_account(client=client, balance=balance, daily_spend=spend)
    low = make_client(agency=agency, name="Zeta")
    make_account(client=low, balance=5000, daily_spend=1, alert_threshold=6000)

    orders = {order: shown(as_owner.get(PAGE, {"ordem": order})) for order in (*listing.ORDERS, "'; --")}

    assert orders["atencao"] == orders["'; --"] == ["Zeta", "Alfa", "Beta", "Delta", "Gama"]
    assert orders["nome"] == ["Alfa", "Beta", "Delta", "Gama", "Zeta"]
    assert orders["proximo"] == ["Gama", "Alfa", "Delta", "Beta", "Zeta"]
    assert orders["saldo"] == ["Zeta", "Gama", "Alfa", "Beta", "Delta"]


@pytest.mark.parametrize("order", listing.ORDERS)
def test_pages_show_everybody_once_though_all_have_one_name(
    order: str, agency: Agency, as_owner: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "PER_PAGE", 3)
    clients = {make_client(agency=agency, name="Igual").pk for _ in range(8)}

    pages = [as_owner.get(PAGE, {"ordem": order, "pagina": page}).context["found"].clients for page in (1, 2, 3)]

    assert [len(page) for page in pages] == [3, 3, 2]
    assert {client.pk for page in pages for client in page} == clients


@pytest.mark.parametrize(
    ("asked", "page"),
    [("1", 1), ("2", 2), ("3", 3), ("4", 3), ("0", 1), ("-1", 1), ("x", 1), ("", 1), ("9" * 50, 1), ("²", 1)],
)
def test_a_page_that_is_not_there_is_one_that_is(
    asked: str, page: int, agency: Agency, as_owner: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "PER_PAGE", 3)
    for _ in range(8):
        make_client(agency=agency)

    found = as_owner.get(PAGE, {"pagina": asked})

    assert found.context["found"].page == page
    assert f"{3 * page - 2}–{min(3 * page, 8)}</span> de 8" in text(found)


def test_the_ways_to_other_pages_keep_what_was_asked(
    agency: Agency, as_owner: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "PER_PAGE", 1)
    for name in ("Ipê Um", "Ipê Dois", "Ipê Três", "Outra"):
        make_client(agency=agency, name=name)

    page = text(as_owner.get(PAGE, {"q": "ipê", "ordem": "nome", "pagina": "2", "estado": "atencao"}))

    kept = "/agency/?q=ip%C3%AA&amp;estado=atencao&amp;ordem=nome"
    assert f'rel="prev" href="{kept}&amp;pagina=1"' in page
    assert f'rel="next" href="{kept}&amp;pagina=3"' in page
    assert 'href="/agency/?q=ip%C3%AA&amp;estado=saldo&amp;ordem=nome"' in page
    assert 'href="/agency/clientes.csv?q=ip%C3%AA&amp;estado=atencao&amp;ordem=nome"' in page
    assert f"{kept}&amp;pagina=2&amp;visao=lista" in page


def test_groups_go_on_across_pages(agency: Agency, as_owner: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "PER_PAGE", 3)
    make_connection(agency=agency)
    for number in range(5):
        make_client(agency=agency, name=f"Sozinha {number}", use_agency_number=False)
        make_client(agency=agency, name=f"Em dia {number}")

    groups = [as_owner.get(PAGE, {"pagina": page}).context["found"].groups for page in (1, 2, 3)]

    assert [[(group.title, group.count, len(group.clients)) for group in page] for page in groups] == [
        [("Precisam de atenção", 5, 3)],
        [("Precisam de atenção", 5, 2), ("Em dia", 5, 1)],
        [("Em dia", 5, 3)],
    ]


def test_a_search_narrows_what_is_shown_and_not_what_is_counted(
    everybody: dict[str, Client], as_owner: Browser
) -> None:
    response = as_owner.get(PAGE, {"q": "caida"})

    assert shown(response) == ["Caída"]
    assert response.context["found"].total == 1
    assert response.context["counters"]["total"] == 6


@pytest.mark.parametrize("query", ["%", "_", "\\", "'", "\0", "a" * 5000, "💥"])
def test_no_search_breaks_the_page(query: str, everybody: dict[str, Client], as_owner: Browser) -> None:
    assert as_owner.get(PAGE, {"q": query}).status_code == 200


def test_the_view_is_remembered_until_another_is_chosen(everybody: dict[str, Client], as_owner: Browser) -> None:
    assert "<table" not in text(as_owner.get(PAGE))
    assert "<table" in text(as_owner.get(PAGE, {"visao": "lista"}))
    assert "<table" in text(as_owner.get(PAGE))
    assert "<table" in text(as_owner.get(PAGE, {"visao": "nada"}))
    assert "<table" not in text(as_owner.get(PAGE, {"visao": "cartoes"}))
    assert "<table" not in text(as_owner.get(PAGE))


@pytest.mark.parametrize("view", ["cartoes", "lista"])
@pytest.mark.parametrize("asked", [{}, {"q": "cliente", "estado": "agencia"}, {"ordem": "saldo"}, {"ordem": "proximo"}])
@pytest.mark.parametrize("count", [3, 60])
def test_the_page_costs_the_same_however_many_clients(
    count: int,
    asked: dict[str, str],
    view: str,
    agency: Agency,
    as_owner: Browser,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    for number in range(count):
        client = make_client(agency=agency, name=f"Cliente {number}")
        fallen(agency, client)
        make_account(client=client, balance=number, daily_spend=1, alert_threshold=3)
        settings = make_settings(client, next_run_at=timezone.now())
        queueing.note_problem(settings, "Faltam 21 e 22 nov.")
        Report.objects.create(client=client, settings=settings, occurrence="x", trigger="schedule", status="held")
        make_message(client=client, status="failed", reason="Este número não tem WhatsApp.")
    as_owner.get(PAGE, asked | {"visao": view})

    # session, user, membership + agency, unread notices, the agency's number, counters, clients, their accounts
    with django_assert_num_queries(8):
        response = as_owner.get(PAGE, asked | {"visao": view})
    assert len(shown(response)) == min(count, 50)


def test_a_card_says_what_its_client_is_about(agency: Agency, agency_is_up: None, as_owner: Browser) -> None:
    client = make_client(agency=agency, name="Moda Ipê", is_demo=True)
    make_connection(agency=agency, client=client, phone="+5531984127730")
    make_account(
        client=client, name="Ipê Loja", platform="google", balance=Decimal("1864.20"), daily_spend=Decimal(300),
        alert_enabled=True, alert_threshold=Decimal(600),
    )  # fmt: skip
    make_settings(client, next_run_at=None, active=False)
    make_message(client=client, status="read", sent_at=timezone.now())

    card = text(as_owner.get(reverse("agency:client_card", args=[client.pk])))
    row = text(as_owner.get(reverse("agency:client_card", args=[client.pk]), {"visao": "lista"}))

    for part in ("Moda Ipê", "Conectado", "(31) 9 8412-7730", "Google Ads", "R$ 1.864,20", "~6 dias", "Lido", "Demo"):
        assert part in card
        assert part in row
    assert "Desligado" in card
    assert "Alerta com 2 dias" in card
    assert card.lstrip().startswith("<article")
    assert row.lstrip().startswith("<tr")


def test_a_held_report_is_told_and_leads_to_its_review(agency: Agency, as_owner: Browser) -> None:
    client = make_client(agency=agency, name="Imobiliária Vale Verde")
    make_connection(agency=agency, client=client)
    settings = make_settings(client, next_run_at=timezone.now() + timedelta(days=1))
    queueing.note_problem(settings, "Faltam 21 e 22 nov de Vale Verde.")
    report = Report.objects.create(client=client, settings=settings, occurrence="x", trigger="schedule", status="held")

    held = text(as_owner.get(PAGE))
    Report.objects.filter(pk=report.pk).update(expires_at=timezone.now())
    expired = text(as_owner.get(PAGE))

    assert "Retido" in held
    assert "Faltam 21 e 22 nov de Vale Verde." in held
    assert f'href=clients/{client.pk}/ aria-label="Revisar o relatório de Imobiliária Vale Verde"' in held
    assert "Retido" not in expired


@pytest.mark.parametrize("view", ["cartoes", "lista"])
def test_what_people_type_is_never_markup(view: str, agency: Agency, agency_is_up: None, as_owner: Browser) -> None:
    evil = '"><script>alert(1)</script> {0} {{ x }} &amp;'
    client = make_client(agency=agency, name=evil)
    make_account(client=client, name=evil, balance=1, daily_spend=1, alert_threshold=3)
    queueing.note_problem(make_settings(client), evil)
    make_message(client=client, status="failed", reason=evil, to_name=evil)

    page = text(as_owner.get(PAGE, {"visao": view}))

    assert page.count(escaped(evil)) >= 5
    assert "<script>" not in page
    assert "><script" not in page.replace("><script src", "")


def test_buttons_of_connections_rest_while_the_gateway_is_down(
    everybody: dict[str, Client], agency: Agency, as_owner: Browser
) -> None:
    gateway._note_down(Code.UNREACHABLE)

    page = text(as_owner.get(PAGE))

    assert 'disabled title="O servidor do WhatsApp está fora do ar" aria-label="Reconectar de Caída"' in page
    assert "data-dialog" not in page.split('<template id="card-menu">')[1].split("</template>")[1].split("<dialog")[0]
    assert "lido " in page


def test_a_card_asks_again_only_while_something_is_under_way(
    everybody: dict[str, Client], agency: Agency, as_owner: Browser
) -> None:
    def trigger(name: str) -> str:
        card = text(as_owner.get(reverse("agency:client_card", args=[everybody[name].pk])))
        found = re.search(r'hx-trigger="(.*?)"', card)
        return found[1] if found else ""

    before = trigger("Acesa")
    make_message(client=everybody["Acesa"])
    make_message(client=everybody["Baixa"], reason="O servidor do WhatsApp não respondeu.")

    assert (before, trigger("Acesa"), trigger("Baixa"), trigger("Esperando")) == (
        "",
        "every 4s",
        "every 30s",
        "every 4s",
    )


# --- clientes.csv ---------------------------------------------------------------------------------------------------


def rows_of(response: Any) -> list[dict[str, str]]:
    content = b"".join(response.streaming_content).decode()
    assert content.startswith("\ufeff")
    return list(csv.DictReader(io.StringIO(content.removeprefix("\ufeff"), newline=""), delimiter=";"))


def test_the_file_holds_what_the_page_shows_of_all_pages(
    everybody: dict[str, Client], agency: Agency, as_owner: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "PER_PAGE", 2)
    monkeypatch.setattr(csv_export, "CHUNK", 2)

    response = as_owner.get("/agency/clientes.csv", {"estado": "agencia", "ordem": "nome", "pagina": "2"})

    assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert response.headers["Content-Disposition"] == 'attachment; filename="clientes.csv"'
    assert [row["Cliente"] for row in rows_of(response)] == ["Caída", "Esperando", "Sem número"]


def test_the_file_says_what_a_card_says(everybody: dict[str, Client], agency: Agency, as_owner: Browser) -> None:
    agency.time_zone = "America/Manaus"
    agency.save()
    moment = timezone.datetime(2026, 11, 25, 12, 30, tzinfo=timezone.get_fixed_timezone(0))  # type: ignore[attr-defined]
    client = everybody["Baixa"]
    client.email = "contato@baixa.exemplo"
    client.save()
    make_account(client=client, name="Marca", platform="google", balance=Decimal("91864.20"), currency="USD")
    make_settings(client, next_run_at=moment, frequency="weekly")
    make_message(client=client, status="read", sent_at=moment)

    baixa, caida = rows_of(as_owner.get("/agency/clientes.csv", {"q": "ai", "ordem": "nome"}))

    assert list(baixa) == list(csv_export.HEADER)
    assert baixa | {"Número": ""} == {
        "Cliente": "Baixa",
        "E-mail": "contato@baixa.exemplo",
        "WhatsApp": "Conectado",
        "Número": "",
        "Próximo relatório": "25/11/2026 08:30",
        "Frequência": "Semanal",
        "Saldo": "100,00",
        "Conta(s)": "Google Ads: Marca, Meta Ads: Loja",
        "Último envio": "25/11/2026 08:30",
        "Resultado": "Lido",
        "Precisa de atenção": "Sim",
        "Motivo": "Saldo no limite ou abaixo. Loja",
    }
    assert (caida["WhatsApp"], caida["Saldo"], caida["Precisa de atenção"]) == ("Desconectado", "", "Sim")


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("=1+1", "'=1+1"),
        ("+55", "'+55"),
        ("-1+1", "'-1+1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("\r=1", "'\r=1"),
        ("＝1", "'＝1"),
        ('Moda; "Ipê" = 1', 'Moda; "Ipê" = 1'),
        ("-1.234,56", "-1.234,56"),
    ],
)
def test_no_cell_is_a_formula(typed: str, stored: str) -> None:
    assert csv_export.harmless(typed) == stored


def test_a_client_named_like_a_formula_is_a_text_in_the_file(agency: Agency, as_owner: Browser) -> None:
    make_client(agency=agency, name='=HYPERLINK("http://mau.exemplo";"x")', email="+a@b.exemplo")

    (row,) = rows_of(as_owner.get("/agency/clientes.csv"))

    assert (row["Cliente"], row["E-mail"]) == ('\'=HYPERLINK("http://mau.exemplo";"x")', "'+a@b.exemplo")


def test_the_file_of_an_agency_without_clients_has_its_header(as_owner: Browser) -> None:
    assert rows_of(as_owner.get("/agency/clientes.csv")) == []


@pytest.mark.parametrize(("count", "queries"), [(3, 7), (6, 9), (12, 13)])
def test_the_file_costs_two_queries_for_each_chunk(
    count: int,
    queries: int,
    agency: Agency,
    owner: User,
    as_owner: Browser,
    monkeypatch: pytest.MonkeyPatch,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    monkeypatch.setattr(csv_export, "CHUNK", 3)
    for _ in range(count):
        client = make_client(agency=agency)
        make_account(client=client)
        make_message(client=client)

    # session, user, membership + agency, the agency's number, the keys of all; of each chunk: clients, their accounts
    with django_assert_num_queries(queries):
        assert len(rows_of(as_owner.get("/agency/clientes.csv"))) == count


def test_the_file_is_for_people_of_the_agency(
    everybody: dict[str, Client], as_stranger: Browser, as_anonymous: Browser, as_owner: Browser
) -> None:
    assert rows_of(as_stranger.get("/agency/clientes.csv")) == []
    assert as_anonymous.get("/agency/clientes.csv").status_code == 302
    assert as_owner.post("/agency/clientes.csv").status_code == 405
    assert as_owner.post(PAGE).status_code == 405


def test_a_stranger_sees_nobody(everybody: dict[str, Client], as_stranger: Browser) -> None:
    response = as_stranger.get(PAGE)

    assert "Acesa" not in text(response)
    assert response.context["counters"]["total"] == 0


def test_no_other_agency_counts(everybody: dict[str, Client]) -> None:
    from tests.factories import make_user

    other = make_agency()
    make_client(agency=other)

    assert browser_of(make_user(agency=other)).get(PAGE).context["counters"]["total"] == 1


def test_the_icons_of_the_cards_are_those_of_other_pages() -> None:
    source = Path(__file__).resolve().parents[2] / "static" / "src"
    spec = importlib.util.spec_from_file_location("make_icons", source / "make_icons.py")
    assert spec is not None
    assert spec.loader is not None
    maker = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(maker)

    assert (source / "icons.css").read_text() == maker.css()
