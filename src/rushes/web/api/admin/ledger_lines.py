"""Entries of the ledger as administrators see them."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from rushes.db.ledger import Entry
from rushes.domain.credits import EntryKind


class LedgerLine(BaseModel):
    """One change of a balance; amounts are credits."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    job_id: UUID | None
    kind: EntryKind
    amount: Annotated[int, Field(description="What it did to the balance.")]
    balance_after: int
    reason: str
    created_at: datetime

    @classmethod
    def of(cls, entry: Entry) -> Self:
        """Show an entry of the ledger."""
        return cls.model_validate(entry)
