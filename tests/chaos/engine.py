"""The engine that runs in child processes of the chaos's workers; it does what the prompt wishes."""

import os
import random
import signal

import numpy as np

from rushes.domain.jobs import JobType
from rushes.domain.media import AssetRole
from rushes.engines.base import Cancelled, CancelSpeed, Capabilities, Context, Request
from rushes.errors import EngineCrashed
from tests.chaos.wishes import Wish
from tests.engines.fakes import HEIGHT, WIDTH, fork_sleeper, tell_pids, write_video


class ChaosEngine:
    """Makes a second of noise, or fails, falls or hangs."""

    name = "motion"
    version = "1"
    serves = frozenset(JobType)
    generative = False
    capabilities = Capabilities(cancel=CancelSpeed.IMMEDIATE, resumable=False)

    def validate(self, request: Request) -> None:
        """Every request will do."""

    def estimate(self, request: Request) -> float:
        """A second."""
        return 1.0

    def run(self, context: Context) -> None:
        """Do what the prompt wishes."""
        match Wish(context.request.prompt or ""):
            case Wish.CHILD_FLAKY if random.random() < 0.5:
                raise EngineCrashed("The engine fell, as it does every other time.")
            case Wish.CHILD_CRASH:
                tell_pids(context)
                os.kill(os.getpid(), signal.SIGSEGV)
            case Wish.CHILD_HANG:
                tell_pids(context)
                _hang(context)
            case Wish.CHILD_STUBBORN:
                signal.signal(signal.SIGTERM, signal.SIG_IGN)
                tell_pids(context, fork_sleeper(), fork_sleeper())
                signal.pause()
            case _:
                tell_pids(context)
                _make(context)


def _hang(context: Context) -> None:
    while not context.cancelled():
        signal.sigtimedwait([signal.SIGCHLD], 0.01)
    raise Cancelled


def _make(context: Context) -> None:
    dice = np.random.default_rng(context.request.seed)
    frames = [dice.integers(60, 200, (HEIGHT, WIDTH, 3), dtype=np.uint8) for _ in range(4)]
    path = context.request.workdir / "noise.mp4"
    context.stage("draw", 1.0)
    write_video(path, frames, count=12, on_frame=lambda done: context.progress(done, 12))
    context.artifact(AssetRole.OUTPUT, path)
