"""What can be done to a webhook endpoint with one button, and to its deliveries."""

from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from rushes.actions import webhooks as actions
from rushes.domain.webhooks import DeliveryStatus
from rushes.web.api.webhooks import await_end
from rushes.web.deps import Fanout, Reading, SignedIn, Wired, limited
from rushes.web.limiting import Rate
from rushes.web.pages.notices import Notice, redirect
from rushes.web.pages.settings.forms import reading
from rushes.web.pages.settings.tabs import WEBHOOKS, render_tab
from rushes.web.pages.settings.webhooks import render_endpoint

router = APIRouter(prefix=WEBHOOKS.path, include_in_schema=False)

_TESTED = {
    DeliveryStatus.DELIVERED: Notice.TEST_DELIVERED,
    DeliveryStatus.FAILED: Notice.TEST_FAILED,
    DeliveryStatus.PENDING: Notice.TEST_QUEUED,
}


@router.post("/{webhook_id}/pause")
async def pause(webhook_id: UUID, services: Wired, viewer: SignedIn) -> Response:
    """Send nothing more to an endpoint."""
    await actions.disable(services.database, viewer, endpoint_id=webhook_id)
    return redirect(_page_of(webhook_id), Notice.WEBHOOK_PAUSED)


@router.post("/{webhook_id}/resume")
async def resume(webhook_id: UUID, services: Wired, viewer: SignedIn) -> Response:
    """Send to an endpoint again."""
    await actions.enable(services.database, viewer, endpoint_id=webhook_id)
    return redirect(_page_of(webhook_id), Notice.WEBHOOK_RESUMED)


@router.post("/{webhook_id}/test", dependencies=[limited(Rate.WEBHOOK_TESTS)])
async def test(webhook_id: UUID, services: Wired, live: Fanout, viewer: SignedIn) -> Response:
    """Send a test, once, and say how it went."""
    queued = await actions.test(services.database, viewer, endpoint_id=webhook_id)
    ended = await await_end(services, live, viewer, queued)
    return redirect(_page_of(webhook_id), _TESTED[ended.status])


@router.get("/{webhook_id}/rotate")
async def ask_to_rotate(webhook_id: UUID, request: Request, visit: Reading) -> Response:
    """Ask whether an endpoint is to have a new secret."""
    endpoint = await actions.require_endpoint(visit.tx, visit.viewer, webhook_id)
    return await render_tab(
        request,
        visit,
        WEBHOOKS,
        "question",
        title="Make a new secret?",
        text=f"Everything sent to {endpoint.url} from now on is signed with the new secret alone. "
        "Deliveries are refused there until it knows it.",
        action=f"{_page_of(webhook_id)}/rotate",
        word="Make a new secret",
        back=_page_of(webhook_id),
    )


@router.post("/{webhook_id}/rotate")
async def rotate(webhook_id: UUID, request: Request, services: Wired, viewer: SignedIn) -> Response:
    """Give an endpoint a new secret and show it, this once."""
    secret = await actions.rotate_secret(services.database, viewer, endpoint_id=webhook_id)
    async with reading(services, viewer) as visit:
        endpoint = await actions.require_endpoint(visit.tx, viewer, webhook_id)
        return await render_endpoint(request, visit, endpoint, secret=secret)


@router.get("/{webhook_id}/delete")
async def ask_to_delete(webhook_id: UUID, request: Request, visit: Reading) -> Response:
    """Ask whether an endpoint is to be removed."""
    endpoint = await actions.require_endpoint(visit.tx, visit.viewer, webhook_id)
    return await render_tab(
        request,
        visit,
        WEBHOOKS,
        "question",
        title="Delete this webhook?",
        text=f"Nothing more is sent to {endpoint.url}, and its deliveries are forgotten.",
        action=f"{_page_of(webhook_id)}/delete",
        word="Delete webhook",
        back=_page_of(webhook_id),
    )


@router.post("/{webhook_id}/delete")
async def delete(webhook_id: UUID, services: Wired, viewer: SignedIn) -> Response:
    """Remove an endpoint with its deliveries."""
    await actions.delete(services.database, viewer, endpoint_id=webhook_id)
    return redirect(WEBHOOKS.path, Notice.WEBHOOK_DELETED)


@router.post("/deliveries/{delivery_id}/redeliver", dependencies=[limited(Rate.WEBHOOKS)])
async def redeliver(delivery_id: UUID, services: Wired, viewer: SignedIn) -> Response:
    """Send a delivery that has ended once more."""
    queued = await actions.redeliver(services.database, viewer, delivery_id=delivery_id)
    return redirect(_page_of(queued.endpoint_id), Notice.REDELIVERED)


def _page_of(webhook_id: UUID) -> str:
    return f"{WEBHOOKS.path}/{webhook_id}"
