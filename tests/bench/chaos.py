"""`make chaos`: the whole product while everything around it fails, and then a count of what the phones received.

Writes one line of JSON to stdout and everything else to stderr; exit code 1 where a message was lost or came twice.
Servers are always private ones, for they are killed. `--short` is for the gate. CHAOS_SEED repeats what is left to
chance (threads and processes go on racing), CHAOS_KEEP=1 keeps logs and databases.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import sys
import tempfile
import time
from argparse import ArgumentParser
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from adscape.valkey import is_free
from tests.bench.outboxes import text_of
from tests.bench.processes import configure, end_on_sigterm, free_port
from tests.bench.servers import Private, private_servers, say
from tests.bench.stage import PROCESSES, Misfortune, Sandbox, Stage

if TYPE_CHECKING:
    from agency.models import Client
    from connections.outbox import Draft


@dataclass(frozen=True, slots=True)
class Plan:
    """How much, and for how long things go wrong; `patience` is how long everything may take to settle afterwards."""

    messages: int
    seconds: float
    clients: int
    window: int
    scale: float
    patience: float


LONG = Plan(messages=1_200, seconds=200, clients=12, window=24, scale=0.05, patience=300)
SHORT = Plan(messages=160, seconds=16, clients=4, window=8, scale=0.03, patience=60)


def main() -> int:
    parser = ArgumentParser()
    parser.add_argument("--short", action="store_true")
    plan = SHORT if parser.parse_args().short else LONG
    seed = int(os.environ.get("CHAOS_SEED") or random.SystemRandom().randrange(2**31))
    keep = bool(os.environ.get("CHAOS_KEEP"))
    say(f"chaos: CHAOS_SEED={seed}")
    end_on_sigterm()
    folder = Path(tempfile.mkdtemp(prefix="adscape-chaos-"))
    try:
        with private_servers() as servers:
            port = two_ports()
            configure(
                folder,
                servers,
                PORT=str(port),
                ADSCAPE_MANNERS="false",
                ADSCAPE_SEND_TIMEOUT="3",
                ADSCAPE_SEND_LEASE="9",
                ADSCAPE_UNCERTAIN_WINDOW=str(plan.window),
                ADSCAPE_WAIT_SCALE=str(plan.scale),
                ADSCAPE_WORKER_THREADS="8",
            )
            assert servers.private is not None
            result = run(plan, folder, Sandbox(port + 1), servers.private, random.Random(seed))  # noqa: S311
    finally:
        if keep:
            say(f"chaos: kept in {folder}")
        else:
            shutil.rmtree(folder, ignore_errors=True)
    sys.stdout.write(json.dumps(result) + "\n")
    return 1 if result["lost"] or result["duplicated"] else 0


def two_ports() -> int:
    """The product's and the next, the sandbox's."""
    while not is_free((port := free_port()) + 1):
        pass
    return port


def run(plan: Plan, folder: Path, sandbox: Sandbox, private: Private, dice: random.Random) -> dict[str, Any]:
    from tests.bench import aftermath
    from tests.bench.people import link_numbers

    began = time.monotonic()
    with Stage(folder) as stage:
        stage.start("sandbox", "web")
        sandbox.wait()
        sandbox.ask("POST", "pace", webhook_wait=0.5, webhook_max_wait=4, delivery_ack=0.6, server_ack=0.2)
        clients = link_numbers(plan.clients, sandbox)
        say(f"chaos: {plan.clients} numbers are linked ({time.monotonic() - began:.0f} s)")
        stage.start(*[name for name in PROCESSES if name not in ("sandbox", "web")])
        misfortune = Misfortune(stage, sandbox, private, dice, plan.seconds)
        misfortune.begin()
        seen = aftermath.Watch()
        enqueue_all(plan, clients, dice, seen)
        misfortune.end()
        say(f"chaos: all is well again ({time.monotonic() - began:.0f} s); struck: {dict(misfortune.struck)}")
        asked = aftermath.settle(sandbox, seen, plan.patience)
        verdict = aftermath.verdict(sandbox)
        if verdict["lost"] or verdict["duplicated"]:
            for name in PROCESSES:
                say(f"--- {name}\n{stage.tail(name)}")
    settled = len(seen.uncertain - asked)
    figures = {"uncertain_settled": settled, "uncertain_asked": len(asked), "kills": stage.kills}
    return {**verdict, **figures, "seconds": round(time.monotonic() - began, 1)}


def enqueue_all(plan: Plan, clients: list[Client], dice: random.Random, seen: Any) -> None:
    """All messages, in bursts spread over the time of trouble, each at least once until the outbox has it."""
    began, number = time.monotonic(), 0
    while number < plan.messages:
        burst = min(dice.choice((1, 1, 2, 3, 5, 8, 20)), plan.messages - number)
        enqueue(drafts(clients, range(number, number + burst), dice))
        number += burst
        seen.look()
        due = began + plan.seconds * number / plan.messages
        while time.monotonic() < due:
            time.sleep(min(0.5, max(0.0, due - time.monotonic())))
            seen.look()


def drafts(clients: list[Client], numbers: range, dice: random.Random) -> list[Draft]:
    from datetime import timedelta

    from django.utils import timezone

    from connections.models import Message
    from connections.outbox import Draft

    found = []
    for number in numbers:
        client = dice.choice(clients)
        found.append(
            Draft(
                agency=client.agency,
                client=client,
                kind=Message.Kind.REPORT,
                subject=f"chaos:{number}",
                dedupe_key=f"chaos:{number}",
                to=f"+55119{20_000_000 + number}",
                compose=text_of(client.name),
                expires_at=timezone.now() + timedelta(hours=6),
            )
        )
    return found


def enqueue(wanted: list[Draft]) -> None:
    """The same keys again where the answer of the database was lost: each is one message all the same."""
    from django.db import DatabaseError, connections

    from connections import outbox

    deadline = time.monotonic() + 60
    while True:
        try:
            outbox.enqueue_many(wanted)
        except DatabaseError:
            if time.monotonic() > deadline:
                raise
            connections.close_all()
            time.sleep(0.2)
        else:
            return


if __name__ == "__main__":
    sys.exit(main())
