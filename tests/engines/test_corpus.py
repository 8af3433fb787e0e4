"""Every hostile file is refused in words, at little cost, and without a look at anything else."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import av
import pytest

from rushes.domain.media import MediaLimits
from rushes.engines.child.examiner import PROBE_LIMITS, ChildExaminer
from rushes.engines.probing.probe import probe
from rushes.errors import MediaRejected
from tests.engines.corpus import lures
from tests.engines.corpus.case import Case
from tests.engines.corpus.good import GOOD, mov
from tests.engines.corpus.table import CASES
from tests.engines.corpus.traps import Trap, trap_in
from tests.engines.driving import files_in

NARROW = replace(PROBE_LIMITS, memory_bytes=512 * 2**20, cpu_seconds=10, wall_seconds=10.0)
CARELESS = {
    "protocol_whitelist": "file,http,tcp,crypto",
    "allowed_extensions": "ALL",
    "extension_picky": "0",
    "safe": "0",
    "enable_drefs": "1",
    "use_absolute_path": "1",
}
"""Options that take away what FFmpeg has against such files by itself."""


@pytest.fixture
def trap(tmp_path: Path) -> Iterator[Trap]:
    folder = tmp_path / "trap"
    folder.mkdir()
    with trap_in(folder) as laid:
        yield laid


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    folder = tmp_path / "scratch"
    folder.mkdir()
    return folder


def name_of(case: Case) -> str:
    return case.name


@pytest.mark.parametrize("case", CASES, ids=name_of)
async def test_hostile_file_is_refused_within_10_seconds_and_512_mib(
    case: Case, tmp_path: Path, scratch: Path, trap: Trap
) -> None:
    path = tmp_path / "file"
    path.write_bytes(case.make(trap.bait))

    with pytest.raises(MediaRejected, match=case.says) as refused:
        await ChildExaminer(limits=NARROW).examine(path, media_type=case.media_type, scratch=scratch)

    assert refused.value.message.endswith(".")
    assert files_in(scratch) == []
    assert (trap.was_asked(), trap.was_read()) == (False, False)


@pytest.mark.parametrize("case", [case for case in CASES if case.baited], ids=name_of)
def test_bait_is_not_taken_where_the_network_can_be_reached(case: Case, tmp_path: Path, trap: Trap) -> None:
    path = tmp_path / "file"
    path.write_bytes(case.make(trap.bait))

    with pytest.raises(MediaRejected, match=case.says):
        probe(path, media_type=case.media_type, limits=MediaLimits())

    assert (trap.was_asked(), trap.was_read()) == (False, False)


@pytest.mark.parametrize("name", GOOD)
async def test_sound_file_is_accepted_within_the_same_limits(
    name: str, tmp_path: Path, scratch: Path
) -> None:
    media_type, make = GOOD[name]
    path = tmp_path / "file"
    path.write_bytes(make())

    found = await ChildExaminer(limits=NARROW).examine(path, media_type=media_type, scratch=scratch)

    assert found.probe.media_type == media_type


def follow(path: Path) -> None:
    """Read a file as nobody should read a stranger's."""
    with av.open(str(path), container_options=CARELESS, timeout=1.0) as file:
        for _ in file.demux():
            pass


def test_playlist_makes_a_careless_reader_ask_the_address(tmp_path: Path, trap: Trap) -> None:
    path = tmp_path / "file.m3u8"
    path.write_bytes(lures.hls(trap.bait))

    with pytest.raises(av.FFmpegError):
        follow(path)

    assert trap.was_asked()


def test_concat_list_makes_a_careless_reader_read_the_file(tmp_path: Path, trap: Trap) -> None:
    path = tmp_path / "file.m3u8"
    path.write_bytes(lures.concat(trap.bait))

    with pytest.raises(av.FFmpegError):
        follow(path)

    assert trap.was_read()


def test_alias_makes_a_careless_reader_read_the_file(tmp_path: Path, trap: Trap) -> None:
    path = tmp_path / "file.mov"
    path.write_bytes(lures.with_data_reference(mov(), lures.alias(trap.bait)))

    follow(path)

    assert trap.was_read()
