"""The demonstration: an invented agency with invented clients, and their numbers kept up to yesterday.

Everything here is fictitious; its clients are marked `is_demo`, and the outbox refuses to send theirs to real numbers.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Max
from django.utils import timezone

from reports import campaigns
from reports.campaign_days import packed_days
from reports.choices import AlertBy, BalanceSource, PaidBy, Platform
from reports.demo_campaigns import campaigns_of, told_of
from reports.demo_numbers import Profile, derived_profile, numbers_of
from reports.models import AdAccount
from reports.periods import Days, local_day
from reports.storing import store_days

DEMO_EMAIL = "demo@marealta.exemplo"
DEMO_PASSWORD = "demo-adscape"  # noqa: S105  printed by `make run`; it opens nothing but invented data
DEMO_NAME = "Rafaela Couto"
DEMO_AGENCY = "Maré Alta"
DEMO_AGENCY_PHONE = "+5511940028765"
#: How many days of numbers a demonstration account starts with.
DAYS = 70


@dataclass(frozen=True, slots=True)
class DemoAccount:
    platform: Platform
    external_id: str
    name: str
    profile: Profile
    balance: Decimal | None
    source: BalanceSource = BalanceSource.META_DISPLAY
    threshold: Decimal | None = None
    #: How it is told of, where not by its threshold to the client alone: columns of `AdAccount`.
    alerts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DemoClient:
    """`phone` is the number connected, or that was; `state` is connected, fallen or never (connected)."""

    name: str
    email: str
    accounts: tuple[DemoAccount, ...]
    recipients: tuple[tuple[str, str], ...]
    state: str = "never"
    phone: str = ""
    profile_name: str = ""
    use_agency_number: bool = True


_M, _G = Platform.META, Platform.GOOGLE

CLIENTS: tuple[DemoClient, ...] = (
    DemoClient(
        "Construtora Serra Azul",
        "marketing@serraazul.exemplo",
        (
            DemoAccount(
                _M,
                "700100000000001",
                "Serra Azul",
                Profile("talks", 240),
                Decimal("1064.20"),
                BalanceSource.META_CAP_ESTIMATE,
                Decimal("700.00"),
                {
                    "alert_by": AlertBy.FORECAST,
                    "tell_agency": True,
                    "tell_payment": True,
                    "paid_by": PaidBy.PIX,
                    "pay_note": "chave financeiro@marealta.exemplo",
                },
            ),
            DemoAccount(
                _G,
                "7001000001",
                "Serra Azul Residencial",
                Profile("leads", 381, 4.2),
                Decimal("4572.00"),
                BalanceSource.GOOGLE_BUDGET,
                Decimal("700.00"),
            ),
        ),
        (("Paulo Brandão", "+5531993110846"), ("Ana Lívia Prado", "+5531988421179")),
        "connected",
        "+5531992056614",
        "Serra Azul Atendimento",
    ),
    DemoClient(
        "Moda Ipê",
        "contato@modaipe.exemplo",
        (
            DemoAccount(
                _M,
                "700100000000002",
                "Ipê Loja Online",
                Profile("shop", 186, 3.4),
                Decimal("212.40"),
                BalanceSource.META_DISPLAY,
                Decimal("300.00"),
            ),
        ),
        (("Beatriz Amaral", "+5511987650011"),),
        "connected",
        "+5511987654321",
        "Moda Ipê",
    ),
    DemoClient(
        "Imobiliária Vale Verde",
        "vendas@valeverde.exemplo",
        (
            DemoAccount(
                _G,
                "7001000003",
                "Vale Verde Lançamentos",
                Profile("leads", 520),
                Decimal("6240.00"),
                BalanceSource.GOOGLE_BUDGET,
                Decimal("1000.00"),
            ),
        ),
        (("Renato Vilela", "+5519981260022"),),
        "connected",
        "+5519981265540",
        "Vale Verde Imóveis",
    ),
    DemoClient(
        "Studio Corpo Leve",
        "oi@corpoleve.exemplo",
        # Post-paid: there is no balance to tell.
        (DemoAccount(_M, "700100000000004", "Corpo Leve Pilates", Profile("talks", 74), None),),
        (("Marina Teles", "+5548991170033"),),
        "connected",
        "+5548991173360",
        "Studio Corpo Leve",
    ),
    DemoClient(
        "Ótica Horizonte",
        "loja@oticahorizonte.exemplo",
        (
            DemoAccount(
                _M,
                "700100000000005",
                "Horizonte Lentes",
                Profile("shop", 298, 1.6),
                Decimal("1864.20"),
                BalanceSource.META_DISPLAY,
                Decimal("400.00"),
            ),
        ),
        (("Cláudio Meireles", "+5531984120044"),),
        "fallen",
        "+5531984127730",
        "Ótica Horizonte",
    ),
    DemoClient(
        "Restaurante Dona Lúcia",
        "reservas@donalucia.exemplo",
        (
            DemoAccount(
                _M,
                "700100000000006",
                "Dona Lúcia",
                Profile("talks", 131),
                Decimal("980.60"),
                BalanceSource.META_DISPLAY,
                Decimal("250.00"),
            ),
        ),
        (("Lúcia Andrade", "+5581988330055"),),
    ),
    DemoClient(
        "Pet Shop Amigo Fiel",
        "contato@amigofiel.exemplo",
        (
            DemoAccount(
                _M,
                "700100000000007",
                "Amigo Fiel Banho e Tosa",
                Profile("talks", 68),
                Decimal("655.00"),
                BalanceSource.INFORMED,
                Decimal("150.00"),
            ),
        ),
        (("Jonas Freire", "+5511971540066"),),
    ),
    DemoClient(
        "Auto Center Pampulha",
        "oficina@pampulha.exemplo",
        (
            DemoAccount(
                _G,
                "7001000008",
                "Pampulha Pneus",
                Profile("leads", 122, 2.8),
                Decimal("1120.00"),
                BalanceSource.GOOGLE_BUDGET,
                Decimal("300.00"),
            ),
        ),
        (("Sérgio Pacheco", "+5531991230077"),),
    ),
    DemoClient(
        "Academia Movimento",
        "recepcao@academiamovimento.exemplo",
        (
            DemoAccount(
                _M,
                "700100000000009",
                "Movimento Matrículas",
                Profile("leads", 171, 0.8),
                Decimal("2300.00"),
                BalanceSource.META_DISPLAY,
                Decimal("500.00"),
            ),
        ),
        (("Débora Nunes", "+5521977180088"),),
        use_agency_number=False,
    ),
)

_PROFILES = {account.external_id: account.profile for client in CLIENTS for account in client.accounts}


def fill_metrics(now: datetime | None = None) -> int:
    """Give each demonstration account that is read nowhere the days that it lacks up to yesterday; how many accounts
    that were."""
    now = now or timezone.now()
    accounts = AdAccount.objects.filter(client__is_demo=True, client__archived_at=None, credential=None)
    filled = 0
    newest_days = dict(accounts.values_list("pk").annotate(Max("daily_metrics__date")))
    for account in accounts.select_related("client__agency"):
        newest = newest_days.get(account.pk)
        yesterday = local_day(now, account.client.zone) - timedelta(days=1)
        oldest = yesterday - timedelta(days=DAYS - 1)
        first = max(oldest, newest + timedelta(days=1)) if newest else oldest
        days = [first + timedelta(days=number) for number in range((yesterday - first).days + 1)]
        if days:
            _fill(account, days, now)
            filled += 1
    return filled


def _fill(account: AdAccount, days: list[date], now: datetime | None) -> None:
    platform, external_id = Platform(account.platform), account.external_id
    profile = _PROFILES.get(external_id) or derived_profile(external_id)
    numbers = numbers_of(external_id, platform, profile, days)
    store_days(account, numbers, now)
    told = told_of(campaigns_of(platform, external_id, profile), platform, numbers)
    campaigns.write(account, packed_days(told, Days(days[0], days[-1])), told.names)
