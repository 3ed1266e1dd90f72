"""The alerts that clients receive: their one renderer, for the preview and for what is sent. Pure; sends nothing.

WhatsApp's markup is that of `reports.text`; whatever a person typed loses its own.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from agency.text import plain
from reports import forecast, formatting
from reports.choices import AccountState, AlertBy, PaidBy
from reports.text import NO_REFERENCE

_ACT = "Ação necessária para manter campanhas ativas."
#: What the platform says of the payment, and what that means.
TROUBLE: dict[str, str] = {
    AccountState.PAYMENT_FAILED: "A plataforma não conseguiu cobrar. Os anúncios param até o pagamento ser resolvido.",
    AccountState.DISABLED_FOR_PAYMENT: "A conta foi desativada por causa do pagamento. Os anúncios estão parados.",
    AccountState.NO_PAYMENT_METHOD: "A conta está sem forma de pagamento. Os anúncios não rodam sem uma.",
}
#: How it is paid: what stands before the agency's own words, and how long the money takes.
_PAID = {
    PaidBy.PIX: ("Recarga por Pix", "cai na hora"),
    PaidBy.BOLETO: ("Recarga por boleto", "leva até 3 dias úteis"),
    PaidBy.CARD: ("Pagamento no cartão", ""),
    PaidBy.UNSAID: ("", ""),
}
#: A link, or an e-mail address, which may be a Pix key.
_ADDRESS = re.compile(r"https?://[!-)+-_a-}]+|[A-Za-z0-9](?:[\w.+-]*[A-Za-z0-9])?@[A-Za-z0-9][A-Za-z0-9.-]*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Money:
    """An account's money as a message tells it. `balance` in major units of `currency`; `ends_at` is the forecast."""

    account: str
    currency: str
    balance: Decimal | None
    zone: ZoneInfo
    by: AlertBy = AlertBy.LIMIT
    threshold: Decimal | None = None
    ends_at: datetime | None = None
    paid_by: PaidBy = PaidBy.UNSAID
    pay_note: str = ""

    def forecast(self, now: datetime) -> str:
        """`acaba em ~2 dias, sex 14h`; "" where it is unknown."""
        return forecast.words(self.balance, self.ends_at, now, self.zone)


def low(money: Money, now: datetime, reference: str = NO_REFERENCE) -> str:
    """The whole message of a balance near its end."""
    lines = [
        "⚠️ *Alerta Adscape - Saldo Baixo*",
        f"📋 Conta: {plain(money.account)}",
        f"💰 Saldo atual: {formatting.money(money.balance, money.currency)}",
        _why(money, now),
        _ACT,
        payment_hint(money.paid_by, money.pay_note),
        f"_#{reference}_",
    ]
    return "\n".join(line for line in lines if line)


def recovered(money: Money, now: datetime, reference: str = NO_REFERENCE) -> str:
    """The whole message of a balance that was topped up after an alert."""
    lines = [
        "✅ *Saldo recarregado*",
        f"📋 Conta: {plain(money.account)}",
        f"💰 Saldo atual: {formatting.money(money.balance, money.currency)}",
        f"⏳ Previsão: {words}" if (words := money.forecast(now)) else "",
        "Nenhuma ação necessária.",
        f"_#{reference}_",
    ]
    return "\n".join(line for line in lines if line)


def payment(money: Money, state: AccountState, reference: str = NO_REFERENCE) -> str:
    """The whole message of a payment that the platform could not take."""
    lines = [
        "⚠️ *Alerta Adscape - Pagamento*",
        f"📋 Conta: {plain(money.account)}",
        f"💳 {state.label}",
        TROUBLE[state],
        _ACT,
        payment_hint(money.paid_by, money.pay_note),
        f"_#{reference}_",
    ]
    return "\n".join(line for line in lines if line)


def payment_hint(paid_by: PaidBy, note: str) -> str:
    """`Recarga por Pix: chave@agencia.com; cai na hora`, `Recarga por boleto: leva até 3 dias úteis`; or ""."""
    how, takes = _PAID[paid_by]
    said = "; ".join(part for part in (harmless(note), takes) if part)
    return f"{how}: {said}" if how and said else said


def harmless(note: str) -> str:
    """What a person typed, on one line and without effect on the text around it. Addresses stay as they are: with
    other signs in them a link would lead elsewhere and a Pix key would be nobody's, and inside words no sign is markup.
    """
    return " ".join(word if _ADDRESS.fullmatch(word) else plain(word) for word in plain_line(note).split(" "))


def plain_line(note: str) -> str:
    """On one line."""
    return " ".join(note.split())


def _why(money: Money, now: datetime) -> str:
    if money.by is AlertBy.LIMIT:
        return f"🔻 Limite configurado: {formatting.money(money.threshold, money.currency)}"
    words = money.forecast(now)
    return f"⏳ Previsão: {words}" if words else ""
