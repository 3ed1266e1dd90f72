"""What a gestor wrote, as pages and files show it: filled in, with WhatsApp's markup, and nothing that acts."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports import markup, own_words, paragraphs, typeface
from reports.layout import Kind
from reports.markup import Run
from reports.typeface import Weight
from tests.reports.whole_reports import report

BOLD, PLAIN = Weight.SEMIBOLD, Weight.REGULAR


@pytest.mark.parametrize(
    ("line", "html"),
    [
        ("*vídeo novo* e _leads_", "<strong>vídeo novo</strong> e <em>leads</em>"),
        ("*_os dois_*, ~não~", "<strong><em>os dois</em></strong>, <s>não</s>"),
        ("`*cru*`", "<code>*cru*</code>"),
        ("2*3*4 snake_case_aqui * solto *", "2*3*4 snake_case_aqui * solto *"),
        ("*sem fim", "*sem fim"),
        ("**", "**"),
        ("<b>oi</b> & *<i>*", "&lt;b&gt;oi&lt;/b&gt; &amp; <strong>&lt;i&gt;</strong>"),
        ("∗Loja∗ ˍeˍ *Cia*", "*Loja* _e_ <strong>Cia</strong>"),
        ("(*assim*)", "(<strong>assim</strong>)"),
        ("*a* *b*", "<strong>a</strong> <strong>b</strong>"),
    ],
)
def test_markup(line: str, html: str) -> None:
    assert markup.html_of([line]) == html


@given(st.text(alphabet="*_~` ab<&", max_size=40))
def test_markup_loses_nothing_but_signs(line: str) -> None:
    assert markup.text_of([line]).translate(dict.fromkeys(map(ord, "*_~` "))) == line.translate(
        dict.fromkeys(map(ord, "*_~` "))
    )


def test_lines_stay_and_empty_ones_at_the_ends_go() -> None:
    assert markup.html_of(["", "um", "", "*dois*", ""]) == "um\n\n<strong>dois</strong>"
    assert markup.html_of(["", " "]) == ""


def test_a_comment_is_filled_in_as_in_the_text_and_leads_nowhere() -> None:
    data = replace(report(client="*Zé*"), comment="Oi, {{ cliente }}: _{{ periodo }}_.\nDetalhes: {{ link }}")
    assert markup.html_of(own_words.comment(data)) == "Oi, *Zé*: <em>16/11/2026 — 22/11/2026</em>."


@pytest.mark.parametrize(
    ("title", "layout", "shown"),
    [
        ("*{{ cliente }}* por {{ agencia }}", tuple(Kind), "Serra por Maré Alta"),
        ("", tuple(Kind), "Resumo de performance"),
        ("*Nosso mês*", (Kind.NUMBERS,), "Resumo de performance"),
    ],
)
def test_a_title_of_the_gestor(title: str, layout: tuple[Kind, ...], shown: str) -> None:
    assert own_words.title(replace(report(client="Serra"), agency="Maré Alta", title=title, layout=layout)) == shown


def test_a_paragraph_keeps_its_weights_and_its_width() -> None:
    lines = [[Run("Testamos o "), Run("vídeo novo", "*"), Run(", e 🔥 deu certo.")], [], [Run("x" * 200)]]
    found = paragraphs.wrapped(lines, 90, 10, most=20)

    assert [(piece.text, piece.weight) for line in found for piece in line][:5] == [
        ("Testamos", PLAIN),
        ("o", PLAIN),
        ("vídeo", BOLD),
        ("novo", BOLD),
        (",", PLAIN),
    ]
    for line in found:
        for piece in line:
            assert piece.x + typeface.width(piece.text, 10, piece.weight) <= 90
    comma = next(piece for line in found for piece in line if piece.text == ",")
    before = next(piece for line in found for piece in line if piece.text == "novo")
    assert comma.x == before.x + typeface.width("novo", 10, BOLD)


def test_a_long_paragraph_ends_in_time() -> None:
    found = paragraphs.wrapped([[Run("palavra " * 200)]], 100, 10, most=3)
    assert (len(found), found[-1][-1].text) == (3, "…")
