"""A report's picture: its figures and its days, as PNG for a phone. Pure: takes a snapshot, gives bytes.

Drawn in units of a phone's width, so that its text can be read in a chat without a tap. resvg draws the SVG:
https://github.com/linebender/resvg
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import resvg_py

from reports import formatting, sections, typeface
from reports.charts import bars, lines, svg
from reports.charts.drawing import Drawing, Size
from reports.charts.series import Series
from reports.performance import Figure
from reports.sections import Letterhead, Section
from reports.snapshot import ReportData
from reports.typeface import Weight

#: Units, and pixels for each: sharp in a chat, and most of what a picture costs.
WIDTH, ZOOM = 480, 1.46
#: More sections than this are drawn without bars, and no more than so many at all: a chat shows a part of what is
#: taller, and the text and the PDF have the rest.
_WITH_BARS, _MOST = 2, 4
_MARGIN = 20
_ROOM = WIDTH - 2 * _MARGIN
_LINE = Size(_ROOM, 138, most_dates=5, least_left=52)
_BARS = Size(_ROOM, 70, most_dates=5, least_left=52)
_FIGURES = 4
#: Of the light theme: what is plainly good, what is plainly bad.
_TONES = {"ok": "#186739", "bad": "#a82925", "": svg.MUTED}


def png(data: ReportData, letterhead: Letterhead) -> bytes:
    """The picture of a report. The same snapshot gives the same bytes."""
    return resvg_py.svg_to_bytes(
        svg_string=markup(data, letterhead),
        zoom=ZOOM,
        skip_system_fonts=True,
        font_files=typeface.files(),
        font_family=svg.FONT,
        sans_serif_family=svg.FONT,
        serif_family=svg.FONT,
    )


def markup(data: ReportData, letterhead: Letterhead) -> str:
    """The picture as SVG."""
    parts, y = [], 0
    for height, body in _parts(data, letterhead):
        parts.append(f'<g transform="translate({_MARGIN} {y})">{body}</g>')
        y += height
    frame = f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{y}" viewBox="0 0 {WIDTH} {y}">'
    return f'{frame}<rect width="{WIDTH}" height="{y}" fill="#ffffff"/>{"".join(parts)}</svg>'


def _parts(data: ReportData, letterhead: Letterhead) -> Iterator[tuple[int, str]]:
    """(height, what is drawn in it) from top to bottom, each from its own origin."""
    yield 66, _header(data, letterhead)
    found = sections.sections(data)
    legend = next((sections.legend(section.spend) for section in found if section.spend), ("", ""))
    if any(legend):
        yield 18, _legend(legend)
    for section in found[:_MOST]:
        yield from _section(section, has_bars=len(found) <= _WITH_BARS)
    if len(found) > _MOST:
        yield 22, _text(0, 14, f"e mais {len(found) - _MOST} no texto do relatório", 11, svg.MUTED)
    yield 4, ""


def _header(data: ReportData, letterhead: Letterhead) -> str:
    period = formatting.long_days(data.days)
    room = _ROOM - typeface.width(period, 11) - 16
    return (
        _text(0, 30, typeface.cut(letterhead.agency, room, 11, Weight.SEMIBOLD), 11, svg.INK, bold=True)
        + _text(_ROOM, 30, period, 11, svg.MUTED, anchor="end")
        + _text(0, 56, typeface.cut(data.client, _ROOM, 20, Weight.SEMIBOLD), 20, svg.INK, bold=True)
    )


def _legend(words: tuple[str, str]) -> str:
    found, x = "", 0.0
    for said, look in zip(words, (f'stroke="{svg.ACCENT}"', f'stroke="{svg.BEFORE}" {_DOTS}'), strict=True):
        if said:
            found += f'<path d="M{x + 1:.1f} 5h16" stroke-width="2" {look}/>' + _text(x + 22, 9, said, 11, svg.MUTED)
            x += 22 + typeface.width(said, 11) + 14
    return found


def _section(section: Section, *, has_bars: bool) -> Iterator[tuple[int, str]]:
    yield 3, f'<path d="M0 .5H{_ROOM}" stroke="{svg.LINE}"/>'
    yield 26, _text(0, 20, typeface.cut(section.heading, _ROOM, 14, Weight.SEMIBOLD), 14, svg.INK, bold=True)
    if section.gap:
        yield 18, _text(0, 12, typeface.cut(section.gap, _ROOM, 11), 11, svg.AMBER)
    if section.spend is None and section.figures:
        yield 66, _figures(section.figures[:_FIGURES])
    if section.spend is not None:
        yield from _chart(section, section.spend, lines.draw(section.spend, _LINE))
    if section.results is not None and (has_bars or section.spend is None):
        drawing = None if section.results.is_nothing else bars.draw(section.results, _BARS)
        yield from _chart(section, section.results, drawing)
    yield 6, ""


def _figures(figures: Sequence[Figure]) -> str:
    column = _ROOM / _FIGURES
    return "".join(_figure(figure, column * number, column - 8) for number, figure in enumerate(figures))


def _figure(figure: Figure, x: float, room: float) -> str:
    size = 16.0
    while size > 9 and typeface.width(typeface.written(figure.value), size, Weight.SEMIBOLD) > room:
        size -= 0.5
    since = " que antes" if figure.is_percent else ""
    return (
        _text(x, 20, typeface.cut(figure.label, room, 11), 11, svg.MUTED)
        + _text(x, 40, typeface.cut(figure.value, room, size, Weight.SEMIBOLD), size, svg.INK, bold=True)
        + _text(x, 56, figure.change, 11, _TONES[figure.tone], bold=True)
        + _text(x + typeface.width(figure.change, 11, Weight.SEMIBOLD) + 3, 56, since.strip(), 11, svg.MUTED)
    )


def _chart(section: Section, series: Series, drawing: Drawing | None) -> Iterator[tuple[int, str]]:
    """Named at the left; at the right what the days are together, as the report shows it."""
    figure = next((figure for figure in section.figures if figure.metric is series.metric), None)
    body, named = "", _ROOM
    if figure is not None:
        room = typeface.width(figure.change, 12, Weight.SEMIBOLD) + 6 if figure.change else 0
        body += _text(_ROOM - room, 14, figure.value, 12, svg.INK, bold=True, anchor="end")
        body += _text(_ROOM, 14, figure.change, 12, _TONES[figure.tone], bold=True, anchor="end")
        named -= int(room + typeface.width(figure.value, 12, Weight.SEMIBOLD)) + 12
    title = typeface.cut(series.title, named, 12, Weight.SEMIBOLD)
    yield 18, _text(0, 14, title, 12, svg.INK, bold=True) + body
    if drawing is not None:
        yield drawing.height + 2, svg.image(drawing)


_DOTS = 'stroke-dasharray="1.5 4" stroke-linecap="round"'


def _text(x: float, y: float, text: str, size: float, fill: str, *, bold: bool = False, anchor: str = "start") -> str:
    """Text that the font can write, escaped; nothing for nothing."""
    if not text:
        return ""
    look = f'font-family="{svg.FONT}" font-size="{size:g}" font-weight="{600 if bold else 400}" fill="{fill}"'
    return f'<text x="{x:.1f}" y="{y}" text-anchor="{anchor}" {look}>{svg.escaped(typeface.written(text))}</text>'
