"""What an instance signs its outputs with."""

from dataclasses import dataclass, field
from typing import Final

SIGNED_TYPES: Final = frozenset(("video/mp4", "video/quicktime", "image/png", "image/jpeg", "image/webp"))
"""What can hold content credentials; WebM and Matroska cannot."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """A certificate with its key.

    `chain` is PEM: the signer's certificate, then those above it; `key` is its private key in PEM (PKCS #8,
    RFC 5958); `algorithm` is named as the C2PA specification names it.
    """

    chain: str
    key: str = field(repr=False)
    algorithm: str = "es256"
