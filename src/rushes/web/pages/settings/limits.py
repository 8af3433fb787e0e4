"""The plan of an account, and what it may do at the most."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from rushes.db import accounts
from rushes.domain.accounts import best_priority, slot_limit
from rushes.errors import Unauthenticated
from rushes.web.deps import Reading, Wired
from rushes.web.limiting import Rate
from rushes.web.pages.settings.tabs import LIMITS, render_tab

router = APIRouter(prefix=LIMITS.path, include_in_schema=False)

_MIB = 1024 * 1024

_RATES = {
    Rate.SUBMITS: "Jobs, quotes and links",
    Rate.UPLOADS: "Uploads",
    Rate.PROMPTS: "Enhanced prompts",
    Rate.WEBHOOKS: "Changes of webhooks",
    Rate.WEBHOOK_TESTS: "Tests of webhooks",
    Rate.PASSWORDS: "Changes of password or email",
}
"""What a person would want to know of; the API tells all of them."""


@router.get("")
async def show(request: Request, visit: Reading, services: Wired) -> Response:
    """Show the plan and the limits."""
    user = await accounts.get_user(visit.tx, user_id=visit.viewer.user_id)
    if user is None:
        raise Unauthenticated
    limits, rates = services.limits, services.rates
    at_once = {"Jobs at once": slot_limit(user), "Best priority": best_priority(user)}
    files = {
        "A picture": f"{limits.image_bytes // _MIB:,} MiB",
        "A video": f"{limits.video_bytes // _MIB:,} MiB",
        "The length of a video": f"{limits.duration_seconds:g} s",
    }
    calls = {word: f"{rates.of(rate):,}" for rate, word in _RATES.items()}
    sections = (
        (
            f"The plan “{user.plan}”",
            "More jobs wait for one of yours to end. Priority 1 goes first.",
            at_once,
        ),
        ("Files", "The most that a file of yours may measure.", files),
        ("In a minute", "Whoever asks more often is told to wait.", calls),
    )
    return await render_tab(request, visit, LIMITS, "limits", sections=sections)
