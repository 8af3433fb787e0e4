"""Types of the fields that a model is described with."""

from typing import Annotated, Any

from pydantic import AfterValidator, Field, StrictInt, field_validator

from rushes.domain.catalogue import MAX_CAP
from rushes.domain.jobs import JobType, Quality
from rushes.domain.options import Resolution
from rushes.domain.schemas import schema_problem
from rushes.web.api.wording import Ask, Metadata, Text

_NAME = r"^[a-z][a-z0-9_-]{0,62}$"
_WEEK_SECONDS = 7 * 24 * 3600

Credits = Annotated[StrictInt, Field(ge=0, le=1_000_000)]
Percent = Annotated[StrictInt, Field(ge=1, le=10_000)]


def _require_schema(value: dict[str, Any]) -> dict[str, Any]:
    if problem := schema_problem(value):
        raise ValueError(problem)
    return value


def _require_different(value: list[JobType]) -> list[JobType]:
    if len(set(value)) < len(value):
        raise ValueError("name each job type once")
    return sorted(value)


class AliasBody(Ask):
    """What another name of a model stands for beside the model."""

    job_type: Annotated[JobType | None, Field(description="Null: whatever the job says.")] = None
    quality: Annotated[Quality | None, Field(description="Null: whatever the job says.")] = None


class TariffBody(Ask):
    """What outputs cost, in credits."""

    per_second: Annotated[
        dict[Resolution, Credits],
        Field(
            description="For each started second of output, by resolution; each resolution has its price.",
            examples=[{"480p": 5, "720p": 10}],
            json_schema_extra={"required": [str(each) for each in Resolution]},
        ),
    ]
    minimum: Annotated[Credits, Field(description="The least that a job costs.", examples=[5])]

    @field_validator("per_second")
    @classmethod
    def _require_all(cls, value: dict[Resolution, int]) -> dict[Resolution, int]:
        if missing := sorted(set(Resolution) - value.keys()):
            raise ValueError(f"there is no price for {' and '.join(missing)}")
        return value


class PriceBody(TariffBody):
    """A model's price: its tariff, tariffs of their own for some job types, and what quality costs."""

    by_type: Annotated[
        dict[JobType, TariffBody], Field(default_factory=dict, description="Instead, for some job types.")
    ]
    quality_percent: Annotated[
        dict[Quality, Percent],
        Field(default_factory=dict, description="Relative to the tariff; 100 where nothing is said."),
    ]


Title = Annotated[
    Text, Field(min_length=1, max_length=100, description="What people read.", examples=["SDXL"])
]
Description = Annotated[Text, Field(max_length=2000, description="What it is good for.")]
EngineName = Annotated[str, Field(pattern=_NAME, description="What workers run for it.", examples=["motion"])]
LaneName = Annotated[
    str, Field(pattern=_NAME, description="Where its jobs wait; made if it is not there.", examples=["gpu"])
]
JobTypes = Annotated[
    list[JobType],
    Field(
        min_length=1, max_length=20, description="What it can make.", json_schema_extra={"uniqueItems": True}
    ),
    AfterValidator(_require_different),
]
Alias = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$")]
Aliases = Annotated[
    dict[Alias, AliasBody],
    Field(
        max_length=50, description="Other names of it.", examples=[{"sdxl_image_fast": {"quality": "fast"}}]
    ),
]
OptionsSchema = Annotated[
    Metadata, AfterValidator(_require_schema), Field(description="JSON Schema of the options.")
]
TimeLimit = Annotated[
    int, Field(ge=1, le=_WEEK_SECONDS, description="How long one attempt may take.", examples=[600])
]
Attempts = Annotated[int, Field(ge=1, le=20, description="How often a job is tried.")]
Cap = Annotated[
    Annotated[int, Field(ge=1, le=MAX_CAP)] | None,
    Field(description="How many of its jobs run at once at the most; null: no cap."),
]
Config = Annotated[Metadata, Field(description="What its engine is told.")]
