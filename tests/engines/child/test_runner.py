from itertools import pairwise
from pathlib import Path

import pytest

from rushes.domain.media import AssetRole, MediaLimits
from rushes.engines.base import EventKind
from rushes.engines.child.runner import ChildRunner
from rushes.errors import EngineError, EngineRefused
from tests.engines.driving import Watcher, request_in, run
from tests.engines.fakes import ENGINES


async def test_video_comes_with_poster_preview_spritesheet_and_thumbhash(tmp_path: Path) -> None:
    product = await run("Good", request_in(tmp_path))

    output, poster, preview, sheet = product.artifacts
    assert [each.role for each in product.artifacts] == ["output", "poster", "preview", "spritesheet"]
    assert (output.probe.width, output.probe.height, output.probe.frames) == (64, 48, 12)
    assert output.probe.thumbhash
    assert poster.probe.media_type == "image/webp"
    assert preview.probe.duration_seconds == 1.0
    assert (sheet.probe.width, sheet.probe.height, sheet.probe.frames) == (5 * 64, 2 * 48, 10)
    assert all(each.path.is_file() for each in product.artifacts)


async def test_picture_comes_with_poster_and_no_preview_or_spritesheet(tmp_path: Path) -> None:
    product = await run("Picture", request_in(tmp_path))

    assert [each.role for each in product.artifacts] == [AssetRole.OUTPUT, AssetRole.POSTER]
    assert product.artifacts[0].probe.media_type == "image/png"
    assert product.artifacts[1].probe.height == 288


async def test_events_tell_stages_logs_and_checkpoints(tmp_path: Path) -> None:
    watcher = Watcher()

    await run("Good", request_in(tmp_path), watcher=watcher)

    assert [event.text for event in watcher.of(EventKind.STAGE)] == ["draw", "encode", "finish"]
    assert [event.progress for event in watcher.of(EventKind.STAGE)] == pytest.approx([0, 0.38, 0.95])
    assert watcher.metrics("estimated_seconds") == [1.0]
    assert watcher.of(EventKind.CHECKPOINT)[0].fields == {"frames": 12}
    assert watcher.of(EventKind.LOG)[0].fields == {"level": "info"}
    assert watcher.of(EventKind.ARTIFACT)[0].fields["role"] is AssetRole.OUTPUT


async def test_too_many_events_are_dropped_and_counted(tmp_path: Path) -> None:
    watcher = Watcher()

    product = await run("Chatty", request_in(tmp_path), watcher=watcher)

    assert product.artifacts
    assert len(watcher.events) < 10_000
    assert "events were dropped" in watcher.texts()
    seen = [event.progress for event in watcher.events if event.progress is not None]
    assert all(earlier <= later for earlier, later in pairwise(seen))


async def test_refusal_reaches_the_caller_in_the_engines_words(tmp_path: Path) -> None:
    with pytest.raises(EngineRefused, match=r"^Ask for one frame or more\.$"):
        await run("Good", request_in(tmp_path, frames=0))


async def test_bug_is_told_without_its_details(tmp_path: Path) -> None:
    watcher = Watcher()

    with pytest.raises(EngineError, match=r"^The engine failed unexpectedly \(KeyError\)\.$") as failure:
        await run("Broken", request_in(tmp_path), watcher=watcher)

    assert not failure.value.retryable
    assert "secret detail" in watcher.of(EventKind.LOG)[-1].text


async def test_unknown_engine_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="no engine 'nobody'"):
        await run("nobody", request_in(tmp_path))


@pytest.mark.parametrize("engine", ["Linking", "HardLinking", "Outside", "Folder", "Empty"])
async def test_file_that_is_not_the_engines_own_is_refused(tmp_path: Path, engine: str) -> None:
    outside, workdir = tmp_path / "outside.mp4", tmp_path / "work"
    outside.write_bytes(b"not yours")
    workdir.mkdir()

    with pytest.raises(EngineError, match="hand"):
        await run(engine, request_in(workdir, outside=str(outside)))


async def test_output_that_is_no_media_fails_the_run(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="output is not usable"):
        await run("NotMedia", request_in(tmp_path))


async def test_output_beyond_the_limits_fails_the_run(tmp_path: Path) -> None:
    runner = ChildRunner(engines=ENGINES, output_limits=MediaLimits(duration_seconds=0.5))

    with pytest.raises(EngineError, match="longer than the allowed"):
        await runner.run("Good", request_in(tmp_path), on_event=Watcher())


@pytest.mark.parametrize(
    "line",
    [
        "hello\n",
        "[]\n",
        "{}\n",
        '{"kind": "shutdown"}\n',
        '{"kind": 7}\n',
        '{"kind": "progress"}\n',
        '{"kind": "progress", "progress": 2}\n',
        '{"kind": "progress", "progress": NaN}\n',
        '{"kind": "progress", "progress": true}\n',
        '{"kind": "metric", "fields": {"name": "a", "value": "b"}}\n',
        '{"kind": "log", "text": "a", "fields": {"level": "fatal"}}\n',
        '{"kind": "artifact", "fields": {"role": "boss", "path": "a"}}\n',
        '{"kind": "artifact", "fields": {"role": "output"}}\n',
        '{"kind": "done"}\n',
        '{"kind": "error"}\n',
        "[" * 60_000 + "\n",
    ],
    ids=lambda line: line[:60].strip(),
)
async def test_line_that_is_no_event_ends_the_run(tmp_path: Path, line: str) -> None:
    with pytest.raises(EngineError, match="no event"):
        await run("Talker", request_in(tmp_path, line=line))


async def test_line_without_end_ends_the_run(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="too long"):
        await run("Talker", request_in(tmp_path, line="x" * 1000, times=1000))


async def test_files_without_end_end_the_run(tmp_path: Path) -> None:
    line = '{"kind": "artifact", "fields": {"role": "output", "path": "a"}}\n'

    with pytest.raises(EngineError, match="more than 16 files"):
        await run("Talker", request_in(tmp_path, line=line, times=17))


async def test_checkpoints_that_nobody_waits_for_end_the_run(tmp_path: Path) -> None:
    line = '{"kind": "checkpoint", "fields": {}}\n'

    with pytest.raises(EngineError, match="does not wait"):
        await run("Talker", request_in(tmp_path, line=line, times=100_000))
