"""Addresses that a remote store itself honours: to read one object, or to write one."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Protocol
from urllib.parse import quote

import obstore
from obstore.store import AzureStore, GCSStore, S3Store

from rushes.domain.media import Bucket
from rushes.storage.sigv4 import AccessKey, presign

SigningStore = S3Store | GCSStore | AzureStore

_NOTHING: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedWrite:
    """How to send one object to the store: by PUT to `url`, with all of `headers`."""

    url: str
    headers: Mapping[str, str]


class Presigner(Protocol):
    """Signs addresses of a remote store."""

    @property
    def origin(self) -> str:
        """Scheme and host that each of them begins with."""
        ...

    def read_url(
        self, bucket: Bucket, key: str, *, lifetime: timedelta, media_type: str, disposition: str
    ) -> str:
        """Return an address to read an object.

        A store that lets an address say so answers with this type and `Content-Disposition`.
        """
        ...

    def write_url(self, bucket: Bucket, key: str, *, lifetime: timedelta, size: int) -> SignedWrite:
        """Return an address to write an object of `size` bytes."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class S3Presigner:
    """Signs for S3 with a key that is known here; `names` are those of the buckets."""

    key: AccessKey
    region: str
    origin: str
    names: Mapping[Bucket, str]

    def read_url(
        self, bucket: Bucket, key: str, *, lifetime: timedelta, media_type: str, disposition: str
    ) -> str:
        """Return an address whose answer has this type and disposition."""
        asked = {"response-content-type": media_type, "response-content-disposition": disposition}
        return self._presign("GET", bucket, key, lifetime, query=asked)

    def write_url(self, bucket: Bucket, key: str, *, lifetime: timedelta, size: int) -> SignedWrite:
        """Return an address that takes exactly `size` bytes."""
        # Clients set this header by themselves: browsers let no script do it.
        url = self._presign("PUT", bucket, key, lifetime, headers={"content-length": str(size)})
        return SignedWrite(url=url, headers={})

    def _presign(
        self,
        method: str,
        bucket: Bucket,
        key: str,
        lifetime: timedelta,
        *,
        query: Mapping[str, str] = _NOTHING,
        headers: Mapping[str, str] = _NOTHING,
    ) -> str:
        return presign(
            self.key,
            method=method,
            url=f"{self.origin}/{self.names[bucket]}/{quote(key)}",
            region=self.region,
            lifetime=lifetime,
            now=datetime.now(UTC),
            query=query,
            headers=headers,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class StorePresigner:
    """Signs by means of obstore, which knows no more than method and key; `headers` go with each write."""

    stores: Mapping[Bucket, SigningStore]
    origin: str
    headers: Mapping[str, str] = field(default_factory=dict[str, str])

    def read_url(
        self,
        bucket: Bucket,
        key: str,
        *,
        lifetime: timedelta,
        media_type: str,  # noqa: ARG002 — obstore signs no wishes; the object was stored with its type
        disposition: str,  # noqa: ARG002 — obstore signs no wishes for the answer
    ) -> str:
        """Return an address whose answer has the type that the object was stored with."""
        return obstore.sign(self.stores[bucket], "GET", key, lifetime)

    def write_url(
        self,
        bucket: Bucket,
        key: str,
        *,
        lifetime: timedelta,
        size: int,  # noqa: ARG002 — obstore signs no headers
    ) -> SignedWrite:
        """Return an address that takes what it is sent: whoever completes the upload compares the size."""
        url = obstore.sign(self.stores[bucket], "PUT", key, lifetime)
        return SignedWrite(url=url, headers=self.headers)
