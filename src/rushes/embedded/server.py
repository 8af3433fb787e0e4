"""Starts the embedded PostgreSQL, or attaches to the one that runs already.

The lock on `home/lock` is the truth about who runs: the starter takes it and hands it to the watcher
and to every process of PostgreSQL, so it is free exactly when nothing of the server is left. It is
never unlocked by name, only closed: unlocking one copy would unlock them all.
"""

import contextlib
import fcntl
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import psutil

from rushes.embedded import watcher
from rushes.embedded.account import ENVIRONMENT, Account, choose_account
from rushes.embedded.binaries import programs_for
from rushes.embedded.cluster import check_cluster, create_cluster, read_password
from rushes.embedded.home import check_reachable, prepare_home, translate_os_error
from rushes.embedded.log import ServerLog
from rushes.embedded.postmaster import discard_stale_pid_file, find_postmaster
from rushes.errors import EmbeddedDatabaseError

DEFAULT_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",  # the path of a socket may not be longer than 107 bytes
    "max_connections": "200",
    "shared_buffers": "128MB",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
}

_POLL_SECONDS = 0.02
_PORT_ATTEMPTS = 3
_STOP_SECONDS = watcher.SHUTDOWN_SECONDS + 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """Where the database is; `owned` when this process started the server, and so stops it."""

    url: str
    owned: bool


class EmbeddedPostgres:
    """One PostgreSQL per folder, shared by every process that starts it, stopped with its owner."""

    def __init__(
        self, home: Path, *, settings: Mapping[str, str] | None = None, timeout_seconds: float = 60
    ) -> None:
        """Name the folder of the database, and settings of PostgreSQL that replace ours."""
        self._home = home.resolve()
        self._data = self._home / "data"
        self._log = ServerLog(self._home / "postgres.log")
        self._settings = {**DEFAULT_SETTINGS, **(settings or {})}
        self._timeout_seconds = timeout_seconds
        self._watcher: subprocess.Popen[bytes] | None = None
        self._port = 0

    def __enter__(self) -> Self:
        """Start or attach."""
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop what this process started."""
        self.stop()

    def start(self) -> Connection:
        """Start the server, or attach to the one that runs already; blocks until it answers.

        Raises:
            EmbeddedDatabaseError: it cannot be had; the message says why and what to do.
        """
        if self._watcher and find_postmaster(self._data):
            return self._connection(self._port, owned=True)
        self.stop()
        with translate_os_error(self._home):
            prepare_home(self._home)
            return self._start_or_attach(time.monotonic() + self._timeout_seconds)

    def stop(self) -> None:
        """Stop the server if this process started it; blocks until it is gone.

        Raises:
            EmbeddedDatabaseError: it did not end in time.
        """
        if self._watcher is None:
            return
        process, self._watcher = self._watcher, None
        assert process.stdin is not None
        process.stdin.close()
        try:
            process.wait(_STOP_SECONDS)
            if process.returncode < 0:  # the watcher was killed: its work is left to us
                _stop_unwatched(self._data)
        except (subprocess.TimeoutExpired, psutil.TimeoutExpired) as error:
            raise EmbeddedDatabaseError(
                f"The embedded PostgreSQL in {self._home} did not stop within {_STOP_SECONDS} seconds."
                f"{self._log.tail()}"
            ) from error

    def _start_or_attach(self, deadline: float) -> Connection:
        while True:
            with _try_lock(self._home / "lock") as lock:
                if lock is not None:
                    self._launch(lock, deadline)
                    return self._connection(self._port, owned=True)
            if server := find_postmaster(self._data):
                return self._connection(server.port, owned=False)
            if time.monotonic() > deadline:
                raise EmbeddedDatabaseError(
                    f"Another process uses {self._home}, but its PostgreSQL did not answer within "
                    f"{self._timeout_seconds:g} seconds. See `fuser {self._home}/lock` for the process, "
                    f"and end it.{self._log.tail()}"
                )
            time.sleep(_POLL_SECONDS)

    def _connection(self, port: int, *, owned: bool) -> Connection:
        password = read_password(self._home)
        return Connection(url=f"postgresql://postgres:{password}@127.0.0.1:{port}/postgres", owned=owned)

    def _launch(self, lock: int, deadline: float) -> None:
        account = choose_account(self._data)
        if account:
            check_reachable(self._home, account)
        programs = programs_for(account, home=self._home)
        if not self._data.exists():
            remaining = max(1.0, deadline - time.monotonic())
            create_cluster(
                self._home, programs=programs, account=account, lock=lock, timeout_seconds=remaining
            )
        check_cluster(self._data)
        read_password(self._home)
        discard_stale_pid_file(self._data)
        try:
            self._run_server(programs / "postgres", account=account, lock=lock, deadline=deadline)
        except BaseException:
            self.stop()
            raise

    def _run_server(self, program: Path, *, account: Account | None, lock: int, deadline: float) -> None:
        for _ in range(_PORT_ATTEMPTS):
            self._port = int(self._settings.get("port") or _free_port())
            self._watcher = self._spawn_watcher(program, account=account, lock=lock)
            if self._wait_until_ready(self._watcher, deadline):
                return
            self.stop()
            # Somebody may take a free port between our look and PostgreSQL's bind; then look again.
            if "Address already in use" not in self._log.tail():
                break
        raise EmbeddedDatabaseError(
            f"PostgreSQL refused to start; its log {self._log.file} says why.{self._log.tail()}"
        )

    def _spawn_watcher(self, program: Path, *, account: Account | None, lock: int) -> subprocess.Popen[bytes]:
        low = (str(account.uid), str(account.gid)) if account else ("-", "-")
        settings = self._settings | {"port": str(self._port)}
        server = [str(program), "-D", str(self._data), *(f"--{key}={settings[key]}" for key in settings)]
        with self._log.open() as log:
            return subprocess.Popen(
                [sys.executable, "-I", "-S", watcher.__file__, *low, str(lock), *server],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                start_new_session=True,  # out of reach of the terminal's Ctrl-C
                env=ENVIRONMENT,
                cwd="/",
                pass_fds=(lock,),
            )

    def _wait_until_ready(self, process: subprocess.Popen[bytes], deadline: float) -> bool:
        while process.poll() is None:
            if find_postmaster(self._data):
                return True
            if time.monotonic() > deadline:
                raise EmbeddedDatabaseError(
                    f"PostgreSQL was not ready within {self._timeout_seconds:g} seconds. After a crash it "
                    f"can need longer to recover: try again with more time.{self._log.tail()}"
                )
            time.sleep(_POLL_SECONDS)
        return False


@contextlib.contextmanager
def _try_lock(file: Path) -> Generator[int | None]:
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield None
        else:
            yield descriptor
    finally:
        os.close(descriptor)


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def _stop_unwatched(data: Path) -> None:
    server = find_postmaster(data)
    if server is None:
        return
    with contextlib.suppress(psutil.NoSuchProcess):
        process = psutil.Process(server.pid)
        process.send_signal(signal.SIGINT)
        process.wait(_STOP_SECONDS)
