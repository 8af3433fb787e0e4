"""Questions to a real database, and processes that own one."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import psutil

from rushes.embedded.postmaster import find_postmaster

PROGRAM = Path(__file__).with_name("owner.py")


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """An account for a child process; `None` is the one that the tests run under."""

    uid: int | None
    gid: int | None


class OwnerProcess:
    """A child that waits for `start`, and owns or attaches to the database from then on."""

    def __init__(
        self, home: Path, *options: str, user: User | None = None, env: Mapping[str, str] | None = None
    ) -> None:
        user = user or User(uid=None, gid=None)
        self.process = subprocess.Popen(
            [sys.executable, "-B", PROGRAM, home, *options],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd="/",
            user=user.uid,
            group=user.gid,
            extra_groups=None if user.uid is None else [],
            env=env,
        )
        assert self._answer() == "waiting"

    def tell_to_start(self) -> None:
        assert self.process.stdin
        self.process.stdin.write("start\n")
        self.process.stdin.flush()

    def answer(self) -> dict[str, Any]:
        return self._answer()

    def start(self) -> dict[str, Any]:
        self.tell_to_start()
        return self._answer()

    def kill(self) -> None:
        self.process.kill()
        self._close()

    def end(self) -> None:
        """End it in the ordinary way, which stops a server that it owns."""
        self._close()

    def _close(self) -> None:
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait(60)

    def _answer(self) -> Any:
        assert self.process.stdout
        return json.loads(self.process.stdout.readline())


def ask(url: str, statement: str) -> Any:
    async def connect_and_ask() -> Any:
        connection = await asyncpg.connect(url)
        try:
            return await connection.fetchval(statement)
        finally:
            await connection.close()

    return asyncio.run(connect_and_ask())


def keep_note(url: str, note: str) -> None:
    ask(url, f"CREATE TABLE notes AS SELECT '{note}' AS note")


def read_note(url: str) -> str:
    return ask(url, "SELECT note FROM notes")


def postgres_process(home: Path) -> psutil.Process:
    server = find_postmaster(home / "data")
    assert server
    return psutil.Process(server.pid)


def wait_until_gone(process: psutil.Process) -> None:
    _, alive = psutil.wait_procs([process], timeout=60)
    assert not alive
