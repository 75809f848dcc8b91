"""New identifiers from old ones under a secret key: repeatable for who holds the key, meaningless to others.

UIDs follow PS3.5 B.2 (2.25. and a 128-bit number). The key is an installation's own; without it neither a UID
nor a pseudonym can be led back, and two installations' names can't be linked.
"""

import base64
import hashlib
import hmac
from dataclasses import dataclass


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
