"""The two ends of the conversation between child and parent, each on its own."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rushes.domain.jobs import JobType, Orientation, Quality
from rushes.domain.media import AssetRole, Probe
from rushes.engines.base import Event, EventKind, Input, Request
from rushes.engines.child import main, wire
from rushes.engines.child.calls import BURST, PER_SECOND, Listener
from rushes.engines.child.context import Channel, ChildContext
from rushes.engines.child.limits import Limits
from rushes.errors import EngineCrashed, EngineError, EngineRefused, MediaRejected
from tests.engines import hostile
from tests.engines.driving import Watcher, request_in

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)
MESSAGES = st.fixed_dictionaries(
    {"kind": st.sampled_from([*EventKind, "done", "error"]) | VALUES},
    optional={"progress": VALUES, "text": VALUES, "fields": VALUES, "code": VALUES, "retryable": VALUES},
)


class Clock:
    """Time that passes when told to."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class Ends:
    """A channel, and what has come out of it."""

    def __init__(self) -> None:
        self._reading, self._writing = os.pipe()
        replies, self._replying = os.pipe()
        self.channel = Channel(self._writing, replies=replies)

    def received(self) -> list[dict[str, object]]:
        os.close(self._writing)
        with os.fdopen(self._reading) as file:
            return [json.loads(line) for line in file]


def line(kind: str, **fields: object) -> bytes:
    return wire.encode({"kind": kind, **fields})


def log_line(text: str) -> bytes:
    return line("log", text=text, fields={"level": "info"})


def test_request_survives_the_way_to_the_child(tmp_path: Path) -> None:
    probe = Probe(media_type="image/png", width=1, height=2)
    request = Request(
        job_type=JobType.BASE,
        prompt='zero \0, quote ", half \ud800',
        options={"resolution": "480p", "advanced": {"seed": None}},
        inputs={AssetRole.REFERENCE: Input(path=tmp_path / "a.png", probe=probe)},
        workdir=tmp_path,
        seed=3,
        deadline_seconds=1.5,
        negative_prompt="rain",
        compel_weights={"quote": 1.21},
        orientation=Orientation.PORTRAIT,
        quality=Quality.FAST,
        format="mp4",
        config={"url": "https://provider.example"},
        checkpoint={"frame": 7},
    )

    assert wire.request_of(json.loads(wire.encode(wire.request_to(request)))) == request


@settings(deadline=None)
@given(st.binary())
def test_no_bytes_upset_the_reader(raw: bytes) -> None:
    _take(Listener(Watcher(), clock=Clock()), raw)


@settings(deadline=None)
@given(MESSAGES)
def test_no_message_upsets_the_reader(message: dict[str, object]) -> None:
    _take(Listener(Watcher(), clock=Clock()), json.dumps(message).encode())


def _take(listener: Listener, raw: bytes) -> None:
    try:
        listener.take(raw)
    except wire.Garbage:
        return


def test_characters_that_the_database_cannot_hold_are_replaced() -> None:
    read = wire.decode(b'{"a\\u0000": ["\\ud800", {"b": "c\\\\u0000"}]}')

    assert read == {"a\ufffd": ["?", {"b": "c\\u0000"}]}


def test_progress_never_goes_back() -> None:
    watcher = Watcher()
    listener = Listener(watcher, clock=Clock())

    listener.take(line("progress", progress=0.5))
    listener.take(line("progress", progress=0.4))
    listener.take(line("stage", text="late", progress=0.1))

    assert [event.progress for event in watcher.events] == [0.5, 0.5]


def test_events_above_the_rate_are_dropped_until_time_has_passed() -> None:
    watcher, clock = Watcher(), Clock()
    listener = Listener(watcher, clock=clock)
    [listener.take(log_line(f"{number}")) for number in range(BURST + 50)]
    seen_in_burst = len(watcher.events)

    clock.now += 1 / PER_SECOND
    listener.take(log_line("again"))

    assert seen_in_burst == BURST
    assert watcher.events[-1].text == "again"


def test_files_and_the_answer_come_through_above_the_rate() -> None:
    listener = Listener(Watcher(), clock=Clock())
    [listener.take(log_line(f"{number}")) for number in range(BURST + 50)]

    listener.take(line("artifact", fields={"role": "output", "path": "a.mp4"}))
    listener.take(line("done", fields={"version": "1"}))

    assert listener.artifacts == [(AssetRole.OUTPUT, Path("a.mp4"))]
    assert listener.answer == {"version": "1"}


def test_nothing_counts_after_the_answer() -> None:
    watcher = Watcher()
    listener = Listener(watcher, clock=Clock())

    listener.take(line("done", fields={}))
    listener.take(log_line("late"))

    assert watcher.events == []


@pytest.mark.parametrize(
    ("code", "retryable", "expected"),
    [
        ("invalid_input", False, EngineRefused),
        ("media_rejected", False, MediaRejected),
        ("insufficient_credits", False, EngineError),
        ("invented", True, EngineCrashed),
    ],
)
def test_error_becomes_one_that_a_child_may_raise(
    code: str, *, retryable: bool, expected: type[Exception]
) -> None:
    error = wire.error_of({"code": code, "text": "What.", "retryable": retryable})

    assert type(error) is expected
    assert error.message == "What."


def context_of(ends: Ends, tmp_path: Path, cancelled: Callable[[], bool] = lambda: False) -> ChildContext:
    return ChildContext(request_in(tmp_path), ends.channel, cancelled=cancelled)


def test_stages_weigh_the_progress(tmp_path: Path) -> None:
    ends = Ends()
    context = context_of(ends, tmp_path)

    context.stage("first", 0.25)
    context.progress(1, 1)
    context.stage("second", 0.75)
    context.progress(5, 5)
    context.progress(6, 5)

    assert [each["progress"] for each in ends.received()] == [0.0, 0.25, 0.25, 1.0]


def test_progress_at_every_frame_is_thinned(tmp_path: Path) -> None:
    ends = Ends()
    context = context_of(ends, tmp_path)

    context.stage("only", 1.0)
    [context.progress(done, 0) for done in range(100)]
    [context.progress(done, 10**9) for done in range(1, 100)]

    assert len(ends.received()) <= 100


def test_measurement_that_is_not_finite_is_left_out(tmp_path: Path) -> None:
    ends = Ends()

    context_of(ends, tmp_path).metric("psnr", float("inf"))

    assert ends.received() == []


def test_message_too_long_is_an_error(tmp_path: Path) -> None:
    ends = Ends()

    with pytest.raises(EngineError, match="longer than"):
        context_of(ends, tmp_path).checkpoint({"frames": "x" * wire.LINE_BYTES})
    assert ends.received() == []


@pytest.fixture
def in_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_finish_answers_with_all_measurements(in_folder: Path) -> None:
    ends = Ends()
    path = hostile.video(in_folder / "a.mp4")
    arguments = {"program": "finish", "path": str(path), "media_limits": {}, "watermark": False}

    status = main.answer(arguments, ends.channel, Limits())

    [done] = ends.received()
    assert (status, done["kind"]) == (0, "done")
    assert sorted(done["fields"]["probes"]) == ["output", "poster", "preview", "spritesheet"]
    assert (in_folder / "poster.webp").is_file()


def test_probe_answers_with_an_error_in_words(tmp_path: Path) -> None:
    ends = Ends()
    (tmp_path / "a.png").touch()
    arguments = {"program": "probe", "path": str(tmp_path / "a.png"), "media_type": "image/png"}

    status = main.answer({**arguments, "media_limits": {}}, ends.channel, Limits())

    assert status == 0
    assert ends.received() == [
        {"kind": "error", "code": "media_rejected", "text": "The file is empty.", "retryable": False}
    ]


def test_event_kinds_are_what_the_reader_knows() -> None:
    assert wire.event_of({"kind": "checkpoint", "fields": {"a": 1}}) == Event(
        kind=EventKind.CHECKPOINT, fields={"a": 1}
    )
