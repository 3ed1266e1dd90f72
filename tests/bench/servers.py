"""PostgreSQL and Redis for a benchmark: those that the environment names, or private ones that end with the run.

Measures nothing. Private servers need Debian's postgresql and redis-server; without them a benchmark says so and stops.
"""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
from psycopg import sql
from redis import Redis, RedisError

from adscape import valkey

_PG_OPTIONS = "-c fsync=on -c synchronous_commit=on -c max_connections=300 -c shared_buffers=256MB"


@dataclass(frozen=True, slots=True)
class Servers:
    """`database_url` is of an empty database; `private` is None where the environment's servers are used."""

    database_url: str
    broker_url: str
    private: Private | None = None


def say(text: str) -> None:
    """Progress, for people: standard output belongs to the one line of figures."""
    print(text, file=sys.stderr, flush=True)  # noqa: T201


def free_port() -> int:
    with closing(socket.socket()) as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


#: The kernel ends a tied process with the thread that started it, so one thread that stays starts all.
_STARTER = ThreadPoolExecutor(1)


def start_tied(*command: str, **options: Any) -> subprocess.Popen[bytes]:
    """A process that ends when this one is gone, however it went."""
    tie = [sys.executable, "-I", "-S", str(valkey.TIED), str(os.getpid())]
    return _STARTER.submit(lambda: subprocess.Popen([*tie, *command], **options)).result()


class Private:
    """A PostgreSQL and a Redis in a folder of their own, on loopback, that can be stopped and started again."""

    def __init__(self, folder: Path) -> None:
        binaries = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
        if not binaries or not shutil.which("redis-server"):
            raise SystemExit("Needs Debian's postgresql and redis-server, or DATABASE_URL and CELERY_BROKER_URL.")
        self._bin, self._folder = binaries[-1].parent, folder
        self.pg_port, self.redis_port = free_port(), free_port()
        folder.chmod(0o755)
        self._pg = folder / "pg"
        self._pg.mkdir()
        if os.geteuid() == 0:  # PostgreSQL refuses to run as root
            shutil.chown(self._pg, "postgres", "postgres")
        self._as_postgres("initdb", "-D", str(self._pg / "data"), "-U", "adscape", "-A", "trust", "--locale=C.UTF-8")
        self.start_postgres()
        self.start_redis()

    def _as_postgres(self, program: str, *arguments: str) -> None:
        account = pwd.getpwnam("postgres") if os.geteuid() == 0 else None
        subprocess.run(
            [str(self._bin / program), *arguments],
            check=True,
            stdout=subprocess.DEVNULL,
            cwd=self._pg,
            user=account.pw_uid if account else None,
            group=account.pw_gid if account else None,
            extra_groups=[] if account else None,
        )

    def start_postgres(self) -> None:
        options = f"-p {self.pg_port} -k {self._pg} -c listen_addresses=127.0.0.1 {_PG_OPTIONS}"
        if list(self._bin.parent.glob("lib/pg_stat_statements.so")):
            options += " -c shared_preload_libraries=pg_stat_statements -c pg_stat_statements.track=top"
            options += " -c pg_stat_statements.track_planning=on"
        data, log = str(self._pg / "data"), str(self._pg / "log")
        self._as_postgres("pg_ctl", "-D", data, "-w", "-l", log, "-o", options, "start")

    def stop_postgres(self, mode: str = "immediate") -> None:
        self._as_postgres("pg_ctl", "-D", str(self._pg / "data"), "-m", mode, "-w", "stop")

    def start_redis(self) -> None:
        """It keeps nothing: what was in it when it was stopped is gone."""
        command = ["redis-server", "--port", str(self.redis_port), "--bind", "127.0.0.1", "--save", ""]
        with (self._folder / "redis.log").open("a") as log:
            self._redis = start_tied(*command, "--dir", str(self._folder), stdout=log, stderr=log)
        self.wait_for_redis()

    def wait_for_redis(self) -> None:
        deadline = time.monotonic() + 10
        with Redis(host="127.0.0.1", port=self.redis_port, socket_timeout=1) as client:
            while time.monotonic() < deadline:
                with suppress(RedisError):
                    client.ping()
                    return
                time.sleep(0.05)
        raise SystemExit("The private Redis does not answer.")

    def flush_redis(self) -> None:
        with Redis(host="127.0.0.1", port=self.redis_port, socket_timeout=5) as client:
            client.flushall()

    def stop_redis(self) -> None:
        self._redis.kill()
        self._redis.wait()

    def stop(self) -> None:
        with suppress(Exception):
            self.stop_redis()
        with suppress(Exception):
            self.stop_postgres()


@contextmanager
def servers() -> Iterator[Servers]:
    """An empty scratch database and a broker; what is there already is not touched, and nothing is left behind."""
    given, broker = os.environ.get("DATABASE_URL", ""), os.environ.get("CELERY_BROKER_URL", "")
    if not (given.startswith("postgres") and broker):
        with private_servers() as found:
            yield found
        return
    name = sql.Identifier(fresh := f"adscape_bench_{secrets.token_hex(4)}")
    with psycopg.connect(given, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(name))
    try:
        yield Servers(urlsplit(given)._replace(path=f"/{fresh}").geturl(), broker)
    finally:
        with psycopg.connect(given, autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name))


@contextmanager
def private_servers() -> Iterator[Servers]:
    """Servers that nobody else uses, whatever the environment says: they may be stopped in the middle of a run."""
    folder = Path(tempfile.mkdtemp(prefix="adscape-servers-"))
    private = None
    try:
        private = Private(folder)
        database = f"postgres://adscape@127.0.0.1:{private.pg_port}/postgres"
        yield Servers(database, f"redis://127.0.0.1:{private.redis_port}/0", private)
    finally:
        if private is not None:
            private.stop()
        shutil.rmtree(folder, ignore_errors=True)
