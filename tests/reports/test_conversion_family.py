"""What a client counts as conversions in Meta's numbers: chosen in the editor, shown before it is saved, written over
the stored days when it is."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client as Browser
from django.utils import timezone

from agency.models import Agency, Client
from reports import numbers, planning
from reports.models import DailyMetric, ReportSettings
from tests.factories import make_client
from tests.reports.editor import HTMX, form, text, url
from tests.reports.factories import make_account, make_days, week

#: A day of Meta's: 4 purchases, 9 conversations, 7 leads.
RESULTS = {"purchases": ["4", "250"], "conversations": ["9", None], "leads": ["7", None], "link_clicks": ["90", None]}


@pytest.fixture
def client(agency: Agency) -> Client:
    """With two accounts at Meta and one at Google that were read, and one whose numbers came from a file."""
    client = make_client(agency=agency, name="Moda Ipê")
    yesterday = timezone.now().astimezone(client.zone).date() - timedelta(days=1)
    days, known = week(yesterday, weeks=2), {"leads": 7, "messages": 9}
    for name in ("Loja", "Atacado"):
        make_days(make_account(client=client, name=name), days, results=RESULTS, **known)
    make_days(make_account(client=client, name="De arquivo"), days)
    google = make_account(client=client, name="Busca", platform="google")
    make_days(google, days, results={"conversions": ["5", "90"]}, conversions=Decimal(5))
    return client


def stored(name: str) -> set[Decimal | None]:
    return set(DailyMetric.objects.filter(account__name=name).values_list("conversions", flat=True))


def conversions(page: str) -> list[str]:
    return re.findall(r"🎯 Conversões: (?:<b>)?([\d.,]+)", page)


@pytest.mark.parametrize(
    ("family", "of_meta"),
    [("conversations", {Decimal(9)}), ("leads", {Decimal(7)}), ("link_clicks", {Decimal(90)}), ("checkouts", {None})],
)
def test_a_choice_is_written_over_the_days_that_were_read(
    family: str, of_meta: set[Any], as_owner: Browser, client: Client
) -> None:
    as_owner.post(url("settings", client), form(client, **{"settings-conversion_family": family}))

    assert ReportSettings.objects.get().conversion_family == family
    assert [stored(name) for name in ("Loja", "Atacado")] == [of_meta, of_meta]
    assert [stored(name) for name in ("De arquivo", "Busca")] == [{Decimal(4)}, {Decimal(5)}]
    assert set(DailyMetric.objects.filter(account__name="Loja").values_list("leads", "messages")) == {(7, 9)}


def test_another_clients_days_stay_as_they_are(as_owner: Browser, client: Client) -> None:
    other = make_account(client=make_client(agency=client.agency), name="De outro")
    make_days(other, week(timezone.now().date()), results=RESULTS)

    as_owner.post(url("settings", client), form(client, **{"settings-conversion_family": "leads"}))

    assert stored("De outro") == {Decimal(4)}


def test_googles_conversions_are_no_choice_for_meta(as_owner: Browser, client: Client) -> None:
    typed = form(client, **{"settings-conversion_family": "conversions"})

    page = text(as_owner.post(url("settings", client), typed))

    assert "Faça uma escolha válida" in page
    assert '<option value="conversions"' not in page
    assert ReportSettings.objects.get().conversion_family == "purchases"


def test_the_preview_counts_and_names_what_is_not_saved_yet(as_owner: Browser, client: Client) -> None:
    saved = text(as_owner.get(url("settings", client)))
    typed = form(client, **{"settings-conversion_family": "conversations"})
    live = text(as_owner.post(url("preview", client), typed, headers=HTMX))

    assert "Conversões da Meta: compras." in saved
    assert "Conversões da Meta: conversas iniciadas." in live
    # Two accounts of Meta's that were read and one from a file, seven days: 7 × (4 + 4 + 4), then 7 × (9 + 9 + 4).
    assert (conversions(saved)[0], conversions(live)[0]) == ("84", "154")
    assert conversions(saved)[1] == conversions(live)[1] == "35"
    assert stored("Loja") == {Decimal(4)}


def test_the_preview_does_not_name_what_it_does_not_show(as_owner: Browser, client: Client) -> None:
    live = as_owner.post(url("preview", client), form(client, **{"settings-metrics": ["spend"]}), headers=HTMX)

    assert "Conversões da Meta" not in text(live)


def test_what_is_stored_and_what_a_report_says_are_the_same(client: Client) -> None:
    planning.settings_of(client)

    settings = planning.save_settings(client, {"conversion_family": "leads"})

    report = numbers.collect(settings, timezone.now())
    days = report.days
    assert report.blocks == numbers.collect_days(client, days, report.base).blocks


def test_a_stale_page_is_told_of_the_choice(as_owner: Browser, client: Client) -> None:
    older = form(client, **{"settings-conversion_family": "leads"})
    as_owner.post(url("settings", client), form(client, **{"settings-conversion_family": "checkouts"}))

    page = text(as_owner.post(url("settings", client), older))

    assert "Conversões são: <strong>Inícios de compra</strong>" in page
    assert ReportSettings.objects.get().conversion_family == "checkouts"
