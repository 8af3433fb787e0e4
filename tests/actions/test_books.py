import asyncio
import contextlib
from dataclasses import dataclass, field

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rushes.actions.cancel import cancel
from rushes.actions.settle import rescue, settle
from rushes.db.pool import Database
from rushes.domain.accounts import Plan, Viewer
from rushes.domain.endings import Ending, Lapsed
from rushes.domain.jobs import Attempt, Job
from rushes.errors import IllegalTransition, InsufficientCredits, LeaseLost
from tests.actions.books import find_errors
from tests.factories import claim, complete, make_job, make_output, make_viewer, retry_or_fail

DUE = "UPDATE jobs SET run_at = now() WHERE status = 'queued'"
LAPSE = "UPDATE jobs SET lease_until = now() - interval '1 second' WHERE id = $1 AND lease = $2"
STEPS = ["submit", "claim", "complete", "retry", "fail", "stop", "hand back", "lose", "cancel"]


@dataclass(kw_only=True)
class Play:
    """An account that submits and cancels, and a worker that does everything a worker can."""

    owner: Database
    web: Database
    work: Database
    viewer: Viewer
    jobs: list[Job] = field(default_factory=list)
    attempts: list[Attempt] = field(default_factory=list)

    async def act(self, steps: list[tuple[str, int]]) -> None:
        """Do one thing after the other."""
        for name, number in steps:
            await self.step(name, number)

    async def step(self, name: str, number: int) -> None:
        """Do one thing to the job or attempt of that number, if it is there and lets itself."""
        with contextlib.suppress(IllegalTransition, InsufficientCredits, LeaseLost, IndexError):
            await self._step(name, number)

    async def _step(self, name: str, number: int) -> None:
        if name == "submit":
            self.jobs.append(await make_job(self.web, self.viewer))
        elif name == "claim":
            await self._change(DUE)
            self.attempts.extend(await claim(self.work))
        elif name == "cancel":
            await cancel(self.web, self.viewer, job_id=self.jobs[number].id)
        else:
            await self._settle(name, self.attempts[number])

    async def _settle(self, name: str, attempt: Attempt) -> None:
        match name:
            case "complete":
                await complete(self.work, attempt, make_output(seconds=attempt.number), log="")
            case "retry" | "fail":
                retryable = name == "retry"
                await retry_or_fail(
                    self.work, attempt, error_code="test", error_message="", retryable=retryable, log=""
                )
            case "stop":
                await settle(self.work, [Ending.stop(attempt, log="")])
            case "hand back":
                await settle(self.work, [Ending.hand_back(attempt, log="")])
            case "lose":
                await self._change(LAPSE, attempt.job.id, attempt.lease)
                lapsed = Lapsed(job_id=attempt.job.id, user_id=attempt.job.user_id, lease=attempt.lease)
                await rescue(self.work, lapsed)
            case _:
                raise AssertionError(name)

    async def _change(self, statement: str, *args: object) -> None:
        async with self.owner.transaction() as tx:
            await tx.execute(statement, *args)


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=st.lists(st.tuples(st.sampled_from(STEPS), st.integers(0, 3)), min_size=5, max_size=25))
async def test_books_are_right_after_any_story(
    owner: Database, web: Database, work: Database, steps: list[tuple[str, int]]
) -> None:
    play = Play(owner=owner, web=web, work=work, viewer=await make_viewer(owner, credits_=1000, slots=2))

    await play.act(steps)

    assert await find_errors(owner) == {}


async def test_books_are_right_when_everything_happens_at_once(
    owner: Database, web: Database, work: Database
) -> None:
    viewer = await make_viewer(owner, credits_=30 * 300, plan=Plan.PRO, slots=5)
    play = Play(owner=owner, web=web, work=work, viewer=viewer)

    async with asyncio.timeout(60):
        await asyncio.gather(
            *(play.step("submit", 0) for _ in range(32)),
            *(play.step("claim", 0) for _ in range(8)),
        )
        await asyncio.gather(
            *(play.step(name, number) for number in range(16) for name in ("complete", "cancel", "claim")),
            *(play.step(name, number) for number in range(16) for name in ("lose", "stop", "retry")),
        )

    assert await find_errors(owner) == {}
    assert len(play.jobs) == 30
