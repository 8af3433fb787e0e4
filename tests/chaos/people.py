"""The users: they submit over HTTP and by actions, cancel at random, and ask for failed jobs again."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, TypeVar
from uuid import UUID

import httpx
from uuid_utils.compat import uuid7

from rushes.actions.accounts import Login, create_api_key
from rushes.actions.repeating import Idempotency, submit_once
from rushes.actions.retry import retry
from rushes.actions.submit import Submission, Submitted
from rushes.db import accounts
from rushes.db.pool import Database, Tx
from rushes.domain.accounts import Viewer
from rushes.domain.ids import AssetId, SessionId
from rushes.domain.jobs import Job, JobType
from rushes.domain.media import AssetRole, MediaLimits
from rushes.errors import Conflict, RushesError
from rushes.storage.store import Storage
from rushes.web.credentials import mint_token
from tests.chaos.journal import Journal, Sent
from tests.chaos.waits import AWAY, Pace, pause
from tests.chaos.wishes import ENDLESS, Wish, choose
from tests.dispatch.stage import make_inputs
from tests.factories import make_viewer, submission

API = "/api/v1"
SESSION_TIME = timedelta(days=1)
DEADLINE = timedelta(seconds=20)
CREDITS = 10_000_000

_T = TypeVar("_T")


@dataclass(frozen=True, kw_only=True)
class Site:
    """What every user knows: the addresses of the web processes, and the database that actions work on."""

    addresses: Sequence[str]
    client: httpx.AsyncClient
    database: Database
    journal: Journal
    pace: Pace
    has_idempotent_http: bool = False


@dataclass(frozen=True, kw_only=True)
class Person:
    """A user with a session or an API key, and two files to make jobs from."""

    site: Site
    viewer: Viewer
    bearer: str
    inputs: dict[AssetRole, AssetId]
    dice: Random

    async def live(self, *, jobs: int) -> None:
        """Submit that many jobs, and do what users do meanwhile."""
        left = jobs
        while left > 0:
            await self.site.pace.may_submit()
            size = await self._submit_some(left)
            left -= size
            await self.site.pace.count(submitted=size)
            if self.dice.random() < 0.25:
                await self._cancel_one()
            if self.dice.random() < 0.15:
                await self._retry_one()

    async def cancel(self, job_id: UUID) -> None:
        """Cancel a job that this user knows he has."""
        answer = await self._ask("POST", f"{API}/jobs/{job_id}/cancel")
        if answer.status_code not in {200, 409}:
            self.site.journal.oddities[f"cancel answered {answer.status_code}: {answer.text[:100]}"] += 1
        self.site.journal.cancels_answered += answer.status_code == 200

    async def _submit_some(self, most: int) -> int:
        kind = self.dice.random()
        if kind < 0.85 or most < 3:
            await self._submit_over_http()
            return 1
        chain = [self._wanted(choose(self.dice))]
        for _ in range(self.dice.randint(1, 2)):
            after = None if kind > 0.95 else len(chain) - 1
            chain.append(self._wanted(choose(self.dice), after=after))
        await self._submit_batch(chain)
        return len(chain)

    def _wanted(self, wish: Wish, *, after: int | None = None) -> Submission:
        hurries = wish in ENDLESS and self.dice.random() < 0.5
        deadline = datetime.now(UTC) + DEADLINE if hurries else None
        changes: dict[str, Any] = {"prompt": wish.value, "auto_cancel_at": deadline}
        if after is None:
            return submission(inputs=self.inputs, **changes)
        return submission(job_type=JobType.UPSCALE, model="polish", after=after, **changes)

    async def _submit_over_http(self) -> None:
        sent = self._begin(1, once=self.site.has_idempotent_http)
        body = {
            "job_type": "base",
            "inputs": {role.value: str(asset_id) for role, asset_id in self.inputs.items()},
            "prompt": choose(self.dice).value,
            "metadata": {"tag": sent.tag},
            "priority": self.dice.choice([5, 5, 5, 7]),
        }
        headers = {"Idempotency-Key": sent.tag}
        answer = await self._ask("POST", f"{API}/jobs", sent=sent, json=body, headers=headers)
        if answer.is_success:
            sent.answered = (UUID(answer.json()["id"]),)
        else:
            self.site.journal.oddities[f"submit answered {answer.status_code}: {answer.text[:100]}"] += 1

    async def _submit_batch(self, batch: Sequence[Submission]) -> None:
        sent = self._begin(len(batch), once=True)
        key = Idempotency(key=sent.tag, fingerprint=hashlib.sha256(sent.tag.encode()).digest())
        tagged = [replace(one, metadata={"tag": sent.tag}) for one in batch]

        async def act() -> list[Job]:
            sent.tries += 1
            answered = await submit_once(
                self.site.database,
                self.viewer,
                tagged,
                limits=MediaLimits(),
                idempotency_key=key,
                write_answer=_write_ids,
            )
            return answered.jobs

        jobs = await self._insist("submit_batch", act)
        sent.answered = tuple(job.id for job in jobs or ())

    async def _cancel_one(self) -> None:
        known = self.site.journal.jobs_of(self.viewer.user_id)
        if known:
            # Mostly a late one: those that came first have ended.
            await self.cancel(self.dice.choice(known[-10:]))

    async def _retry_one(self) -> None:
        answer = await self._ask("GET", f"{API}/jobs?status=failed&limit=100")
        failed = [UUID(job["id"]) for job in answer.json()["jobs"]] if answer.is_success else []
        if failed:
            job_id, journal = self.dice.choice(failed), self.site.journal

            async def act() -> Job:
                journal.retries_sent[job_id] += 1
                return await retry(self.site.database, self.viewer, job_id=job_id)

            if await self._insist("retry", act) is not None:
                journal.retries_answered[job_id] += 1

    def _begin(self, size: int, *, once: bool) -> Sent:
        tag = f"{self.dice.getrandbits(128):032x}"
        return self.site.journal.begin(tag, self.viewer.user_id, size=size, once=once)

    async def _ask(self, method: str, path: str, *, sent: Sent | None = None, **rest: Any) -> httpx.Response:
        """Ask any of the web processes until one answers, as a program does that wants its answer."""
        headers = rest.pop("headers", {}) | {"Authorization": f"Bearer {self.bearer}"}
        while True:
            url = self.dice.choice(self.site.addresses) + path
            if sent is not None:
                sent.tries += 1
            try:
                answer = await self.site.client.request(method, url, headers=headers, **rest)
            except httpx.TransportError as error:
                self.site.journal.answers[type(error).__name__] += 1
            else:
                self.site.journal.answers[str(answer.status_code)] += 1
                if answer.status_code < 500:
                    return answer
                if answer.status_code != 503:
                    self.site.journal.oddities[f"{method} answered {answer.status_code}"] += 1
            await pause(self.dice.uniform(0.05, 0.5))

    async def _insist(self, name: str, act: Callable[[], Awaitable[_T]]) -> _T | None:
        """Act until the database is there; `None` if the action is refused."""
        while True:
            try:
                return await act()
            except AWAY as error:
                self.site.journal.answers[f"{name}: {type(error).__name__}"] += 1
                await pause(self.dice.uniform(0.05, 0.5))
            except Conflict:
                self.site.journal.answers[f"{name}: conflict"] += 1
                return None
            except RushesError as error:
                self.site.journal.oddities[f"{name} was refused: {error!r}"] += 1
                return None


async def make_person(
    owner: Database, site: Site, storage: Storage, secret: bytes, *, number: int, dice: Random
) -> Person:
    """A new user; every other one has a session, the others an API key."""
    viewer = await make_viewer(owner, credits_=CREDITS, slots=dice.randint(2, 12))
    inputs = await make_inputs(owner, storage, viewer)
    if number % 2:
        _, bearer = await create_api_key(owner, viewer, name="chaos", expires_at=None)
    else:
        bearer = await _open_session(owner, viewer, secret)
    return Person(site=site, viewer=viewer, bearer=bearer, inputs=inputs, dice=dice)


async def _open_session(owner: Database, viewer: Viewer, secret: bytes) -> str:
    session_id = SessionId(uuid7())
    async with owner.transaction() as tx:
        await accounts.insert_session(
            tx, session_id=session_id, user_id=viewer.user_id, user_agent=None, lifetime=SESSION_TIME
        )
        user = await accounts.get_user(tx, user_id=viewer.user_id)
    assert user is not None
    expires_at = datetime.now(UTC) + SESSION_TIME
    return mint_token(secret, Login(user=user, session_id=session_id, expires_at=expires_at))


async def cancel_endless(owner: Database, people: Sequence[Person]) -> int:
    """Have the users cancel what would never end; return how many there were."""
    by_id = {person.viewer.user_id: person for person in people}
    wishes = sorted(wish.value for wish in ENDLESS)
    async with owner.transaction() as tx:
        rows = await tx.fetch(
            "SELECT id, user_id FROM jobs WHERE prompt = ANY ($1) AND cancel_requested_at IS NULL "
            "AND status IN ('pending', 'validating', 'queued', 'processing')",
            wishes,
        )
    await asyncio.gather(*(by_id[row["user_id"]].cancel(row["id"]) for row in rows))
    return len(rows)


async def _write_ids(_tx: Tx, made: Sequence[Submitted]) -> str:
    return " ".join(str(one.job.id) for one in made)
