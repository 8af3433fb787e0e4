import math
from typing import Any

import pytest
from pydantic import ValidationError

from rushes.domain.options import MAX_SEED, BaseOptions, Resolution, VideoQuality


def test_defaults_are_those_of_the_product() -> None:
    options = BaseOptions()

    assert options.model_dump(mode="json") == {
        "resolution": "480p",
        "video_quality": "high",
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
