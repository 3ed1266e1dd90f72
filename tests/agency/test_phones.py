"""Phones as people type them: what they become, and why some are refused."""

from __future__ import annotations

import pytest

from agency.fields import PhoneFormField
from agency.phones import PhoneError, canonical, forms_of, parse_phone, phone_of_jid, show_phone

GOOD = [
    ("(11) 99999-8888", "+5511999998888"),
    ("11 9 9999 8888", "+5511999998888"),
    ("+55 11 99999-8888", "+5511999998888"),
    ("5511999998888", "+5511999998888"),
    ("011 99999-8888", "+5511999998888"),
    ("(31) 98765-4321", "+5531987654321"),
    ("(11) 4002-8765", "+551140028765"),
    ("+1 202 555 0143", "+12025550143"),
    ("+351 912 345 678", "+351912345678"),
]
BAD = [
    ("", "Informe o telefone"),
    ("   ", "Informe o telefone"),
    ("99999-8888", "Falta o DDD"),
    ("4002-8765", "Falta o DDD"),
    ("(11) 9999-8888", "Falta o 9"),
    ("11 8765 4321", "Falta o 9"),
    ("abc", "só pode ter números"),
    ("11 99999-8888 ramal", "só pode ter números"),
    ("(00) 99999-8888", "Não parece"),
    ("(20) 99999-8888", "não existe"),
    ("11 99999-88887", "não existe"),
    ("12025550143", "11 dígitos"),
    ("+", "Não parece"),
    ("---", "Não parece"),
    ("+999 123", "Não parece"),
]


@pytest.mark.parametrize(("typed", "e164"), GOOD)
def test_parse_phone(typed: str, e164: str) -> None:
    assert parse_phone(typed) == e164


@pytest.mark.parametrize(("typed", "why"), BAD)
def test_parse_phone_refuses(typed: str, why: str) -> None:
    with pytest.raises(PhoneError, match=why):
        parse_phone(typed)


@pytest.mark.parametrize(
    ("e164", "shown"),
    [
        ("+5511999998888", "(11) 9 9999-8888"),
        ("+551140028765", "(11) 4002-8765"),
        ("+12025550143", "+1 202-555-0143"),
        ("", ""),
        ("not a number", "not a number"),
    ],
)
def test_show_phone(e164: str, shown: str) -> None:
    assert show_phone(e164) == shown


@pytest.mark.parametrize("e164", [row[1] for row in GOOD])
def test_what_is_shown_can_be_typed_again(e164: str) -> None:
    assert parse_phone(show_phone(e164)) == e164


@pytest.mark.parametrize(
    ("jid", "e164"),
    [
        ("5511999990000@s.whatsapp.net", "+5511999990000"),
        ("553186304412@s.whatsapp.net", "+5531986304412"),
        ("553186304412:12@s.whatsapp.net", "+5531986304412"),
        ("551140028765@s.whatsapp.net", "+551140028765"),
        ("12025550143@s.whatsapp.net", "+12025550143"),
        ("abc@lid", ""),
        ("", ""),
    ],
)
def test_phone_of_jid(jid: str, e164: str) -> None:
    assert phone_of_jid(jid) == e164


@pytest.mark.parametrize(
    ("stored", "forms"),
    [
        ("+5531986304412", ("+5531986304412", "+553186304412")),
        ("+553186304412", ("+5531986304412", "+553186304412")),
        ("+553132214455", ("+553132214455",)),  # a landline has no ninth digit
        ("+5531932214455", ("+5531932214455",)),  # without the 9 it would be that landline
        ("+14155550123", ("+14155550123",)),
    ],
)
def test_the_forms_of_one_number(stored: str, forms: tuple[str, ...]) -> None:
    assert forms_of(stored) == forms
    assert {canonical(form) for form in forms} == {forms[0]}


def test_no_number_is_no_form() -> None:
    assert canonical("") == ""


@pytest.mark.parametrize(
    ("typed", "is_changed"),
    [("(11) 9 8765-0011", False), ("+55 11 98765-0011", False), ("(11) 9 8765-0012", True), ("", True), ("x", True)],
)
def test_a_number_that_is_shown_in_another_form_has_not_changed(typed: str, is_changed: bool) -> None:
    assert PhoneFormField().has_changed("+5511987650011", typed) is is_changed


def test_an_empty_number_has_not_changed() -> None:
    assert not PhoneFormField().has_changed(None, "")
