"""What a person decided about the output of a job."""

from enum import StrEnum

NOTES_MAX_CHARACTERS = 2000


class Moderation(StrEnum):
    """Where the review of an output stands."""

    PENDING = "pending"
    FLAGGED = "flagged"
    APPROVED = "approved"
    REJECTED = "rejected"


TO_REVIEW = (Moderation.FLAGGED, Moderation.PENDING)
"""What still wants a decision."""
