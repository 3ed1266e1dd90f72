"""Ids of ad accounts as people copy them from a platform, and as they are stored: digits alone. Pure."""

from __future__ import annotations

import re

from reports.choices import Platform

GOOGLE_DIGITS = 10
#: Meta's are numbers of 64 bits: up to twenty digits, and in practice never fewer than these.
META_DIGITS = range(5, 21)
_SEPARATORS = re.compile(r"[\s.‐-―-]+")


class AccountIdError(ValueError):
    """What was typed is not an account's id; the message says why, in pt-BR, for the person who typed it."""


def parse_account_id(platform: Platform, typed: str) -> str:
    """The digits of an id as typed: `act_1234567890` of Meta, `123-456-7890` of Google. Raises AccountIdError."""
    text = _SEPARATORS.sub("", typed.strip().casefold())
    if platform is Platform.META:
        text = text.removeprefix("act_").removeprefix("act")
    if not text:
        raise AccountIdError("Informe o id da conta.")
    if not (text.isascii() and text.isdigit()):
        raise AccountIdError("O id da conta só tem números.")
    if platform is Platform.GOOGLE and len(text) != GOOGLE_DIGITS:
        raise AccountIdError("O id do Google Ads tem 10 números, como 123-456-7890.")
    if platform is Platform.META and len(text) not in META_DIGITS:
        raise AccountIdError("O id da Meta tem de 5 a 20 números, como act_1234567890.")
    return text


def show_account_id(platform: str, stored: str) -> str:
    """As the platform itself writes it: `act_1234567890`, `123-456-7890`."""
    if platform == Platform.META:
        return f"act_{stored}"
    if len(stored) == GOOGLE_DIGITS:
        return f"{stored[:3]}-{stored[3:6]}-{stored[6:]}"
    return stored
