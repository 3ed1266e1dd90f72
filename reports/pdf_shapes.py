"""A chart's shapes and lines of text on a PDF canvas, in vectors and in the light theme's colours.

https://docs.reportlab.com/reportlab/userguide/ch2_graphics/ - its y counts from the bottom of the page.
"""

from __future__ import annotations

from functools import cache

from reportlab.lib.colors import Color, HexColor
from reportlab.pdfgen.canvas import Canvas

from reports import typeface
from reports.charts import svg
from reports.charts.drawing import FONT_SIZE, Anchor, Area, Box, Disc, Drawing, Point, Role, Shape, Stroke, Text
from reports.typeface import Weight

#: Of a chart's units, in points: its text becomes 8 points high.
SCALE = 8 / FONT_SIZE

#: (stroke, its width, dashes) of a line.
_STROKES: dict[Role, tuple[str, float, tuple[float, ...]]] = {
    Role.GRID: (svg.LINE, 1.0, ()),
    Role.BEFORE: (svg.BEFORE, 1.5, (1.5, 4.5)),
    Role.NOW: (svg.ACCENT, 2.0, ()),
    Role.SPARK: (svg.FAINT, 2.0, ()),
}
#: (fill, opacity) of the rest.
_FILLS = {
    Role.AREA: (svg.ACCENT, float(svg.AREA_OPACITY)),
    Role.HOLE: (svg.AMBER, float(svg.AMBER_OPACITY)),
    Role.BAR: (svg.ACCENT, 1.0),
    Role.POINT: (svg.ACCENT, 1.0),
}


@cache
def tint(colour: str) -> Color:
    """Of `#rrggbb`. Read once: reportlab would read it for every line of text."""
    return HexColor(colour)


def write(
    canvas: Canvas, x: float, y: float, text: str, size: float, fill: str, weight: Weight, anchor: Anchor
) -> None:
    """A line of text in letters that the font has."""
    canvas.setFont(weight.value, size)
    canvas.setFillColor(tint(fill))
    put = {Anchor.START: canvas.drawString, Anchor.MIDDLE: canvas.drawCentredString, Anchor.END: canvas.drawRightString}
    put[anchor](x, y, typeface.written(text))


def draw(canvas: Canvas, drawing: Drawing, x: float, top: float) -> None:
    """A chart with its upper left corner there."""
    canvas.saveState()
    canvas.translate(x, top)
    canvas.scale(SCALE, SCALE)
    canvas.setLineJoin(1)
    for shape in drawing.shapes:
        _shape(canvas, shape)
    canvas.restoreState()


def _shape(canvas: Canvas, shape: Shape) -> None:
    """With y counted downwards from where the drawing begins."""
    match shape:
        case Stroke():
            colour, width, dashes = _STROKES[shape.role]
            canvas.setStrokeColor(tint(colour))
            canvas.setLineWidth(width)
            canvas.setLineCap(0 if shape.role is Role.GRID else 1)
            canvas.setDash(dashes)
            _path(canvas, shape.points, is_filled=False)
        case Area():
            _fill(canvas, shape.role)
            _path(canvas, shape.points, is_filled=True)
            canvas.setFillAlpha(1)
        case Box():
            _fill(canvas, shape.role)
            x, y, width, height = map(float, (shape.x, -shape.y - shape.height, shape.width, shape.height))
            canvas.roundRect(x, y, width, height, float(shape.radius), stroke=0, fill=1)
            canvas.setFillAlpha(1)
        case Disc():
            _disc(canvas, shape)
        case Text():
            is_lead = shape.role is Role.LEAD
            look = (svg.INK, Weight.SEMIBOLD) if is_lead else (svg.MUTED, Weight.REGULAR)
            write(canvas, float(shape.at.x), -float(shape.at.y), shape.text, FONT_SIZE, *look, shape.anchor)


def _fill(canvas: Canvas, role: Role) -> None:
    colour, opacity = _FILLS[role]
    canvas.setFillColor(tint(colour))
    canvas.setFillAlpha(opacity)


def _path(canvas: Canvas, points: tuple[Point, ...], *, is_filled: bool) -> None:
    path = canvas.beginPath()
    path.moveTo(float(points[0].x), -float(points[0].y))
    for point in points[1:]:
        path.lineTo(float(point.x), -float(point.y))
    canvas.drawPath(path, stroke=0 if is_filled else 1, fill=1 if is_filled else 0)


def _disc(canvas: Canvas, disc: Disc) -> None:
    if disc.role is Role.DOT:
        canvas.setFillColor(tint(svg.PAPER))
        canvas.setStrokeColor(tint(svg.ACCENT))
        canvas.setLineWidth(2)
        canvas.setDash(())
    else:
        _fill(canvas, disc.role)
    centre = float(disc.centre.x), -float(disc.centre.y)
    canvas.circle(*centre, float(disc.radius), stroke=1 if disc.role is Role.DOT else 0, fill=1)
