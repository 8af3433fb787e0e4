"""All pages of the settings."""

from fastapi import APIRouter

from rushes.web.pages.settings import (
    appearance,
    balance,
    keys,
    limits,
    profile,
    sessions,
    tabs,
    webhook_changes,
    webhooks,
)

router = APIRouter(include_in_schema=False)
for _part in (tabs, profile, keys, sessions, webhooks, webhook_changes, balance, limits, appearance):
    router.include_router(_part.router)
