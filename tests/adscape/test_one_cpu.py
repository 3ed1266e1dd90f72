"""A worker keeps to a CPU that no other has: the choice, real processes that compete, and Celery's own worker.

Nothing is skipped on a machine with one CPU: there the processes must stay as they were, and locks are tried by number.
"""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings

from adscape import launcher, one_cpu
from adscape.celery import app
from tests.processes.product import wait_until

ROOT = Path(__file__).resolve().parents[2]
CPUS = sorted(os.sched_getaffinity(0))[:2]  # two at most, so that a third worker is one too many on any machine
HAS_CHOICE = len(CPUS) > 1
#: Binds itself under the folder named first, to one of the CPUs named after it; says what came of it, and waits.
CHILD = """
import json, logging, os, sys
from pathlib import Path
from adscape import one_cpu
logging.basicConfig(level="INFO", format="%(message)s", stream=sys.stderr)
os.sched_setaffinity(0, map(int, sys.argv[2:]))
cpu = one_cpu.bind(Path(sys.argv[1]))
print(json.dumps([cpu, sorted(os.sched_getaffinity(0))]), flush=True)
sys.stdin.read()
"""
#: Takes locks by number, which needs no such CPU.
HOLDER = """
import sys
from functools import partial
from pathlib import Path
from adscape import one_cpu
print(one_cpu.choose({0, 1}, partial(one_cpu.lock_of, Path(sys.argv[1]))) is not None, flush=True)
sys.stdin.read()
"""
Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts a child of ours; what still runs at the end is killed."""
    children: list[subprocess.Popen[str]] = []

    def start(code: str, *arguments: object) -> subprocess.Popen[str]:
        pipe = subprocess.PIPE
        command = [sys.executable, "-c", code, *map(str, arguments)]
        children.append(subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, stderr=pipe, text=True))
        return children[-1]

    yield start
    for child in children:
        kill(child)
        for stream in (child.stdin, child.stdout, child.stderr):
            assert stream is not None
            stream.close()


def kill(child: subprocess.Popen[str]) -> None:
    child.kill()
    child.wait()


def said(child: subprocess.Popen[str]) -> str:
    assert child.stdout is not None
    return child.stdout.readline().strip()


def logged(child: subprocess.Popen[str]) -> list[str]:
    """What it logged until it ended."""
    return child.communicate("", timeout=30)[1].splitlines()


@pytest.mark.parametrize(
    ("allowed", "taken", "chosen"),
    [
        ({0, 1}, set(), 0),
        ({0, 1}, {0}, 1),
        ({0, 1}, {0, 1}, None),
        ({11, 9, 10}, set(), 9),  # only what the process may use: never 0 because it is free
        ({11, 9, 10}, {9, 10}, 11),
        ({2, 3}, {0, 1}, 2),
        (set(), set(), None),
    ],
)
def test_the_first_free_cpu_of_those_allowed_is_chosen(allowed: set[int], taken: set[int], chosen: int | None) -> None:
    found = one_cpu.choose(allowed, lambda cpu: None if cpu in taken else 100 + cpu)

    assert found == (None if chosen is None else (chosen, 100 + chosen))


def test_two_workers_have_a_cpu_each_and_a_third_stays_free(tmp_path: Path, start: Start) -> None:
    children = [start(CHILD, tmp_path / "cpus", *CPUS) for _ in range(2)]  # both at once
    two = sorted(said(child) for child in children)
    third = start(CHILD, tmp_path / "cpus", *CPUS)

    assert two == ([f"[{cpu}, [{cpu}]]" for cpu in CPUS] if HAS_CHOICE else [f"[null, {CPUS}]"] * 2)
    assert said(third) == f"[null, {CPUS}]"
    assert logged(third) == (["Not bound to one CPU: each has a worker already."] if HAS_CHOICE else [])


def test_a_killed_worker_gives_its_cpu_back(tmp_path: Path, start: Start) -> None:
    first = start(CHILD, tmp_path / "cpus", *CPUS)
    was = said(first)
    second = start(CHILD, tmp_path / "cpus", *CPUS)
    assert (said(second) != was) == HAS_CHOICE

    kill(first)

    assert said(start(CHILD, tmp_path / "cpus", *CPUS)) == was


def test_locks_are_of_processes_and_end_with_them(tmp_path: Path, start: Start) -> None:
    first, second, third = [start(HOLDER, tmp_path) for _ in range(3)]
    assert sorted(map(said, (first, second, third))) == ["False", "True", "True"]

    for child in (first, second, third):
        kill(child)

    assert said(start(HOLDER, tmp_path)) == "True"


def test_with_one_cpu_nothing_is_done(tmp_path: Path, start: Start) -> None:
    child = start(CHILD, tmp_path / "cpus", CPUS[0])

    assert said(child) == f"[null, [{CPUS[0]}]]"
    assert logged(child) == []
    assert not (tmp_path / "cpus").exists()


def test_a_folder_that_cannot_be_written_is_said_once(tmp_path: Path, start: Start) -> None:
    (tmp_path / "file").touch()
    child = start(CHILD, tmp_path / "file" / "cpus", *CPUS)

    assert said(child) == f"[null, {CPUS}]"
    lines = logged(child)
    assert len(lines) == HAS_CHOICE
    assert all(line.startswith("Not bound to one CPU: ") and str(tmp_path) in line for line in lines)


def test_without_the_call_nothing_is_done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "sched_setaffinity")  # as on macOS

    assert one_cpu.bind(tmp_path / "cpus") is None
    assert not (tmp_path / "cpus").exists()


@pytest.mark.parametrize(("kind", "refused"), [("ext4", False), ("overlay", False), ("nfs4", True), ("cifs", True)])
def test_a_folder_of_another_machine_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, refused: bool
) -> None:
    device = os.stat(tmp_path).st_dev
    mounts = tmp_path / "mountinfo"
    mounts.write_text(
        "22 27 0:65000 / /proc rw,relatime - proc proc rw\n"
        f"31 27 {os.major(device)}:{os.minor(device)} / /data rw,noatime shared:9 - {kind} somewhere rw\n"
    )
    monkeypatch.setattr(one_cpu, "MOUNTS", mounts)

    if refused:
        with pytest.raises(OSError, match=f"may be shared with other machines .{kind}."):
            one_cpu.make_local(tmp_path / "cpus")
    else:
        one_cpu.make_local(tmp_path / "cpus")


class Worker:
    """Celery's worker as the product starts it, on a queue of its own."""

    def __init__(self, folder: Path, *more: str, **environment: str) -> None:
        self.queue, self.log = f"one-cpu-{secrets.token_hex(4)}", folder / "log"
        command = [*launcher.commands(settings)["worker"], "-n", f"{self.queue}@test", "-Q", self.queue, *more]
        env = launcher.environment() | {"ADSCAPE_DATA_DIR": str(folder), "DJANGO_SETTINGS_MODULE": "adscape.settings"}
        with self.log.open("a") as log:
            self.process = subprocess.Popen(command, cwd=ROOT, env=env | environment, stdout=log, stderr=log)

    def runs_on(self) -> list[str]:
        """Where it may run: each different answer of its threads, or of the processes of its pool."""
        with app.connection_for_write() as connection:  # of its own: another test may have closed the pool of them
            # Starts a thread of the pool, and does no more.
            app.send_task("celery.accumulate", [1], queue=self.queue, connection=connection)
        pid = self.process.pid
        wait_until(lambda: len(threads_of(pid)) + len(children_of(pid)) > 1, f"the pool, {self.log.read_text()}")
        return sorted({cpus_of(task) for who in (pid, *children_of(pid)) for task in threads_of(who)})


def threads_of(pid: int) -> list[Path]:
    return list(Path(f"/proc/{pid}/task").iterdir())


def children_of(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def cpus_of(task: Path) -> str:
    """The kernel's words for where a thread may run."""
    lines = (task / "status").read_text().splitlines()
    return next(line.split()[1] for line in lines if line.startswith("Cpus_allowed_list"))


EVERYWHERE = cpus_of(Path("/proc/self"))
ON_ONE = str(CPUS[0]) if HAS_CHOICE else EVERYWHERE


@pytest.fixture
def worker(tmp_path: Path) -> Iterator[Callable[..., Worker]]:
    running: list[Worker] = []

    def start(*more: str, **environment: str) -> Worker:
        running.append(Worker(tmp_path, *more, **environment))
        return running[-1]

    yield start
    for one in running:
        one.process.terminate()
        one.process.wait(30)


@pytest.mark.processes
def test_all_threads_of_celerys_worker_keep_to_it(worker: Callable[..., Worker]) -> None:
    started = worker()

    assert started.runs_on() == [ON_ONE]
    assert started.log.read_text().count(f"Bound to CPU {ON_ONE}.") == HAS_CHOICE


@pytest.mark.processes
def test_a_restart_by_sighup_chooses_anew(worker: Callable[..., Worker]) -> None:
    started = worker()
    started.runs_on()
    started.process.send_signal(signal.SIGHUP)
    wait_until(lambda: started.log.read_text().count(" ready.") == 2, "the second start")

    assert started.runs_on() == [ON_ONE]
    assert started.log.read_text().count(f"Bound to CPU {ON_ONE}.") == 2 * HAS_CHOICE


@pytest.mark.processes
def test_switched_off_it_may_run_everywhere(worker: Callable[..., Worker], tmp_path: Path) -> None:
    assert worker(ADSCAPE_BIND_WORKERS="false").runs_on() == [EVERYWHERE]
    assert not (tmp_path / "cpus").exists()


@pytest.mark.processes
def test_the_processes_of_another_pool_need_all_cpus(worker: Callable[..., Worker], tmp_path: Path) -> None:
    assert worker("-P", "processes", "-c", "2").runs_on() == [EVERYWHERE]
    assert not (tmp_path / "cpus").exists()
