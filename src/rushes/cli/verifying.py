"""`rushes verify`: says whose content credentials files have, and whether they are true of them."""

import asyncio
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

import orjson

from rushes.cli.credentials import trusted_certificates
from rushes.cli.logs import set_up_logs
from rushes.cli.showing import print_fields
from rushes.engines.provenance.findings import Finding, Origin, Signatory, Verdict
from rushes.engines.provenance.verifier import verify
from rushes.errors import EngineError
from rushes.settings import LogSettings, Settings

_STATUSES: Mapping[Verdict | None, int] = {Verdict.VALID: 0, Verdict.INVALID: 1, Verdict.MISSING: 2, None: 2}
"""The exit status of each verdict; `None` is a file that cannot be read."""

_VERDICTS: Mapping[Verdict, str] = {
    Verdict.VALID: "valid: the file is as it was signed",
    Verdict.INVALID: "INVALID: the file or its credentials were changed",
    Verdict.MISSING: "no content credentials",
}
_SIGNATORIES: Mapping[Signatory, str] = {
    Signatory.THIS_INSTANCE: "this instance",
    Signatory.ANOTHER: "another, whom this instance does not know",
    Signatory.UNKNOWN: "unknown: this machine has no certificates to compare with",
}
_ORIGINS: Mapping[Verdict, str] = {
    Verdict.VALID: "credentials valid",
    Verdict.INVALID: "credentials INVALID",
    Verdict.MISSING: "no credentials",
}


def verify_files(settings: Settings, files: Sequence[Path], *, as_json: bool) -> int:
    """Check files, print what was found, and return the exit status: that of the worst of them.

    Raises:
        SettingsError: This machine's certificates cannot be read.
    """
    set_up_logs(LogSettings(level="error", format=settings.log.format))
    anchors = trusted_certificates(settings)
    found = [(file, _check(file, anchors=anchors)) for file in files]
    if as_json:
        documents = [_document(file, finding) for file, finding in found]
        print(orjson.dumps(documents, option=orjson.OPT_INDENT_2).decode())
    else:
        for file, finding in found:
            _show(file, finding)
    statuses = {_STATUSES[finding.verdict if isinstance(finding, Finding) else None] for _, finding in found}
    return 1 if 1 in statuses else max(statuses)


def _check(file: Path, *, anchors: str) -> Finding | str:
    """Return what was found, or why there is nothing to find."""
    try:
        with file.open("rb"), tempfile.TemporaryDirectory(prefix="rushes-verify-") as scratch:
            return asyncio.run(verify(file, anchors=anchors, scratch=Path(scratch)))
    except OSError as error:
        return error.strerror or str(error)
    except EngineError as error:
        return error.message


def _document(file: Path, finding: Finding | str) -> Mapping[str, object]:
    if isinstance(finding, str):
        return {"file": str(file), "verdict": "unreadable", "error": finding}
    return {"file": str(file), **asdict(finding)}


def _show(file: Path, finding: Finding | str) -> None:
    if isinstance(finding, str):
        print(f"{file}: cannot be read: {finding}")
        return
    print(f"{file}: {_VERDICTS[finding.verdict]}")
    if fields := {name: _printable(value) for name, value in _fields(finding).items() if value}:
        print_fields({f"  {name}": value for name, value in fields.items()})


def _fields(finding: Finding) -> Mapping[str, str]:
    job = finding.job or {}
    signer = "" if finding.signatory is None else _SIGNATORIES[finding.signatory]
    return {
        "Problems": ", ".join(finding.problems),
        "Signed by": f"{signer} ({finding.name})" if finding.name else signer,
        "Signed at": finding.made_at or "",
        "Made by": _maker(job),
        "Model": str(job.get("model", "")),
        "Job": str(job.get("job_id", "")),
        "Made from": ", ".join(map(_origin, finding.origins)),
    }


def _maker(job: Mapping[str, str | bool]) -> str:
    if "engine" not in job:
        return ""
    manner = "generative" if job.get("generative") else "not generative"
    return f"engine {job['engine']} {job.get('engine_version', '')}, {manner}"


def _origin(origin: Origin) -> str:
    return f"{origin.title} ({origin.relationship}, {_ORIGINS[origin.verdict]})"


def _printable(text: str) -> str:
    # A stranger's words: they must not steer the terminal.
    return "".join(character if character.isprintable() else "\ufffd" for character in text)
