"""An agency whose clients' numbers are connected, and messages for its outbox: what benchmarks begin with."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

from tests.bench.servers import say

if TYPE_CHECKING:
    from agency.models import Client
    from connections.outbox import Draft

CLIENTS = 40
_numbers = itertools.count(1)


def make_clients(count: int = CLIENTS) -> list[Client]:
    """Clients of one new agency, each with a number of its own that is connected, and the agency's."""
    from agency.models import Agency, Client
    from tests.bench.agencies import _connection

    agency = Agency.objects.create(name="Agência do envio")
    clients = [Client.objects.create(agency=agency, name=f"Cliente {number + 1}") for number in range(count)]
    for owner in (None, *clients):
        _connection(agency, owner, ("connected", "", True)).save()
    return clients


def wanted(clients: list[Client], count: int) -> list[Draft]:
    """So many messages, each for another phone."""
    from django.utils import timezone

    from connections.models import Message
    from connections.outbox import Draft

    expires_at = timezone.now() + timedelta(hours=12)
    return [
        Draft(
            agency=client.agency,
            client=client,
            kind=Message.Kind.REPORT,
            subject=f"bench:{number}",
            dedupe_key=f"bench:{number}",
            to=f"+55119{10_000_000 + number}",
            compose=text_of(client.name),
            expires_at=expires_at,
        )
        for client, number in zip(itertools.cycle(clients), itertools.islice(_numbers, count), strict=False)
    ]


def text_of(name: str) -> Callable[[str], str]:
    report = f"*Relatório de {name}*\n" + "Investimento: R$ 1.234,56 · 7.890 cliques\n" * 12
    return lambda reference: f"{report}\n#{reference}"


def enqueue(drafts: list[Draft], at_once: int = 0) -> float:
    """Through the outbox's public door, bells and all, so many `at_once`. How long that took, in seconds."""
    from connections import outbox

    began = time.monotonic()
    size = at_once or len(drafts) or 1
    for start in range(0, len(drafts), size):
        outbox.enqueue_many(drafts[start : start + size])
    taken = time.monotonic() - began
    say(f"{len(drafts)} messages enqueued in {taken:.2f} s")
    return taken


def all_sent(count: int) -> None:
    """Stops the benchmark where the outbox does not say that exactly so many were sent."""
    from django.db.models import Count

    from connections.models import Attempt, Message

    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        found = dict(Message.objects.values_list("status").annotate(Count("pk")).order_by())
        if found == {"sent": count}:
            break
        time.sleep(0.1)
    else:
        raise SystemExit(f"Expected {count} sent messages and no others: {found}")
    if (tries := Attempt.objects.count()) != count:
        raise SystemExit(f"{count} messages took {tries} tries.")


def seconds_of_last(count: int) -> float:
    """From the first claim of the newest so many tries to the last outcome."""
    from django.db.models import Max, Min

    from connections.models import Attempt

    newest = Attempt.objects.order_by("-pk").values("pk")[:count]
    found = Attempt.objects.filter(pk__in=newest).aggregate(began=Min("started_at"), ended=Max("finished_at"))
    return float((found["ended"] - found["began"]).total_seconds())
