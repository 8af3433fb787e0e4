"""What a job made, as the library shows it."""

from dataclasses import dataclass
from typing import Self

from rushes.domain.library import LibraryEntry
from rushes.domain.media import Asset, AssetRole, AssetStatus, MediaKind
from rushes.web.pages.cards.card import called
from rushes.web.pages.cards.tiles import Files

_SIDE, _UPRIGHT = 16, 9
"""The sides of a frame that nothing is known of but how it stands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A film or a picture of the library.

    `width` and `height` are pixels, of the picture that stands for it if there is one: the page keeps their
    ratio free before it has come. `link` is `None` if the file is gone; `hover` is a film's mute clip.
    """

    entry: LibraryEntry
    title: str
    kind: MediaKind
    width: int
    height: int
    picture: str | None
    link: str | None
    hover: str | None
    caption: str | None

    @classmethod
    def of(cls, entry: LibraryEntry, files: Files) -> Self:
        """Show what one of the viewer's jobs made, with the files of that job."""
        media, output = f"/jobs/{entry.job_id}/media", _ready(files, AssetRole.OUTPUT)
        kind = MediaKind.IMAGE if entry.duration_seconds is None else MediaKind.VIDEO
        shown = _ready(files, AssetRole.POSTER) or (output if kind is MediaKind.IMAGE else None)
        width, height = _size(entry, shown or output)
        moving = AssetRole.PREVIEW if _ready(files, AssetRole.PREVIEW) else AssetRole.OUTPUT
        return cls(
            entry=entry,
            title=called(entry.prompt, files, entry.job_id),
            kind=kind,
            width=width,
            height=height,
            picture=shown and f"{media}/{shown.role}",
            link=output and f"{media}/{AssetRole.OUTPUT}",
            hover=f"{media}/{moving}" if output and kind is MediaKind.VIDEO else None,
            caption=None if entry.duration_seconds is None else f"{entry.duration_seconds:.1f} s",
        )


def _ready(files: Files, role: AssetRole) -> Asset | None:
    asset = files.get(role)
    return asset if asset is not None and asset.status is AssetStatus.READY else None


def _size(entry: LibraryEntry, shown: Asset | None) -> tuple[int, int]:
    if shown is not None and shown.probe is not None and shown.probe.width and shown.probe.height:
        return shown.probe.width, shown.probe.height
    return (_UPRIGHT, _SIDE) if entry.orientation == "portrait" else (_SIDE, _UPRIGHT)
