from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, quote, unquote, urlencode, urlsplit

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from rushes.domain.media import Bucket
from rushes.errors import SignatureExpired, SignatureInvalid
from rushes.storage.signing import (
    check_signed_path,
    check_signed_upload_path,
    signed_path,
    signed_upload_path,
)

SECRET = b"a secret of the server"
NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=20)
buckets = st.sampled_from(Bucket)
times = st.integers(int(NOW.timestamp()), 2**33)


@dataclass(frozen=True, kw_only=True)
class Address:
    """A signed path, taken apart as the web does."""

    bucket: str
    key: str
    expires: int
    file_name: str | None
    signature: str

    @property
    def path(self) -> str:
        """The address as it is asked for."""
        download = {} if self.file_name is None else {"download": self.file_name}
        query = {"expires": self.expires, **download, "signature": self.signature}
        return f"/media/{self.bucket}/{quote(self.key)}?{urlencode(query)}"


def taken_apart(path: str) -> Address:
    parts = urlsplit(path)
    bucket, _, key = parts.path.removeprefix("/media/").partition("/")
    query = {name: values[0] for name, values in parse_qs(parts.query, strict_parsing=True).items()}
    return Address(
        bucket=bucket,
        key=unquote(key),
        expires=int(query["expires"]),
        file_name=query.get("download"),
        signature=query["signature"],
    )


def check(address: Address, *, asked: str = "", secret: bytes = SECRET, now: datetime = NOW) -> None:
    check_signed_path(
        secret,
        asked or address.path,
        bucket=address.bucket,
        key=address.key,
        expires=address.expires,
        file_name=address.file_name,
        now=now,
    )


def sign(bucket: Bucket, key: str, expires: int, file_name: str | None) -> Address:
    expires_at = datetime.fromtimestamp(expires, UTC)
    return taken_apart(
        signed_path(SECRET, bucket=bucket, key=key, expires_at=expires_at, file_name=file_name)
    )


@given(bucket=buckets, key=texts, expires=times, file_name=st.none() | texts)
def test_signed_address_is_accepted(bucket: Bucket, key: str, expires: int, file_name: str | None) -> None:
    address = sign(bucket, key, expires, file_name)

    check(address)

    assert (address.bucket, address.key, address.file_name) == (bucket, key, file_name)


@given(
    original=st.tuples(buckets, texts, times, st.none() | texts),
    changed=st.tuples(buckets, texts, times, st.none() | texts),
)
def test_signature_of_one_address_is_not_that_of_another(
    original: tuple[Bucket, str, int, str | None], changed: tuple[Bucket, str, int, str | None]
) -> None:
    assume(original != changed)
    forged = replace(sign(*changed), signature=sign(*original).signature)

    with pytest.raises(SignatureInvalid):
        check(forged)


@given(st.data())
def test_any_changed_part_spoils_the_signature(data: st.DataObject) -> None:
    address = sign(Bucket.OUTPUTS, "user/job/output.mp4", int(NOW.timestamp()) + 60, "film.mp4")
    field, values = data.draw(
        st.sampled_from(
            [
                ("bucket", buckets.map(str)),
                ("key", texts),
                ("expires", times),
                ("file_name", st.none() | texts),
                ("signature", texts),
            ]
        )
    )
    value = data.draw(values)
    assume(value != getattr(address, field))

    with pytest.raises(SignatureInvalid):
        check(replace(address, **{field: value}))


def test_secret_of_another_server_is_refused() -> None:
    address = sign(Bucket.OUTPUTS, "key", int(NOW.timestamp()) + 60, None)

    with pytest.raises(SignatureInvalid):
        check(address, secret=b"another secret")


@pytest.mark.parametrize("seconds", [0, 1, 3600])
def test_address_is_good_until_its_last_second(seconds: int) -> None:
    address = sign(Bucket.OUTPUTS, "key", int(NOW.timestamp()) + seconds, None)

    check(address, now=NOW)


@pytest.mark.parametrize("late", [timedelta(seconds=1), timedelta(days=365)])
def test_address_expires(late: timedelta) -> None:
    address = sign(Bucket.OUTPUTS, "key", int(NOW.timestamp()), None)

    with pytest.raises(SignatureExpired):
        check(address, now=NOW + late)


def test_expired_and_forged_is_forged() -> None:
    address = sign(Bucket.OUTPUTS, "key", int(NOW.timestamp()), None)

    with pytest.raises(SignatureInvalid):
        check(replace(address, key="another"), now=NOW + timedelta(days=1))


def test_address_that_is_written_in_another_way_is_refused() -> None:
    address = sign(Bucket.OUTPUTS, "ä/key", int(NOW.timestamp()) + 60, None)

    with pytest.raises(SignatureInvalid):
        check(address, asked=address.path.replace("%C3", "%c3"))


@given(key=texts, expires=times, size=st.integers(1, 2**40))
def test_signed_address_for_sending_is_accepted(key: str, expires: int, size: int) -> None:
    path = signed_upload_path(
        SECRET, bucket=Bucket.IMAGES, key=key, expires_at=datetime.fromtimestamp(expires, UTC), size=size
    )

    check_signed_upload_path(SECRET, path, bucket="images", key=key, expires=expires, size=size, now=NOW)

    assert f"bytes={size}" in path


def test_right_to_read_is_no_right_to_send() -> None:
    expires = int(NOW.timestamp()) + 60
    reading = sign(Bucket.IMAGES, "key", expires, "upload 5")
    path = signed_upload_path(
        SECRET, bucket=Bucket.IMAGES, key="key", expires_at=datetime.fromtimestamp(expires, UTC), size=5
    )
    forged = f"{path.partition('&signature=')[0]}&signature={reading.signature}"

    with pytest.raises(SignatureInvalid):
        check_signed_upload_path(SECRET, forged, bucket="images", key="key", expires=expires, size=5, now=NOW)
