"""The engine that works on outputs: each job type has a maker of its own."""

from collections.abc import Mapping
from typing import ClassVar, Final, Protocol

from rushes.domain.jobs import POST_TYPES, JobType
from rushes.engines.base import CancelSpeed, Capabilities, Context, Request
from rushes.engines.post import audio, extend, subtitles, upscale
from rushes.errors import EngineRefused, MediaRejected


class _Maker(Protocol):
    """What makes one job type: a module with three functions, which mean what an engine's do."""

    def validate(self, request: Request) -> None:
        """Refuse what cannot be used, as `Engine.validate`."""
        ...

    def estimate(self, request: Request) -> float:
        """Return the expected seconds, as `Engine.estimate`."""
        ...

    def make(self, context: Context) -> None:
        """Make the output, as `Engine.run`."""
        ...


_MAKERS: Final[Mapping[JobType, _Maker]] = {
    JobType.EXTEND: extend,
    JobType.UPSCALE: upscale,
    JobType.SUBTITLES: subtitles,
    JobType.AUDIO: audio,
}


class PostEngine:
    """Lengthens, enlarges, captions or sets to sound what an earlier job made; no model generates."""

    name: ClassVar = "post"
    version: ClassVar = "1"
    serves: ClassVar = POST_TYPES
    generative: ClassVar = False
    capabilities: ClassVar = Capabilities(cancel=CancelSpeed.IMMEDIATE, resumable=False)

    def validate(self, request: Request) -> None:
        """Refuse what cannot be worked on.

        Raises:
            EngineRefused: With a sentence that says what to change.
        """
        _maker(request).validate(request)

    def estimate(self, request: Request) -> float:
        """Return the expected time of a run, in seconds on two cores of a common server."""
        return _maker(request).estimate(request)

    def run(self, context: Context) -> None:
        """Make the output and hand it over.

        Raises:
            Cancelled: The platform asked to stop.
            EngineRefused: An input cannot be used.
            EngineError: The output cannot be made.
        """
        self.validate(context.request)
        try:
            _maker(context.request).make(context)
        except MediaRejected as error:
            raise EngineRefused(error.message) from error


def _maker(request: Request) -> _Maker:
    maker = _MAKERS.get(request.job_type)
    if maker is None:
        raise EngineRefused(f"The post engine makes no {request.job_type} jobs; choose another model.")
    return maker
