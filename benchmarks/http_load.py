"""Requests on connections that stay open, sent by `wrk` from a process of its own."""

import asyncio
import json
import re
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from shutil import which

_SCRIPT = """
local requests, next_one = {}, 0
function init()
%s
end
function request()
    next_one = next_one %% #requests + 1
    return requests[next_one]
end
"""
_RATE = re.compile(r"Requests/sec:\s+([\d.]+)")
_REFUSED = re.compile(r"(Non-2xx or 3xx responses|Socket errors): .*")


class LoadFailed(Exception):
    """Not every request was answered as it should be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One request; it is sent again and again, in turn with others."""

    path: str
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    body: str = ""


async def send(origin: str, asks: Sequence[Ask], *, clients: int, seconds: int) -> float:
    """Answered requests per second.

    Raises:
        LoadFailed: some were refused, or `wrk` is not installed.
    """
    if which("wrk") is None:
        raise LoadFailed("wrk is missing; `python -m benchmarks.peers.install` installs it")
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        script.write(_SCRIPT % "\n".join(_line(ask) for ask in asks))
        script.flush()
        options = ("-t", "1", "-c", str(clients), "-d", f"{seconds}s", "--timeout", "10s")
        process = await asyncio.create_subprocess_exec(
            *("wrk", *options, "--script", script.name, origin), stdout=asyncio.subprocess.PIPE
        )
        said = (await process.communicate())[0].decode()
    rate = _RATE.search(said)
    if refused := _REFUSED.search(said):
        raise LoadFailed(refused[0])
    if rate is None or not float(rate[1]):
        raise LoadFailed(f"nothing was answered:\n{said}")
    return float(rate[1])


def wrk_version() -> str:
    """The version of `wrk`."""
    said = subprocess.run(["wrk", "-v"], check=False, capture_output=True, text=True).stdout
    return said.split()[1]


def _line(ask: Ask) -> str:
    headers = ", ".join(f"[{json.dumps(name)}] = {json.dumps(text)}" for name, text in ask.headers.items())
    body = json.dumps(ask.body) if ask.body else "nil"
    made = f"wrk.format({json.dumps(ask.method)}, {json.dumps(ask.path)}, {{{headers}}}, {body})"
    return f"    requests[#requests + 1] = {made}"
