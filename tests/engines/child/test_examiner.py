import socket
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from rushes.domain.media import MediaLimits
from rushes.engines.child.examiner import PROBE_LIMITS, ChildExaminer
from rushes.errors import EngineTimeout, MediaRejected
from tests.engines import hostile
from tests.engines.driving import files_in, processes_in


def see_through(path: Path) -> Path:
    """A picture of which nothing can be seen."""
    Image.new("RGBA", (48, 64), (255, 0, 0, 0)).save(path)
    return path


SEEN = {
    "a.png": ("image/png", see_through),
    "a.jpg": ("image/jpeg", hostile.turned_picture),
    "a.mp4": ("video/mp4", hostile.turned_video),
}


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    folder = tmp_path / "scratch"
    folder.mkdir()
    return folder


async def test_video_is_measured_in_a_child(tmp_path: Path, scratch: Path) -> None:
    path = hostile.video(tmp_path / "a.mp4")

    found = await ChildExaminer().examine(path, media_type="video/mp4", scratch=scratch)

    assert (found.probe.width, found.probe.height, found.probe.frames) == (64, 48, 24)
    assert files_in(scratch) == [found.poster]
    assert processes_in(tmp_path) == []


async def test_picture_is_measured_when_its_path_is_relative(
    tmp_path: Path, scratch: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hostile.picture(tmp_path / "a.png")
    monkeypatch.chdir(tmp_path)

    found = await ChildExaminer().examine(Path("a.png"), media_type="image/png", scratch=scratch)

    assert (found.probe.width, found.probe.height) == (64, 48)


@pytest.mark.parametrize("name", SEEN)
async def test_poster_is_a_small_webp_of_what_is_displayed(tmp_path: Path, scratch: Path, name: str) -> None:
    media_type, make = SEEN[name]

    found = await ChildExaminer().examine(make(tmp_path / name), media_type=media_type, scratch=scratch)

    assert found.poster is not None
    with Image.open(found.poster) as poster:
        assert (poster.format, poster.size) == ("WEBP", (48, 64))
    assert found.probe.thumbhash is not None


async def test_what_cannot_be_seen_gets_no_poster(tmp_path: Path, scratch: Path) -> None:
    (tmp_path / "a.json").write_text("{}")

    found = await ChildExaminer().examine(tmp_path / "a.json", media_type="application/json", scratch=scratch)

    assert (found.poster, files_in(scratch)) == (None, [])


async def test_picture_is_good_without_a_poster_that_cannot_be_written(tmp_path: Path, scratch: Path) -> None:
    examiner = ChildExaminer(limits=replace(PROBE_LIMITS, file_bytes=8))
    path = hostile.picture(tmp_path / "a.png")

    found = await examiner.examine(path, media_type="image/png", scratch=scratch)

    assert (found.probe.width, found.probe.thumbhash, found.poster) == (64, None, None)


async def test_picture_is_good_without_a_poster_that_is_not_to_be_trusted(
    tmp_path: Path, scratch: Path
) -> None:
    (tmp_path / "elsewhere").touch()
    (scratch / "poster.webp").symlink_to(tmp_path / "elsewhere")

    found = await ChildExaminer().examine(
        hostile.picture(tmp_path / "a.png"), media_type="image/png", scratch=scratch
    )

    assert (found.probe.width, found.poster) == (64, None)


async def test_limits_on_media_hold_in_the_child(tmp_path: Path, scratch: Path) -> None:
    examiner = ChildExaminer(media_limits=MediaLimits(duration_seconds=1.0))

    with pytest.raises(MediaRejected, match=r"longer than the allowed 1 s; cut it\.$"):
        await examiner.examine(hostile.video(tmp_path / "a.mp4"), media_type="video/mp4", scratch=scratch)


async def test_playlist_is_refused_without_a_fetch(tmp_path: Path, scratch: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        path = hostile.playlist(tmp_path / "a.mp4", port=server.getsockname()[1])

        with pytest.raises(MediaRejected, match="none of the accepted types"):
            await ChildExaminer().examine(path, media_type="video/mp4", scratch=scratch)

        with pytest.raises(BlockingIOError):
            server.accept()


async def test_time_limit_ends_the_measuring(tmp_path: Path, scratch: Path) -> None:
    path = hostile.video(tmp_path / "a.mp4")
    limits = replace(PROBE_LIMITS, wall_seconds=0.001)

    with pytest.raises(EngineTimeout):
        await ChildExaminer(limits=limits).examine(path, media_type="video/mp4", scratch=scratch)

    assert processes_in(tmp_path) == []
