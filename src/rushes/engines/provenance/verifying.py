"""Reads a file's content credentials (C2PA), and checks them against the file."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO, Final, cast

import c2pa

from rushes.domain.sniffing import HEAD_BYTES, sniff
from rushes.engines.provenance.credentials import JOB_LABEL, context_with
from rushes.engines.provenance.findings import Finding, Origin, Signatory, Verdict
from rushes.engines.provenance.identity import SIGNED_TYPES

_MOST: Final = 20
_CHARS: Final = 70
"""Of each list and each text of a stranger's no more than this: a line of the child's has room for all of it,
even if each character is an escape of 12 bytes (RFC 8259, 7)."""

_VERDICTS: Final[Mapping[str, Verdict]] = {"Valid": Verdict.VALID, "Trusted": Verdict.VALID}
_NO_FAULT: Final = frozenset(("signingCredential.untrusted",))
"""What c2pa reports of whom it does not know; that is not the file's fault."""

_FACTS: Final[Mapping[str, type]] = {
    "job_id": str,
    "model": str,
    "engine": str,
    "engine_version": str,
    "generative": bool,
}
_Json = Mapping[str, Any]


def verify_file(path: Path, *, anchors: str) -> Finding:
    """Check the credentials of a file; `anchors` are the certificates of this instance, in PEM.

    Raises:
        OSError: The file cannot be read.
    """
    with path.open("rb") as file:
        media_type = sniff(file.read(HEAD_BYTES))
        file.seek(0)
        if media_type not in SIGNED_TYPES:
            return Finding(verdict=Verdict.MISSING)
        try:
            return _read(media_type, file, anchors=anchors)
        except c2pa.C2paError as error:
            return Finding(verdict=Verdict.INVALID, problems=[_cut(error)])


def _read(media_type: str, file: BinaryIO, *, anchors: str) -> Finding:
    with context_with(anchors=anchors) as context:
        reader = c2pa.Reader.try_create(media_type, file, context=context)
        if reader is None:
            return Finding(verdict=Verdict.MISSING)
        with reader:
            return _finding(json.loads(reader.json()), anchors=anchors)


def _finding(store: _Json, *, anchors: str) -> Finding:
    manifest: _Json = store["manifests"][store["active_manifest"]]
    signature: _Json = manifest.get("signature_info") or {}
    names = [signature.get("common_name"), signature.get("issuer")]
    return Finding(
        verdict=_VERDICTS.get(store.get("validation_state", ""), Verdict.INVALID),
        problems=_problems(store),
        signatory=_signatory(store, anchors=anchors),
        name=_cut(", ".join(str(name) for name in names if name)) or None,
        made_at=_made_at(manifest),
        job=_job(manifest),
        origins=[_origin(each) for each in _dicts(manifest.get("ingredients"))],
    )


def _problems(store: _Json) -> list[str]:
    codes = [_cut(each.get("code")) for each in _dicts(store.get("validation_status"))]
    return [code for code in dict.fromkeys(codes) if code not in _NO_FAULT]


def _signatory(store: _Json, *, anchors: str) -> Signatory:
    if not anchors:
        return Signatory.UNKNOWN
    codes = _codes(store, "success")
    known = {"signingCredential.trusted", "claimSignature.validated"} <= codes
    return Signatory.THIS_INSTANCE if known else Signatory.ANOTHER


def _made_at(manifest: _Json) -> str | None:
    signature: _Json = manifest.get("signature_info") or {}
    actions = [
        action
        for assertion in _assertions(manifest, "c2pa.actions")
        for action in _dicts(assertion.get("actions"))
    ]
    said = (action.get("when") for action in actions)
    found: object = signature.get("time") or next((when for when in said if when), None)
    return None if found is None else _cut(found)


def _job(manifest: _Json) -> dict[str, str | bool] | None:
    said = next(_assertions(manifest, JOB_LABEL), None)
    if said is None:
        return None
    kept = {name: said[name] for name, kind in _FACTS.items() if isinstance(said.get(name), kind)}
    return {name: value if isinstance(value, bool) else _cut(value) for name, value in kept.items()}


def _assertions(manifest: _Json, label: str) -> Iterator[_Json]:
    for assertion in _dicts(manifest.get("assertions")):
        if str(assertion.get("label")).startswith(label) and isinstance(assertion.get("data"), dict):
            yield assertion["data"]


def _origin(ingredient: _Json) -> Origin:
    return Origin(
        title=_cut(ingredient.get("title")),
        relationship=_cut(ingredient.get("relationship")),
        verdict=_verdict(ingredient),
    )


def _verdict(ingredient: _Json) -> Verdict:
    """Judge what was found on an ingredient's own credentials when the file was signed."""
    if ingredient.get("active_manifest") is None:
        return Verdict.MISSING
    return Verdict.VALID if _codes(ingredient, "failure") <= _NO_FAULT else Verdict.INVALID


def _codes(validated: _Json, result: str) -> set[str]:
    """Return the codes of one result, `success` or `failure`, of what was validated."""
    results: _Json = validated.get("validation_results") or {}
    active: _Json = results.get("activeManifest") or {}
    return {_cut(each.get("code")) for each in _dicts(active.get(result))}


def _dicts(value: object) -> list[_Json]:
    if not isinstance(value, list):
        return []
    return [each for each in cast("list[Any]", value)[:_MOST] if isinstance(each, dict)]


def _cut(value: object) -> str:
    return str(value)[:_CHARS]
