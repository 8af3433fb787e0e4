"""The doctor's checks: each looks at one thing and says how to mend it."""

import shutil
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from uuid import uuid4

from rushes.cli.database import is_outdated
from rushes.cli.secret import signing_secret
from rushes.cli.storage import bucket_names, open_storage
from rushes.db.diagnosis import get_server, list_roles_not_held
from rushes.db.migrate import current_revision, newest_revision
from rushes.db.pool import Tx, open_database
from rushes.db.workers import list_unserved_lanes
from rushes.domain.media import Bucket
from rushes.domain.waiting import WORKER_SILENCE
from rushes.engines.child.readiness import engine_version
from rushes.engines.registry import ENGINES, EngineSpec, find_contested, find_engines
from rushes.errors import EngineError, RushesError
from rushes.settings import Settings

CLOCK_TOLERANCE = timedelta(seconds=5)
DISK_GIB = 2

_DATABASE_SUBJECTS = ("database", "clock", "roles", "schema", "lanes")
_GIB = 1024**3


class State(StrEnum):
    """What came of a check."""

    OK = "ok"
    WRONG = "wrong"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What a check found: `mend` says what to do about it."""

    subject: str
    state: State
    detail: str
    mend: str = ""


async def check_database(settings: Settings, url: str) -> list[Finding]:
    """Look at the database and at what only it knows; what comes after a failure is skipped."""
    findings: list[Finding] = []
    try:
        await _ask_database(settings, url, findings)
    except Exception as error:  # noqa: BLE001 — whatever goes wrong is what the doctor is asked for
        findings.append(_failed(_DATABASE_SUBJECTS[len(findings)], error))
    later = _DATABASE_SUBJECTS[len(findings) :]
    return findings + [_skipped(subject, "It needs what is wrong above") for subject in later]


async def check_machine(settings: Settings) -> list[Finding]:
    """Look at what this machine has by itself."""
    return [
        await _storage(settings),
        _disk(settings),
        *[await _engine(spec) for spec in find_engines().values()],
        *[_contested(name, targets) for name, targets in find_contested().items()],
        _secret(settings),
    ]


async def _ask_database(settings: Settings, url: str, findings: list[Finding]) -> None:
    """Add a finding for each of `_DATABASE_SUBJECTS`, in this order, as far as it gets."""
    database = await open_database(url, role=None, connections=1)
    try:
        async with database.transaction() as tx:
            before = datetime.now(UTC)
            server = await get_server(tx)
            findings.append(_server(settings, server.version))
            findings.append(_clock(server.clock, earliest=before, latest=datetime.now(UTC)))
            findings.append(_roles(await list_roles_not_held(tx)))
        findings.append(_schema(await current_revision(url)))
        if findings[-1].state is State.OK:
            async with database.transaction() as tx:
                findings.append(await _lanes(tx))
    finally:
        await database.close()


def _failed(subject: str, error: Exception) -> Finding:
    text = error.message if isinstance(error, RushesError) else f"{type(error).__name__}: {error}"
    cause = f" ({error.__cause__})" if isinstance(error, RushesError) and error.__cause__ else ""
    return _wrong(
        subject,
        f"{text.rstrip('.')}{cause}",
        "Check RUSHES_DATABASE_URL, that PostgreSQL runs, and that its user owns the database.",
    )


def _server(settings: Settings, version: str) -> Finding:
    where = f"embedded in {settings.home}" if settings.database_url is None else "as RUSHES_DATABASE_URL says"
    return _ok("database", f"PostgreSQL {version}, {where}")


def _clock(clock: datetime, *, earliest: datetime, latest: datetime) -> Finding:
    off = max(earliest - clock, clock - latest, timedelta(0))
    text = f"{off.total_seconds():.1f} s off the database's clock"
    if off <= CLOCK_TOLERANCE:
        return _ok("clock", text)
    return _wrong("clock", text, "Keep both machines on time with NTP, such as systemd-timesyncd or chrony.")


def _roles(not_held: list[str]) -> Finding:
    if not not_held:
        return _ok("roles", "The database's user can act as rushes_web, rushes_worker and rushes_admin")
    return _wrong(
        "roles",
        f"The database's user cannot act as {' and '.join(not_held)}",
        "Run `rushes migrate` as a user that may create roles, or have a superuser make them and grant them "
        "to the database's user.",
    )


def _schema(revision: str | None) -> Finding:
    if is_outdated(revision):
        text = f"At revision {revision or 'none'}; this version needs {newest_revision()}"
        return _wrong("schema", text, "Run `rushes migrate`.")
    return _ok("schema", f"At revision {revision}")


async def _lanes(tx: Tx) -> Finding:
    lanes = await list_unserved_lanes(tx, silence=WORKER_SILENCE)
    if not lanes:
        return _ok("lanes", "A live worker serves each")
    return _wrong(
        "lanes",
        f"No live worker serves {', '.join(lanes)}",
        f"Start one: rushes work --lanes {','.join(lanes)}",
    )


async def _storage(settings: Settings) -> Finding:
    key = f"doctor/{uuid4()}"
    try:
        storage = open_storage(settings)
        for bucket in Bucket:
            await storage.write(bucket, key, _one_byte())
            await storage.head(bucket, key)
            await storage.delete(bucket, key)
    except RushesError as error:
        cause = str(error.__cause__ or "").partition("\n")[0]
        reason = f"{error.message.rstrip('.')}: {cause}" if cause else error.message
        return _wrong("storage", reason, _mend_storage(settings))
    return _ok("storage", f"{settings.storage} can be written")


def _mend_storage(settings: Settings) -> str:
    if isinstance(settings.storage, Path):
        return f"Let this account write to {settings.storage}."
    names = ", ".join(bucket_names(settings).values())
    return f"Check the address and the keys, and that this account may read and write the buckets {names}."


def _disk(settings: Settings) -> Finding:
    place = settings.storage if isinstance(settings.storage, Path) else settings.home
    folder = next(path for path in (place, *place.parents) if path.exists())
    free = shutil.disk_usage(folder).free / _GIB
    text = f"{free:.1f} GiB free under {folder}"
    if free >= DISK_GIB:
        return _ok("disk", text)
    return _wrong("disk", text, f"Make room: videos need {DISK_GIB} GiB or more.")


async def _engine(spec: EngineSpec) -> Finding:
    subject = f"engine {spec.name}"
    with tempfile.TemporaryDirectory(prefix="rushes-doctor-") as scratch:
        try:
            version = await engine_version(spec, scratch=Path(scratch))
        except EngineError as error:
            return _wrong(subject, error.message, _mend_engine(spec))
    return _ok(subject, f"Version {version} can be loaded")


def _mend_engine(spec: EngineSpec) -> str:
    if spec.name in ENGINES:
        return "Install Rushes anew with all that it needs: pip install --force-reinstall rushes"
    package = spec.target.partition(".")[0].partition(":")[0]
    return f"Install {package} anew with all that it needs, or remove it: another package brings this engine."


def _contested(name: str, targets: list[str]) -> Finding:
    return _wrong(
        f"engine {name}",
        f"{' and '.join(targets)} have the same name, and none of them is used",
        "Remove all but one of the packages that bring them.",
    )


def _secret(settings: Settings) -> Finding:
    try:
        signing_secret(settings)
    except RushesError as error:
        return _wrong("secret", error.message, "")
    if settings.secret is not None:
        return _ok("secret", "As RUSHES_SECRET or rushes.toml says")
    file = settings.home / "secret"
    if file.stat().st_mode & 0o077:
        return _wrong("secret", f"Others can read {file}", f"chmod 600 '{file}'")
    return _ok("secret", f"Made for this machine, in {file}")


async def _one_byte() -> AsyncIterator[bytes]:
    yield b"."


def _ok(subject: str, detail: str) -> Finding:
    return Finding(subject=subject, state=State.OK, detail=detail)


def _wrong(subject: str, detail: str, mend: str) -> Finding:
    return Finding(subject=subject, state=State.WRONG, detail=detail, mend=mend)


def _skipped(subject: str, detail: str) -> Finding:
    return Finding(subject=subject, state=State.SKIPPED, detail=detail)
