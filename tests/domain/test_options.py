import math
from typing import Any

import pytest
from pydantic import ValidationError

from rushes.domain.jobs import JobType
from rushes.domain.options import (
    MAX_SEED,
    OPTIONS,
    AdvancedOptions,
    BaseOptions,
    Resolution,
    VideoQuality,
    complete_options,
    read_options,
    resolution_of,
    seed_of,
)

BOX = {"x": 0.2, "y": 0.1, "width": 0.5, "height": 0.5}


def test_defaults_are_those_of_the_product() -> None:
    options = BaseOptions()

    assert options.model_dump(mode="json") == {
        "resolution": "480p",
        "video_quality": "high",
        "motion_mode": "cutout",
        "reference_box": None,
        "motion_box": None,
        "safety_checker_image": True,
        "safety_checker_video": True,
        "advanced": {"seed": None, "inference_steps": 20, "cfg_scale": 1.0},
    }


@pytest.mark.parametrize(
    "advanced",
    [
        {"seed": 0},
        {"seed": MAX_SEED},
        {"seed": None},
        {"inference_steps": 10},
        {"inference_steps": 50},
        {"cfg_scale": 0.5},
        {"cfg_scale": 2},
    ],
)
def test_knob_is_accepted(advanced: dict[str, Any]) -> None:
    options = BaseOptions.model_validate({"advanced": advanced})

    assert options.advanced.model_dump(include=set(advanced)) == advanced


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"advanced": {"seed": -1}}, ("advanced", "seed")),
        ({"advanced": {"seed": MAX_SEED + 1}}, ("advanced", "seed")),
        ({"advanced": {"seed": 1.5}}, ("advanced", "seed")),
        ({"advanced": {"inference_steps": 9}}, ("advanced", "inference_steps")),
        ({"advanced": {"inference_steps": 51}}, ("advanced", "inference_steps")),
        ({"advanced": {"cfg_scale": 0.49}}, ("advanced", "cfg_scale")),
        ({"advanced": {"cfg_scale": 2.01}}, ("advanced", "cfg_scale")),
        ({"advanced": {"cfg_scale": math.nan}}, ("advanced", "cfg_scale")),
        ({"advanced": {"cfg_scale": math.inf}}, ("advanced", "cfg_scale")),
        ({"advanced": {"speed": 1}}, ("advanced", "speed")),
        ({"resolution": "1080p"}, ("resolution",)),
        ({"video_quality": "low"}, ("video_quality",)),
        ({"colour": "red"}, ("colour",)),
        ({"reference_box": BOX | {"x": 0.6}}, ("reference_box", "width")),
        ({"reference_box": BOX | {"y": 0.9}}, ("reference_box", "height")),
        ({"motion_box": BOX | {"width": 0}}, ("motion_box", "width")),
        ({"motion_box": BOX | {"x": -0.1}}, ("motion_box", "x")),
        ({"motion_mode": "rubber"}, ("motion_mode",)),
    ],
)
def test_wrong_option_is_named(wrong: dict[str, Any], field: tuple[str, ...]) -> None:
    with pytest.raises(ValidationError) as caught:
        BaseOptions.model_validate(wrong)

    assert [error["loc"] for error in caught.value.errors()] == [field]


def test_options_survive_their_json() -> None:
    options = BaseOptions(resolution=Resolution.P720, video_quality=VideoQuality.ULTRA)

    assert BaseOptions.model_validate(options.model_dump(mode="json")) == options


@pytest.mark.parametrize(("resolution", "pixels"), [(Resolution.P480, 480), (Resolution.P720, 720)])
def test_resolution_is_its_short_side(resolution: Resolution, pixels: int) -> None:
    assert resolution.short_side == pixels


@pytest.mark.parametrize("job_type", JobType)
def test_every_job_type_has_options_with_defaults(job_type: JobType) -> None:
    options = OPTIONS[job_type]()

    assert read_options(job_type, options.model_dump(mode="json")) == options


@pytest.mark.parametrize(
    ("job_type", "wrong"),
    [
        (JobType.TEXT_TO_VIDEO, {"seconds": 0.5}),
        (JobType.TEXT_TO_VIDEO, {"seconds": 61}),
        (JobType.TEXT_TO_VIDEO, {"safety_checker_image": True}),
        (JobType.IMAGE, {"reference_strength": 1.1}),
        (JobType.IMAGE, {"video_quality": "high"}),
        (JobType.RENDER, {"template": ""}),
        (JobType.RENDER, {"composition": "a\0b"}),
        (JobType.EXTEND, {"mode": "reverse"}),
        (JobType.EXTEND, {"seconds": 0}),
        (JobType.UPSCALE, {"scale": 3}),
        (JobType.UPSCALE, {"scale": 8}),
        (JobType.SUBTITLES, {"script": "x" * 10_001}),
        (JobType.SUBTITLES, {"language": "a language"}),
        (JobType.SUBTITLES, {"script": "\ud800"}),
        (JobType.AUDIO, {"delay_seconds": -1}),
        (JobType.AUDIO, {"fade_in_seconds": math.nan}),
        (JobType.AUDIO, {"mix": "louder"}),
    ],
)
def test_wrong_option_of_a_job_type_is_named(job_type: JobType, wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError) as caught:
        OPTIONS[job_type].model_validate(wrong)

    assert [error["loc"] for error in caught.value.errors()] == [(next(iter(wrong)),)]


def test_options_of_an_older_release_are_read_as_they_are() -> None:
    assert read_options(JobType.BASE, {"sharpness": 3}) == {"sharpness": 3}


@pytest.mark.parametrize("job_type", JobType)
def test_complete_options_are_what_was_stored(job_type: JobType) -> None:
    stored = OPTIONS[job_type]().model_dump(mode="json")

    assert complete_options(job_type, stored) == stored


def test_options_that_an_older_release_did_not_know_have_their_defaults() -> None:
    complete = complete_options(JobType.BASE, {"resolution": "720p", "advanced": {"seed": 7}})

    assert complete == BaseOptions(resolution=Resolution.P720, advanced=AdvancedOptions(seed=7)).model_dump(
        mode="json"
    )


def test_options_that_only_an_older_release_knew_are_still_shown() -> None:
    assert complete_options(JobType.BASE, {"sharpness": 3})["sharpness"] == 3


@pytest.mark.parametrize(
    ("stored", "resolution"),
    [
        ({}, Resolution.P480),
        ({"resolution": None}, Resolution.P480),
        ({"resolution": "720p"}, Resolution.P720),
    ],
)
def test_every_stored_job_has_a_resolution(stored: dict[str, Any], resolution: Resolution) -> None:
    assert resolution_of(stored) is resolution


@pytest.mark.parametrize(
    ("stored", "seed"), [({}, None), ({"advanced": None}, None), ({"advanced": {"seed": 7}}, 7)]
)
def test_stored_seed_is_found(stored: dict[str, Any], seed: int | None) -> None:
    assert seed_of(stored) == seed
