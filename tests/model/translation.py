"""What the model's people ask and say, in the words of the system."""

from datetime import UTC, datetime, timedelta

from rushes.actions.submit import Submission
from rushes.domain.endings import Ending as SystemEnding
from rushes.domain.endings import Lapsed
from rushes.domain.jobs import Attempt as SystemAttempt
from rushes.domain.jobs import JobType
from rushes.domain.options import BaseOptions, JobOptions, TextToVideoOptions, UpscaleOptions
from tests.factories import make_output
from tests.model.records import Ending, Said, Wish
from tests.model.rules import ERRORS


def submission_of(wish: Wish) -> Submission:
    """Return how a client asks for a job; its deadline, if any, does not pass by itself."""
    return Submission(
        job_type=wish.job_type,
        inputs={role: file.id for role, file in wish.files.items()},
        options=_options_of(wish),
        model=wish.model.slug,
        prompt="A fox.",
        quality=wish.quality,
        priority=wish.priority,
        parent_job_id=wish.parent and wish.parent.id,
        after=wish.after,
        auto_cancel_at=datetime.now(UTC) + timedelta(days=1) if wish.has_deadline else None,
    )


def _options_of(wish: Wish) -> JobOptions:
    match wish.job_type:
        case JobType.TEXT_TO_VIDEO:
            return TextToVideoOptions(resolution=wish.resolution, seconds=1)
        case JobType.UPSCALE:
            return UpscaleOptions()
        case _:
            return BaseOptions(resolution=wish.resolution)


def ending_of(ending: Ending, attempt: SystemAttempt) -> SystemEnding:
    """Return how a worker, or who rescues its jobs, says that an attempt has ended."""
    code, message = ERRORS[ending.said]
    match ending.said:
        case Said.SUCCESS:
            return SystemEnding.success(attempt, make_output(seconds=ending.seconds), log=ending.log)
        case Said.STOPPED:
            return SystemEnding.stop(attempt, log=ending.log)
        case Said.HANDED_BACK:
            return SystemEnding.hand_back(attempt, log=ending.log)
        case Said.SILENT:
            lapsed = Lapsed(job_id=attempt.job.id, user_id=attempt.job.user_id, lease=attempt.lease)
            return SystemEnding.loss(lapsed)
        case Said.TRANSIENT | Said.LASTING:
            return SystemEnding.failure(
                attempt,
                error_code=code or "",
                error_message=message or "",
                retryable=ending.said is Said.TRANSIENT,
                log=ending.log,
            )
