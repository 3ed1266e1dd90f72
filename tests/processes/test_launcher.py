"""The launcher of `make run` for real: it comes up, ends without leaving a process, and refuses in one sentence."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.processes.product import ROOT, free_ports, wait_until

pytestmark = pytest.mark.processes


def environment(folder: Path, port: int, **more: str) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return kept | {"ADSCAPE_DATA_DIR": str(folder), "PORT": str(port), "ADSCAPE_ENV_FILE": "", **more}


def start(folder: Path, port: int, **more: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "adscape.launcher"],
        cwd=ROOT,
        env=environment(folder, port, **more),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def sentence_of(folder: Path, port: int, **more: str) -> str:
    """What a start that fails prints; it must be one line, and end with exit code 1."""
    process = start(folder, port, **more)
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 1, output
    assert output.count("\n") == 1, output
    return output


def heard_until_welcome(process: subprocess.Popen[str]) -> str:
    """What it has printed up to its last word: where to look, or what is not up."""
    assert process.stdout is not None
    lines: list[str] = []
    for line in process.stdout:
        lines.append(line)
        if "Ctrl-C" in line or "Still not up" in line:
            break
    return "".join(lines)


def processes_of(folder: Path) -> list[str]:
    """Command lines of all processes that were started for this data folder."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if f"ADSCAPE_DATA_DIR={folder}".encode() in (entry / "environ").read_bytes().split(b"\0"):
                    found.append((entry / "cmdline").read_text().replace("\0", " "))
            except OSError:
                continue
    return found


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("launcher")


@pytest.fixture(scope="module")
def port() -> int:
    return free_ports()


@pytest.fixture(scope="module")
def launcher(folder: Path, port: int) -> Iterator[subprocess.Popen[str]]:
    process = start(folder, port)
    try:
        wait_until(lambda: process.poll() is not None or all_alive(port), "the product is up", seconds=120)
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


def all_alive(port: int) -> bool:
    return all(requests.get(f"http://127.0.0.1:{port}/healthz", timeout=5).json().values())


def test_it_serves_and_its_sandbox_answers(launcher: subprocess.Popen[str], port: int) -> None:
    health = requests.get(f"http://127.0.0.1:{port}/healthz", timeout=5)
    login = requests.get(f"http://127.0.0.1:{port}/agency/", timeout=10)
    style = requests.get(f"http://127.0.0.1:{port}/static/app.css", timeout=10)
    sandbox = requests.get(f"http://127.0.0.1:{port + 1}/", headers={"Accept": "application/json"}, timeout=10)
    ads = requests.get(f"http://127.0.0.1:{port + 2}/", timeout=10)

    assert (health.status_code, health.json()) == (200, dict.fromkeys(("database", "broker", "worker", "beat"), True))
    assert login.url.endswith("/accounts/login/?next=%2Fagency%2F")
    assert (login.status_code, style.status_code) == (200, 200)
    assert sandbox.json()["version"] == "2.3.7"
    assert ads.json() == {"sandbox": "ads"}


def test_a_second_one_on_the_same_folder_says_so(launcher: subprocess.Popen[str], folder: Path) -> None:
    assert "already running" in sentence_of(folder, free_ports())


def test_a_taken_port_is_named(launcher: subprocess.Popen[str], port: int, tmp_path: Path) -> None:
    assert f"port {port} is taken" in sentence_of(tmp_path, port)
    assert processes_of(tmp_path) == []


def test_ctrl_c_ends_everything_and_the_next_start_reuses_what_is_there(
    launcher: subprocess.Popen[str], folder: Path, port: int
) -> None:
    kept = {path.name: path.read_text() for path in (folder / "keys").iterdir()}

    heard = heard_until_welcome(launcher)
    launcher.send_signal(signal.SIGINT)
    assert launcher.stdout is not None
    output = heard + launcher.stdout.read()
    launcher.wait(timeout=30)
    left = processes_of(folder)
    second = start(folder, port)
    try:
        wait_until(lambda: all_alive(port), "the second start is up")
        second.kill()  # not even a chance to clean up
        second.wait()
        wait_until(lambda: not processes_of(folder), "the killed one's processes are gone", seconds=20)
    finally:
        assert second.stdout is not None
        second.stdout.close()

    assert (launcher.returncode, left) == (0, [])
    assert "demo@marealta.exemplo" in output
    assert f"http://127.0.0.1:{port + 2}/" in output
    assert not any(key in output for key in kept.values())
    assert {path.name: path.read_text() for path in (folder / "keys").iterdir()} == kept


REFUSALS = [
    ({"EVOLUTION_API_URL": "http://evolution.example"}, "Set both EVOLUTION_API_URL and EVOLUTION_API_KEY"),
    ({"CELERY_BROKER_URL": "redis://127.0.0.1:1/0"}, "the broker that CELERY_BROKER_URL names does not answer"),
    ({"DATABASE_URL": "postgres://user:pass-word@127.0.0.1:1/nothing"}, "the database that DATABASE_URL names"),
    ({"ADSCAPE_ENV": "production"}, "needs ADSCAPE_SECRET_KEY"),
    ({"ADSCAPE_ENV": "prod"}, "must be development or production"),
    ({"ADSCAPE_PUBLIC_URL": "adscape.example"}, "must be a full address"),
]


@pytest.mark.parametrize(("more", "why"), REFUSALS, ids=[why for _, why in REFUSALS])
def test_a_setting_that_cannot_work_is_one_sentence(more: dict[str, str], why: str, tmp_path: Path) -> None:
    sentence = sentence_of(tmp_path, free_ports(), **more)

    assert why in sentence
    assert "pass-word" not in sentence


@pytest.mark.parametrize(
    ("more", "name"), [(1, "the sandbox gateway's port, PORT + 1"), (2, "the ads sandbox's port, PORT + 2")]
)
def test_a_sandboxs_port_is_named_too(more: int, name: str, tmp_path: Path) -> None:
    port = free_ports()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", port + more))
        taken.listen()

        assert f"port {port + more} is taken ({name})" in sentence_of(tmp_path, port)


def test_a_stop_while_it_still_prepares_leaves_nothing(tmp_path: Path) -> None:
    process = start(tmp_path, free_ports())
    wait_until((tmp_path / "launcher.lock").exists, "it has begun")

    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=30)

    assert process.returncode == 0
    wait_until(lambda: not processes_of(tmp_path), "nothing is left", seconds=10)
