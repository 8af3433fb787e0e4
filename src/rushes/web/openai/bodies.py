"""What the dialect is asked for with, and how our own API says the same."""

import re
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Annotated, Any, Literal, Self, TypeVar
from uuid import UUID

from pydantic import BaseModel, Field, TypeAdapter, ValidationError, model_validator

from rushes.actions.submit import Submission
from rushes.domain.accounts import DEFAULT_PRIORITY
from rushes.domain.jobs import JobType, Quality
from rushes.domain.options import MAX_SECONDS, AdvancedOptions, Box, Label, MotionMode, VideoQuality
from rushes.errors import FieldProblem, InvalidFields, RushesError
from rushes.web.api.job_bodies import JobBody, NeededPrompt, Priority, Slug, read_body
from rushes.web.api.wording import Ask, Metadata, Text
from rushes.web.errors import field_problems
from rushes.web.openai.sizes import Size

REMIXED_FROM = "remixed_from_video_id"
"""Where a remix notes its source: in its job's metadata."""

MAX_IMAGES = 10
MAX_TAGS = 20

_NATIVE: TypeAdapter[Any] = TypeAdapter(JobBody)
_OPTIONS = frozenset(
    {
        "seconds",
        "advanced",
        "video_quality",
        "motion_mode",
        "reference_box",
        "motion_box",
        "safety_checker_image",
        "safety_checker_video",
        "reference_strength",
        "exact_copy_mode",
    }
)
_PLAIN = frozenset({"prompt", "model", "negative_prompt", "priority", "project_id"})
_QUALITIES: Mapping[str, Quality | None] = {
    "auto": None,
    "low": Quality.FAST,
    "medium": Quality.FAST,
    "standard": Quality.FAST,
    "fast": Quality.FAST,
    "high": Quality.HIGH,
    "hd": Quality.HIGH,
}
_FORMATS = {"png": "png", "jpeg": "jpg", "webp": "webp"}
_NAMES = {
    "options.resolution": "size",
    "orientation": "size",
    "inputs.motion": "motion",
    "format": "output_format",
}
_OF_A_BATCH = re.compile(r"^jobs\.\d+\.")

Body = TypeVar("Body", bound=BaseModel)


class Reference(Ask):
    """A picture that was uploaded before, or where it can be fetched."""

    file_id: Annotated[UUID | None, Field(description="An asset with the role `reference`.")] = None
    image_url: Annotated[
        Text | None, Field(max_length=2**20, description="An address of http or https, or a base64 data URL.")
    ] = None

    @model_validator(mode="after")
    def _require_one(self) -> Self:
        if (self.file_id is None) == (self.image_url is None):
            raise ValueError("give either file_id or image_url")
        return self


class _Made(Ask):
    """What every request for an output may say."""

    prompt: NeededPrompt
    model: Slug | None = None
    negative_prompt: Annotated[
        Text | None, Field(max_length=1000, description="What should not be seen.")
    ] = None
    advanced: Annotated[AdvancedOptions | None, Field(description="The knobs of an engine.")] = None
    safety_checker_image: Annotated[bool | None, Field(description="As in our own API.")] = None
    priority: Priority = DEFAULT_PRIORITY
    project_id: Annotated[UUID | None, Field(description="One of your projects.")] = None
    metadata: Annotated[Metadata, Field(default_factory=dict, description="Yours to use, at most 16 KiB.")]
    tags: Annotated[
        list[Label] | None, Field(max_length=MAX_TAGS, description="Kept as `tags` of the metadata.")
    ] = None


class VideoBody(_Made):
    """A request for a video; what OpenAI's API does not know is sent as `extra_body`."""

    seconds: Annotated[
        float | None, Field(ge=1, le=MAX_SECONDS, description="How long it becomes.", examples=["4"])
    ] = None
    size: Annotated[Size | None, Field(description="Width and height.")] = None
    input_reference: Annotated[
        Reference | None, Field(description="A picture to begin from; in a form, the file itself as well.")
    ] = None
    motion: Annotated[
        UUID | None,
        Field(description="For a model that moves a picture: the asset; in a form, the film itself as well."),
    ] = None
    motion_mode: Annotated[MotionMode | None, Field(description="As in our own API.")] = None
    reference_box: Annotated[Box | None, Field(description="As in our own API.")] = None
    motion_box: Annotated[Box | None, Field(description="As in our own API.")] = None
    quality: Annotated[Quality | None, Field(description="How much care is paid for.")] = None
    video_quality: Annotated[VideoQuality | None, Field(description="Encoding quality.")] = None
    safety_checker_video: Annotated[bool | None, Field(description="As in our own API.")] = None


class OpenAIRemixBody(Ask):
    """What is to be different."""

    prompt: NeededPrompt


class OpenAIImageBody(_Made):
    """A request for pictures."""

    n: Annotated[int, Field(ge=1, le=MAX_IMAGES, description="How many; each is a job of its own.")] = 1
    size: Annotated[
        Literal["auto", "854x480", "480x854", "1280x720", "720x1280"],
        Field(description="Width and height; `auto` leaves it to the model."),
    ] = "auto"
    quality: Annotated[
        Literal["auto", "low", "medium", "high", "standard", "hd", "fast"],
        Field(description="How much care is paid for: `high` and `hd` stand for our `high`."),
    ] = "auto"
    response_format: Annotated[
        Literal["url", "b64_json"] | None, Field(description="How each comes; null: in both ways.")
    ] = None
    output_format: Annotated[
        Literal["png", "jpeg", "webp"] | None, Field(description="The type of the files.")
    ] = None
    background: Annotated[Literal["auto"] | None, Field(description="Only as the model makes it.")] = None
    moderation: Annotated[Literal["auto"] | None, Field(description="Only as the operator has it.")] = None
    stream: Annotated[Literal[False] | None, Field(description="Pictures come when all are ready.")] = None
    partial_images: Annotated[Literal[0] | None, Field(description="There are none.")] = None
    user: Annotated[Text | None, Field(max_length=256, description="Not looked at.")] = None
    safety_identifier: Annotated[Text | None, Field(max_length=256, description="Not looked at.")] = None


class ImageEditBody(OpenAIImageBody):
    """A request for pictures made from one."""

    image: Annotated[Reference, Field(description="The picture; in a form, the file itself as well.")]
    reference_strength: Annotated[
        float | None, Field(ge=0, le=1, description="How much of the picture stays.")
    ] = None
    exact_copy_mode: Annotated[bool | None, Field(description="Keep its layout exactly.")] = None
    input_fidelity: Annotated[
        Literal["low"] | None, Field(description="Say `reference_strength` instead of `high`.")
    ] = None


def read(kind: type[Body], said: Mapping[str, Any]) -> Body:
    """Return a body of what was said.

    Raises:
        InvalidFields: Some of it is wrong; all that is wrong is named.
    """
    try:
        return kind.model_validate(said)
    except ValidationError as error:
        raise InvalidFields(fields=field_problems(error.errors())) from error


def submission_of(
    body: VideoBody | OpenAIImageBody, job_type: JobType, inputs: Mapping[str, UUID]
) -> Submission:
    """Return what the actions take.

    Raises:
        InvalidFields: The job type does not take some of it.
    """
    said = body.model_dump(exclude_unset=True, exclude_none=True)
    native: dict[str, Any] = {name: said[name] for name in said.keys() & _PLAIN}
    options = {name: said[name] for name in said.keys() & _OPTIONS}
    if body.size is not None and body.size != "auto":
        size = Size(body.size)
        native["orientation"], options["resolution"] = size.orientation, size.resolution
    if isinstance(body, OpenAIImageBody):
        native["quality"] = _QUALITIES[body.quality]
        native["format"] = body.output_format and _FORMATS[body.output_format]
    else:
        native["quality"] = body.quality
    native["metadata"] = body.metadata | ({} if body.tags is None else {"tags": body.tags})
    return _read_native(native | {"job_type": job_type, "inputs": inputs, "options": options})


@contextmanager
def as_said(*, reference: str) -> Generator[None]:
    """Name wrong fields as the dialect calls them; `reference` is what it calls the picture to begin from."""
    try:
        yield
    except RushesError as error:
        error.fields = tuple(replace(one, field=_said(one.field, reference)) for one in error.fields)
        raise


def _read_native(native: Mapping[str, Any]) -> Submission:
    try:
        (submission,) = read_body(_NATIVE.validate_python(native))
    except ValidationError as error:
        problems = [
            # The first part of the path is the job type.
            FieldProblem(field=".".join(map(str, one["loc"][1:])), message=one["msg"])
            for one in error.errors()
        ]
        raise InvalidFields(fields=tuple(problems)) from error
    return submission


def _said(field: str, reference: str) -> str:
    field = _OF_A_BATCH.sub("", field)
    if field == "inputs.reference":
        return reference
    return _NAMES.get(field, field.removeprefix("options."))
