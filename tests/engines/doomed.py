"""A worker of its own that runs a stubborn engine and prints its processes, for a test that kills it."""

import asyncio
import sys
from contextlib import nullcontext
from pathlib import Path

from rushes.engines.base import Event, EventKind
from rushes.engines.child.spares import Spares
from tests.engines.driving import request_in, run


def tell(event: Event) -> None:
    if event.kind is EventKind.METRIC and event.fields["name"] == "pid":
        sys.stdout.write(f"{event.fields['value']:.0f}\n")
        sys.stdout.flush()


async def main(workdir: Path, *, has_spares: bool) -> None:
    async with Spares() if has_spares else nullcontext() as spares:
        await run("Stubborn", request_in(workdir), watcher=tell, spares=spares)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), has_spares=sys.argv[2] == "spare"))
