"""What a person must know of accesses to ad platforms and of ad accounts, as `agency` notices.

`access:<id>` is an access that is dead or about to end, `adaccount:<id>` an account that is not read, or whose payment
is in trouble.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.urls import reverse
from django.utils import timezone

from agency import notices
from reports import alert_text
from reports.choices import AccountState, CredentialState
from reports.models import AdAccount, AdsCredential

#: An access that ends within so long is announced.
EXPIRES_SOON = timedelta(days=7)
#: So many failures in a row are worth a person's while: some three hours. What only a person mends, at once.
FAILURES = 6

_TROUBLE: dict[str, str] = alert_text.TROUBLE | {
    AccountState.DISABLED: "A plataforma desativou a conta. Os anúncios estão parados.",
}


def credential_lost(credential: AdsCredential) -> None:
    notices.raise_notice(
        credential.agency,
        f"access:{credential.pk}",
        title=f"{credential.get_platform_display()}: o acesso parou de funcionar",
        text=f"{credential.problem} Até lá os números não são atualizados.",
        level=notices.Level.BAD,
        url=reverse("connections:index"),
        action="Conectar de novo",
    )


def credential_back(credential: AdsCredential) -> None:
    outcome = f"{credential.get_platform_display()}: o acesso voltou a funcionar."
    notices.resolve(credential.agency, f"access:{credential.pk}", outcome=outcome)


def forget_credential(credential: AdsCredential) -> None:
    """A person has taken the access back: nobody needs to hear of it any more."""
    notices.resolve(credential.agency, f"access:{credential.pk}")


def forget_account(account: AdAccount) -> None:
    notices.resolve(account.client.agency, f"adaccount:{account.pk}")


def warn_of_ends(now: datetime | None = None) -> int:
    """Announce the accesses that end within a week; how many those are. Said once: words of a date do not change."""
    now = now or timezone.now()
    ending = AdsCredential.objects.filter(
        state=CredentialState.ALIVE, expires_at__gt=now, expires_at__lte=now + EXPIRES_SOON
    )
    found = list(ending.select_related("agency"))
    for credential in found:
        day = (credential.expires_at or now).astimezone(ZoneInfo(credential.agency.time_zone))
        notices.raise_notice(
            credential.agency,
            f"access:{credential.pk}",
            title=f"{credential.get_platform_display()}: o acesso vale até {day:%d/%m}",
            text="Depois disso os números deixam de ser atualizados. Cole um acesso novo antes.",
            url=reverse("connections:index"),
            action="Renovar",
        )
    return len(found)


def account_visited(account: AdAccount, columns: Mapping[str, Any], *, at_once: bool = False) -> None:
    """Raise or close an account's notice where what was stored of it differs from before; else it costs nothing.

    `account` holds what was known before the visit, `columns` what the visit wrote; `at_once`: only a person helps.
    """
    problem, failures = columns.get("read_problem", ""), columns.get("read_failures", 0)
    state = columns.get("state", account.state)
    if state != account.state and state in _TROUBLE:
        _raise(account, f"{account.name}: {AccountState(state).label.lower()}", _TROUBLE[state])
    elif problem and ((at_once and problem != account.read_problem) or failures == FAILURES):
        _raise(account, f"{account.name}: números sem atualizar", problem)
    elif not problem and state not in _TROUBLE and (account.read_problem or account.state in _TROUBLE):
        outcome = f"{account.name}: voltou ao normal."
        notices.resolve(account.client.agency, f"adaccount:{account.pk}", outcome=outcome)


def _raise(account: AdAccount, title: str, text: str) -> None:
    notices.raise_notice(
        account.client.agency,
        f"adaccount:{account.pk}",
        title=title,
        text=text,
        client=account.client,
        url=reverse("agency:client", args=[account.client_id]),
        action="Ver cliente",
    )
