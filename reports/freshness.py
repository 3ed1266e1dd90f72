"""How old an ad account's numbers are and what is on its way, in pt-BR; and the words for how it stands. Pure: looks at
the rows that it is given, whose access and client should be at hand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from agency.templatetags.ui_states import State
from agency.templatetags.ui_words import at, clock, days_range
from reports import read_times
from reports.choices import AccountState, BalanceSource, Platform
from reports.models import AdAccount
from reports.periods import local_day

_DAYS_OF_A_MONTH = 365 / 12

_STATES: dict[str, State] = {
    AccountState.ACTIVE: State("Ativa", "check-circle", "off"),
    AccountState.PAYMENT_FAILED: State("Pagamento recusado", "exclamation-triangle", "bad"),
    AccountState.DISABLED_FOR_PAYMENT: State("Desativada por pagamento", "x-circle", "bad"),
    AccountState.NO_PAYMENT_METHOD: State("Sem forma de pagamento", "exclamation-triangle", "bad"),
    AccountState.DISABLED: State("Desativada", "x-circle", "bad"),
    AccountState.IN_REVIEW: State("Em análise", "clock", "wait"),
    AccountState.CLOSED: State("Encerrada", "minus-circle", "off"),
}
_UNKNOWN: dict[str, str] = {
    Platform.META: "Saldo desconhecido: a Meta não o diz, e ninguém informou.",
    Platform.GOOGLE: "Saldo desconhecido: o Google só o diz de contas com orçamento, e ninguém informou.",
}
_BLOCKED = "Saldo desconhecido: conceda a este acesso a tarefa Gerenciar na Meta para vê-lo."


@dataclass(frozen=True, slots=True)
class Freshness:
    """`share`: whole per cent of the wanted past that is there, None before the first reading and once it is all there,
    and `span` how much that is. `is_busy`: something is on its way, and worth asking about again in some seconds."""

    words: str
    problem: str
    share: int | None
    span: str
    is_busy: bool


def freshness(account: AdAccount, now: datetime) -> Freshness:
    today = local_day(now, ZoneInfo(account.time_zone))
    words = _words(account, today)
    if account.credential is None:
        return Freshness(words, "", None, "", is_busy=False)
    share = read_times.history_share(account.history_from, account.history_done_from, today)
    problem = _problem(account, now)
    is_first, is_partial = account.days_read_at is None, share is not None and share < 100
    return Freshness(
        words,
        problem,
        share if is_partial and not is_first else None,
        _span(account.history_from, today),
        is_busy=(is_first or is_partial) and not problem and account.read_failures == 0,
    )


def state_of(state: str) -> State | None:
    """None where the platform has not told, or in words that nobody knows: that is no alarm."""
    return _STATES.get(state)


def source_of(account: AdAccount) -> str:
    """Where the balance was read, or why none is known."""
    if account.balance is not None:
        return str(BalanceSource(account.balance_source).label) if account.balance_source else ""
    return _BLOCKED if account.is_balance_blocked else _UNKNOWN[account.platform]


def _words(account: AdAccount, today: date) -> str:
    if account.days_read_at is None or account.covered_until is None:
        return "Os números vêm de arquivos." if account.credential is None else "A primeira leitura está a caminho."
    until = {today - timedelta(days=1): "ontem", today: "hoje"}.get(account.covered_until)
    until = until or days_range(account.covered_until, account.covered_until)
    if account.credential is None:
        return f"Lidos da plataforma até {until}; depois, os números vêm de arquivos."
    return f"Dados até {until}, lidos {at(account.days_read_at, account.client)}."


def _problem(account: AdAccount, now: datetime) -> str:
    access = account.credential
    if access is None:
        return ""
    if not access.is_alive:
        return f"O acesso {access.holder} parou de funcionar: {access.problem}" if access.holder else access.problem
    if access.paused_until is not None and access.paused_until > now:
        return (
            f"A plataforma pediu uma pausa até {clock(access.paused_until, account.client)}. Continua sozinho depois."
        )
    return account.read_problem


def _span(wanted_from: date | None, today: date) -> str:
    if wanted_from is None:
        return ""
    months = max(1, round((today - wanted_from).days / _DAYS_OF_A_MONTH))
    return "1 mês" if months == 1 else f"{months} meses"
