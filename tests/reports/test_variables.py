"""`{{ variables }}` in a gestor's text: those of the list, and nothing else whatever is typed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.variables import VARIABLES, problem, render

VALUES = {"cliente": "*Loja_do_Zé*", "periodo": "17/11/2026", "leads": "", "agencia": "Maré {{ link }} Alta"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Olá, {{ cliente }}.", ["Olá, ∗LojaˍdoˍZé∗."]),
        ("*{{cliente}}*", ["*∗LojaˍdoˍZé∗*"]),
        ("_{{ Período }}_ {{ periodo }}", ["_17/11/2026_ 17/11/2026"]),
        ("um\n{{ leads }} leads\ndois", ["um", "dois"]),
        ("Veja em {{ link }}", []),
        ("{{ agencia }}", ["Maré {{ link }} Alta"]),
        ("{{ nada }} {{ cliente.nome }} {{", ["{{ nada }} {{ cliente.nome }} {{"]),
        ("{{{ periodo }}}", ["{17/11/2026}"]),
        ("{ periodo } {% now %}", ["{ periodo } {% now %}"]),
        ("*negrito* _itálico_", ["*negrito* _itálico_"]),
    ],
)
def test_render(text: str, expected: list[str]) -> None:
    assert render(text, VALUES) == expected


def test_the_address_of_the_page_is_kept_as_it_is() -> None:
    assert render("Veja: {{ link }}", {}, "https://a.exemplo/r/a_b*c") == ["Veja: https://a.exemplo/r/a_b*c"]


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("{{ nada }}", "“{{ nada }}” não existe."),
        ("Oi {{ cliente }} e {{ cpf }}", "“{{ cpf }}” não existe."),
        ("{{ cliente.nome }}", "“{{ cliente.nome }}” não é uma variável completa."),
        ("{{ cliente|upper }}", "“{{ cliente|upper }}” não é"),
        ("{{ }}", "“{{ }}” não é"),
        ("{{ cliente", "“{{ cliente” não é"),
        ("{{ cliente\n}}", "“{{ cliente” não é"),
        ("cliente }}", "“cliente }}” não é"),
        ("{{ __class__ }}", "“{{ __class__ }}” não existe."),
        ("{{ " + "x" * 200 + " }}", "“{{ xxx"),
    ],
)
def test_what_is_wrong_is_named_with_what_exists(text: str, named: str) -> None:
    said = problem(text)

    assert said.startswith(named)
    assert said.endswith("{{ link }}.")
    assert len(said) < 350


@pytest.mark.parametrize("text", ["", "sem nada", "{ } {% if %}", "*{{ cliente }}* {{Receita}}\n{{ link }}"])
def test_nothing_is_wrong(text: str) -> None:
    assert problem(text) == ""


pieces = st.lists(
    st.sampled_from(["{{", "}}", "{", "}", " ", "\n", "cliente", "nada", ".", "|", "*", "_"]), max_size=20
)


@given(pieces)
def test_whatever_is_typed_is_refused_or_wholly_understood(typed: list[str]) -> None:
    text = "".join(typed)
    lines = render(text, dict.fromkeys(VARIABLES, "x"), "x")

    if not problem(text):
        assert "{{" not in "".join(lines).replace("{x}", "")


@given(st.text(max_size=60))
def test_a_value_never_brings_markup_lines_or_variables(name: str) -> None:
    (line,) = render("«{{ cliente }}»", {"cliente": f"x{name}"})

    assert not set("*_~`\n\r") & set(line)
