"""Every template × platform set × edge, from rows in the database to the text that is read, against golden files.

As in `test_golden_reports.py`: `REWRITE_GOLDEN=1 make test ARGS=tests/reports/test_golden_templates.py` writes the
files anew (and fails), and the diff is then read line by line. Of names only what they change is kept.
"""

from __future__ import annotations

import os
from dataclasses import replace
from decimal import ROUND_HALF_UP
from decimal import Decimal as D
from pathlib import Path

import pytest

from agency.models import Agency
from reports.choices import Platform
from reports.models import DailyMetric
from reports.objectives import Objective
from reports.snapshot import Campaign, ReportData, from_json, to_json
from reports.text import report_text
from tests.reports.template_reports import EDGES, FIRST, LAST, SETS, Edge, every, filled, told

pytestmark = pytest.mark.django_db

GOLDEN = Path(__file__).parent / "golden" / "templates"
REWRITE = bool(os.environ.get("REWRITE_GOLDEN"))


def section(name: str, edge: Edge, data: ReportData) -> str:
    text = report_text(data, "K7F3QX")
    assert report_text(from_json(to_json(data)), "K7F3QX") == text
    if not edge.is_whole:
        text = "\n".join(line for line in text.splitlines() if line and not line.startswith(("•", "💰", "━")))
        head, _, rest = text.partition("\nPeríodo")
        text = f"{head}\nPeríodo{rest.splitlines()[0]}"
    return f"##### {name}\n{text}\n"


@pytest.mark.parametrize("platforms", SETS)
def test_the_text_of_every_template_platform_set_and_edge(platforms: str, agency: Agency) -> None:
    for objective, reports in every(agency, platforms):
        written = "\n".join(section(name, EDGES[name], data) for name, data in reports.items())
        file = GOLDEN / f"{objective}_{platforms}.txt"
        if REWRITE:
            file.parent.mkdir(exist_ok=True)
            file.write_text(written, encoding="utf-8")
            continue
        assert written == file.read_text(encoding="utf-8"), file.name
    if REWRITE:
        pytest.fail("written anew: read the difference, then run without REWRITE_GOLDEN")


def test_five_hundred_campaigns_change_no_text(agency: Agency) -> None:
    data = told(filled(agency, SETS["both"][0], Edge()), Objective.ECOMMERCE, False)
    campaigns = tuple(Campaign(f"Campanha *{number}*", data.blocks[0].now) for number in range(500))
    heavy = replace(data, blocks=(replace(data.blocks[0], campaigns=campaigns), *data.blocks[1:]))

    assert report_text(heavy, "K7F3QX") == report_text(data, "K7F3QX")


# --- By arithmetic that shares nothing with the code under test -------------------------------------------------------


def rounded(number: D) -> str:
    cents = int((abs(number) * 100).quantize(D(1), rounding=ROUND_HALF_UP))
    whole = str(cents // 100)
    groups = [whole[max(0, end - 3) : end] for end in range(len(whole), 0, -3)][::-1]
    return f"{'.'.join(groups)},{cents % 100:02d}"


def counted(number: D | int) -> str:
    text = rounded(D(number))
    return text.removesuffix(",00") if text.endswith(",00") else text.rstrip("0")


def expected(rows: list[DailyMetric], is_meta: bool) -> dict[str, str]:
    """label → value, from the stored rows alone."""

    def tell(family: str, index: int = 0) -> D:
        return sum((D(row.results[family][index]) for row in rows), D(0))

    spend = sum((row.spend for row in rows), D(0))
    shown, clicks = sum(row.impressions or 0 for row in rows), sum(row.clicks or 0 for row in rows)
    common = {
        "Investimento": f"R$ {rounded(spend)}",
        "Impressões": counted(shown),
        "Cliques": counted(clicks),
        "CTR": f"{rounded(D(clicks) * 100 / shown)}%",
        "CPC": f"R$ {rounded(spend / clicks)}",
        "CPM": f"R$ {rounded(spend * 1000 / shown)}",
    }
    if not is_meta:
        value, conversions = tell("conversions", 1), tell("conversions")
        return common | {
            "CPC médio": common["CPC"],
            "Conversões": counted(conversions),
            "Receita": f"R$ {rounded(value)}",
            "CPA": f"R$ {rounded(spend / conversions)}",
            "Valor de conversão": f"R$ {rounded(value)}",
            "Faturamento": f"R$ {rounded(value)}",
            "Custo por conversão": f"R$ {rounded(spend / conversions)}",
            "ROAS": f"{rounded(value / spend)}x",
        }
    leads, talks, bought, worth = tell("leads"), tell("conversations"), tell("purchases"), tell("purchases", 1)
    link = tell("link_clicks")
    return common | {
        "Conversas iniciadas": counted(talks),
        "Mensagens": counted(talks),
        "Conversões": counted(bought),
        "Receita": f"R$ {rounded(worth)}",
        "Valor de conversão": f"R$ {rounded(worth)}",
        "CPA": f"R$ {rounded(spend / bought)}",
        "Custo por conversão": f"R$ {rounded(spend / bought)}",
        "CPC médio": common["CPC"],
        "Custo por conversa": f"R$ {rounded(spend / talks)}",
        "Leads": counted(leads),
        "CPL": f"R$ {rounded(spend / leads)}",
        "Compras": counted(bought),
        "Custo por compra": f"R$ {rounded(spend / bought)}",
        "Faturamento": f"R$ {rounded(worth)}",
        "Ticket médio": f"R$ {rounded(worth / bought)}",
        "ROAS": f"{rounded(worth / spend)}x",
        "Cliques no link": counted(link),
        "CTR (link)": f"{rounded(link * 100 / shown)}%",
        "CPC (link)": f"R$ {rounded(spend / link)}",
        "Taxa de conversão (leads ÷ visualizações da página)": f"{rounded(leads * 100 / tell('landing_page_views'))}%",
        "Adições ao carrinho": counted(tell("adds_to_cart")),
        "Inícios de compra": counted(tell("checkouts")),
        "Visitas ao perfil": counted(tell("profile_visits")),
        "Alcance": "14.000",
        "Frequência": rounded(D(shown) / 14000),
    }


@pytest.mark.parametrize("objective", Objective)
@pytest.mark.parametrize("platform", Platform)
def test_the_figures_follow_from_the_rows(platform: Platform, objective: Objective, agency: Agency) -> None:
    client = filled(agency, (platform,), Edge())
    rows = list(DailyMetric.objects.filter(client=client, date__range=(FIRST, LAST)))
    known = expected(rows, platform is Platform.META)
    lines = [
        line.partition(" ")[2] for line in report_text(told(client, objective, False)).splitlines() if "━" not in line
    ]
    figures = dict(line.removesuffix("*").split(": *", 1) for line in lines if ": *" in line and "Conta" not in line)

    assert figures == {label: known[label] for label in figures}
    assert len(figures) > 1
