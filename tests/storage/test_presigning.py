import base64
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import boto3
import httpx
import pytest
from botocore.config import Config
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from rushes.domain.media import Bucket
from rushes.storage.presigning import Presigner
from rushes.storage.remote import S3Options, azure_storage, gcs_storage, s3_storage
from rushes.storage.sigv4 import AccessKey, presign
from rushes.storage.store import Storage
from tests.factories import stream
from tests.s3 import KEY, REGION, fresh_s3_storage

HOUR = timedelta(hours=1)
NAMES = {bucket: f"acme-{bucket}" for bucket in Bucket}
ENDPOINT = "https://minio.example.org:9000"


@pytest.fixture
def s3(s3_url: str) -> Storage:
    return fresh_s3_storage(s3_url)


def presigner_of(storage: Storage) -> Presigner:
    assert storage.presigner is not None
    return storage.presigner


async def ask(method: str, url: str, **more: Any) -> httpx.Response:
    async with httpx.AsyncClient() as client:
        return await client.request(method, url, **more)


def read_url(storage: Storage, key: str, *, lifetime: timedelta = HOUR) -> str:
    return presigner_of(storage).read_url(
        Bucket.IMAGES, key, lifetime=lifetime, media_type="image/png", disposition='attachment; filename="a"'
    )


def by_amazon(token: str | None, operation: str, **asked: Any) -> str:
    """What Amazon's own library signs."""
    client = boto3.client(
        "s3",
        region_name=REGION,
        endpoint_url=ENDPOINT,
        aws_access_key_id=KEY.key_id,
        aws_secret_access_key=KEY.secret,
        aws_session_token=token,
        config=Config(signature_version="s3v4", s3={"addressing_style": "path"}),
    )
    params = {"Bucket": "acme", "Key": "user/a b/ü.png", **asked}
    return client.generate_presigned_url(operation, Params=params, ExpiresIn=3600)


def parts_of(url: str) -> tuple[str, str, dict[str, list[str]]]:
    parts = urlsplit(url)
    return parts.netloc, parts.path, parse_qs(parts.query)


@pytest.mark.parametrize("token", [None, "a/token+of=a session"])
@pytest.mark.parametrize(
    ("method", "operation", "asked", "more"),
    [
        ("GET", "get_object", {}, {}),
        (
            "GET",
            "get_object",
            {
                "ResponseContentDisposition": 'attachment; filename="ü +.png"',
                "ResponseContentType": "image/png",
            },
            {
                "query": {
                    "response-content-disposition": 'attachment; filename="ü +.png"',
                    "response-content-type": "image/png",
                }
            },
        ),
        ("PUT", "put_object", {"ContentLength": 5}, {"headers": {"content-length": "5"}}),
    ],
)
def test_address_is_what_amazons_library_signs(
    token: str | None, method: str, operation: str, asked: dict[str, Any], more: dict[str, Any]
) -> None:
    theirs = parts_of(by_amazon(token, operation, **asked))
    now = datetime.strptime(theirs[2]["X-Amz-Date"][0], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)

    ours = presign(
        AccessKey(key_id=KEY.key_id, secret=KEY.secret, session_token=token),
        method=method,
        url=f"{ENDPOINT}/acme/user/a%20b/%C3%BC.png",
        region=REGION,
        lifetime=HOUR,
        now=now,
        **more,
    )

    assert parts_of(ours) == theirs


async def test_presigned_address_opens_the_object(s3: Storage) -> None:
    await s3.write(Bucket.IMAGES, "user/a b/ü.png", stream(b"picture"))

    answer = await ask("GET", read_url(s3, "user/a b/ü.png"))

    assert (answer.status_code, answer.content) == (200, b"picture")
    assert answer.headers["content-type"] == "image/png"
    assert answer.headers["content-disposition"] == 'attachment; filename="a"'


async def test_object_is_stored_with_its_type(s3: Storage, s3_url: str) -> None:
    await s3.write(Bucket.VIDEOS, "film.webm", stream(b"film"))
    url = presigner_of(s3).read_url(
        Bucket.VIDEOS, "film.webm", lifetime=HOUR, media_type="video/webm", disposition="inline"
    )

    stored = await ask("HEAD", url.partition("?")[0])

    assert stored.headers["content-type"] == "video/webm"


async def test_presigned_address_takes_the_object(s3: Storage) -> None:
    signed = presigner_of(s3).write_url(Bucket.IMAGES, "new", lifetime=HOUR, size=7)

    answer = await ask("PUT", signed.url, content=b"picture", headers=signed.headers)

    assert answer.status_code == 200
    assert (await s3.head(Bucket.IMAGES, "new")).size == 7


def test_address_names_the_size_that_the_store_takes() -> None:
    storage = s3_storage(NAMES, S3Options(region=REGION, key=KEY))

    signed = presigner_of(storage).write_url(Bucket.IMAGES, "new", lifetime=HOUR, size=7)

    assert parts_of(signed.url)[2]["X-Amz-SignedHeaders"] == ["content-length;host"]


def test_addresses_of_browsers_begin_with_the_public_endpoint() -> None:
    options = S3Options(
        region=REGION, key=KEY, endpoint="http://minio:9000", public_endpoint="https://files.example.org"
    )
    storage = s3_storage(NAMES, options)

    assert read_url(storage, "a").startswith("https://files.example.org/acme-images/a?")
    assert presigner_of(storage).origin == "https://files.example.org"


def test_key_that_only_the_store_knows_signs_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAROLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "a secret of the machine")
    storage = s3_storage(NAMES, S3Options(region=REGION, endpoint=ENDPOINT))

    host, path, query = parts_of(read_url(storage, "a/b.png", lifetime=timedelta(days=7)))

    assert (host, path) == ("minio.example.org:9000", "/acme-images/a/b.png")
    assert query["X-Amz-Credential"][0].startswith("AKIAROLE/")
    assert query["X-Amz-Expires"] == ["604800"]


def test_google_signs_with_its_service_account(tmp_path: Path) -> None:
    storage = gcs_storage(NAMES, service_account=str(service_account(tmp_path)))

    host, path, query = parts_of(read_url(storage, "a/b.png"))

    assert (f"https://{host}", path) == (presigner_of(storage).origin, "/acme-images/a/b.png")
    assert query["X-Goog-Credential"][0].startswith("rushes@example.iam.gserviceaccount.com/")
    assert query["X-Goog-Expires"] == ["3600"]


def test_azure_signs_with_its_access_key() -> None:
    key = base64.b64encode(b"a key of the tests").decode()
    storage = azure_storage(NAMES, account="acme", access_key=key)

    signed = presigner_of(storage).write_url(Bucket.IMAGES, "a/b.png", lifetime=HOUR, size=7)

    host, path, query = parts_of(signed.url)
    assert (f"https://{host}", path) == (presigner_of(storage).origin, "/acme-images/a/b.png")
    assert (query["sp"], query["sr"]) == (["w"], ["b"])
    assert signed.headers == {"x-ms-blob-type": "BlockBlob"}


def service_account(folder: Path) -> Path:
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    account = {
        "type": "service_account",
        "client_email": "rushes@example.iam.gserviceaccount.com",
        "private_key_id": "1",
        "private_key": private.decode(),
    }
    file = folder / "account.json"
    file.write_text(json.dumps(account))
    return file
