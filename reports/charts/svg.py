"""Drawings as SVG: for pages by classes of the style sheet, for pictures by attributes. Pure; everything escaped.

A page's content security policy allows no style attributes, so that nothing here writes one.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from xml.sax.saxutils import quoteattr

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from reports.charts.drawing import FONT_SIZE, Area, Box, Disc, Drawing, Point, Role, Shape, Stroke, Text

FONT = "Instrument Sans"
#: The light theme of static/src/app.css, mixed as its `.chart` rules mix it.
INK, MUTED, LINE, PAPER = "#1c262c", "#585f64", "#e2dfda", "#fffefd"
ACCENT, BEFORE, FAINT, AMBER = "#085974", "#7f8589", "#afb2b4", "#865107"
#: A field of amber so light that the grid is seen through it; an area under the line likewise.
AMBER_OPACITY, AREA_OPACITY = "0.12", "0.09"

_LINE = {"fill": "none", "stroke-linejoin": "round", "stroke-linecap": "round"}
#: What lies level, or under a line: sharper so, and a twentieth of a picture's cost.
_CRISP = {"shape-rendering": "crispEdges"}
_LETTERS = {"font-family": FONT, "font-size": str(FONT_SIZE)}
_ATTRIBUTES: dict[Role, dict[str, str]] = {
    # Less than a pixel, so that each is drawn as one.
    Role.GRID: {"stroke": LINE, "stroke-width": "0.7", **_CRISP},
    Role.AXIS: {"fill": MUTED, **_LETTERS},
    Role.HOLE: {"fill": AMBER, "fill-opacity": AMBER_OPACITY, **_CRISP},
    Role.AREA: {"fill": ACCENT, "fill-opacity": AREA_OPACITY, **_CRISP},
    Role.BEFORE: {"stroke": BEFORE, "stroke-width": "1.5", "stroke-dasharray": "1.5 4.5", **_LINE},
    Role.NOW: {"stroke": ACCENT, "stroke-width": "2", **_LINE},
    Role.BAR: {"fill": ACCENT},
    Role.POINT: {"fill": ACCENT},
    Role.DOT: {"fill": PAPER, "stroke": ACCENT, "stroke-width": "2"},
    Role.LEAD: {"fill": INK, "font-weight": "600", **_LETTERS},
    Role.SPARK: {"stroke": FAINT, "stroke-width": "2", **_LINE},
}


def page(drawing: Drawing) -> SafeString:
    """For a template: as wide as what it stands in. Named by its sentence, or hidden where it has none."""
    name = f'role="img" aria-label="{escaped(drawing.label)}"' if drawing.label else 'aria-hidden="true"'
    body = _body(drawing, lambda role: f'class="{role.value}"')
    # Every text and attribute above is escaped here.
    return mark_safe(f'<svg class="chart" viewBox="0 0 {drawing.width} {drawing.height}" {name}>{body}</svg>')  # noqa: S308


def image(drawing: Drawing) -> str:
    """The shapes for a picture: a group of SVG without the `svg` around it, to be placed by a transform."""
    return f"<g>{_body(drawing, _attributes)}</g>"


def escaped(text: str) -> str:
    """Text for XML: markup as it reads, and without the characters that XML has no place for."""
    return str(escape("".join(letter if letter.isprintable() else " " for letter in text)))


def _attributes(role: Role) -> str:
    return " ".join(f"{name}={quoteattr(value)}" for name, value in _ATTRIBUTES[role].items())


def _body(drawing: Drawing, look: Callable[[Role], str]) -> str:
    return "".join(_element(shape, look(shape.role)) for shape in drawing.shapes)


def _element(shape: Shape, look: str) -> str:
    match shape:
        case Stroke():
            return f'<path {look} d="{_path(shape.points)}"/>'
        case Area():
            return f'<path {look} d="{_path(shape.points)}Z"/>'
        case Box():
            place = f'x="{_n(shape.x)}" y="{_n(shape.y)}" width="{_n(shape.width)}" height="{_n(shape.height)}"'
            rounding = f' rx="{_n(shape.radius)}"' if shape.radius else ""
            return f"<rect {look} {place}{rounding}/>"
        case Disc():
            return f'<circle {look} cx="{_n(shape.centre.x)}" cy="{_n(shape.centre.y)}" r="{_n(shape.radius)}"/>'
        case Text():
            place = f'x="{_n(shape.at.x)}" y="{_n(shape.at.y)}" text-anchor="{shape.anchor.value}"'
            return f"<text {look} {place}>{escaped(shape.text)}</text>"


def _path(points: tuple[Point, ...]) -> str:
    return "M" + " L".join(f"{_n(point.x)} {_n(point.y)}" for point in points)


def _n(number: Decimal) -> str:
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
