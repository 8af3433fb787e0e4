"""The tables of `rushes.toml`: settings that belong together."""

from pathlib import Path
from typing import Annotated, Any, Literal, Self, cast
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator
from pydantic_settings import NoDecode

_BUCKET = "The bucket for"


class Group(BaseModel):
    """A table of `rushes.toml`."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class WorkerSettings(Group):
    """What a worker does."""

    lanes: Annotated[Literal["all"] | tuple[str, ...], NoDecode] = Field(
        default="all",
        description="The lanes to serve, with commas between; `all` is those of every enabled model.",
    )
    slots: int = Field(default=1, ge=1, le=64, description="How many jobs run at once.")
    lease_seconds: float = Field(
        default=30,
        ge=5,
        le=3600,
        description="How long a silent worker keeps its jobs before others may take them.",
    )
    drain_seconds: float = Field(
        default=0,
        ge=0,
        le=86400,
        description="How long running jobs may go on at shutdown before they are handed back.",
    )
    ageing_seconds: float = Field(
        default=600,
        ge=1,
        le=86400,
        description="How often the first job of each priority, if it waited that long, goes up one place.",
    )
    spare_children: bool = Field(
        default=True,
        description="Start the processes of the next job ahead: it is done sooner, and they take some 120 "
        "MiB meanwhile.",
    )
    whisper_model: Path | None = Field(
        default=None,
        description="The folder of a Whisper model, converted for CTranslate2, by which speech becomes "
        "subtitles; without it, that is refused.",
    )

    @field_validator("lanes", mode="before")
    @classmethod
    def _split_lanes(cls, value: object) -> object:
        return _lanes(value)

    @field_validator("whisper_model")
    @classmethod
    def _make_absolute(cls, value: Path | None) -> Path | None:
        return value and value.absolute()  # a run has another working folder


class CorsSettings(Group):
    """Which pages of other sites may use the API."""

    origins: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(),
        description="The sites whose pages may use the API with a token, as `https://app.example.org`, "
        "with commas between. Cookies are not taken from there.",
    )

    @field_validator("origins", mode="before")
    @classmethod
    def _split_origins(cls, value: object) -> object:
        names = value.split(",") if isinstance(value, str) else value
        if not isinstance(names, list | tuple):
            raise ValueError("name sites as https://app.example.org, with commas between")  # noqa: TRY004 - pydantic reports these alone
        return [_site(name) for name in cast("list[Any]", names)]


class LimitSettings(Group):
    """What an upload may measure."""

    image_mib: int = Field(default=25, ge=1, le=1024, description="The largest picture, in MiB.")
    video_mib: int = Field(default=2048, ge=1, le=65536, description="The largest video, in MiB.")
    audio_mib: int = Field(default=200, ge=1, le=65536, description="The largest sound file, in MiB.")
    archive_mib: int = Field(
        default=200, ge=1, le=65536, description="The largest archive of a template, in MiB."
    )
    video_seconds: float = Field(default=60, gt=0, le=3600, description="The longest video, in seconds.")
    storage_gib: int = Field(
        default=100,
        ge=0,
        le=1024 * 1024,
        description="What the files of one account may have together before it can upload no more, outputs "
        "among them, in GiB; 0 for no limit.",
    )


class WebhookSettings(Group):
    """What webhooks may do."""

    allow_private: bool = Field(
        default=False,
        description="Whether they may go to private and loopback addresses, as of services beside this one.",
    )
    progress_seconds: float = Field(
        default=10, ge=1, le=3600, description="How often they tell of one job's progress at the most."
    )


class RateSettings(Group):
    """How often in a minute an account may do what costs something, at each web process."""

    logins: int = Field(default=10, ge=1, le=10**6, description="Sign-ins with one email address.")
    registrations: int = Field(default=5, ge=1, le=10**6, description="Registrations of one email address.")
    passwords: int = Field(
        default=10, ge=1, le=10**6, description="Changes of the password or the email address."
    )
    uploads: int = Field(default=120, ge=1, le=10**6, description="Uploads.")
    submits: int = Field(default=300, ge=1, le=10**6, description="Submissions, quotes, retries, shares.")
    prompts: int = Field(default=60, ge=1, le=10**6, description="Enhanced prompts.")
    webhooks: int = Field(default=60, ge=1, le=10**6, description="Changes of webhooks, and redeliveries.")
    webhook_tests: int = Field(default=20, ge=1, le=10**6, description="Tests of webhooks.")
    callbacks: int = Field(default=600, ge=1, le=10**6, description="Reports of a provider on one attempt.")
    address_factor: int = Field(
        default=6, ge=1, le=10**6, description="How many times as often one network address may."
    )


class LogSettings(Group):
    """What is written to standard error."""

    level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="The least that is logged."
    )
    format: Literal["auto", "console", "json"] = Field(
        default="auto",
        description="`console` is for people; `auto` is that on a terminal and JSON elsewhere.",
    )


class ProvenanceSettings(Group):
    """The content credentials of outputs."""

    enabled: bool = Field(default=True, description="Whether workers sign what they make.")
    certificate: Path | None = Field(
        default=None,
        description="A PEM file with a certificate of your own and those above it, to sign with; without it, "
        "an authority of this machine's own is made and kept in `home`.",
    )
    key: Path | None = Field(default=None, description="The PEM file with its private key.")

    @model_validator(mode="after")
    def _require_both(self) -> Self:
        if (self.certificate is None) != (self.key is None):
            raise ValueError("give both `certificate` and `key`, or neither")
        return self


class BucketSettings(Group):
    """What the three buckets are called in a store that is no folder."""

    images: str | None = Field(
        default=None,
        min_length=3,
        max_length=222,
        description=f"{_BUCKET} pictures; `NAME-images` by default.",
    )
    videos: str | None = Field(
        default=None, min_length=3, max_length=222, description=f"{_BUCKET} videos; `NAME-videos` by default."
    )
    outputs: str | None = Field(
        default=None,
        min_length=3,
        max_length=222,
        description=f"{_BUCKET} outputs; `NAME-outputs` by default.",
    )


class S3Settings(Group):
    """How to reach an S3 server, if `storage` is one."""

    endpoint: str | None = Field(
        default=None, description="Its address, as `https://minio.example.org`; without it, Amazon's."
    )
    public_endpoint: str | None = Field(
        default=None, description="The address that browsers reach it by, if that is another one."
    )
    region: str = Field(default="us-east-1", pattern=r"^[a-z0-9-]{1,64}$", description="Its region.")
    access_key: str | None = Field(
        default=None,
        min_length=1,
        description="The access key; without it, that of `AWS_ACCESS_KEY_ID` or of the machine's role.",
    )
    secret_key: SecretStr | None = Field(default=None, description="The secret that belongs to it.")

    @field_validator("endpoint", "public_endpoint")
    @classmethod
    def _check_endpoint(cls, value: str | None) -> str | None:
        return value and _origin(value)

    @model_validator(mode="after")
    def _require_both(self) -> Self:
        if (self.access_key is None) != (self.secret_key is None):
            raise ValueError("give both `access_key` and `secret_key`, or neither")
        return self


class GcsSettings(Group):
    """How to reach Google Cloud Storage, if `storage` is that."""

    service_account: Path | None = Field(
        default=None,
        description="The key file of the service account; without it, the machine's own account.",
    )


class AzureSettings(Group):
    """How to reach Azure's Blob Storage, if `storage` is that."""

    account: str | None = Field(
        default=None, pattern=r"^[a-z0-9]{3,24}$", description="The name of the storage account."
    )
    access_key: SecretStr | None = Field(default=None, description="Its access key, in base64.")
    endpoint: str | None = Field(
        default=None, description="Its address; without it, `https://ACCOUNT.blob.core.windows.net`."
    )

    @field_validator("endpoint")
    @classmethod
    def _check_endpoint(cls, value: str | None) -> str | None:
        return value and _origin(value)


def _lanes(value: object) -> object:
    names = [name for name in map(str.strip, value.split(",")) if name] if isinstance(value, str) else value
    if not names:
        raise ValueError("name one lane or more, or say `all`")
    return "all" if names == ["all"] else names


def _origin(text: str) -> str:
    message = "use an address such as https://minio.example.org:9000"
    try:
        url = urlsplit(text)
        is_origin = url.scheme in {"http", "https"} and url.hostname and url.port != 0
    except ValueError as error:
        raise ValueError(message) from error
    if not is_origin or url.username or url.query or url.fragment:
        raise ValueError(message)
    return text.rstrip("/")


def _site(text: object) -> str:
    # As browsers write it: scheme, host and port in small letters, nothing behind.
    site = _origin(str(text).strip()).lower()
    if urlsplit(site).path:
        raise ValueError("name a site as https://app.example.org, without a path")
    return site
