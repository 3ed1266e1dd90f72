"""A4 pages that fill from top to bottom: where the next thing stands, when a page is full, what is at its foot.

Everything is noted first and drawn at the end, since the foot of the first page says how many there are. Lengths in
points, y from the top of the page.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass, field

from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from reports import pdf_shapes, typeface
from reports.charts import svg
from reports.charts.drawing import Anchor, Drawing
from reports.pdf_shapes import tint, write
from reports.typeface import Weight

WIDTH, HEIGHT = A4
MARGIN = 42
ROOM = WIDTH - 2 * MARGIN
_FOOT = 52
Mark = Callable[[Canvas], None]


@dataclass(frozen=True, slots=True)
class About:
    """What the file says of itself."""

    title: str
    author: str
    subject: str


@dataclass(slots=True)
class Paper:
    """`y` is where the next thing begins. `foot` stands at the left of each page's foot."""

    about: About
    foot: str
    y: float = MARGIN
    _pages: list[list[Mark]] = field(default_factory=lambda: [[]])

    @property
    def left(self) -> float:
        """How much of the page is left."""
        return HEIGHT - _FOOT - self.y

    @property
    def is_fresh(self) -> bool:
        """Whether nothing stands on the page yet."""
        return not self._pages[-1]

    def make_room(self, height: float) -> bool:
        """Begin a new page where so much does not fit on this one; whether it did."""
        if height <= self.left:
            return False
        self._pages.append([])
        self.y = MARGIN
        return True

    def skip(self, height: float) -> None:
        self.y += height

    def text(
        self,
        x: float,
        down: float,
        text: str,
        size: float,
        fill: str = svg.INK,
        weight: Weight = Weight.REGULAR,
        anchor: Anchor = Anchor.START,
    ) -> None:
        """A line of text, its base line `down` from here, from the left margin on."""
        if text:
            y = HEIGHT - self.y - down
            self._note(lambda canvas: write(canvas, MARGIN + x, y, text, size, fill, weight, anchor))

    def rule(self, down: float, x: float = 0, width: float = ROOM, colour: str = svg.LINE) -> None:
        y, start = HEIGHT - self.y - down, MARGIN + x

        def draw(canvas: Canvas) -> None:
            canvas.setStrokeColor(tint(colour))
            canvas.setLineWidth(0.6)
            canvas.line(start, y, start + width, y)

        self._note(draw)

    def box(self, x: float, down: float, width: float, height: float, fill: str, radius: float = 4) -> None:
        y = HEIGHT - self.y - down - height

        def draw(canvas: Canvas) -> None:
            canvas.setFillColor(tint(fill))
            canvas.roundRect(MARGIN + x, y, width, height, radius, stroke=0, fill=1)

        self._note(draw)

    def note(self, x: float, down: float, mark: Callable[[Canvas, float, float], None]) -> None:
        """Anything else: it is called with the canvas and its place there, which counts from the bottom."""
        y = HEIGHT - self.y - down
        self._note(lambda canvas: mark(canvas, MARGIN + x, y))

    def drawing(self, drawing: Drawing) -> None:
        """A chart in vectors, as wide as its units say; it takes its height."""
        top = HEIGHT - self.y
        self._note(lambda canvas: pdf_shapes.draw(canvas, drawing, MARGIN, top))
        self.skip(drawing.height * pdf_shapes.SCALE)

    def bytes(self) -> bytes:
        """The file. The same notes give the same bytes: no date, no number by chance."""
        target = io.BytesIO()
        for weight in Weight:
            typeface.font(weight)
        canvas = Canvas(target, pagesize=A4, invariant=1, pageCompression=1, lang="pt-BR")
        canvas.setTitle(self.about.title)
        canvas.setAuthor(self.about.author)
        canvas.setSubject(self.about.subject)
        canvas.setCreator("Adscape")
        for number, marks in enumerate(self._pages, start=1):
            for mark in marks:
                mark(canvas)
            _foot(canvas, self.foot, f"Página {number} de {len(self._pages)}")
            canvas.showPage()
        canvas.save()
        return target.getvalue()

    def _note(self, mark: Mark) -> None:
        self._pages[-1].append(mark)


def _foot(canvas: Canvas, left: str, right: str) -> None:
    canvas.setStrokeColor(tint(svg.LINE))
    canvas.setLineWidth(0.6)
    canvas.line(MARGIN, 40, WIDTH - MARGIN, 40)
    write(canvas, MARGIN, 27, left, 8, svg.MUTED, Weight.REGULAR, Anchor.START)
    write(canvas, WIDTH - MARGIN, 27, right, 8, svg.MUTED, Weight.REGULAR, Anchor.END)
