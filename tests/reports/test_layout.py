"""Blocks of a report's text: each once, the footer last, whatever is stored."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.layout import STANDARD, Kind, complete, read, shown, write

kinds = st.sampled_from([*Kind.values, "chart", "", "title"])


@pytest.mark.parametrize("stored", [None, [], {}, "nonsense", [["unknown", True]], [[]], ["title"]])
def test_without_a_layout_it_is_the_usual_one(stored: Any) -> None:
    assert shown(read(stored)) == STANDARD


def test_a_stored_order_is_kept_and_what_it_lacks_takes_its_usual_place() -> None:
    layout = read([["comment", True], ["numbers", True], ["title", False]])

    assert shown(layout) == (
        Kind.COMMENT,
        Kind.TEXT,
        Kind.NUMBERS,
        Kind.COMPARISON,
        Kind.HEADER,
        Kind.VERDICT,
        "footer",
    )


@given(st.lists(st.tuples(kinds, st.booleans()), max_size=12))
def test_every_block_is_there_once_and_the_footer_is_last_and_on(stored: list[tuple[str, bool]]) -> None:
    layout = read(stored)

    assert sorted(kind for kind, _ in layout) == sorted(Kind)
    assert layout[-1] == (Kind.FOOTER, True)
    assert read(write(layout)) == layout


def test_complete_puts_what_is_missing_after_what_it_usually_follows() -> None:
    assert complete([3, 1, 9, 3], [1, 2, 3, 4]) == [3, 4, 1, 2]
