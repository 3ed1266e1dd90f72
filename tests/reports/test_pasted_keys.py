"""What is forgiven in a pasted key, and what is refused before anybody is asked."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.pasted_keys import Key, NotAKey, check, tidy

META = "EAAB" + "x" * 60
REFRESH = "1//0" + "g" * 60


@pytest.mark.parametrize(
    "pasted",
    [
        META,
        f"  {META}\n",
        f"{META[:20]}\r\n{META[20:]}",
        f"{META[:30]} {META[30:]}",
        f'"{META}"',
        f"“{META}”",
        f"\ufeff{META}\u200b",
        f"\u00a0{META[:9]}\u200d{META[9:]}\t",
    ],
)
def test_what_copying_adds_is_forgiven(pasted: str) -> None:
    assert tidy(pasted) == META


@pytest.mark.parametrize(
    ("key", "pasted"),
    [
        (Key.META_TOKEN, META),
        (Key.REFRESH_TOKEN, REFRESH),
        (Key.CLIENT_ID, "123-abc.apps.googleusercontent.com"),
        (Key.CLIENT_SECRET, "GOCSPX-abc_def-123"),
        (Key.DEVELOPER_TOKEN, "aBcDeFgHiJkLmNoPqRsTuV"),
    ],
)
def test_keys_of_each_kind_pass(key: Key, pasted: str) -> None:
    check(key, pasted)


@pytest.mark.parametrize(
    ("key", "pasted", "why"),
    [
        (Key.META_TOKEN, "https://business.facebook.com/settings", "um endereço"),
        (Key.META_TOKEN, "www.facebook.com/" + "x" * 40, "um endereço"),
        (Key.META_TOKEN, "rafaela@marealta.exemplo", "um e-mail"),
        (Key.META_TOKEN, "EAAB1234", "Curto demais"),
        (Key.META_TOKEN, META + "ção", "não parece"),
        (Key.META_TOKEN, "E" * 2001, "não parece"),
        (Key.META_TOKEN, "1234567890|abcdefabcdefabcdefabcdefabcdefab", "do aplicativo"),
        (Key.REFRESH_TOKEN, "ya29." + "x" * 60, "access token"),
        (Key.REFRESH_TOKEN, "1//curto", "Curto demais"),
        (Key.REFRESH_TOKEN, "1234567890-abcdefabcdef.apps.googleusercontent.com", "Isto é o client ID"),
        (Key.CLIENT_ID, "GOCSPX-abc_def-123", "termina em"),
        (Key.CLIENT_SECRET, "1234567890-abcdefabcdef.apps.googleusercontent.com", "Isto é o client ID"),
        (Key.DEVELOPER_TOKEN, "eu@agencia.exemplo", "um e-mail"),
    ],
)
def test_what_is_plainly_no_such_key_is_refused(key: Key, pasted: str, why: str) -> None:
    with pytest.raises(NotAKey, match=why) as refused:
        check(key, pasted)
    assert pasted not in str(refused.value)


@given(st.text(max_size=80), st.sampled_from(Key))
def test_whatever_is_pasted_is_taken_or_refused(pasted: str, key: Key) -> None:
    tidied = tidy(pasted)
    assert tidy(tidied) == tidied
    with suppress(NotAKey):
        check(key, tidied)
