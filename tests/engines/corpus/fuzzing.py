"""Has mutations of sound files probed in processes within limits, and counts how each ends."""

import json
import os
import random
import select
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.engines.corpus.good import GOOD
from tests.engines.corpus.mutations import mutate

ROOT = Path(__file__).parents[3]
TIME_LIMIT_SECONDS = 10.0
FILES_PER_PROCESS = 500
"""After so many a process is replaced, so that its peak of memory is not that of long ago."""


@dataclass
class Tally:
    """How the files ended: by kind, the offenders, and the greatest memory of a process in bytes."""

    tried: int = 0
    endings: Counter[str] = field(default_factory=Counter[str])
    offenders: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    peak_bytes: int = 0
    slowest_seconds: float = 0.0

    def add(self, seed: str, answer: dict[str, object], seconds: float) -> bool:
        """Count one file; tell whether it did what no file may do."""
        ending = str(answer["ending"])
        kind = ending.partition(" ")[0]
        self.tried += 1
        self.endings[kind] += 1
        self.peak_bytes = max(self.peak_bytes, int(str(answer.get("peak_bytes", 0))))
        self.slowest_seconds = max(self.slowest_seconds, seconds)
        if kind in {"refused", "accepted"}:
            return False
        self.offenders.append((seed, ending))
        return True


class Prober:
    """A process that probes files, started anew when it dies or has done many."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._left = 0

    def ask(self, path: Path, media_type: str) -> dict[str, object]:
        """Have a file probed; a process that dies or takes too long is an answer too."""
        process = self._living()
        assert process.stdin is not None
        assert process.stdout is not None
        self._left -= 1
        process.stdin.write(json.dumps([str(path), media_type]).encode() + b"\n")
        process.stdin.flush()
        if not select.select([process.stdout], [], [], TIME_LIMIT_SECONDS)[0]:
            self.close()
            return {"ending": "timeout"}
        line = process.stdout.readline()
        if line:
            return json.loads(line)
        status = process.wait()
        self.close()
        return {"ending": f"crash {signal.Signals(-status).name if status < 0 else status}"}

    def close(self) -> None:
        """End the process and what it has started."""
        if self._process is not None:
            with self._process as process:
                os.killpg(process.pid, signal.SIGKILL)
            self._process = None

    def _living(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._left == 0:
            self.close()
            self._left = FILES_PER_PROCESS
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.engines.corpus.prober"],
                cwd=ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        return self._process


def fuzz(
    folder: Path, *, seed: int, go_on: Callable[[Tally], bool], kinds: Sequence[str] = tuple(GOOD)
) -> Tally:
    """Probe mutations until told to stop; files that did what none may do stay in the folder."""
    seeds = [(name, GOOD[name][0], GOOD[name][1]()) for name in kinds]
    others = [content for _, _, content in seeds]
    tally, prober = Tally(), Prober()
    try:
        while go_on(tally):
            name = f"{seed}-{tally.tried}"
            dice = random.Random(name)
            _, media_type, content = dice.choice(seeds)
            path = folder / f"{name}.{media_type.replace('/', '-')}"
            path.write_bytes(mutate(content, others, dice))
            began = time.monotonic()
            answer = prober.ask(path, media_type)
            if not tally.add(path.name, answer, time.monotonic() - began):
                path.unlink()
    finally:
        prober.close()
    return tally
