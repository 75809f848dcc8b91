"""The product's settings with a throw-away data directory, for tests."""

import os
import tempfile
from pathlib import Path

if "PYTEST_XDIST_WORKER" in os.environ or "READERSTUDY_DATA_DIR" not in os.environ:
    os.environ["READERSTUDY_DATA_DIR"] = tempfile.mkdtemp(prefix="readerstudy-tests-")

from readerstudy.config.settings import *  # noqa: E402, F403
from readerstudy.config.settings import DATA_DIR, DATABASES  # noqa: E402

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
CELERY_BROKER_URL = "memory://"
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["TEST"] = {"NAME": str(Path(DATA_DIR) / "test.sqlite3")}
DJANGO_VITE = {"default": {"dev_mode": True}}
STATIC_ROOT = Path(DATA_DIR) / "static"
STATIC_ROOT.mkdir(exist_ok=True)
