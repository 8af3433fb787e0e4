"""Where providers report on the attempts that they work for."""

from typing import Annotated, Any, Literal, Self
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Request
from pydantic import AfterValidator, BaseModel, Field

from rushes.actions import callbacks as actions
from rushes.domain.callbacks import CallbackToken, Report, ReportKind
from rushes.domain.media import AssetRole
from rushes.domain.urls import is_web_address
from rushes.errors import FieldProblem, InvalidFields
from rushes.web.api.wording import Ask, Text
from rushes.web.deps import Limits, Wired
from rushes.web.errors import documented
from rushes.web.limiting import Rate
from rushes.web.openapi import OPEN

router = APIRouter(prefix="/callbacks", tags=["callbacks"])

OUTPUT_URL_CHARACTERS = 4000
"""Signed addresses are long."""

_FIELDS = {
    ReportKind.PROGRESS: frozenset({"progress", "progress_text"}),
    ReportKind.COMPLETED: frozenset({"outputs"}),
    ReportKind.FAILED: frozenset({"error_code", "error_message"}),
}
_REQUIRED = {
    ReportKind.PROGRESS: "progress",
    ReportKind.COMPLETED: "outputs",
    ReportKind.FAILED: "error_message",
}


def _require_address(value: str) -> str:
    if not is_web_address(value):
        raise ValueError("give an http or https address")
    return value


class RemoteOutput(Ask):
    """A file that the provider made."""

    url: Annotated[
        Text,
        Field(
            max_length=OUTPUT_URL_CHARACTERS,
            description="Where a worker can fetch it, without a header of its own; on the public internet.",
            examples=["https://provider.example/files/1.mp4?signature=…"],
            json_schema_extra={"format": "uri"},
        ),
        AfterValidator(_require_address),
    ]
    role: Literal[AssetRole.OUTPUT] = AssetRole.OUTPUT


class CallbackBody(Ask):
    """A report; a field that does not belong to its `status` is refused."""

    status: Annotated[ReportKind, Field(description="What is reported. Nothing is taken after an end.")]
    progress: Annotated[int | None, Field(ge=0, le=100, description="Needed for `progress`.")] = None
    progress_text: Annotated[
        Text | None, Field(max_length=200, description="What is being done, for the owner to read.")
    ] = None
    outputs: Annotated[
        list[RemoteOutput] | None,
        Field(min_length=1, max_length=1, description="Needed for `completed`: the one output of the job."),
    ] = None
    error_code: Annotated[
        Text | None, Field(max_length=64, pattern="^[A-Za-z0-9_.-]+$", examples=["content_policy"])
    ] = None
    error_message: Annotated[
        Text | None, Field(min_length=1, max_length=1000, description="Needed for `failed`.")
    ] = None

    def report(self) -> Report:
        """Return what the action takes.

        Raises:
            InvalidFields: A field is missing, or does not belong to the status.
        """
        given = {name: value for name in self.model_fields_set if (value := getattr(self, name)) is not None}
        allowed, required = _FIELDS[self.status], _REQUIRED[self.status]
        problems = [
            FieldProblem(field=name, message=f"This does not belong to {self.status}.")
            for name in sorted(given.keys() - allowed - {"status"})
        ]
        if required not in given:
            problems.append(FieldProblem(field=required, message=f"This is needed for {self.status}."))
        if problems:
            raise InvalidFields(fields=tuple(problems))
        return Report(
            kind=self.status,
            progress=self.progress,
            progress_text=self.progress_text,
            output_url=self.outputs[0].url if self.outputs else None,
            error_code=self.error_code,
            error_message=self.error_message,
        )


class ReceiptDocument(BaseModel):
    """What was taken; its output is fetched and checked afterwards."""

    job_id: UUID
    attempt: Annotated[int, Field(description="Its number.")]
    status: ReportKind

    @classmethod
    def of(cls, token: CallbackToken, report: Report) -> Self:
        """Say what was taken."""
        return cls(job_id=token.job_id, attempt=token.number, status=report.kind)


async def _token(
    request: Request,
    services: Wired,
    rate_limits: Limits,
    token: Annotated[str, Path(description="From the address that the provider was given.")],
) -> CallbackToken:
    checked = actions.check_callback_token(services.secret, token)
    rate_limits.count(Rate.CALLBACKS, request, str(checked.lease))
    return checked


_RESPONSES: dict[int | str, dict[str, Any]] = documented(403, 409, 410, 413, 429)


@router.post("/{token}", status_code=202, responses=_RESPONSES, openapi_extra=OPEN)
async def report(
    token: Annotated[CallbackToken, Depends(_token)], body: CallbackBody, services: Wired
) -> ReceiptDocument:
    """Report progress, completion or failure of the attempt that the token names.

    A token is good for one attempt, as long as that runs: later everything is answered with 409 and changes
    nothing. An end can be repeated in the same words; it is taken once.
    """
    reported = body.report()
    await actions.report(services.database, token, reported)
    return ReceiptDocument.of(token, reported)
