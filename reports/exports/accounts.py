"""Which of the agency's ad accounts the rows of an export are of. Pure.

The digits of an id are certain. A name is one where exactly one account of the platform has it; otherwise, and where
the export says nothing, a person has to choose.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from reports import metrics_cells as cells
from reports.choices import Platform
from reports.exports.entries import Entry, Ref
from reports.import_rows import Account, Problem, named, of_platform
from reports.metrics_cells import shown
from reports.understood import Choice

_ID_COLUMN = {Platform.META: "Identificação da conta", Platform.GOOGLE: "ID de cliente"}


@dataclass(frozen=True, slots=True)
class Book:
    """The agency's accounts with their names, and the one that a person chose for this file."""

    accounts: tuple[tuple[Account, str], ...] = ()
    chosen: Account | None = None


@dataclass(slots=True)
class Resolved:
    by_ref: dict[Ref, Account] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    choice: Choice | None = None


def resolve(entries: Iterable[Entry], platform: Platform, book: Book) -> Resolved:
    first: dict[Ref, int] = {}
    for entry in entries:
        first.setdefault(entry.ref, entry.line)
    found = {ref: account for ref in first if (account := _certain(ref, platform, book))}
    open_refs = [ref for ref in first if ref not in found]
    if book.chosen and book.chosen[0] is not platform:
        return Resolved(problems=[Problem(0, f"A conta escolhida não é {of_platform(platform)}, e a exportação é.")])
    if len({cells.key(ref.name) for ref in open_refs}) > 1:
        return Resolved(problems=[_unknown(ref, first[ref], platform) for ref in open_refs])
    if open_refs and book.chosen is None:
        return _to_choose(open_refs[0], platform, book)
    problems = []
    if book.chosen and (others := set(found.values()) - {book.chosen}):
        other = min(others)
        sentence = f"O arquivo diz que é da conta {named(other)}, e a escolhida foi {named(book.chosen)}."
        problems.append(Problem(0, sentence))
    return Resolved(found | (dict.fromkeys(open_refs, book.chosen) if book.chosen else {}), problems)


def _certain(ref: Ref, platform: Platform, book: Book) -> Account | None:
    if ref.digits:
        return platform, ref.digits
    same = {
        account for account, name in book.accounts if account[0] is platform and cells.key(name) == cells.key(ref.name)
    }
    return same.pop() if ref.name and len(same) == 1 else None


def _unknown(ref: Ref, line: int, platform: Platform) -> Problem:
    what = f"não há uma conta {of_platform(platform)} com o nome {shown(ref.name)}" if ref.name else "falta a conta"
    return Problem(line, f"{what}: inclua a coluna {_ID_COLUMN[platform]} na exportação.")


def _to_choose(ref: Ref, platform: Platform, book: Book) -> Resolved:
    if not any(account[0] is platform for account, _ in book.accounts):
        sentence = f"Nenhum cliente tem uma conta {of_platform(platform)}: inclua a conta no cliente e envie de novo."
        return Resolved(problems=[Problem(0, sentence)])
    return Resolved(choice=Choice(platform, ref.name))
