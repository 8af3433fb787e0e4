import socket
from dataclasses import replace
from pathlib import Path

import pytest

from rushes.domain.media import MediaLimits
from rushes.engines.examiner import PROBE_LIMITS, ChildExaminer
from rushes.errors import EngineTimeout, MediaRejected
from tests.engines import hostile
from tests.engines.driving import files_in, processes_in


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    folder = tmp_path / "scratch"
    folder.mkdir()
    return folder


async def test_video_is_measured_in_a_child(tmp_path: Path, scratch: Path) -> None:
    path = hostile.video(tmp_path / "a.mp4")

    measured = await ChildExaminer().probe(path, media_type="video/mp4", scratch=scratch)

    assert (measured.width, measured.height, measured.frames) == (64, 48, 24)
    assert files_in(scratch) == []
    assert processes_in(tmp_path) == []


async def test_picture_is_measured_when_its_path_is_relative(
    tmp_path: Path, scratch: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hostile.picture(tmp_path / "a.png")
    monkeypatch.chdir(tmp_path)

    measured = await ChildExaminer().probe(Path("a.png"), media_type="image/png", scratch=scratch)

    assert (measured.width, measured.height) == (64, 48)


async def test_limits_on_media_hold_in_the_child(tmp_path: Path, scratch: Path) -> None:
    examiner = ChildExaminer(media_limits=MediaLimits(duration_seconds=1.0))

    with pytest.raises(MediaRejected, match=r"longer than the allowed 1 s; cut it\.$"):
        await examiner.probe(hostile.video(tmp_path / "a.mp4"), media_type="video/mp4", scratch=scratch)


async def test_playlist_is_refused_without_a_fetch(tmp_path: Path, scratch: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        path = hostile.playlist(tmp_path / "a.mp4", port=server.getsockname()[1])

        with pytest.raises(MediaRejected, match="none of the accepted types"):
            await ChildExaminer().probe(path, media_type="video/mp4", scratch=scratch)

        with pytest.raises(BlockingIOError):
            server.accept()


async def test_time_limit_ends_the_measuring(tmp_path: Path, scratch: Path) -> None:
    path = hostile.video(tmp_path / "a.mp4")
    limits = replace(PROBE_LIMITS, wall_seconds=0.001)

    with pytest.raises(EngineTimeout):
        await ChildExaminer(limits=limits).probe(path, media_type="video/mp4", scratch=scratch)

    assert processes_in(tmp_path) == []
