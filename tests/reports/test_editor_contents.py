"""What a report says, in the editor: templates, order, blocks, texts, goals, and the preview of other days."""

from __future__ import annotations

import html
import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client as Browser

from agency.models import Agency, Client
from connections.models import Message
from reports import sending
from reports.metrics import ALL, Metric
from reports.models import Report, ReportSettings
from reports.objectives import TEMPLATES, Objective
from tests.reports.editor import HTMX, form, make_ipe, settings_form, text, url
from tests.reports.factories import make_account, make_days, make_settings, week

pytestmark = pytest.mark.django_db

#: 10:00 on a Tuesday in São Paulo.
NOW = datetime(2026, 11, 24, 13, tzinfo=UTC)
USUAL = ["title", "header", "verdict", "numbers", "comparison", "comment", "text"]


@pytest.fixture(autouse=True)
def clock() -> Any:
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


@pytest.fixture
def client(agency: Agency) -> Client:  # type: ignore[override]
    return make_ipe(agency)


def save(browser: Browser, client: Client, **typed: Any) -> Any:
    return browser.post(url("settings", client), form(client, **{f"settings-{key}": typed[key] for key in typed}))


def ask(browser: Browser, client: Client, *, headers: dict[str, str] | None = None, **typed: Any) -> str:
    more = {name: typed.pop(name) for name in list(typed) if name in ("use", "use-which", "move") or "preview" in name}
    data = {**form(client), **settings_form(**typed), **more}
    return text(browser.post(url("preview", client), data, headers=headers or {}))


def drawn(page: str, name: str, *, on: bool = False) -> list[str]:
    """The values of a list as the page draws it; of those that are on only."""
    if on:
        return re.findall(rf'name="settings-{name}" value="(\w+)" checked', page)
    return re.findall(rf'name="settings-{name}-order" value="(\w+)"', page)


def errors(page: str) -> str:
    """What is said to be wrong, as it is read."""
    found = re.findall(r'<p class="field-error[^>]*>.*?</p>', page, re.DOTALL)
    return html.unescape(" ".join(re.sub(r"<[^>]*>", "", each).strip() for each in found))


def bubble(page: str) -> str:
    found = re.search(r'id="preview-text">(.*?)<span class="bubble-foot">', page, re.DOTALL)
    assert found is not None, page
    return html.unescape(re.sub(r"</?i>", "_", re.sub(r"</?b>", "*", found[1])))


# --- Templates -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("objective", Objective)
def test_a_template_fills_the_form_and_stores_nothing(objective: Objective, as_owner: Browser, client: Client) -> None:
    make_settings(client, metrics=["cpa"], comment="Oi.", title="Meu título", goals={"cpa": "40"})
    before = ReportSettings.objects.values().get()

    page = ask(as_owner, client, use="yes", **{"use-which": objective.value, "goals-cpa": "40", "title": "Meu título"})

    template = TEMPLATES[objective]
    assert drawn(page, "metrics", on=True) == [metric.value for metric in template.metrics]
    assert drawn(page, "layout", on=True) == [kind for kind in USUAL if kind not in template.hidden]
    assert f"Modelo {objective.label} aplicado abaixo." in page
    assert f'name="settings-template" value="{objective.value}"' in page
    for metric, label in template.labels.items():
        assert f">{label}</span>" in page, metric
    assert 'value="Meu título"' in page
    assert 'value="40"' in page
    assert ReportSettings.objects.values().get() == before


def test_a_template_is_used_in_place_where_there_are_scripts(as_owner: Browser, client: Client) -> None:
    data = {**form(client), "use": "yes", "use-which": "leads"}

    answer = as_owner.post(url("preview", client), data, headers=HTMX)

    assert "contents-changed" in answer["HX-Trigger-After-Settle"]
    assert 'id="report-contents"' in text(answer)


def test_a_saved_template_names_its_metrics_in_what_is_sent(as_owner: Browser, client: Client) -> None:
    names = [metric.value for metric in TEMPLATES[Objective.ECOMMERCE].metrics]

    assert save(as_owner, client, template="ecommerce", metrics=names).status_code == 302
    sending.send_now(client, "a-token-of-the-form")

    body = Message.objects.get().body
    assert "💵 Faturamento: *R$ 1.750,00*" in body
    assert "• Faturamento: " in body
    assert body.index("Custo por compra") < body.index("Faturamento") < body.index("CTR")


# --- Order -----------------------------------------------------------------------------------------------------------


def test_the_message_follows_the_order_of_the_list(as_owner: Browser, client: Client) -> None:
    save(as_owner, client, metrics=["cpm", "leads", "clicks", "spend", "roas"])

    assert ReportSettings.objects.get().metrics == ["leads", "spend", "roas", "cpm", "clicks"]
    page = text(as_owner.get(url("settings", client)))
    assert drawn(page, "metrics", on=True) == ["leads", "spend", "roas", "cpm", "clicks"]
    assert sorted(drawn(page, "metrics")) == sorted(Metric.values)
    lines = re.findall(r"^\S+ (Leads|Investimento|ROAS|CPM|Cliques):", bubble(page), re.MULTILINE)
    assert lines[:5] == ["Leads", "Investimento", "ROAS", "CPM", "Cliques"]


MOVES = [
    ("metrics:revenue:up", "metrics", ["revenue", "spend", "roas"]),
    ("metrics:spend:down", "metrics", ["revenue", "spend", "roas"]),
    ("metrics:spend:up", "metrics", ["spend", "revenue", "roas"]),
    ("metrics:cpm:down", "metrics", ["spend", "revenue", "roas"]),
    ("metrics:nothing:up", "metrics", ["spend", "revenue", "roas"]),
    ("nonsense", "metrics", ["spend", "revenue", "roas"]),
    ("metrics:", "metrics", ["spend", "revenue", "roas"]),
    ("layout:header:up", "layout", ["header", "title", "verdict"]),
    ("layout:text:down", "layout", USUAL),
    ("layout:footer:up", "layout", USUAL),
]


@pytest.mark.parametrize(("move", "name", "first"), MOVES)
def test_a_row_moves_without_scripts(move: str, name: str, first: list[str], as_owner: Browser, client: Client) -> None:
    order = {"metrics-order": Metric.values, "layout-order": USUAL, "layout": USUAL}

    page = ask(as_owner, client, move=move, **order)

    assert drawn(page, name)[: len(first)] == first
    assert drawn(page, name, on=True)[: len(first)] == first
    assert not ReportSettings.objects.exists() or ReportSettings.objects.get().metrics == [each.value for each in ALL]


def test_a_row_moves_past_the_next_one_that_is_sent(as_owner: Browser, client: Client) -> None:
    page = ask(
        as_owner, client, move="metrics:leads:up", metrics=["spend", "leads"], **{"metrics-order": Metric.values}
    )

    assert drawn(page, "metrics")[:2] == ["leads", "spend"]


# --- Blocks and texts ------------------------------------------------------------------------------------------------


def test_blocks_and_texts_are_saved_and_sent(as_owner: Browser, client: Client) -> None:
    order = ["comment", "title", "numbers", "header", "verdict", "comparison", "text"]
    answer = save(
        as_owner,
        client,
        layout=["comment", "title", "numbers", "text"],
        **{"layout-order": order},
        title="Resumo de {{ cliente }}",
        comment="Oi, *Paulo*.\r\nTudo bem?",
        comment_once="False",
        free_text="{{ leads }} leads\r\nVeja: {{ link }}",
        metrics=["spend"],
    )

    assert answer.status_code == 302
    sending.send_now(client, "a-token-of-the-form")
    reference = Message.objects.get().reference
    assert Message.objects.get().body.split("\n\n") == [
        "Oi, *Paulo*.\nTudo bem?",
        "Resumo de Moda Ipê",
        "━━━━━━━━━━━━━━━\n💰 Investimento: *R$ 700,00*",
        "14 leads",
        f"_Relatório automático • Adscape • #{reference}_",
    ]
    assert ReportSettings.objects.get().comment, "it leaves with every report"


def test_what_is_usual_is_stored_as_nothing_of_its_own(as_owner: Browser, client: Client) -> None:
    page = text(as_owner.get(url("settings", client)))
    title = re.search(r'name="settings-title" value="([^"]*)"', page)
    assert title is not None

    save(as_owner, client, title=html.unescape(title[1]), layout=USUAL, **{"layout-order": USUAL})

    settings = ReportSettings.objects.get()
    assert (settings.title, settings.layout, settings.goals, settings.template) == ("", [], {}, "general")


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"title": "{{ cpf }}"}, "“{{ cpf }}” não existe. Existem: {{ cliente }}, {{ agencia }}"),
        ({"comment": "{{ cliente.nome }}"}, "“{{ cliente.nome }}” não é uma variável completa."),
        ({"free_text": "{% now %} {{ cliente"}, "“{{ cliente” não é uma variável completa."),
        ({"title": "x" * 81}, "no máximo 80 caracteres"),
        ({"comment": "x" * 301}, "no máximo 300 caracteres"),
        ({"free_text": "x" * 1001}, "no máximo 1000 caracteres"),
        ({"layout": [], "layout-order": USUAL}, "Deixe pelo menos um bloco ligado, além do rodapé."),
        ({"goals-cpa": "muito"}, "Meta de CPA:"),
        ({"goals-leads": "0"}, "Meta de Leads: escreva um número maior que zero."),
        ({"goals-cpa": "-5"}, "Meta de CPA:"),
        ({"goals-cpa": "US$ 5,00"}, "Meta de CPA: está em USD, e as metas são em BRL."),
        ({"template": "inventado"}, ""),
    ],
    ids=str,
)
def test_what_is_wrong_is_said_and_not_saved(
    typed: dict[str, Any], said: str, as_owner: Browser, client: Client
) -> None:
    answer = save(as_owner, client, **typed)

    assert answer.status_code == 200
    assert said in errors(text(answer))
    assert not ReportSettings.objects.get().active
    live = text(as_owner.post(url("preview", client), settings_form(**typed), headers=HTMX))
    assert said in errors(live)
    assert 'id="preview-text"' not in live


def test_line_breaks_count_once_as_in_the_browser(as_owner: Browser, client: Client) -> None:
    assert save(as_owner, client, comment=("x" * 9 + "\r\n") * 29 + "x" * 10).status_code == 302
    assert len(ReportSettings.objects.get().comment) == 300


def test_a_message_that_is_too_long_is_not_saved(as_owner: Browser, client: Client) -> None:
    Client.objects.update(name="N" * 80)
    typed = {"free_text": "{{ cliente }}" * 70}

    answer = save(as_owner, client, **typed)

    assert answer.status_code == 200
    assert "o máximo é 4.000. Encurte o texto livre ou mostre menos métricas." in errors(text(answer))
    assert "o máximo é 4.000." in errors(
        text(as_owner.post(url("preview", client), settings_form(**typed), headers=HTMX))
    )


def test_a_long_message_is_pointed_out(as_owner: Browser, client: Client) -> None:
    assert "Mensagem longa" not in ask(as_owner, client)
    assert "Mensagem longa" in ask(as_owner, client, free_text="x" * 1000)


# --- Goals -----------------------------------------------------------------------------------------------------------


def test_goals_are_read_as_brazilians_write_them_and_marked(as_owner: Browser, client: Client) -> None:
    goals = {
        "goals-spend": "R$ 1.000,00",
        "goals-leads": "1.400",
        "goals-cpa": "25",
        "goals-ctr": "2,1%",
        "goals-roas": "2,5x",
    }

    assert save(as_owner, client, **goals).status_code == 302

    stored = ReportSettings.objects.get().goals
    assert stored == {"spend": "1000", "leads": "1400", "cpa": "25", "ctr": "2.1", "roas": "2.5"}
    page = text(as_owner.get(url("settings", client)))
    for shown in ('value="1.000,00"', 'value="1.400"', 'value="25,00"', 'value="2,10"', 'value="2,50"'):
        assert shown in page
    for line in (
        "💰 Investimento: *R$ 700,00* 🔴",
        "📋 Leads: *14* 🔴",
        "💸 CPA: *R$ 25,00* 🟢",
        "📊 CTR: *2,00%* 🟡",
        "📈 ROAS: *2,50x* 🟢",
        "🎯 Conversões: *28*\n",
    ):
        assert line in bubble(page)


def test_goals_in_money_are_in_one_of_the_clients_currencies(as_owner: Browser, client: Client) -> None:
    assert "Moeda das metas" not in text(as_owner.get(url("settings", client)))
    make_days(make_account(client=client, currency="USD", name="Ipê US"), week(date(2026, 11, 23), weeks=2))
    assert "Moeda das metas" in text(as_owner.get(url("settings", client)))

    save(as_owner, client, goals_currency="USD", **{"goals-cpa": "US$ 30,00"})

    shown = bubble(text(as_owner.get(url("settings", client))))
    assert "CPA: *US$ 25,00* 🟢" in shown
    assert "CPA: *R$ 25,00*\n" in shown


def test_what_is_stored_of_another_version_is_tolerated(as_owner: Browser, client: Client) -> None:
    make_settings(
        client,
        template="future",
        layout=[["chart", True], ["numbers", True], "x"],
        goals={"cpa": "lixo", "nada": "3", "leads": "14"},
        metrics=["nada", "cpa", "leads"],
    )

    page = text(as_owner.get(url("settings", client)))

    assert "📋 Leads: *14* 🟢\n" in bubble(page)
    assert "💸 CPA: *R$ 25,00*\n" in bubble(page)


# --- The preview of other days ---------------------------------------------------------------------------------------


def asked(since: str, until: str) -> dict[str, str]:
    return {"preview-of": "days", "preview-since": since, "preview-until": until}


def test_any_days_that_are_over_can_be_previewed(as_owner: Browser, client: Client) -> None:
    page = ask(as_owner, client, headers=HTMX, **asked("2026-11-21", "2026-11-22"))

    assert "dados reais, 21 a 22 nov" in page
    assert "Período: 21/11/2026 — 22/11/2026" in bubble(page)
    assert "Investimento: *R$ 200,00*" in bubble(page)
    assert "_Comparado ao período anterior:_" in bubble(page)
    assert "Seria o texto exato destes dias:" in page
    # What stands beside the fields is still about the next run.
    assert "Sempre até ontem. Em 25 nov: 18 a 24 nov." in page


def test_days_before_there_was_a_platform_are_refused(as_owner: Browser, client: Client) -> None:
    page = ask(as_owner, client, headers=HTMX, **asked("0001-01-01", "0001-01-01"))

    assert "Prévia: só dias a partir de 01/01/2010." in page


def test_a_month_is_compared_as_a_report_of_months_would(as_owner: Browser, client: Client) -> None:
    account = client.ad_accounts.get()
    account.daily_metrics.all().delete()
    make_days(account, [date(2026, 10, 1) + timedelta(days=number) for number in range(54)])

    page = ask(as_owner, client, headers=HTMX, period="last_month", **asked("2026-11-01", "2026-11-05"))

    assert "_Comparado ao período anterior:_" in bubble(page)
    assert "outubro" not in bubble(page)


@pytest.mark.parametrize(
    ("since", "until", "said"),
    [
        ("2026-11-23", "2026-11-22", "Prévia: o primeiro dia vem depois do último."),
        ("2026-11-20", "2026-11-24", "Prévia: só dias completos, até ontem."),
        ("2024-11-20", "2026-11-23", "Prévia: no máximo 366 dias."),
        ("", "2026-11-23", "Prévia: escolha os dois dias, de e até."),
        ("ontem", "2026-11-23", "Prévia, de: "),
    ],
)
def test_days_that_cannot_be_previewed_are_said(
    since: str, until: str, said: str, as_owner: Browser, client: Client
) -> None:
    page = ask(as_owner, client, headers=HTMX, **asked(since, until))

    assert said in errors(page)
    assert 'id="preview-text"' not in page


def test_the_days_of_the_preview_are_not_saved_and_stop_nothing(as_owner: Browser, client: Client) -> None:
    data = {**form(client), **asked("ontem", "")}

    assert as_owner.post(url("settings", client), data).status_code == 302
    assert not Report.objects.exists()


# --- Two tabs --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("meanwhile", "stored"),
    [
        ({"comment": "Olá"}, "Mensagem da agência: Olá"),
        ({"comment": "Olá", "comment_once": "False"}, "A mensagem sai: Em todos"),
        ({"template": "leads"}, "Modelo: Leads"),
        ({"title": "Oi"}, "Título: Oi"),
        ({"free_text": "x" * 90}, f"Texto livre: {'x' * 59}…"),
        ({"goals-cpa": "25"}, "Metas: CPA 25,00"),
        ({"layout": ["numbers"], "layout-order": USUAL}, "Blocos: Números, Rodapé"),
    ],
    ids=str,
)
def test_an_older_page_is_told_what_another_one_saved(
    meanwhile: dict[str, Any], stored: str, as_owner: Browser, as_colleague: Browser, client: Client
) -> None:
    older = form(client, **{"settings-blend": "on"})
    assert save(as_colleague, client, **meanwhile).status_code == 302

    answer = as_owner.post(url("settings", client), older)

    assert answer.status_code == 200
    told = re.search(r'id="stale">.*?</div></div>', text(answer), re.DOTALL)
    assert told is not None
    assert stored in " ".join(html.unescape(re.sub(r"<[^>]*>", " ", told[0])).split()).replace(" : ", ": ")


def test_a_page_that_was_open_while_the_comment_left_does_not_send_it_again(as_owner: Browser, client: Client) -> None:
    save(as_owner, client, comment="Só desta vez.")
    older = form(client, **{"settings-comment": "Só desta vez."})
    sending.send_now(client, "a-token-of-the-form")

    answer = as_owner.post(url("settings", client), older)

    assert answer.status_code == 200
    assert "Mensagem da agência: <strong>nada</strong>" in text(answer)
