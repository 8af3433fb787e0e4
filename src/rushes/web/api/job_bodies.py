"""What jobs are asked for with: one body for each job type, told apart by `job_type`."""

from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from typing import Annotated, Any, Literal
from uuid import UUID

import orjson
from pydantic import AliasChoices, Discriminator, Field, StrictInt, Tag

from rushes.actions.submit import DEFAULT_MODEL, MAX_BATCH, Submission
from rushes.domain.accounts import DEFAULT_PRIORITY
from rushes.domain.jobs import Destination, JobType, Orientation, Quality
from rushes.domain.media import AssetRole
from rushes.domain.options import (
    AudioOptions,
    BaseOptions,
    ExtendOptions,
    ImageOptions,
    RenderOptions,
    SubtitlesOptions,
    TextToVideoOptions,
    UpscaleOptions,
)
from rushes.web.api.prompt_fields import PromptFields
from rushes.web.api.wording import Ask, Metadata, Name, Prompt, Text, Time

DEFAULT_MODELS: Mapping[JobType, str] = {
    JobType.BASE: DEFAULT_MODEL,
    JobType.TEXT_TO_VIDEO: "animatic",
    JobType.IMAGE: "animatic",
    JobType.RENDER: "nexrender",
    JobType.EXTEND: "extend",
    JobType.UPSCALE: "upscale",
    JobType.SUBTITLES: "subtitles",
    JobType.AUDIO: "audio",
}
"""The model of a job that names none, where the catalogue has it."""

Slug = Annotated[
    Text,
    Field(
        min_length=1,
        max_length=100,
        description="A slug of GET models, or an alias; null: the usual one of the job type.",
        examples=[DEFAULT_MODEL],
    ),
]
Priority = Annotated[int, Field(ge=1, le=10, description="1 is first; below 5 needs the plan pro.")]
MaybePrompt = Annotated[Prompt | None, Field(description="1 to 1000 characters.")]
NeededPrompt = Annotated[Prompt, Field(description="1 to 1000 characters.", examples=["A fox in the snow."])]
Parent = Annotated[UUID | None, Field(description="The job whose output this one works on.")]
After = Annotated[
    StrictInt | None,
    Field(ge=0, lt=MAX_BATCH, description="In a batch, instead: the index of the earlier job, from 0."),
]
VideoFormat = Annotated[Literal["mp4"] | None, Field(description="The container of the output.")]
ImageFormat = Annotated[Literal["png", "jpg", "webp"] | None, Field(description="The type of the output.")]


class NoInputs(Ask):
    """No files."""


class BaseInputs(Ask):
    """The files that a `base` job is made from."""

    reference: Annotated[UUID, Field(description="The asset of the reference image.")]
    motion: Annotated[UUID, Field(description="The asset of the motion video.")]
    mask: Annotated[
        UUID | None,
        Field(description="The asset of a picture that is white where the figure is in the reference."),
    ] = None


class ReferenceInputs(Ask):
    """A picture to begin from, if there is one."""

    reference: Annotated[UUID | None, Field(description="The asset of the reference image.")] = None


class RenderInputs(Ask):
    """The files that a `render` job is made from."""

    template: Annotated[UUID | None, Field(description="The asset of the template.")] = None
    data: Annotated[UUID | None, Field(description="The asset of the data that fills it.")] = None


class SubtitlesInputs(Ask):
    """The words, unless the options give them."""

    subtitles: Annotated[UUID | None, Field(description="The asset of an SRT, VTT or text file.")] = None


class AudioInputs(Ask):
    """The sound, unless the options have it spoken."""

    audio: Annotated[UUID | None, Field(description="The asset of a voice or of music.")] = None


class JobFields(PromptFields):
    """What every job may be asked for with."""

    model: Slug | None = None
    quality: Annotated[Quality | None, Field(description="How much care is paid for.")] = None
    negative_prompt: Annotated[
        Text | None, Field(max_length=1000, description="What should not be seen.")
    ] = None
    orientation: Annotated[
        Orientation | None, Field(description="Of the output, where its model can choose.")
    ] = None
    priority: Priority = DEFAULT_PRIORITY
    metadata: Annotated[Metadata, Field(default_factory=dict, description="Yours to use, at most 16 KiB.")]
    destination: Annotated[Destination, Field(description="Where the output is kept.")] = Destination.LIBRARY
    project_id: Annotated[UUID | None, Field(description="One of your projects.")] = None
    workspace_session_id: Annotated[
        UUID | None,
        Field(
            description="One of your workspace sessions; may be called `session_id`.",
            validation_alias=AliasChoices("workspace_session_id", "session_id"),
        ),
    ] = None
    group_id: Annotated[
        UUID | None, Field(description="An earlier group to join; the same for all jobs of a batch.")
    ] = None
    auto_cancel_at: Annotated[
        Time | None, Field(description="When to cancel it if it has not ended by then.")
    ] = None


class BaseBody(JobFields):
    """A reference image moved by a motion video."""

    job_type: Literal[JobType.BASE]
    inputs: BaseInputs
    options: BaseOptions = BaseOptions()
    prompt: MaybePrompt = None
    format: VideoFormat = None


class TextToVideoBody(JobFields):
    """A video after a prompt."""

    job_type: Literal[JobType.TEXT_TO_VIDEO]
    prompt: NeededPrompt
    inputs: ReferenceInputs = ReferenceInputs()
    options: TextToVideoOptions = TextToVideoOptions()
    format: VideoFormat = None


class ImageBody(JobFields):
    """A picture after a prompt."""

    job_type: Literal[JobType.IMAGE]
    prompt: NeededPrompt
    inputs: ReferenceInputs = ReferenceInputs()
    options: ImageOptions = ImageOptions()
    format: ImageFormat = None


class RenderBody(JobFields):
    """A template filled with data."""

    job_type: Literal[JobType.RENDER]
    inputs: RenderInputs = RenderInputs()
    options: RenderOptions = RenderOptions()
    prompt: MaybePrompt = None
    format: VideoFormat = None
    project_name: Annotated[Name | None, Field(description="What the work is called.")] = None
    output_name: Annotated[Name | None, Field(description="What the output is called.")] = None
    render_config: Annotated[
        Metadata | None, Field(description="What the renderer is told besides, at most 16 KiB.")
    ] = None


class PostFields(JobFields):
    """What works on the output of a parent: of an existing job, or of an earlier one of the same batch."""

    prompt: MaybePrompt = None
    parent_job_id: Parent = None
    after: After = None


class ExtendBody(PostFields):
    """A longer video."""

    job_type: Literal[JobType.EXTEND]
    inputs: NoInputs = NoInputs()
    options: ExtendOptions = ExtendOptions()
    format: VideoFormat = None


class UpscaleBody(PostFields):
    """A larger picture or video."""

    job_type: Literal[JobType.UPSCALE]
    inputs: NoInputs = NoInputs()
    options: UpscaleOptions = UpscaleOptions()
    format: Annotated[
        Literal["mp4", "png", "jpg", "webp"] | None, Field(description="The type of the output.")
    ] = None


class SubtitlesBody(PostFields):
    """A video with subtitles."""

    job_type: Literal[JobType.SUBTITLES]
    inputs: SubtitlesInputs = SubtitlesInputs()
    options: SubtitlesOptions = SubtitlesOptions()
    format: VideoFormat = None


class AudioBody(PostFields):
    """A video with other sound."""

    job_type: Literal[JobType.AUDIO]
    inputs: AudioInputs = AudioInputs()
    options: AudioOptions = AudioOptions()
    format: VideoFormat = None


JobBody = Annotated[
    BaseBody
    | TextToVideoBody
    | ImageBody
    | RenderBody
    | ExtendBody
    | UpscaleBody
    | SubtitlesBody
    | AudioBody,
    Field(discriminator="job_type"),
]
"""One request for one output."""


class BatchBody(Ask):
    """Several jobs, made together or not at all; they become one group."""

    jobs: Annotated[
        list[JobBody],
        Field(
            min_length=1,
            max_length=MAX_BATCH,
            description="In this order; one that works on the output of an earlier one names it by `after`.",
        ),
    ]


def _is_batch(value: Any) -> str:
    has_jobs = isinstance(value, BatchBody) or (isinstance(value, dict) and "jobs" in value)
    return "batch" if has_jobs else "job"


QuoteBody = Annotated[
    Annotated[JobBody, Tag("job")] | Annotated[BatchBody, Tag("batch")], Discriminator(_is_batch)
]
"""What would be submitted: one job or a batch."""


def read_body(body: Any) -> list[Submission]:
    """Return what the actions take, of one job or of a batch."""
    return [_submission(job) for job in (body.jobs if isinstance(body, BatchBody) else [body])]


def fingerprint(body: Any) -> bytes:
    """Return the SHA-256 of what was said in a body, in whatever order and spacing."""
    said = body.model_dump(mode="json", exclude_unset=True)
    return sha256(orjson.dumps(said, option=orjson.OPT_SORT_KEYS)).digest()


def _submission(body: JobBody) -> Submission:
    job_type = JobType(body.job_type)
    return Submission(
        job_type=job_type,
        inputs={AssetRole(role): asset for role, asset in body.inputs if asset is not None},
        model=body.model or DEFAULT_MODELS[job_type],
        **{name: getattr(body, name) for name in _as_asked(type(body))},
    )


@cache
def _as_asked(kind: type[JobFields]) -> frozenset[str]:
    # A word means the same here as in the action: so what has the same name is the same value.
    return frozenset(Submission.__slots__).intersection(kind.model_fields) - {"job_type", "inputs", "model"}
