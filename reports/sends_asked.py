"""What the address of the page "Envios" asks for. Pure: what cannot be understood is the default."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from agency.text import search_key
from connections.references import REFERENCE_LENGTH

#: key in the URL → label of the chip.
VIEWS = {
    "": "Hoje",
    "proximos": "Próximos 7 dias",
    "retidos": "Retidos",
    "fila": "Na fila",
    "problema": "Com problema",
    "incertos": "Incertos",
}
_REFERENCE = re.compile(rf"#?([0-9A-Za-z]{{{REFERENCE_LENGTH}}})")


@dataclass(frozen=True, slots=True)
class Asked:
    """`day` is None but for a day that has passed; `page` 0 is where "agora" stands."""

    view: str = ""
    text: str = ""
    day: date | None = None
    page: int = 0

    @classmethod
    def of(cls, params: Mapping[str, Any], today: date) -> Asked:
        view, page = str(params.get("ver", "")), str(params.get("pagina", ""))
        day = parse_day(params.get("dia"))
        return cls(
            view=view if view in VIEWS else "",
            text=str(params.get("q", "")).replace("\0", "").strip()[:200],
            day=day if day and day < today and view not in VIEWS.keys() - {""} else None,
            page=max(0, int(page)) if page.isascii() and page.isdigit() and len(page) < 7 else 0,
        )

    @property
    def reference(self) -> str:
        """The reference that was typed, `#K7F3QX`, without its sign; "" where it is no reference."""
        found = _REFERENCE.fullmatch(self.text)
        return found[1].upper() if found and self.text.startswith("#") else ""

    @property
    def words(self) -> list[str]:
        return search_key(self.text).split()

    def address(self, **changes: str | int) -> str:
        """What follows the page's address to ask for the same with `changes`, which begin at the first page."""
        asked = {"ver": self.view, "q": self.text, "dia": self.day.isoformat() if self.day else ""}
        found = {name: value for name, value in (asked | changes).items() if value}
        return f"?{urlencode(found)}" if found else ""

    def of_day(self, day: date, today: date) -> str:
        """The address of a day: today's, of one that has passed, or of the days ahead."""
        if day > today:
            return self.address(ver="proximos", dia="")
        return self.address(ver="", dia="" if day == today else day.isoformat())


def parse_day(text: Any) -> date | None:
    """`2026-11-24`; None for anything else, and for days that no calendar of ours reaches."""
    try:
        day = date.fromisoformat(str(text or ""))
    except ValueError:
        return None
    return day if 2000 <= day.year < 2200 else None
