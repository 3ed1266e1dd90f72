"""Message texts against golden files: a change of one character is a change that a person must mean."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal as D
from pathlib import Path

import pytest

from reports.choices import Platform
from reports.metrics import ALL, FIELDS, Metric, Sums
from reports.periods import Days
from reports.snapshot import Block, Campaign, DayPoint, ReportData, Uncovered, from_json, to_json
from reports.text import NO_REFERENCE, plain, report_text

GOLDEN = Path(__file__).parent / "golden"
WEEK = Days(date(2026, 11, 17), date(2026, 11, 23))
WEEK_BEFORE = Days(date(2026, 11, 10), date(2026, 11, 16))

SHOP = Sums(
    spend=D("2667.40"), revenue=D("11203.00"), conversions=D(34), impressions=31204, clicks=1007, leads=12, messages=33
)
SHOP_BEFORE = Sums(
    spend=D("2469.81"), revenue=D("10003.00"), conversions=D(34), impressions=33000, clicks=1100, leads=0, messages=40
)
GOOGLE = Sums(spend=D("1682.50"), revenue=D("6730.00"), conversions=D("63.5"), impressions=18000, clicks=720, leads=63)
GOOGLE_BEFORE = Sums(
    spend=D("1633.50"), revenue=D("6500.00"), conversions=D(70), impressions=17000, clicks=680, leads=76
)
ZEROS = Sums(D("0.00"), D("0.00"), D("0.00"), 0, 0, 0, 0)


def data(*blocks: Block, base: Days | None = WEEK_BEFORE, client: str = "Moda Ipê", **fields: object) -> ReportData:
    return ReportData(client=client, days=WEEK, base=base, metrics=ALL, blocks=blocks)


def meta(now: Sums = SHOP, before: Sums | None = SHOP_BEFORE, currency: str = "BRL") -> Block:
    return Block(Platform.META, currency, now, before)


def google(now: Sums = GOOGLE, before: Sums | None = GOOGLE_BEFORE) -> Block:
    return Block(Platform.GOOGLE, "BRL", now, before)


def with_roas(times: str) -> Sums:
    spend = D("1000.00")
    return Sums(spend, spend * D(times), D(10), 50000, 900, 0, 0)


REPORTS: dict[str, ReportData] = {
    "one_platform": data(meta()),
    "two_platforms": data(meta(), google(), client="Construtora Serra Azul"),
    "one_day": ReportData("Moda Ipê", Days(date(2026, 11, 23), date(2026, 11, 23)), WEEK_BEFORE, ALL, (meta(),)),
    "base_zero": data(meta(before=ZEROS)),
    "base_partly_zero": data(meta(before=Sums(D("100.00"), D(0), D(0), 0, 0, 0, 0))),
    "no_base": data(meta(before=None)),
    "base_of_one_platform": data(meta(before=None), google()),
    "not_compared": data(meta(before=None), base=None),
    "roas_2": data(meta(with_roas("2")), base=None),
    "roas_between": data(meta(with_roas("1.99")), base=None),
    "roas_1": data(meta(with_roas("1")), base=None),
    "roas_poor": data(meta(with_roas("0.99")), base=None),
    "roas_of_platforms_differs": data(meta(with_roas("0.5")), google(with_roas("5")), base=None),
    "zeros": data(meta(ZEROS, ZEROS)),
    "no_revenue": data(meta(Sums(D("240.00"), None, D(31), 12000, 210, 0, 31), None), base=None),
    "two_currencies": data(meta(), meta(SHOP, None, currency="USD")),
    "strange_name": data(meta(), base=None, client="*Loja_do_Zé* ~50%~ `off`\n🏗️ 👨‍👩‍👧 \u202eoãçnemorp"),
    "uncovered_platform": ReportData(
        "Moda Ipê", WEEK, WEEK_BEFORE, ALL, (meta(),), (Uncovered(Platform.GOOGLE, "BRL"),)
    ),
    "chosen_metrics": ReportData("Moda Ipê", WEEK, WEEK_BEFORE, (Metric.LEADS, Metric.SPEND, Metric.CPA), (meta(),)),
}


@pytest.mark.parametrize("name", REPORTS)
def test_report_text(name: str) -> None:
    assert report_text(REPORTS[name], "K7F3QX") == (GOLDEN / f"report_{name}.txt").read_text(encoding="utf-8").rstrip(
        "\n"
    )


@pytest.mark.parametrize("name", REPORTS)
def test_a_snapshot_gives_the_same_report(name: str) -> None:
    assert from_json(to_json(REPORTS[name])) == REPORTS[name]


def test_a_snapshot_holds_numbers_as_text() -> None:
    stored = to_json(data(meta()))["blocks"][0]["now"]

    assert stored["spend"] == "2667.40"
    assert {type(stored[name]) for name in FIELDS} == {str}


def test_a_snapshot_from_before_uncovered_platforms_is_still_read() -> None:
    stored = to_json(data(meta()))
    del stored["uncovered"]

    assert from_json(stored) == data(meta())


def test_a_snapshot_from_before_numbers_by_day_is_still_read() -> None:
    stored = to_json(data(meta())) | {"version": 1}
    for name in ("by_day", "by_day_before", "campaigns"):
        del stored["blocks"][0][name]

    assert from_json(stored) == data(meta())


def test_a_snapshot_keeps_each_day_and_each_campaign() -> None:
    days = (DayPoint(date(2026, 11, 16), meta().now), DayPoint(date(2026, 11, 17), None))
    block = replace(meta(), by_day=days, by_day_before=days[1:], campaigns=(Campaign("Marca *2026*", Sums(clicks=0)),))

    assert from_json(to_json(data(block))).blocks == (block,)


def test_an_unknown_snapshot_is_refused() -> None:
    with pytest.raises(ValueError, match="version"):
        from_json({"version": 99})


def test_the_preview_is_the_message_without_its_reference() -> None:
    sent = report_text(data(meta()), "K7F3QX")

    assert report_text(data(meta())) == sent.replace("#K7F3QX", f"#{NO_REFERENCE}")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Moda Ipê", "Moda Ipê"),
        ("*Promo*", "∗Promo∗"),
        ("a_b ~c~ `d`", "aˍb ∼c∼ ˋdˋ"),
        ("duas\nlinhas\r\ne\ttab", "duas linhas e tab"),
        ("dois  espaços ", "dois espaços"),
        ("a\u200bb\u202ec", "abc"),
        ("linha\u2028nova", "linha nova"),
        ("Família 👨‍👩‍👧 & Cia 🏗️", "Família 👨‍👩‍👧 & Cia 🏗️"),
        ("N" * 40, "N" * 40),
    ],
)
def test_plain(name: str, expected: str) -> None:
    assert plain(name) == expected
