"""The live preview: the text that will be sent, from a form that is not saved, and what stands in its place."""

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
from reports.models import DailyMetric, Recipient, Report, ReportSettings
from reports.text import NO_REFERENCE
from tests.factories import make_client, make_connection
from tests.reports.editor import HTMX, form, make_ipe, settings_form, text, url
from tests.reports.factories import make_account, make_days, make_settings, week

pytestmark = pytest.mark.django_db

#: 10:00 on a Tuesday in São Paulo.
NOW = datetime(2026, 11, 24, 13, tzinfo=UTC)


@pytest.fixture(autouse=True)
def clock() -> Any:
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


@pytest.fixture
def client(agency: Agency) -> Client:  # type: ignore[override]
    """With numbers of both platforms for three months, different each day."""
    client = make_ipe(agency)
    DailyMetric.objects.all().delete()
    google = make_account(client=client, platform="google", name="Ipê Busca")
    for number, day in enumerate(week(date(2026, 11, 23), weeks=13)):
        make_days(client.ad_accounts.get(platform="meta"), [day], spend=100 + number, clicks=50 + number)
        make_days(google, [day], spend=30, revenue=90 + number, messages=None)
    return client


def ask(browser: Browser, client: Client, **typed: Any) -> str:
    return text(browser.post(url("preview", client), settings_form(**typed), headers=HTMX))


def shown(page: str) -> str:
    """The text in the bubble, with WhatsApp's markup written back."""
    found = re.search(r'id="preview-text">(.*?)<span class="bubble-foot">', page, re.DOTALL)
    assert found is not None, page
    marked = re.sub(r"</?b>", "*", re.sub(r"</?i>", "_", found[1]))
    return html.unescape(marked)


SETTINGS: list[dict[str, Any]] = [
    {},
    {"period": "yesterday"},
    {"period": "last_30_days", "compare": None},
    {"period": "this_month", "metrics": ["spend", "roas"]},
    {"period": "last_month", "blend": "on"},
    {"metrics": ["cpm"], "compare": None, "blend": "on"},
    {"frequency": "manual", "time_of_day": None, "active": None},
]


@pytest.mark.parametrize("typed", SETTINGS, ids=str)
def test_the_preview_is_the_text_that_is_sent(typed: dict[str, Any], as_owner: Browser, client: Client) -> None:
    previewed = shown(ask(as_owner, client, **typed))

    as_owner.post(url("settings", client), {**form(client), **_without_missing(typed)})
    sending.send_now(client, "a-token-of-the-form")

    message = Message.objects.get()
    assert f"#{NO_REFERENCE}" in previewed
    assert previewed == message.body.replace(message.reference, NO_REFERENCE)


def _without_missing(typed: dict[str, Any]) -> dict[str, Any]:
    return {f"settings-{name}": "" if value is None else value for name, value in typed.items()}


def test_a_strange_name_is_shown_as_it_is_sent(as_owner: Browser, agency: Agency) -> None:
    client = make_client(agency=agency, name="*Ipê* <b>& Cia</b> 👩‍👧")
    make_days(make_account(client=client), week(date(2026, 11, 23)))

    page = ask(as_owner, client)

    assert "<b>∗Ipê∗ &lt;b&gt;&amp; Cia&lt;/b&gt; 👩‍👧</b>" in page


def test_nothing_is_stored(as_owner: Browser, agency: Agency) -> None:
    client = make_ipe(agency)

    for headers in (HTMX, {}):
        answer = as_owner.post(
            url("preview", client), form(client, **{"settings-period": "yesterday"}), headers=headers
        )
        assert answer.status_code == 200

    assert not ReportSettings.objects.exists()
    assert not Report.objects.exists()
    assert not Message.objects.exists()


def test_stored_settings_stay_as_they_are(as_owner: Browser, client: Client) -> None:
    make_settings(client, active=True, period="last_30_days", next_run_at=NOW + timedelta(hours=5))
    before = ReportSettings.objects.values().get()

    ask(as_owner, client, period="yesterday", active=None, metrics=["cpc"])

    assert ReportSettings.objects.values().get() == before


def test_it_says_which_days_and_how_long(as_owner: Browser, client: Client) -> None:
    page = ask(as_owner, client, period="yesterday")

    assert "dados reais, 23 nov" in page
    length = f"{len(shown(page)):,}".replace(",", ".")
    assert f"Este é o texto exato do envio: {length} caracteres, uma mensagem." in page


def test_what_stands_beside_the_fields_follows(as_owner: Browser, client: Client) -> None:
    page = " ".join(
        ask(
            as_owner,
            client,
            frequency="weekly",
            weekdays=["4"],
            time_of_day="07:30",
            period="yesterday",
            metrics=["cpa"],
        ).split()
    )

    assert 'hx-swap-oob="innerHTML:#schedule-words"' in page
    assert "sexta, 27 nov, 07:30" in page
    assert '<div hx-swap-oob="innerHTML:#id_settings-period-help">Sempre até ontem. Em 27 nov: 26 nov.</div>' in page
    assert '<div hx-swap-oob="innerHTML:#id_settings-compare-help">Com 25 nov.</div>' in page
    assert '<div hx-swap-oob="innerHTML:#metrics-chosen">1 de 26, em ordem de envio</div>' in page
    assert "R$ 100,00" in page.split("#metric-spend")[1].split("#metric-revenue")[0]


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"active": None}, "Desligado: nada sai sozinho."),
        ({"frequency": "manual"}, "Nada sai sozinho: só por “Enviar agora”."),
    ],
)
def test_without_a_next_run_that_is_said(typed: dict[str, Any], words: str, as_owner: Browser, client: Client) -> None:
    page = ask(as_owner, client, **typed)

    assert words in page
    assert "Sempre até ontem. Hoje: 17 a 23 nov." in page


def test_days_are_those_of_the_clients_zone(as_owner: Browser, client: Client, clock: Any) -> None:
    Client.objects.update(time_zone="Asia/Tokyo")
    clock.move_to(datetime(2026, 11, 24, 15, 30, tzinfo=UTC))  # 00:30 of the 25th in Tokyo

    page = ask(as_owner, client, period="yesterday", time_of_day="08:00")

    assert "dados reais, 24 nov" in page or "Sem números de 24 nov." in page
    assert "quarta, 25 nov, 08:00" in page


def test_uncovered_days_are_said(as_owner: Browser, client: Client) -> None:
    DailyMetric.objects.filter(account__platform="google", date__in=[date(2026, 11, 20), date(2026, 11, 21)]).delete()

    page = ask(as_owner, client)

    assert "<strong>Faltam 20 e 21 nov de Ipê Busca:</strong> este relatório ficaria retido" in page
    assert 'id="preview-text"' in page


def test_without_numbers_a_sentence_stands_there(as_owner: Browser, agency: Agency) -> None:
    client = make_client(agency=agency)
    bare = ask(as_owner, client)
    make_account(client=client, name="Nova")

    page = ask(as_owner, client)

    assert "Sem números de 17 a 23 nov. Nenhuma conta de anúncio tem números deste período." in bare
    assert "Sem números de 17 a 23 nov. Faltam 17 a 23 nov de Nova: este relatório ficaria retido." in page
    assert 'id="preview-text"' not in page


@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        ({"metrics": []}, "Escolha pelo menos uma métrica."),
        ({"time_of_day": "25:00"}, "Hora: "),
        ({"period": "sempre"}, "Período: "),
        ({"frequency": None}, "Frequência: "),
    ],
)
def test_what_is_wrong_stands_in_its_place(
    typed: dict[str, Any], problem: str, as_owner: Browser, client: Client
) -> None:
    page = ask(as_owner, client, **typed)

    assert problem in page
    assert 'id="preview-text"' not in page
    assert "hx-swap-oob" not in page


def test_an_empty_post_is_not_a_server_error(as_owner: Browser, client: Client) -> None:
    assert as_owner.post(url("preview", client), headers=HTMX).status_code == 200
    assert as_owner.post(url("preview", client)).status_code == 200


def test_without_javascript_it_is_the_page_as_it_was_typed(as_owner: Browser, client: Client) -> None:
    typed = form(client, **{"settings-period": "yesterday", "recipients-0-name": "Bia"})

    page = text(as_owner.post(url("preview", client), typed))

    assert "<!doctype html>" in page
    assert "dados reais, 23 nov" in page
    assert 'value="yesterday" selected' in page
    assert 'value="Bia"' in page
    assert Recipient.objects.get().name == "Beatriz"


@pytest.mark.parametrize(("own", "name"), [(True, "Ipê Atendimento"), (False, "Maré Alta Envios")])
def test_it_shows_who_sends_and_who_receives(
    own: bool, name: str, as_owner: Browser, agency: Agency, client: Client
) -> None:
    make_connection(agency=agency, profile_name="Maré Alta Envios")
    if own:
        make_connection(agency=agency, client=client, profile_name="Ipê Atendimento")

    page = ask(as_owner, client)

    assert name in page
    assert "é assim que Beatriz vai receber" in page


def test_whom_the_agencys_number_serves_sees_that_number(as_owner: Browser, agency: Agency, client: Client) -> None:
    make_connection(agency=agency, profile_name="Maré Alta Envios")
    make_connection(agency=agency, client=client, profile_name="Ipê Atendimento")
    client.recipients.update(via_agency=True)

    assert "Maré Alta Envios" in ask(as_owner, client)


def test_with_nobody_to_receive_that_is_said(as_owner: Browser, client: Client) -> None:
    client.recipients.update(gets_reports=False)

    page = ask(as_owner, client)

    assert "ninguém recebe ainda" in page
    assert "<strong>Ninguém recebe relatórios:</strong> este relatório ficaria retido." in page
