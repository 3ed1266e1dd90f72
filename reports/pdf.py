"""A report as a PDF of A4 pages: what its text says, with the days as charts and the campaigns as a table.

Pure: takes a snapshot, gives bytes; the same snapshot gives the same bytes.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import date

from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from reports import formatting, markup, own_words, paragraphs, pdf_figures, sections, typeface
from reports.charts import bars, lines, svg
from reports.charts.drawing import Anchor, Drawing, Size
from reports.charts.series import Series
from reports.paper import ROOM, About, Paper
from reports.pdf_shapes import SCALE, tint
from reports.sections import Letterhead, Section, Table
from reports.snapshot import ReportData
from reports.typeface import Weight
from reports.verdict import Verdict, verdict

_GROUND = "#f6f4f1"
#: As wide as the page, in a chart's own units.
_LINE, _BARS = Size(int(ROOM / SCALE), 180), Size(int(ROOM / SCALE), 96)
_LOGO_WIDTH, _LOGO_HEIGHT = 130, 34
_ROW, _COLUMN, _GAP = 19, 66, 8
#: Columns are so wide where they are few.
_WIDE_COLUMN, _FEW_COLUMNS = 82, 4
_HEAD_LINE = 10
_MOST_COMMENT_LINES = 16


def pdf(data: ReportData, letterhead: Letterhead, *, reference: str, sent_on: date | None = None) -> bytes:
    """The report as a file. `reference` (without `#`) is that of the message it goes with, "" for a test; `sent_on` the
    client's day."""
    period = formatting.long_days(data.days)
    title = own_words.title(data)
    about = About(_printable(f"{data.client}, {period}"), _printable(letterhead.agency), _printable(title))
    sent = f"Enviado em {formatting.day(sent_on)}, " if sent_on else ""
    sent = f"{sent}ref. #{reference}" if reference else "Teste"
    paper = Paper(about, typeface.cut(f"{letterhead.agency} • {sent}", ROOM - 80, 8))
    _letterhead(paper, letterhead, title)
    _title(paper, data, period)
    _comment(paper, own_words.comment(data))
    for section in sections.sections(data):
        _section(paper, section)
    return paper.bytes()


def _printable(text: str) -> str:
    """For what a reader shows in its own letters, which may be any."""
    return "".join(letter for letter in text if letter.isprintable())


def _letterhead(paper: Paper, letterhead: Letterhead, title: str) -> None:
    x: float = 0
    image = _image(letterhead.logo)
    if image is not None:
        width, height = _fitted(*image.getSize())
        if letterhead.is_logo_for_dark:
            paper.box(0, 0, width + 12, height + 8, svg.INK)
            paper.note(6, height + 4, lambda canvas, at, y: _draw_image(canvas, image, at, y, width, height))
            x = width + 24
        else:
            paper.note(0, height, lambda canvas, at, y: _draw_image(canvas, image, at, y, width, height))
            x = width + 12
    title = typeface.cut(title, (ROOM - x) / 2, 9)
    name = typeface.cut(letterhead.agency, ROOM - x - typeface.width(title, 9) - 16, 12, Weight.SEMIBOLD)
    paper.text(x, 21, name, 12, svg.INK, Weight.SEMIBOLD)
    paper.text(ROOM, 21, title, 9, svg.MUTED, anchor=Anchor.END)
    paper.rule(48)
    paper.skip(66)


def _image(logo: bytes | None) -> ImageReader | None:
    return ImageReader(io.BytesIO(logo)) if logo else None


def _fitted(width: int, height: int) -> tuple[float, float]:
    scale = min(_LOGO_WIDTH / width, _LOGO_HEIGHT / height)
    return width * scale, height * scale


def _draw_image(canvas: Canvas, image: ImageReader, x: float, y: float, width: float, height: float) -> None:
    canvas.drawImage(image, x, y, width, height, mask="auto")


def _title(paper: Paper, data: ReportData, period: str) -> None:
    paper.text(0, 8, period, 9.5, svg.MUTED)
    paper.skip(14)
    for line in typeface.wrapped(data.client, ROOM, 22, Weight.SEMIBOLD, most=2):
        paper.text(0, 22, line, 22, svg.INK, Weight.SEMIBOLD)
        paper.skip(27)
    found = verdict(data)
    if found is not None:
        colour = pdf_figures.TONES["ok" if found is Verdict.GOOD else "bad"]
        paper.box(0, 8, 7, 7, colour, radius=3.5)
        paper.text(13, 15, found.value, 11, colour, Weight.SEMIBOLD)
        paper.skip(22)
    paper.skip(8)


def _comment(paper: Paper, comment: Sequence[str]) -> None:
    """What the agency says of these numbers, on a field of its own."""
    said = paragraphs.wrapped(markup.read(comment), ROOM - 24, 10, most=_MOST_COMMENT_LINES)
    if not any(said):
        return
    height = 15 * len(said) + 16
    paper.make_room(height + 12)
    paper.box(0, 0, ROOM, height, _GROUND)
    for number, line in enumerate(said):
        for piece in line:
            paper.text(12 + piece.x, 19 + 15 * number, piece.text, 10, svg.INK, piece.weight)
    paper.skip(height + 12)


def _section(paper: Paper, section: Section) -> None:
    # A heading stands with what it heads: its figures and its first chart.
    paper.make_room(34 + pdf_figures.height(section.figures) + (_LINE.height * SCALE + 24 if section.spend else 0))
    if not paper.is_fresh:
        paper.rule(0)
    paper.text(0, 20, section.heading, 13, svg.INK, Weight.SEMIBOLD)
    paper.skip(28)
    if section.gap:
        paper.text(0, 8, section.gap, 9, svg.AMBER)
        paper.skip(14)
    pdf_figures.draw(paper, section.figures)
    if section.spend is not None:
        _chart(paper, section.spend, lines.draw(section.spend, _LINE), sections.legend(section.spend))
    if section.results is not None and not section.results.is_nothing:
        _chart(paper, section.results, bars.draw(section.results, _BARS))
    if section.campaigns is not None:
        _table(paper, section.campaigns)
    paper.skip(14)


def _chart(paper: Paper, series: Series, drawing: Drawing, legend: tuple[str, str] = ("", "")) -> None:
    paper.make_room(24 + drawing.height * SCALE)
    title = typeface.cut(series.title, ROOM / 2, 9.5, Weight.SEMIBOLD)
    paper.text(0, 14, title, 9.5, svg.INK, Weight.SEMIBOLD)
    x = typeface.width(title, 9.5, Weight.SEMIBOLD) + 16
    for words, is_before in zip(legend, (False, True), strict=True):
        if words:
            paper.note(x, 11, _dotted if is_before else _plain)
            paper.text(x + 19, 14, words, 8.5, svg.MUTED)
            x += 19 + typeface.width(words, 8.5) + 12
    paper.skip(20)
    paper.drawing(drawing)
    paper.skip(4)


def _plain(canvas: Canvas, x: float, y: float) -> None:
    _swatch(canvas, x, y, svg.ACCENT, ())


def _dotted(canvas: Canvas, x: float, y: float) -> None:
    _swatch(canvas, x, y, svg.BEFORE, (1, 3))


def _swatch(canvas: Canvas, x: float, y: float, colour: str, dashes: tuple[float, ...]) -> None:
    canvas.setStrokeColor(tint(colour))
    canvas.setLineWidth(1.5)
    canvas.setLineCap(1)
    canvas.setDash(dashes)
    canvas.line(x, y, x + 14, y)
    canvas.setDash(())


def _table(paper: Paper, table: Table) -> None:
    """Its head again on each page that it goes on to."""
    paper.make_room(8 + 3 * _ROW)
    paper.skip(8)
    column = _WIDE_COLUMN if len(table.columns) <= _FEW_COLUMNS else _COLUMN
    _head(paper, table.columns, column)
    room = ROOM - column * len(table.columns) - _GAP
    for row in table.rows:
        if paper.make_room(_ROW):
            _head(paper, table.columns, column)
        paper.text(0, 13, typeface.cut(row.name, room, 9, Weight.SEMIBOLD), 9, svg.INK, Weight.SEMIBOLD)
        for number, value in enumerate(reversed(row.values)):
            shown = typeface.cut(value, column - 4, 9)
            paper.text(ROOM - column * number, 13, shown, 9, svg.INK, anchor=Anchor.END)
        paper.rule(_ROW)
        paper.skip(_ROW)
    if table.rest:
        paper.make_room(_ROW)
        paper.text(0, 13, typeface.cut(table.rest, ROOM, 9), 9, svg.MUTED)
        paper.skip(_ROW)


def _head(paper: Paper, columns: Sequence[str], column: float) -> None:
    """Names that are too long for their column stand in two lines, all of them on the lowest."""
    names = [typeface.wrapped(name, column - 14, 8.5, most=2) for name in columns]
    height = _ROW + _HEAD_LINE * (max(map(len, names)) - 1)
    paper.text(0, height - 6, "Campanha", 8.5, svg.MUTED)
    for number, name in enumerate(reversed(names)):
        for above, line in enumerate(reversed(name)):
            down = height - 6 - _HEAD_LINE * above
            paper.text(ROOM - column * number, down, line, 8.5, svg.MUTED, anchor=Anchor.END)
    paper.rule(height)
    paper.skip(height)
