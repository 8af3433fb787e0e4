from collections.abc import Set as AbstractSet

import pytest

from rushes.domain.completeness import find_gaps
from rushes.domain.jobs import JobType
from rushes.domain.media import AssetRole
from rushes.domain.options import (
    OPTIONS,
    AudioOptions,
    ImageOptions,
    JobOptions,
    RenderOptions,
    SubtitlesOptions,
    TextToVideoOptions,
    UpscaleOptions,
)

R = AssetRole
T = JobType


NONE = frozenset[AssetRole]()


@pytest.mark.parametrize(
    ("job_type", "prompt", "roles", "options"),
    [
        (T.BASE, None, {R.REFERENCE, R.MOTION}, OPTIONS[T.BASE]()),
        (T.TEXT_TO_VIDEO, "A fox.", NONE, TextToVideoOptions()),
        (T.IMAGE, "A fox.", {R.REFERENCE}, ImageOptions(exact_copy_mode=True)),
        (T.RENDER, None, {R.TEMPLATE, R.DATA}, RenderOptions()),
        (T.RENDER, None, {R.DATA}, RenderOptions(template="titles")),
        (T.UPSCALE, None, NONE, UpscaleOptions()),
        (T.SUBTITLES, None, {R.SUBTITLES}, SubtitlesOptions()),
        (T.SUBTITLES, None, NONE, SubtitlesOptions(script="Hello.")),
        (T.SUBTITLES, None, NONE, SubtitlesOptions(transcribe=True)),
        (T.AUDIO, None, {R.AUDIO}, AudioOptions()),
        (T.AUDIO, None, NONE, AudioOptions(speech="Hello.")),
    ],
)
def test_what_is_complete_has_no_gap(
    job_type: JobType, prompt: str | None, roles: AbstractSet[AssetRole], options: JobOptions
) -> None:
    assert find_gaps(job_type, prompt=prompt, roles=roles, options=options) == []


@pytest.mark.parametrize(
    ("job_type", "roles", "options", "fields"),
    [
        (T.BASE, NONE, OPTIONS[T.BASE](), ["inputs.motion", "inputs.reference"]),
        (T.BASE, {R.REFERENCE, R.MOTION, R.AUDIO}, OPTIONS[T.BASE](), ["inputs.audio"]),
        (T.TEXT_TO_VIDEO, NONE, TextToVideoOptions(), ["prompt"]),
        (T.IMAGE, {R.MOTION}, ImageOptions(exact_copy_mode=True), None),
        (T.RENDER, NONE, RenderOptions(), ["inputs.template"]),
        (T.RENDER, {R.TEMPLATE}, RenderOptions(template="titles"), ["inputs.template"]),
        (T.EXTEND, {R.MOTION}, OPTIONS[T.EXTEND](), ["inputs.motion"]),
        (T.SUBTITLES, NONE, SubtitlesOptions(), ["inputs.subtitles"]),
        (T.SUBTITLES, NONE, SubtitlesOptions(script="a", transcribe=True), ["inputs.subtitles"]),
        (T.AUDIO, NONE, AudioOptions(), ["inputs.audio"]),
        (T.AUDIO, {R.AUDIO}, AudioOptions(speech="a"), ["inputs.audio"]),
    ],
)
def test_each_gap_is_named(
    job_type: JobType, roles: AbstractSet[AssetRole], options: JobOptions, fields: list[str] | None
) -> None:
    found = [one.field for one in find_gaps(job_type, prompt=None, roles=roles, options=options)]

    assert found == (fields or ["inputs.motion", "prompt", "options.exact_copy_mode"])
