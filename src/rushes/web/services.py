"""What the web layer is given to work with."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from rushes.db.pool import Database
from rushes.domain.credits import SIGNUP_GRANT
from rushes.domain.media import MediaLimits
from rushes.storage.store import Storage
from rushes.web.limiting import RateRules


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """Everything that a request may need; wired together by the command line or a test.

    `secret` signs sessions and addresses; `check_wait` is how long an upload waits for its check before it
    answers that the file is still being checked, `test_wait` how long a webhook's test waits for its end,
    `image_wait` how long a request in OpenAI's words waits for its pictures, `socket_patience` how long a
    socket may take to say whose it is and what it follows, `body_patience` how long a body may pause;
    `read_anchors` reads the certificates, in PEM, that content credentials are verified with, from files, and
    returns an empty text where there are none; `stopping` is set when the server is about to end, and ends
    the open streams, which it would wait for otherwise.
    """

    database: Database
    listen_url: str
    storage: Storage
    secret: bytes
    limits: MediaLimits = field(default_factory=MediaLimits)
    rates: RateRules = field(default_factory=RateRules)
    signup_credits: int = SIGNUP_GRANT
    check_wait: timedelta = timedelta(seconds=10)
    test_wait: timedelta = timedelta(seconds=12)
    image_wait: timedelta = timedelta(seconds=120)
    socket_patience: timedelta = timedelta(seconds=10)
    body_patience: timedelta = timedelta(seconds=30)
    webhooks_allow_private: bool = False
    streams_per_user: int = 100
    keep_alive: timedelta = timedelta(seconds=15)
    secure_cookies: bool = False
    cors_origins: tuple[str, ...] = ()
    read_anchors: Callable[[], str] = str
    metrics_token: str | None = None
    metrics_fresh: timedelta = timedelta(seconds=5)
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
