import io
import itertools
from importlib.resources import files
from typing import Any

import av
import cv2
import numpy as np
import pytest

from tests.journeys.site import address_of, home, person, rushes

pytestmark = pytest.mark.slow


def frames_of(video: Any) -> list[np.ndarray]:
    """The luma of every frame, at a common small size."""
    with av.open(video) as container:
        return [
            cv2.resize(frame.to_ndarray(format="gray"), (214, 120), interpolation=cv2.INTER_AREA)
            for frame in container.decode(video=0)
        ]


def mean_flow(frames: list[np.ndarray]) -> np.ndarray:
    """The mean motion from each frame to the next, pixels, shape (frames - 1, 2), by Farnebäck (2003)."""
    return np.array(
        [
            cv2.calcOpticalFlowFarneback(a, b, None, 0.5, 3, 15, 3, 5, 1.2, 0).mean(axis=(0, 1))
            for a, b in itertools.pairwise(frames)
        ]
    )


async def test_a_person_gets_a_video_that_follows_the_motion() -> None:
    with home() as folder:
        async with (
            rushes("up", "--home", str(folder), "--port", "0") as site,
            person(await address_of(site)) as ada,
        ):
            balance = (await ada.client.get("/api/v1/me")).json()["credits"]
            job = await ada.until_final(await ada.submit_sample(resolution="480p"))
            output = (await ada.client.get(f"/api/v1/jobs/{job['id']}/output")).json()
            film = await ada.client.get(output["url"])
            thumbnails = (await ada.client.get(f"/api/v1/jobs/{job['id']}/thumbnails")).json()
            left = (await ada.client.get("/api/v1/me")).json()["credits"]

    assert (job["status"], job["progress"], job["attempts"]) == ("completed", 100, 1)
    assert balance - left == job["credits_charged"] == 15
    assert thumbnails["output"] is not None
    with av.open(io.BytesIO(film.content)) as container:
        stream = container.streams.video[0]
        assert (stream.codec_context.name, stream.width, stream.height) == ("h264", 854, 480)
        assert float(stream.duration * stream.time_base) == pytest.approx(3.0, abs=0.05)
    made = frames_of(io.BytesIO(film.content))
    assert len(made) == 72
    assert np.ptp(made, axis=0).max() > 50
    asked = mean_flow(frames_of(io.BytesIO(files("rushes.samples").joinpath("motion.mp4").read_bytes())))
    followed = mean_flow(made)
    assert np.corrcoef(asked[:, 0], followed[:, 0])[0, 1] > 0.5
    assert np.corrcoef(asked[:, 1], followed[:, 1])[0, 1] > 0.5
