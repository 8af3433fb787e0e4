"""The files of a job as square tiles, and what each can show of its file."""

from collections.abc import Mapping
from dataclasses import dataclass

from rushes.domain.ids import JobId
from rushes.domain.jobs import Job, JobStatus
from rushes.domain.media import REQUIRED_INPUTS, Asset, AssetRole, AssetStatus, MediaKind, kind_of

Files = Mapping[AssetRole, Asset]

_PREVIEWED = frozenset({MediaKind.IMAGE, MediaKind.VIDEO})


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """One file of a job.

    `state` names what is shown, so that a page leaves alone what still is. Without `picture` the icon stands
    for the file; without `link` it is not there, and `absence` says why. `kind` is what a preview can show,
    `None` for a file that has none; `hover` is the address of a video that is short or can be played in
    parts; `fps` are its frames a second. `percent` is 0 to 100 while the file is being made.
    """

    label: str
    name: str
    icon: str
    state: str
    absence: str
    picture: str | None
    link: str | None
    kind: MediaKind | None
    hover: str | None
    fps: float | None
    caption: str | None
    percent: int | None


@dataclass(frozen=True, slots=True)
class _Place:
    role: AssetRole
    label: str
    name: str
    icon: str


_INPUTS = (
    _Place(AssetRole.REFERENCE, "REF", "Reference image", "image"),
    _Place(AssetRole.MOTION, "SRC", "Motion video", "film"),
    _Place(AssetRole.MASK, "MASK", "Mask", "scissors"),
    _Place(AssetRole.TEMPLATE, "TEMPLATE", "Template", "layers"),
    _Place(AssetRole.DATA, "DATA", "Data", "file-text"),
    _Place(AssetRole.AUDIO, "AUDIO", "Audio", "audio-lines"),
    _Place(AssetRole.SUBTITLES, "SUBTITLES", "Subtitles", "captions"),
)
_OUTPUT = _Place(AssetRole.OUTPUT, "OUTPUT", "Output", "sparkles")
_SOURCE = _Place(AssetRole.OUTPUT, "SRC", "Source", "film")

_ABSENCES: Mapping[JobStatus, tuple[str, str]] = {
    JobStatus.FAILED: ("circle-x", "the job failed"),
    JobStatus.CANCELLED: ("ban", "the job was cancelled"),
    JobStatus.COMPLETED: ("sparkles", "no longer kept"),
}
_WAITING = ("clock", "not there yet")


def tiles_of(job: Job, files: Files) -> tuple[Tile, ...]:
    """Return a tile for each input that the job has or needs, and for its output."""
    needed = REQUIRED_INPUTS.get(job.job_type, frozenset())
    places = (place for place in _INPUTS if place.role in files or place.role in needed)
    return tuple(_tile(job.id, files, place) or _empty_tile(job, place) for place in (*places, _OUTPUT))


def source_tiles(job: Job, parents: Files) -> tuple[Tile, ...]:
    """Return a tile for the parent's output that the job works on, if that is there or will be."""
    source = job.parent_job_id and _tile(job.parent_job_id, parents, _SOURCE)
    if source:
        return (source,)
    return (_empty_tile(job, _SOURCE),) if job.awaits_parent else ()


def _tile(job_id: JobId, files: Files, place: _Place) -> Tile | None:
    asset = files.get(place.role)
    if asset is None or asset.status is not AssetStatus.READY:
        return None
    media, kind = f"/jobs/{job_id}/media", kind_of(asset.media_type)
    seconds = asset.probe.duration_seconds if asset.probe else None
    picture = _picture_of(place.role, asset, files)
    return Tile(
        label=place.label,
        name=place.name,
        icon=place.icon,
        state=str(asset.id),
        absence="",
        picture=picture and f"{media}/{picture}",
        link=f"{media}/{place.role}",
        kind=kind if kind in _PREVIEWED else None,
        hover=f"{media}/{_moving(place.role, files)}" if kind is MediaKind.VIDEO else None,
        fps=asset.probe.fps if asset.probe else None,
        caption=None if seconds is None else f"{seconds:.1f} s",
        percent=None,
    )


def _empty_tile(job: Job, place: _Place) -> Tile:
    is_output = place.role is AssetRole.OUTPUT
    icon, absence = _ABSENCES.get(job.status, _WAITING) if is_output else (place.icon, "not there")
    return Tile(
        label=place.label,
        name=place.name,
        icon=icon,
        state=job.status if is_output else "none",
        absence=absence,
        picture=None,
        link=None,
        kind=None,
        hover=None,
        fps=None,
        caption=None,
        percent=job.progress if is_output and job.status is JobStatus.PROCESSING else None,
    )


def _picture_of(role: AssetRole, asset: Asset, files: Files) -> str | None:
    if role is AssetRole.OUTPUT:
        return AssetRole.POSTER if AssetRole.POSTER in files else None
    if asset.poster_key is not None:
        return f"{role}/{AssetRole.POSTER}"
    return role if kind_of(asset.media_type) is MediaKind.IMAGE else None


def _moving(role: AssetRole, files: Files) -> AssetRole:
    # An upload has no short copy of itself: it is played in parts.
    return AssetRole.PREVIEW if role is AssetRole.OUTPUT and AssetRole.PREVIEW in files else role
