from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from rushes.engines.media.remuxing import StreamKind
from tests.engines.fakes import write_video
from tests.engines.post.hearing import ebur128, syllables, write_sound
from tests.engines.post.media import packets
from tests.journeys.site import Person, address_of, home, person, rushes

pytestmark = pytest.mark.slow

FPS = 12
WORDS = "1\n00:00:00,200 --> 00:00:01,500\nHello there\n"


def write_motion(path: Path) -> None:
    """Write a second of a bright disc that moves to the right."""
    rows, columns = np.mgrid[:90, :160]
    frames = [
        np.where((rows - 45) ** 2 + (columns - 50 - 3 * step) ** 2 < 400, 220, 60)[..., None].repeat(3, 2)
        for step in range(FPS)
    ]
    write_video(path, [frame.astype(np.uint8) for frame in frames], fps=FPS)


async def chain(ada: Person, folder: Path) -> list[dict[str, Any]]:
    """Submit five jobs, each on the output of the one before; return them when the last has ended."""
    write_motion(folder / "motion.mp4")
    sound = write_sound(folder / "voice.wav", syllables(3.0)).path
    ids = {
        role: (await ada.upload(role, name, content)).json()["id"]
        for role, name, content in (
            ("reference", "reference.png", None),
            ("motion", "motion.mp4", (folder / "motion.mp4").read_bytes()),
            ("subtitles", "words.srt", WORDS.encode()),
            ("audio", "voice.wav", sound.read_bytes()),
        )
    }
    made_from = {"reference": ids["reference"], "motion": ids["motion"]}
    jobs = [
        {"job_type": "base", "inputs": made_from},
        {"job_type": "extend", "after": 0, "options": {"mode": "pingpong", "seconds": 1}},
        {"job_type": "upscale", "after": 1, "options": {"scale": 2}},
        {"job_type": "subtitles", "after": 2, "inputs": {"subtitles": ids["subtitles"]}},
        {"job_type": "audio", "after": 3, "inputs": {"audio": ids["audio"]}},
    ]
    answer = await ada.client.post("/api/v1/jobs/batch", json={"jobs": jobs})
    assert answer.status_code == 202, answer.text
    return [await ada.until_final(job["id"]) for job in answer.json()["jobs"]]


async def test_a_chain_of_five_jobs_ends_in_one_right_file(tmp_path: Path) -> None:
    with home() as folder:
        async with (
            rushes("up", "--home", str(folder), "--port", "0") as site,
            person(await address_of(site)) as ada,
        ):
            jobs = await chain(ada, tmp_path)
            assert [(job["status"], job["error_message"]) for job in jobs] == [("completed", None)] * 5
            answer = await ada.client.get(jobs[-1]["output"]["url"])
            first = await ada.client.get(jobs[0]["output"]["url"])

    path, begun = tmp_path / "end.mp4", tmp_path / "begin.mp4"
    path.write_bytes(answer.content)
    begun.write_bytes(first.content)
    with av.open(str(begun)) as small, av.open(str(path)) as file:
        assert sorted(stream.type for stream in file.streams) == ["audio", "subtitle", "video"]
        picture, base = file.streams.video[0], small.streams.video[0]
        assert (picture.width, picture.height) == (2 * base.width, 2 * base.height)
        assert float(picture.duration * picture.time_base) == pytest.approx(2.0, abs=1 / FPS)
        assert float(file.duration / av.time_base) == pytest.approx(2.0, abs=0.2)
        assert file.streams.subtitles[0].codec_context.name == "mov_text"
    loudness, peak = ebur128(path)
    assert loudness == pytest.approx(-16, abs=1)
    assert peak <= -1
    said = b"".join(content for _, _, content in packets(path, StreamKind.SUBTITLE))
    assert b"Hello there" in said
