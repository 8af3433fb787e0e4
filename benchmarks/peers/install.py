"""Installs the peers and their servers: Debian's packages, a virtual environment, packages of Node.js.

    python -m benchmarks.peers.install [--home /var/tmp/rushes-peers]

Run again, it installs what is missing and takes the newest stable releases of the packages. No service is
started. With another home, set RUSHES_PEERS_HOME for the benchmark.
"""

import os
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from shutil import which

from benchmarks.arguments import parser_of
from benchmarks.peers.installation import (
    HOME,
    NODE_PACKAGES,
    SERVERS,
    node_folder,
    python_of,
    versions,
)

REQUIREMENTS = ("celery[redis]", "pgqueuer[asyncpg]", "uvloop", "procrastinate", "psycopg[binary,pool]")
START_POLICY = Path("/usr/sbin/policy-rc.d")


def install_servers() -> None:
    """Install the servers that are missing; needs root."""
    missing = [package for package, program in SERVERS.items() if not Path(program).exists()]
    if not missing:
        return
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    with services_held_back():
        subprocess.run(["apt-get", "update", "--quiet=2"], check=True, env=quiet)
        command = ["apt-get", "install", "--yes", "--quiet=2", "--no-install-recommends"]
        subprocess.run([*command, *missing], check=True, env=quiet)


@contextmanager
def services_held_back() -> Generator[None]:
    """Have Debian start no service that it installs; a policy that is there already stays."""
    if START_POLICY.exists():
        yield
        return
    START_POLICY.write_text("#!/bin/sh\nexit 101\n")
    START_POLICY.chmod(0o755)
    try:
        yield
    finally:
        START_POLICY.unlink()


def install_packages(home: Path) -> None:
    """Make the virtual environment, and install or upgrade the packages."""
    python = str(python_of(home))
    subprocess.run([sys.executable, "-m", "venv", str(home / "venv")], check=True)
    pip = [python, "-m", "pip", "--quiet", "--disable-pip-version-check", "install", "--upgrade"]
    subprocess.run([*pip, *REQUIREMENTS], check=True)


def install_node_packages(home: Path) -> None:
    """Install or upgrade the packages of Node.js, if npm is there."""
    if which("npm") is None:
        print("npm is missing: benchmarks.http_submit goes without nexrender-server")
        return
    folder = node_folder(home)
    folder.mkdir(parents=True, exist_ok=True)
    npm = ["npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", str(folder)]
    subprocess.run([*npm, *NODE_PACKAGES], check=True)


def main() -> None:
    """Parse the arguments, install, and print the versions."""
    parser = parser_of(__doc__)
    parser.add_argument("--home", type=Path, default=HOME)
    home: Path = parser.parse_args().home
    install_servers()
    install_packages(home)
    install_node_packages(home)
    for name, version in versions(home).items():
        print(f"{name:16} {version}")


if __name__ == "__main__":
    main()
