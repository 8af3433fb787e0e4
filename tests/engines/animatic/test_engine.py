from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from PIL import Image

from rushes.domain.jobs import JobType, Orientation
from rushes.domain.media import AssetRole, Probe
from rushes.engines.animatic.engine import AnimaticEngine
from rushes.engines.base import Cancelled, EventKind, Input, Request
from rushes.engines.child.runner import ChildRunner
from rushes.engines.registry import ENGINES
from rushes.errors import EngineRefused
from tests.engines import contract
from tests.engines.driving import Watcher
from tests.engines.motion.context import RecordingContext

STORY = "A red fox runs across a snowy hill. 🦊 Night falls over שלום."


def request_for(
    workdir: Path,
    *,
    job_type: JobType = JobType.TEXT_TO_VIDEO,
    prompt: str | None = STORY,
    seed: int = 7,
    **options: Any,
) -> Request:
    if job_type is JobType.TEXT_TO_VIDEO:
        options = {"seconds": 1, **options}
    return Request(
        job_type=job_type,
        prompt=prompt,
        options=options,
        inputs={},
        workdir=workdir,
        seed=seed,
        deadline_seconds=60.0,
    )


def film_case(folder: Path, seed: int) -> Request:
    return request_for(folder, seed=seed)


def still_case(folder: Path, seed: int) -> Request:
    return request_for(folder, job_type=JobType.IMAGE, seed=seed)


def long_case(folder: Path) -> Request:
    return request_for(folder, seconds=60, resolution="720p")


CASES = {
    "video": contract.Case(
        spec=ENGINES["animatic"],
        request=film_case,
        long_request=long_case,
        bad_request=lambda folder: request_for(folder, prompt=" \u200b\n"),
    ),
    "image": contract.Case(
        spec=ENGINES["animatic"],
        request=still_case,
        long_request=long_case,
        bad_request=lambda folder: request_for(folder, job_type=JobType.IMAGE, prompt=""),
    ),
}


def run(request: Request) -> Path:
    context = RecordingContext(request)
    AnimaticEngine().run(context)
    return context.artifacts[AssetRole.OUTPUT]


def reference(folder: Path, *, width: int, height: int) -> Input:
    path = folder / "reference.png"
    Image.new("RGB", (width, height), (30, 140, 60)).save(path)
    return Input(path=path, probe=Probe(media_type="image/png", width=width, height=height))


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
@pytest.mark.parametrize("check", contract.CHECKS, ids=contract.name_of)
async def test_animatic_keeps_the_contract(
    check: contract.Check, case: contract.Case, tmp_path: Path
) -> None:
    await check(case, tmp_path)


@pytest.mark.parametrize(
    ("orientation", "resolution", "size"),
    [
        (None, "480p", (854, 480)),
        (Orientation.LANDSCAPE, "720p", (1280, 720)),
        (Orientation.PORTRAIT, "480p", (480, 854)),
        (Orientation.PORTRAIT, "720p", (720, 1280)),
    ],
)
def test_video_has_the_length_the_rate_and_the_size_asked_for(
    tmp_path: Path, orientation: Orientation | None, resolution: str, size: tuple[int, int]
) -> None:
    request = request_for(tmp_path, seconds=1.5, resolution=resolution)

    path = run(replace(request, orientation=orientation))

    with av.open(str(path)) as file:
        stream = file.streams.video[0]
        assert (stream.width, stream.height) == size
        assert stream.average_rate == Fraction(24)
        assert sum(1 for _ in file.decode(video=0)) == 36


@pytest.mark.parametrize(
    ("wanted", "name", "kind"),
    [
        (None, "output.png", "PNG"),
        ("png", "output.png", "PNG"),
        ("jpg", "output.jpg", "JPEG"),
        ("webp", "output.webp", "WEBP"),
    ],
)
def test_picture_has_the_format_asked_for(tmp_path: Path, wanted: str | None, name: str, kind: str) -> None:
    path = run(replace(request_for(tmp_path, job_type=JobType.IMAGE), format=wanted))

    with Image.open(path) as picture:
        assert (path.name, picture.format, picture.size) == (name, kind, (854, 480))


def test_a_portrait_reference_makes_a_portrait_unless_another_is_asked_for(tmp_path: Path) -> None:
    request = request_for(tmp_path, job_type=JobType.IMAGE, reference_strength=1.0)
    request = replace(request, inputs={AssetRole.REFERENCE: reference(tmp_path, width=300, height=400)})

    with Image.open(run(request)) as by_itself:
        assert by_itself.size == (480, 854)
        assert np.asarray(by_itself)[20, 20] == pytest.approx((23, 109, 47), abs=3)
    with Image.open(run(replace(request, orientation=Orientation.LANDSCAPE))) as asked:
        assert asked.size == (854, 480)


def test_a_video_begins_with_its_reference(tmp_path: Path) -> None:
    request = request_for(tmp_path)
    request = replace(request, inputs={AssetRole.REFERENCE: reference(tmp_path, width=400, height=300)})

    with av.open(str(run(request))) as file:
        first = next(file.decode(video=0)).to_ndarray(format="rgb24")

    assert np.abs(first[40].astype(int) - (23, 109, 47)).max() < 10


def test_the_negative_prompt_changes_nothing(tmp_path: Path) -> None:
    request = request_for(tmp_path, job_type=JobType.IMAGE)
    plain = run(request).read_bytes()

    assert run(replace(request, negative_prompt="snow")).read_bytes() == plain


async def test_characters_that_no_font_has_are_named_in_the_log(tmp_path: Path) -> None:
    watcher = Watcher()
    request = request_for(tmp_path, job_type=JobType.IMAGE, prompt="A fox \U0003fffd")

    await ChildRunner().run("animatic", request, on_event=watcher)

    (line,) = watcher.of(EventKind.LOG)
    assert line.fields == {"level": "warning"}
    assert "\U0003fffd" in (line.text or "")


@pytest.mark.parametrize("frames", [0, 5])
def test_nothing_is_left_when_it_is_cancelled(tmp_path: Path, frames: int) -> None:
    context = RecordingContext(request_for(tmp_path), frames_until_cancel=frames)

    with pytest.raises(Cancelled):
        AnimaticEngine().run(context)

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        (request_for(Path(), prompt=None), "prompt is empty"),
        (request_for(Path(), prompt="\u200d \ufe0f"), "prompt is empty"),
        (request_for(Path(), seconds=61), "seconds"),
        (request_for(Path(), job_type=JobType.BASE), "choose another model"),
        (
            replace(
                request_for(Path()),
                inputs={
                    AssetRole.REFERENCE: Input(
                        path=Path("clip.mp4"), probe=Probe(media_type="video/mp4", width=64, height=64)
                    )
                },
            ),
            "upload a PNG",
        ),
    ],
    ids=["none", "invisible", "too long", "another type", "a video"],
)
def test_what_cannot_be_drawn_is_refused_in_words(request_: Request, words: str) -> None:
    with pytest.raises(EngineRefused, match=words):
        AnimaticEngine().validate(request_)


def test_a_broken_reference_is_refused(tmp_path: Path) -> None:
    source = reference(tmp_path, width=400, height=300)
    source.path.write_bytes(source.path.read_bytes()[:-40])

    with pytest.raises(EngineRefused, match="broken"):
        run(replace(request_for(tmp_path), inputs={AssetRole.REFERENCE: source}))


def test_estimates_grow_with_length_and_size(tmp_path: Path) -> None:
    engine = AnimaticEngine()

    seconds = [
        engine.estimate(request_for(tmp_path, seconds=length, resolution=resolution))
        for length, resolution in ((2, "480p"), (8, "480p"), (8, "720p"))
    ]

    assert seconds == sorted(seconds)
    assert seconds[2] > 1.5 * seconds[1] > 3 * seconds[0] > 0
