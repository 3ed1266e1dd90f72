"""A working day of an agency, as the page "Envios" shows it: a line of each kind, and the runs that are to come."""

from __future__ import annotations

import random
import uuid
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.utils import timezone

from agency.models import Agency, Client
from agency.text import search_key
from connections.models import Attempt, Message, WhatsAppConnection
from connections.references import REFERENCE_ALPHABET, REFERENCE_LENGTH
from reports.models import Recipient, Report, ReportSettings
from tests.reports.factories import make_settings

#: Tuesday, 09:43 in São Paulo.
NOW = datetime(2026, 11, 24, 12, 43, tzinfo=UTC)
TODAY = date(2026, 11, 24)
_UP: dict[str, Any] = {"status": "connected", "reason": ""}


def at(hour: int, minute: int = 0, day: date = TODAY) -> datetime:
    """A moment by the clock of São Paulo (UTC-3)."""
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC) + timedelta(hours=3)


def settings_of(client: Client, **fields: Any) -> ReportSettings:
    return ReportSettings.objects.filter(client=client).first() or make_settings(
        client, **({"next_run_at": at(8, day=TODAY + timedelta(days=1)), "time_of_day": "08:00", **fields})
    )


def make_report(client: Client, **fields: Any) -> Report:
    words = {
        "occurrence": str(uuid.uuid4()),
        "trigger": "schedule",
        "period": "yesterday",
        "period_start": date(2026, 11, 23),
        "period_end": date(2026, 11, 23),
        "status": "built",
        **fields,
    }
    return Report.objects.create(client=client, settings=settings_of(client), **words)


def make_send(client: Client, *names: str, report: Report | None = None, **fields: Any) -> list[Message]:
    """A report's messages, one for each name, all with these columns."""
    report = report or make_report(client, created_at=fields.get("created_at", timezone.now()))
    rows = [
        Message(
            agency=client.agency,
            client=client,
            subject=report.subject,
            dedupe_key=f"{report.subject}:{name}",
            reference="".join(random.choices(REFERENCE_ALPHABET, k=REFERENCE_LENGTH)),  # noqa: S311
            to=f"+5511987650{number:03}",
            body=f"Olá, {name}",
            expires_at=timezone.now() + timedelta(hours=6),
            **{"kind": "report", "to_name": name, "awaits_receipt": True, **fields},
        )
        for number, name in enumerate(names)
    ]
    return Message.objects.bulk_create(rows)


def sent(hour: int, minute: int = 0, day: date = TODAY, **fields: Any) -> dict[str, Any]:
    moment = at(hour, minute, day)
    return {"created_at": moment, "sent_at": moment, "status": "sent", **fields}


def make_working_day(agency: Agency) -> dict[str, Client]:
    """The clients by the first word of their names; a connected number of the agency's."""
    names = (
        *("Moda Ipê", "Café Serra Mansa", "Padaria Trigo Real", "Pet Shop Amigo Fiel", "Clínica Sorrir Bem"),
        *("Hotel Pedra da Onça", "Gráfica Impressão Certa", "Ótica Horizonte", "Restaurante Dona Lúcia"),
        *("Imobiliária Vale Verde", "Escola Pequeno Saber"),
    )
    rows = [Client(agency=agency, name=name, search_text=search_key(name)) for name in names]
    clients = {client.name.split()[0]: client for client in Client.objects.bulk_create(rows)}
    Recipient.objects.bulk_create(
        Recipient(client=client, name=f"Dono de {word}", phone="+5511987650000") for word, client in clients.items()
    )
    numbers = {word: _UP for word in clients if word != "Pet"}
    numbers["Clínica"] = {"status": "restricted", "paused_until": at(15, 30)}
    numbers["Ótica"] = {"status": "disconnected", "reason": "logged_out"}
    WhatsAppConnection.objects.bulk_create(
        WhatsAppConnection(
            agency=agency, client=clients.get(word), instance_name=word, connected_at=at(7), **numbers.get(word, _UP)
        )
        for word in (*numbers, "")
    )
    _what_went_out(clients)
    _what_is_to_come(clients)
    return clients


def _what_went_out(clients: dict[str, Client]) -> None:
    read = {"status": "read", "delivered_at": at(7, 1), "read_at": at(7, 4)}
    (alert,) = make_send(clients["Moda"], "Camila Ipê", **sent(7, **read))
    Message.objects.filter(pk=alert.pk).update(kind="alert", subject=f"alert:{uuid.uuid4()}")
    make_send(clients["Moda"], "Camila Ipê", "Davi Ipê", **sent(8, **read))
    make_send(clients["Café"], "Grupo Serra Mansa", **sent(8, 1, status="delivered", delivered_at=at(8, 1)))
    make_send(clients["Padaria"], "Seu Nelson", "Ana", **sent(8, 10))
    (by_agency,) = make_send(clients["Pet"], "Juliana Alves", **sent(9, **read, by_agency_number=True))
    Attempt.objects.create(
        message=by_agency, instance_name="x", is_fallback=True, fallback_reason="O cliente não tem WhatsApp próprio."
    )
    failed = make_send(
        clients["Clínica"], "Dr. Renato", "Bia", "Caio",
        created_at=at(9, 2), status="failed", reason="O WhatsApp pausou envios deste número.",
    )  # fmt: skip
    unsure = make_send(
        clients["Hotel"], "Recepção",
        created_at=at(9, 30), status="uncertain", uncertain_since=at(9, 38), check_at=at(9, 44),
        reason="A resposta do WhatsApp não chegou.",
    )  # fmt: skip
    Attempt.objects.bulk_create(Attempt(message=one, instance_name="x") for one in (*failed, *unsure))
    for word, reason in (
        ("Imobiliária", "Faltam 21 e 22 nov de Vale Verde Lançamentos."),
        ("Escola", "Sem destinatários."),
    ):
        make_report(
            clients[word], status="held", reason=reason, created_at=at(9), expires_at=at(9, day=TODAY + timedelta(1))
        )


def _what_is_to_come(clients: dict[str, Client]) -> None:
    moment = NOW + timedelta(seconds=20)
    make_send(clients["Gráfica"], "Wagner Tonon", status="queued", due_at=moment, slot_at=moment, created_at=NOW)
    make_send(
        clients["Ótica"], "Rogério", "Lia",
        status="queued", due_at=at(14), created_at=at(9), reason="O WhatsApp do cliente não estava conectado.",
    )  # fmt: skip
    settings_of(clients["Restaurante"], next_run_at=at(18), time_of_day="18:00")
