"""Keeps a worker process to one CPU, which no other worker of its data folder has. Decides nothing about its threads.

One thread of a process runs Python at a time, so it can use one CPU at most; where the kernel spreads its threads, each
hand-over of the interpreter is one between CPUs, and a message costs some forty context switches more. A CPU is taken
by a lock on a file in the data folder, which the kernel lets go of when the process dies. Refuses to guess: with one
CPU, without such a call (macOS), with no CPU left, or without a folder whose locks tell of this machine alone, the
process stays as it was.
https://man7.org/linux/man-pages/man2/sched_setaffinity.2.html
"""

from __future__ import annotations

import fcntl
import logging
import os
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial
from pathlib import Path

logger = logging.getLogger(__name__)

#: How names of file systems begin that another machine may share, whose locks would speak of that one's CPUs.
REMOTE = ("nfs", "cifs", "smb", "9p", "ceph", "afs", "lustre", "gpfs", "ocfs", "gfs", "glusterfs", "virtiofs", "fuse.")
MOUNTS = Path("/proc/self/mountinfo")

#: What this process holds: the lock's descriptor, open for as long as it lives, and where it might run before.
_held: tuple[int, set[int]] | None = None


def bind(folder: Path) -> int | None:
    """Keep this thread, and all that it starts from now on, to a CPU that `folder` has free; which one, or None."""
    global _held
    if _held is not None or not hasattr(os, "sched_setaffinity"):
        return None
    allowed = os.sched_getaffinity(0)
    if len(allowed) < 2:
        return None
    try:
        make_local(folder)
        taken = choose(allowed, partial(lock_of, folder))
        if taken is None:
            logger.info("Not bound to one CPU: each has a worker already.")
            return None
        cpu, lock = taken
        keep_to(cpu, lock)
    except OSError as why:
        logger.info("Not bound to one CPU: %s", why)
        return None
    _held = lock, allowed
    logger.info("Bound to CPU %s.", cpu)
    return cpu


def unbind() -> None:
    """Give the CPU back: a restart by SIGHUP replaces the program in this very process, which would stay bound."""
    global _held
    if _held is not None:
        lock, allowed = _held
        _held = None
        with suppress(OSError):  # a set of CPUs that has shrunk meanwhile must not disturb an orderly end
            os.sched_setaffinity(0, allowed)
        os.close(lock)


def choose(allowed: Iterable[int], take: Callable[[int], int | None]) -> tuple[int, int] | None:
    """The first of the allowed CPUs that can be taken, with what `take` gave for it."""
    for cpu in sorted(allowed):
        if (lock := take(cpu)) is not None:
            return cpu, lock
    return None


def keep_to(cpu: int, lock: int) -> None:
    try:
        os.sched_setaffinity(0, {cpu})
    except OSError:
        os.close(lock)
        raise


def make_local(folder: Path) -> None:
    """Have the folder; raises OSError where it cannot be made, or stands on another machine."""
    folder.mkdir(parents=True, exist_ok=True)
    kind = file_system(os.stat(folder).st_dev, MOUNTS.read_text() if MOUNTS.exists() else "")
    if kind.startswith(REMOTE):
        raise OSError(f"{folder} may be shared with other machines ({kind})")


def file_system(device: int, mounts: str) -> str:
    """What kind of file system a device holds, by the kernel's list of mounts; "" where that does not say."""
    for line in mounts.splitlines():
        place, _, source = line.partition(" - ")
        if place.split()[2:3] == [f"{os.major(device)}:{os.minor(device)}"]:
            return source.split()[0]
    return ""


def lock_of(folder: Path, cpu: int) -> int | None:
    """The descriptor of a CPU's lock, None where another process has it. Read only, so that any user's worker may."""
    descriptor = os.open(folder / str(cpu), os.O_RDONLY | os.O_CREAT, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    except OSError:
        os.close(descriptor)
        raise
    return descriptor
