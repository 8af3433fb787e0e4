"""What an earlier job asked for, to be asked for once more."""

from rushes.actions.submit import Submission
from rushes.db import media
from rushes.db.pool import Tx
from rushes.domain.jobs import POST_TYPES, Job
from rushes.domain.media import OPTIONAL_INPUTS, REQUIRED_INPUTS
from rushes.domain.options import read_options
from rushes.errors import Conflict


async def read_submission(tx: Tx, source: Job) -> Submission:
    """Return a submission like the one that made a job: of the same files, with the same options and seed.

    It names the same project, but neither the workspace session nor the group.

    Raises:
        Conflict: An older release has made the job with other options.
    """
    options = read_options(source.job_type, source.options)
    if isinstance(options, dict):
        raise Conflict("This was made with options that there are no more.")
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
        prompt=source.prompt,
        negative_prompt=source.negative_prompt,
        orientation=source.orientation,
        metadata=source.metadata,
        destination=source.destination,
        project_id=source.project_id,
        parent_job_id=source.parent_job_id if kind in POST_TYPES else None,
        project_name=source.project_name,
        output_name=source.output_name,
        render_config=source.render_config,
    )
