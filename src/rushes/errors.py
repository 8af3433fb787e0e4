"""Everything that Rushes itself raises, as one tree.

RushesError
├── Invalid                 the request cannot be right as it stands
│   ├── InvalidFields       one or more named fields are wrong
│   ├── UnsupportedMedia    the file is of a type that is not accepted
│   ├── MediaRejected       the file is of an accepted type, but broken or outside the limits
│   ├── TooLarge            the body or file is larger than allowed
│   │   └── StorageFull     the account's files fill what it may keep
│   └── BodyTimeout         the body stopped arriving
├── Denied
│   ├── Unauthenticated     nobody is signed in
│   ├── SignatureInvalid    a signed URL was altered
│   └── SignatureExpired    a signed URL is too old
├── InsufficientCredits     the account cannot pay the price
├── Missing                 absent, or not the viewer's to see
│   └── ShareRevoked        the link was taken back
├── Conflict
│   ├── IllegalTransition   the job's state does not allow it
│   ├── EmailTaken          an account with this address exists
│   ├── IdempotencyConflict the key belongs to another request
│   └── LeaseLost           another attempt owns the job now
├── Limited                 too many requests
├── Unavailable
│   ├── DatabaseUnavailable PostgreSQL cannot be reached
│   └── EmbeddedDatabaseError  the embedded PostgreSQL cannot be started
├── EngineError             an engine could not make the media
│   ├── EngineCrashed       its process died
│   ├── EngineTimeout       it ran into its time limit
│   ├── EngineRefused       the inputs cannot be used by it
│   ├── ProviderFailed      a provider far away reported a failure
│   └── OutputUnavailable   what it made cannot be fetched for now
└── SettingsError           the configuration is wrong
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar


class Kind(StrEnum):
    """What went wrong in general; the web layer maps it to a status."""

    INVALID = "invalid"
    UNSUPPORTED = "unsupported"
    TOO_LARGE = "too_large"
    TIMED_OUT = "timed_out"
    UNAUTHENTICATED = "unauthenticated"
    DENIED = "denied"
    EXPIRED = "expired"
    PAYMENT = "payment"
    MISSING = "missing"
    CONFLICT = "conflict"
    LIMITED = "limited"
    UNAVAILABLE = "unavailable"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldProblem:
    """One wrong field of a request: its dotted path and what to do about it."""

    field: str
    message: str


class RushesError(Exception):
    """Something went wrong."""

    code: ClassVar[str] = "internal"
    kind: ClassVar[Kind] = Kind.BROKEN
    retryable: ClassVar[bool] = False

    def __init__(self, message: str | None = None, *, fields: tuple[FieldProblem, ...] = ()) -> None:
        """Say what happened in `message`; the class's docstring is the default."""
        self.message = message or (type(self).__doc__ or "").strip()
        self.fields = fields
        super().__init__(self.message)


class Invalid(RushesError):
    """The request is not valid."""

    code = "invalid"
    kind = Kind.INVALID


class InvalidFields(Invalid):
    """Some fields of the request are wrong."""

    code = "invalid_fields"


class UnsupportedMedia(Invalid):
    """The file is of a type that is not accepted."""

    code = "unsupported_media"
    kind = Kind.UNSUPPORTED


class MediaRejected(Invalid):
    """The file cannot be used."""

    code = "media_rejected"


class TooLarge(Invalid):
    """The body is larger than allowed."""

    code = "too_large"
    kind = Kind.TOO_LARGE


class StorageFull(TooLarge):
    """The account's files fill what it may keep; delete jobs or uploads that are no longer needed."""

    code = "storage_full"


class BodyTimeout(Invalid):
    """The body stopped arriving before its end; send it again."""

    code = "body_timeout"
    kind = Kind.TIMED_OUT
    retryable = True


class Denied(RushesError):
    """You may not do this."""

    code = "denied"
    kind = Kind.DENIED


class Unauthenticated(Denied):
    """Sign in first: the token is missing, expired or revoked."""

    code = "unauthenticated"
    kind = Kind.UNAUTHENTICATED


class SignatureInvalid(Denied):
    """The signature of this address is not valid."""

    code = "signature_invalid"


class SignatureExpired(Denied):
    """This address has expired; ask for a new one."""

    code = "signature_expired"
    kind = Kind.EXPIRED


class InsufficientCredits(RushesError):
    """The account does not have enough credits."""

    code = "insufficient_credits"
    kind = Kind.PAYMENT

    def __init__(self, *, needed: int, available: int, held: int) -> None:
        """Name the price, the balance, and what is set aside for jobs under way, all in credits."""
        self.needed = needed
        self.available = available
        self.held = held
        message = f"This costs {needed} credits; the account has {available}"
        super().__init__(f"{message}, and {held} are held for jobs under way." if held else f"{message}.")


class Missing(RushesError):
    """There is no such thing."""

    code = "missing"
    kind = Kind.MISSING


class ShareRevoked(Missing):
    """This is no longer shared."""

    code = "share_revoked"
    kind = Kind.EXPIRED


class Conflict(RushesError):
    """The state of things does not allow this."""

    code = "conflict"
    kind = Kind.CONFLICT


class IllegalTransition(Conflict):
    """The job's state does not allow this."""

    code = "illegal_transition"


class EmailTaken(Conflict):
    """An account with this email address exists already."""

    code = "email_taken"


class IdempotencyConflict(Conflict):
    """The idempotency key was used for another request."""

    code = "idempotency_conflict"


class LeaseLost(Conflict):
    """Another attempt owns the job now."""

    code = "lease_lost"


class Limited(RushesError):
    """Too many requests."""

    code = "limited"
    kind = Kind.LIMITED
    retryable = True

    def __init__(self, message: str | None = None, *, retry_after_seconds: int) -> None:
        """Say when a repeat can succeed."""
        self.retry_after_seconds = retry_after_seconds
        super().__init__(message or f"Too many requests; try again in {retry_after_seconds} s.")


class Unavailable(RushesError):
    """A part of the system is away for the moment."""

    code = "unavailable"
    kind = Kind.UNAVAILABLE
    retryable = True


class DatabaseUnavailable(Unavailable):
    """The database cannot be reached."""

    code = "database_unavailable"


class EmbeddedDatabaseError(Unavailable):
    """The embedded PostgreSQL cannot be started."""

    code = "embedded_database"
    retryable = False


class EngineError(RushesError):
    """The engine could not make the media."""

    code = "engine_failed"


class EngineCrashed(EngineError):
    """The engine's process died."""

    code = "engine_crashed"
    retryable = True


class EngineTimeout(EngineError):
    """The engine ran into its time limit."""

    code = "timeout"


class EngineRefused(EngineError):
    """The engine cannot use these inputs."""

    code = "invalid_input"


class ProviderFailed(EngineError):
    """The provider could not make the media."""

    code = "provider_failed"


class OutputUnavailable(EngineError):
    """What the provider made cannot be fetched for now."""

    code = "output_unavailable"
    retryable = True


class SettingsError(RushesError):
    """The configuration is wrong."""

    code = "settings"
