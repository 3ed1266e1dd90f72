"""Measures whether delivery gets dearer as the outbox fills: `make bench-growth`.

Writes one line of JSON to stdout and everything else to stderr. What a worker delivers 1,000 messages for, in CPU, with
1,000 in the queue and with 20,000; beat's sweep rings once in each round. Then the sweep's claim query among a million
finished messages, which SQL makes, not the product.
"""

from __future__ import annotations

import statistics
import sys
import time
from typing import TYPE_CHECKING, Any

from tests.bench import outboxes
from tests.bench.processes import Target, Worker, bench, configure, tell, workers
from tests.bench.servers import say

if TYPE_CHECKING:
    from agency.models import Client

LATENCY = 50  # ms
ROUND = 1_000
FEW, MANY = 1_000, 20_000
ROUNDS = 3
#: So few that each message has a bell of its own, in both queues.
AT_ONCE = 200
FINISHED = 1_000_000
INDEX = "message_due"

_FINISHED = """
INSERT INTO connections_message (
  id, agency_id, client_id, kind, subject, dedupe_key, reference, "to", to_name, body, status, due_at, expires_at,
  sent_at, created_at, {others}
)
SELECT gen_random_uuid(), %s, (%s::uuid[])[1 + n %% %s], 'report', 'old:' || n, 'old:' || n, 'old' || to_hex(n),
  '+55119' || (30000000 + n), 'Paulo', 'Relatório',
  (array['sent', 'delivered', 'read', 'failed', 'expired'])[1 + n %% 5],
  now() - n * interval '9 seconds', now() - n * interval '8 seconds', now() - n * interval '9 seconds',
  now() - n * interval '9 seconds', {values}
FROM generate_series(1, %s) AS n
"""


def main() -> int:
    with bench() as (folder, found), Target(LATENCY) as target:
        address = f"http://127.0.0.1:{target.port}"
        configure(folder, found, EVOLUTION_API_URL=address, EVOLUTION_API_KEY="bench", ADSCAPE_MANNERS="false")
        clients = outboxes.make_clients()
        return tell({**measure_rounds(clients, target), **measure_sweep(clients)})


def measure_rounds(clients: list[Client], target: Target) -> dict[str, Any]:
    with workers(1, 64) as (worker,):
        outboxes.enqueue(outboxes.wanted(clients, 200))
        target.wait_for(200)
        worker.pause()
        few = [measure_round(clients, target, worker, FEW) for _ in range(ROUNDS)]
        many = [measure_round(clients, target, worker, MANY) for _ in range(ROUNDS)]
    say(f"CPU ms a message: {FEW} queued {few}, {MANY} queued {many}")
    low, high = statistics.median(few), statistics.median(many)
    return {"cpu_ms_1k": round(low, 2), "cpu_ms_20k": round(high, 2), "growth": round(high / low, 3)}


def measure_round(clients: list[Client], target: Target, worker: Worker, queued: int) -> float:
    """CPU ms of the worker for each message, from when it begins to when so many are answered."""
    from connections.models import Message
    from connections.tasks import deliver_due

    lacking = queued - Message.objects.filter(status="queued").count()
    outboxes.enqueue(outboxes.wanted(clients, lacking), at_once=AT_ONCE)
    began, cpu = target.count()["answered"], worker.cpu()
    deliver_due.delay()
    worker.listen()
    answered = target.wait_for(began + ROUND)
    cpu = worker.cpu() - cpu
    worker.pause()
    settle(target)
    return round(cpu * 1000 / (answered - began), 3)


def settle(target: Target) -> None:
    """Until nothing is answered any more that the worker had taken before it paused."""
    last = -1
    while last != (last := target.count()["answered"]):
        time.sleep(1)


def measure_sweep(clients: list[Client]) -> dict[str, Any]:
    fill(clients)
    queries = swept()
    claim = next(query for query in queries if "\"status\" = 'queued'" in query and "ORDER BY" in query)
    times = sorted(explain(claim)[1] for _ in range(9))
    for query in queries:
        plan, took = explain(query)
        say(f"{took:.2f} ms  {' '.join(query.split())[:80]} … {' '.join(query.split())[-160:]}\n{plan}")
    return {"sweep_ms_1m": round(statistics.median(times), 2), "uses_index": INDEX in explain(claim)[0]}


def fill(clients: list[Client]) -> None:
    """A million messages that are over, beside those in the queue."""
    from django.db import connection

    from connections.models import Message

    began = time.monotonic()
    given = {*("id", "agency", "client", "kind", "subject", "dedupe_key", "reference", "to", "to_name", "body")}
    given |= {"status", "due_at", "expires_at", "sent_at", "created_at"}
    others = [field for field in Message._meta.local_concrete_fields if field.name not in given and not field.null]
    values = [{"BooleanField": "false"}.get(kind := field.get_internal_type(), "0" if "Integer" in kind else "''")
              for field in others]  # fmt: skip
    names = [f'"{field.column}"' for field in others]
    statement = _FINISHED.format(others=", ".join(names), values=", ".join(values))
    with connection.cursor() as cursor:
        cursor.execute(statement, [clients[0].agency_id, [one.pk for one in clients], len(clients), FINISHED])
        cursor.execute("VACUUM ANALYZE connections_message")
    say(f"{FINISHED} finished messages in {time.monotonic() - began:.0f} s")


def swept() -> list[str]:
    """The queries that the product's sweep asks, as it asks them."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from connections import delivery

    with CaptureQueriesContext(connection) as captured:
        due = delivery.sweep()
    say(f"the sweep found {len(due)} due")
    return [query["sql"] for query in captured if query["sql"].startswith("SELECT")]


def explain(query: str) -> tuple[str, float]:
    """The plan of a query, and how many ms it took."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN (ANALYZE, TIMING OFF) " + query)
        lines = [row[0] for row in cursor.fetchall()]
    spent = [float(line.split(":")[1].split()[0]) for line in lines if line.startswith(("Planning Time", "Execution"))]
    return "\n".join(lines), sum(spent)


if __name__ == "__main__":
    sys.exit(main())
