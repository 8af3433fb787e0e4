"""Commands as real processes: what they print, how they end, and what they leave behind."""

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil

HANG_SECONDS = 180
"""After this a command is killed, so that a test fails instead of waiting for ever."""

SECRET = "q7Zt0bX2mVn4Kc8RrJ1dWsY6hLpA3uGe9fTx"


class Command:
    """A running `rushes …`, with the lines that it prints."""

    def __init__(self, arguments: Sequence[str], *, folder: Path, variables: Mapping[str, str]) -> None:
        self._errors = (folder / f"errors-{os.urandom(4).hex()}.log").open("w+")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "rushes", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
            cwd=folder,
            env=environment(variables),
        )
        self.output = ""

    def read_until(self, pattern: str) -> re.Match[str]:
        """Return the match in the first line that has one; a command that says nothing for long is killed."""
        assert self.process.stdout
        guard = threading.Timer(HANG_SECONDS, self.process.kill)
        guard.start()
        try:
            for line in self.process.stdout:
                self.output += line
                if found := re.search(pattern, line):
                    return found
        finally:
            guard.cancel()
        raise AssertionError(f"{pattern!r} never came, but {self.output!r}; {self.errors()}")

    def errors(self) -> str:
        self._errors.seek(0)
        return self._errors.read()

    def tree(self) -> list[psutil.Process]:
        """Return the process and all that it started, near and far."""
        own = psutil.Process(self.process.pid)
        return [own, *own.children(recursive=True)]

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal if it still runs, and return the exit status."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(HANG_SECONDS)

    def close(self) -> None:
        """End it, and wait for all that it started."""
        processes = self.tree() if self.process.poll() is None else []
        self.end()
        wait_until_gone(processes)
        assert self.process.stdout
        self.process.stdout.close()
        self._errors.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A running `rushes up` or `rushes demo`: its process, its home folder and its address."""

    command: Command
    home: Path
    address: str


def environment(variables: Mapping[str, str]) -> dict[str, str]:
    """Return this process's environment with these settings and no others."""
    others = {name: value for name, value in os.environ.items() if not name.startswith("RUSHES_")}
    settings = {f"RUSHES_{name}": value for name, value in variables.items()}
    return {**others, "COLUMNS": "80", "TERM": "dumb", **settings}


def wait_until_gone(processes: Sequence[psutil.Process]) -> None:
    _, alive = psutil.wait_procs(processes, timeout=HANG_SECONDS)
    assert not [process for process in alive if process.status() != psutil.STATUS_ZOMBIE]


def get(address: str, *, token: str | None = None) -> httpx.Response:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return httpx.get(address, headers=headers, trust_env=False, timeout=60)


def post(address: str, body: object) -> httpx.Response:
    return httpx.post(address, json=body, trust_env=False, timeout=60)
