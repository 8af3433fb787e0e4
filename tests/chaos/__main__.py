"""Runs the chaos from the command line: `python -m tests.chaos --jobs 2000 --kills 200`."""

import argparse
import asyncio
import logging
import random
import sys

from tests.chaos.run import Plan, run


def main() -> int:
    """Run as the options say; return 1 if anything was broken by it."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    for name in ("jobs", "kills", "users", "workers", "webs", "slots"):
        parser.add_argument(f"--{name}", type=int, default=getattr(Plan(), name))
    for name in ("lease", "interval", "limit", "drain"):
        default = getattr(Plan(), f"{name}_seconds")
        parser.add_argument(f"--{name}-seconds", type=float, default=default, metavar="SECONDS")
    # It writes a page each time that a killed database does not answer at once.
    logging.getLogger("asyncpg").setLevel(logging.CRITICAL)
    options = vars(parser.parse_args())
    sys.stdout.write(f"chaos: {options}\n")
    sys.stdout.flush()
    report = asyncio.run(run(Plan(**options)))
    sys.stdout.write("\n".join(report.lines()) + "\n")
    return 1 if report.breaches else 0


if __name__ == "__main__":
    sys.exit(main())
