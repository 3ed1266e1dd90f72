"""Gives a test run its surroundings before any settings are read: temp folder, broker, Redis database. Tests nothing.

Loaded early by `-p` in pyproject.toml, and again in each pytest-xdist worker, which inherits the environment.
With CELERY_BROKER_URL set, that server's databases 0 to 15 are used; else one embedded Valkey serves the whole run.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from adscape import valkey

PASSWORD = "only-for-tests"
#: What the environment may set for the product, and must not for its tests.
NOT_INHERITED = ("ADSCAPE_", "EVOLUTION_", "EMAIL_URL", "PORT", "SENTRY_")

_root: Path | None = None
_server: valkey.Server | None = None


def pytest_addoption(parser: pytest.Parser) -> None:
    """The earliest hook there is: pytest-django loads the settings in the next one."""
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    if worker is None:
        start_run()
    settle(worker or "main")


def start_run() -> None:
    global _root, _server
    for name in list(os.environ):
        if name.startswith(NOT_INHERITED):
            del os.environ[name]
    os.environ["ADSCAPE_ENV_FILE"] = ""
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    _root = Path(tempfile.mkdtemp(prefix="adscape-tests-"))
    os.environ["TESTS_ROOT"] = str(_root)
    broker = os.environ.get("CELERY_BROKER_URL")
    os.environ["TESTS_BROKER_GIVEN"] = "1" if broker else ""
    if not broker:
        _server = valkey.start(_root / "valkey", PASSWORD)
        broker = f"redis://:{PASSWORD}@127.0.0.1:{_server.port}/0"
    os.environ["TESTS_BROKER_URL"] = broker


def settle(worker: str) -> None:
    """A data folder, a Redis database and a key prefix of its own for each worker; child processes inherit them."""
    # Two databases for each: its tests empty the one between them, a whole product works undisturbed in the other.
    number = int(worker.removeprefix("gw")) % 7 * 2 + 2 if worker.startswith("gw") else 0
    os.environ["TESTS_PRODUCT_BROKER_DB"] = str(number + 1)
    os.environ["ADSCAPE_DATA_DIR"] = str(Path(os.environ["TESTS_ROOT"]) / worker)
    os.environ["CELERY_BROKER_URL"] = urlsplit(os.environ["TESTS_BROKER_URL"])._replace(path=f"/{number}").geturl()
    os.environ["TESTS_KEY_PREFIX"] = f"adscape-test-{worker}"


def pytest_unconfigure(config: pytest.Config) -> None:
    """Reached at the end of every run, after Ctrl-C too; a killed run's server ends by adscape/tied.py."""
    global _root, _server
    if _server is not None:
        _server.stop()
        _server = None
    if _root is not None:
        shutil.rmtree(_root, ignore_errors=True)
        _root = None
