"""What PDF and picture say of every template × platform set × edge, against golden files.

Only words are held: what is drawn of the days has golden files of its own (`test_charts.py`), and so have whole
documents (`test_documents_drawn.py`). Nothing is compressed, so that all of it costs a second or two.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from html import unescape
from typing import Any

import pytest

from agency.models import Agency
from reports import chart_image, goals, page, pdf, sections, typeface
from reports.charts import svg
from reports.charts.drawing import Drawing
from reports.paper import Paper
from reports.sections import Letterhead
from reports.snapshot import Campaign, ReportData
from reports.text import report_text
from tests.reports.golden_files import GOLDEN, REWRITE
from tests.reports.template_reports import EDGES, SETS, every

pytestmark = pytest.mark.django_db

AGENCY = Letterhead("Maré Alta")
MARKS = {"ok": goals.REACHED, "warn": goals.NEAR, "bad": goals.MISSED}
#: Of a report that differs by a name alone, so many lines of the PDF: letterhead, days, name.
_NAMED = 3


class Pages:
    """The words of a PDF, taken down instead of being written."""

    def __init__(self) -> None:
        self.rows: dict[tuple[int, int], list[tuple[float, str]]] = defaultdict(list)

    def note(self, paper: Paper, x: float, down: float, text: str, *_: Any, **__: Any) -> None:
        if text:
            self.rows[len(paper._pages), round(paper.y + down)].append((x, typeface.written(text)))

    def lines(self) -> list[str]:
        return [" | ".join(text for _, text in sorted(self.rows[place])) for place in sorted(self.rows)]


@contextmanager
def taken_down() -> Iterator[Pages]:
    pages = Pages()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Paper, "text", lambda paper, *args, **named: pages.note(paper, *args, **named))
        patch.setattr(Paper, "bytes", lambda paper: b"")
        yield pages


def pdf_lines(data: ReportData) -> list[str]:
    with taken_down() as pages:
        pdf.pdf(data, AGENCY, reference="K7F3QX")
    return pages.lines()


def picture_words(data: ReportData) -> str:
    """All but the words of the charts."""
    texts = re.findall(r"<text[^>]*>([^<]*)</text>", chart_image.markup(data, AGENCY))
    return unescape(" | ".join(texts))


def without_words(drawing: Drawing) -> str:
    return "<g/>"


def with_campaigns(data: ReportData, count: int) -> ReportData:
    campaigns = (*(f"Campanha *{number}* <b>" for number in range(count)),)
    blocks = [
        replace(block, campaigns=tuple(Campaign(name, block.now) for name in campaigns)) if block.platform else block
        for block in data.blocks
    ]
    return replace(data, blocks=tuple(blocks))


def section(name: str, data: ReportData) -> str:
    lines = pdf_lines(with_campaigns(data, 1))
    picture = picture_words(data)
    if not EDGES[name].is_whole:
        lines, picture = lines[:_NAMED], " | ".join(picture.split(" | ")[:_NAMED])
    return "\n".join([f"##### {name}", *lines, f"picture: {picture}", ""])


@pytest.mark.parametrize("platforms", SETS)
def test_the_words_of_every_template_platform_set_and_edge(
    platforms: str, agency: Agency, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(svg, "image", without_words)
    for objective, reports in every(agency, platforms):
        drawn = "\n".join(section(name, data) for name, data in reports.items())
        file = GOLDEN / "drawn" / f"{objective}_{platforms}.txt"
        if REWRITE:
            file.parent.mkdir(exist_ok=True)
            file.write_text(drawn, encoding="utf-8")
            continue
        assert drawn == file.read_text(encoding="utf-8"), file.name
        say_the_same(reports["texts and goals"])
        five_hundred_campaigns(reports["as usual"])
    if REWRITE:
        pytest.fail("written anew: read the difference, then run without REWRITE_GOLDEN")


def say_the_same(data: ReportData) -> None:
    """Each figure of the PDF stands in the message, by the same name and under the same mark, and on the page."""
    message = report_text(data).splitlines()
    drawn = page.page_of(with_campaigns(data, 1)).sections
    lines = pdf_lines(with_campaigns(data, 1))
    for found, part in zip(sections.sections(data), drawn, strict=True):
        assert {figure for figure in (*part.key, *part.others) if figure.is_known} == set(found.figures)
        for figure in found.figures:
            name = f"{figure.label} ({figure.made_of})" if figure.made_of else figure.label
            mark = f" {MARKS[figure.goal.tone]}" if figure.goal else ""
            assert any(line.endswith(f" {name}: *{figure.value}*{mark}") for line in message)
        for row in part.campaigns:
            assert any(line.endswith(" | ".join(row.values)) for line in lines)


def five_hundred_campaigns(data: ReportData) -> None:
    lines = pdf_lines(with_campaigns(data, 500))
    platforms = sum(block.platform is not None for block in data.blocks)
    assert sum("e mais 440 campanhas" in line for line in lines) == platforms
    assert sum(line.startswith("Campanha *") for line in lines) == platforms * 60
