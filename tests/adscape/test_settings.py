"""What the settings refuse, in one sentence, and what they choose where nothing is set."""

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
REPORT = """
import json, sys
from django.core.exceptions import ImproperlyConfigured
try:
    from adscape import settings
except ImproperlyConfigured as error:
    print(json.dumps({"refused": str(error)}))
else:
    print(json.dumps({name: str(getattr(settings, name)) for name in sys.argv[1:]}))
"""
PRODUCTION = {
    "ADSCAPE_ENV": "production",
    "ADSCAPE_SECRET_KEY": "x" * 60,
    "ADSCAPE_FIELD_KEYS": Fernet.generate_key().decode(),
    "ADSCAPE_PUBLIC_URL": "https://app.exemplo",
    "ADSCAPE_ALLOWED_HOSTS": "app.exemplo, adscape.interno",
    "DATABASE_URL": "postgres://adscape:secret-key@database.exemplo/adscape",
    "CELERY_BROKER_URL": "redis://redis.exemplo/0",
    "EVOLUTION_API_URL": "https://evolution.exemplo/",
    "EVOLUTION_API_KEY": "the-key",
    "EMAIL_URL": "smtp+tls://mail.exemplo:587",
    "ADSCAPE_FROM_EMAIL": "nao-responda@app.exemplo",
}


def read(folder: Path, *names: str, **env: str) -> dict[str, Any]:
    """These settings as a new process reads them under exactly this environment."""
    kept = {"PATH": os.environ["PATH"], "ADSCAPE_DATA_DIR": str(folder), "ADSCAPE_ENV_FILE": ""}
    done = subprocess.run(
        [sys.executable, "-c", REPORT, *names], cwd=ROOT, env=kept | env, capture_output=True, text=True, check=True
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize(
    ("env", "sentence"),
    [
        ({"EVOLUTION_API_URL": "http://evolution.exemplo"}, "Set both EVOLUTION_API_URL and EVOLUTION_API_KEY"),
        ({"EVOLUTION_API_KEY": "secret-key"}, "Set both EVOLUTION_API_URL and EVOLUTION_API_KEY"),
        ({"ADSCAPE_ENV": "staging"}, "must be development or production, not 'staging'"),
        ({"ADSCAPE_PUBLIC_URL": "app.exemplo"}, "must be a full address"),
        ({"PORT": "eight"}, "PORT must be a whole number, not 'eight'."),
        ({"ADSCAPE_WORKER_THREADS": ""}, "ADSCAPE_WORKER_THREADS must be a whole number, not ''."),
        ({"ADSCAPE_FIELD_KEYS": "secret-key"}, "ADSCAPE_FIELD_KEYS must be Fernet keys"),
        ({"ADSCAPE_TRUSTED_PROXIES": "one"}, "ADSCAPE_TRUSTED_PROXIES must be a whole number, not 'one'."),
        ({"ADSCAPE_TRUSTED_PROXIES": "-1"}, "ADSCAPE_TRUSTED_PROXIES must be 0 or more."),
        ({"ADSCAPE_REPORT_LINK_DAYS": "0"}, "ADSCAPE_REPORT_LINK_DAYS must be 1 or more."),
        ({"ADSCAPE_ADS_API": "real"}, "ADSCAPE_ADS_API must be sandbox or live, not 'real'."),
        ({"ADSCAPE_META_APP_SECRET": "secret-key"}, "Set both ADSCAPE_META_APP_ID and ADSCAPE_META_APP_SECRET"),
        ({"ADSCAPE_GOOGLE_CLIENT_ID": "1"}, "Set both ADSCAPE_GOOGLE_CLIENT_ID and ADSCAPE_GOOGLE_CLIENT_SECRET"),
        (PRODUCTION | {"ADSCAPE_ADS_API": "sandbox"}, "refuses ADSCAPE_ADS_API=sandbox"),
        (PRODUCTION | {"ADSCAPE_SECRET_KEY": ""}, "needs ADSCAPE_SECRET_KEY"),
        (PRODUCTION | {"ADSCAPE_FIELD_KEYS": ""}, "needs ADSCAPE_FIELD_KEYS"),
        (PRODUCTION | {"ADSCAPE_ALLOWED_HOSTS": ""}, "needs ADSCAPE_ALLOWED_HOSTS"),
        (PRODUCTION | {"DATABASE_URL": ""}, "needs DATABASE_URL: a real database"),
        (PRODUCTION | {"CELERY_BROKER_URL": ""}, "the embedded Valkey is for one machine"),
        (PRODUCTION | {"EMAIL_URL": "consolemail://"}, "needs an EMAIL_URL of a mail server"),
        ({"ADSCAPE_ENV": "production"}, "needs CELERY_BROKER_URL"),
        ({"ADSCAPE_ENV": "production"}, "needs ADSCAPE_FROM_EMAIL"),
        (PRODUCTION | {"EVOLUTION_API_URL": "", "EVOLUTION_API_KEY": ""}, "the sandbox is for demos"),
    ],
)
def test_refused_in_one_sentence(env: dict[str, str], sentence: str, tmp_path: Path) -> None:
    refused = read(tmp_path, **env)["refused"]

    assert sentence in refused
    assert "secret-key" not in refused
    assert "\n" not in refused


def test_production_makes_no_keys_of_its_own_and_is_https_only(tmp_path: Path) -> None:
    names = ["SECRET_KEY", "EVOLUTION_API_URL", "EVOLUTION_IS_SANDBOX", "SESSION_COOKIE_SECURE", "SECURE_SSL_REDIRECT"]

    found = read(tmp_path, *names, **PRODUCTION)

    assert found == {
        "SECRET_KEY": "x" * 60,
        "EVOLUTION_API_URL": "https://evolution.exemplo",
        "EVOLUTION_IS_SANDBOX": "False",
        "SESSION_COOKIE_SECURE": "True",
        "SECURE_SSL_REDIRECT": "True",
    }
    assert not (tmp_path / "keys").exists()


def test_a_refused_start_makes_nothing(tmp_path: Path) -> None:
    read(tmp_path, ADSCAPE_ENV="production")

    assert list(tmp_path.iterdir()) == []


def test_the_key_that_make_run_made_is_not_good_enough_for_production(tmp_path: Path) -> None:
    generated = read(tmp_path, "SECRET_KEY")["SECRET_KEY"]

    refused = read(tmp_path, **(PRODUCTION | {"ADSCAPE_SECRET_KEY": generated}))["refused"]

    assert refused == "ADSCAPE_ENV=production refuses the ADSCAPE_SECRET_KEY of a development machine: make a new one."


def test_it_answers_to_the_named_hosts_and_to_probes_of_its_own_machine(tmp_path: Path) -> None:
    names = ["127.0.0.1", "adscape.interno", "app.exemplo", "localhost"]
    more = {"ADSCAPE_PUBLIC_URL": "https://app.exemplo", "ADSCAPE_ALLOWED_HOSTS": "adscape.interno"}

    assert read(tmp_path, "ALLOWED_HOSTS", **PRODUCTION) == {"ALLOWED_HOSTS": str(names)}
    assert read(tmp_path, "ALLOWED_HOSTS", **more) == {"ALLOWED_HOSTS": str(names)}
    assert read(tmp_path, "ALLOWED_HOSTS") == {"ALLOWED_HOSTS": str(["127.0.0.1", "localhost"])}


def test_no_proxy_is_trusted_until_one_is_named(tmp_path: Path) -> None:
    name = "ALLAUTH_TRUSTED_PROXY_COUNT"

    assert read(tmp_path, name) == {name: "0"}
    assert read(tmp_path, name, ADSCAPE_TRUSTED_PROXIES="2") == {name: "2"}


def test_a_mail_server_that_hangs_is_given_up(tmp_path: Path) -> None:
    assert read(tmp_path, "EMAIL_TIMEOUT") == {"EMAIL_TIMEOUT": "10"}


def test_a_new_machine_gets_its_own_keys_and_keeps_them(tmp_path: Path) -> None:
    names = ["SECRET_KEY", "FIELD_KEYS", "EVOLUTION_API_KEY", "CELERY_BROKER_URL", "EVOLUTION_API_URL"]

    first, second = read(tmp_path, *names, PORT="8310"), read(tmp_path, *names, PORT="8310")

    assert first == second
    assert first["EVOLUTION_API_URL"] == "http://127.0.0.1:8311"
    assert len({first["SECRET_KEY"], first["FIELD_KEYS"], first["EVOLUTION_API_KEY"]}) == 3


def test_a_new_machine_asks_the_ads_sandbox_with_keys_of_its_own(tmp_path: Path) -> None:
    names = ["ADS_SANDBOX_PORT", "META_API_URL", "META_DIALOG_URL", "GOOGLE_ADS_API_URL", "GOOGLE_OAUTH_URL"]
    keys = ["META_APP_ID", "META_APP_SECRET", "GOOGLE_CLIENT_ID", "GOOGLE_CLIENT_SECRET", "GOOGLE_DEVELOPER_TOKEN"]
    real = {"ADSCAPE_META_APP_ID": "1", "ADSCAPE_META_APP_SECRET": "real", "ADSCAPE_GOOGLE_DEVELOPER_TOKEN": "real"}

    found = read(tmp_path, *names, *keys, "GOOGLE_CONSENT_URL", PORT="8310", **real)

    here = "http://127.0.0.1:8312"
    assert [found[name] for name in names] == ["8312", here, here, here, f"{here}/token"]
    assert found["GOOGLE_CONSENT_URL"] == f"{here}/o/oauth2/v2/auth"
    assert [bool(found[key]) for key in keys] == [True, True, True, True, False]
    assert "real" not in found.values()


def test_production_asks_the_platforms_themselves(tmp_path: Path) -> None:
    urls = ["META_API_URL", "META_DIALOG_URL", "GOOGLE_ADS_API_URL", "GOOGLE_OAUTH_URL", "GOOGLE_CONSENT_URL"]
    keys = ["META_APP_ID", "META_APP_SECRET", "GOOGLE_CLIENT_ID", "GOOGLE_CLIENT_SECRET", "GOOGLE_DEVELOPER_TOKEN"]
    given = {"ADSCAPE_META_APP_ID": "77", "ADSCAPE_META_APP_SECRET": "s", "ADSCAPE_GOOGLE_DEVELOPER_TOKEN": "d"}

    found = read(tmp_path, *urls, *keys, **PRODUCTION, **given)

    assert [found[url] for url in urls] == [
        "https://graph.facebook.com",
        "https://www.facebook.com",
        "https://googleads.googleapis.com",
        "https://oauth2.googleapis.com/token",
        "https://accounts.google.com/o/oauth2/v2/auth",
    ]
    assert [found[key] for key in keys] == ["77", "s", "", "", "d"]


def test_the_embedded_brokers_port_is_read_from_its_folder(tmp_path: Path) -> None:
    (tmp_path / "valkey").mkdir()
    (tmp_path / "valkey" / "port").write_text("6543\n")

    assert read(tmp_path, "CELERY_BROKER_URL")["CELERY_BROKER_URL"].endswith("@127.0.0.1:6543/0")


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    file = tmp_path / "my.env"
    file.write_text("PORT=8320\nADSCAPE_WORKER_THREADS=7\n")

    found = read(tmp_path, "PORT", "CELERY_WORKER_CONCURRENCY", ADSCAPE_ENV_FILE=str(file), PORT="8330")

    assert found == {"PORT": "8330", "CELERY_WORKER_CONCURRENCY": "7"}
