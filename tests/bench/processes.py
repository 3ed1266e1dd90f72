"""The product's own processes for a benchmark: its environment, a worker that answers, what a process costs.

Starts what `make run` starts, by the same commands. Measures processes by /proc, so Linux only.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from adscape.launcher import ROOT, commands
from tests.bench.page import free_port
from tests.bench.servers import Servers, start_tied
from tests.bench.servers import servers as private_servers

QUEUE = "adscape"
_TICKS = os.sysconf("SC_CLK_TCK")


def end_on_sigterm() -> None:
    """So that a benchmark that is ended also ends what it started."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)


@contextmanager
def bench() -> Iterator[tuple[Path, Servers]]:
    """A data folder of its own and private servers, for as long as something is measured."""
    end_on_sigterm()
    folder = Path(tempfile.mkdtemp(prefix="adscape-bench-"))
    try:
        with private_servers() as found:
            yield folder, found
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def tell(result: Mapping[str, Any]) -> int:
    """The one line on standard output; the exit code of a benchmark that came to its end."""
    sys.stdout.write(json.dumps(result) + "\n")
    return 0


def configure(folder: Path, servers: Servers, **more: str) -> None:
    """Settings that know nothing of this machine's own product; sets this process's Django up, too."""
    for name in list(os.environ):
        if name.startswith(("ADSCAPE_", "EVOLUTION_", "EMAIL_URL", "PORT", "SENTRY_", "DJANGO_")):
            del os.environ[name]
    os.environ |= {
        "ADSCAPE_ENV_FILE": "",
        "ADSCAPE_DATA_DIR": str(folder),
        "DJANGO_SETTINGS_MODULE": "adscape.settings",
        "DATABASE_URL": servers.database_url,
        "CELERY_BROKER_URL": servers.broker_url,
        "PORT": str(free_port()),
        **more,
    }
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)


def start(name: str, *, log: Any = None, **environment: str) -> subprocess.Popen[bytes]:
    """One of the product's processes: web, worker, beat or sandbox; a worker may be called `worker@something`."""
    from django.conf import settings

    kind, _, node = name.partition("@")
    command = commands(settings)[kind]
    if node:
        command = [*command, "-n", f"{node}@bench"]
    quiet = "ignore:You're running the worker with superuser privileges"
    return start_tied(
        *command,
        cwd=ROOT,
        env={**os.environ, "PYTHONWARNINGS": quiet, **environment},
        stdout=log or sys.stderr,
        stderr=log or sys.stderr,
    )


@contextmanager
def beside(name: str) -> Iterator[None]:
    """One of the product's processes for as long as something is measured against it."""
    process = start(name)
    try:
        yield
    finally:
        process.terminate()
        process.wait(timeout=30)


class Worker:
    """A worker process that can be told to listen to the queue and to stop listening."""

    def __init__(self, node: str, threads: int) -> None:
        from adscape.celery import app

        self._control, self.name = app.control, f"{node}@bench"
        self.process = start(f"worker@{node}", ADSCAPE_WORKER_THREADS=str(threads))
        self._ask(lambda: self._control.ping(destination=[self.name], timeout=1))

    def listen(self) -> None:
        self._control.add_consumer(QUEUE, destination=[self.name])

    def pause(self) -> None:
        """What it has taken already it finishes; returns when it takes nothing new."""
        self._ask(lambda: self._control.cancel_consumer(QUEUE, destination=[self.name], reply=True, timeout=5))

    def _ask(self, question: Any) -> None:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and self.process.poll() is None:
            if question():
                return
        raise SystemExit(f"{self.name} does not answer.")

    def cpu(self) -> float:
        """Seconds of user and system time so far, of all its threads."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS

    def rss(self) -> int:
        """Bytes in memory now."""
        pages = int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")

    def stop(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def machine_cpu() -> float:
    """Seconds that all processors of the machine have been at work."""
    fields = Path("/proc/stat").read_text().splitlines()[0].split()[1:]
    return sum(int(field) for number, field in enumerate(fields[:8]) if number not in (3, 4)) / _TICKS


@contextmanager
def workers(count: int, threads: int) -> Iterator[list[Worker]]:
    """So many worker processes that answer, and that listen to the queue."""
    running: list[Worker] = []
    try:
        for number in range(count):
            running.append(Worker(f"worker{number}", threads))
        yield running
    finally:
        for worker in running:
            worker.stop()


class Memory:
    """Watches the memory of one worker while it runs."""

    def __init__(self, worker: Worker) -> None:
        self._worker, self._over = worker, threading.Event()
        self._seen: list[int] = []
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Memory:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(0.05):
            self._seen.append(self._worker.rss())

    def growth(self) -> float:
        """The mean of the last quarter of the run over that of the first."""
        quarter = max(1, len(self._seen) // 4)
        return statistics.mean(self._seen[-quarter:]) / statistics.mean(self._seen[:quarter])


class Target:
    """The gateway of `tests.bench.target`, in a process of its own."""

    def __init__(self, milliseconds: int) -> None:
        self.port = free_port()
        command = [sys.executable, "-m", "tests.bench.target", str(self.port), str(milliseconds)]
        self._process = start_tied(*command, cwd=ROOT)
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            with suppress(OSError):
                self.count()
                return
            time.sleep(0.05)
        raise SystemExit("The target does not answer.")

    def count(self) -> dict[str, int]:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/count", timeout=10) as answer:
            found: dict[str, int] = json.load(answer)
            return found

    def wait_for(self, answered: int, patience: float = 40) -> int:
        """Until it has answered so many, in all; how many it had answered then. Gives up when nothing comes for long:
        only after beat's sweep would have rung, if there were one."""
        last, changed = 0, time.monotonic()
        while time.monotonic() < changed + patience:
            if (now := self.count()["answered"]) >= answered:
                return now
            if now != last:
                last, changed = now, time.monotonic()
            time.sleep(0.1)  # the database says when the last one ended; asking more often takes from what is measured
        raise SystemExit(f"The target has answered {self.count()}, {answered} were expected.")

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(10)

    def __enter__(self) -> Target:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
