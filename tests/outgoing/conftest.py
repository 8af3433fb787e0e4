"""Two clients: one for the public internet only, one that may reach this machine."""

from collections.abc import AsyncIterator

import pytest

from rushes.outgoing.client import OutgoingClient


@pytest.fixture
async def strict() -> AsyncIterator[OutgoingClient]:
    """A client as it is by default."""
    client = OutgoingClient()
    yield client
    await client.aclose()


@pytest.fixture
async def lenient() -> AsyncIterator[OutgoingClient]:
    """A client that may reach this machine."""
    client = OutgoingClient(allow_private=True)
    yield client
    await client.aclose()
