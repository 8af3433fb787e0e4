"""A worker of its own that runs a stubborn engine and prints its processes, for a test that kills it."""

import asyncio
import sys
from pathlib import Path

from rushes.engines.base import Event, EventKind
from tests.engines.driving import request_in, run


def tell(event: Event) -> None:
    if event.kind is EventKind.METRIC and event.fields["name"] == "pid":
        sys.stdout.write(f"{event.fields['value']:.0f}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(run("Stubborn", request_in(Path(sys.argv[1])), watcher=tell))
