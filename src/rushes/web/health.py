"""Whether this process lives, and whether it can do its work."""

from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel

from rushes.db import diagnosis
from rushes.db.migrate import newest_revision
from rushes.domain.media import Bucket
from rushes.errors import Missing, Unavailable
from rushes.storage.store import Storage
from rushes.web.deps import Wired
from rushes.web.openapi import OPEN
from rushes.web.services import Services

router = APIRouter(tags=["health"])

_NOWHERE = "readyz"


class Health(BaseModel):
    """All is well; otherwise the answer is a problem."""

    status: Literal["ok"] = "ok"


@router.get("/healthz", openapi_extra=OPEN)
async def healthz() -> Health:
    """Tell that the process answers."""
    return Health()


@router.get("/readyz", openapi_extra=OPEN)
async def readyz(services: Wired) -> Health:
    """Tell that the database answers at the right revision, and the object store answers."""
    await _require_revision(services)
    await _require_storage(services.storage)
    return Health()


async def _require_revision(services: Services) -> None:
    async with services.database.transaction() as tx:
        current = await diagnosis.get_revision(tx)
    needed = newest_revision()
    if current != needed:
        raise Unavailable(f"The database is at revision {current}, not {needed}; run `rushes migrate`.")


async def _require_storage(storage: Storage) -> None:
    try:
        await storage.head(Bucket.OUTPUTS, _NOWHERE)
    except Missing:
        return
