"""A process that probes one file after the other within limits, and answers a line for each."""

import json
import math
import os
import sys
from pathlib import Path

from rushes.domain.media import MediaLimits, Probe
from rushes.engines.child.limits import Limits, confine
from rushes.engines.probing.probe import probe
from rushes.errors import MediaRejected

MEMORY_BYTES = 512 * 2**20


def main() -> None:
    """Read a path and a media type from each line of the input; say how it ended."""
    control, held = os.pipe()
    confine(
        Limits(memory_bytes=MEMORY_BYTES, cpu_seconds=3600, open_files=64, file_bytes=2**20), control=control
    )
    os.set_inheritable(held, False)
    for line in sys.stdin:
        name, media_type = json.loads(line)
        answer = {"ending": _ending(Path(name), media_type), "peak_bytes": _peak_bytes()}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


def _peak_bytes() -> int:
    # Not `ru_maxrss`: that counts what the process was before it became this program.
    status = Path("/proc/self/status").read_text()
    return 1024 * int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM:")))


def _ending(path: Path, media_type: str) -> str:
    try:
        measured = probe(path, media_type=media_type, limits=MediaLimits())
    except MediaRejected:
        return "refused"
    except Exception as error:  # noqa: BLE001 — whatever it is, it is what is looked for
        return f"unexpected {type(error).__name__}: {error}"[:300]
    return "accepted" if _makes_sense(measured) else f"nonsense {measured}"


def _makes_sense(measured: Probe) -> bool:
    """Tell whether what was measured is what a file can be."""
    limits = MediaLimits()
    times = [measured.duration_seconds or 0.0, measured.fps or 0.0]
    return (
        all(math.isfinite(each) and each >= 0 for each in times)
        and 0 <= measured.width <= limits.side
        and 0 <= measured.height <= limits.side
        and (measured.fps or 0.0) <= 1000
        and (measured.frames is None or 0 < measured.frames <= limits.frames)
    )


if __name__ == "__main__":
    main()
