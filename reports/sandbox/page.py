"""The ads sandbox's page: what to connect with, the accounts, and a switch for each fault. Its forms need no script."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any
from urllib.parse import urlencode

from django.template.loader import render_to_string

from connections.sandbox.same_site import is_foreign
from reports.choices import BalanceSource, Platform
from reports.sandbox import numbers
from reports.sandbox.accounts import SandboxAccount, account_of, demo_ids
from reports.sandbox.consent import security_headers
from reports.sandbox.faults import KINDS, Fault, FaultError, Faults
from reports.sandbox.keys import Keys
from reports.sandbox.tally import Tally
from reports.sandbox.wire import Answer, Request, as_html, as_json, redirect

#: What can be pasted into Adscape, and what each is for.
_TOKENS = (
    (Platform.META, "sandbox-meta-system-demo", "Usuário do sistema: as contas da demonstração"),
    (Platform.META, "sandbox-meta-viewer-demo", "Sem a tarefa Gerenciar: o saldo fica sem permissão"),
    (Platform.META, "sandbox-meta-many-1000", "Mil contas"),
    (Platform.GOOGLE, "sandbox-google-demo", "Refresh token: as contas da demonstração"),
    (Platform.GOOGLE, "sandbox-google-mcc-demo", "As mesmas, por uma conta de administrador (MCC)"),
)


def answer(request: Request, faults: Faults, tally: Tally, keys: Keys) -> Answer:
    if request.path == "/page/fault":
        return _switch(request, faults, tally, keys)
    if request.method != "GET":
        return as_json(405, {"error": "Use GET."})
    if "text/html" not in request.headers.get("Accept", ""):
        return as_json(200, {"sandbox": "ads"})
    return _drawn(request, faults, tally, keys)


def _switch(request: Request, faults: Faults, tally: Tally, keys: Keys) -> Answer:
    """A fault on until it is switched off, or off; without a kind, all off."""
    if request.method != "POST":
        return as_json(405, {"error": "Use POST."})
    if is_foreign(request.headers):
        return as_json(403, {"error": "Pedido de outra página recusado."})
    kind, account = request.given.get("kind", ""), request.given.get("account", "")
    try:
        if not kind:
            faults.clear()
        elif request.given.get("on") == "1":
            faults.add(kind, account=account)
        else:
            faults.remove(kind, account)
    except FaultError as error:
        return _drawn(request, faults, tally, keys, str(error))
    return redirect("/?" + urlencode({"account": account}) if account else "/")


def _drawn(request: Request, faults: Faults, tally: Tally, keys: Keys, error: str = "") -> Answer:
    accounts = [account_of(platform, one) for platform in Platform for one in demo_ids(platform)]
    ids = [account.external_id for account in accounts]
    chosen = request.given.get("account", "")
    chosen = chosen if chosen in ids else ""
    active = faults.active()
    context = {
        "heading": "Anúncios de demonstração",
        "promise": "nenhuma plataforma real é consultada",
        "app_url": keys.app_url,
        "accounts": [_seen_account(account, request, active) for account in accounts],
        "chosen": next((account for account in accounts if account.external_id == chosen), None),
        "groups": [
            (name, list(rows)) for name, rows in groupby(_seen_faults(active, chosen), lambda row: row["group"])
        ],
        "on": len(active),
        "tokens": [{"platform": platform.label, "token": token, "words": words} for platform, token, words in _TOKENS],
        "keys": keys,
        "calls": tally.counts(),
        "error": error,
    }
    return as_html(422 if error else 200, render_to_string("sandbox/ads.html", context), security_headers())


def _seen_faults(active: Sequence[Fault], account: str) -> list[dict[str, Any]]:
    """Those that the switches of this choice stand for: the faults of all accounts, or of one."""
    rows = []
    for kind in KINDS.values():
        ordered = [fault for fault in active if (fault.kind, fault.account) == (kind.name, account)]
        left = [fault.left for fault in ordered if fault.left is not None]
        rows.append(
            {
                "name": kind.name,
                "label": kind.label,
                "effect": kind.effect,
                "group": kind.group,
                "on": bool(ordered),
                "left": sum(left) if left and len(left) == len(ordered) else None,
            }
        )
    return rows


_SOURCES = {
    BalanceSource.META_DISPLAY: "saldo em texto",
    BalanceSource.META_CAP_ESTIMATE: "limite menos gasto",
    BalanceSource.META_CAP_LEFT: "cartão, com limite",
    BalanceSource.GOOGLE_BUDGET: "orçamento",
    BalanceSource.INFORMED: "a API não diz",
}


def _seen_account(account: SandboxAccount, request: Request, active: Sequence[Fault]) -> dict[str, Any]:
    tells = account.source not in (None, BalanceSource.INFORMED)
    return {
        "platform": account.platform.label,
        "id": account.external_id,
        "name": account.name,
        "spent": numbers.spent_today(account, request.now),
        "balance": numbers.balance_left(account, request.now) if tells else None,
        "source": _SOURCES[account.source] if account.source else "cartão, sem limite",
        "faults": sum(fault.account == account.external_id for fault in active),
    }
