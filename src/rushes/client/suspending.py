"""The client for programs with an event loop; `rushes.client.blocking` has the same calls."""

from collections.abc import AsyncIterator, Callable, Coroutine
from functools import wraps
from types import TracebackType
from typing import Any, Concatenate, ParamSpec, Self, TypeVar

from rushes.client import (
    account,
    assets,
    direct_uploads,
    downloading,
    folders,
    following,
    library,
    own_metrics,
    prompts,
    sharing,
    submitting,
)
from rushes.client import jobs as job_calls
from rushes.client import webhooks as webhook_calls
from rushes.client.login import find_access
from rushes.client.server import Patience, Server
from rushes.client.wire import SuspendingWire

P = ParamSpec("P")
T = TypeVar("T")


def _suspending(
    function: Callable[Concatenate[Server, P], Coroutine[Any, Any, T]],
) -> "Callable[Concatenate[AsyncRushes, P], Coroutine[Any, Any, T]]":
    """Return a call as a method that is awaited."""

    @wraps(function)
    def call(self: "AsyncRushes", /, *args: P.args, **kwargs: P.kwargs) -> Coroutine[Any, Any, T]:
        return function(self.server, *args, **kwargs)

    return call


def _suspending_each(
    function: Callable[Concatenate[Server, P], AsyncIterator[T]],
) -> "Callable[Concatenate[AsyncRushes, P], AsyncIterator[T]]":
    """Return a call that yields as a method for `async for`."""

    @wraps(function)
    def call(self: "AsyncRushes", /, *args: P.args, **kwargs: P.kwargs) -> AsyncIterator[T]:
        return function(self.server, *args, **kwargs)

    return call


class AsyncRushes:
    """A server, for programs with an event loop; used as an asynchronous context."""

    def __init__(
        self,
        url: str | None = None,
        *,
        api_key: str | None = None,
        patience: Patience | None = None,
        trust_env: bool = True,
    ) -> None:
        """Use the server at `url` with an API key or the token of a session.

        Args:
            url: Its address; by default that of the variable RUSHES_URL, or of the last `rushes login`.
            api_key: An API key or a token; by default that of the variable RUSHES_API_KEY, or of the login.
                An empty one is nobody's.
            patience: How often and when to repeat what failed.
            trust_env: Whether to use the proxy that the environment names.

        Raises:
            LoginMissing: No address is known.
        """
        access = find_access(url=url, credential=api_key)
        self.server = Server(
            wire=SuspendingWire(trust_env=trust_env),
            address=access.url,
            credential=access.credential,
            patience=patience or Patience(),
        )

    async def __aenter__(self) -> Self:
        """Return the client."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close its connections."""
        await self.close()

    async def close(self) -> None:
        """Close its connections."""
        await self.server.wire.close()

    register = _suspending(account.register)
    login = _suspending(account.login)
    logout = _suspending(account.logout)
    me = _suspending(account.me)
    change_me = _suspending(account.change_me)
    change_password = _suspending(account.change_password)
    ledger = _suspending_each(account.ledger)
    metrics = _suspending(own_metrics.metrics)
    models = _suspending(account.models)
    api_keys = _suspending(account.api_keys)
    create_api_key = _suspending(account.create_api_key)
    revoke_api_key = _suspending(account.revoke_api_key)

    upload = _suspending(assets.upload)
    upload_directly = _suspending(direct_uploads.upload_directly)
    asset = _suspending(assets.asset)
    delete_asset = _suspending(assets.delete_asset)

    submit = _suspending(submitting.submit)
    submit_batch = _suspending(submitting.submit_batch)
    quote = _suspending(submitting.quote)
    job = _suspending(job_calls.show)
    jobs = _suspending_each(job_calls.list_all)
    job_page = _suspending(job_calls.list_page)
    cancel = _suspending(job_calls.cancel)
    retry = _suspending(job_calls.retry)
    change = _suspending(job_calls.change)
    delete = _suspending(job_calls.delete)
    bulk = _suspending(job_calls.bulk)
    output = _suspending(job_calls.output)
    thumbnails = _suspending(job_calls.thumbnails)
    events = _suspending_each(following.events)
    wait = _suspending(following.wait)
    download = _suspending(downloading.download)

    share = _suspending(sharing.share)
    revoke_share = _suspending(sharing.revoke_share)
    shared = _suspending(sharing.shared)

    videos = _suspending_each(library.videos)
    video = _suspending(library.video)
    change_video = _suspending(library.change_video)
    delete_video = _suspending(library.delete_video)
    images = _suspending_each(library.images)
    image = _suspending(library.image)
    change_image = _suspending(library.change_image)
    delete_image = _suspending(library.delete_image)

    projects = _suspending_each(folders.projects)
    project = _suspending(folders.project)
    create_project = _suspending(folders.create_project)
    rename_project = _suspending(folders.rename_project)
    delete_project = _suspending(folders.delete_project)
    workspace_sessions = _suspending_each(folders.workspace_sessions)
    workspace_session = _suspending(folders.workspace_session)
    create_workspace_session = _suspending(folders.create_workspace_session)
    rename_workspace_session = _suspending(folders.rename_workspace_session)
    delete_workspace_session = _suspending(folders.delete_workspace_session)
    group = _suspending(folders.group)

    enhance_prompt = _suspending(prompts.enhance_prompt)
    prompt_templates = _suspending_each(prompts.prompt_templates)
    prompt_template = _suspending(prompts.prompt_template)
    create_prompt_template = _suspending(prompts.create_prompt_template)
    change_prompt_template = _suspending(prompts.change_prompt_template)
    delete_prompt_template = _suspending(prompts.delete_prompt_template)

    webhooks = _suspending(webhook_calls.webhooks)
    webhook = _suspending(webhook_calls.webhook)
    create_webhook = _suspending(webhook_calls.create_webhook)
    change_webhook = _suspending(webhook_calls.change_webhook)
    delete_webhook = _suspending(webhook_calls.delete_webhook)
    rotate_webhook_secret = _suspending(webhook_calls.rotate_webhook_secret)
    test_webhook = _suspending(webhook_calls.test_webhook)
    deliveries = _suspending_each(webhook_calls.deliveries)
    delivery = _suspending(webhook_calls.delivery)
    redeliver = _suspending(webhook_calls.redeliver)
