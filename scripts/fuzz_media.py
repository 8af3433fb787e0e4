"""Probes mutations of sound media files for some minutes: `python -m scripts.fuzz_media --minutes 10`."""

import argparse
import resource
import tempfile
import time
from pathlib import Path

from tests.engines.corpus.fuzzing import Tally, fuzz

_MIB = 2**20


def main() -> int:
    """Print what became of the files; return 1 if any did what none may do."""
    options = _options()
    folder = options.keep or Path(tempfile.mkdtemp(prefix="fuzz-media-"))
    folder.mkdir(parents=True, exist_ok=True)
    end = time.monotonic() + options.minutes * 60
    tally = fuzz(folder, seed=options.seed, go_on=lambda _: time.monotonic() < end)
    _print(tally, folder)
    return 1 if tally.offenders else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--seed", type=int, default=1, help="the same seed makes the same files")
    parser.add_argument("--keep", type=Path, help="the folder for offenders; a new one if left out")
    return parser.parse_args()


def _print(tally: Tally, folder: Path) -> None:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(f"{tally.tried} files, {used.ru_utime + used.ru_stime:.0f} s of processor time")
    for ending in ("refused", "accepted", "crash", "timeout", "unexpected", "nonsense"):
        print(f"{ending:>12}: {tally.endings[ending]}")
    print(f"peak memory {tally.peak_bytes / _MIB:.0f} MiB, slowest file {tally.slowest_seconds:.2f} s")
    for name, ending in tally.offenders:
        print(f"{folder / name}: {ending}")


if __name__ == "__main__":
    raise SystemExit(main())
