"""What a person decided about the output of a job, and what follows from it."""

from rushes.domain.jobs import ModerationStatus

NOTES_MAX_CHARACTERS = 2000

TO_REVIEW = (ModerationStatus.FLAGGED, ModerationStatus.PENDING)
"""What still wants a decision."""

WITHHELD = frozenset({ModerationStatus.FLAGGED, ModerationStatus.REJECTED})
"""What its owner alone may see; the function `find_share` in the database has the same list."""
