"""The client for programs without an event loop; `rushes.client.suspending` has the same calls."""

from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
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
from rushes.client.driving import complete, iterate
from rushes.client.login import find_access
from rushes.client.server import Patience, Server
from rushes.client.wire import BlockingWire

P = ParamSpec("P")
T = TypeVar("T")


def _blocking(
    function: Callable[Concatenate[Server, P], Coroutine[Any, Any, T]],
) -> "Callable[Concatenate[Rushes, P], T]":
    """Return a call as a method that returns when it is done."""

    @wraps(function)
    def call(self: "Rushes", /, *args: P.args, **kwargs: P.kwargs) -> T:
        return complete(function(self.server, *args, **kwargs))

    return call


def _blocking_each(
    function: Callable[Concatenate[Server, P], AsyncIterator[T]],
) -> "Callable[Concatenate[Rushes, P], Iterator[T]]":
    """Return a call that yields as a method for `for`."""

    @wraps(function)
    def call(self: "Rushes", /, *args: P.args, **kwargs: P.kwargs) -> Iterator[T]:
        return iterate(function(self.server, *args, **kwargs))

    return call


class Rushes:
    """A server, for programs without an event loop; used as a context."""

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
            wire=BlockingWire(trust_env=trust_env),
            address=access.url,
            credential=access.credential,
            patience=patience or Patience(),
        )

    def __enter__(self) -> Self:
        """Return the client."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close its connections."""
        self.close()

    def close(self) -> None:
        """Close its connections."""
        complete(self.server.wire.close())

    register = _blocking(account.register)
    login = _blocking(account.login)
    logout = _blocking(account.logout)
    me = _blocking(account.me)
    change_me = _blocking(account.change_me)
    change_password = _blocking(account.change_password)
    ledger = _blocking_each(account.ledger)
    metrics = _blocking(own_metrics.metrics)
    models = _blocking(account.models)
    api_keys = _blocking(account.api_keys)
    create_api_key = _blocking(account.create_api_key)
    revoke_api_key = _blocking(account.revoke_api_key)

    upload = _blocking(assets.upload)
    upload_directly = _blocking(direct_uploads.upload_directly)
    asset = _blocking(assets.asset)
    delete_asset = _blocking(assets.delete_asset)

    submit = _blocking(submitting.submit)
    submit_batch = _blocking(submitting.submit_batch)
    quote = _blocking(submitting.quote)
    job = _blocking(job_calls.show)
    jobs = _blocking_each(job_calls.list_all)
    job_page = _blocking(job_calls.list_page)
    cancel = _blocking(job_calls.cancel)
    retry = _blocking(job_calls.retry)
    change = _blocking(job_calls.change)
    delete = _blocking(job_calls.delete)
    bulk = _blocking(job_calls.bulk)
    output = _blocking(job_calls.output)
    thumbnails = _blocking(job_calls.thumbnails)
    events = _blocking_each(following.events)
    wait = _blocking(following.wait)
    download = _blocking(downloading.download)

    share = _blocking(sharing.share)
    revoke_share = _blocking(sharing.revoke_share)
    shared = _blocking(sharing.shared)

    videos = _blocking_each(library.videos)
    video = _blocking(library.video)
    change_video = _blocking(library.change_video)
    delete_video = _blocking(library.delete_video)
    images = _blocking_each(library.images)
    image = _blocking(library.image)
    change_image = _blocking(library.change_image)
    delete_image = _blocking(library.delete_image)

    projects = _blocking_each(folders.projects)
    project = _blocking(folders.project)
    create_project = _blocking(folders.create_project)
    rename_project = _blocking(folders.rename_project)
    delete_project = _blocking(folders.delete_project)
    workspace_sessions = _blocking_each(folders.workspace_sessions)
    workspace_session = _blocking(folders.workspace_session)
    create_workspace_session = _blocking(folders.create_workspace_session)
    rename_workspace_session = _blocking(folders.rename_workspace_session)
    delete_workspace_session = _blocking(folders.delete_workspace_session)
    group = _blocking(folders.group)

    enhance_prompt = _blocking(prompts.enhance_prompt)
    prompt_templates = _blocking_each(prompts.prompt_templates)
    prompt_template = _blocking(prompts.prompt_template)
    create_prompt_template = _blocking(prompts.create_prompt_template)
    change_prompt_template = _blocking(prompts.change_prompt_template)
    delete_prompt_template = _blocking(prompts.delete_prompt_template)

    webhooks = _blocking(webhook_calls.webhooks)
    webhook = _blocking(webhook_calls.webhook)
    create_webhook = _blocking(webhook_calls.create_webhook)
    change_webhook = _blocking(webhook_calls.change_webhook)
    delete_webhook = _blocking(webhook_calls.delete_webhook)
    rotate_webhook_secret = _blocking(webhook_calls.rotate_webhook_secret)
    test_webhook = _blocking(webhook_calls.test_webhook)
    deliveries = _blocking_each(webhook_calls.deliveries)
    delivery = _blocking(webhook_calls.delivery)
    redeliver = _blocking(webhook_calls.redeliver)
