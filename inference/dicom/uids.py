"""New identifiers: from old ones under a secret key, and from what an object says.

Under the key they are repeatable for who holds it and meaningless to others.

UIDs follow PS3.5 B.2 (2.25. and a 128-bit number). The key is an installation's own; without it neither a UID
nor a pseudonym can be led back, and two installations' names can't be linked.
"""

import base64
import hashlib
import hmac
from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True)
class Keyed:
    """Keyed names. key: at least 16 secret bytes."""

    key: bytes

    def __post_init__(self) -> None:
        if len(self.key) < 16:
            raise ValueError("the de-identification key needs at least 16 bytes")

    def digest(self, purpose: str, *parts: str) -> str:
        """64 hex digits that depend on the key, the purpose and the parts, whatever characters these hold."""
        return self._mac(purpose, parts).hex()

    def uid(self, purpose: str, *parts: str) -> str:
        """A UID for these parts; the same purpose and parts always give the same."""
        number = int.from_bytes(self._mac(f"uid {purpose}", parts)[:16], "big")
        return f"2.25.{number}"

    def pseudonym(self, patient_id: str) -> str:
        """Eight letters and digits for a patient."""
        letters = base64.b32encode(self._mac("pseudonym", (patient_id,))[:5]).decode("ascii")
        return f"P-{letters}"

    def _mac(self, purpose: str, parts: tuple[str, ...]) -> bytes:
        """HMAC-SHA256 over the length-prefixed parts, so that no two lists of parts run together."""
        message = b"".join(
            len(raw).to_bytes(8, "big") + raw
            for raw in (part.encode("utf-8", "surrogatepass") for part in (purpose, *parts))
        )
        return hmac.new(self.key, message, hashlib.sha256).digest()


@dataclass(frozen=True)
class ContentUids:
    """UIDs that depend on an object's content alone: the same object is the same file. content: a digest."""

    content: bytes

    @classmethod
    def of(cls, *parts: str) -> Self:
        """The UIDs of an object that says `parts`."""
        total = hashlib.sha256()
        for part in parts:
            raw = part.encode("utf-8", "surrogatepass")
            total.update(len(raw).to_bytes(8, "big") + raw)
        return cls(total.digest())

    def __call__(self, what: str) -> str:
        """The UID of one thing in the object: itself, its series, a frame of reference."""
        return f"2.25.{int.from_bytes(hashlib.sha256(self.content + what.encode()).digest()[:16], 'big')}"
