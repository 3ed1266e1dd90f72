"""What people do in `make chaos`: link numbers before it, and answer for what stayed uncertain after it."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING

from tests.bench.servers import say
from tests.bench.stage import Sandbox

if TYPE_CHECKING:
    from agency.models import Agency, Client, User


def link_numbers(count: int, sandbox: Sandbox) -> list[Client]:
    """Clients of a new agency, each with a number of its own that was linked by QR, and the agency's."""
    from agency.models import Agency, Client, Membership, User

    agency = Agency.objects.create(name="Agência do caos")
    person = User.objects.create_user("caos@bench.exemplo", name="Rafaela Couto")
    Membership.objects.create(user=person, agency=agency)
    clients = [Client.objects.create(agency=agency, name=f"Cliente {number + 1}") for number in range(count)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda one: _link(agency, one[1], one[0], sandbox), enumerate([None, *clients])))
    return clients


def _link(agency: Agency, client: Client | None, number: int, sandbox: Sandbox) -> None:
    """As on the page: ask for a QR until it is there, scan it, look until it is connected."""
    from django.db import connection as database

    from connections import services
    from connections.evolution import EvolutionError

    deadline, scanned = time.monotonic() + 60, False
    while time.monotonic() < deadline:
        with suppress(EvolutionError):
            found = services.connect(agency, client)
            if found.is_connected:
                break
            if found.has_qr and not scanned:
                name = client.name if client else agency.name
                sandbox.ask(
                    "POST", "scan", instance=found.instance_name, phone=f"+55119{7_000_000 + number:08d}", name=name
                )
                scanned = True
        time.sleep(0.3)
    else:
        raise SystemExit(f"{client or agency} was not linked.")
    database.close()


def decide(person: User, on_phone: set[str]) -> list[object]:
    """Answers for every uncertain message that nobody looks for any more, by a look at the phone. Which ones."""
    from connections import uncertain
    from connections.models import Message

    waiting = list(Message.objects.filter(status="uncertain", check_at=None).select_related("agency", "client"))
    there = uncertain.received([one for one in waiting if one.reference in on_phone], person)
    again = uncertain.send_again([one for one in waiting if one.reference not in on_phone], person)
    if waiting:
        say(f'chaos: answered {len(there.done)} with "Foi recebida", {len(again.done)} with "Enviar de novo"')
    return [one.pk for one in waiting]


def try_again() -> int:
    """Presses "Tentar de novo" on what failed or expired; how many."""
    from django.utils import timezone

    from connections import outbox
    from connections.models import Message

    failed = list(Message.objects.filter(status__in=["failed", "expired"]))
    return sum(outbox.try_again(one, expires_at=timezone.now() + timedelta(hours=1)) for one in failed)
