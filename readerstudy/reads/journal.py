"""The key of a reader's offline journal: derived, so that only this server can have an entry opened."""

import base64
import hashlib

from django.conf import settings
from django.utils.crypto import salted_hmac

from readerstudy.accounts.models import User


def keys_of(reader: User) -> list[dict[str, str]]:
    """AES-256 keys of this reader: the one in use, then those of earlier secrets, for entries still sealed.

    {"id": 16 hex digits that name the key, "key": 32 bytes as base64}.
    """
    return [_key(reader, secret) for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)]


def _key(reader: User, secret: str) -> dict[str, str]:
    raw = salted_hmac("readerstudy.reads.journal", str(reader.pk), secret=secret, algorithm="sha256").digest()
    return {"id": hashlib.sha256(raw).hexdigest()[:16], "key": base64.b64encode(raw).decode()}
