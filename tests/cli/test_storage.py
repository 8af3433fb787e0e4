import asyncio
import base64
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from rushes.cli.checks import State, check_machine
from rushes.cli.storage import open_storage
from rushes.domain.media import Bucket
from rushes.errors import SettingsError
from rushes.settings import read_settings
from tests.s3 import KEY, make_buckets

S3 = {"region": "eu-central-1", "access_key": KEY.key_id, "secret_key": KEY.secret}


@pytest.fixture(autouse=True)
def _settings_of_its_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def settings(tmp_path: Path) -> Callable[..., Any]:
    """Settings with these flags."""
    return lambda **flags: read_settings({"home": tmp_path / "home", **flags})


def url_of(storage: Any, bucket: Bucket) -> str:
    return storage.presigner.read_url(
        bucket, "key", lifetime=timedelta(hours=1), media_type="image/png", disposition="inline"
    )


def test_folder_is_the_default(settings: Callable[..., Any], tmp_path: Path) -> None:
    storage = open_storage(settings())

    assert storage.presigner is None
    assert (tmp_path / "home" / "storage" / "outputs").is_dir()


def test_buckets_begin_with_the_name_or_have_their_own(settings: Callable[..., Any]) -> None:
    storage = open_storage(settings(storage="s3://acme", s3=S3, buckets={"videos": "films"}))

    assert url_of(storage, Bucket.IMAGES).startswith("https://s3.eu-central-1.amazonaws.com/acme-images/key?")
    assert url_of(storage, Bucket.VIDEOS).startswith("https://s3.eu-central-1.amazonaws.com/films/key?")


def test_keys_of_the_environment_are_used(
    settings: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAENVIRONMENT")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "a secret of the environment")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "a-token")

    url = url_of(open_storage(settings(storage="s3://acme")), Bucket.IMAGES)

    assert "AKIAENVIRONMENT" in url
    assert "X-Amz-Security-Token=a-token" in url
    assert "response-content-type" in url


def test_azure_needs_an_account(settings: Callable[..., Any]) -> None:
    with pytest.raises(SettingsError, match="RUSHES_AZURE_ACCOUNT"):
        open_storage(settings(storage="az://acme"))


def test_azure_opens_containers(settings: Callable[..., Any]) -> None:
    key = base64.b64encode(b"a key").decode()

    storage = open_storage(settings(storage="az://acme", azure={"account": "acme", "access_key": key}))

    assert url_of(storage, Bucket.OUTPUTS).startswith("https://acme.blob.core.windows.net/acme-outputs/key?")


def test_key_that_is_none_is_refused_without_being_told(settings: Callable[..., Any]) -> None:
    azure = {"account": "acme", "access_key": "no base64, but hunter2!"}

    with pytest.raises(SettingsError) as refused:
        open_storage(settings(storage="az://acme", azure=azure))

    assert "hunter2" not in refused.value.message


def test_missing_key_file_is_refused(settings: Callable[..., Any], tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="gs://acme"):
        open_storage(settings(storage="gs://acme", gcs={"service_account": tmp_path / "nothing.json"}))


@pytest.mark.parametrize(
    "flags",
    [
        {"storage": "s3://"},
        {"storage": "s3://UPPER"},
        {"storage": "s3://acme/folder"},
        {"storage": "ftp://acme"},
        {"storage": ""},
        {"s3": {"access_key": "AKIA"}},
        {"s3": {"secret_key": "hunter2"}},
        {"s3": {"endpoint": "minio:9000"}},
        {"s3": {"endpoint": "http://user:hunter2@minio"}},
        {"s3": {"region": "a/b"}},
        {"azure": {"account": "a.b"}},
        {"buckets": {"images": "a"}},
    ],
)
def test_wrong_store_is_refused(settings: Callable[..., Any], flags: dict[str, Any]) -> None:
    with pytest.raises(SettingsError) as refused:
        settings(**flags)

    assert re.search(r"RUSHES_(STORAGE|S3|AZURE|BUCKETS)", refused.value.message)


def test_secrets_are_not_shown(settings: Callable[..., Any]) -> None:
    shown = repr(settings(storage="s3://acme", s3=S3, azure={"access_key": "c2VjcmV0LW9mLWF6dXJl"}))

    assert KEY.secret not in shown
    assert "c2VjcmV0LW9mLWF6dXJl" not in shown


def test_doctor_writes_to_each_bucket(settings: Callable[..., Any], s3_url: str) -> None:
    make_buckets(s3_url, "doctor-images", "doctor-videos", "doctor-outputs")

    findings = asyncio.run(check_machine(settings(storage="s3://doctor", s3=S3 | {"endpoint": s3_url})))

    assert (findings[0].state, findings[0].detail) == (State.OK, "s3://doctor can be written")


def test_doctor_names_the_buckets_that_it_cannot_write(settings: Callable[..., Any], s3_url: str) -> None:
    findings = asyncio.run(check_machine(settings(storage="s3://nobody", s3=S3 | {"endpoint": s3_url})))

    assert findings[0].state is State.WRONG
    assert "NoSuchBucket" in findings[0].detail or "404" in findings[0].detail
    assert "nobody-images, nobody-videos, nobody-outputs" in findings[0].mend
    assert KEY.secret not in findings[0].detail
