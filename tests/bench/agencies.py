"""An agency of any size for measurements: clients in all the states that cards know, written in bulk."""

from __future__ import annotations

import itertools
import random
from datetime import timedelta
from decimal import Decimal

from django.utils import timezone

from agency.models import Agency, AgencyLogo, Client, Membership, User
from connections.models import ClientDelivery, ConnectionEvent, Message, WhatsAppConnection
from reports.models import AdAccount, Report, ReportSettings

_TRADES = (
    *("Ótica", "Clínica", "Padaria", "Auto Center", "Imobiliária", "Escola", "Studio", "Moda", "Construtora"),
    *("Restaurante", "Pet Shop", "Academia", "Advocacia", "Ateliê", "Barbearia", "Café", "Colchões", "Confeitaria"),
)
_NAMES = (
    *("Horizonte", "Sorrir Bem", "Trigo Real", "Pampulha", "Vale Verde", "Pequeno Saber", "Corpo Leve", "Ipê"),
    *("Serra Azul", "Dona Lúcia", "Amigo Fiel", "Movimento", "Prates & Lima", "Flor de Sal", "Dom Elias", "São João"),
)
#: status, reason, whether it was ever connected; None: no connection. Weighed like an agency that works.
_CONNECTIONS = (
    *[("connected", "", True)] * 14,
    *[("disconnected", "logged_out", True)] * 1,
    *[("awaiting_scan", "", False)] * 1,
    *[None] * 4,
)
_MESSAGES = (*["read"] * 8, *["delivered"] * 6, *["sent"] * 4, "failed", "queued")
_numbers = itertools.count(1)


def make_agency(clients: int) -> User:
    """An agency of so many clients, with a logo, its own number connected; the person who may look at it."""
    chance = random.Random(clients)  # noqa: S311  the same agency at each run
    agency = Agency.objects.create(name=f"Agência de {clients}")
    AgencyLogo.objects.create(agency=agency, content=b"", digest=f"{clients:064x}", width=512, height=96, ground="own")
    person = User.objects.create_user(f"de{clients}@bench.exemplo", name="Rafaela Couto")
    Membership.objects.create(user=person, agency=agency)
    _connection(agency, None, ("connected", "", True)).save()
    rows = [_client(agency, chance, number) for number in range(clients)]
    Client.objects.bulk_create(rows, batch_size=1000)
    numbers = [_connection(agency, row, state) for row in rows if (state := chance.choice(_CONNECTIONS))]
    WhatsAppConnection.objects.bulk_create(numbers, batch_size=1000)
    history = [event for number in numbers for event in _history(number, chance)]
    ConnectionEvent.objects.bulk_create(history, batch_size=1000)
    settings = [_settings(row, chance) for row in rows]
    ReportSettings.objects.bulk_create(settings, batch_size=1000)
    Report.objects.bulk_create([_held(row) for row in settings if row.last_problem], batch_size=1000)
    AdAccount.objects.bulk_create([one for row in rows for one in _accounts(row, chance)], batch_size=1000)
    messages = [message for row in rows for message in _messages(row, chance)]
    Message.objects.bulk_create(messages, batch_size=1000)
    newest = {message.client_id: message for message in messages}
    ClientDelivery.objects.bulk_create(
        [
            ClientDelivery(client=row, last_message=newest[row.pk], problem=_problem(newest[row.pk]))
            for row in rows
            if row.pk in newest
        ],
        batch_size=1000,
    )
    return person


def _client(agency: Agency, chance: random.Random, number: int) -> Client:
    from agency.text import search_key

    name = f"{chance.choice(_TRADES)} {chance.choice(_NAMES)} {number + 1}"
    email = f"contato{number}@cliente.exemplo"
    return Client(agency=agency, name=name, email=email, search_text=search_key(f"{name} {email}"))


def _connection(agency: Agency, client: Client | None, state: tuple[str, str, bool]) -> WhatsAppConnection:
    status, reason, was_connected = state
    number, now = next(_numbers), timezone.now()
    return WhatsAppConnection(
        agency=agency,
        client=client,
        instance_name=f"bench_{number}",
        instance_id=f"instance-{number}",
        token=f"TOKEN-{number}",
        status=status,
        reason=reason,
        phone=f"+55119{80000000 + number}" if was_connected else "",
        connected_at=now - timedelta(days=number % 400) if was_connected else None,
        disconnected_at=now - timedelta(hours=3) if status == "disconnected" else None,
        last_seen_at=now,
    )


def _history(number: WhatsAppConnection, chance: random.Random) -> list[ConnectionEvent]:
    """When it was connected and, of every second one, up to four drops of the last month, of minutes or of days."""
    if number.connected_at is None:
        return []
    changes = [(number.connected_at, "connected", "")]
    for _ in range(chance.choice([0, 0, 0, 1, 2, 4])):
        fell = timezone.now() - timedelta(hours=chance.randint(80, 700))
        if fell > number.connected_at:
            back = fell + timedelta(hours=chance.choice([0.2, 1, 5, 20, 70]))
            changes += [(fell, "disconnected", "timed_out"), (back, "connected", "")]
    if number.status == "disconnected" and number.disconnected_at:
        changes.append((number.disconnected_at, "disconnected", "logged_out"))
    return [
        ConnectionEvent(connection=number, kind="status", at=at, status=status, reason=reason, actor="whatsapp")
        for at, status, reason in changes
    ]


def _settings(client: Client, chance: random.Random) -> ReportSettings:
    active = chance.random() < 0.9
    return ReportSettings(
        client=client,
        active=active,
        frequency=chance.choice(["daily", "weekly", "monthly"]),
        next_run_at=timezone.now() + timedelta(hours=chance.randint(1, 200)) if active else None,
        last_problem="Faltam 21 e 22 nov de Vale Verde Lançamentos." if chance.random() < 0.04 else "",
    )


def _held(settings: ReportSettings) -> Report:
    return Report(
        client=settings.client,
        settings=settings,
        occurrence="2026-11-24T12:00Z",
        trigger="schedule",
        status="held",
        reason=settings.last_problem,
    )


def _accounts(client: Client, chance: random.Random) -> list[AdAccount]:
    spend = Decimal(chance.randint(20, 300))
    lasts = [chance.choice([1, 5, 6, 8, 9, 11, 13]) for _ in range(2)]
    return [
        AdAccount(
            client=client,
            platform=platform,
            external_id=str(next(_numbers)),
            name=f"{client.name.rsplit(' ', 1)[0]}{tail}"[:80],
            balance=None if chance.random() < 0.1 else spend * days,
            balance_ends_at=timezone.now() + timedelta(days=days),
            daily_spend=spend,
            alert_enabled=True,
            alert_threshold=spend * 2,
        )
        for days, (platform, tail) in zip(lasts, (("meta", " Loja"), ("google", "")), strict=True)
    ]


def _messages(client: Client, chance: random.Random) -> list[Message]:
    return [_message(client, chance, age) for age in (2, 1, 0)] if chance.random() < 0.95 else []


def _message(client: Client, chance: random.Random, age: int) -> Message:
    number, now = next(_numbers), timezone.now()
    status = chance.choice(_MESSAGES) if age == 0 else "read"
    return Message(
        agency=client.agency,
        client=client,
        kind=Message.Kind.REPORT,
        subject=f"report:{number}",
        dedupe_key=f"bench:{number}",
        reference=f"{number:07d}",
        to="+5511988887777",
        to_name="Paulo Brandão",
        body="📊 *Relatório*\n" * 60,
        status=status,
        reason="Este número não tem WhatsApp." if status == "failed" else "",
        due_at=now,
        expires_at=now + timedelta(hours=24),
        sent_at=None if status in ("failed", "queued") else now - timedelta(days=age, hours=2),
        created_at=now - timedelta(days=age, hours=2),
    )


def _problem(message: Message) -> Message | None:
    return message if message.status == "failed" else None
