"""One flat settings file. Whatever the environment may set is read here through `env`, stands in README's table and in
.env.example (tests/test_docs.py compares the three), and has a default that serves `make run` on a new machine.

https://docs.djangoproject.com/en/5.2/ref/settings/
"""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import urlsplit

import environ
from cryptography.fernet import Fernet
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from adscape import ads_addresses, production
from adscape.keys import kept_key

BASE_DIR = Path(__file__).resolve().parent.parent


class Environment(environ.Env):  # type: ignore[misc]
    def whole(self, name: str, default: int) -> int:
        """A whole number; what is none is said in one sentence."""
        try:
            return int(self.int(name, default))
        except ValueError:
            raise ImproperlyConfigured(f"{name} must be a whole number, not {os.environ.get(name)!r}.") from None


env = Environment()
if ADSCAPE_ENV_FILE := env.str("ADSCAPE_ENV_FILE", default=".env"):
    environ.Env.read_env(BASE_DIR / ADSCAPE_ENV_FILE)  # never overwrites what the environment already sets

# --- Where it runs ---
ADSCAPE_ENV = env.str("ADSCAPE_ENV", default="development")
if ADSCAPE_ENV not in {"development", "production"}:
    raise ImproperlyConfigured(f"ADSCAPE_ENV must be development or production, not {ADSCAPE_ENV!r}.")
IS_PRODUCTION = ADSCAPE_ENV == "production"
DEBUG = False

PORT = env.whole("PORT", default=8000)
DATA_DIR = Path(env.str("ADSCAPE_DATA_DIR", default="") or BASE_DIR / ".data").resolve()
KEYS_DIR = DATA_DIR / "keys"
PUBLIC_URL = (env.str("ADSCAPE_PUBLIC_URL", default="") or f"http://127.0.0.1:{PORT}").rstrip("/")
WEBHOOK_URL = (env.str("ADSCAPE_WEBHOOK_URL", default="") or PUBLIC_URL).rstrip("/")  # where the gateway reaches us

# --- Production: everything that it lacks is said at once, before anything is made or opened ---
if IS_PRODUCTION:
    _own_key = KEYS_DIR / "secret_key"
    _refused = production.refusals(
        {name: env.str(name, default="") for name in production.ASKED},
        development_key=_own_key.read_text().strip() if _own_key.exists() else "",
    )
    if _refused:
        raise ImproperlyConfigured(" ".join(_refused))

# --- Keys ---
SECRET_KEY = env.str("ADSCAPE_SECRET_KEY", default="")
FIELD_KEYS = env.list("ADSCAPE_FIELD_KEYS", default=[])
try:
    [Fernet(key) for key in FIELD_KEYS]
except ValueError:
    raise ImproperlyConfigured("ADSCAPE_FIELD_KEYS must be Fernet keys, newest first, commas between.") from None
SECRET_KEY = SECRET_KEY or kept_key(KEYS_DIR / "secret_key")
FIELD_KEYS = FIELD_KEYS or [kept_key(KEYS_DIR / "field_key", lambda: Fernet.generate_key().decode())]

# --- Who may ask ---
_public = urlsplit(PUBLIC_URL)
if not _public.hostname:
    raise ImproperlyConfigured(
        f"ADSCAPE_PUBLIC_URL must be a full address such as https://app.example, not {PUBLIC_URL!r}."
    )
_webhook = urlsplit(WEBHOOK_URL)
if _webhook.scheme not in ("http", "https") or not _webhook.hostname:
    raise ImproperlyConfigured(
        f"ADSCAPE_WEBHOOK_URL must be a full address such as http://adscape:8000, not {WEBHOOK_URL!r}."
    )
_more_hosts = {host.strip() for host in env.list("ADSCAPE_ALLOWED_HOSTS", default=[]) if host.strip()}
_loopback = {"127.0.0.1", "localhost"}  # probes of /healthz
ALLOWED_HOSTS = sorted({_public.hostname, _webhook.hostname} | _loopback | _more_hosts)
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]
if _public.scheme == "https":
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_SSL_REDIRECT = True
    SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^webhooks/"]  # both may come over a private network, and follow nothing
    SECURE_HSTS_SECONDS = 60 * 60 * 24 * 365
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
# https://django-csp.readthedocs.io/en/latest/configuration.html
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],  # the style sheet holds small arrows as data: images
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

# --- What it is made of ---
ROOT_URLCONF = "adscape.urls"
WSGI_APPLICATION = "adscape.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django_htmx",
    "heroicons",
    "allauth",
    "allauth.account",
    "agency",
    "connections",
    "reports",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "connections.context.gateway_outage",
                "agency.context.notice_bell",
                "agency.theme.theme",
            ],
        },
    }
]

# --- Database: PostgreSQL by URL, SQLite in the data folder otherwise ---
DATABASE_URL = env.str("DATABASE_URL", default="") or f"sqlite:///{DATA_DIR / 'adscape.sqlite3'}"
DATABASES = {"default": environ.Env.db_url_config(DATABASE_URL)}
if "sqlite3" in DATABASES["default"]["ENGINE"]:
    DATA_DIR.mkdir(parents=True, exist_ok=True)
    # IMMEDIATE takes the write lock at the start of a transaction, so that two writers queue instead of failing with
    # "database is locked": https://docs.djangoproject.com/en/5.2/ref/databases/#sqlite-transaction-behavior
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    }
    # Opening the file for each request, and reading its schema anew, takes longer than all queries of a page.
    DATABASES["default"]["CONN_MAX_AGE"] = 600
else:
    DATABASES["default"].setdefault("OPTIONS", {})["pool"] = {"min_size": 0, "max_size": 16, "timeout": 20}
PREPARED_STATEMENTS = env.bool("ADSCAPE_PREPARED_STATEMENTS", default=True)  # of connections/statements.py only

# --- Broker and cache: one Redis or Valkey; the launcher's own in the data folder when no URL is given ---
VALKEY_DIR = DATA_DIR / "valkey"
CELERY_BROKER_URL = env.str("CELERY_BROKER_URL", default="")
BROKER_IS_EMBEDDED = not CELERY_BROKER_URL
if BROKER_IS_EMBEDDED:
    # The launcher starts the server on this port; commands run beside it (manage.py shell) reach the same one.
    _port_file = VALKEY_DIR / "port"
    _valkey_port = _port_file.read_text().strip() if _port_file.exists() else "6379"
    CELERY_BROKER_URL = f"redis://:{kept_key(KEYS_DIR / 'valkey')}@127.0.0.1:{_valkey_port}/0"
CACHES = {
    "default": {
        "BACKEND": "adscape.cache.ForgivingCache",  # a login must not fail because rate limits cannot be counted
        "LOCATION": CELERY_BROKER_URL,
        "KEY_PREFIX": "adscape",
        "OPTIONS": {"socket_connect_timeout": 2, "socket_timeout": 5},
    }
}

# --- Celery: only the bell; rows in the database say what is due ---
# https://docs.celeryq.dev/en/stable/userguide/configuration.html
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_DEFAULT_QUEUE = "adscape"
#: Bells of messages; a queue of their own is for workers that do nothing else (`docs/operations.md`).
_DELIVERY_QUEUE = env.str("ADSCAPE_DELIVERY_QUEUE", default=CELERY_TASK_DEFAULT_QUEUE)
CELERY_TASK_ROUTES = {"connections.deliver_messages": {"queue": _DELIVERY_QUEUE}}
CELERY_TIMEZONE = "UTC"
CELERY_WORKER_POOL = "threads"
CELERY_WORKER_CONCURRENCY = env.whole("ADSCAPE_WORKER_THREADS", default=32)
BIND_WORKERS = env.bool("ADSCAPE_BIND_WORKERS", default=True)  # each to a CPU of its own: adscape/one_cpu.py
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {"unacked_restore_throttle": 1, "socket_connect_timeout": 5}
CELERY_BEAT_SCHEDULE_FILENAME = str(DATA_DIR / "beat-schedule")
#: Shortens the waits before a message is tried again, in proportion, for runs that break everything on purpose.
WAIT_SCALE = env.float("ADSCAPE_WAIT_SCALE", default=1.0)
_SWEEP = max(1, 30 * WAIT_SCALE)
_WEBHOOKS = max(1, 10 * WAIT_SCALE)
# Literal and short: users' schedules are our own rows. A ring older than its period is stale, so it expires.
CELERY_BEAT_SCHEDULE = {
    "deliver due messages": {"task": "connections.deliver_due", "schedule": _SWEEP, "options": {"expires": 30}},
    "re-read connections": {"task": "connections.refresh_stale", "schedule": _SWEEP, "options": {"expires": 30}},
    "tell of drops": {"task": "connections.tell_of_drops", "schedule": 2 * _SWEEP, "options": {"expires": 60}},
    "bring strips up to now": {"task": "connections.refresh_strips", "schedule": 900, "options": {"expires": 900}},
    "send due reports": {"task": "reports.send_due", "schedule": 30, "options": {"expires": 30}},
    "draw documents": {"task": "reports.draw_documents", "schedule": 30, "options": {"expires": 30}},
    "go on with bulk runs": {"task": "reports.work_on_bulk", "schedule": _SWEEP, "options": {"expires": 30}},
    "work on webhooks": {"task": "connections.work_on_webhooks", "schedule": _WEBHOOKS, "options": {"expires": 30}},
    "repair webhooks": {"task": "connections.repair_webhooks", "schedule": 2 * _SWEEP, "options": {"expires": 60}},
    "list groups": {"task": "connections.list_wanted_groups", "schedule": _SWEEP, "options": {"expires": 30}},
    "find orphans": {"task": "connections.find_orphans", "schedule": 6 * 3600, "options": {"expires": 3600}},
    "forget files": {"task": "connections.forget_files", "schedule": 3600, "options": {"expires": 3600}},
    "forget webhooks": {"task": "connections.forget_webhooks", "schedule": 3600, "options": {"expires": 3600}},
    "mail notices": {"task": "agency.mail_notices", "schedule": 60, "options": {"expires": 60}},
    "check balances": {"task": "reports.check_balances", "schedule": 60, "options": {"expires": 60}},
    "read ad accounts": {"task": "reports.ring_readers", "schedule": 2 * _SWEEP, "options": {"expires": 60}},
    "watch accesses to ads": {"task": "reports.watch_accesses", "schedule": 3600, "options": {"expires": 600}},
    "mail digests": {"task": "reports.mail_digests", "schedule": 60, "options": {"expires": 60}},
    "mend clients' standing": {"task": "agency.refresh_standing", "schedule": 30, "options": {"expires": 30}},
    "fill demo metrics": {"task": "reports.fill_demo_metrics", "schedule": 3600, "options": {"expires": 3600}},
}

# --- Evolution API: the WhatsApp gateway; the sandbox when no address is given ---
EVOLUTION_API_URL = env.str("EVOLUTION_API_URL", default="").rstrip("/")
EVOLUTION_API_KEY = env.str("EVOLUTION_API_KEY", default="")
EVOLUTION_IS_SANDBOX = not EVOLUTION_API_URL
SANDBOX_PORT = PORT + 1
SANDBOX_DIR = DATA_DIR / "sandbox"
if bool(EVOLUTION_API_URL) != bool(EVOLUTION_API_KEY):
    raise ImproperlyConfigured("Set both EVOLUTION_API_URL and EVOLUTION_API_KEY, or neither for the sandbox gateway.")
if EVOLUTION_IS_SANDBOX:  # never in production
    EVOLUTION_API_URL = f"http://127.0.0.1:{SANDBOX_PORT}"
    EVOLUTION_API_KEY = kept_key(KEYS_DIR / "sandbox")

# --- Ads: the platforms themselves, or the ads sandbox, which stands in for both and asks neither ---
ADS_API = env.str("ADSCAPE_ADS_API", default="live" if IS_PRODUCTION else "sandbox")
if ADS_API not in {"sandbox", "live"}:
    raise ImproperlyConfigured(f"ADSCAPE_ADS_API must be sandbox or live, not {ADS_API!r}.")
ADS_API_IS_SANDBOX = ADS_API == "sandbox"
if IS_PRODUCTION and ADS_API_IS_SANDBOX:
    raise ImproperlyConfigured(
        "ADSCAPE_ENV=production refuses ADSCAPE_ADS_API=sandbox: invented numbers are for demos."
    )
ADS_SANDBOX_PORT = PORT + 2
_ads = ads_addresses.of_sandbox(ADS_SANDBOX_PORT) if ADS_API_IS_SANDBOX else ads_addresses.LIVE
META_API_URL, META_DIALOG_URL = _ads.meta_api, _ads.meta_dialog
META_API_VERSION = "v26.0"
GOOGLE_ADS_API_URL, GOOGLE_OAUTH_URL, GOOGLE_CONSENT_URL = _ads.google_api, _ads.google_token, _ads.google_consent
GOOGLE_ADS_API_VERSION = "v26"
# The app at Meta and the OAuth client at Google as which Adscape asks. Without them their dialogs are not offered.
META_APP_ID = env.str("ADSCAPE_META_APP_ID", default="")
META_APP_SECRET = env.str("ADSCAPE_META_APP_SECRET", default="")
GOOGLE_CLIENT_ID = env.str("ADSCAPE_GOOGLE_CLIENT_ID", default="")
GOOGLE_CLIENT_SECRET = env.str("ADSCAPE_GOOGLE_CLIENT_SECRET", default="")
GOOGLE_DEVELOPER_TOKEN = env.str("ADSCAPE_GOOGLE_DEVELOPER_TOKEN", default="")  # an empty one must not be sent
if bool(META_APP_ID) != bool(META_APP_SECRET):
    raise ImproperlyConfigured("Set both ADSCAPE_META_APP_ID and ADSCAPE_META_APP_SECRET, or neither.")
if bool(GOOGLE_CLIENT_ID) != bool(GOOGLE_CLIENT_SECRET):
    raise ImproperlyConfigured("Set both ADSCAPE_GOOGLE_CLIENT_ID and ADSCAPE_GOOGLE_CLIENT_SECRET, or neither.")
if ADS_API_IS_SANDBOX:  # real ones are none of its business
    META_APP_ID, META_APP_SECRET = ads_addresses.SANDBOX_META_APP
    GOOGLE_CLIENT_ID, GOOGLE_CLIENT_SECRET = ads_addresses.SANDBOX_GOOGLE_CLIENT
    GOOGLE_DEVELOPER_TOKEN = ""

# --- Sending: how long a call may last, when a try counts as lost, how fast a number may send ---
SEND_READ_TIMEOUT = env.whole("ADSCAPE_SEND_TIMEOUT", default=130)  # seconds; the gateway itself may wait twice 60
SEND_LEASE = env.whole("ADSCAPE_SEND_LEASE", default=180)  # seconds; longer than any call can last
if SEND_LEASE <= SEND_READ_TIMEOUT + 5:
    raise ImproperlyConfigured("ADSCAPE_SEND_LEASE must be more than 5 seconds longer than ADSCAPE_SEND_TIMEOUT.")
UNCERTAIN_WINDOW = env.whole("ADSCAPE_UNCERTAIN_WINDOW", default=600)  # seconds of looking for a trace
_LOOK_EVERY = min(15.0, max(1.0, UNCERTAIN_WINDOW / 8))  # so that a shortened window is looked through as often
CELERY_BEAT_SCHEDULE["look for traces"] = {
    "task": "connections.reconcile",
    "schedule": _LOOK_EVERY,
    "options": {"expires": _LOOK_EVERY},
}
HALT_AFTER = env.whole("ADSCAPE_HALT_AFTER", default=5)  # send timeouts in a row after which no more is claimed
MANNERS = env.bool("ADSCAPE_MANNERS", default=True)  # gap, hourly cap, slow start, quiet hours of each number

# --- Reports' public pages ---
REPORT_LINK_DAYS = env.whole("ADSCAPE_REPORT_LINK_DAYS", default=90)  # how long an address that was given out opens
if REPORT_LINK_DAYS < 1:
    raise ImproperlyConfigured("ADSCAPE_REPORT_LINK_DAYS must be 1 or more.")

# --- Accounts ---
# https://docs.allauth.org/en/latest/account/configuration.html
AUTH_USER_MODEL = "agency.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
ACCOUNT_ADAPTER = "agency.accounts.ClosedAccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""  # else the host's name in brackets
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False  # allauth's e-mail to an unknown address invites to sign up, which nobody can
PASSWORD_RESET_TIMEOUT = 60 * 60 * 3
# How many proxies of ours stand in front: rate limits then count the address that the outermost of them saw. Of 0, what
# X-Forwarded-For says is ignored, since anybody can write it.
ALLAUTH_TRUSTED_PROXY_COUNT = env.whole("ADSCAPE_TRUSTED_PROXIES", default=0)
if ALLAUTH_TRUSTED_PROXY_COUNT < 0:
    raise ImproperlyConfigured("ADSCAPE_TRUSTED_PROXIES must be 0 or more.")
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "agency:client_list"
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
EMAIL_CONFIG = env.email_url("EMAIL_URL", default="consolemail://")
vars().update({"EMAIL_TIMEOUT": 10} | EMAIL_CONFIG)  # seconds: a mail server that hangs must not hold a page
DEFAULT_FROM_EMAIL = env.str("ADSCAPE_FROM_EMAIL", default="Adscape <nao-responda@localhost>")

# --- Language, time, static files, logs ---
LANGUAGE_CODE = "pt-br"
TIME_ZONE = "America/Sao_Paulo"  # what a page shows where no agency or client says otherwise; the database holds UTC
USE_TZ = True
USE_THOUSAND_SEPARATOR = True
STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"  # collected by the launcher
STATICFILES_DIRS = [("", BASE_DIR / "static" / "public")]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
    "loggers": {
        "django.server": {"level": "WARNING"},
        "urllib3": {"level": "INFO"},  # below, it writes down whole addresses, and Meta wants a token in one of them
        "celery.worker.strategy": {"level": "WARNING"},  # each ring of the bell
        "celery.beat": {"level": "WARNING"},
        "celery.app.trace": {"level": "WARNING"},
    },
}
