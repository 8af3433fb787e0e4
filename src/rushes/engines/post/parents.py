"""What a job is asked to work on: its options and the output of its parent."""

from typing import Final, TypeVar

from pydantic import ValidationError

from rushes.domain.media import EXTENSIONS, AssetRole, MediaKind, kind_of
from rushes.domain.options import PostOptions
from rushes.engines.base import Input, Request
from rushes.engines.remuxing import Source
from rushes.errors import EngineRefused

OUTPUT_NAME: Final = "output.mp4"

_USUAL_FPS: Final = 25.0

_Options = TypeVar("_Options", bound=PostOptions)


def options_of(request: Request, kind: type[_Options]) -> _Options:
    """Return the request's options as their model has them.

    Raises:
        EngineRefused: One is wrong.
    """
    try:
        return kind.model_validate(dict(request.options))
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        raise EngineRefused(f"The option {field} is wrong: {first['msg']}.") from error


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


def expected_frames(parent: Input) -> int:
    """Return how many frames a video has, as far as was measured; at least 1."""
    probe = parent.probe
    return max(1, probe.frames or round((probe.duration_seconds or 0.0) * expected_rate(parent)))


def expected_rate(parent: Input) -> float:
    """Return a video's frames a second, as far as was measured."""
    return parent.probe.fps or _USUAL_FPS
