"""Every template × platform set × edge, from rows in the database to the text that is read, against golden files.

As in `test_golden_reports.py`: `REWRITE_GOLDEN=1 make test ARGS=tests/reports/test_golden_templates.py` writes the
files anew (and fails), and the diff is then read line by line. Of names only what they change is kept.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP
from decimal import Decimal as D
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from agency.models import Agency, Client
from reports import layout
from reports.choices import Family, Platform
from reports.day_numbers import DayNumbers, with_results
from reports.metrics import Metric, Sums
from reports.models import AdAccount, DailyMetric, ReportSettings
from reports.numbers import gather
from reports.objectives import TEMPLATES, Objective
from reports.snapshot import Campaign, ReportData, from_json, to_json
from reports.storing import write_days
from reports.text import report_text
from tests.factories import make_client
from tests.reports.factories import make_account

pytestmark = pytest.mark.django_db

GOLDEN = Path(__file__).parent / "golden" / "templates"
REWRITE = bool(os.environ.get("REWRITE_GOLDEN"))
AT = datetime(2026, 11, 24, 9, tzinfo=ZoneInfo("America/Sao_Paulo"))
FIRST, LAST = date(2026, 11, 17), date(2026, 11, 23)
FORTNIGHT = [FIRST + timedelta(days=number) for number in range(-7, 7)]
#: name → platforms, and whether the agency chose to sum them.
SETS: dict[str, tuple[tuple[Platform, ...], bool]] = {
    "meta": ((Platform.META,), False),
    "google": ((Platform.GOOGLE,), False),
    "both": ((Platform.META, Platform.GOOGLE), False),
    "summed": ((Platform.META, Platform.GOOGLE), True),
}
GOALS = {metric.value: "50" for metric in Metric}
TEXTS: dict[str, Any] = {
    "title": "*{{ cliente }}* por {{ agencia }}",
    "comment": "Paulo, testamos o *vídeo novo*: _{{ leads }} leads_.",
    "free_text": "Foram {{ investimento }} em {{ periodo }}.\nDetalhes: {{ link }}\n\nConversões: {{ resultados }}",
    "goals": GOALS,
}


@dataclass(frozen=True)
class Edge:
    """What is not as usual: the name, the settings, a day's numbers, which days lack, a second currency."""

    name: str = "Moda Ipê"
    settings: dict[str, Any] = field(default_factory=dict)
    is_zero: bool = False
    lacks: tuple[date, ...] = ()
    second_currency: bool = False
    is_whole: bool = True


EDGES: dict[str, Edge] = {
    "as usual": Edge(),
    "texts and goals": Edge(settings=TEXTS),
    "zeros": Edge(is_zero=True),
    "no base": Edge(lacks=tuple(FORTNIGHT[:7])),
    "a day is not covered": Edge(lacks=(LAST,)),
    "two currencies": Edge(second_currency=True, settings={"goals": GOALS}),
    "a long name": Edge(
        name="Construtora Serra Azul Empreendimentos e Participações do Norte de Minas S. A.", is_whole=False
    ),
    "emoji": Edge(name="🏗️ Obra & Cia 👨‍👩‍👧 🇧🇷", is_whole=False),
    "markup": Edge(name="*Loja_do_Zé* ~50%~ `off` {{ link }}", is_whole=False, settings=TEXTS),
    "right to left": Edge(name="\u202eםולש Café\u200f مقهى", is_whole=False),
}


def day_of(platform: Platform, day: date, is_zero: bool) -> DayNumbers:
    """Invented, different on each day, the same on every machine."""
    step = day.toordinal() % 11
    scale = 0 if is_zero else 1
    base = Sums(spend=D(f"{90 + 3 * step}.{(37 * step) % 100:02d}") * scale, impressions=(4000 + 130 * step) * scale)
    base = replace(base, clicks=(70 + 3 * step) * scale)
    told = (
        {Family.CONVERSIONS: (f"{step % 4}.5", f"{200 + 11 * step}.25")}
        if platform is Platform.GOOGLE
        else {
            Family.PURCHASES: (str(step % 4 + 1), f"{300 + 17 * step}.50"),
            Family.LEADS: (str(step % 3), None),
            Family.CONVERSATIONS: (str(step % 5), None),
            Family.LINK_CLICKS: (str(50 + step), None),
            Family.LANDING_PAGE_VIEWS: (str(30 + step), None),
            Family.ADDS_TO_CART: (str(step % 6), None),
            Family.CHECKOUTS: (str(step % 4), None),
            Family.PROFILE_VISITS: (str(step % 7), None),
        }
    )
    results = {
        family.value: ["0" if is_zero else count, None if worth is None else "0" if is_zero else worth]
        for family, (count, worth) in told.items()
    }
    return DayNumbers(with_results(base, results, platform=platform, family=Family.PURCHASES), results)


def fill(client: Client, platform: Platform, edge: Edge, currency: str = "BRL") -> AdAccount:
    account = make_account(
        client=client,
        platform=platform,
        name=f"Conta {platform.label}",
        currency=currency,
        **(
            {"reach": 0 if edge.is_zero else 14000, "reach_since": FIRST, "reach_until": LAST}
            if platform == "meta"
            else {}
        ),
    )
    write_days(account, {day: day_of(platform, day, edge.is_zero) for day in FORTNIGHT if day not in edge.lacks})
    return account


def filled(agency: Agency, platforms: tuple[Platform, ...], edge: Edge) -> Client:
    client = make_client(agency=agency, name=edge.name)
    for platform in platforms:
        fill(client, platform, edge)
    if edge.second_currency:
        fill(client, platforms[0], edge, "USD")
    return client


def told(client: Client, objective: Objective, blend: bool, **fields: Any) -> ReportData:
    template = TEMPLATES[objective]
    settings = ReportSettings(
        client=client,
        blend=blend,
        template=objective,
        metrics=[metric.value for metric in template.metrics],
        layout=layout.write(template.layout),
        **fields,
    )
    data = gather(settings, AT).data
    assert data is not None
    return data


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
    names, blend = SETS[platforms]
    clients = {name: filled(agency, names, edge) for name, edge in EDGES.items()}
    for objective in Objective:
        written = "\n".join(
            section(name, edge, told(clients[name], objective, blend, **edge.settings)) for name, edge in EDGES.items()
        )
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
