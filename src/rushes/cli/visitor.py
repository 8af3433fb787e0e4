"""Somebody who makes a video with Rushes over HTTP, as a program of a user would."""

from importlib.resources import as_file, files
from pathlib import Path

from rushes.cli.progress import job_progress
from rushes.client import AsyncRushes, JobNotCompleted, NotSignedIn
from rushes.domain.jobs import JobStatus
from rushes.domain.options import BaseOptions, Resolution
from rushes.errors import Unauthenticated

SAMPLES = {"reference": "reference.png", "motion": "motion.mp4"}
"""The files that ship with the package, by role."""


async def make_sample(address: str, *, email: str, password: str, folder: Path) -> Path:
    """Make a video of the files that ship with the package, show how far it is, and return where it is.

    Raises:
        Unauthenticated: The account has another password.
        JobNotCompleted: The job did not end well.
    """
    token = await sign_in(address, email=email, password=password)
    # The demo's server runs on this machine, whatever proxy the environment names.
    async with AsyncRushes(address, api_key=token, trust_env=False) as rushes:
        inputs: dict[str, str] = {}
        for role, name in SAMPLES.items():
            with as_file(files("rushes.samples") / name) as file:
                inputs[role] = str((await rushes.upload(file, role=role)).id)
        job = await rushes.submit("base", inputs=inputs, options=BaseOptions(resolution=Resolution.P480))
        with job_progress() as show:
            job = await rushes.wait(job, on_event=lambda event: show(event.job))
        if job.status is not JobStatus.COMPLETED:
            raise JobNotCompleted(job)
        return await rushes.download(job, folder / f"{job.id}.mp4")


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
