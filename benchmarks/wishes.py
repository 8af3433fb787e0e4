"""The jobs that `benchmarks.estimates` asks for: films, and the same made longer."""

import random

from rushes.actions.submit import Submission
from rushes.domain.ids import JobId
from rushes.domain.jobs import JobType
from rushes.domain.options import ExtendOptions, Resolution, TextToVideoOptions

LONGEST_SECONDS = 12.0
LONGEST_ADDED_SECONDS = 6.0
PROMPT = "A lighthouse at dusk. The keeper climbs the stairs. The lamp turns, and a ship far below answers."


def film(chance: random.Random, number: int) -> Submission:
    """A film of some length; every second is larger."""
    options = TextToVideoOptions(seconds=_some_seconds(chance), resolution=_resolution(number))
    return Submission(
        job_type=JobType.TEXT_TO_VIDEO, inputs={}, options=options, model="animatic", prompt=PROMPT
    )


def longer(chance: random.Random, parent: JobId) -> Submission:
    """The same film, some seconds longer."""
    options = ExtendOptions(seconds=round(chance.uniform(1, LONGEST_ADDED_SECONDS), 1))
    return Submission(
        job_type=JobType.EXTEND, inputs={}, options=options, model="extend", parent_job_id=parent
    )


def _some_seconds(chance: random.Random) -> float:
    return round(chance.uniform(1, LONGEST_SECONDS), 1)


def _resolution(number: int) -> Resolution:
    return Resolution.P720 if number % 2 else Resolution.P480
