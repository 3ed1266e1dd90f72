"""The ad accounts of the sandbox: the demonstration's, some that no client has yet, and any number of further ones.

An account follows from its id: the same one each time, with a profile derived from it where nobody wrote one.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache, lru_cache

from reports.choices import BalanceSource, Platform
from reports.demo import CLIENTS
from reports.demo_numbers import Profile, derived_profile

#: Through which Google's accounts are reached by an access with `mcc` in its name.
MANAGER_ID, MANAGER_NAME = "7009000000", "Maré Alta (MCC)"
BUSINESS_ID, BUSINESS_NAME = "700900000000000", "Maré Alta"
MOST = 10_000
_MANY = {Platform.META: "70030{:010d}", Platform.GOOGLE: "73{:08d}"}


@dataclass(frozen=True, slots=True)
class SandboxAccount:
    """`balance` is what it has each morning, in major units; `source` says by which of the platform's ways it can be
    told. None of both: paid later by card, so that there is no balance."""

    platform: Platform
    external_id: str
    name: str
    profile: Profile
    balance: Decimal | None
    source: BalanceSource | None
    currency: str = "BRL"
    time_zone: str = "America/Sao_Paulo"


def _written() -> dict[tuple[Platform, str], SandboxAccount]:
    found = [
        SandboxAccount(
            one.platform, one.external_id, one.name, one.profile, one.balance, one.source if one.balance else None
        )
        for client in CLIENTS
        for one in client.accounts
    ]
    return {(account.platform, account.external_id): account for account in found}


_DEMO = _written()
#: They can be given to a client by hand.
_FREE = {
    (Platform.META, "700100000000011"): "Padaria Trigo Bom",
    (Platform.META, "700100000000012"): "Clínica Sorriso Aberto",
    (Platform.META, "700100000000013"): "Escola Passo a Passo",
    (Platform.GOOGLE, "7001000014"): "Chaveiro Vila Nova",
    (Platform.GOOGLE, "7001000015"): "Clínica Sorriso Aberto",
}


@lru_cache(maxsize=2 * MOST)
def account_of(platform: Platform, external_id: str) -> SandboxAccount:
    """Any id has an account."""
    written = _DEMO.get((platform, external_id))
    return written or _derived(platform, external_id, _FREE.get((platform, external_id), f"Conta {external_id}"))


def _derived(platform: Platform, external_id: str, name: str) -> SandboxAccount:
    chance = random.Random(f"account|{external_id}")  # noqa: S311  invented numbers, no secret
    profile = derived_profile(external_id)
    balance = Decimal(round(profile.spend * chance.uniform(3, 15))).quantize(Decimal("0.01"))
    ways = (
        (BalanceSource.GOOGLE_BUDGET, None)
        if platform is Platform.GOOGLE
        else (BalanceSource.META_DISPLAY, BalanceSource.META_CAP_ESTIMATE, BalanceSource.META_CAP_LEFT, None)
    )
    account = SandboxAccount(platform, external_id, name, profile, balance, chance.choice(ways))
    return account if account.source else replace(account, balance=None)


@cache
def demo_ids(platform: Platform) -> tuple[str, ...]:
    return tuple(external_id for of, external_id in [*_DEMO, *_FREE] if of is platform)


@lru_cache(maxsize=16)
def many_ids(platform: Platform, count: int) -> tuple[str, ...]:
    """The ids of an access that lists so many accounts, MOST at most."""
    return tuple(_MANY[platform].format(number) for number in range(1, min(count, MOST) + 1))
