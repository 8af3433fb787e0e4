"""What a person may ask of a job: the options of each job type, with their ranges and defaults."""

from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

MAX_SEED = 2**32 - 1


class Resolution(StrEnum):
    """The height class of the output: the short side of the frame in pixels."""

    P480 = "480p"
    P720 = "720p"

    @property
    def short_side(self) -> int:
        """Return the short side of the frame, in pixels."""
        return int(self.value.removesuffix("p"))


class VideoQuality(StrEnum):
    """How carefully the output is encoded."""

    HIGH = "high"
    ULTRA = "ultra"


class _Options(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class AdvancedOptions(_Options):
    """The knobs of an engine."""

    seed: Annotated[
        int | None,
        Field(ge=0, le=MAX_SEED, description="Same seed and inputs, same picture; null: the server chooses."),
    ] = None
    inference_steps: Annotated[int, Field(ge=10, le=50, description="Refinement steps.")] = 20
    cfg_scale: Annotated[
        float, Field(ge=0.5, le=2.0, description="How strongly the motion is followed; 1 is as filmed.")
    ] = 1.0


class BaseOptions(_Options):
    """The options of a `base` job: a reference image moved by a motion video."""

    resolution: Annotated[Resolution, Field(description="Height class of the output.")] = Resolution.P480
    video_quality: Annotated[VideoQuality, Field(description="Encoding quality.")] = VideoQuality.HIGH
    safety_checker_image: Annotated[bool, Field(description="Check the reference image.")] = True
    safety_checker_video: Annotated[bool, Field(description="Check the output.")] = True
    advanced: AdvancedOptions = AdvancedOptions()
