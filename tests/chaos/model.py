"""Plays the queue against the model of its rules for as many steps as one likes.

`python -m tests.chaos.model --steps 100000 --seed 1`
"""

import argparse
import asyncio
import sys
import tempfile
import time
import traceback
from collections import Counter
from pathlib import Path

from rushes.actions.catalogue import ship_models
from rushes.db.migrate import migrate
from rushes.embedded.server import EmbeddedPostgres
from tests.model.playing import play
from tests.model.stage import Stage

MACHINES_AT_A_TIME = 25


def main() -> int:
    """Play until the steps are done; return 1 if system and model differed."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos.model", description=__doc__)
    parser.add_argument("--steps", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    # Not under a closed folder: the account that runs the server must be able to enter it.
    with tempfile.TemporaryDirectory(prefix="rushes-model-", dir="/var/tmp") as home:
        Path(home).chmod(0o755)
        with EmbeddedPostgres(Path(home) / "postgres", settings={"fsync": "off"}) as server:
            url = server.start().url
            asyncio.run(migrate(url))
            asyncio.run(ship_models(url))
            differences = _play(url, steps=options.steps, seed=options.seed)
    return min(differences, 1)


def _play(url: str, *, steps: int, seed: int) -> int:
    stage = Stage.open(url)
    done: Counter[str] = Counter()
    differences, number, started = 0, 0, time.monotonic()
    while done["steps"] < steps:
        try:
            play(stage, done, machines=MACHINES_AT_A_TIME, seed=seed * 1_000_000 + number)
        except AssertionError:
            differences += 1
            traceback.print_exc()
        number += 1
        seconds = time.monotonic() - started
        sys.stdout.write(f"{done['steps']} steps, {differences} differences, seed {seed}, {seconds:.0f} s\n")
        sys.stdout.flush()
    stage.close()
    sys.stdout.write(f"What happened: {dict(sorted(done.items()))}\n")
    return differences


if __name__ == "__main__":
    raise SystemExit(main())
