"""Numbers of an export, whose decimal mark is decided once for the whole file. Pure; refuses what stays open.

`1.234` is a thousand where a Brazilian wrote it, and a little more than one where a machine did. One cell that can
mean one thing only (`1.234,56`, `0.5`, `1.234` impressions, which have no parts) settles all others; where no cell
does, or two disagree, only those are read that mean one thing by themselves.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum, StrEnum

from reports.metrics_cells import CellError, shown
from reports.table import Cell


class Kind(Enum):
    """What a column counts: parts are possible of the first only."""

    AMOUNT = "amount"
    WHOLE = "whole"


class Mark(StrEnum):
    COMMA = ","
    POINT = "."


@dataclass(frozen=True, slots=True)
class Settled:
    """The decimal mark of a file's texts; None where it stays open. `example` is a cell that decided it."""

    mark: Mark | None = None
    example: str = ""
    #: Two cells that disagree.
    conflict: tuple[str, str] | None = None


OPEN = Settled()
#: A day of one account that costs or brings more is a slip of the decimal mark.
_ABSURD = Decimal(1_000_000_000)
_MOST = 2**31 - 1
_MOST_BIG = 2**63 - 1
_LONGEST = 40
#: What the platforms write where there is nothing to say.
_NOTHING = frozenset({"", "-", "--", "—", "–"})
_SYMBOL = r"(?:R\$|US\$|\$|€|£|[A-Z]{3})"
_IN_CELL = re.compile(r"R\$|US\$|€|£|(?<![A-Z])[A-Z]{3}(?![A-Z])")
_CODES = {"R$": "BRL", "US$": "USD", "€": "EUR", "£": "GBP"}
_NUMBER = re.compile(
    rf"(?:{_SYMBOL} ?)?(?P<sign>[-−–]?|\()(?:{_SYMBOL} ?)?(?P<digits>[0-9](?:[0-9., ']*[0-9])?)\)?(?: ?{_SYMBOL})?"
)
_GROUPED = re.compile(r"[1-9][0-9]{0,2}(?P<mark>[., '])[0-9]{3}(?:(?P=mark)[0-9]{3})*")
_FRACTION = re.compile(
    r"(?P<whole>[0-9]+|[1-9][0-9]{0,2}(?P<group>[., '])[0-9]{3}(?:(?P=group)[0-9]{3})*)(?P<mark>[.,])(?P<part>[0-9]+)"
)


def currency_of(cell: Cell) -> str:
    """The currency that an amount names beside its digits: `R$ 12,50`, `12.50 USD`. "" for none, and for a bare $."""
    if not isinstance(cell, str) or (cell[:1].isdigit() and cell[-1:].isdigit()):
        return ""
    found = _IN_CELL.search(cell)
    return _CODES.get(found[0], found[0]) if found else ""


def is_nothing(cell: Cell) -> bool:
    return isinstance(cell, str) and cell in _NOTHING


def is_number(cell: Cell) -> bool:
    """Whether it could be one at all, or a percentage; used to tell measures from names."""
    return not isinstance(cell, str) or is_nothing(cell) or bool(_NUMBER.fullmatch(cell.strip("<>% ")))


def settle(found: Iterable[tuple[Kind, Cell]]) -> Settled:
    """The mark that all cells agree on that can only mean one thing."""
    examples: dict[Mark, str] = {}
    for kind, cell in found:
        if not isinstance(cell, str) or cell.isdigit():
            continue  # most of them: it says nothing of marks
        readings = _readings(kind, cell)
        if len(readings) == 1:
            examples.setdefault(next(iter(readings)), cell)
        if len(examples) > 1:
            return Settled(conflict=(examples[Mark.COMMA], examples[Mark.POINT]))
    return next((Settled(mark, example) for mark, example in examples.items()), OPEN)


def read(kind: Kind, name: str, cell: Cell, settled: Settled) -> Decimal | None:
    """None for a cell that says nothing. Raises CellError for what is no number, negative, absurd or stays open."""
    if is_nothing(cell):
        return None
    number = cell if isinstance(cell, Decimal) else _read_text(kind, name, cell, settled)
    if number < 0:
        raise CellError(f"{name} {shown(str(cell))} é um número negativo.")
    if kind is Kind.WHOLE and number != number.to_integral_value():
        raise CellError(f"{name} {shown(str(cell))} não é um número inteiro.")
    if number >= (_ABSURD if kind is Kind.AMOUNT else _MOST_BIG):
        raise CellError(f"{name} {shown(str(cell))} é um número absurdo para um dia.")
    return number


def _read_text(kind: Kind, name: str, cell: str, settled: Settled) -> Decimal:
    readings = _readings(kind, cell)
    if not readings:
        raise CellError(f"{name} {shown(cell)} não é um número.")
    if len(set(readings.values())) == 1:
        return next(iter(readings.values()))
    if settled.mark is None:
        whole, part = readings[Mark.COMMA], readings[Mark.POINT]
        larger, smaller = max(whole, part), f"{min(whole, part)}".replace(".", ",")
        raise CellError(f"{name} {shown(cell)} pode ser {larger} ou {smaller}, e {_why_open(settled)}.")
    return readings[settled.mark]


def _why_open(settled: Settled) -> str:
    if settled.conflict:
        first, second = settled.conflict
        return f"o arquivo mistura os dois formatos ({shown(first)} e {shown(second)})"
    return "nada no arquivo decide qual. Exporte de novo com a coluna de impressões"


def _readings(kind: Kind, cell: str) -> dict[Mark, Decimal]:
    """What a text means for each mark with which it means anything; a sign stays, nothing else of what is around."""
    found = _NUMBER.fullmatch(cell) if len(cell) <= _LONGEST else None
    if found is None:
        return {}
    sign = "-" if found["sign"] else ""
    digits = found["digits"]
    if digits.isdigit():
        return dict.fromkeys(Mark, Decimal(sign + digits))
    if grouped := _GROUPED.fullmatch(digits):
        return _grouped(kind, digits, grouped["mark"], sign)
    fraction = _FRACTION.fullmatch(digits)
    if fraction is None or fraction["group"] == fraction["mark"]:
        return {}
    group = fraction["group"]
    whole = fraction["whole"].replace(group, "") if group else fraction["whole"]
    return {Mark(fraction["mark"]): Decimal(f"{sign}{whole}.{fraction['part']}")}


def _grouped(kind: Kind, digits: str, mark: str, sign: str) -> dict[Mark, Decimal]:
    whole = Decimal(sign + digits.replace(mark, ""))
    if mark not in tuple(Mark):
        return dict.fromkeys(Mark, whole)
    other = Mark.POINT if mark == Mark.COMMA else Mark.COMMA
    if kind is Kind.WHOLE or digits.count(mark) > 1:
        return {other: whole}
    return {other: whole, Mark(mark): Decimal(sign + digits.replace(mark, "."))}


def fits(field: str, total: Decimal) -> bool:
    """Whether a day's sum fits into its column."""
    if field in ("spend", "revenue", "conversions"):
        return total < Decimal(10) ** 12
    return total <= (_MOST if field in ("leads", "messages") else _MOST_BIG)
