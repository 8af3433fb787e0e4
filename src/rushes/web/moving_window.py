"""Tries within the last minute, counted by whoever makes them."""

import time
from collections import deque
from collections.abc import Callable

WINDOW_SECONDS = 60.0


class MovingWindow:
    """Counts in this process; it forgets who has not tried for a minute."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        """Begin with nothing counted; `now` is a clock in seconds."""
        self._now = now
        self._tries: dict[str, deque[float]] = {}
        self._swept_at = now()

    def hit(self, key: str, *, most: int) -> float | None:
        """Count a try and return `None`; or, after `most` of them, the seconds until it may again."""
        wait = self.wait(key, most=most)
        if wait is None:
            self._tries.setdefault(key, deque()).append(self._now())
        return wait

    def wait(self, key: str, *, most: int) -> float | None:
        """Return the seconds until `key` may try again, `None` if it may now; count nothing."""
        self._sweep()
        tries = self._tries.get(key)
        if tries is None:
            return None
        begin = self._now() - WINDOW_SECONDS
        while tries and tries[0] <= begin:
            tries.popleft()
        return None if len(tries) < most else tries[0] - begin

    def __len__(self) -> int:
        """Return of how many keys it still knows something."""
        return len(self._tries)

    def _sweep(self) -> None:
        # Once a window, not at each try: what is forgotten a minute late changes no count.
        begin = self._now() - WINDOW_SECONDS
        if self._swept_at > begin:
            return
        self._swept_at = self._now()
        for key in [key for key, tries in self._tries.items() if not tries or tries[-1] <= begin]:
            del self._tries[key]
