"""The product's processes on their stage for `make chaos`, and what befalls them. Judges nothing.

A process that ends by itself is started again, as a supervisor would, and that is said; what the run kills it counts.
"""

from __future__ import annotations

import json
import random
import subprocess
import threading
import time
import urllib.request
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import Any

from tests.bench.processes import start
from tests.bench.servers import Private, say

PROCESSES = ("sandbox", "web", "beat", "worker@one", "worker@two")
WORKERS = ("worker@one", "worker@two")

#: Of each send, what befalls it: every row of the gateway's table of answers, and what comes after a 201.
SENDS = {
    **dict.fromkeys(("reset_before_send", "reset_after_send", "proxy_502", "proxy_504", "error_500", "closed"), 0.02),
    **dict.fromkeys(("lookup_timeout", "not_loaded", "recorded_late", "slow_answer", "slow_send", "hang"), 0.015),
    **dict.fromkeys(("sent_400", "sent_not_recorded", "not_on_whatsapp", "ack_error", "no_receipts"), 0.01),
    "delay": 0.15,  # so that a worker that is killed has something in hand
}
HOOKS = {"webhook_late": 0.1, "webhook_shuffled": 0.2, "webhook_doubled": 0.15}


#: A run shorter than this (seconds) has no time for a gateway that hangs until claiming stops.
HANGS_FROM = 60


class Sandbox:
    """The control API of the stand-in gateway, and its phones."""

    def __init__(self, port: int) -> None:
        self._base = f"http://127.0.0.1:{port}/sandbox/"

    def ask(self, method: str, path: str, **given: Any) -> dict[str, Any]:
        body = json.dumps(given).encode() if given else None
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(self._base + path, body, headers, method=method)  # noqa: S310
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
            found: dict[str, Any] = json.load(answer)
            return found

    def wait(self) -> None:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            with suppress(OSError):
                self.ask("GET", "pace")
                return
            time.sleep(0.1)
        raise SystemExit("The sandbox does not answer.")


class Stage:
    """Starts, watches and kills the processes; ends all of them with the block."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self._folder, self._environment = folder, environment
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._watch = threading.Thread(target=self._supervise, daemon=True)
        self.kills = 0

    def __enter__(self) -> Stage:
        self._watch.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._watch.join()
        for process in self._running.values():
            process.terminate()
        for process in self._running.values():
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def start(self, *names: str) -> None:
        for name in names:
            with self._lock, (self._folder / f"{name}.log").open("ab") as log:
                self._running[name] = start(name, log=log, **self._environment)

    def kill(self, name: str, back_after: float) -> None:
        """SIGKILL, and the same process again after a moment."""
        with self._lock:
            process = self._running.pop(name)
            process.kill()
            process.wait()
            self.kills += 1
        time.sleep(back_after)
        self.start(name)

    def _supervise(self) -> None:
        while not self._over.wait(0.5):
            with self._lock:
                ended = [name for name, process in self._running.items() if process.poll() is not None]
                codes = {name: self._running.pop(name).returncode for name in ended}
            for name, code in codes.items():
                say(f"chaos: {name} ended by itself with {code}; started again\n{self.tail(name, 12)}")
                self.start(name)

    def tail(self, name: str, lines: int = 30) -> str:
        return "\n".join((self._folder / f"{name}.log").read_text(errors="replace").splitlines()[-lines:])


class Misfortune:
    """What befalls the stage in `seconds`, by a seed: at most one thing at a time, each of them often enough."""

    def __init__(self, stage: Stage, sandbox: Sandbox, private: Private, dice: random.Random, seconds: float) -> None:
        self._stage, self._sandbox, self._private, self._dice = stage, sandbox, private, dice
        self._seconds, self._over = seconds, threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.failed: BaseException | None = None
        self.struck: Counter[str] = Counter()

    def begin(self) -> None:
        self.strike_sends()
        self._thread.start()

    def end(self) -> None:
        """Nothing more befalls anybody; what was begun is finished first."""
        self._over.set()
        self._thread.join()
        self._count()
        self._sandbox.ask("DELETE", "faults")
        if self.failed is not None:
            raise self.failed

    def strike_sends(self, sends: dict[str, float] = SENDS) -> None:
        """Longer than the send timeout where something is to be answered too late."""
        seconds = {"slow_answer": 4, "slow_send": 4, "hang": 4, "lookup_timeout": 1, "recorded_late": 3, "delay": 1.5}
        self._count()
        rates = {**sends, **HOOKS}
        self._sandbox.ask("POST", "chaos", rates=rates, seed=self._dice.randrange(2**31), seconds=seconds)

    def _count(self) -> None:
        self.struck += Counter(self._sandbox.ask("GET", "chaos")["struck"])

    def _run(self) -> None:
        try:
            while not self._over.is_set():
                for what in self._round():
                    if self._over.wait(self._dice.uniform(0.5, 1.5) * max(1.0, self._seconds / 80)):
                        return
                    say(f"chaos: {what.__name__.strip('_').replace('_', ' ')}")
                    what()
        except BaseException as error:  # noqa: BLE001  told by `end`, in the thread that asks
            self.failed = error

    def _round(self) -> list[Any]:
        """Each thing once, in a shuffled order; the death of a worker between any two."""
        things = [self._flush_redis, self._restart_redis, self._restart_postgres, self._lose_webhooks]
        if self._seconds >= HANGS_FROM:
            things.append(self._hang_for_a_while)
        self._dice.shuffle(things)
        return [one for thing in things for one in (thing, self._kill_a_worker)]

    def _kill_a_worker(self) -> None:
        self._stage.kill(self._dice.choice(WORKERS), self._dice.uniform(0.1, 2))

    def _flush_redis(self) -> None:
        self._private.flush_redis()

    def _restart_redis(self) -> None:
        self._private.stop_redis()
        time.sleep(self._dice.uniform(0.2, 2))
        self._private.start_redis()

    def _restart_postgres(self) -> None:
        self._private.stop_postgres("immediate")
        time.sleep(self._dice.uniform(0.1, 1))
        self._private.start_postgres()

    def _lose_webhooks(self) -> None:
        """Of sends and of connections; what WhatsApp refuses later is told by a receipt alone, so those stay."""
        for event in ("SEND_MESSAGE", "CONNECTION_UPDATE"):
            self._sandbox.ask("POST", "faults", kind="webhook_lost", event=event, times=self._dice.randint(1, 8))

    def _hang_for_a_while(self) -> None:
        """Long enough for the workers to stop claiming."""
        self.strike_sends({kind: rate / 5 for kind, rate in SENDS.items()} | {"hang": 0.85})
        self._over.wait(8)
        self.strike_sends()
