"""What can be made of a job, as far as a model takes it."""

from dataclasses import dataclass
from urllib.parse import urlencode

from rushes.domain.jobs import Job, JobType, is_final
from rushes.domain.media import Asset

_NEEDS_A_FRAME = frozenset({JobType.BASE, JobType.TEXT_TO_VIDEO, JobType.IMAGE})
"""Job types that can begin with a picture."""

_CONTINUING = (
    (JobType.EXTEND, "repeat", "Extend"),
    (JobType.UPSCALE, "scaling", "Upscale"),
    (JobType.SUBTITLES, "captions", "Subtitles"),
    (JobType.AUDIO, "audio-lines", "Audio"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A way on from a job: a word, its icon, and where it leads."""

    icon: str
    word: str
    href: str


def offers_of(job: Job, output: Asset | None, offered: frozenset[JobType]) -> tuple[Offer, ...]:
    """Return what the owner of a job can make of it; nothing that no model takes.

    Args:
        job: The job.
        output: What it made, if it is there.
        offered: The job types that a model takes at present.
    """
    found: list[Offer] = []
    if is_final(job.status) and job.job_type in offered:
        found.append(_offer(job, "remix", icon="wand-sparkles", word="Remix"))
    if output is not None and output.media_type.startswith("video/"):
        if offered & _NEEDS_A_FRAME:
            found.append(_offer(job, "last_frame", icon="image-plus", word="Use last frame"))
        found += [
            _offer(job, kind, icon=icon, word=word) for kind, icon, word in _CONTINUING if kind in offered
        ]
    elif output is not None and JobType.UPSCALE in offered:
        found.append(_offer(job, JobType.UPSCALE, icon="scaling", word="Upscale"))
    return tuple(found)


def _offer(job: Job, kind: str, *, icon: str, word: str) -> Offer:
    query = urlencode({"from": job.id, "as": kind})
    return Offer(icon=icon, word=word, href=f"/create?{query}")
