"""What ADSCAPE_ENV=production asks of the environment, as sentences. Pure: it reads what it is given, and nothing else.

No sentence repeats a value: they end in logs, and most of these values are secrets.
"""

from __future__ import annotations

from collections.abc import Mapping
from email.utils import parseaddr
from urllib.parse import urlsplit

#: What `refusals` looks at.
ASKED = (
    "ADSCAPE_SECRET_KEY",
    "ADSCAPE_FIELD_KEYS",
    "ADSCAPE_PUBLIC_URL",
    "ADSCAPE_ALLOWED_HOSTS",
    "DATABASE_URL",
    "CELERY_BROKER_URL",
    "EVOLUTION_API_URL",
    "EVOLUTION_API_KEY",
    "EMAIL_URL",
    "ADSCAPE_FROM_EMAIL",
)
SECRET_KEY_LENGTH = 50
POSTGRESQL = {"postgres", "postgresql", "psql", "pgsql"}
LOOPBACK = {"", "localhost", "127.0.0.1", "::1"}


def refusals(given: Mapping[str, str], development_key: str = "") -> list[str]:
    """Why production does not start with these values: one sentence for each, none where all is well.

    `development_key` is the key that this machine generated for itself while it was not in production, if it did.
    """
    value = {name: given.get(name, "").strip() for name in ASKED}
    wrong = [
        _secret_key(value["ADSCAPE_SECRET_KEY"], development_key),
        "" if value["ADSCAPE_FIELD_KEYS"] else "needs ADSCAPE_FIELD_KEYS: the keys that encrypt stored tokens.",
        _public_url(value["ADSCAPE_PUBLIC_URL"]),
        _allowed_hosts(value["ADSCAPE_ALLOWED_HOSTS"], urlsplit(value["ADSCAPE_PUBLIC_URL"]).hostname or ""),
        _database(value["DATABASE_URL"]),
        "" if value["CELERY_BROKER_URL"] else "needs CELERY_BROKER_URL: the embedded Valkey is for one machine.",
        _gateway(value["EVOLUTION_API_URL"], value["EVOLUTION_API_KEY"]),
        _email(value["EMAIL_URL"]),
        _sender(value["ADSCAPE_FROM_EMAIL"]),
    ]
    return [f"ADSCAPE_ENV=production {sentence}" for sentence in wrong if sentence]


def _secret_key(key: str, development_key: str) -> str:
    if not key:
        return "needs ADSCAPE_SECRET_KEY: it signs sessions and links."
    if len(key) < SECRET_KEY_LENGTH:
        return f"refuses an ADSCAPE_SECRET_KEY of fewer than {SECRET_KEY_LENGTH} characters."
    if key == development_key or key.startswith("django-insecure-"):
        return "refuses the ADSCAPE_SECRET_KEY of a development machine: make a new one."
    return ""


def _public_url(address: str) -> str:
    if not address:
        return "needs ADSCAPE_PUBLIC_URL: the https address that people use."
    parts = urlsplit(address)
    if parts.scheme != "https" or not parts.hostname:
        return "needs an ADSCAPE_PUBLIC_URL that begins with https:// and names a host."
    return ""


def _allowed_hosts(listed: str, public_host: str) -> str:
    hosts = [host.strip().lower() for host in listed.split(",") if host.strip()]
    if not hosts:
        return "needs ADSCAPE_ALLOWED_HOSTS: the host names that it answers to, commas between."
    if any("*" in host for host in hosts):
        return 'refuses "*" in ADSCAPE_ALLOWED_HOSTS: name the hosts.'
    if any(sign in host for host in hosts for sign in "/: "):
        return "needs bare host names in ADSCAPE_ALLOWED_HOSTS: no scheme, no port, no path."
    if public_host and not any(_is_or_covers(host, public_host) for host in hosts):
        return "needs the host of ADSCAPE_PUBLIC_URL among ADSCAPE_ALLOWED_HOSTS."
    return ""


def _is_or_covers(host: str, wanted: str) -> bool:
    """Django's rule: ".example" is example and every name under it."""
    return host == wanted or (host.startswith(".") and (wanted == host[1:] or wanted.endswith(host)))


def _database(url: str) -> str:
    if not url:
        return "needs DATABASE_URL: a real database, PostgreSQL."
    if urlsplit(url).scheme not in POSTGRESQL:
        return "needs a DATABASE_URL of a real database: postgres://…"
    return ""


def _gateway(url: str, key: str) -> str:
    return "" if url and key else "needs EVOLUTION_API_URL and EVOLUTION_API_KEY: the sandbox is for demos."


def _email(url: str) -> str:
    if not url:
        return "needs EMAIL_URL: without it, password resets would vanish into the log."
    if not urlsplit(url).scheme.startswith("smtp"):
        return "needs an EMAIL_URL of a mail server (smtp+tls://…): password resets would vanish."
    return ""


def _sender(address: str) -> str:
    if not address:
        return "needs ADSCAPE_FROM_EMAIL: the sender of e-mails."
    name, at, host = parseaddr(address)[1].rpartition("@")
    if not (name and at) or host.lower() in LOOPBACK:
        return "needs an ADSCAPE_FROM_EMAIL that can be answered, such as Adscape <nao-responda@app.example>."
    return ""
