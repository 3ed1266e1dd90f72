"""What the bar of every page may ask about notices; asked only when a template uses it."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from agency import notices


@dataclass(frozen=True, slots=True)
class Bell:
    """The bell's number, as it is shown and as it is said."""

    unread: int = 0

    @property
    def badge(self) -> str:
        most = notices.COUNTED - 1
        return f"{most}+" if self.unread > most else str(self.unread)

    @property
    def label(self) -> str:
        if self.unread == 0:
            return "Avisos, nenhum não lido"
        return "1 aviso não lido" if self.unread == 1 else f"{self.badge} avisos não lidos"


def bell_of(request: HttpRequest) -> Bell:
    """One query; none for somebody without an agency."""
    membership = getattr(request, "membership", None)
    return Bell(notices.unread_count(membership) if membership else 0)


def notice_bell(request: HttpRequest) -> dict[str, object]:
    """Context processor: `notice_bell`, counted where a page shows its bar and nowhere else."""
    return {"notice_bell": SimpleLazyObject(lambda: bell_of(request))}
