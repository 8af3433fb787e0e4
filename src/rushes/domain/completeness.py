"""Whether a job has all that its type is made from, as far as the request itself can tell."""

from collections.abc import Set as AbstractSet

from rushes.domain.jobs import JobType
from rushes.domain.media import OPTIONAL_INPUTS, REQUIRED_INPUTS, AssetRole
from rushes.domain.options import AudioOptions, ImageOptions, JobOptions, RenderOptions, SubtitlesOptions
from rushes.errors import FieldProblem

PROMPTED = frozenset({JobType.TEXT_TO_VIDEO, JobType.IMAGE})
"""Job types that are made from a prompt."""


def find_gaps(
    job_type: JobType, *, prompt: str | None, roles: AbstractSet[AssetRole], options: JobOptions
) -> list[FieldProblem]:
    """Return what a job lacks, has too much, or has in a place that its type does not take.

    Args:
        job_type: What is to be made.
        prompt: Its prompt, if any.
        roles: The roles of the input files that it names.
        options: Those of its type.
    """
    problems = [*_role_problems(job_type, roles), *_source_problems(roles, options)]
    if job_type in PROMPTED and not prompt:
        problems.append(FieldProblem(field="prompt", message="This job type needs a prompt."))
    copies = isinstance(options, ImageOptions) and options.exact_copy_mode
    if copies and AssetRole.REFERENCE not in roles:
        message = "There is no reference image to copy."
        problems.append(FieldProblem(field="options.exact_copy_mode", message=message))
    return problems


def _role_problems(job_type: JobType, roles: AbstractSet[AssetRole]) -> list[FieldProblem]:
    required = REQUIRED_INPUTS.get(job_type, frozenset())
    taken = required | OPTIONAL_INPUTS.get(job_type, frozenset())
    missing = [
        FieldProblem(field=f"inputs.{role}", message="This input is required.")
        for role in sorted(required - roles)
    ]
    surplus = [
        FieldProblem(field=f"inputs.{role}", message="This job type does not take it.")
        for role in sorted(roles - taken)
    ]
    return missing + surplus


def _source_problems(roles: AbstractSet[AssetRole], options: JobOptions) -> list[FieldProblem]:
    """Require exactly one of the sources that a job can be made from."""
    match options:
        case SubtitlesOptions():
            sources = [AssetRole.SUBTITLES in roles, options.script is not None, options.transcribe]
            role, others = AssetRole.SUBTITLES, "options.script or options.transcribe"
        case AudioOptions():
            sources = [AssetRole.AUDIO in roles, options.speech is not None]
            role, others = AssetRole.AUDIO, "options.speech"
        case RenderOptions():
            sources = [AssetRole.TEMPLATE in roles, options.template is not None]
            role, others = AssetRole.TEMPLATE, "options.template"
        case _:
            return []
    if sum(sources) == 1:
        return []
    message = f"Give exactly one of this file, {others}."
    return [FieldProblem(field=f"inputs.{role}", message=message)]
