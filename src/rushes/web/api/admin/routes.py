"""All calls of administrators under one prefix."""

from fastapi import APIRouter

from rushes.web.api.admin import audit, jobs, lanes, metrics, models, reviews, users, workers

router = APIRouter(prefix="/admin")
for _part in (metrics, lanes, workers, jobs, users, reviews, models, audit):
    router.include_router(_part.router)
