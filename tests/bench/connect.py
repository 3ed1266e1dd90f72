"""Measures the dialog that links a WhatsApp: PostgreSQL, Redis, and the sandbox as the gateway. `make bench-connect`.

Writes one line of JSON to stdout and everything else to stderr. Opening is the dialog's POST for a client that never
had a number (create, then connect), all middleware included, in this process, so that what it waits for the gateway
can be told apart: from the last byte of each request to the head of its answer is the gateway's, all else is ours. A
poll is the dialog's GET after a webhook had the state read; it must not call the gateway.
"""

from __future__ import annotations

import http.client
import statistics
import sys
import time
from typing import Any

from tests.bench.processes import bench, beside, configure, tell
from tests.bench.servers import say
from tests.bench.stage import Sandbox

WARM_UP = 5
ROUNDS = 40
COUNTED = 5


class Waiting:
    """Counts and times what this process waits for answers over HTTP."""

    def __init__(self) -> None:
        self.calls, self.seconds = 0, 0.0
        plain = http.client.HTTPConnection.getresponse

        def timed(connection: http.client.HTTPConnection) -> http.client.HTTPResponse:
            began = time.perf_counter()
            try:
                return plain(connection)
            finally:
                self.calls += 1
                self.seconds += time.perf_counter() - began

        http.client.HTTPConnection.getresponse = timed  # type: ignore[method-assign]


def main() -> int:
    with bench() as (folder, found):
        configure(folder, found)
        with beside("sandbox"):
            return tell(measure())


def measure() -> dict[str, float]:
    from django.conf import settings
    from django.test import Client as Browser

    from agency.models import Agency, Client, Membership, User

    sandbox = Sandbox(settings.SANDBOX_PORT)
    sandbox.wait()
    agency = Agency.objects.create(name="Agência da medida")
    person = User.objects.create_user("medida@bench.exemplo", name="Rafaela Couto")
    Membership.objects.create(user=person, agency=agency)
    browser = Browser(headers={"Host": "127.0.0.1", "HX-Request": "true"})
    browser.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
    names = [f"Cliente {number + 1}" for number in range(WARM_UP + ROUNDS + COUNTED)]
    clients = [Client.objects.create(agency=agency, name=name) for name in names]
    waiting = Waiting()
    for client in clients[:WARM_UP]:
        opened(browser, client, waiting)
    cpu = time.process_time()
    times = [opened(browser, client, waiting) for client in clients[WARM_UP : WARM_UP + ROUNDS]]
    cpu = (time.process_time() - cpu) * 1000 / ROUNDS
    ours, gateways = ([one[part] * 1000 for one in times] for part in (0, 1))
    cuts = statistics.quantiles(ours, n=20)
    say(f"connect: ours p50 {cuts[9]:.2f} ms, p95 {cuts[18]:.2f} ms of {ROUNDS} openings; {cpu:.2f} ms of CPU each")
    counted = clients[WARM_UP + ROUNDS :]
    return {
        "overhead_ms": round(statistics.median(ours), 2),
        "gateway_ms": round(statistics.median(gateways), 2),
        "open_queries": max(queries_of(lambda one=one: opened(browser, one, waiting)) for one in counted),
        "poll_queries": max(polled(browser, one, waiting) for one in counted),
    }


def opened(browser: Any, client: Any, waiting: Waiting) -> tuple[float, float]:
    """Seconds that were ours, and the gateway's, until the QR was there."""
    from django.urls import reverse

    before, began = waiting.seconds, time.perf_counter()
    response = browser.post(reverse("connections:connect", args=[client.pk]))
    taken, gateways = time.perf_counter() - began, waiting.seconds - before
    check(response)
    return taken - gateways, gateways


def polled(browser: Any, client: Any, waiting: Waiting) -> int:
    """Queries of the poll that follows a webhook, which is worked on as a worker does."""
    from django.urls import reverse

    from connections.models import WebhookEvent, WhatsAppConnection
    from connections.webhooks.work import REREAD_GAP, work

    own = WhatsAppConnection.objects.get(client=client)
    WhatsAppConnection.objects.filter(pk=own.pk).update(last_seen_at=own.last_seen_at - REREAD_GAP)
    WebhookEvent.objects.create(connection=own, event="CONNECTION_UPDATE", data={"state": "connecting"})
    work()
    calls, answers = waiting.calls, []
    queries = queries_of(lambda: answers.append(browser.get(reverse("connections:qr_status", args=[client.pk]))))
    check(answers[0])
    if waiting.calls != calls:
        raise SystemExit(f"A poll after a webhook made {waiting.calls - calls} calls to the gateway.")
    return queries


def queries_of(action: Any) -> int:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as taken:
        action()
    return len(taken)


def check(response: Any) -> None:
    if response.status_code != 200 or b'<div class="qr ' not in response.content:
        raise SystemExit(
            f"Not the QR that is to be measured: status {response.status_code}, {response.content[:500]!r}"
        )


if __name__ == "__main__":
    sys.exit(main())
