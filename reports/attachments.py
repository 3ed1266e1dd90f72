"""What can go with a report's text, and its drawing: a picture of the days, the whole as PDF. Pure, but for its log.

One that cannot be drawn never keeps the other from being drawn, nor the text from leaving.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date

from django.db import models

from agency.text import plain
from reports import chart_image, formatting, pdf
from reports.sections import Letterhead
from reports.snapshot import ReportData

logger = logging.getLogger(__name__)

_MOST_NAME = 60


class Attachment(models.TextChoices):
    """The value is the end of its message's key, the label what a person calls it. In the order of sending."""

    CHART = "chart", "gráfico"
    PDF = "pdf", "PDF"


_TYPES = {Attachment.CHART: ("image/png", ".png"), Attachment.PDF: ("application/pdf", ".pdf")}


@dataclass(frozen=True, slots=True)
class File:
    """One that is drawn, ready to be a message."""

    attachment: Attachment
    content: bytes
    name: str
    type: str
    compose: Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Artist:
    """Draws what is wanted of one report. `failed` are those that could not be drawn."""

    data: ReportData
    letterhead: Letterhead
    sent_on: date
    wanted: tuple[Attachment, ...]

    def chart(self) -> File | None:
        """None where it is not wanted, or could not be drawn."""
        return self._drawn(Attachment.CHART, lambda: chart_image.png(self.data, self.letterhead))

    def pdf(self, reference: str) -> File | None:
        """With the reference (without `#`) of the text that it goes with, "" for none."""
        return self._drawn(
            Attachment.PDF, lambda: pdf.pdf(self.data, self.letterhead, reference=reference, sent_on=self.sent_on)
        )

    def files(self, reference: str) -> list[File]:
        return [file for file in (self.chart(), self.pdf(reference)) if file is not None]

    def missing(self, files: Iterable[File]) -> list[Attachment]:
        """What is wanted and is not among the files."""
        drawn = {file.attachment for file in files}
        return [attachment for attachment in self.wanted if attachment not in drawn]

    def _drawn(self, attachment: Attachment, draw: Callable[[], bytes]) -> File | None:
        if attachment not in self.wanted:
            return None
        try:
            content = draw()
        except Exception:
            logger.exception("a report's %s could not be drawn", attachment.value)
            return None
        file_type, ending = _TYPES[attachment]
        return File(attachment, content, f"{_file_name(self.data)}{ending}", file_type, self._caption)

    def _caption(self, reference: str) -> str:
        return f"{plain(self.data.client)}, {formatting.short_days(self.data.days.each)}\n_#{reference}_"


def not_drawn(missing: Iterable[Attachment]) -> str:
    """`O PDF não pôde ser montado.`; "" where nothing is missing."""
    names = [attachment.label for attachment in Attachment if attachment in set(missing)]
    if not names:
        return ""
    return f"O {' e o '.join(names)} não {'pôde ser montado' if len(names) == 1 else 'puderam ser montados'}."


def _file_name(data: ReportData) -> str:
    """`Relatório Moda Ipê 16 a 22 nov`: letters and digits only, which every phone can keep."""
    client = " ".join(re.sub(r"[^\w\s-]", " ", data.client).split())[:_MOST_NAME].strip()
    return " ".join(f"Relatório {client} {formatting.short_days(data.days.each)}".split())
