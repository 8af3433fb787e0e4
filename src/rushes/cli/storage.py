"""Opens the object store that the settings name."""

import os
from collections.abc import Mapping
from pathlib import Path

from rushes.cli.folders import make_folder
from rushes.domain.media import Bucket
from rushes.errors import SettingsError
from rushes.setting_groups import S3Settings
from rushes.settings import Settings
from rushes.storage.remote import S3Options, azure_storage, gcs_storage, s3_storage
from rushes.storage.sigv4 import AccessKey
from rushes.storage.store import Storage, local_storage


def open_storage(settings: Settings) -> Storage:
    """Return the object store; a remote one is not asked for anything yet.

    Raises:
        SettingsError: Its folder cannot be made, or what is needed to reach it is missing.
    """
    if isinstance(settings.storage, Path):
        return local_storage(make_folder(settings.storage, setting="storage"))
    names = bucket_names(settings)
    try:
        return _open_remote(settings, names)
    # What obstore cannot make sense of: a key that is no base64, a file that is no key.
    except Exception as error:
        if isinstance(error, SettingsError):
            raise
        reason = str(error).partition("\n")[0]
        raise SettingsError(f"The store {settings.storage} cannot be used: {reason}") from error


def bucket_names(settings: Settings) -> Mapping[Bucket, str]:
    """Return what the three buckets are called in a store that is no folder."""
    prefix = str(settings.storage).partition("://")[2]
    given = settings.buckets
    return {
        Bucket.IMAGES: given.images or f"{prefix}-images",
        Bucket.VIDEOS: given.videos or f"{prefix}-videos",
        Bucket.OUTPUTS: given.outputs or f"{prefix}-outputs",
    }


def _open_remote(settings: Settings, names: Mapping[Bucket, str]) -> Storage:
    match str(settings.storage).partition("://")[0]:
        case "s3":
            return s3_storage(names, _s3_options(settings.s3))
        case "gs":
            account = settings.gcs.service_account
            return gcs_storage(names, service_account=account and str(account))
        case _:
            return _azure(settings, names)


def _azure(settings: Settings, names: Mapping[Bucket, str]) -> Storage:
    azure = settings.azure
    if azure.account is None:
        raise SettingsError("Azure needs the name of the storage account: set RUSHES_AZURE_ACCOUNT.")
    return azure_storage(
        names,
        account=azure.account,
        access_key=None if azure.access_key is None else azure.access_key.get_secret_value(),
        endpoint=azure.endpoint,
    )


def _s3_options(s3: S3Settings) -> S3Options:
    return S3Options(
        region=s3.region, key=_access_key(s3), endpoint=s3.endpoint, public_endpoint=s3.public_endpoint
    )


def _access_key(s3: S3Settings) -> AccessKey | None:
    if s3.access_key is not None and s3.secret_key is not None:
        return AccessKey(key_id=s3.access_key, secret=s3.secret_key.get_secret_value())
    key_id, secret = os.environ.get("AWS_ACCESS_KEY_ID"), os.environ.get("AWS_SECRET_ACCESS_KEY")
    if key_id and secret:
        return AccessKey(
            key_id=key_id, secret=secret, session_token=os.environ.get("AWS_SESSION_TOKEN") or None
        )
    return None
