"""Typed readers of environment variables: a missing or misspelt value fails at start, by name."""

import os
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

PREFIX = "READERSTUDY_"


class ConfigurationError(ValueError):
    """An environment variable has a value that can't be used; the message names it."""


def text(name: str, default: str = "") -> str:
    """The variable READERSTUDY_<name> as text."""
    return os.environ.get(PREFIX + name, default)


def number(name: str, default: int) -> int:
    """As a whole number."""
    value = text(name, str(default))
    try:
        return int(value)
    except ValueError:
        raise ConfigurationError(f"{PREFIX}{name} must be a whole number, not {value!r}") from None


def switch(name: str, default: bool = False) -> bool:
    """As yes or no: 1/0, true/false, yes/no, on/off."""
    value = text(name, "yes" if default else "no").lower()
    if value in {"1", "true", "yes", "on"}:
        return True
    if value in {"0", "false", "no", "off", ""}:
        return False
    raise ConfigurationError(f"{PREFIX}{name} must be yes or no, not {value!r}")


def names(name: str, default: str = "") -> list[str]:
    """As a comma-separated list."""
    return [part.strip() for part in text(name, default).split(",") if part.strip()]


def database(url: str) -> dict[str, Any]:
    """Django's DATABASES entry of sqlite:///absolute/path or postgres://user:password@host:port/name."""
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": unquote(parts.path),
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;",
            },
        }
    if parts.scheme in {"postgres", "postgresql"}:
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": unquote(parts.path.lstrip("/")),
            "USER": unquote(parts.username or ""),
            "PASSWORD": unquote(parts.password or ""),
            "HOST": unquote(parts.hostname or ""),
            "PORT": str(parts.port or ""),
            "CONN_MAX_AGE": 60,
            "CONN_HEALTH_CHECKS": True,
            "OPTIONS": {
                "connect_timeout": 5,
                "server_side_binding": True,
                "prepare_threshold": 3,
            },
        }
    raise ConfigurationError(f"{PREFIX}DATABASE_URL must start with sqlite:/// or postgres://, not {url!r}")


@dataclass(frozen=True)
class Mail:
    """A mail server and how to speak to it."""

    host: str
    port: int
    user: str
    password: str
    tls: bool
    starttls: bool


_MAIL_PORTS = {"smtp": 25, "smtps": 465, "smtp+starttls": 587}


def mail(url: str) -> Mail | None:
    """The server of smtp://user:password@host:port, smtps:// (TLS from the start) or smtp+starttls://."""
    if not url:
        return None
    parts = urlsplit(url)
    if parts.scheme not in _MAIL_PORTS or not parts.hostname:
        raise ConfigurationError(
            f"{PREFIX}MAIL_URL must be smtp://, smtps:// or smtp+starttls:// and a host, not {url!r}"
        )
    return Mail(
        host=parts.hostname,
        port=parts.port or _MAIL_PORTS[parts.scheme],
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        tls=parts.scheme == "smtps",
        starttls=parts.scheme == "smtp+starttls",
    )
