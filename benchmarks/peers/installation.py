"""Where the peers are installed, in which versions."""

import os
import re
import subprocess
from pathlib import Path

HOME = Path(os.environ.get("RUSHES_PEERS_HOME", "/var/tmp/rushes-peers"))
PACKAGES = (
    "celery",
    "kombu",
    "redis",
    "pgqueuer",
    "asyncpg",
    "uvloop",
    "procrastinate",
    "psycopg",
    "psycopg-pool",
)
SERVERS = {
    "rabbitmq-server": "/usr/lib/rabbitmq/bin/rabbitmq-server",
    "redis-server": "/usr/bin/redis-server",
    "wrk": "/usr/bin/wrk",
}
"""Debian's packages, and the program of each."""

NODE_PACKAGES = ("@nexrender/server@1", "micro@9")
"""From npm, for which Node.js must be there."""

SHOW_PACKAGES = "import sys; from importlib.metadata import version; print(*map(version, sys.argv[1:]))"


def python_of(home: Path) -> Path:
    """The interpreter that has the peers."""
    return home / "venv" / "bin" / "python"


def node_folder(home: Path = HOME) -> Path:
    """Where the packages of Node.js are."""
    return home / "node"


def versions(home: Path = HOME) -> dict[str, str]:
    """The version of every package and server, by name."""
    shown = read_output(str(python_of(home)), "-c", SHOW_PACKAGES, *PACKAGES).split()
    python = read_output(str(python_of(home)), "--version").split()[1]
    return {"python": python, **dict(zip(PACKAGES, shown, strict=True)), **server_versions()}


def server_versions() -> dict[str, str]:
    """The versions of Debian's packages, without epoch and revision."""
    found: dict[str, str] = {}
    for name in (*SERVERS, "erlang-base"):
        full = read_output("dpkg-query", "--show", "--showformat", "${Version}", name)
        found[name] = re.sub(r"^\d+:|[-+].*$", "", full)
    return found


def read_output(*command: str) -> str:
    """What a program prints."""
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
