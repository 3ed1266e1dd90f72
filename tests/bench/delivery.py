"""Measures delivery: PostgreSQL, Redis, a real worker, a gateway that takes 200 ms. `make bench-delivery`.

Writes one line of JSON to stdout and everything else to stderr. The bells of all messages are in Redis before the clock
starts, so that nothing but delivery is measured: it starts when the first message is claimed and ends when the outcome
of the last one is written. Worker and threads are warm by then. No beat runs: its sweep rings every 30 s.
"""

from __future__ import annotations

import os
import sys

from tests.bench import outboxes
from tests.bench.processes import Memory, Target, bench, configure, machine_cpu, tell, workers
from tests.bench.servers import say
from tests.bench.statements import Statements

LATENCY = 200  # ms
MESSAGES = 2_000
MANY = 10_000
WARM_UP = 200


def main() -> int:
    with bench() as (folder, found), Target(LATENCY) as target:
        address = f"http://127.0.0.1:{target.port}"
        configure(folder, found, EVOLUTION_API_URL=address, EVOLUTION_API_KEY="bench", ADSCAPE_MANNERS="false")
        return tell(measure(target))


def measure(target: Target) -> dict[str, float]:
    clients = outboxes.make_clients()
    one = run(clients, target, processes=1, threads=64)
    two = run(clients, target, processes=2, threads=100)
    limit = 64 / (LATENCY / 1000)
    enqueue_s = outboxes.enqueue(outboxes.wanted(clients, MANY))
    return {
        "messages_per_s": round(one["per_s"], 1),
        "limit_per_s": round(limit, 1),
        "ratio": round(one["per_s"] / limit, 3),
        "cpu_ms_per_message": round(one["cpu_ms"], 2),
        "queries_per_message": round(one["queries"], 2),
        "enqueue_10k_s": round(enqueue_s, 2),
        "rss_growth": round(one["growth"], 3),
        "messages_per_s_2x100": round(two["per_s"], 1),
    }


def run(clients: list, target: Target, *, processes: int, threads: int) -> dict[str, float]:  # type: ignore[type-arg]
    with workers(processes, threads) as running:
        before = target.count()["answered"]
        outboxes.enqueue(outboxes.wanted(clients, WARM_UP))
        target.wait_for(before + WARM_UP)
        outboxes.all_sent(before + WARM_UP)
        for worker in running:
            worker.pause()
        outboxes.enqueue(outboxes.wanted(clients, MESSAGES))
        statements = Statements()
        cpu, machine = sum(worker.cpu() for worker in running), machine_cpu()
        with Memory(running[0]) as memory:
            for worker in running:
                worker.listen()
            target.wait_for(before + WARM_UP + MESSAGES)
            outboxes.all_sent(before + WARM_UP + MESSAGES)
        cpu, machine = sum(worker.cpu() for worker in running) - cpu, machine_cpu() - machine
        queries = statements.each(MESSAGES)
    check(target, before + WARM_UP + MESSAGES)
    per_s = MESSAGES / outboxes.seconds_of_last(MESSAGES)
    found = {"per_s": per_s, "cpu_ms": cpu * 1000 / MESSAGES, "queries": queries, "growth": memory.growth()}
    of_machine = f"the machine was at work for {machine * 1000 / MESSAGES:.2f} ms a message"
    say(f"{processes} × {threads}: {found}; {of_machine}, of {os.cpu_count()} × {1000 / per_s:.2f} ms")
    return found


def check(target: Target, messages: int) -> None:
    """A figure for a delivery that loses or repeats something is worth nothing."""
    count = target.count()
    if count != {"answered": messages, "different": messages}:
        raise SystemExit(f"{messages} messages, but the gateway says {count}.")


if __name__ == "__main__":
    sys.exit(main())
