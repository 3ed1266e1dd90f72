"""`{{ cliente }}` in what a gestor writes: the few names that stand for something else, and nothing besides. Pure.

Nothing here evaluates anything: no attribute, no filter, no expression. A name is on the list, or it is an error that a
person is told of in time; in a text that is sent all the same it stays as it was typed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from agency.text import plain, search_key

#: name → what it stands for, in the order in which a person is told of them.
VARIABLES = {
    "cliente": "nome do cliente",
    "agencia": "nome da agência",
    "periodo": "dias do relatório",
    "comparacao": "dias com que compara",
    "investimento": "investimento do período",
    "resultados": "conversões do período",
    "receita": "receita do período",
    "roas": "ROAS do período",
    "leads": "leads do período",
    "mensagens": "conversas iniciadas no período",
    "link": "endereço da página do relatório",
}
_VARIABLE = re.compile(r"\{\{[^\S\n]*(\w+)[^\S\n]*\}\}")
_WRONG = re.compile(r"\{\{[^\n]*?\}\}|\{\{[^\n]*|[^\s{}]*[^\S\n]*\}\}")
_MOST_QUOTED = 40


def problem(text: str) -> str:
    """What is wrong with the variables of a text, in pt-BR, naming what does exist; empty where nothing is."""
    for match in _VARIABLE.finditer(text):
        if _name(match) not in VARIABLES:
            return f"“{_quoted(match[0])}” não existe. {_what_exists()}"
    for piece in _VARIABLE.split(text)[::2]:
        if wrong := _WRONG.search(piece):
            return f"“{_quoted(wrong[0])}” não é uma variável completa. {_what_exists()}"
    return ""


def uses(text: str) -> bool:
    return "{{" in text


def render(text: str, values: Mapping[str, str], link: str = "") -> list[str]:
    """The lines of a text with its variables filled in. A line with one that has no value is left out.

    The values lose whatever could act as WhatsApp's markup; what the text itself holds of it stays. `link` is an
    address of our own and is not touched.
    """
    known = {name: plain(value) for name, value in values.items()} | {"link": link}
    return list(_lines(text, known))


def _lines(text: str, known: Mapping[str, str]) -> Iterator[str]:
    for line in text.split("\n"):
        names = [_name(match) for match in _VARIABLE.finditer(line)]
        if all(known.get(name, name) for name in names):
            yield _VARIABLE.sub(lambda match: known.get(_name(match), match[0]), line)


def _name(match: re.Match[str]) -> str:
    """As people write it: `{{ Período }}` is `periodo`."""
    return search_key(match[1])


def _quoted(found: str) -> str:
    found = " ".join(found.split())
    return found if len(found) <= _MOST_QUOTED else f"{found[: _MOST_QUOTED - 1]}…"


def _what_exists() -> str:
    return f"Existem: {', '.join(f'{{{{ {name} }}}}' for name in VARIABLES)}."
