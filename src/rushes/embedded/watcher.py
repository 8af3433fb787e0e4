"""Runs PostgreSQL for as long as its owner lives, even if the owner is killed.

A program of its own: `python -I -S watcher.py UID GID LOCK POSTGRES ARGUMENT...`. The owner holds the
other end of its standard input and never writes: end of file means that the owner is gone. UID and GID
are `-` to stay with the account that it runs under. It uses the standard library alone, so that it works
wherever the interpreter does.
"""

import contextlib
import os
import select
import signal
import subprocess
import sys
import threading

SHUTDOWN_SECONDS = 60
OWNER_PIPE = 0


def main(arguments: list[str]) -> int:
    """Run the server until it ends or the owner does; return 0 after a clean end."""
    uid, gid, lock, *command = arguments
    server = subprocess.Popen(
        command,
        user=None if uid == "-" else int(uid),
        group=None if gid == "-" else int(gid),
        extra_groups=None if uid == "-" else [],
        stdin=subprocess.DEVNULL,
        # Every process of PostgreSQL keeps the lock: it is free when the last of them is gone.
        pass_fds=(int(lock),),
    )
    # Set after the start, because a program inherits ignored signals. Only the owner stops us.
    for ignored in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM):
        signal.signal(ignored, signal.SIG_IGN)
    threading.Thread(target=stop_after_owner, args=(server,), daemon=True).start()
    return 0 if server.wait() == 0 else 1


def stop_after_owner(server: subprocess.Popen[bytes]) -> None:
    """Wait for the owner's end, then shut the server down: fast, or at once if that takes too long."""
    watched = [OWNER_PIPE]
    # A child that the owner forked holds the pipe open beyond its end; the process handle does not lie.
    with contextlib.suppress(AttributeError, OSError):
        watched.append(os.pidfd_open(os.getppid()))
    select.select(watched, [], [])
    server.send_signal(signal.SIGINT)
    try:
        server.wait(SHUTDOWN_SECONDS)
    except subprocess.TimeoutExpired:
        server.send_signal(signal.SIGQUIT)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
