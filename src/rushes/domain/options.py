"""What a person may ask of a job: the options of each job type, with their ranges and defaults."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StrictBool,
    ValidationError,
    ValidationInfo,
    field_validator,
)

from rushes.domain.jobs import JobType
from rushes.domain.texts import require_text
from rushes.domain.truth import refuse_truth

MAX_SEED = 2**32 - 1
MAX_SECONDS = 60.0

_ROUNDING = 1e-9
"""By how much shares may add up to more than the whole."""


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


class MotionMode(StrEnum):
    """What is moved: the whole picture like a sheet of rubber, or the figure cut out of it."""

    SHEET = "sheet"
    CUTOUT = "cutout"


class ExtendMode(StrEnum):
    """How a video goes on beyond its end."""

    LOOP = "loop"
    PINGPONG = "pingpong"
    EXTRAPOLATE = "extrapolate"
    CONTINUE = "continue"


class SubtitleStyle(StrEnum):
    """Whether subtitles are a track that can be switched off, or part of the picture."""

    SOFT = "soft"
    BURNED = "burned"


class SubtitlePosition(StrEnum):
    """Where burned subtitles stand."""

    BOTTOM = "bottom"
    TOP = "top"


class AudioMix(StrEnum):
    """What becomes of the sound that the video has."""

    REPLACE = "replace"
    MIX = "mix"
    DUCK = "duck"


Label = Annotated[str, Field(min_length=1, max_length=100), AfterValidator(require_text)]
Script = Annotated[str, Field(min_length=1, max_length=10_000), AfterValidator(require_text)]
Encoding = Annotated[VideoQuality, Field(description="Encoding quality.")]


class _Options(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    @field_validator("*", mode="before")
    @classmethod
    def _refuse_truth(cls, value: Any, field: ValidationInfo) -> Any:
        return refuse_truth(cls, value, field)


class AdvancedOptions(_Options):
    """The knobs of an engine."""

    seed: Annotated[
        int | None,
        Field(ge=0, le=MAX_SEED, description="Same seed and inputs, same picture; null: the server chooses."),
    ] = None
    inference_steps: Annotated[int, Field(ge=10, le=50, description="Refinement steps.")] = 20
    cfg_scale: Annotated[
        float,
        Field(
            ge=0.5, le=2.0, description="How strongly the motion, or the prompt, is followed; 1 is as usual."
        ),
    ] = 1.0


class Box(_Options):
    """A rectangle in a picture; all four are shares of the picture's width or height."""

    x: Annotated[float, Field(ge=0, le=1, description="Its left side.")]
    y: Annotated[float, Field(ge=0, le=1, description="Its top side.")]
    width: Annotated[float, Field(ge=0.01, le=1, description="Its width.")]
    height: Annotated[float, Field(ge=0.01, le=1, description="Its height.")]

    @field_validator("width", "height")
    @classmethod
    def _require_inside(cls, value: float, field: ValidationInfo) -> float:
        start = "x" if field.field_name == "width" else "y"
        if field.data.get(start, 0.0) + value > 1 + _ROUNDING:
            raise ValueError(f"{start} and {field.field_name} together leave the picture: 1 is all of it")
        return value


class SizedOptions(_Options):
    """The options of what is made anew, and so has a size to choose."""

    resolution: Annotated[Resolution, Field(description="Height class of the output.")] = Resolution.P480


class BaseOptions(SizedOptions):
    """The options of a `base` job: a reference image moved by a motion video."""

    video_quality: Encoding = VideoQuality.HIGH
    motion_mode: Annotated[
        MotionMode, Field(description="Move the figure alone, or the whole picture, which is the safer way.")
    ] = MotionMode.CUTOUT
    reference_box: Annotated[
        Box | None, Field(description="Where the figure's face is in the reference; null: found by itself.")
    ] = None
    motion_box: Annotated[
        Box | None,
        Field(description="Where the same face is in the motion's first frame; null: found by itself."),
    ] = None
    safety_checker_image: Annotated[StrictBool, Field(description="Check the reference image.")] = True
    safety_checker_video: Annotated[StrictBool, Field(description="Check the output.")] = True
    advanced: AdvancedOptions = AdvancedOptions()


class TextToVideoOptions(SizedOptions):
    """The options of a `text_to_video` job: a video after a prompt."""

    seconds: Annotated[
        float, Field(ge=1, le=MAX_SECONDS, description="Length of the output; it is priced by this.")
    ] = 4.0
    video_quality: Encoding = VideoQuality.HIGH
    safety_checker_video: Annotated[StrictBool, Field(description="Check the output.")] = True
    advanced: AdvancedOptions = AdvancedOptions()


class ImageOptions(SizedOptions):
    """The options of an `image` job: a picture after a prompt, or after a reference and a prompt."""

    reference_strength: Annotated[
        float, Field(ge=0, le=1, description="How much of the reference image stays; needs one.")
    ] = 0.5
    exact_copy_mode: Annotated[
        StrictBool, Field(description="Keep the reference image's layout exactly; needs one.")
    ] = False
    safety_checker_image: Annotated[StrictBool, Field(description="Check the output.")] = True
    advanced: AdvancedOptions = AdvancedOptions()


class RenderOptions(SizedOptions):
    """The options of a `render` job: a template filled with data."""

    template: Annotated[Label | None, Field(description="A template of the operator, instead of a file.")] = (
        None
    )
    composition: Annotated[Label | None, Field(description="Which part of the template to render.")] = None
    seconds: Annotated[
        float, Field(ge=1, le=MAX_SECONDS, description="The longest that the output can be; priced by this.")
    ] = 10.0
    video_quality: Encoding = VideoQuality.HIGH


class PostOptions(_Options):
    """The options of what works on the output of a parent, and so has its size."""

    resolution: Annotated[
        Resolution | None, Field(description="That of the parent, which null stands for; priced by this.")
    ] = None
    video_quality: Encoding = VideoQuality.HIGH


class ExtendOptions(PostOptions):
    """The options of an `extend` job: a longer video."""

    mode: Annotated[
        ExtendMode,
        Field(description="Repeat it, run it back and forth, let it run out, or have a model continue it."),
    ] = ExtendMode.LOOP
    seconds: Annotated[float, Field(ge=1, le=MAX_SECONDS, description="How much longer it becomes.")] = 4.0


class UpscaleOptions(PostOptions):
    """The options of an `upscale` job: a larger picture."""

    scale: Annotated[int, Field(ge=2, le=4, multiple_of=2, description="2 or 4 times each side.")] = 2


class SubtitlesOptions(PostOptions):
    """The options of a `subtitles` job: the words come from a file, from `script`, or from what is heard."""

    script: Annotated[Script | None, Field(description="Plain text, timed by reading speed.")] = None
    transcribe: Annotated[StrictBool, Field(description="Write down what is said in the video.")] = False
    language: Annotated[
        str | None,
        Field(
            pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$", description="As in BCP 47.", examples=["en"]
        ),
    ] = None
    style: Annotated[SubtitleStyle, Field(description="A track of its own, or drawn into the picture.")] = (
        SubtitleStyle.SOFT
    )
    position: Annotated[SubtitlePosition, Field(description="Where they stand if they are drawn.")] = (
        SubtitlePosition.BOTTOM
    )


class AudioOptions(PostOptions):
    """The options of an `audio` job: the sound comes from a file, or is spoken from `speech`."""

    speech: Annotated[Script | None, Field(description="Text to be spoken, instead of a file.")] = None
    voice: Annotated[Label | None, Field(description="Who speaks; null: the model's own.")] = None
    mix: Annotated[
        AudioMix, Field(description="Instead of the video's own sound, beside it, or above it.")
    ] = AudioMix.REPLACE
    delay_seconds: Annotated[float, Field(ge=0, le=MAX_SECONDS, description="When it begins.")] = 0.0
    fade_in_seconds: Annotated[float, Field(ge=0, le=10, description="How long it swells.")] = 0.0
    fade_out_seconds: Annotated[float, Field(ge=0, le=10, description="How long it fades.")] = 0.0
    normalize: Annotated[StrictBool, Field(description="Bring it to -16 LUFS (EBU R 128).")] = True


JobOptions = SizedOptions | PostOptions

OPTIONS: Mapping[JobType, type[JobOptions]] = {
    JobType.BASE: BaseOptions,
    JobType.TEXT_TO_VIDEO: TextToVideoOptions,
    JobType.IMAGE: ImageOptions,
    JobType.RENDER: RenderOptions,
    JobType.EXTEND: ExtendOptions,
    JobType.UPSCALE: UpscaleOptions,
    JobType.SUBTITLES: SubtitlesOptions,
    JobType.AUDIO: AudioOptions,
}
"""The options of each job type."""


def read_options(job_type: JobType, stored: Mapping[str, Any]) -> JobOptions | dict[str, Any]:
    """Return a job's stored options as its type has them; as they are if an older release wrote others."""
    try:
        return OPTIONS[job_type].model_validate(dict(stored))
    except ValidationError:
        return dict(stored)


_DEFAULTS: Mapping[JobType, Mapping[str, Any]] = {
    job_type: kind().model_dump(mode="json") for job_type, kind in OPTIONS.items()
}


def complete_options(job_type: JobType, stored: Mapping[str, Any]) -> dict[str, Any]:
    """Return a job's stored options, with the defaults of those that an older release did not know."""
    complete = {**_DEFAULTS[job_type], **stored}
    advanced = complete.get("advanced")
    if isinstance(advanced, dict):
        complete["advanced"] = {**_DEFAULTS[job_type].get("advanced", {}), **advanced}
    return complete


def resolution_of(stored: Mapping[str, Any]) -> Resolution:
    """Return the height class in a job's stored options: what it is priced by."""
    return Resolution(stored.get("resolution") or Resolution.P480)


def seed_of(stored: Mapping[str, Any]) -> int | None:
    """Return the seed in a job's stored options; `None` leaves it to the platform."""
    advanced: Mapping[str, Any] = stored.get("advanced") or {}
    return advanced.get("seed")
