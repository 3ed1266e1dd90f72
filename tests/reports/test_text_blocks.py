"""A report's text as blocks: their order, what is left out, and that a snapshot says all of it again."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal as D
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.choices import Platform
from reports.goals import Goals
from reports.layout import Kind
from reports.metrics import FIELDS, STORED, Metric, Sums
from reports.snapshot import Block, DayPoint, ReportData, from_json, to_json
from reports.text import report_text
from tests.reports.test_text import SHOP, data, google, meta

FOOTER = "_Relatório automático • Adscape • #K7F3QX_"
WHOLE = replace(
    data(meta(replace(SHOP, purchases=5, link_clicks=80, page_views=40, reach=2000))),
    metrics=tuple(Metric),
    agency="Maré Alta",
    title="{{ cliente }}",
    text="{{ investimento }}",
    comment="*Oi*",
    layout=(Kind.COMMENT, Kind.NUMBERS, Kind.TITLE, Kind.FOOTER),
    labels={Metric.CPC: "CPC médio"},
    goals=Goals("BRL", {Metric.CPA: D("40.50"), Metric.LEADS: D(12)}),
)


def said(*layout: Kind, **fields: Any) -> list[str]:
    """The blocks of the text, with the numbers in one line."""
    shown = replace(data(meta()), metrics=(Metric.LEADS, Metric.ROAS), layout=layout, **fields)
    return report_text(shown, "K7F3QX").split("\n\n")


def test_blocks_stand_in_their_order_with_a_line_between_them() -> None:
    assert said(Kind.TEXT, Kind.TITLE, title="Oi", text="um\n\ndois") == ["um", "dois", "Oi", FOOTER]


def test_what_is_said_of_the_account_and_its_numbers_stand_together() -> None:
    verdict, numbers = "🟢 Resultado positivo no período", "━━━━━━━━━━━━━━━\n📋 Leads: *12*\n📈 ROAS: *4,20x*"
    header = "Conta: *Moda Ipê*\nPeríodo: 17/11/2026 — 23/11/2026"

    assert said(Kind.HEADER, Kind.VERDICT, Kind.NUMBERS) == [f"{header}\n{verdict}\n{numbers}", FOOTER]
    assert said(Kind.NUMBERS, Kind.VERDICT, Kind.HEADER) == [numbers, verdict, header, FOOTER]


def test_the_footer_is_last_wherever_it_is_and_even_where_it_is_not() -> None:
    assert said(Kind.FOOTER, Kind.TITLE, title="Oi") == said(Kind.TITLE, title="Oi") == ["Oi", FOOTER]


def test_a_comment_is_never_lost() -> None:
    assert said(Kind.TITLE, Kind.TEXT, title="Oi", text="fim", comment="só hoje") == ["Oi", "fim", "só hoje", FOOTER]


def test_a_block_without_anything_to_say_leaves_no_gap() -> None:
    text = said(Kind.TITLE, Kind.TEXT, Kind.COMMENT, Kind.COMPARISON, title="{{ link }}", text="  \n", base=None)

    assert text == [FOOTER]


def test_the_pages_address_is_given_to_the_renderer() -> None:
    shown = replace(WHOLE, layout=(Kind.TEXT,), text="Detalhes: {{ link }}", comment="")

    assert report_text(shown, "K7F3QX") == FOOTER
    assert (
        report_text(shown, "K7F3QX", link="https://a.exemplo/r/x_y") == f"Detalhes: https://a.exemplo/r/x_y\n\n{FOOTER}"
    )


def test_a_variable_tells_each_platform_apart_unless_they_are_summed() -> None:
    shown = replace(data(meta(), google()), layout=(Kind.TEXT,), text="{{ investimento }} · {{ mensagens }}", base=None)
    total = Block(None, "BRL", Sums(spend=D("4349.90"), messages=33))

    assert report_text(shown).startswith("R$ 2.667,40 (Meta), R$ 1.682,50 (Google) · 33 (Meta)\n")
    assert report_text(replace(shown, blocks=(*shown.blocks, total))).startswith("R$ 4.349,90 · 33\n")


def test_what_platforms_reach_together_is_marked_at_their_sum() -> None:
    goals = Goals("BRL", {Metric.LEADS: D(70), Metric.CPC: D(3), Metric.MESSAGES: D(30)})
    total = Block(None, "BRL", Sums(spend=D(100), clicks=50, leads=75))
    shown = replace(data(meta(), google(), total), metrics=(Metric.LEADS, Metric.MESSAGES, Metric.CPC), goals=goals)

    lines = [line for line in report_text(shown).splitlines() if ": *" in line and "Conta" not in line]
    assert [line.split("*")[-1].strip() for line in lines] == [
        *("", "🟢", "🟢"),  # Meta: leads are told with the sum; of messages there is none, since Google tells none
        *("", "🟢"),  # Google; a cost per click is each platform's own
        *("🟢", "🟢"),
    ]


def test_a_snapshot_says_all_of_it_again() -> None:
    assert from_json(to_json(WHOLE)) == WHOLE


def test_a_snapshot_of_before_blocks_is_read_as_it_was_sent() -> None:
    usual = data(replace(meta(), by_day=(DayPoint(meta_day := data().days.first, SHOP),)))
    stored = to_json(usual) | {"version": 2}
    for name in ("fields", "agency", "layout", "title", "text", "comment", "labels", "goals", "goals_currency"):
        del stored[name]
    block = stored["blocks"][0]
    block["by_day"] = [[meta_day.isoformat(), block["by_day"][0][1][: len(STORED)]]]
    for name in set(FIELDS) - set(STORED):
        del block["now"][name], block["before"][name]

    assert from_json(stored) == usual
    assert report_text(from_json(stored), "K7F3QX") == report_text(usual, "K7F3QX")


kinds = st.lists(st.sampled_from(list(Kind)), max_size=12)
texts = st.text(max_size=40) | st.sampled_from(["{{ cliente }}", "{{ leads }}\n{{ link }}", "{{", "*oi*"])


@given(kinds, texts, texts, texts)
def test_any_contents_make_a_text_with_its_reference_last_and_the_same_from_its_snapshot(
    layout: list[Kind], title: str, text: str, comment: str
) -> None:
    shown: ReportData = replace(WHOLE, layout=tuple(layout), title=title, text=text, comment=comment)
    written = report_text(shown, "K7F3QX")

    assert written.splitlines()[-1] == FOOTER
    assert report_text(from_json(to_json(shown)), "K7F3QX") == written


@pytest.mark.parametrize("platform", Platform)
def test_every_metric_that_is_known_has_a_line(platform: Platform) -> None:
    whole = replace(WHOLE, blocks=(replace(WHOLE.blocks[0], platform=platform),), layout=(Kind.NUMBERS,), comment="")
    known = report_text(whole).count(": *")

    assert known == len(Metric) - 3, "not what the platform did not tell: carts, checkouts, visits to the profile"
