"""Reading server-sent events as a client does."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx


@dataclass(frozen=True, kw_only=True)
class Sent:
    """One event of a stream."""

    name: str
    data: Any
    id: str | None


@asynccontextmanager
async def following(
    client: httpx.AsyncClient, path: str, headers: dict[str, str]
) -> AsyncIterator[AsyncIterator[Sent]]:
    """The events of an open stream, each as it comes."""
    async with client.stream("GET", path, headers=headers, timeout=30) as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/event-stream")
        yield _parsed(answer.aiter_lines())


async def all_of(events: AsyncIterator[Sent]) -> list[Sent]:
    """Every event until the stream ends."""
    return [event async for event in events]


async def until(events: AsyncIterator[Sent], name: str) -> Sent:
    """The next event of a name."""
    async for event in events:
        if event.name == name:
            return event
    raise AssertionError(f"the stream ended without {name}")


async def _parsed(lines: AsyncIterator[str]) -> AsyncIterator[Sent]:
    fields: dict[str, str] = {}
    async for line in lines:
        if line:
            name, _, value = line.partition(": ")
            fields[name] = value
        elif "event" in fields:
            yield Sent(name=fields["event"], data=json.loads(fields["data"]), id=fields.get("id"))
            fields = {}
