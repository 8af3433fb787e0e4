"""What is submitted to make a video anew, with another prompt."""

from rushes.actions.submit import Submission
from rushes.db import media
from rushes.db.pool import Tx
from rushes.domain.jobs import POST_TYPES, Job, JobStatus
from rushes.domain.media import OPTIONAL_INPUTS, REQUIRED_INPUTS
from rushes.domain.openai_ids import video_id
from rushes.domain.options import read_options
from rushes.errors import Conflict
from rushes.web.openai.bodies import REMIXED_FROM


async def remix_of(tx: Tx, source: Job, *, prompt: str) -> Submission:
    """Return a submission like the one that made a video: of the same files, with the same options and seed.

    Raises:
        Conflict: The video is not completed, or an older release has made it with other options.
    """
    if source.status is not JobStatus.COMPLETED:
        raise Conflict(f"The video is {source.status}; only a completed one can be remixed.")
    options = read_options(source.job_type, source.options)
    if isinstance(options, dict):
        raise Conflict("This video was made with options that there are no more.")
    files = (await media.list_job_assets(tx, job_ids=[source.id]))[source.id]
    kind = source.job_type
    roles = REQUIRED_INPUTS.get(kind, frozenset()) | OPTIONAL_INPUTS.get(kind, frozenset())
    return Submission(
        job_type=kind,
        inputs={role: files[role].id for role in roles if role in files},
        options=options,
        model=source.model,
        quality=source.quality,
        format=source.format,
        prompt=prompt,
        negative_prompt=source.negative_prompt,
        orientation=source.orientation,
        metadata={**source.metadata, REMIXED_FROM: video_id(source.id)},
        destination=source.destination,
        project_id=source.project_id,
        parent_job_id=source.parent_job_id if kind in POST_TYPES else None,
        project_name=source.project_name,
        output_name=source.output_name,
        render_config=source.render_config,
    )
