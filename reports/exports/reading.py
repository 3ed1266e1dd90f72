"""An export of the Ads Manager or of Google Ads, from its table to daily rows and what was understood of it. Pure.

Refuses a file with one bad row altogether; the reasons name the lines.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from reports.choices import Platform
from reports.exports import accounts, entries, names, sums
from reports.exports.accounts import Book
from reports.exports.entries import Entries
from reports.exports.header import Header
from reports.exports.header import problems as problems_of
from reports.exports.names import LABELS, METRICS, Role
from reports.exports.numbers import Mark
from reports.formatting import count
from reports.import_rows import Parsed, Problem
from reports.metrics_cells import shown
from reports.table import MAX_ROWS, TOO_MANY_ROWS, Table
from reports.understood import Column, Ignored, Understood

_MOST_NAMED = 4


def read(table: Table, header: Header, book: Book) -> Parsed:
    """The rows of an export whose header was found. Where nobody said yet which account it is, `choice` and no rows."""
    if wrong := tuple(problems_of(header, table)):
        return Parsed(problems=wrong)
    if len(table.records) - header.at - 1 > MAX_ROWS:
        return Parsed(problems=(Problem(0, TOO_MANY_ROWS),))
    found = entries.read(table, header)
    if found.problems:
        return Parsed(problems=tuple(found.problems))
    if not found.found:
        return Parsed(problems=(Problem(0, "O arquivo só tem o cabeçalho: nenhum dia para gravar."),))
    resolved = accounts.resolve(found.found, header.platform, book)
    if resolved.problems or resolved.choice:
        understood = _understood(header, found, []) if resolved.choice else None
        return Parsed(problems=tuple(resolved.problems), choice=resolved.choice, understood=understood)
    summed = sums.rows_of(found.found, resolved.by_ref, header, is_detailed=bool(found.details))
    if summed.problems:
        return Parsed(problems=tuple(summed.problems))
    return Parsed(tuple(summed.rows), understood=_understood(header, found, summed.repeated))


def _understood(header: Header, found: Entries, repeated: list[int]) -> Understood:
    level = names.level(list(header.titles))
    details = [header.titles[place] for place in found.details]
    return Understood(
        platform=header.platform,
        level=f"{level}, com detalhes" if level == "por conta" and details else level,
        columns=tuple(_columns(header, found)),
        ignored=tuple(_ignored(header, found)),
        currency=" e ".join(sorted({header.currency}.union(*(entry.currencies for entry in found.found)) - {""})),
        marks=_marks(found),
        rows=len(found.found),
        notes=tuple(_notes(header, found, repeated)),
        cautions=tuple(_cautions(header, found, level, repeated)),
    )


def _columns(header: Header, found: Entries) -> Iterator[Column]:
    results = {role for entry in found.found for role in entry.values if role not in header.places}
    for role, place in sorted(header.places.items(), key=lambda item: item[1]):
        if role is Role.RESULTS:
            into = [LABELS[each] for each in METRICS if each in results]
            if into:
                yield Column(header.titles[place], f"{' e '.join(into)}, pelo tipo do resultado")
        elif role is Role.INDICATOR and not results:
            continue
        elif role not in (Role.START, Role.END) or Role.DAY not in header.places:
            yield Column(header.titles[place], LABELS[role])


def _ignored(header: Header, found: Entries) -> Iterator[Ignored]:
    period = {header.title(role) for role in (Role.START, Role.END) if role in header.places}
    used = {column.source for column in _columns(header, found)} | period
    by_reason: dict[names.Unused, list[str]] = defaultdict(list)
    for place, title in enumerate(header.titles):
        if title and title not in used:
            reason = names.unused(title, has_words=place in found.details)
            by_reason[reason].append(title)
    for reason in names.Unused:
        if reason in by_reason:
            yield Ignored(reason.value, tuple(by_reason[reason]))


def _marks(found: Entries) -> str:
    settled = found.settled
    if settled.mark is None:
        return ""
    return f"{shown(settled.example)}, com {'vírgula' if settled.mark is Mark.COMMA else 'ponto'} nos decimais"


def _notes(header: Header, found: Entries, repeated: list[int]) -> Iterator[str]:
    if number := len(found.totals):
        yield f"{count(number)} {'linha' if number == 1 else 'linhas'} de total não {_was(number, 'somada')}."
    if repeated and not found.details:
        number = len(repeated)
        lines = "linha repetida" if number == 1 else "linhas repetidas"
        yield f"{count(number)} {lines}: cada dia foi contado uma vez."
    if unknown := sorted(set(found.unknown_results)):
        told = ", ".join(shown(each) if each else "sem tipo" for each in unknown[:_MOST_NAMED])
        yield f"Resultados de outros tipos ficam de fora: {told}{' e outros' if len(unknown) > _MOST_NAMED else ''}."


def _was(number: int, word: str) -> str:
    return f"foi {word}" if number == 1 else f"foram {word}s"


def _cautions(header: Header, found: Entries, level: str, repeated: list[int]) -> Iterator[str]:
    if repeated and found.details:
        lines = ", ".join(map(str, repeated[:_MOST_NAMED]))
        more = f" e mais {len(repeated) - _MOST_NAMED}" if len(repeated) > _MOST_NAMED else ""
        yield f"Linhas iguais a outras, que foram somadas: {lines}{more}. Confira se a exportação não veio duas vezes."
    if header.platform is Platform.GOOGLE and level in names.PARTIAL_LEVELS:
        yield f"Uma exportação {level} não traz as campanhas Performance Max. Prefira por campanha ou por conta."
    if any(role not in header.places for entry in found.found for role in entry.values):
        yield "Resultados contam só o objetivo de cada campanha. Prefira colunas como Leads, Compras e Conversas."
