"""What settings make of the environment, read by a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet

ROOT = Path(__file__).resolve().parents[2]
PRODUCTION = {
    "ADSCAPE_ENV": "production",
    "ADSCAPE_PUBLIC_URL": "https://adscape.example",
    "ADSCAPE_SECRET_KEY": "x" * 64,
    "ADSCAPE_FIELD_KEYS": Fernet.generate_key().decode(),
    "EVOLUTION_API_URL": "https://evolution.example",
    "EVOLUTION_API_KEY": "key-of-evolution",
}
SHOW = """
import json
from adscape import settings as s
print(json.dumps({name: getattr(s, name, None) for name in (
    "ALLOWED_HOSTS", "SESSION_COOKIE_SECURE", "SECURE_SSL_REDIRECT", "EVOLUTION_API_URL", "EVOLUTION_IS_SANDBOX",
    "SECRET_KEY", "FIELD_KEYS", "CELERY_BROKER_URL", "PUBLIC_URL", "DEBUG")}))
"""


def read(folder: Path, **env: str) -> subprocess.CompletedProcess[str]:
    clean = {"PATH": os.environ["PATH"], "ADSCAPE_DATA_DIR": str(folder), "ADSCAPE_ENV_FILE": ""}
    command = [sys.executable, "-c", SHOW]
    return subprocess.run(command, cwd=ROOT, env=clean | env, capture_output=True, text=True, timeout=60, check=False)


def values(folder: Path, **env: str) -> dict[str, Any]:
    done = read(folder, **env)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_a_new_machine_needs_nothing(tmp_path: Path) -> None:
    found = values(tmp_path, PORT="8123")

    assert found["EVOLUTION_IS_SANDBOX"] is True
    assert found["EVOLUTION_API_URL"] == "http://127.0.0.1:8124"
    assert found["PUBLIC_URL"] == "http://127.0.0.1:8123"
    assert found["DEBUG"] is False
    assert found["SESSION_COOKIE_SECURE"] is None
    assert values(tmp_path)["SECRET_KEY"] == found["SECRET_KEY"]


def test_production_with_https_is_strict_and_makes_no_keys(tmp_path: Path) -> None:
    found = values(tmp_path, **PRODUCTION)

    assert found["ALLOWED_HOSTS"] == ["127.0.0.1", "adscape.example", "localhost"]
    assert (found["SESSION_COOKIE_SECURE"], found["SECURE_SSL_REDIRECT"]) == (True, True)
    assert (found["EVOLUTION_IS_SANDBOX"], found["FIELD_KEYS"]) == (False, [PRODUCTION["ADSCAPE_FIELD_KEYS"]])
    assert {path.name for path in (tmp_path / "keys").iterdir()} <= {"valkey"}


@pytest.mark.parametrize(
    ("env", "why"),
    [
        (PRODUCTION | {"ADSCAPE_SECRET_KEY": ""}, "needs ADSCAPE_SECRET_KEY"),
        (PRODUCTION | {"ADSCAPE_FIELD_KEYS": ""}, "ADSCAPE_FIELD_KEYS"),
        (PRODUCTION | {"EVOLUTION_API_URL": "", "EVOLUTION_API_KEY": ""}, "the sandbox is for demos"),
        ({"EVOLUTION_API_URL": "http://x.example"}, "Set both"),
        ({"EVOLUTION_API_KEY": "key"}, "Set both"),
        ({"ADSCAPE_ENV": "staging"}, "must be development or production"),
        ({"ADSCAPE_PUBLIC_URL": "adscape"}, "must be a full address"),
    ],
)
def test_what_cannot_work_is_refused(env: dict[str, str], why: str, tmp_path: Path) -> None:
    done = read(tmp_path, **env)

    assert done.returncode != 0
    assert why in done.stderr.splitlines()[-1]


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    file = tmp_path / "settings.env"
    file.write_text("PORT=8200\nEVOLUTION_API_URL=http://file.example\nEVOLUTION_API_KEY=of-the-file\n")

    found = values(tmp_path, ADSCAPE_ENV_FILE=str(file), EVOLUTION_API_URL="http://environment.example")

    assert found["EVOLUTION_API_URL"] == "http://environment.example"
    assert found["PUBLIC_URL"] == "http://127.0.0.1:8200"
