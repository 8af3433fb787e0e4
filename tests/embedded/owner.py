"""A process that starts the embedded database when told, and stops it when its standard input ends."""

import argparse
import json
import os
import resource
import signal
import sys
from pathlib import Path

from rushes.embedded.server import EmbeddedPostgres
from rushes.errors import EmbeddedDatabaseError


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("home", type=Path)
    parser.add_argument("--fork", action="store_true", help="leave a forked child behind")
    parser.add_argument("--largest-file", type=int, help="limit the size of files, in bytes")
    options = parser.parse_args()
    say("waiting")
    sys.stdin.readline()
    if options.largest_file:
        resource.setrlimit(resource.RLIMIT_FSIZE, (options.largest_file, resource.RLIM_INFINITY))
    server = EmbeddedPostgres(options.home)
    try:
        connection = server.start()
    except EmbeddedDatabaseError as error:
        say({"error": error.message})
        return
    child = os.fork() if options.fork else None
    if child == 0:
        signal.pause()
    say({"url": connection.url, "owned": connection.owned, "child": child})
    sys.stdin.read()
    server.stop()


def say(answer: object) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
