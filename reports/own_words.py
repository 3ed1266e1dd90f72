"""What a gestor wrote for a report, for what is drawn of it: filled in as in its text, and as WhatsApp would show it.
Pure. A line with `{{ link }}` is left out: the page and the files are where that leads."""

from __future__ import annotations

from reports import markup, text
from reports.layout import Kind
from reports.snapshot import ReportData

TITLE = "Resumo de performance"


def title(data: ReportData) -> str:
    """In one line and without markup; the usual one where nobody wrote another."""
    own = data.title if Kind.TITLE in data.layout else ""
    return markup.text_of(text.written(own, data)) or TITLE


def comment(data: ReportData) -> list[str]:
    """Its lines with their markup; none where there is no comment."""
    return text.written(data.comment, data)
