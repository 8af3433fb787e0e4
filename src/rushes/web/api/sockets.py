"""The events of jobs over a WebSocket (RFC 6455), for clients that prefer one to server-sent events."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal, Self
from uuid import UUID

import orjson
from fastapi import APIRouter, WebSocket
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from starlette.websockets import WebSocketDisconnect

from rushes.domain.accounts import Viewer
from rushes.domain.ids import JobId
from rushes.domain.positions import MAX_CHARACTERS
from rushes.errors import Denied, Invalid, Kind, RushesError, Unauthenticated
from rushes.web.addresses import Signer
from rushes.web.api.job_events import JobPast, entered
from rushes.web.api.user_events import UserPast, in_full, read_position
from rushes.web.credentials import Credential, read_socket_credential, read_token
from rushes.web.feeds import Feed, Line
from rushes.web.hub import Hub
from rushes.web.outbox import ENDED, Close, Outbox
from rushes.web.services import Services
from rushes.web.streams import Tell, until_over

router = APIRouter(prefix="/ws")

_SILENT = Close(code=4408, reason="say in time who you are and what to follow")
_UNREADABLE = Close(code=4400, reason="send one of token, subscribe or ping, as a JSON object")
_CODES: Mapping[Kind, int] = {
    Kind.INVALID: 4400,
    Kind.UNAUTHENTICATED: 4401,
    Kind.DENIED: 4403,
    Kind.MISSING: 4404,
    Kind.LIMITED: 4429,
    Kind.UNAVAILABLE: 1013,
}
_REASON_BYTES = 123
"""What a close frame has room for."""
_MOST = 2**53
"""The largest number that every reader of JSON takes as it is (RFC 8259, 6)."""


class _Message(BaseModel):
    model_config = ConfigDict(extra="forbid")

    token: Annotated[str | None, Field(min_length=1, max_length=4096)] = None
    subscribe: Literal["all"] | UUID | None = None
    last_event_id: Annotated[str | None, Field(max_length=MAX_CHARACTERS)] = None
    ping: bool | Annotated[int, Field(ge=-_MOST, le=_MOST)] | str | None = None

    @model_validator(mode="after")
    def _check_one(self) -> Self:
        said = [name for name in ("token", "subscribe", "ping") if name in self.model_fields_set]
        if len(said) != 1 or (self.last_event_id is not None and said != ["subscribe"]):
            raise ValueError("one of token, subscribe or ping")
        return self


@router.websocket("")
async def follow(socket: WebSocket) -> None:
    """Follow one job or all jobs of the viewer over a WebSocket."""
    services: Services = socket.app.state.services
    try:
        credential = read_socket_credential(socket, services.secret)
    except Denied as error:
        if not isinstance(error, Unauthenticated):
            await socket.close()  # not accepted, so the answer is a 403
            return
        credential = None
        if "authorization" in socket.headers:
            await socket.accept()
            await socket.close(_CODES[Kind.UNAUTHENTICATED], error.message[:_REASON_BYTES])
            return
    await socket.accept()
    conversation = _Conversation(socket, services, socket.app.state.hub, credential)
    await conversation.run()


class _Conversation:
    def __init__(
        self, socket: WebSocket, services: Services, hub: Hub, credential: Credential | None
    ) -> None:
        self._socket = socket
        self._services = services
        self._hub = hub
        self._credential = credential
        self._viewer: Viewer | None = None
        self._feed: Feed | None = None
        self._outbox = Outbox()

    async def run(self) -> None:
        self._outbox.begin((), self._write)
        try:
            await until_over(self._outbox, self._converse())
        finally:
            self._leave()
            self._outbox.discard()

    async def _converse(self) -> None:
        try:
            await self._talk()
        except WebSocketDisconnect:
            return
        except TimeoutError:
            self._outbox.end(_SILENT)
        except ValidationError:
            self._outbox.end(_UNREADABLE)
        except RushesError as error:
            self._outbox.end(Close(code=_CODES.get(error.kind, 1011), reason=error.message))
        # What is left to say is said by the outbox; then the client goes.
        while (await self._socket.receive())["type"] != "websocket.disconnect":
            pass

    async def _talk(self) -> None:
        # Not anew for each message: who only pings would never have to say who he is.
        async with asyncio.timeout(self._services.socket_patience.total_seconds()):
            if self._credential is not None:
                await self._enter(self._credential)
            while self._feed is None:
                await self._hear()
        while True:
            await self._hear()

    async def _hear(self) -> None:
        await self._answer(_Message.model_validate_json(await self._received()))

    async def _received(self) -> str:
        message = await self._socket.receive()
        if message["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(message.get("code", 1005))
        text = message.get("text")
        if text is None:
            raise Invalid(_UNREADABLE.reason)
        return text

    async def _answer(self, message: _Message) -> None:
        if message.token is not None:
            if self._viewer is not None:
                raise Invalid("it is known already who you are")
            await self._enter(read_token(message.token, self._services.secret))
        elif message.subscribe is not None:
            await self._subscribe(message.subscribe, message.last_event_id)
        else:
            self._outbox.put(orjson.dumps({"type": "pong", "data": message.ping}), key="pong")

    async def _enter(self, credential: Credential) -> None:
        async with entered(self._services, credential) as (_, viewer):
            self._credential, self._viewer = credential, viewer

    async def _subscribe(self, wanted: UUID | str, last_event_id: str | None) -> None:
        if self._credential is None or self._viewer is None:
            raise Unauthenticated
        job_id = JobId(wanted) if isinstance(wanted, UUID) else None
        tell = self._past_of(job_id, last_event_id)
        self._leave()
        self._feed = Feed(
            self._outbox,
            user_id=self._viewer.user_id,
            credential=self._credential,
            job_id=job_id,
            render=_by_user if job_id is None else _by_job,
            keep_alive=None,  # the server pings by the protocol's own frames
        )
        await self._hub.join(self._feed)
        past = await tell(self._feed)
        told = orjson.dumps({"type": "subscribed", "data": {"job_id": job_id}}, default=str)
        self._outbox.begin([told, *past.frames], self._write)
        self._feed.open(past.since)
        if past.is_over:
            self._outbox.end(ENDED)

    def _past_of(self, job_id: JobId | None, last_event_id: str | None) -> Tell:
        origin = str(self._socket.base_url).rstrip("/").replace("ws", "http", 1)
        signer = Signer(secret=self._services.secret, storage=self._services.storage, origin=origin)
        if job_id is None:
            seen = read_position(last_event_id)
            return UserPast(self._services, self._hub, in_full(signer), seen=seen).tell
        number = None if last_event_id is None else _event_id(last_event_id)
        return JobPast(self._services, self._hub, signer, job_id=job_id, seen=number).tell

    def _leave(self) -> None:
        if self._feed is not None:
            self._hub.leave(self._feed)
            self._feed = None

    async def _write(self, frames: Sequence[bytes], ending: Close | None) -> None:
        try:
            for frame in frames:
                await self._socket.send_text(frame.decode())
            if ending is not None:
                reason = ending.reason.encode()[:_REASON_BYTES].decode(errors="ignore")
                await self._socket.close(ending.code, reason)
        except WebSocketDisconnect as error:
            raise ConnectionError from error


def _event_id(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and int(text) < 2**63):
        raise Invalid("last_event_id: use the id of an event of this job")
    return int(text)


def _by_job(line: Line) -> bytes:
    return _message(line, line.event_id)


def _by_user(line: Line) -> bytes:
    return _message(line, line.position)


def _message(line: Line, event_id: object) -> bytes:
    identity: dict[str, Any] = {} if event_id is None else {"id": str(event_id)}
    return orjson.dumps({"type": line.type, **identity, "data": line.data}, default=str)
