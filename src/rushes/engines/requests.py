"""What a request says of the work: its options, and how long its inputs are."""

from typing import Final, TypeVar

from pydantic import BaseModel, ValidationError

from rushes.engines.base import Input, Request
from rushes.errors import EngineRefused

_USUAL_FPS: Final = 25.0

_Options = TypeVar("_Options", bound=BaseModel)


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


def expected_frames(video: Input) -> int:
    """Return how many frames a video has, as far as was measured; at least 1."""
    probe = video.probe
    return max(1, probe.frames or round((probe.duration_seconds or 0.0) * expected_rate(video)))


def expected_rate(video: Input) -> float:
    """Return a video's frames a second, as far as was measured."""
    return video.probe.fps or _USUAL_FPS


def expected_seconds(video: Input) -> float:
    """Return how long a video lasts, as far as was measured."""
    return video.probe.duration_seconds or expected_frames(video) / expected_rate(video)
