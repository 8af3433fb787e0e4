"""Who waits for what: one LISTEN for the whole process, fanned out in memory."""

import asyncio
from collections.abc import Generator
from contextlib import contextmanager

from rushes.db.listen import ACCESS, ASSETS, DELIVERIES, JOBS, listen
from rushes.web.hub import Hub


class Subscription:
    """Wakes one waiter; wakes that come while it is busy are one wake."""

    def __init__(self) -> None:
        """Begin asleep; what happened before has to be read once anyhow."""
        self._event = asyncio.Event()
        self.is_over = False

    def wake(self) -> None:
        """Wake the waiter, now or when it next waits."""
        self._event.set()

    def end(self) -> None:
        """Wake the waiter for good: the server stops."""
        self.is_over = True
        self._event.set()

    async def wait(self, *, seconds: float) -> None:
        """Wait for a wake, at most `seconds`."""
        try:
            async with asyncio.timeout(seconds):
                await self._event.wait()
        except TimeoutError:
            return
        if not self.is_over:
            self._event.clear()


class Live:
    """Wakes subscriptions by topic: the id of a job, of an account, of a file or of a delivery."""

    def __init__(self) -> None:
        """Begin without a connection; `run` makes it."""
        self._subscriptions: dict[str, set[Subscription]] = {}
        self._is_closed = False

    async def run(self, listen_url: str, hub: Hub) -> None:
        """Listen until cancelled, for the subscriptions and for the hub of the streams."""

        def on_job(payload: str) -> None:
            self._wake(payload)
            hub.note_change(payload)

        def on_connect() -> None:
            self._wake_all()
            hub.note_all()

        channels = {JOBS: on_job, ASSETS: self._wake, DELIVERIES: self._wake, ACCESS: hub.note_access}
        await listen(listen_url, channels, on_connect=on_connect)

    @contextmanager
    def subscribe(self, *topics: object) -> Generator[Subscription]:
        """Take part in some topics while the block runs; who reads only then misses nothing."""
        subscription = Subscription()
        if self._is_closed:
            subscription.end()
        for topic in topics:
            self._subscriptions.setdefault(str(topic), set()).add(subscription)
        try:
            yield subscription
        finally:
            for topic in topics:
                self._forget(str(topic), subscription)

    def close(self) -> None:
        """End every subscription, and those to come: open streams would hold up the server's end."""
        self._is_closed = True
        for subscription in self._all():
            subscription.end()

    def _wake(self, payload: str) -> None:
        for topic in payload.split():
            for subscription in self._subscriptions.get(topic, ()):
                subscription.wake()

    def _wake_all(self) -> None:
        for subscription in self._all():
            subscription.wake()

    def _all(self) -> set[Subscription]:
        return {one for waiting in self._subscriptions.values() for one in waiting}

    def _forget(self, topic: str, subscription: Subscription) -> None:
        waiting = self._subscriptions[topic]
        waiting.discard(subscription)
        if not waiting:
            del self._subscriptions[topic]
