"""What a job is asked to work on: the output of its parent."""

from typing import Final

from rushes.domain.media import EXTENSIONS, AssetRole, MediaKind, kind_of
from rushes.engines.base import Input, Request
from rushes.engines.media.remuxing import Source
from rushes.errors import EngineRefused

OUTPUT_NAME: Final = "output.mp4"


def parent_of(request: Request, *kinds: MediaKind) -> Input:
    """Return the parent's output, which must be of one of the kinds.

    Raises:
        EngineRefused: It is missing or of another kind.
    """
    found = request.inputs.get(AssetRole.OUTPUT)
    wanted = " or ".join(f"a job that makes {_PLURALS[kind]}" for kind in kinds)
    if found is None:
        raise EngineRefused(f"The parent's output is missing; choose {wanted}.")
    media_type = found.probe.media_type
    if media_type not in EXTENSIONS or kind_of(media_type) not in kinds:
        raise EngineRefused(f"The parent's output is a {media_type} file; choose {wanted}.")
    return found


_PLURALS: Final = {
    MediaKind.IMAGE: "pictures",
    MediaKind.VIDEO: "videos",
    MediaKind.AUDIO: "sounds",
    MediaKind.TEXT: "texts",
    MediaKind.ARCHIVE: "archives",
}


def source_of(parent: Input) -> Source:
    """Return an input as a file to copy streams from."""
    return Source(path=parent.path, media_type=parent.probe.media_type)
