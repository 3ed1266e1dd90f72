from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal as D
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.core.management import call_command
from django.test import Client as Browser

from agency.models import Agency, Client, User
from agency.phones import parse_phone
from connections.models import Message, WhatsAppConnection
from connections.sandbox.store import Store
from reports.balances import check_balances
from reports.choices import Platform
from reports.demo import CLIENTS, DAYS, DEMO_EMAIL, DEMO_PASSWORD, fill_metrics
from reports.demo_numbers import day_numbers, derived_profile
from reports.demo_seed import seed
from reports.metrics import FIELDS, total
from reports.models import AdAccount, DailyMetric, ReportSettings
from reports.numbers import gather
from reports.sending import send_now
from tests.factories import make_agency, make_client
from tests.reports.factories import make_account

#: 10:00 in São Paulo.
NOW = datetime(2026, 11, 24, 13, tzinfo=UTC)


@pytest.fixture
def sandbox(settings: Any, tmp_path: Path) -> Path:
    settings.EVOLUTION_IS_SANDBOX = True
    settings.SANDBOX_DIR = tmp_path / "sandbox"
    return Path(settings.SANDBOX_DIR)


@pytest.mark.django_db
@time_machine.travel(NOW, tick=False)
def test_the_demonstration_is_whole(sandbox: Path) -> None:
    agency = seed(NOW).agency

    clients = Client.objects.filter(agency=agency)
    assert clients.count() == len(CLIENTS) == 9
    assert not clients.filter(is_demo=False).exists()
    assert ReportSettings.objects.filter(active=True, next_run_at=datetime(2026, 11, 25, 12, tzinfo=UTC)).count() == 9
    both = clients.filter(ad_accounts__platform="meta").filter(ad_accounts__platform="google")
    assert [client.name for client in both] == ["Construtora Serra Azul"]
    assert [account.name for account in AdAccount.objects.low()] == ["Ipê Loja Online"]
    assert [account.name for account in AdAccount.objects.filter(balance=None)] == ["Corpo Leve Pilates"]
    assert all(account.days_left for account in AdAccount.objects.exclude(balance=None))
    assert DailyMetric.objects.count() == DAYS * AdAccount.objects.count()
    for settings in ReportSettings.objects.select_related("client__agency"):
        data = gather(settings, NOW, with_campaigns=True).data
        assert data is not None
        for block in data.blocks:
            _, campaigns = total((block.currency, campaign.numbers) for campaign in block.campaigns)
            assert [getattr(campaigns, name) for name in FIELDS[:5]] == [
                getattr(block.now, name) for name in FIELDS[:5]
            ]


@pytest.mark.django_db
def test_the_sandbox_knows_the_connected_numbers(sandbox: Path) -> None:
    agency = seed(NOW).agency

    rows = WhatsAppConnection.objects.filter(agency=agency)
    connected = {row.instance_name: row for row in rows.filter(status="connected")}
    fallen = rows.get(status="disconnected")
    store = Store(sandbox / "sandbox.sqlite3")
    instances = store.instances()
    store.close()
    assert len(connected) == 5  # four clients and the agency
    assert {(i.name, i.id, i.token, i.phone, i.state) for i in instances} == {
        (name, row.instance_id, row.token, row.phone, "open") for name, row in connected.items()
    }
    assert (fallen.client.name, fallen.reason, fallen.token) == ("Ótica Horizonte", "logged_out", "")


@pytest.mark.django_db
def test_a_real_gateway_gets_no_connections(settings: Any) -> None:
    settings.EVOLUTION_IS_SANDBOX = False

    seed(NOW)

    assert not WhatsAppConnection.objects.exists()


@pytest.mark.django_db
def test_the_demonstrations_user_can_log_in(sandbox: Path) -> None:
    seed(NOW)

    answer = Browser().post("/accounts/login/", {"login": DEMO_EMAIL, "password": DEMO_PASSWORD})

    assert (answer.status_code, answer["Location"]) == (302, "/agency/")
    assert EmailAddress.objects.filter(email=DEMO_EMAIL, verified=True, primary=True).exists()


@pytest.mark.django_db
def test_the_demonstration_sends(sandbox: Path) -> None:
    seed(NOW)
    client = Client.objects.select_related("agency").get(name="Construtora Serra Azul")

    sent = send_now(client, "3f0c6a2e", NOW)

    assert (sent.report.status, sent.messages) == ("built", 2)
    body = Message.objects.filter(subject=sent.report.subject)[0].body
    assert body.index("*Meta Ads*") < body.index("*Google Ads*") < body.index("_Comparado ao período anterior:_")
    assert check_balances(NOW) == 1


@pytest.mark.django_db
def test_seed_demo_plants_once(sandbox: Path) -> None:
    said = [StringIO() for _ in range(3)]

    call_command("seed_demo", stdout=said[0])
    call_command("seed_demo", stdout=said[1])
    call_command("seed_demo", "--force", stdout=said[2])

    assert Agency.objects.count() == 1
    assert DEMO_EMAIL in said[0].getvalue()
    assert "nothing was planted" in said[1].getvalue()
    assert "nothing was planted" in said[2].getvalue()


@pytest.mark.django_db
def test_seed_demo_leaves_an_agency_alone_unless_told(sandbox: Path) -> None:
    make_agency()

    call_command("seed_demo", stdout=StringIO())
    assert not User.objects.exists()

    call_command("seed_demo", "--force", stdout=StringIO())
    assert User.objects.filter(email=DEMO_EMAIL).exists()


def test_the_demonstrations_phones_are_numbers_in_e164_and_each_is_one_persons() -> None:
    phones = [phone for client in CLIENTS for _, phone in client.recipients] + [c.phone for c in CLIENTS if c.phone]

    assert [parse_phone(phone) for phone in phones] == phones
    assert len(set(phones)) == len(phones)


@pytest.mark.django_db
def test_fill_metrics_goes_on_where_it_stopped() -> None:
    account = make_account(client=make_client(is_demo=True))
    theirs = make_account(client=make_client())

    assert [fill_metrics(NOW), fill_metrics(NOW), fill_metrics(NOW + timedelta(days=2))] == [1, 0, 1]

    days = account.daily_metrics.order_by("date").values_list("date", flat=True)
    assert (len(days), days[0], days[len(days) - 1]) == (DAYS + 2, date(2026, 9, 15), date(2026, 11, 25))
    assert not theirs.daily_metrics.exists()


@pytest.mark.django_db
def test_a_demonstration_day_ends_in_the_clients_zone() -> None:
    account = make_account(client=make_client(is_demo=True, time_zone="Asia/Tokyo"))

    fill_metrics(datetime(2026, 11, 24, 15, 30, tzinfo=UTC))  # 00:30 of the 25th in Tokyo

    assert account.daily_metrics.latest("date").date == date(2026, 11, 24)


@pytest.mark.parametrize("platform", Platform)
@pytest.mark.parametrize("external_id", ["1", "22", "333", "4444"])
def test_invented_days_are_the_same_each_time_and_look_real(platform: Platform, external_id: str) -> None:
    profile = derived_profile(external_id)
    for number in range(30):
        day = date(2026, 10, 1) + timedelta(days=number)
        numbers = day_numbers(external_id, platform, profile, day)

        assert numbers == day_numbers(external_id, platform, profile, day)
        assert numbers.spend is not None
        assert numbers.spend > 0
        assert numbers.impressions > numbers.clicks > 0
        assert (numbers.messages is None) == (platform is Platform.GOOGLE)
        assert (numbers.revenue is None) == (profile.roas == 0)


def test_two_accounts_do_not_have_the_same_day() -> None:
    profile = derived_profile("1")
    day = date(2026, 11, 23)

    assert day_numbers("1", Platform.META, profile, day) != day_numbers("2", Platform.META, profile, day)
    assert isinstance(day_numbers("1", Platform.META, profile, day).spend, D)
