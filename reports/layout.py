"""The blocks that a report's text is made of, and their order. Pure; knows what may stand where, writes no text.

The footer holds the reference by which an unclear send is found again: it is always there, and always last.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeVar

from django.db import models


class Kind(models.TextChoices):
    TITLE = "title", "Título"
    HEADER = "header", "Conta e período"
    VERDICT = "verdict", "Resultado"
    NUMBERS = "numbers", "Números"
    COMPARISON = "comparison", "Comparativo"
    COMMENT = "comment", "Mensagem da agência"
    TEXT = "text", "Texto livre"
    FOOTER = "footer", "Rodapé"


#: What a report without a layout of its own is made of.
STANDARD = tuple(Kind)
TITLE = "📊 *Adscape • Resumo de Performance*"
MOST_TITLE, MOST_COMMENT, MOST_TEXT = 80, 300, 1000
#: Characters of a whole message: from here on few read to the end, and more are not sent.
LONG_MESSAGE, MOST_MESSAGE = 1500, 4000

T = TypeVar("T")
Layout = tuple[tuple[Kind, bool], ...]


def read(stored: Any) -> Layout:
    """Every block once, with whether it is on: in the stored order; what is not named there is on, in its usual place.

    Reads whatever is stored, and leaves out what it does not know.
    """
    pairs = [pair for pair in stored if isinstance(pair, list | tuple) and len(pair) == 2] if stored else []
    said = {Kind(name): bool(on) for name, on in pairs if name in Kind.values}
    order = complete(said, [kind for kind in Kind if kind is not Kind.FOOTER])
    return (*((kind, said.get(kind, True)) for kind in order), (Kind.FOOTER, True))


def write(layout: Iterable[tuple[Kind, bool]]) -> list[list[Any]]:
    """As it is stored."""
    return [[kind.value, on] for kind, on in layout]


def shown(layout: Layout) -> tuple[Kind, ...]:
    """The blocks that are on, in their order."""
    return tuple(kind for kind, on in layout if on)


def complete(order: Iterable[T], every: Iterable[T]) -> list[T]:
    """`order` without what is not among `every`, and with what it lacks: each after the one that it usually follows."""
    usual = list(every)
    known = [each for each in dict.fromkeys(order) if each in usual]
    for index, each in enumerate(usual):
        if each not in known:
            known.insert(known.index(usual[index - 1]) + 1 if index else 0, each)
    return known
