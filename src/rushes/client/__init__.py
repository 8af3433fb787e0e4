"""The typed Python client: `AsyncRushes` for programs with an event loop, `Rushes` for all others."""

from rushes.client.account import (
    ApiKey,
    LedgerEntry,
    Model,
    Profile,
    Session,
    User,
)
from rushes.client.blocking import (
    Rushes,
)
from rushes.client.documents import (
    Asset,
    Attempt,
    Batch,
    BulkResult,
    ChildJob,
    Download,
    Job,
    JobDetails,
    JobOutput,
    JobPage,
    Quote,
    QuotedJob,
    QuoteProblem,
    ReceiptEntry,
    SkippedJob,
    Spritesheet,
    Thumbnail,
    Thumbnails,
)
from rushes.client.errors import (
    ClientError,
    Conflict,
    Denied,
    DownloadFailed,
    FieldError,
    InsufficientCredits,
    Invalid,
    InvalidAnswer,
    JobNotCompleted,
    Limited,
    LoginMissing,
    Missing,
    NotSignedIn,
    Refused,
    ServerTrouble,
    Unreachable,
    WaitTimeout,
)
from rushes.client.folders import (
    Group,
    Project,
    WorkspaceSession,
)
from rushes.client.following import (
    JobEvent,
)
from rushes.client.jobs import (
    Choices,
    JobFilter,
    Link,
)
from rushes.client.library import (
    Image,
    LibraryFilter,
    Video,
)
from rushes.client.prompts import (
    EnhancedPrompt,
    PromptTemplate,
    PromptWeight,
    TemplateChanges,
)
from rushes.client.server import (
    Patience,
)
from rushes.client.submitting import (
    NewJob,
    Wanted,
)
from rushes.client.suspending import (
    AsyncRushes,
)
from rushes.client.webhooks import (
    Delivery,
    DeliveryTry,
    Webhook,
    WebhookChanges,
)

__all__ = [
    "ApiKey",
    "Asset",
    "AsyncRushes",
    "Attempt",
    "Batch",
    "BulkResult",
    "ChildJob",
    "Choices",
    "ClientError",
    "Conflict",
    "Delivery",
    "DeliveryTry",
    "Denied",
    "Download",
    "DownloadFailed",
    "EnhancedPrompt",
    "FieldError",
    "Group",
    "Image",
    "InsufficientCredits",
    "Invalid",
    "InvalidAnswer",
    "Job",
    "JobDetails",
    "JobEvent",
    "JobFilter",
    "JobNotCompleted",
    "JobOutput",
    "JobPage",
    "LedgerEntry",
    "LibraryFilter",
    "Limited",
    "Link",
    "LoginMissing",
    "Missing",
    "Model",
    "NewJob",
    "NotSignedIn",
    "Patience",
    "Profile",
    "Project",
    "PromptTemplate",
    "PromptWeight",
    "Quote",
    "QuoteProblem",
    "QuotedJob",
    "ReceiptEntry",
    "Refused",
    "Rushes",
    "ServerTrouble",
    "Session",
    "SkippedJob",
    "Spritesheet",
    "TemplateChanges",
    "Thumbnail",
    "Thumbnails",
    "Unreachable",
    "User",
    "Video",
    "WaitTimeout",
    "Wanted",
    "Webhook",
    "WebhookChanges",
    "WorkspaceSession",
]
