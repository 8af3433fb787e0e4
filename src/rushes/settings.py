"""What an operator can set: one frozen tree, read once from flags, the environment and `rushes.toml`."""

import difflib
import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from rushes.domain.credits import SIGNUP_GRANT
from rushes.embedded.home import default_home
from rushes.errors import FieldProblem, SettingsError
from rushes.setting_groups import (
    AzureSettings,
    BucketSettings,
    CorsSettings,
    GcsSettings,
    Group,
    LimitSettings,
    LogSettings,
    ProvenanceSettings,
    RateSettings,
    S3Settings,
    WebhookSettings,
    WorkerSettings,
)

PREFIX = "RUSHES_"
CONFIG_VARIABLE = "RUSHES_CONFIG"
CONFIG_FILE = "rushes.toml"
SECRET_MIN_BYTES = 32

_TEST_PREFIX = "RUSHES_TEST_"
_OF_THE_CLIENT = frozenset({"RUSHES_URL", "RUSHES_API_KEY"})
_SECRET_MIN_DIFFERENT = 12
_GUESSABLE = ("changeme", "pleasechange", "yoursecret", "password", "placeholder", "example", "12345678")
_STORE = re.compile(r"(s3|gs|az)://[a-z0-9][a-z0-9-]{0,53}", re.ASCII)
_CONFIDENTIAL = frozenset(
    {"database_url", "secret", "metrics_token", "s3", "s3.secret_key", "azure.access_key"}
)
_NOT_ASKED_FOR = "default_factory_not_called"


class Settings(BaseSettings):
    """Everything that can be set; names with a dot are tables of `rushes.toml`."""

    model_config = SettingsConfigDict(
        frozen=True,
        extra="forbid",
        env_prefix=PREFIX,
        env_nested_delimiter="_",
        env_nested_max_split=1,
        env_ignore_empty=True,
    )

    database_url: SecretStr | None = Field(
        default=None,
        description="The PostgreSQL to use, as `postgresql://USER:PASSWORD@HOST:PORT/DATABASE`. "
        "Without it, Rushes starts one of its own in `home`.",
    )
    home: Path = Field(
        default_factory=default_home,
        description="The folder for everything that Rushes keeps on this machine. "
        "The default is `/var/lib/rushes` for root and `~/.local/share/rushes` for others.",
    )
    storage: Path | str = Field(
        default_factory=lambda given: given["home"] / "storage",
        description="Where uploads and outputs are; web processes and workers share it: a folder, or "
        "`s3://NAME`, `gs://NAME` or `az://NAME` for buckets whose names begin with NAME. "
        "The default is the folder `storage` in `home`.",
    )
    secret: SecretStr | None = Field(
        default=None,
        description="The key for sessions and signed addresses, 32 bytes or more, the same for all web "
        "processes. Required with `database_url`; otherwise made once and kept in `home`.",
    )
    host: str = Field(default="127.0.0.1", min_length=1, description="The address the web server listens on.")
    port: int = Field(
        default=8000, ge=0, le=65535, description="The port that it listens on; 0 is any free one."
    )
    public_url: str | None = Field(
        default=None,
        description="What others reach the site under, as `https://rushes.example.org`. Workers that have it "
        "and the `secret` let providers report back to it.",
    )
    secure_cookies: bool = Field(
        default=False,
        description="Set this when people reach the site over https: browsers then send cookies only there.",
    )
    signup_credits: int = Field(
        default=SIGNUP_GRANT, ge=0, le=10**9, description="The credits that a new account starts with."
    )
    streams_per_user: int = Field(
        default=100,
        ge=1,
        le=100_000,
        description="How many event streams an account may have open at each web process.",
    )
    check_wait_seconds: float = Field(
        default=10,
        ge=0,
        le=60,
        description="How long an upload waits for its check before it answers `checking`.",
    )
    image_wait_seconds: float = Field(
        default=120,
        ge=1,
        le=3600,
        description="How long a request for pictures in OpenAI's words waits for them.",
    )
    buckets: BucketSettings = BucketSettings()
    s3: S3Settings = S3Settings()
    gcs: GcsSettings = GcsSettings()
    azure: AzureSettings = AzureSettings()
    metrics_token: SecretStr | None = Field(
        default=None,
        min_length=16,
        description="What a scraper of `/metrics` sends as a bearer token. "
        "Without one, only this machine may ask.",
    )
    cors: CorsSettings = CorsSettings()
    webhooks: WebhookSettings = WebhookSettings()
    worker: WorkerSettings = WorkerSettings()
    limits: LimitSettings = LimitSettings()
    rates: RateSettings = RateSettings()
    provenance: ProvenanceSettings = ProvenanceSettings()
    log: LogSettings = LogSettings()

    @field_validator("home")
    @classmethod
    def _make_absolute(cls, value: Path) -> Path:
        return _absolute(value)

    @field_validator("storage", mode="before")
    @classmethod
    def _check_storage(cls, value: object) -> Path | str:
        return _storage(value)

    @field_validator("database_url")
    @classmethod
    def _check_database_url(cls, value: SecretStr | None) -> SecretStr | None:
        return value and SecretStr(_database_url(value.get_secret_value()))

    @field_validator("public_url")
    @classmethod
    def _check_public_url(cls, value: str | None) -> str | None:
        return value and _public_url(value)

    @field_validator("secret")
    @classmethod
    def _check_secret(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            _require_strong(value.get_secret_value())
        return value

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Let flags win over the environment, and that over the file."""
        del dotenv_settings, file_secret_settings
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, _config_file())


def read_settings(flags: Mapping[str, Any] | None = None) -> Settings:
    """Read the settings; `flags` are those of the command line, without the ones that were not given.

    Raises:
        SettingsError: A value is wrong, or a name is not that of a setting; all are named at once.
    """
    _refuse_unknown_variables()
    try:
        return Settings(**(flags or {}))
    except ValidationError as error:
        problems = [_problem(each) for each in error.errors() if each["type"] != _NOT_ASKED_FOR]
        raise _refusal(problems) from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"The file {_config_file()} cannot be read: {error}") from error


def variable_of(name: str) -> str:
    """Return the environment variable of a setting such as `worker.slots`."""
    return PREFIX + name.replace(".", "_").upper()


def describe_settings() -> Iterator[tuple[str, Any]]:
    """Yield the dotted name of each setting and what pydantic knows of it, in order."""
    for name, field in Settings.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, Group):
            for inner, inner_field in field.annotation.model_fields.items():
                yield f"{name}.{inner}", inner_field
        else:
            yield name, field


def _absolute(path: Path) -> Path:
    try:
        return path.expanduser().absolute()
    except RuntimeError as error:
        raise ValueError("that account has no home folder; name the folder itself") from error


def _storage(value: object) -> Path | str:
    if not isinstance(value, str | Path) or not str(value):
        raise ValueError("name a folder, or s3://NAME, gs://NAME or az://NAME")
    if "://" not in str(value):
        return _absolute(Path(value))
    if not _STORE.fullmatch(str(value)):
        raise ValueError("use s3://NAME, gs://NAME or az://NAME, with a name that a bucket's can begin with")
    return str(value)


def _database_url(text: str) -> str:
    scheme, mark, rest = text.partition("://")
    try:
        url = urlsplit(f"postgresql://{rest}")
        is_complete = mark and (url.hostname or "host=" in url.query) and url.port != 0
    except ValueError:
        is_complete = False
    if scheme not in {"postgresql", "postgres"} or not is_complete:
        # The address itself is not told: it may hold the password.
        raise ValueError("use postgresql://USER:PASSWORD@HOST:PORT/DATABASE")
    return f"postgresql://{rest}"


def _public_url(text: str) -> str:
    try:
        url = urlsplit(text)
        is_complete = url.scheme in {"http", "https"} and url.hostname and url.port != 0
    except ValueError:
        is_complete = False
    if not is_complete or not text.isascii() or any(mark in text for mark in "?#@ "):
        raise ValueError("use https://HOST, as the site is reached from outside")
    return text.rstrip("/")


def _require_strong(secret: str) -> None:
    plain = secret.lower().replace("-", "").replace("_", "").replace(" ", "")
    if len(secret.encode()) < SECRET_MIN_BYTES:
        raise ValueError(f"use {SECRET_MIN_BYTES} bytes or more, made by `openssl rand -base64 48`")
    if len(set(secret)) < _SECRET_MIN_DIFFERENT or any(word in plain for word in _GUESSABLE):
        raise ValueError("this can be guessed; make one with `openssl rand -base64 48`")


def _config_file() -> Path:
    given = os.environ.get(CONFIG_VARIABLE)
    if given and not Path(given).is_file():
        raise SettingsError(f"{CONFIG_VARIABLE} names {given}, and there is no such file.")
    return Path(given or CONFIG_FILE)


def _refuse_unknown_variables() -> None:
    known = {variable_of(name) for name, _ in describe_settings()} | {CONFIG_VARIABLE} | _OF_THE_CLIENT
    unknown = sorted(
        name
        for name in os.environ
        if name.startswith(PREFIX) and not name.startswith(_TEST_PREFIX) and name not in known
    )
    if unknown:
        raise _refusal([_unknown(name, known) for name in unknown])


def _problem(error: Any) -> FieldProblem:
    name = ".".join(str(part) for part in error["loc"] if str(part) in _parts())
    if error["type"] == "extra_forbidden":
        name = ".".join(map(str, error["loc"]))
        return _unknown(name, {name for name, _ in describe_settings()})
    got = "" if name in _CONFIDENTIAL else f", not {error['input']!r}"
    sentence = error["msg"].removeprefix("Value error, ").removeprefix("Input ").partition(", unable")[0]
    return FieldProblem(field=f"{name} ({variable_of(name)})", message=f"{sentence}{got}.")


def _parts() -> set[str]:
    return {part for name, _ in describe_settings() for part in name.split(".")}


def _unknown(name: str, known: set[str]) -> FieldProblem:
    similar = difflib.get_close_matches(name, known, n=1, cutoff=0.8)
    advice = f"Did you mean {similar[0]}?" if similar else "Remove it."
    return FieldProblem(field=name, message=f"There is no such setting. {advice}")


def _refusal(problems: list[FieldProblem]) -> SettingsError:
    text = "; ".join(f"{problem.field}: {problem.message}" for problem in problems)
    return SettingsError(text, fields=tuple(problems))
