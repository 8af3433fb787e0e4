"""The typed Python client: `AsyncRushes` for programs with an event loop, `Rushes` for all others."""

from rushes.client.account import (
    ApiKey,
    LedgerEntry,
    Limits,
    Me,
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
    Download,
    JobInput,
    JobOutput,
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
from rushes.client.job_documents import (
    Attempt,
    Batch,
    BulkResult,
    ChildJob,
    Job,
    JobDetails,
    JobPage,
    Quote,
    QuotedJob,
    QuoteProblem,
    ReceiptEntry,
    SkippedJob,
)
from rushes.client.jobs import (
    Choices,
    JobFilter,
)
from rushes.client.library import (
    Image,
    LibraryFilter,
    Video,
)
from rushes.client.own_metrics import (
    OwnMetrics,
    TypeMetrics,
)
from rushes.client.prompts import (
    EnhancedPrompt,
    PromptFields,
    PromptTemplate,
    PromptWeight,
    TemplateChanges,
)
from rushes.client.server import (
    Patience,
)
from rushes.client.sharing import (
    Link,
    Shared,
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
    "JobInput",
    "JobNotCompleted",
    "JobOutput",
    "JobPage",
    "LedgerEntry",
    "LibraryFilter",
    "Limited",
    "Limits",
    "Link",
    "LoginMissing",
    "Me",
    "Missing",
    "Model",
    "NewJob",
    "NotSignedIn",
    "OwnMetrics",
    "Patience",
    "Profile",
    "Project",
    "PromptFields",
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
    "Shared",
    "SkippedJob",
    "Spritesheet",
    "TemplateChanges",
    "Thumbnail",
    "Thumbnails",
    "TypeMetrics",
    "Unreachable",
    "User",
    "Video",
    "WaitTimeout",
    "Wanted",
    "Webhook",
    "WebhookChanges",
    "WorkspaceSession",
]
