"""The product's settings with what would make tests slow, chatty or dependent on the machine taken out."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile

# Before adscape.settings is read: tests/plugins/services.py has set these in a test run, nobody has in a bare import.
os.environ.setdefault("ADSCAPE_ENV_FILE", "")
if "TESTS_ROOT" not in os.environ:
    os.environ["ADSCAPE_DATA_DIR"] = tempfile.mkdtemp(prefix="adscape-tests-")
    atexit.register(shutil.rmtree, os.environ["ADSCAPE_DATA_DIR"], ignore_errors=True)

from adscape.ads_addresses import LIVE
from adscape.settings import *  # noqa: F403
from adscape.settings import CACHES, DATA_DIR, DATABASES, STATIC_ROOT, STORAGES

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
STATIC_ROOT.mkdir(parents=True, exist_ok=True)
CACHES["default"]["KEY_PREFIX"] = os.environ.get("TESTS_KEY_PREFIX", "adscape-test")

EVOLUTION_API_URL = "http://evolution.test"
EVOLUTION_API_KEY = "test-key"
EVOLUTION_IS_SANDBOX = False
ADS_API_IS_SANDBOX = False
META_API_URL, GOOGLE_ADS_API_URL, GOOGLE_OAUTH_URL = LIVE.meta_api, LIVE.google_api, LIVE.google_token
META_APP_ID = META_APP_SECRET = GOOGLE_CLIENT_ID = GOOGLE_CLIENT_SECRET = GOOGLE_DEVELOPER_TOKEN = ""
MANNERS = False  # tests of it turn it on

if "sqlite3" in DATABASES["default"]["ENGINE"]:
    # A file, not memory: live servers and worker processes have connections of their own.
    DATABASES["default"]["TEST"] = {"NAME": str(DATA_DIR / "test.sqlite3")}
    DATABASES["default"]["OPTIONS"]["init_command"] = "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF;"
else:
    # A pool keeps connections that PostgreSQL refuses to drop the test database under.
    DATABASES["default"]["OPTIONS"].pop("pool")
