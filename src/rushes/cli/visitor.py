"""Somebody who makes videos with Rushes over HTTP, as a program of a user would."""

from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path

from rushes.cli.progress import job_progress
from rushes.client import AsyncRushes, Job, JobNotCompleted, NotSignedIn
from rushes.domain.jobs import JobStatus
from rushes.domain.options import BaseOptions, Resolution, SubtitlesOptions, SubtitleStyle
from rushes.errors import Unauthenticated

SAMPLES = {"reference": "reference.png", "motion": "motion.mp4"}
"""The files that ship with the package, by role."""

CAPTIONS = "Hello from Rushes."


@dataclass(frozen=True, slots=True, kw_only=True)
class Films:
    """What the visitor made: a video, the same at twice its size, and that one with words in it."""

    video: Path
    enlarged: Path
    captioned: Path


async def make_samples(address: str, *, email: str, password: str, folder: Path) -> Films:
    """Make a video of the files that ship, enlarge it, write words into it, and show how far each is.

    Raises:
        Unauthenticated: The account has another password.
        JobNotCompleted: A job did not end well.
    """
    token = await sign_in(address, email=email, password=password)
    # The demo's server runs on this machine, whatever proxy the environment names.
    async with AsyncRushes(address, api_key=token, trust_env=False) as rushes:
        inputs: dict[str, str] = {}
        for role, name in SAMPLES.items():
            with as_file(files("rushes.samples") / name) as file:
                inputs[role] = str((await rushes.upload(file, role=role)).id)
        video = await _finish(
            rushes,
            await rushes.submit("base", inputs=inputs, options=BaseOptions(resolution=Resolution.P480)),
        )
        enlarged = await _finish(rushes, await rushes.submit("upscale", parent_job_id=video.id))
        captions = SubtitlesOptions(script=CAPTIONS, language="en", style=SubtitleStyle.BURNED)
        captioned = await _finish(
            rushes, await rushes.submit("subtitles", parent_job_id=enlarged.id, options=captions)
        )
        return Films(
            video=await _fetch(rushes, video, folder),
            enlarged=await _fetch(rushes, enlarged, folder),
            captioned=await _fetch(rushes, captioned, folder),
        )


async def sign_in(address: str, *, email: str, password: str) -> str:
    """Return the token of a new session.

    Raises:
        Unauthenticated: The account has another password.
    """
    async with AsyncRushes(address, api_key="", trust_env=False) as rushes:
        try:
            return (await rushes.login(email=email, password=password)).token
        except NotSignedIn as error:
            raise Unauthenticated(
                f"The password of {email} is not the one of this folder any more."
            ) from error


async def _finish(rushes: AsyncRushes, job: Job) -> Job:
    """Show how far a job is, to its end."""
    with job_progress() as show:
        job = await rushes.wait(job, on_event=lambda event: show(event.job))
    if job.status is not JobStatus.COMPLETED:
        raise JobNotCompleted(job)
    return job


async def _fetch(rushes: AsyncRushes, job: Job, folder: Path) -> Path:
    return await rushes.download(job, folder / f"{job.id}.mp4")
