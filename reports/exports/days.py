"""Days of an export. Pure; which of `03/04/2026` is the month is decided once for the whole file, never by guess."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from enum import Enum

from agency.text import search_key
from reports.metrics_cells import CellError, shown
from reports.table import Cell

_MIDNIGHT = r"(?:[ T]00:00(?::00(?:[.,]0+)?)?)?"
_ISO = re.compile(rf"([0-9]{{4}})-([0-9]{{2}})-([0-9]{{2}}){_MIDNIGHT}")
_NUMERIC = re.compile(rf"([0-9]{{1,2}})(?P<mark>[/.-])([0-9]{{1,2}})(?P=mark)([0-9]{{4}}){_MIDNIGHT}")
#: Without accents (º is an o): `1 de nov. de 2026`, `sáb., 1 de novembro de 2026`, `1 Nov 2026`
_DAY_FIRST = re.compile(r"(?:[a-z-]+\.?,? )?([0-9]{1,2})o?(?: de)? ([a-z]{3,10})\.?,?(?: de)? ([0-9]{4})")
#: `Nov 1, 2026`, `Sun, November 1, 2026`
_MONTH_FIRST = re.compile(r"(?:[a-z]+\.?,? )?([a-z]{3,10})\.? ([0-9]{1,2}),? ([0-9]{4})")
_MONTHS = (
    *(("janeiro", "january"), ("fevereiro", "february"), ("marco", "march"), ("abril", "april"), ("maio", "may")),
    *(("junho", "june"), ("julho", "july"), ("agosto", "august"), ("setembro", "september")),
    *(("outubro", "october"), ("novembro", "november"), ("dezembro", "december")),
)


class Order(Enum):
    """Of a day that is all figures: `24/11/2026` or `11/24/2026`."""

    DAY_FIRST = "day"
    MONTH_FIRST = "month"


def settle(found: Iterable[Cell], *, is_portuguese: bool) -> Order | None:
    """The order that every day of the file can have; where both can, a Portuguese file has the day first."""
    possible = set(Order)
    for cell in found:
        if isinstance(cell, str) and (numeric := _NUMERIC.fullmatch(cell)):
            first, second = int(numeric[1]), int(numeric[3])
            possible -= {Order.DAY_FIRST} if second > 12 else set()
            possible -= {Order.MONTH_FIRST} if first > 12 else set()
    if len(possible) == 1:
        return possible.pop()
    return Order.DAY_FIRST if possible and is_portuguese else None


def read(cell: Cell, order: Order | None) -> date:
    """Raises CellError for what is no day, or could be two."""
    if not isinstance(cell, str):
        raise CellError(f"o dia {shown(str(cell))} é um número: formate a coluna como data e salve de novo.")
    if found := _ISO.fullmatch(cell):
        return _date(cell, *found.groups())
    if found := _NUMERIC.fullmatch(cell):
        first, second, year = found[1], found[3], found[4]
        if order is None:
            raise CellError(f"não dá para saber se {shown(cell)} é dia/mês ou mês/dia. Exporte com a data 2026-11-24.")
        month, day = (second, first) if order is Order.DAY_FIRST else (first, second)
        return _date(cell, year, month, day)
    if words := _in_words(cell):
        return _date(cell, *words)
    raise CellError(f"{shown(cell)} não é um dia.")


def _in_words(cell: str) -> tuple[str, str, str] | None:
    text = search_key(cell)
    if found := _DAY_FIRST.fullmatch(text):
        day, name, year = found.groups()
    elif found := _MONTH_FIRST.fullmatch(text):
        name, day, year = found.groups()
    else:
        return None
    month = next((at for at, names in enumerate(_MONTHS, start=1) if any(each.startswith(name) for each in names)), 0)
    return (year, str(month), day) if month else None


def _date(cell: str, year: str, month: str, day: str) -> date:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        raise CellError(f"o dia {shown(cell)} não existe.") from None
