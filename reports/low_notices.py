"""The gestor's notice of a balance near its end: in the page, by e-mail, and by WhatsApp to those who want it so.

`low:<account>` is open from the first stage until the balance is well again; a deeper stage makes it news once more.
"""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.urls import reverse

from agency import notices
from agency.text import plain
from connections import notice_copies
from reports import alert_facts, formatting
from reports.choices import Stage
from reports.models import AdAccount

SUBJECT = "low:"
_ACTION = "Ver saldo"
_STAGE = {
    Stage.LIMIT: "saldo de {account} no limite",
    Stage.DAYS_3: "verba de {account} acaba em até 3 dias",
    Stage.DAYS_1: "verba de {account} acaba em até 1 dia",
    Stage.OVER: "verba de {account} acabou",
}


def raise_low(account: AdAccount, stage: Stage, now: datetime, *, has_recipients: bool) -> None:
    """In the transaction of the check, after its messages."""
    url = reverse("reports:balance", args=[account.client_id])
    notice = notices.raise_notice(
        account.client.agency,
        f"{SUBJECT}{account.pk}",
        title=f"{account.client.name}: {_STAGE[stage].format(account=account.name)}",
        text=_text(account, now, has_recipients=has_recipients),
        level=notices.Level.BAD if stage is Stage.OVER else notices.Level.WARN,
        client=account.client,
        url=url,
        action=_ACTION,
    )
    lines = [
        f"⚠️ *Adscape • {plain(notice.title)}*",
        "",
        plain(notice.text),
        "",
        f"{_ACTION}: {settings.PUBLIC_URL}{url}",
        "",
    ]
    notice_copies.enqueue(
        account.client.agency,
        notice,
        subject=notice.subject,
        about=f"{stage}:{now:%Y%m%d%H%M}",
        compose=lambda reference: "\n".join([*lines, f"_#{reference}_"]),
        now=now,
    )


def resolve(account: AdAccount, outcome: str = "") -> None:
    """Close it, and what of its copies has not left."""
    subject = f"{SUBJECT}{account.pk}"
    notice_copies.take_back(account.client.agency, subject)
    notices.resolve(account.client.agency, subject, outcome=outcome)


def well_again(account: AdAccount) -> str:
    """How it ended, for `resolve`."""
    return f"{account.client.name}: saldo de {account.name} em {formatting.money(account.balance, account.currency)}."


def _text(account: AdAccount, now: datetime, *, has_recipients: bool) -> str:
    money = alert_facts.money_of(account)
    balance = formatting.money(account.balance, account.currency)
    words = money.forecast(now)
    how = f"Saldo de {balance}" + (f", {words}." if words else ".")
    if account.alert_by == "limit":
        limit = formatting.money(account.alert_threshold, account.currency)
        how = f"Saldo de {balance}, limite de {limit}." + (f" {words.capitalize()}." if words else "")
    return f"{how} {_client_words(account, now, has_recipients=has_recipients)}"


def _client_words(account: AdAccount, now: datetime, *, has_recipients: bool) -> str:
    if not account.tell_client:
        return "O cliente não é avisado."
    if account.muted_until is not None and account.muted_until > now:
        until = account.muted_until.astimezone(ZoneInfo(account.client.agency.time_zone))
        return f"Alertas ao cliente silenciados até {until:%d/%m às %H:%M}."
    return "O cliente também é avisado." if has_recipients else "Ninguém está marcado para receber alertas."
