"""An account that has one of everything, and what requests name of it."""

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import httpx

from rushes.actions.accounts import API_KEY_PREFIX, digest_of_key
from rushes.db.pool import Database
from rushes.domain.callbacks import CallbackToken, write_token
from rushes.domain.ids import JobId, Lease
from rushes.domain.media import Bucket
from rushes.storage.signing import signed_path, signed_upload_path
from rushes.storage.store import Storage
from tests.belongings import STORED, make_belongings
from tests.factories import stream
from tests.web.people import SECRET, Person, make_person

_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_HOUR = timedelta(hours=1)


@dataclass(frozen=True, kw_only=True)
class Owner:
    """An account with everything; `things` are what a request can name, by their names in the routes."""

    person: Person
    marker: str
    things: Mapping[str, str]
    key: str
    revoked_key: str

    @property
    def user_id(self) -> UUID:
        """The account's id."""
        return self.person.viewer.user_id


async def make_owner(owner: Database, client: httpx.AsyncClient, storage: Storage) -> Owner:
    """An account with one of everything."""
    person, marker = await make_person(owner, client), f"mark{uuid4().hex[:12]}"
    ids = await make_belongings(owner, person.viewer.user_id, marker)
    keys = {name: f"{API_KEY_PREFIX}{marker}{uuid4().hex}" for name in ("api_key", "revoked_api_key")}
    async with owner.transaction() as tx:
        for name, key in keys.items():
            await tx.execute(
                "INSERT INTO api_keys (id, user_id, name, prefix, key_sha256, revoked_at) "
                "VALUES ($1, $2, $3, $4, $5, CASE WHEN $6 THEN now() END)",
                *(UUID(ids[name]), person.viewer.user_id, marker, key[:12], digest_of_key(key)),
                name == "revoked_api_key",
            )
    await _store(owner, storage, ids, marker)
    things = things_of(ids) | {"email": f"{marker}-email@example.org", "template_name": f"{marker}-template"}
    return Owner(
        person=person,
        marker=marker,
        things=things | {"idempotency_key": f"{marker}-idempotency"},
        key=keys["api_key"],
        revoked_key=keys["revoked_api_key"],
    )


def absent(things: Mapping[str, str]) -> dict[str, str]:
    """Things of the same kinds that are not there."""
    ids = defaultdict(lambda: str(uuid4()), {name: str(uuid4()) for name in things if _is_id(things[name])})
    other = {name: things[name].replace("mark", "none") for name in ("email", "template_name")}
    return things_of(ids) | other | {"idempotency_key": uuid4().hex}


def things_of(ids: Mapping[str, str]) -> dict[str, str]:
    """What requests name, beside ids: addresses and tokens that were signed for what the ids stand for."""
    expires_at = datetime.now(UTC).replace(microsecond=0) + _HOUR
    picture = f"{ids['user']}/{ids['unused']}/reference.png"
    announced = f"{ids['user']}/{ids['announced']}/up.png"
    token = CallbackToken(
        job_id=JobId(UUID(ids["processing"])),
        number=1,
        lease=Lease(UUID(ids["lease"])),
        expires_at=expires_at,
    )
    signed = {
        "media": signed_path(SECRET, bucket=Bucket.IMAGES, key=picture, expires_at=expires_at),
        "upload": signed_upload_path(
            SECRET, bucket=Bucket.IMAGES, key=announced, expires_at=expires_at, size=9
        ),
        "token": write_token(SECRET, token),
        "forged_media": signed_path(b"another", bucket=Bucket.IMAGES, key=picture, expires_at=expires_at),
        "forged_upload": signed_upload_path(
            b"another", bucket=Bucket.IMAGES, key=announced, expires_at=expires_at, size=9
        ),
        "forged_token": write_token(b"another", replace(token, number=1)),
    }
    links = {"short_id": ids["link"][:8], "unshared_id": ids["unshared"][:8]}
    links["link_address"] = f"http://rushes.test/v/{links['short_id']}"
    return dict(ids) | signed | links


def _is_id(value: str) -> bool:
    return _UUID.fullmatch(value) is not None


async def _store(owner: Database, storage: Storage, ids: Mapping[str, str], marker: str) -> None:
    async with owner.transaction() as tx:
        wanted = [UUID(ids[name]) for name in STORED]
        rows = await tx.fetch("SELECT bucket, key FROM assets WHERE id = ANY ($1)", wanted)
    for row in rows:
        await storage.write(Bucket(row["bucket"]), row["key"], stream(marker.encode()))
