"""A block's figures on a report's paper: name, value, change, and how they stand to their goals. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from reportlab.pdfgen.canvas import Canvas

from reports import typeface
from reports.charts import svg
from reports.paper import ROOM, Paper
from reports.pdf_shapes import tint
from reports.performance import Figure, Goal
from reports.typeface import Weight

TONES = {"ok": "#186739", "warn": svg.AMBER, "bad": "#a82925", "": svg.MUTED}
_COLUMNS, _HEIGHT, _MORE, _GAP = 4, 46, 12, 8
_SMALL = 8.5
_DISC = 3.6
#: What is in a goal's disc, as lines from its middle, so that no colour is needed to tell them apart: a tick, a dash, a
#: cross.
_SIGNS: dict[str, tuple[tuple[float, float, float, float], ...]] = {
    "ok": ((-1.7, -0.1, -0.5, -1.3), (-0.5, -1.3, 1.7, 1.3)),
    "warn": ((-1.6, 0, 1.6, 0),),
    "bad": ((-1.2, -1.2, 1.2, 1.2), (-1.2, 1.2, 1.2, -1.2)),
}


def height(figures: Sequence[Figure]) -> float:
    """Of all of them."""
    return sum(_row_height(row) for row in _rows(figures))


def draw(paper: Paper, figures: Sequence[Figure]) -> None:
    for row in _rows(figures):
        room = ROOM / _COLUMNS
        paper.make_room(_row_height(row))
        for number, figure in enumerate(row):
            _figure(paper, figure, room * number, room - _GAP)
        paper.skip(_row_height(row))


def _rows(figures: Sequence[Figure]) -> list[Sequence[Figure]]:
    return [figures[start : start + _COLUMNS] for start in range(0, len(figures), _COLUMNS)]


def _row_height(row: Sequence[Figure]) -> float:
    return _HEIGHT + _MORE * max(bool(figure.goal) + bool(figure.made_of) for figure in row)


def _figure(paper: Paper, figure: Figure, x: float, room: float) -> None:
    size = 15.0
    while size > 8 and typeface.width(typeface.written(figure.value), size, Weight.SEMIBOLD) > room:
        size -= 0.5
    paper.text(x, 10, typeface.cut(figure.label, room, _SMALL), _SMALL, svg.MUTED)
    paper.text(x, 26, typeface.cut(figure.value, room, size, Weight.SEMIBOLD), size, svg.INK, Weight.SEMIBOLD)
    y = 38
    if figure.change:
        weight = Weight.SEMIBOLD if figure.is_percent else Weight.REGULAR
        paper.text(x, y, figure.change, _SMALL, TONES[figure.tone], weight)
        if figure.is_percent:
            after = x + typeface.width(figure.change, _SMALL, Weight.SEMIBOLD) + 3
            paper.text(after, y, "que antes", _SMALL, svg.MUTED)
        y += _MORE
    if figure.goal:
        _goal(paper, figure.goal, x, y, room)
        y += _MORE
    if figure.made_of:
        paper.text(x, y, typeface.cut(figure.made_of, room, _SMALL - 1), _SMALL - 1, svg.MUTED)


def _goal(paper: Paper, goal: Goal, x: float, y: float, room: float) -> None:
    """In few words where there is no room for all: its sign says the rest."""
    start = 2 * _DISC + 3.5
    fits = typeface.width(goal.words, _SMALL) <= room - start
    words = goal.words if fits else typeface.cut(f"meta {goal.target}", room - start, _SMALL)
    paper.note(x, y - 3, lambda canvas, left, bottom: _sign(canvas, goal.tone, left + _DISC, bottom))
    paper.text(x + start, y, words, _SMALL, TONES[goal.tone])


def _sign(canvas: Canvas, tone: str, x: float, y: float) -> None:
    canvas.setFillColor(tint(TONES[tone]))
    canvas.circle(x, y, _DISC, stroke=0, fill=1)
    canvas.setStrokeColor(tint("#ffffff"))
    canvas.setLineWidth(1)
    canvas.setLineCap(1)
    for x1, y1, x2, y2 in _SIGNS[tone]:
        canvas.line(x + x1, y + y1, x + x2, y + y2)
    canvas.setLineCap(0)
