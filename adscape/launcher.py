"""Everything on one machine, in the foreground: what `make run` starts. Checks first, then hands over to honcho.

Web, worker and beat always; an embedded Valkey where CELERY_BROKER_URL is not set, the sandbox gateway where
EVOLUTION_API_URL is not, the ads sandbox unless ADSCAPE_ADS_API is live. A check that fails is one sentence and exit
code 1. Ctrl-C ends everything and leaves nothing.
https://honcho.readthedocs.io/en/latest/
"""

from __future__ import annotations

import fcntl
import json
import os
import shlex
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from honcho.manager import Manager
from honcho.process import Popen, Process

from adscape import tied, valkey

ROOT = Path(__file__).resolve().parent.parent
#: Seconds after which a person should know that something did not come up.
PATIENCE = 60


class CannotStart(Exception):
    """Why nothing was started, in one sentence."""


def main() -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "adscape.settings")
    os.chdir(ROOT)
    # From here on SIGTERM is like Ctrl-C, also before honcho takes both over.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        settings = read_settings()
        with only_one(settings.DATA_DIR), broker(settings):
            check_ports(settings)
            check_database()
            prepare(settings)
            return run(settings)
    except (CannotStart, valkey.ValkeyError) as why:
        sys.stderr.write(f"Adscape did not start: {why}\n")
        return 1
    except KeyboardInterrupt:
        return 0


def read_settings() -> Any:
    import django
    from django.conf import settings
    from django.core.exceptions import ImproperlyConfigured

    try:
        django.setup()
    except ImproperlyConfigured as error:
        raise CannotStart(str(error)) from None
    return settings


@contextmanager
def only_one(folder: Path) -> Iterator[None]:
    """Hold the data folder; raises CannotStart where another launcher holds it. The kernel lets go of a dead one's."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "launcher.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise CannotStart(f"it is already running on {folder}; stop that one or set ADSCAPE_DATA_DIR.") from None
        yield


@contextmanager
def broker(settings: Any) -> Iterator[None]:
    """The embedded server for as long as everything runs, or a look whether the one that was named answers."""
    if not settings.BROKER_IS_EMBEDDED:
        from redis import Redis, RedisError

        try:
            Redis.from_url(settings.CELERY_BROKER_URL, socket_connect_timeout=5).ping()
        except RedisError:
            raise CannotStart("the broker that CELERY_BROKER_URL names does not answer.") from None
        yield
        return
    from adscape.keys import kept_key

    server = valkey.start(settings.VALKEY_DIR, kept_key(settings.KEYS_DIR / "valkey"))
    try:
        yield
    finally:
        server.stop()


def check_ports(settings: Any) -> None:
    wanted = {"PORT": settings.PORT}
    if settings.EVOLUTION_IS_SANDBOX:
        wanted["the sandbox gateway's port, PORT + 1"] = settings.SANDBOX_PORT
    if settings.ADS_API_IS_SANDBOX:
        wanted["the ads sandbox's port, PORT + 2"] = settings.ADS_SANDBOX_PORT
    for name, port in wanted.items():
        if not 0 < port < 65536:
            raise CannotStart(f"{port} is no port ({name}).")
        if not valkey.is_free(port):
            raise CannotStart(f"port {port} is taken ({name}); choose another, for example PORT={settings.PORT + 10}.")


def check_database() -> None:
    from django.db import DatabaseError, connection

    driver: Any = connection.Database  # type: ignore[attr-defined]  # psycopg or sqlite3
    try:
        if connection.vendor == "postgresql":
            # Without the pool, which goes on trying, and logging, for many seconds.
            parameters = {**connection.get_connection_params(), "connect_timeout": 5}
            parameters.pop("pool", None)
            driver.connect(**parameters).close()
        else:
            connection.ensure_connection()
            connection.close()
    except (DatabaseError, driver.Error):
        raise CannotStart("the database that DATABASE_URL names does not answer.") from None


def prepare(settings: Any) -> None:
    """Tables, static files, and the demonstration once, on a database that has no agency yet."""
    manage("migrate", "--noinput", "-v", "0")
    collect_static(settings)
    if settings.EVOLUTION_IS_SANDBOX:
        manage("seed_demo")


def collect_static(settings: Any) -> None:
    """Collect again only after something changed: hashing and compressing takes longer than all the rest of a start."""
    sources = [ROOT / "requirements.lock", *(ROOT / "static" / "public").rglob("*"), *ROOT.glob("*/static/**/*")]
    newest = str(max(path.stat().st_mtime_ns for path in sources))
    stamp = settings.DATA_DIR / "static-collected"
    if stamp.exists() and stamp.read_text() == newest and settings.STATIC_ROOT.exists():
        return
    manage("collectstatic", "--noinput", "-v", "0")
    stamp.write_text(newest)


def manage(*command: str) -> None:
    done = subprocess.run(  # noqa: S603  # our own commands, and no shell
        [sys.executable, "manage.py", *command], capture_output=True, text=True, check=False, start_new_session=True
    )
    if done.returncode:
        raise CannotStart(f"`manage.py {command[0]}` failed:\n{done.stderr.strip()[-2000:]}")


def commands(settings: Any) -> dict[str, list[str]]:
    """What runs, by the name that its lines carry."""
    python, here = sys.executable, str(Path(sys.executable).parent)
    celery = [f"{here}/celery", "-A", "adscape", "--skip-checks", "-q"]
    web = [f"{here}/gunicorn", "adscape.wsgi", "--bind", f"127.0.0.1:{settings.PORT}", "--worker-class", "gthread"]
    found = {
        "web": [*web, "--workers", "2", "--threads", "8", "--log-level", "warning"],
        "worker": [*celery, "worker", "--without-gossip", "--without-mingle", "--loglevel", "WARNING"],
        "beat": [*celery, "beat", "--loglevel", "WARNING", "--pidfile", ""],
    }
    if settings.EVOLUTION_IS_SANDBOX:
        found["sandbox"] = [python, "manage.py", "sandbox"]
    if settings.ADS_API_IS_SANDBOX:
        found["ads"] = [python, "manage.py", "ads_sandbox"]
    return found


def environment() -> dict[str, str]:
    """Root is fine for a demonstration on one's own machine; Celery's long warning would hide the lines that matter."""
    return {**os.environ, "PYTHONWARNINGS": "ignore:You're running the worker with superuser privileges"}


class TiedPopen(Popen):  # type: ignore[misc]
    """A process that gets SIGTERM when the one that started it is gone, however it went."""

    def __init__(self, command: str, **options: Any) -> None:
        tie = shlex.join([sys.executable, "-I", "-S", str(valkey.TIED), str(os.getpid())])
        super().__init__(f"exec {tie} {command}", **options)


class TiedProcess(Process):  # type: ignore[misc]
    """honcho's process between launcher and child; it ignores SIGTERM, so only SIGKILL ends it with its parent."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._child_ctor = TiedPopen

    def run(self, events: Any = None, ignore_signals: bool = False) -> None:
        tied.end_with_parent(signal.SIGKILL)
        super().run(events, ignore_signals)


def run(settings: Any) -> int:
    """Start everything and stay until it ends: 0 after Ctrl-C or SIGTERM, 1 where a process ended by itself."""
    manager = Manager()
    manager._process_ctor = TiedProcess
    for name, command in commands(settings).items():
        manager.add_process(name, shlex.join(command), env=environment())
    threading.Thread(target=announce, args=(settings,), daemon=True).start()
    manager.loop()
    if manager.returncode in (128 + signal.SIGINT, 128 + signal.SIGTERM):
        return 0
    sys.stderr.write("Adscape stopped because one of its processes ended; the lines above say which.\n")
    return 1


def announce(settings: Any) -> None:
    """Say where to look once everything answers, or what does not."""
    deadline = time.monotonic() + PATIENCE
    state: dict[str, bool] = {}
    while time.monotonic() < deadline:
        time.sleep(0.5)
        state = health(settings.PORT)
        if state and settings.ADS_API_IS_SANDBOX:
            state["the ads sandbox"] = bool(answer_of(f"http://127.0.0.1:{settings.ADS_SANDBOX_PORT}/"))
        if state and all(state.values()):
            sys.stdout.write(welcome(settings))
            sys.stdout.flush()
            return
    missing = ", ".join(name for name, alive in state.items() if not alive) or "web"
    sys.stdout.write(f"\n  Still not up after {PATIENCE} s: {missing}. The lines above may say why.\n\n")
    sys.stdout.flush()


def health(port: int) -> dict[str, bool]:
    return answer_of(f"http://127.0.0.1:{port}/healthz")


def answer_of(url: str) -> dict[str, Any]:
    """The JSON that is served there; empty where nothing is."""
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310  ours, on loopback
            found: dict[str, Any] = json.load(answer)
            return found
    except (OSError, ValueError):
        return {}


def welcome(settings: Any) -> str:
    lines = ["", f"  Adscape            {settings.PUBLIC_URL}/agency/"]
    if settings.EVOLUTION_IS_SANDBOX:
        from reports.demo import DEMO_EMAIL, DEMO_PASSWORD

        lines += [
            f"  Log in             {DEMO_EMAIL}  {DEMO_PASSWORD}",
            f"  Sandbox gateway    http://127.0.0.1:{settings.SANDBOX_PORT}/  (scan a QR, read what phones received)",
        ]
    else:
        lines.append(f"  WhatsApp gateway   {settings.EVOLUTION_API_URL}")
    if settings.ADS_API_IS_SANDBOX:
        lines.append(
            f"  Ads sandbox        http://127.0.0.1:{settings.ADS_SANDBOX_PORT}/  (what Meta Ads and Google Ads answer)"
        )
    return "\n".join([*lines, "  Stop               Ctrl-C", "", ""])


if __name__ == "__main__":
    sys.exit(main())
