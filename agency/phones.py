"""Phone numbers as people in Brazil type them, as E.164 in the database and as they are shown. Pure."""

from __future__ import annotations

import phonenumbers
from phonenumbers import PhoneNumberFormat

#: A Brazilian number without a ninth digit is a mobile's where it begins with one of these; others are landlines.
_MOBILE = "6789"


class PhoneError(ValueError):
    """The typed text is not one certain phone number; the message says why, in pt-BR, for the person who typed it."""


def parse_phone(typed: str) -> str:
    """The E.164 form (`+5511999998888`) of a number typed with or without +55; region BR when no country is given.

    Raises PhoneError where the number is invalid, or where it could be read in two ways: a gateway that is handed a
    doubtful number sends to whoever owns it.
    """
    text = typed.strip()
    if not text:
        raise PhoneError("Informe o telefone com DDD.")
    if any(character.isalpha() for character in text):
        raise PhoneError("O telefone só pode ter números. Exemplo: (11) 99999-8888.")
    try:
        number = phonenumbers.parse(text, "BR")
    except phonenumbers.NumberParseException:
        raise PhoneError("Não parece um telefone. Use DDD e número, como (11) 99999-8888.") from None
    digits = phonenumbers.national_significant_number(number)
    if number.country_code == 55:
        _refuse_doubtful_brazilian(text, digits)
    if not phonenumbers.is_valid_number(number):
        raise PhoneError("Este número não existe. Confira o DDD e a quantidade de dígitos.")
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def _refuse_doubtful_brazilian(text: str, digits: str) -> None:
    if len(digits) in (8, 9):
        raise PhoneError("Falta o DDD. Exemplo: (11) 99999-8888.")
    if len(digits) == 10 and digits[2] in _MOBILE:
        raise PhoneError(f"Falta o 9 na frente do celular? Talvez ({digits[:2]}) 9{digits[2:6]}-{digits[6:]}.")
    if not text.startswith("+") and len(digits) == 11 and digits[2] != "9":
        raise PhoneError(
            "Com 11 dígitos, o celular precisa começar com 9 depois do DDD; para outro país, comece com +."
        )


def is_group(address: str) -> bool:
    """Whether it is the address of a WhatsApp group, and no phone."""
    return address.endswith("@g.us")


def show_phone(e164: str) -> str:
    """`(11) 9 9999-8888` for Brazil, the international form elsewhere; what cannot be read comes back as it is.

    The address of a group tells nobody anything, so it is only said that it is one.
    """
    if is_group(e164):
        return "grupo do WhatsApp"
    try:
        number = phonenumbers.parse(e164, None)
    except phonenumbers.NumberParseException:
        return e164
    digits = phonenumbers.national_significant_number(number)
    if number.country_code != 55 or len(digits) not in (10, 11):
        return phonenumbers.format_number(number, PhoneNumberFormat.INTERNATIONAL)
    area, local = digits[:2], digits[2:]
    if len(local) == 9:
        return f"({area}) {local[0]} {local[1:5]}-{local[5:]}"
    return f"({area}) {local[:4]}-{local[4:]}"


def phone_of_jid(jid: str) -> str:
    """The E.164 number behind a WhatsApp address such as `553186304412:12@s.whatsapp.net`; "" where there is none.

    WhatsApp keeps many Brazilian mobiles (area codes from 31 up) without the ninth digit that dialling them takes.
    """
    digits = jid.split("@")[0].split(":")[0]
    return canonical(f"+{digits}")[:16] if digits.isdigit() else ""


def canonical(e164: str) -> str:
    """The one form of a number that two of its forms have in common: a Brazilian mobile with its ninth digit."""
    digits = e164.removeprefix("+")
    if digits.startswith("55") and len(digits) == 12 and digits[4] in _MOBILE:
        digits = f"{digits[:4]}9{digits[4:]}"
    return f"+{digits}" if digits else ""


def forms_of(e164: str) -> tuple[str, ...]:
    """All forms in which the same number may be stored, for a query: with and without the ninth digit."""
    known = canonical(e164)
    if known.startswith("+55") and len(known) == 14 and known[5] == "9" and known[6] in _MOBILE:
        return known, f"{known[:5]}{known[6:]}"
    return (known,)
