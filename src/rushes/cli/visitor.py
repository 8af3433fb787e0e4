"""Somebody who makes a video with Rushes over HTTP, as a program of a user would."""

import json
from collections.abc import AsyncGenerator, Mapping
from http import HTTPStatus
from importlib.resources import files
from types import TracebackType
from typing import Any, Self
from uuid import uuid4

import httpx

from rushes.cli.progress import Step
from rushes.domain.jobs import JobStatus
from rushes.errors import EngineError, Unauthenticated, Unavailable

API = "/api/v1"
SAMPLES = {"reference": ("reference.png", "image/png"), "motion": ("motion.mp4", "video/mp4")}
"""The files that ship with the package, by role."""

_TIMEOUT = httpx.Timeout(60.0)  # an event stream says something every 15 s


class Visitor:
    """A session with a server; used as a context."""

    def __init__(self, address: str) -> None:
        """Visit the server at `address`, whatever proxy the environment names."""
        self._client = httpx.AsyncClient(base_url=address, timeout=_TIMEOUT, trust_env=False)

    async def __aenter__(self) -> Self:
        """Open the connection."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close it."""
        await self._client.aclose()

    async def sign_in(self, *, email: str, password: str) -> None:
        """Sign in, after signing up if there is no such account.

        Raises:
            Unauthenticated: There is one, with another password.
        """
        credentials = {"email": email, "password": password}
        registered = await self._client.post(f"{API}/auth/register", json=credentials)
        if registered.status_code != HTTPStatus.CONFLICT:
            _accepted(registered)
        answer = await self._client.post(f"{API}/auth/login", json=credentials)
        if answer.status_code == HTTPStatus.UNAUTHORIZED:
            raise Unauthenticated(f"The password of {email} is not the one of this folder any more.")
        self._client.headers["Authorization"] = f"Bearer {_content(answer)['token']}"

    async def submit_sample(self) -> str:
        """Upload the files that ship with the package, submit a job with them and return its id."""
        inputs = {role: await self._upload(role, name, kind) for role, (name, kind) in SAMPLES.items()}
        answer = await self._client.post(
            f"{API}/jobs",
            json={"job_type": "base", "inputs": inputs, "options": {"resolution": "480p"}},
            headers={"Idempotency-Key": str(uuid4())},
        )
        return _content(answer)["job_id"]

    async def follow(self, job_id: str) -> AsyncGenerator[Step]:
        """Yield each change of a job until it has ended.

        Raises:
            EngineError: It did not end well.
        """
        job: dict[str, Any] = {}
        async with self._client.stream("GET", f"{API}/jobs/{job_id}/events") as stream:
            if stream.is_error:
                await stream.aread()
            async for line in _accepted(stream).aiter_lines():
                if line.startswith("data:"):
                    # The first event is the whole job, the others are what changed.
                    job |= json.loads(line.removeprefix("data:"))
                    yield _step(job)
        if job.get("status") != JobStatus.COMPLETED:
            raise EngineError(f"The job did not end well: {job.get('error_message') or job.get('status')}")

    async def download(self, job_id: str) -> bytes:
        """Return a completed job's output."""
        output = _content(await self._client.get(f"{API}/jobs/{job_id}/output"))
        return _accepted(await self._client.get(output["url"])).content

    async def _upload(self, role: str, name: str, media_type: str) -> str:
        content = (files("rushes.samples") / name).read_bytes()
        answer = await self._client.post(
            f"{API}/assets", data={"role": role}, files={"file": (name, content, media_type)}
        )
        return _content(answer)["id"]


def _step(job: Mapping[str, Any]) -> Step:
    match job["status"]:
        case JobStatus.COMPLETED:
            return Step(text="completed", percent=100, left=None)
        case JobStatus.PROCESSING:
            text = job["progress_text"] or "starting"
            return Step(text=text, percent=job["progress"], left=job["estimated_time_remaining"])
        case status:
            return Step(text=status, percent=job["progress"], left=None)


def _content(answer: httpx.Response) -> Any:
    return _accepted(answer).json()


def _accepted(answer: httpx.Response) -> httpx.Response:
    if answer.is_success:
        return answer
    try:
        reason = answer.json()["detail"]
    except (ValueError, LookupError, TypeError):
        reason = answer.text[:200]
    raise Unavailable(f"The server answered {answer.status_code} to {answer.request.url.path}: {reason}")
