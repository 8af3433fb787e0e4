"""What Hypothesis draws for the steps of the machine."""

from dataclasses import dataclass

from hypothesis import strategies as st

from rushes.domain.jobs import Quality
from rushes.domain.options import Resolution
from tests.model.records import Said

PICK = st.integers(0, 59)
"""Which one a step is about: the so-manieth of those that it could be about."""

CAPS = st.sampled_from([None, None, 1, 2])
LIMITS = st.sampled_from([None, None, None, 0, 1, 2, 3, 6])
STEPS = st.one_of(st.none(), st.integers(1, 9))
RARELY = st.sampled_from([False, False, False, False, False, True])
LENGTHS = st.sampled_from([0.0, 0.5, 2.0, 3.2, 60.0, 75.0])


@dataclass(frozen=True, kw_only=True)
class Ask:
    """What is drawn for one job of a batch."""

    model: int
    has_files: bool
    file: int
    after: int
    priority: int
    quality: Quality | None
    resolution: Resolution
    has_deadline: bool


ASKS = st.builds(
    Ask,
    model=PICK,
    has_files=st.booleans(),
    file=PICK,
    after=PICK,
    priority=st.sampled_from([5, 5, 5, 6, 7, 3]),
    quality=st.sampled_from([None, *Quality]),
    resolution=st.sampled_from(Resolution),
    has_deadline=st.booleans(),
)
Telling = tuple[int, Said, float, str]
"""An attempt, what is said of it, how long a film it made, and its log."""

TELLINGS = st.tuples(
    PICK, st.sampled_from([Said.SUCCESS, Said.TRANSIENT, *Said]), LENGTHS, st.sampled_from(["", "The end."])
)
