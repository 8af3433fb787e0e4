"""Files: uploads on their way in, their checks, and what jobs made."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from datetime import datetime, timedelta
from operator import itemgetter
from typing import Any
from uuid import UUID

from rushes.db.pool import Tx
from rushes.db.queries import columns, load, maker, members_of
from rushes.domain.ids import AssetId, JobId, Lease, UserId
from rushes.domain.jobs import Job
from rushes.domain.media import (
    INPUT_TYPES,
    Asset,
    AssetRole,
    AssetStatus,
    Bucket,
    JobFile,
    Probe,
    StoredOutput,
)

_queries = load("media")

_FIELDS = [field.name for field in fields(Asset)]
_PROBE = _FIELDS.index("probe")
_values_of = itemgetter(*(name for name in _FIELDS if name != "probe"))
_make_asset = maker(Asset)
_MEMBERS = [
    (_FIELDS.index("role"), members_of(AssetRole)),
    (_FIELDS.index("bucket"), members_of(Bucket)),
    (_FIELDS.index("status"), members_of(AssetStatus)),
]
_MEASURED = [field.name for field in fields(Probe)]
_SIDES = (_MEASURED.index("width"), _MEASURED.index("height"))
_measured_of = itemgetter(*_MEASURED)
_make_probe = maker(Probe)
_shown_of = itemgetter(*list(JobFile._fields))


async def insert_upload(
    tx: Tx,
    *,
    asset_id: AssetId,
    user_id: UserId,
    role: AssetRole,
    bucket: Bucket,
    key: str,
    media_type: str,
    file_name: str | None,
) -> None:
    """Note a file whose bytes are about to arrive."""
    await _queries.insert_upload(
        tx,
        id=asset_id,
        user_id=user_id,
        role=role,
        bucket=bucket,
        key=key,
        media_type=media_type,
        file_name=file_name,
    )


async def sum_stored(tx: Tx, *, user_id: UserId) -> int:
    """Return how many bytes an account's files have, outputs of jobs among them."""
    return await _queries.sum_stored(tx, user_id=user_id)


async def finish_upload(tx: Tx, *, asset_id: AssetId, size: int, sha256: str) -> Asset | None:
    """Say that a file's bytes are stored; it now waits to be checked. `None` if it was given up meanwhile."""
    row = await _queries.finish_upload(tx, asset_id=asset_id, bytes=size, sha256=sha256)
    return row and asset_from_row(row)


async def announce_upload(tx: Tx, *, asset_id: AssetId, size: int, lifetime: timedelta) -> Asset:
    """Note that the owner of a file sends its `size` bytes to the store himself, within `lifetime`."""
    row = await _queries.announce_upload(tx, asset_id=asset_id, bytes=size, lifetime=lifetime)
    return asset_from_row(row)


async def finish_direct_upload(
    tx: Tx, *, asset_id: AssetId, user_id: UserId, key: str, media_type: str
) -> Asset | None:
    """Say that a file lies in the store under its lasting name. `None` if it does not arrive any more."""
    row = await _queries.finish_direct_upload(
        tx, asset_id=asset_id, user_id=user_id, key=key, media_type=media_type
    )
    return row and asset_from_row(row)


async def release_check(tx: Tx, *, asset_id: AssetId, lease: Lease) -> None:
    """Leave a file to be checked by another worker, as if this one had not taken it."""
    await _queries.release_check(tx, asset_id=asset_id, lease=lease)


async def drop_upload(tx: Tx, *, asset_id: AssetId) -> None:
    """Forget a file whose bytes did not arrive."""
    await _queries.drop_upload(tx, asset_id=asset_id)


async def insert_outputs(tx: Tx, made: Sequence[tuple[Job, StoredOutput]]) -> None:
    """Note files that jobs made."""
    rows = [
        {
            "id": output.asset_id,
            "user_id": job.user_id,
            "job_id": job.id,
            "role": output.role,
            "key": output.key,
            "bytes": output.bytes,
            "sha256": output.sha256,
        }
        | columns(output.probe)
        for job, output in made
    ]
    await _queries.insert_outputs(tx, rows=rows)


async def get_asset(tx: Tx, *, asset_id: UUID, user_id: UserId) -> Asset | None:
    """Return one file of the viewer."""
    row = await _queries.get_asset(tx, asset_id=asset_id, user_id=user_id)
    return row and asset_from_row(row)


async def list_assets_among(tx: Tx, *, asset_ids: Iterable[UUID], user_id: UserId) -> dict[UUID, Asset]:
    """Return those of some files that are the viewer's, by id."""
    rows = _queries.list_assets_among(tx, asset_ids=list(asset_ids), user_id=user_id)
    return {row["id"]: asset_from_row(row) async for row in rows}


async def list_fitting(
    tx: Tx, *, user_id: UserId, role: AssetRole, before_time: datetime, before_id: UUID, count: int
) -> list[Asset]:
    """Return a page of the viewer's ready files that can be used in a role, newest first."""
    rows = _queries.list_fitting(
        tx,
        user_id=user_id,
        role=role,
        media_types=list(INPUT_TYPES[role]),
        before_time=before_time,
        before_id=before_id,
        count=count,
    )
    return [asset_from_row(row) async for row in rows]


async def list_inputs(tx: Tx, *, job_ids: Sequence[JobId]) -> Mapping[JobId, Mapping[AssetRole, Asset]]:
    """Return the input files of some jobs by job and role there, what their parents made among them.

    There is none of a job without any. A file's role in a job need not be what it was made as.
    """
    found: dict[JobId, dict[AssetRole, Asset]] = {}
    if job_ids:
        async for row in _queries.list_inputs(tx, job_ids=list(job_ids)):
            found.setdefault(JobId(row["of_job"]), {})[AssetRole(row["role_there"])] = asset_from_row(row)
    return found


async def list_job_assets(tx: Tx, *, job_ids: Sequence[JobId]) -> Mapping[JobId, Mapping[AssetRole, Asset]]:
    """Return the files of some jobs by job and role there, inputs and outputs alike."""
    found: dict[JobId, dict[AssetRole, Asset]] = {job_id: {} for job_id in job_ids}
    async for row in _queries.list_job_assets(tx, job_ids=list(job_ids)):
        found[JobId(row["of_job"])][AssetRole(row["role_there"])] = asset_from_row(row)
    return found


async def list_job_files(tx: Tx, *, job_ids: Sequence[JobId]) -> Mapping[JobId, Mapping[str, JobFile]]:
    """Return what `list_job_assets` does, but of each file only what a list of jobs shows."""
    found: dict[JobId, dict[str, JobFile]] = {job_id: {} for job_id in job_ids}
    async for row in _queries.list_job_assets(tx, job_ids=list(job_ids)):
        found[row["of_job"]][row["role_there"]] = JobFile._make(_shown_of(row))
    return found


async def is_asset_used(tx: Tx, *, asset_id: UUID) -> bool:
    """Tell whether a file is an input of any job, or was made by one."""
    return await _queries.is_asset_used(tx, asset_id=asset_id)


async def delete_asset(tx: Tx, *, asset_id: UUID, user_id: UserId) -> Asset | None:
    """Say that one file of the viewer is gone; `None` if he has no such file."""
    row = await _queries.delete_asset(tx, asset_id=asset_id, user_id=user_id)
    return row and asset_from_row(row)


async def claim_checks(tx: Tx, *, count: int, lease_time: timedelta) -> list[tuple[Asset, Lease, int]]:
    """Take the next files to be checked, each with its lease and the number of this check."""
    rows = _queries.claim_checks(tx, count=count, lease_time=lease_time)
    return [(asset_from_row(row), Lease(row["lease"]), row["checks"]) async for row in rows]


async def accept_asset(
    tx: Tx,
    *,
    asset_id: AssetId,
    lease: Lease,
    probe: Probe,
    sha256: str | None,
    poster_key: str | None = None,
) -> Asset | None:
    """Keep what was measured on a file, where its still lies, and its checksum if that is not known yet.

    `None` if the check lost its lease.
    """
    measured = columns(probe)
    del measured["media_type"]
    row = await _queries.accept_asset(
        tx, asset_id=asset_id, lease=lease, sha256=sha256, poster_key=poster_key, **measured
    )
    return row and asset_from_row(row)


async def reject_asset(
    tx: Tx, *, asset_id: AssetId, lease: Lease, error_code: str, error_message: str
) -> Asset | None:
    """Say why a file cannot be used; `None` if the check lost its lease."""
    row = await _queries.reject_asset(
        tx, asset_id=asset_id, lease=lease, error_code=error_code, error_message=error_message
    )
    return row and asset_from_row(row)


def asset_from_row(row: Any) -> Asset:
    """Build a file from its row."""
    values = list(_values_of(row))
    is_measured = row["width"] or row["status"] == AssetStatus.READY
    values.insert(_PROBE, _probe(row) if is_measured else None)
    for index, members in _MEMBERS:
        values[index] = members[values[index]]
    return _make_asset(values)


def _probe(row: Any) -> Probe:
    values = list(_measured_of(row))
    for index in _SIDES:
        values[index] = values[index] or 0
    return _make_probe(values)
