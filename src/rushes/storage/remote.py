"""Opens the buckets of S3 and its compatibles, Google Cloud Storage and Azure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from obstore.store import AzureStore, GCSStore, S3Store

from rushes.domain.media import Bucket
from rushes.storage.presigning import S3Presigner, StorePresigner
from rushes.storage.sigv4 import AccessKey
from rushes.storage.store import Storage

_CLIENT: dict[str, Any] = {"connect_timeout": timedelta(seconds=5), "timeout": timedelta(minutes=2)}
# A request waits for it: a store that is away is said to be away after some seconds.
_RETRY: Any = {"max_retries": 3, "retry_timeout": timedelta(seconds=20)}
_GOOGLE = "https://storage.googleapis.com"

BucketNames = Mapping[Bucket, str]
"""What our buckets are called in the store."""


@dataclass(frozen=True, slots=True, kw_only=True)
class S3Options:
    """How to reach an S3 server; without a `key` obstore finds one, such as that of the machine's role.

    `endpoint` is `https://host:port` of a compatible server, `None` for Amazon's; `public_endpoint` is where
    browsers reach it, if that is another address.
    """

    region: str
    key: AccessKey | None = field(default=None, repr=False)
    endpoint: str | None = None
    public_endpoint: str | None = None

    @property
    def origin(self) -> str:
        """Scheme and host that presigned addresses begin with."""
        given = self.public_endpoint or self.endpoint
        return (given or f"https://s3.{self.region}.amazonaws.com").rstrip("/")


def s3_storage(names: BucketNames, options: S3Options) -> Storage:
    """Return the store whose buckets lie on an S3 server."""
    stores = _s3_stores(names, options, options.endpoint)
    if options.key is not None:
        presigner = S3Presigner(key=options.key, region=options.region, origin=options.origin, names=names)
    else:
        presigner = StorePresigner(
            stores=_s3_stores(names, options, options.public_endpoint or options.endpoint),
            origin=options.origin,
        )
    return Storage(stores, presigner=presigner)


def gcs_storage(names: BucketNames, *, service_account: str | None) -> Storage:
    """Return the store whose buckets lie on Google Cloud Storage.

    `service_account` is the path of its key file; without one obstore finds the machine's own account.
    """
    account: dict[str, Any] = {} if service_account is None else {"service_account": service_account}
    stores = {
        bucket: GCSStore(name, client_options=_client(None), retry_config=_RETRY, **account)
        for bucket, name in names.items()
    }
    return Storage(stores, presigner=StorePresigner(stores=stores, origin=_GOOGLE))


def azure_storage(
    names: BucketNames, *, account: str, access_key: str | None, endpoint: str | None = None
) -> Storage:
    """Return the store whose containers lie in an Azure storage account; `access_key` is in base64."""
    given: dict[str, Any] = {"account_name": account, "account_key": access_key, "endpoint": endpoint}
    config = {name: value for name, value in given.items() if value is not None}
    stores = {
        bucket: AzureStore(name, client_options=_client(endpoint), retry_config=_RETRY, **config)
        for bucket, name in names.items()
    }
    presigner = StorePresigner(
        stores=stores,
        origin=endpoint or f"https://{account}.blob.core.windows.net",
        headers={"x-ms-blob-type": "BlockBlob"},
    )
    return Storage(stores, presigner=presigner)


def _s3_stores(names: BucketNames, options: S3Options, endpoint: str | None) -> dict[Bucket, S3Store]:
    config: dict[str, Any] = {"region": options.region}
    if endpoint is not None:
        config["endpoint"] = endpoint.rstrip("/")
    if options.key is not None:
        config["access_key_id"] = options.key.key_id
        config["secret_access_key"] = options.key.secret
        if options.key.session_token is not None:
            config["session_token"] = options.key.session_token
    return {
        bucket: S3Store(name, client_options=_client(endpoint), retry_config=_RETRY, **config)
        for bucket, name in names.items()
    }


def _client(endpoint: str | None) -> Any:
    return {**_CLIENT, "allow_http": (endpoint or "").startswith("http://")}
