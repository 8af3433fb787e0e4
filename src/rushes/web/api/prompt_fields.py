"""What a job may be told of its prompt: how it was enhanced, and the prompt test that the job is part of."""

from typing import Annotated
from uuid import UUID

from pydantic import AliasChoices, Field, StrictInt

from rushes.web.api.wording import Ask, Metadata, Name, Prompt, Text

MAX_WEIGHTS = 100
MAX_WEIGHT = 10
MAX_MILLISECONDS = 60 * 60 * 1000
MAX_EXPANSION = 1_000_000

_Percentage = Annotated[float, Field(ge=-100, le=MAX_EXPANSION, strict=True, allow_inf_nan=False)]
_Weight = Annotated[float, Field(ge=0, le=MAX_WEIGHT, strict=True, allow_inf_nan=False)]
Weights = Annotated[dict[Prompt, _Weight], Field(max_length=MAX_WEIGHTS)]


class PromptFields(Ask):
    """How the prompt came about. `POST prompts/enhance` answers with all but the test as `job_fields`."""

    original_prompt: Annotated[
        Prompt | None, Field(description="The prompt as it was written, if `prompt` is not that.")
    ] = None
    enhanced_prompt: Annotated[
        Prompt | None, Field(description="What the model is given instead of `prompt`.")
    ] = None
    enhancement_strategy: Annotated[
        Text | None,
        Field(min_length=1, max_length=50, description="How the prompt was enhanced.", examples=["expand"]),
    ] = None
    enhancement_time_ms: Annotated[
        StrictInt | None, Field(ge=0, le=MAX_MILLISECONDS, description="How long that took, in milliseconds.")
    ] = None
    compel_weights: Annotated[
        Weights | None,
        Field(
            description="How much parts of the prompt count, by their words, 0 to 10; 1 is as much as any "
            "other. Engines that know of weights follow them.",
            examples=[{"fox": 1.21}],
        ),
    ] = None
    expansion_percentage: Annotated[
        _Percentage | None,
        Field(
            description="How much longer the prompt became; below 0 if shorter. May be called "
            "`expansion_percentage`.",
            validation_alias=AliasChoices("qwen_expansion_percentage", "expansion_percentage"),
        ),
    ] = None
    template_name: Annotated[Name | None, Field(description="The prompt template that was used.")] = None
    prompt_test_id: Annotated[
        UUID | None, Field(description="The test of prompts that it is part of: an id of your own.")
    ] = None
    test_metadata: Annotated[
        Metadata | None, Field(description="What that test keeps with the job, at most 16 KiB.")
    ] = None
