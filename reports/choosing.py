"""Which of the accounts that the agency's accesses list become a client's. Searches, shows and follows; asks no
platform."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from agency.models import Agency, Client
from agency.templatetags.ui_states import State
from agency.text import search_key
from reports import accounts, freshness, read_times
from reports.account_ids import show_account_id
from reports.choices import CredentialState, Platform
from reports.models import AdAccount, ListedAccount
from reports.periods import local_day

PER_PAGE = 50
#: So many are chosen at once; more would be another day's work.
MOST_CHOSEN = 200
#: Months of the past that may be fetched besides the last 28 days, which are read in any case.
MONTHS = (0, 3, 6, 13)
USUAL_MONTHS = 3


@dataclass(frozen=True, slots=True)
class Asked:
    """What a person searched for, which page of it, and what is ticked so far; nonsense is the default."""

    text: str = ""
    page: int = 1
    chosen: tuple[int, ...] = ()
    months: int = USUAL_MONTHS

    @classmethod
    def of(cls, params: Any) -> Asked:
        """From a QueryDict."""
        months = str(params.get("months", ""))
        return cls(
            text=str(params.get("q", "")).replace("\0", "").strip()[:200],
            page=max(1, _number(params.get("page", "")) or 1),
            chosen=tuple(number for each in params.getlist("account")[:MOST_CHOSEN] if (number := _number(each))),
            months=int(months) if months in map(str, MONTHS) else USUAL_MONTHS,
        )


@dataclass(frozen=True, slots=True)
class Offer:
    """A listed account, whether the client has it already, and which of the agency's other clients have it."""

    listed: ListedAccount
    is_chosen: bool
    is_mine: bool
    is_read: bool
    others: tuple[str, ...]

    @property
    def shown_id(self) -> str:
        return show_account_id(self.listed.credential.platform, self.listed.external_id)

    @property
    def state(self) -> State | None:
        return freshness.state_of(self.listed.state)


@dataclass(frozen=True, slots=True)
class Offers:
    """A page of what was found; `kept` are ticked ones that are not on it. `listed`: how many there are in all."""

    asked: Asked
    rows: list[Offer]
    kept: list[Offer]
    found: int
    listed: int
    pages: int

    @property
    def page(self) -> int:
        return min(self.asked.page, self.pages)

    @property
    def first(self) -> int:
        return (self.page - 1) * PER_PAGE + 1

    @property
    def last(self) -> int:
        return self.first + len(self.rows) - 1


@dataclass(frozen=True, slots=True)
class Followed:
    """What became of the accounts that were chosen; `refused` are sentences in pt-BR."""

    accounts: list[AdAccount]
    refused: list[str]


def offers(client: Client, asked: Asked) -> Offers:
    """The accounts that can be read with some access that lives, each once, in three queries however many they are."""
    known = _listed(client.agency)
    wanted = _matching(asked.text)
    found = [pk for pk, platform, external_id, name in known if wanted(external_id, name)]
    pages = max(1, -(-len(found) // PER_PAGE))
    page = min(asked.page, pages)
    shown = found[(page - 1) * PER_PAGE : page * PER_PAGE]
    ours = {pk for pk, *_ in known}
    kept = [pk for pk in asked.chosen if pk in ours and pk not in set(shown)]
    dressed = _dressed(client, [*shown, *kept], set(asked.chosen))
    return Offers(
        asked,
        rows=[dressed[pk] for pk in shown if pk in dressed],
        kept=[dressed[pk] for pk in kept if pk in dressed and not dressed[pk].is_read],
        found=len(found),
        listed=len(known),
        pages=pages,
    )


def follow(client: Client, asked: Asked, now: datetime) -> Followed:
    """Have the ticked accounts be the client's, and read from now on."""
    rows = ListedAccount.objects.filter(
        pk__in=asked.chosen, credential__agency=client.agency_id, credential__state=CredentialState.ALIVE
    )
    done, refused = [], []
    for listed in rows.select_related("credential").order_by("name", "pk"):
        try:
            done.append(follow_one(client, listed, asked.months, now))
        except accounts.OtherCurrency as error:
            refused.append(other_currency(listed.name, error))
    return Followed(done, refused)


def follow_one(client: Client, listed: ListedAccount, months: int, now: datetime) -> AdAccount:
    """As `accounts.follow`, with so many months of the past."""
    today = local_day(now, client.zone)
    history_from = read_times.months_before(today, months) if months else None
    return accounts.follow(client, listed, history_from=history_from, now=now)


def other_currency(name: str, error: accounts.OtherCurrency) -> str:
    return (
        f"{name} não é lida: os números que o cliente já tem dela são em {error.stored}, e na plataforma ela é em "
        f"{error.told}. Remova a conta do cliente e escolha de novo."
    )


def listed_of(account: AdAccount) -> ListedAccount | None:
    """With what the account can be read: as some access of its agency that lives lists it."""
    rows = ListedAccount.objects.filter(
        credential__agency=account.client.agency_id,
        credential__state=CredentialState.ALIVE,
        credential__platform=account.platform,
        external_id=account.external_id,
    )
    return rows.select_related("credential").order_by("credential__created_at", "pk").first()


def _listed(agency: Agency) -> list[tuple[int, str, str, str]]:
    """(pk, platform, id, name) in the order of the list. What several accesses reach is read with the oldest."""
    rows = ListedAccount.objects.filter(credential__agency=agency, credential__state=CredentialState.ALIVE)
    rows = rows.order_by("credential__created_at", "pk")
    once: dict[tuple[str, str], tuple[int, str, str, str]] = {}
    for row in rows.values_list("pk", "credential__platform", "external_id", "name"):
        once.setdefault((row[1], row[2]), row)
    platforms = list(Platform.values)
    return sorted(once.values(), key=lambda row: (platforms.index(row[1]), search_key(row[3]), row[2]))


def _matching(text: str) -> Any:
    """Whether an account is one of those searched for: each word in its name, or the digits in its id."""
    words = search_key(text).split()
    digits = re.sub(r"[\s.-]|^act_?", "", text.casefold())

    def matches(external_id: str, name: str) -> bool:
        key = search_key(name)
        return all(word in key for word in words) or (digits.isdigit() and digits in external_id)

    return matches


def _dressed(client: Client, pks: Iterable[int], chosen: set[int]) -> Mapping[int, Offer]:
    rows = list(ListedAccount.objects.filter(pk__in=pks).select_related("credential").defer("credential__secret"))
    owners: dict[tuple[str, str], list[tuple[Any, str, Any]]] = defaultdict(list)
    have = AdAccount.objects.filter(
        client__agency=client.agency_id, client__archived_at=None, external_id__in={row.external_id for row in rows}
    )
    columns = ("platform", "external_id", "client_id", "client__name", "credential_id")
    for platform, external_id, *owner in have.order_by("client__name").values_list(*columns):
        owners[platform, external_id].append((owner[0], owner[1], owner[2]))
    return {row.pk: _offer(client, row, owners[row.credential.platform, row.external_id], chosen) for row in rows}


def _offer(client: Client, row: ListedAccount, owners: list[tuple[Any, str, Any]], chosen: set[int]) -> Offer:
    mine = [access for owner, _, access in owners if owner == client.pk]
    return Offer(
        row,
        is_chosen=row.pk in chosen,
        is_mine=bool(mine),
        is_read=any(access is not None for access in mine),
        others=tuple(name for owner, name, _ in owners if owner != client.pk),
    )


def _number(typed: Any) -> int:
    """0 for what is none, or larger than any row's."""
    text = str(typed)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 18 else 0
