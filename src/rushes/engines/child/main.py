"""The child process: confines itself, does what the request on its standard input says, and answers."""

import errno
import importlib
import json
import os
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Final, NoReturn

from rushes.domain.media import AssetRole, MediaKind, MediaLimits, Probe, kind_of
from rushes.domain.options import VideoQuality
from rushes.engines.base import Cancelled
from rushes.engines.child import wire
from rushes.engines.child.context import Channel, ChildContext
from rushes.engines.child.limits import Limits, confine, lower_processor_time
from rushes.engines.registry import load, make_importable
from rushes.errors import EngineCrashed, EngineError, RushesError

CANCELLED_STATUS: Final = 75

_CV_OUT_OF_MEMORY: Final = -4
_FINISH_MODULES: Final = (
    "rushes.engines.finish.previews",
    "rushes.engines.finish.spritesheets",
    "rushes.engines.probing.probe",
)

Arguments = Mapping[str, Any]
Answer = dict[str, Any]


def main(*, events: int, control: int, replies: int) -> NoReturn:
    """Answer the one request over `events`; `control` ends when the parent does, `replies` is its word.

    The standard input's first line says what kind of child this is; the request follows, at the first reply.
    """
    kind = json.loads(sys.stdin.buffer.readline())
    confine(wire.limits_of(kind["limits"]), control=control)
    if kind["ahead"]:
        _import_ahead(kind)
    if os.read(replies, 1) == b"":
        os._exit(0)
    arguments = json.loads(sys.stdin.buffer.read())
    _settle_in(arguments["workdir"])
    limits = wire.limits_of(arguments["limits"])
    lower_processor_time(limits)
    status = answer(arguments, Channel(events, replies=replies), limits)
    sys.stdout.flush()
    sys.stderr.flush()
    # No encoder is flushed and no thread awaited: the parent takes the files as they are.
    os._exit(status)


def answer(arguments: Arguments, channel: Channel, limits: Limits) -> int:
    """Run the program that the arguments name, send its answer or its error, and return the exit status."""
    try:
        for module in _modules_for(arguments):
            importlib.import_module(module)
        began = time.monotonic()
        fields = _PROGRAMS[wire.Program(arguments["program"])](arguments, channel)
        fields["worked_seconds"] = time.monotonic() - began
    except Cancelled:
        return CANCELLED_STATUS
    except Exception as error:  # noqa: BLE001 — the top of the child: everything becomes an answer
        _send_error(channel, _told(error, limits))
    else:
        channel.send({"kind": wire.Last.DONE, "fields": fields})
    return 0


def _import_ahead(kind: Arguments) -> None:
    """Import what a request of the kind will need; what cannot be imported fails again, and then is told."""
    for module in _modules_for(kind):
        try:
            importlib.import_module(module)
        except Exception:  # noqa: BLE001 — whatever a module raises, its request answers with it
            traceback.print_exc()


def _modules_for(arguments: Arguments) -> Sequence[str]:
    match arguments["program"]:
        case wire.Program.RUN:
            source = arguments["source"]
            make_importable(None if source is None else Path(source))
            return (arguments["target"].partition(":")[0],)
        case wire.Program.FINISH if not arguments.get("watermark", True):
            return _FINISH_MODULES
        case wire.Program.FINISH:
            return (*_FINISH_MODULES, "rushes.engines.finish.marking")
        case wire.Program.SIGN:
            return ("rushes.engines.provenance.credentials",)
        case _:
            return ()


def _settle_in(workdir: str) -> None:
    os.chdir(workdir)
    os.environ.update(HOME=workdir, TMPDIR=workdir)
    # Whoever was imported ahead may have asked where temporary files go.
    tempfile.tempdir = None


def _run(arguments: Arguments, channel: Channel) -> Answer:
    stop = _stop_signal()
    source = arguments["source"]
    engine = load(arguments["target"], source=None if source is None else Path(source))
    context = ChildContext(wire.request_of(arguments["request"]), channel, cancelled=stop)
    engine.validate(context.request)
    context.metric("estimated_seconds", engine.estimate(context.request))
    engine.run(context)
    return {"version": engine.version, "generative": engine.generative}


def _stop_signal() -> Callable[[], bool]:
    received: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _: received.append(number))
    return lambda: bool(received)


def _probe(arguments: Arguments, _: Channel) -> Answer:
    from rushes.engines.probing.probe import probe

    path, limits = Path(arguments["path"]), wire.media_limits_of(arguments["media_limits"])
    measured = probe(path, media_type=arguments["media_type"], limits=limits)
    hashed = _write_upload_poster(path, measured, limits) if arguments["poster"] else None
    return {"probe": asdict(hashed or measured), "poster": hashed is not None}


def _write_upload_poster(path: Path, measured: Probe, limits: MediaLimits) -> Probe | None:
    from rushes.engines.finish.previews import write_upload_poster

    poster = Path(wire.FINISHED_FILES[AssetRole.POSTER])
    try:
        return write_upload_poster(path, poster, measured, limits)
    except Exception:  # noqa: BLE001 — whatever a poster fails of, the file itself was found good
        traceback.print_exc()
        return None


def _finish(arguments: Arguments, _: Channel) -> Answer:
    from rushes.engines.finish import previews, spritesheets
    from rushes.engines.probing.probe import probe, type_of

    path = Path(arguments["path"])
    media_type = type_of(path)
    limits = wire.media_limits_of(arguments["media_limits"])
    if arguments["watermark"]:
        path, media_type = _mark(path, media_type, VideoQuality(arguments["video_quality"]), limits)
    measured = probe(path, media_type=media_type, limits=limits)
    is_video = kind_of(media_type) is MediaKind.VIDEO
    picture = previews.representative_frame(path, limits) if is_video else previews.still(path, limits)
    poster = Path(wire.FINISHED_FILES[AssetRole.POSTER])
    probes: dict[AssetRole, Probe] = {
        AssetRole.OUTPUT: replace(measured, thumbhash=previews.thumbhash_of(picture)),
        AssetRole.POSTER: previews.write_poster(picture, poster),
    }
    if is_video:
        preview = Path(wire.FINISHED_FILES[AssetRole.PREVIEW])
        probes[AssetRole.PREVIEW] = previews.write_hover_preview(path, preview, limits)
        sheet = Path(wire.FINISHED_FILES[AssetRole.SPRITESHEET])
        probes[AssetRole.SPRITESHEET] = spritesheets.write_spritesheet(path, sheet, measured, limits)
    return {"probes": {role: asdict(each) for role, each in probes.items()}}


def _mark(path: Path, media_type: str, quality: VideoQuality, limits: MediaLimits) -> tuple[Path, str]:
    from rushes.engines.finish.marking import mark_file
    from rushes.engines.probing.probe import type_of

    marked = Path(wire.FINISHED_FILES[AssetRole.OUTPUT])
    mark_file(path, marked, media_type=media_type, quality=quality, limits=limits)
    return marked, type_of(marked)


def _sign(arguments: Arguments, _: Channel) -> Answer:
    from rushes.engines.provenance.credentials import claim_of, sign_file
    from rushes.engines.provenance.identity import Identity

    sign_file(
        Path(arguments["path"]),
        Path(wire.SIGNED_FILE),
        media_type=arguments["media_type"],
        claim=claim_of(arguments["claim"]),
        identity=Identity(**arguments["identity"]),
    )
    return {}


def _verify(arguments: Arguments, _: Channel) -> Answer:
    from rushes.engines.provenance.verifying import verify_file

    return {"finding": asdict(verify_file(Path(arguments["path"]), anchors=arguments["anchors"]))}


def _load(arguments: Arguments, _: Channel) -> Answer:
    source = arguments["source"]
    return {"version": load(arguments["target"], source=None if source is None else Path(source)).version}


_PROGRAMS: Final[Mapping[wire.Program, Callable[[Arguments, Channel], Answer]]] = {
    wire.Program.RUN: _run,
    wire.Program.PROBE: _probe,
    wire.Program.FINISH: _finish,
    wire.Program.SIGN: _sign,
    wire.Program.VERIFY: _verify,
    wire.Program.LOAD: _load,
}


def _told(error: Exception, limits: Limits) -> RushesError:
    """Say what went wrong in words for the user; the details go to the log."""
    if isinstance(error, RushesError):
        return error
    traceback.print_exception(error)
    if isinstance(error, MemoryError) or getattr(error, "code", None) == _CV_OUT_OF_MEMORY:
        return EngineCrashed(
            f"The engine ran out of memory: it may use {limits.memory_bytes / 2**30:.1f} GiB."
        )
    if isinstance(error, OSError) and error.errno == errno.EFBIG:
        return EngineError(f"The engine wrote a file of more than {limits.file_bytes} bytes.")
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        return EngineCrashed("The disk is full.")
    return EngineError(f"The engine failed unexpectedly ({type(error).__name__}).")


def _send_error(channel: Channel, error: RushesError) -> None:
    channel.send(
        {
            "kind": wire.Last.ERROR,
            "code": error.code,
            "text": error.message[: wire.TEXT_CHARS],
            "retryable": error.retryable,
        }
    )


if __name__ == "__main__":
    events, control, replies = map(int, sys.argv[1:])
    main(events=events, control=control, replies=replies)
