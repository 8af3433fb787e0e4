"""Making and changing webhook endpoints, and asking for deliveries."""

import base64
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol
from uuid import UUID

from uuid_utils.compat import uuid7

from rushes.db import accounts, webhooks
from rushes.db.pool import Database, Tx
from rushes.domain.accounts import Viewer
from rushes.domain.webhooks import (
    MAX_ENDPOINTS,
    TEST_TYPE,
    Delivery,
    DeliveryId,
    Endpoint,
    EndpointId,
    WebhookEvent,
    WebhookFormat,
    description_problem,
    events_problem,
    url_problem,
)
from rushes.errors import Conflict, FieldProblem, Invalid, InvalidFields, Missing

SECRET_PREFIX = "whsec_"  # noqa: S105  # what every secret begins with is none
SECRET_BYTES = 32

_NO_ENDPOINT = "There is no such endpoint."
_BY_OWNER = "You disabled it."


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEndpoint:
    """What an endpoint is made from; `events` are names of `WebhookEvent`."""

    url: str
    events: Sequence[str]
    description: str | None = None
    format: WebhookFormat = WebhookFormat.NATIVE


class Guard(Protocol):
    """Says where requests may go."""

    async def require_allowed(self, url: str) -> None:
        """Look an address up.

        Raises:
            Invalid: It may not be reached.
        """
        ...


async def create(
    database: Database, viewer: Viewer, new: NewEndpoint, *, guard: Guard | None = None
) -> tuple[Endpoint, str]:
    """Add an endpoint; the secret that its deliveries are signed with is returned here and never again.

    Without a `guard`, where the address leads is first judged when something is sent there; it is judged then
    in any case, for what a name stands for can change.

    Raises:
        InvalidFields: The address, the events or the description is not allowed; all are named at once.
        Conflict: The viewer has as many endpoints as an account may have.
    """
    await _require_valid(new, guard)
    secret = _make_secret()
    async with database.transaction(viewer=viewer.user_id) as tx:
        # Locked, so that two requests at once cannot both be the last that is allowed.
        await accounts.lock_user(tx, user_id=viewer.user_id)
        if await webhooks.count_endpoints(tx, user_id=viewer.user_id) >= MAX_ENDPOINTS:
            raise Conflict(f"An account can have {MAX_ENDPOINTS} endpoints; delete one first.")
        endpoint = await webhooks.insert_endpoint(
            tx,
            endpoint_id=EndpointId(uuid7()),
            user_id=viewer.user_id,
            url=new.url,
            description=new.description,
            format_=new.format,
            secret=secret,
            events=frozenset(map(WebhookEvent, new.events)),
        )
    return endpoint, secret


async def change(
    database: Database,
    viewer: Viewer,
    *,
    endpoint_id: UUID,
    changes: Mapping[str, Any],
    guard: Guard | None = None,
) -> Endpoint:
    """Change an endpoint; what waits to be sent goes to its new address.

    Args:
        database: Where it is.
        viewer: Whose it is.
        endpoint_id: Which it is.
        changes: `url`, `description`, `events` or `enabled`, each only if it is to change.
        guard: As for `create`.

    Raises:
        InvalidFields: The address, the events or the description is not allowed; all are named at once.
        Missing: The viewer has no such endpoint.
    """
    async with database.transaction(viewer=viewer.user_id) as tx:
        known = await require_endpoint(tx, viewer, endpoint_id)
    wanted = {name: value for name, value in changes.items() if name != "enabled"}
    # The address is looked up outside any transaction, and only where it is a new one.
    await _require_valid(replace(_asked(known), **wanted), guard if "url" in wanted else None)
    async with database.transaction(viewer=viewer.user_id) as tx:
        await accounts.lock_user(tx, user_id=viewer.user_id)
        after = replace(_asked(await require_endpoint(tx, viewer, endpoint_id)), **wanted)
        await _write(tx, viewer, endpoint_id, after, enabled=changes.get("enabled"))
        return await require_endpoint(tx, viewer, endpoint_id)


async def delete(database: Database, viewer: Viewer, *, endpoint_id: UUID) -> None:
    """Remove an endpoint with all its deliveries.

    Raises:
        Missing: The viewer has no such endpoint.
    """
    async with database.transaction(viewer=viewer.user_id) as tx:
        if not await webhooks.delete_endpoint(tx, endpoint_id=endpoint_id, user_id=viewer.user_id):
            raise Missing(_NO_ENDPOINT)


async def rotate_secret(database: Database, viewer: Viewer, *, endpoint_id: UUID) -> str:
    """Give an endpoint a new secret and return it; every try from now on is signed with it alone.

    Raises:
        Missing: The viewer has no such endpoint.
    """
    secret = _make_secret()
    async with database.transaction(viewer=viewer.user_id) as tx:
        if not await webhooks.replace_secret(
            tx, endpoint_id=endpoint_id, user_id=viewer.user_id, secret=secret
        ):
            raise Missing(_NO_ENDPOINT)
    return secret


async def disable(database: Database, viewer: Viewer, *, endpoint_id: UUID) -> Endpoint:
    """Send nothing more to an endpoint; what waits to be sent fails.

    Raises:
        Missing: The viewer has no such endpoint.
    """
    async with database.transaction(viewer=viewer.user_id) as tx:
        await webhooks.disable_endpoint(tx, endpoint_id=endpoint_id, user_id=viewer.user_id, reason=_BY_OWNER)
        return await require_endpoint(tx, viewer, endpoint_id)


async def enable(database: Database, viewer: Viewer, *, endpoint_id: UUID) -> Endpoint:
    """Send to an endpoint again; what it missed can be redelivered.

    Raises:
        Missing: The viewer has no such endpoint.
    """
    async with database.transaction(viewer=viewer.user_id) as tx:
        await webhooks.enable_endpoint(tx, endpoint_id=endpoint_id, user_id=viewer.user_id)
        return await require_endpoint(tx, viewer, endpoint_id)


async def test(database: Database, viewer: Viewer, *, endpoint_id: UUID) -> Delivery:
    """Queue a delivery of type `webhook.test`, to be tried once.

    Raises:
        Missing: The viewer has no such endpoint.
        Conflict: It is disabled.
    """
    async with database.transaction(viewer=viewer.user_id) as tx:
        endpoint = await _require_enabled(tx, viewer, endpoint_id)
        return await webhooks.insert_delivery(
            tx,
            delivery_id=DeliveryId(uuid7()),
            endpoint_id=endpoint.id,
            user_id=viewer.user_id,
            kind=TEST_TYPE,
            payload={"endpoint_id": str(endpoint.id)},
        )


async def redeliver(database: Database, viewer: Viewer, *, delivery_id: UUID) -> Delivery:
    """Send a delivery that has ended once more, under its old id, for another day of tries.

    Raises:
        Missing: The viewer has no such delivery.
        Conflict: It is still being tried, tells of progress, or its endpoint is disabled.
    """
    async with database.transaction(viewer=viewer.user_id) as tx:
        found = await webhooks.get_delivery(tx, delivery_id=delivery_id, user_id=viewer.user_id)
        if found is None:
            raise Missing("There is no such delivery.")
        if found.type == WebhookEvent.PROGRESS:
            raise Conflict("Progress is not sent again: it was of its moment.")
        await _require_enabled(tx, viewer, found.endpoint_id)
        queued = await webhooks.redeliver(tx, delivery_id=delivery_id, user_id=viewer.user_id)
        if queued is None:
            raise Conflict("This delivery is still being tried.")
    return queued


async def require_endpoint(tx: Tx, viewer: Viewer, endpoint_id: UUID) -> Endpoint:
    """Return one of the viewer's endpoints.

    Raises:
        Missing: He has no such endpoint.
    """
    endpoint = await webhooks.get_endpoint(tx, endpoint_id=endpoint_id, user_id=viewer.user_id)
    if endpoint is None:
        raise Missing(_NO_ENDPOINT)
    return endpoint


async def _require_valid(new: NewEndpoint, guard: Guard | None) -> None:
    problems = [
        url_problem(new.url),
        events_problem(new.events, format_=new.format),
        description_problem(new.description),
    ]
    if guard is not None and problems[0] is None:
        try:
            await guard.require_allowed(new.url)
        except Invalid as error:
            problems[0] = FieldProblem(field="url", message=error.message)
    if found := tuple(problem for problem in problems if problem):
        raise InvalidFields(fields=found)


def _asked(endpoint: Endpoint) -> NewEndpoint:
    return NewEndpoint(
        url=endpoint.url,
        events=sorted(endpoint.events),
        description=endpoint.description,
        format=endpoint.format,
    )


async def _write(
    tx: Tx, viewer: Viewer, endpoint_id: UUID, wanted: NewEndpoint, *, enabled: bool | None
) -> None:
    await webhooks.update_endpoint(
        tx,
        endpoint_id=endpoint_id,
        user_id=viewer.user_id,
        url=wanted.url,
        description=wanted.description,
        events=frozenset(map(WebhookEvent, wanted.events)),
    )
    if enabled is True:
        await webhooks.enable_endpoint(tx, endpoint_id=endpoint_id, user_id=viewer.user_id)
    elif enabled is False:
        await webhooks.disable_endpoint(tx, endpoint_id=endpoint_id, user_id=viewer.user_id, reason=_BY_OWNER)


def _make_secret() -> str:
    # Standard Webhooks asks for 24 to 64 random bytes, in base64.
    return SECRET_PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


async def _require_enabled(tx: Tx, viewer: Viewer, endpoint_id: UUID) -> Endpoint:
    endpoint = await require_endpoint(tx, viewer, endpoint_id)
    if endpoint.disabled_reason is not None:
        raise Conflict(f"The endpoint is disabled: {endpoint.disabled_reason}")
    return endpoint
