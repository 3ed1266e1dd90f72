"""The picture and the PDF of a report: all that is in them, the same bytes each time, whatever the names."""

from __future__ import annotations

import gc
import io
import re
from collections import defaultdict
from dataclasses import replace
from datetime import date
from decimal import Decimal as D
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from reportlab.pdfgen.canvas import Canvas

from reports import chart_image, paper, pdf, pdf_shapes, typeface
from reports.charts.drawing import Anchor
from reports.choices import Platform
from reports.metrics import ALL, Metric
from reports.periods import Days
from reports.sections import Letterhead
from reports.snapshot import ReportData, Uncovered
from reports.typeface import Weight
from tests.reports.golden_files import assert_golden
from tests.reports.whole_reports import LAST, MAIN, everything, report

AGENCY = Letterhead("Maré Alta")
GOOGLE, META = (Platform.GOOGLE,), (Platform.META,)
STRANGE = "🔥‮ <b>Ação & 'Cia'</b> حملة Кампания \x00\ud83d ]]> 中文"
EMPTY = ReportData("Sem nada", Days(LAST, LAST), None, MAIN, ())

REPORTS = {
    "two_platforms_week": replace(report(), comment="Verba *mantida* até o fim do mês."),
    "google_month_with_holes": report(30, platforms=GOOGLE, holes=(3, 4)),
    "meta_messages": report(platforms=META, metrics=(Metric.SPEND, Metric.MESSAGES)),
    "one_day": report(1, platforms=GOOGLE),
    "all_metrics": report(platforms=GOOGLE, metrics=ALL),
    "not_compared": report(platforms=META, is_compared=False),
    "zeros": report(platforms=GOOGLE, scale=D(0)),
    "millions": report(platforms=GOOGLE, scale=D(98765)),
    "one_platform_silent": report(platforms=GOOGLE, uncovered=(Uncovered(Platform.META, "BRL"),)),
    "ninety_days": report(90, platforms=GOOGLE, campaigns=61),
    "strange_names": report(platforms=META, client=STRANGE, campaigns=6),
    "long_name": report(platforms=META, client="Empreendimentos e Participações do Litoral Norte " * 4),
    "everything": everything(),
    "nothing": EMPTY,
}


def a_pdf(data: ReportData, letterhead: Letterhead = AGENCY) -> bytes:
    return pdf.pdf(data, letterhead, reference="K7F3QX", sent_on=date(2026, 11, 23))


@pytest.fixture
def pages(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was written on each page of the PDF that is made meanwhile: line by line, its parts by " | "."""
    found: list[str] = []
    lines: dict[float, list[tuple[float, str]]] = defaultdict(list)
    really = pdf_shapes.write

    def note(canvas: Canvas, x: float, y: float, text: str, *rest: Any) -> None:
        at = canvas.absolutePosition(x, y)
        lines[round(at[1])].append((at[0], typeface.written(text)))
        really(canvas, x, y, text, *rest)

    def end_page(canvas: Canvas) -> None:
        rows = (sorted(lines[y]) for y in sorted(lines, reverse=True))
        found.append("\n".join(" | ".join(text for _, text in row) for row in rows))
        lines.clear()
        show(canvas)

    show = Canvas.showPage
    monkeypatch.setattr(pdf_shapes, "write", note)
    monkeypatch.setattr(paper, "write", note)
    monkeypatch.setattr(Canvas, "showPage", end_page)
    return found


@pytest.mark.parametrize("name", REPORTS)
def test_golden_pdf(name: str, pages: list[str]) -> None:
    a_pdf(REPORTS[name])
    assert_golden("\n\n--- página ---\n\n".join(pages) + "\n", f"pdf/{name}.txt")


@pytest.mark.parametrize("name", REPORTS)
def test_golden_picture(name: str) -> None:
    markup = chart_image.markup(REPORTS[name], AGENCY)
    texts = re.findall(r"<text[^>]*>([^<]*)</text>", markup)
    assert_golden("\n".join(texts) + "\n", f"picture/{name}.txt")


@pytest.mark.parametrize("name", ["two_platforms_week", "strange_names", "nothing", "one_day"])
def test_the_same_report_gives_the_same_bytes(name: str) -> None:
    data = REPORTS[name]
    assert a_pdf(data) == a_pdf(data)
    assert chart_image.png(data, AGENCY) == chart_image.png(data, AGENCY)


def test_a_picture_is_white_and_as_wide_as_a_phone_is_sharp() -> None:
    image = Image.open(io.BytesIO(chart_image.png(report(), AGENCY)))
    assert image.width == round(chart_image.WIDTH * chart_image.ZOOM)
    assert image.height < 2 * image.width
    assert image.convert("RGB").getpixel((2, 2)) == (255, 255, 255)


def test_a_picture_uses_the_font_of_the_project() -> None:
    """Without its letters next to nothing but lines would be left: no font of the machine stands in."""
    with_text = Image.open(io.BytesIO(chart_image.png(report(1), AGENCY))).convert("L")
    assert sum(with_text.histogram()[:128]) > 1500


def test_a_pdf_says_what_it_is() -> None:
    content = a_pdf(report())
    assert content.startswith(b"%PDF-")
    for word in (b"/Lang (pt-BR)", b"InstrumentSans", b"/ToUnicode"):
        assert word in content
    assert b"/FontFile2" in content  # the letters are in the file


@pytest.mark.parametrize("is_for_dark", [False, True])
def test_a_logo_stands_at_the_top(is_for_dark: bool) -> None:
    target = io.BytesIO()
    Image.new("RGBA", (300, 120), (200, 20, 20, 128)).save(target, "PNG")
    with_logo = a_pdf(report(), Letterhead("Maré Alta", target.getvalue(), is_for_dark))
    assert with_logo.count(b"/Subtype /Image") == 2  # and its transparency
    assert with_logo == a_pdf(report(), Letterhead("Maré Alta", target.getvalue(), is_for_dark))


def test_a_table_that_goes_on_has_its_head_again(pages: list[str]) -> None:
    a_pdf(report(platforms=GOOGLE, campaigns=500))
    with_rows = [page for page in pages if "Campanha" in page]
    assert len(with_rows) == len(pages) > 1
    assert sum(page.count("e mais 440 campanhas") for page in pages) == 1
    assert [page.splitlines()[-1].split(" | ")[-1] for page in pages] == [
        f"Página {number} de {len(pages)}" for number in range(1, len(pages) + 1)
    ]


names = st.text(max_size=120) | st.just(STRANGE) | st.just("x" * 2000)


@settings(max_examples=10, deadline=None)
@given(names, names, names)
def test_no_name_breaks_a_document(client: str, agency: str, comment: str) -> None:
    data = replace(report(2, platforms=GOOGLE, client=client), comment=comment, title=comment)
    assert chart_image.png(data, Letterhead(agency)).startswith(b"\x89PNG")
    assert a_pdf(data, Letterhead(agency)).startswith(b"%PDF-")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Ação à vista", "Ação à vista"),
        ("Ac\u0327a\u0303o", "Ação"),
        ("🔥 Black Friday 🔥", "Black Friday"),
        ("🔥", "…"),
        ("حملة الصيف", "…"),
        ("Кампания 2 верано", "… 2 …"),
        ("dois\nlinhas\t", "dois linhas"),
        ("½ ﬁm", "… fim"),
        ("Łódź", "…ódz"),
        ("", ""),
        ("\u202e\u200b", "…"),
    ],
)
def test_what_the_font_cannot_write(text: str, shown: str) -> None:
    assert typeface.written(text) == shown


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=200), st.integers(8, 300))
def test_a_cut_text_fits(text: str, room: int) -> None:
    assert typeface.width(typeface.cut(text, room, 9), 9) <= max(room, typeface.width("…", 9))
    for line in typeface.wrapped(text, room, 9, Weight.SEMIBOLD, most=3):
        assert typeface.width(line, 9, Weight.SEMIBOLD) <= max(room, typeface.width("…", 9, Weight.SEMIBOLD))


def test_a_long_text_keeps_to_its_lines() -> None:
    assert len(typeface.wrapped("palavra " * 200, 100, 9, most=3)) == 3
    assert typeface.wrapped("palavra " * 200, 100, 9, most=3)[-1].endswith("…")
    assert typeface.wrapped("", 100, 9, most=3) == []


def test_anchors_are_those_of_the_font() -> None:
    assert typeface.width("1", 10) == typeface.width("8", 10)  # figures line up
    assert {anchor.value for anchor in Anchor} == {"start", "middle", "end"}


def test_memory_stays_flat() -> None:
    """No document leaves anything behind: reportlab keeps fonts, and each of them could keep its documents."""
    data = report(1, platforms=GOOGLE)
    a_pdf(data)
    gc.collect()
    before = len(gc.get_objects())
    for _ in range(5):
        a_pdf(data)
        chart_image.png(data, AGENCY)
    gc.collect()
    assert len(gc.get_objects()) - before < 500
