"""All pages of administrators under one prefix."""

from fastapi import APIRouter

from rushes.web.pages.admin import audit, dashboard, jobs, lanes, models, reviews, users, workers

router = APIRouter(include_in_schema=False)
for _part in (dashboard, lanes, workers, jobs, users, models, reviews, audit):
    router.include_router(_part.router, prefix="/admin")
