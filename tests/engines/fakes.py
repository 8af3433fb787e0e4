"""Engines as small as can be: one good, the others each bad in one way. A child process imports them."""

import json
import os
import resource
import signal
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request as HttpRequest
from urllib.request import urlopen

import av
import numpy as np
from PIL import Image

from rushes.domain.jobs import JobType
from rushes.domain.media import AssetRole
from rushes.engines.base import Cancelled, CancelSpeed, Capabilities, Context, Request
from rushes.engines.registry import EngineSpec
from rushes.errors import EngineRefused

WIDTH, HEIGHT, FPS = 64, 48, 12


class Fake:
    """What the fakes have in common: nothing to refuse."""

    version = "1"
    serves = frozenset({JobType.BASE})
    generative = False
    capabilities = Capabilities(cancel=CancelSpeed.IMMEDIATE, resumable=False)
    network = False

    @property
    def name(self) -> str:
        return type(self).__name__

    def validate(self, request: Request) -> None:
        """Every request will do."""

    def estimate(self, _: Request) -> float:
        return 1.0

    def run(self, _: Context) -> None:
        raise NotImplementedError


class Good(Fake):
    """Makes a second of seeded noise, or as many frames as the option says; refuses to make none."""

    def validate(self, request: Request) -> None:
        if request.options.get("frames") == 0:
            raise EngineRefused("Ask for one frame or more.")

    def run(self, context: Context) -> None:
        count = context.request.options.get("frames", FPS)
        dice = np.random.default_rng(context.request.seed)
        path = context.request.workdir / "good.mp4"
        context.stage("draw", 0.4)
        frames = []
        for done in range(min(count, FPS)):
            frames.append(dice.integers(60, 200, (HEIGHT, WIDTH, 3), dtype=np.uint8))
            context.progress(done + 1, FPS)
        context.stage("encode", 0.6)
        write_video(path, frames, count=count, on_frame=lambda done: _step(context, done, count))
        context.log("info", "made")
        context.checkpoint({"frames": count})
        context.artifact(AssetRole.OUTPUT, path)


def _step(context: Context, done: int, count: int) -> None:
    if context.cancelled():
        raise Cancelled
    context.progress(done, count)


class Remote(Fake):
    """Has a provider make its video: it submits once, saves what the provider calls the work, and polls."""

    capabilities = Capabilities(cancel=CancelSpeed.IMMEDIATE, resumable=True)
    network = True

    def run(self, context: Context) -> None:
        url = context.request.config["url"]
        context.stage("making", 1.0)
        work = context.request.checkpoint
        if work is None:
            work = submit(url)
            context.checkpoint(work)
        state = {"done": False}
        while not state["done"]:
            if context.cancelled():
                raise Cancelled
            state = json.loads(fetch(f"{url}/{work['id']}"))
            context.progress(state["progress"], 1.0)
        path = context.request.workdir / "fetched.mp4"
        path.write_bytes(fetch(f"{url}/{work['id']}/film"))
        context.artifact(AssetRole.OUTPUT, path)


def submit(url: str) -> dict[str, str]:
    try:
        return json.loads(fetch(url, method="POST"))
    except HTTPError as error:
        raise EngineRefused("The provider refuses it; change the request.") from error


def fetch(url: str, *, method: str = "GET") -> bytes:
    with urlopen(HttpRequest(url, method=method), timeout=30) as answer:
        return answer.read()


class Picture(Fake):
    """Makes a picture instead of a video."""

    def run(self, context: Context) -> None:
        path = context.request.workdir / "picture.png"
        Image.radial_gradient("L").convert("RGB").resize((640, 480)).save(path)
        context.artifact(AssetRole.OUTPUT, path)


class Abandoning(Picture):
    """Leaves two processes behind that have left its session, and ends well."""

    def run(self, context: Context) -> None:
        tell_pids(context, fork_daemon(), fork_daemon())
        super().run(context)


class Hanging(Fake):
    """Waits for ever once it has said its process id, and stops when told to."""

    def run(self, context: Context) -> None:
        tell_pids(context)
        while not context.cancelled():
            signal.sigtimedwait([signal.SIGCHLD], 0.01)
        raise Cancelled


class Stubborn(Fake):
    """Ignores the request to stop, and so do the two processes that it has forked."""

    def run(self, context: Context) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        children = [fork_sleeper(), fork_sleeper()]
        tell_pids(context, *children)
        signal.pause()


class Crashing(Fake):
    """Dies of a wrong memory access."""

    def run(self, _: Context) -> None:
        sys.stderr.write("about to fall\n")
        os.kill(os.getpid(), signal.SIGSEGV)


class Orphaning(Fake):
    """Leaves two processes behind that hold its pipes, and dies."""

    def run(self, context: Context) -> None:
        tell_pids(context, fork_sleeper(), fork_sleeper())
        os.kill(os.getpid(), signal.SIGABRT)


class Daemonizing(Fake):
    """Starts processes that leave its session, and works on."""

    def run(self, context: Context) -> None:
        tell_pids(context, fork_daemon(), fork_daemon())
        signal.pause()


class Quitting(Fake):
    """Ends without a word."""

    def run(self, _: Context) -> None:
        os._exit(0)


class Hog(Fake):
    """Takes memory without end."""

    def run(self, _: Context) -> None:
        taken = []
        while True:
            taken.append(np.ones(2**26, dtype=np.uint8))


class Filler(Fake):
    """Writes one file without end."""

    def run(self, context: Context) -> None:
        with (context.request.workdir / "big").open("wb") as file:
            while True:
                file.write(bytes(2**20))


class Scattering(Fake):
    """Writes files without end, each of them small."""

    def run(self, context: Context) -> None:
        number = 0
        while not context.cancelled():
            (context.request.workdir / f"{number % 50}").write_bytes(bytes(2**20))
            number += 1


class Spinning(Fake):
    """Uses the processor without end."""

    def run(self, _: Context) -> None:
        while True:
            pass


class Broken(Fake):
    """Has a bug."""

    def run(self, _: Context) -> None:
        {}["secret detail"]


class Talker(Fake):
    """Writes the option `lines` to the parent as they are."""

    def run(self, context: Context) -> None:
        raw = context.request.options["line"].encode()
        os.write(int(sys.argv[1]), raw * context.request.options.get("times", 1))
        signal.pause()


class Chatty(Fake):
    """Logs more than anybody can read, then makes a video."""

    def run(self, context: Context) -> None:
        for number in range(20_000):
            context.log("info", f"line {number}")
        Good().run(context)


class Linking(Fake):
    """Hands over a link to a file outside."""

    def run(self, context: Context) -> None:
        path = context.request.workdir / "link.mp4"
        path.symlink_to(context.request.options["outside"])
        context.artifact(AssetRole.OUTPUT, path)


class HardLinking(Fake):
    """Hands over a second name of a file outside."""

    def run(self, context: Context) -> None:
        path = context.request.workdir / "link.mp4"
        path.hardlink_to(context.request.options["outside"])
        context.artifact(AssetRole.OUTPUT, path)


class Outside(Fake):
    """Hands over a file outside its folder."""

    def run(self, context: Context) -> None:
        context.artifact(AssetRole.OUTPUT, Path(context.request.options["outside"]))


class Folder(Fake):
    """Hands over a folder."""

    def run(self, context: Context) -> None:
        path = context.request.workdir / "folder.mp4"
        path.mkdir()
        context.artifact(AssetRole.OUTPUT, path)


class NotMedia(Fake):
    """Hands over a text as its video."""

    def run(self, context: Context) -> None:
        path = context.request.workdir / "text.mp4"
        path.write_text("#EXTM3U\nhttp://127.0.0.1/\n")
        context.artifact(AssetRole.OUTPUT, path)


class Empty(Fake):
    """Hands over nothing."""

    def run(self, context: Context) -> None:
        context.progress(1, 1)


class Curious(Fake):
    """Looks around and tells what it found as measurements."""

    def run(self, context: Context) -> None:
        context.log("info", " ".join(sorted(os.environ)))
        context.log("info", str(Path.cwd()))
        context.metric("core", resource_limit("RLIMIT_CORE"))
        context.metric("files", resource_limit("RLIMIT_NOFILE"))
        context.metric("session", float(os.getsid(0) == os.getppid()))
        context.metric("descriptors", len(list(Path("/proc/self/fd").iterdir())))
        context.metric("reached", float(can_connect(context.request.options["port"])))
        Good().run(context)


def resource_limit(name: str) -> float:
    return resource.getrlimit(getattr(resource, name))[1]


def can_connect(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def fork_sleeper() -> int:
    pid = os.fork()
    if pid == 0:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        while True:
            signal.pause()
    return pid


def fork_daemon() -> int:
    """Start a process as daemons are: forked twice, in a session of its own; return its number."""
    reading, writing = os.pipe()
    if os.fork() == 0:
        os.setsid()
        pid = fork_sleeper()
        os.write(writing, pid.to_bytes(4, "little"))
        os._exit(0)
    return int.from_bytes(os.read(reading, 4), "little")


def tell_pids(context: Context, *others: int) -> None:
    for pid in (os.getpid(), *others):
        context.metric("pid", pid)


def write_video(
    path: Path,
    frames: list[np.ndarray],
    *,
    count: int | None = None,
    fps: int = FPS,
    on_frame: Callable[[int], None] = lambda _: None,
    **options: str,
) -> None:
    """Encode frames one after the other and over again until there are `count`."""
    height, width = frames[0].shape[:2]
    with av.open(str(path), "w") as file:
        stream = file.add_stream(
            "libx264", rate=fps, options={"preset": "ultrafast", "threads": "1", **options}
        )
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        total = len(frames) if count is None else count
        for number in range(total):
            frame = av.VideoFrame.from_ndarray(frames[number % len(frames)], format="rgb24")
            frame.pts = number
            file.mux(stream.encode(frame))
            on_frame(number + 1)
        file.mux(stream.encode(None))


ENGINES = {
    kind.__name__: EngineSpec(
        name=kind.__name__,
        target=f"tests.engines.fakes:{kind.__name__}",
        serves=frozenset({JobType.BASE}),
        generative=False,
        source=Path(__file__).parents[2],
        network=kind.network,
        early=True,
    )
    for kind in vars(sys.modules[__name__]).copy().values()
    if isinstance(kind, type) and issubclass(kind, Fake) and kind is not Fake
}
