"""What an ad platform can be asked, and what it answers, in the same words for all of them. Pure: types only.

Money is `Decimal` in major units of the account's currency; days are days of the account's own zone; None is unknown,
which is never zero.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Protocol

from reports.choices import AccountState, BalanceSource, Family


@dataclass(frozen=True, slots=True)
class Holder:
    """Whose access this is, for "conectado como …"; `expires_at` None where it does not end, as far as is known."""

    name: str
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Account:
    """An ad account as the platform lists it. `external_id` is its digits only; `via` are the digits of the Google
    manager through which it is reached, "" where it is reached by itself."""

    external_id: str
    name: str
    currency: str
    time_zone: str
    state: AccountState = AccountState.ACTIVE
    via: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """The account that is asked about, and what was learnt of it before.

    `keys` are the platform's own names that count as each family for this account, as `Daily.keys` gave them last.
    """

    external_id: str
    currency: str
    time_zone: str
    via: str = ""
    keys: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Result:
    """How often something that was wanted happened, and what it was worth; both under the same key of the platform."""

    count: Decimal
    value: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Day:
    """One account on one day. A family that the account has never shown is not in `results`."""

    date: date
    spend: Decimal
    impressions: int
    clicks: int
    results: Mapping[Family, Result] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Daily:
    """The days that the platform has a row for; a day without delivery has none. `currency` is what they are in."""

    days: tuple[Day, ...]
    currency: str
    keys: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Campaigns:
    """What each campaign did on each day on which it ran: `days` by date, then by the platform's id of the campaign.

    Their sums need not be the account's: what a platform tells of deleted campaigns, and how it rounds and attributes
    below the account, is its own affair. An account's totals are those of its `Daily`, never these added up.

    `families` are those that the account is known to have, and whether it knows what they were worth. One that is not
    in a day's `results` did not happen there: 0, and worth 0 where worths are known. `names` are the newest ones.
    """

    days: Mapping[date, Mapping[str, Day]]
    names: Mapping[str, str]
    currency: str
    families: Mapping[Family, bool] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reach:
    """Of a whole period; never the sum of its days. `frequency` is impressions over reach."""

    reach: int
    frequency: Decimal | None


@dataclass(frozen=True, slots=True)
class Balance:
    """What can still be spent, and how the account stands.

    `amount` None: unknown, or there is nothing that could run out; then `source` is None too. `shown` is the platform's
    own text where it gives one. `is_blocked`: it would say more to an access with the task "Gerenciar".
    """

    amount: Decimal | None
    source: BalanceSource | None
    state: AccountState
    currency: str = ""
    time_zone: str = ""
    name: str = ""
    #: Owed for what has run already; a debt, never funds.
    due: Decimal | None = None
    shown: str = ""
    is_blocked: bool = False


@dataclass(frozen=True, slots=True)
class Usage:
    """How much of what may be asked is used up: the highest percentage of all that the platform tells, and for how long
    to pause where it says so. `account_percent` is the part that counts for the account alone."""

    percent: Decimal = Decimal(0)
    account_percent: Decimal = Decimal(0)
    wait: timedelta | None = None


class AdsReader(Protocol):
    """An ad platform as seen with one access. Every method makes HTTP calls and raises `errors.AdsError`."""

    @property
    def usage(self) -> Usage:
        """The highest of what the answers so far have told."""
        ...

    def holder(self) -> Holder: ...

    def accounts(self) -> list[Account]:
        """All that the access can read, managers expanded, none twice."""
        ...

    def daily(self, account: Asked, since: date, until: date) -> Daily: ...

    def campaigns(self, account: Asked, since: date, until: date) -> Campaigns:
        """Of these days, both included; results under the account's own `keys`, so that they mean the same."""
        ...

    def reach(self, account: Asked, since: date, until: date) -> Reach | None:
        """None where the platform does not tell it."""
        ...

    def balance(self, account: Asked, now: datetime) -> Balance: ...

    def close(self) -> None:
        """Let go of its connections to the platform."""
        ...
