"""The strip of thirty days as a card draws it: few bytes, nothing lost."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agency.templatetags.card_parts import uptime_line
from agency.uptime_strip import DAYS, Sign, runs, share_words


@pytest.mark.parametrize(
    ("days", "drawn"),
    [
        ("u" * 30, {}),
        ("-" * 18 + "u" * 12, {Sign.UNKNOWN: "M0,0h18"}),
        ("u" * 12 + "p" + "u" * 17, {Sign.PART: "M12,0h1"}),
        ("uppuddp" + "u" * 23, {Sign.PART: "M1,0h2M6,0h1", Sign.DOWN: "M4,0h2"}),
        ("d" * 30, {Sign.DOWN: "M0,0h30"}),
    ],
)
def test_what_is_drawn(days: str, drawn: dict[Sign, str]) -> None:
    assert runs(days) == drawn


@given(st.text("upd-", min_size=DAYS, max_size=DAYS))
def test_each_day_is_drawn_once_or_is_up(days: str) -> None:
    read = ["u"] * DAYS
    for sign, path in runs(days).items():
        for start, length in re.findall(r"M(\d+),0h(\d+)", path):
            for day in range(int(start), int(start) + int(length)):
                assert read[day] == "u"
                read[day] = sign

    assert "".join(read) == days


@pytest.mark.parametrize(
    ("share", "said"),
    [("100.0", "100% conectado"), ("99.2", "99,2% conectado"), ("0.0", "0% conectado"), ("90.0", "90% conectado")],
)
def test_its_words(share: str, said: str) -> None:
    assert share_words(Decimal(share)) == said


def test_the_line_of_a_card() -> None:
    assert uptime_line("", None) == ""
    assert uptime_line("u" * 30, 1000) == "<dt>30 dias<dd class=up>100% conectado"
    assert uptime_line("u" * 28 + "pd", 954) == (
        "<dt>30 dias<dd class=up><svg viewBox=0,0,30,1 aria-hidden=true>"
        "<path class=p d=M28,0h1 /><path class=d d=M29,0h1 /></svg>95,4% conectado"
    )
