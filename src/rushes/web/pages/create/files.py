"""The files of a new job: where each is put, and the viewer's own ones that can be put there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self
from urllib.parse import urlencode
from uuid import UUID

from rushes.db import media
from rushes.domain.ids import JobId
from rushes.domain.media import (
    INPUT_TYPES,
    Asset,
    AssetRole,
    MediaKind,
    MediaLimits,
    kind_of,
)
from rushes.web.api.cursors import cut_page, read_cursor
from rushes.web.deps import Visit
from rushes.web.pages.create.kinds import SLOTS, Slot

PICK_FILES = 24
"""Files on a page to pick from."""

_TIMED = frozenset({AssetRole.MOTION, AssetRole.AUDIO})
_UNITS = ("bytes", "KiB", "MiB", "GiB", "TiB")
_STEP = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """A stored file as the form shows it; without `picture` its icon or a player stands for it."""

    asset_id: UUID
    name: str
    facts: str
    kind: MediaKind
    address: str
    picture: str | None

    @classmethod
    def of(cls, asset: Asset, *, poster: str | None = None) -> Self:
        """Show one of the viewer's files; `poster` is the address of a still of what a job made."""
        address, kind = f"/create/files/{asset.id}", kind_of(asset.media_type)
        if asset.poster_key is not None:
            poster = f"{address}/{AssetRole.POSTER}"
        return cls(
            asset_id=asset.id,
            name=asset.file_name or f"{asset.role} {str(asset.id)[-8:]}",
            facts=_facts(asset),
            kind=kind,
            address=address,
            picture=poster or (address if kind is MediaKind.IMAGE else None),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Zone:
    """Where a file of one role is put.

    `accept` are media types and extensions as a browser takes them, `seconds` the longest that a film or a
    sound may last, `pick` the page of the viewer's own files.
    """

    role: AssetRole
    slot: Slot
    is_required: bool
    accept: str
    hint: str
    bytes: int
    seconds: float | None
    pick: str
    chosen: Chosen | None

    @classmethod
    def of(
        cls, role: AssetRole, limits: MediaLimits, *, chosen: Chosen | None, is_required: bool, pick: str
    ) -> Self:
        """Show where a file of a role is put."""
        types, names = INPUT_TYPES[role], list(INPUT_TYPES[role].values())
        size = max(limits.bytes_of(kind_of(media_type)) for media_type in types)
        seconds = limits.audio_seconds if role is AssetRole.AUDIO else limits.duration_seconds
        seconds = seconds if role in _TIMED else None
        length = "" if seconds is None else f", {seconds:,g} s"
        return cls(
            role=role,
            slot=SLOTS[role],
            is_required=is_required,
            accept=",".join((*types, *(f".{name}" for name in names))),
            hint=f"{', '.join(names).upper()} up to {in_bytes(size)}{length}",
            bytes=size,
            seconds=seconds,
            pick=pick,
            chosen=chosen,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Pick:
    """A file that can be picked, and the form with it."""

    chosen: Chosen
    href: str


async def find_picks(
    visit: Visit, role: AssetRole, *, kept: Mapping[str, str], cursor: str | None
) -> tuple[list[Pick], str | None]:
    """Return a page of the viewer's files that fit a role, newest first, and the mark of the next one.

    `kept` is what else the address of the form says.
    """
    start = read_cursor(cursor)
    found = await media.list_fitting(
        visit.tx,
        user_id=visit.viewer.user_id,
        role=role,
        before_time=start.time,
        before_id=start.id,
        count=PICK_FILES + 1,
    )
    page, next_cursor = cut_page(found, limit=PICK_FILES)
    posters = await _posters(visit, page)
    picks = [
        Pick(
            chosen=Chosen.of(asset, poster=posters.get(asset.job_id)),
            href="/create?" + urlencode({**kept, str(role): str(asset.id)}),
        )
        for asset in page
    ]
    return picks, next_cursor


def in_bytes(size: int) -> str:
    """Return a size as people read it, such as `4.2 MiB`."""
    value, unit = float(size), 0
    while value >= _STEP and unit < len(_UNITS) - 1:
        value, unit = value / _STEP, unit + 1
    return f"{round(value, 1):,g} {_UNITS[unit]}"


async def _posters(visit: Visit, page: Sequence[Asset]) -> dict[JobId | None, str]:
    job_ids = [asset.job_id for asset in page if asset.job_id is not None]
    files = await media.list_job_assets(visit.tx, job_ids=job_ids)
    return {
        job_id: f"/jobs/{job_id}/media/{AssetRole.POSTER}"
        for job_id in job_ids
        if AssetRole.POSTER in files[job_id]
    }


def _facts(asset: Asset) -> str:
    parts = [] if asset.bytes is None else [in_bytes(asset.bytes)]
    probe = asset.probe
    if probe is not None and probe.width:
        parts.append(f"{probe.width}×{probe.height}")
    if probe is not None and probe.duration_seconds is not None:
        parts.append(f"{probe.duration_seconds:.1f} s")
    return " · ".join(parts)
