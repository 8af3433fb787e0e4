"""What is submitted to make a video anew, with another prompt."""

from dataclasses import replace

from rushes.actions.copying import read_submission
from rushes.actions.submit import Submission
from rushes.db.pool import Tx
from rushes.domain.jobs import Job, JobStatus
from rushes.domain.openai_ids import video_id
from rushes.errors import Conflict
from rushes.web.openai.bodies import REMIXED_FROM


async def remix_of(tx: Tx, source: Job, *, prompt: str) -> Submission:
    """Return a submission like the one that made a video: of the same files, with the same options and seed.

    Raises:
        Conflict: The video is not completed, or an older release has made it with other options.
    """
    if source.status is not JobStatus.COMPLETED:
        raise Conflict(f"The video is {source.status}; only a completed one can be remixed.")
    submission = await read_submission(tx, source)
    metadata = {**source.metadata, REMIXED_FROM: video_id(source.id)}
    return replace(submission, prompt=prompt, metadata=metadata)
