"""`rushes submit`: files are uploaded, the job is submitted, and followed if that is asked for."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from pydantic import JsonValue

from rushes.cli.progress import transfer_progress
from rushes.cli.showing import show_job
from rushes.cli.watching import watch as watch_job
from rushes.client import Rushes, Wanted
from rushes.client.errors import Refused
from rushes.domain.jobs import JobType
from rushes.domain.media import AssetRole


@dataclass(frozen=True, slots=True, kw_only=True)
class BaseWish:
    """What is wanted of a `base` job; `None` is the server's default."""

    reference: Path
    motion: Path
    resolution: str | None
    quality: str | None
    seed: int | None
    steps: int | None
    strength: float | None
    prompt: str | None
    model: str | None
    priority: int | None
    key: str | None

    def options(self) -> dict[str, JsonValue]:
        """Return the options; the server judges them."""
        advanced = {"seed": self.seed, "inference_steps": self.steps, "cfg_scale": self.strength}
        return _given(
            {
                "resolution": self.resolution,
                "video_quality": self.quality,
                "advanced": _given(advanced) or None,
            }
        )


def submit_base(client: Rushes, wish: BaseWish, *, watch: bool, output: Path | None, as_json: bool) -> None:
    """Submit a `base` job, and follow it if `watch` or `output` says so."""
    wanted: Wanted = {
        "inputs": {
            AssetRole.REFERENCE: _upload(client, wish.reference, AssetRole.REFERENCE),
            AssetRole.MOTION: _upload(client, wish.motion, AssetRole.MOTION),
        },
        "options": wish.options(),
    }
    if wish.prompt is not None:
        wanted["prompt"] = wish.prompt
    if wish.model is not None:
        wanted["model"] = wish.model
    if wish.priority is not None:
        wanted["priority"] = wish.priority
    job = client.submit(JobType.BASE, idempotency_key=wish.key, **wanted)
    if not (watch or output):
        show_job(job, as_json=as_json)
        return
    if not as_json:
        print(f"Job {job.id}, at most {job.price} credits", flush=True)
    watch_job(client, job.id, output=output, as_json=as_json)


def _upload(client: Rushes, file: Path, role: AssetRole) -> UUID:
    with transfer_progress(f"uploading {role}") as show:
        try:
            return client.upload(file, role=role, on_progress=show).id
        except Refused as refused:
            refused.add_note(f"This is about {file}.")
            raise


def _given(values: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    return {name: value for name, value in values.items() if value is not None}
