"""Ids as people copy them from a platform; what is not one certain id is refused in words."""

from __future__ import annotations

import pytest

from reports.account_ids import AccountIdError, parse_account_id, show_account_id
from reports.choices import Platform


@pytest.mark.parametrize(
    ("platform", "typed", "stored"),
    [
        (Platform.META, "act_1234567890", "1234567890"),
        (Platform.META, "ACT_1234567890 ", "1234567890"),
        (Platform.META, "act-1234567890", "1234567890"),
        (Platform.META, "700100000000001", "700100000000001"),
        (Platform.META, "7001 0000 0000 001", "700100000000001"),
        (Platform.GOOGLE, "123-456-7890", "1234567890"),
        (Platform.GOOGLE, "123–456–7890", "1234567890"),
        (Platform.GOOGLE, " 123 456 7890 ", "1234567890"),
        (Platform.GOOGLE, "1234567890", "1234567890"),
    ],
)
def test_ids_become_digits(platform: Platform, typed: str, stored: str) -> None:
    assert parse_account_id(platform, typed) == stored


@pytest.mark.parametrize(
    ("platform", "typed", "why"),
    [
        (Platform.META, "", "Informe"),
        (Platform.META, "act_", "Informe"),
        (Platform.META, "minha conta", "só tem números"),
        (Platform.META, "act_12a4567890", "só tem números"),
        (Platform.META, "١٢٣٤٥٦٧٨٩٠", "só tem números"),
        (Platform.META, "1234", "de 5 a 20"),
        (Platform.META, "1" * 21, "de 5 a 20"),
        (Platform.GOOGLE, "act_1234567890", "só tem números"),
        (Platform.GOOGLE, "123-456-789", "10 números"),
        (Platform.GOOGLE, "12345678901", "10 números"),
    ],
)
def test_what_is_no_id_is_refused_in_words(platform: Platform, typed: str, why: str) -> None:
    with pytest.raises(AccountIdError, match=why):
        parse_account_id(platform, typed)


@pytest.mark.parametrize(
    ("platform", "stored", "shown"),
    [
        (Platform.META, "1234567890", "act_1234567890"),
        (Platform.GOOGLE, "1234567890", "123-456-7890"),
        (Platform.GOOGLE, "12", "12"),
    ],
)
def test_ids_are_shown_as_the_platform_writes_them(platform: Platform, stored: str, shown: str) -> None:
    assert show_account_id(platform, stored) == shown
