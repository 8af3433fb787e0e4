"""Content credentials (C2PA): what an output was made by and from, signed into its file.

The words are those of the C2PA technical specification, and of IPTC's digital source types.
"""

# c2pa's types leave open what its dictionaries hold.
# pyright: reportUnknownMemberType=false

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import file_digest
from importlib.metadata import version
from io import BytesIO
from pathlib import Path
from typing import Any, Final

import c2pa

from rushes.domain.media import AssetRole
from rushes.engines.provenance.identity import Identity
from rushes.errors import EngineError

JOB_LABEL: Final = "dev.rushes.job"
"""The assertion that says which job and engine made an output."""

INGREDIENT: Final[Mapping[AssetRole, str]] = {AssetRole.OUTPUT: "parentOf", AssetRole.AUDIO: "componentOf"}
"""How an output comes from its inputs, by their roles; all others were `inputTo` its making."""

_SOURCE_TYPES: Final = "http://cv.iptc.org/newscodes/digitalsourcetype/"
_SETTINGS: Final[Mapping[str, Any]] = {
    # A thumbnail would add half a megabyte.
    "builder": {"thumbnail": {"enabled": False}},
    # Nobody's file makes this machine fetch anything.
    "verify": {"verify_trust": True, "remote_manifest_fetch": False, "ocsp_fetch": False},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ingredient:
    """One file that an output was made from."""

    role: AssetRole
    path: Path
    media_type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What credentials say of an output; `about` goes into the assertion of the job as it is.

    `made_at` (ISO 8601) is the signer's own word, for no time-stamping service is asked.
    """

    engine: str
    engine_version: str
    generative: bool
    made_at: str
    about: Mapping[str, str]
    ingredients: Sequence[Ingredient]


def claim_of(fields: Mapping[str, Any]) -> Claim:
    """Read a claim as `OutputSigner` wrote it."""
    ingredients = [
        Ingredient(role=AssetRole(each["role"]), path=Path(each["path"]), media_type=each["media_type"])
        for each in fields["ingredients"]
    ]
    values: dict[str, Any] = {**fields, "ingredients": ingredients}
    return Claim(**values)


def sign_file(source: Path, target: Path, *, media_type: str, claim: Claim, identity: Identity) -> None:
    """Write a copy of an output with its credentials.

    Args:
        source: The output.
        target: Where the copy goes.
        media_type: The output's.
        claim: What the credentials say.
        identity: Who says so.

    Raises:
        EngineError: It cannot be signed.
    """
    given = c2pa.C2paSignerInfo(identity.algorithm, identity.chain.encode(), identity.key.encode(), None)
    try:
        with (
            context_with(anchors=identity.chain) as context,
            c2pa.Signer.from_info(given) as signer,
            c2pa.Builder(manifest_of(claim), context=context) as builder,
            source.open("rb") as unsigned,
            target.open("w+b") as signed,
        ):
            for ingredient in claim.ingredients:
                _add(builder, ingredient)
            builder.sign(signer, media_type, unsigned, signed)
    except c2pa.C2paError as error:
        raise EngineError(f"The output cannot be signed: {error}") from error


def context_with(*, anchors: str) -> c2pa.Context:
    """Return what c2pa works by; `anchors` are the authorities to trust, in PEM, and may be empty."""
    trust = {"trust": {"user_anchors": anchors}} if anchors else {}
    return c2pa.Context(c2pa.Settings.from_dict({**_SETTINGS, **trust}))


def manifest_of(claim: Claim) -> dict[str, Any]:
    """Return the manifest of a claim as c2pa's builder takes it."""
    return {
        "claim_generator_info": [{"name": "Rushes", "version": version("rushes")}],
        "title": "output",
        "assertions": [
            {"label": "c2pa.actions.v2", "data": {"actions": list(_actions(claim))}},
            {"label": JOB_LABEL, "data": _job(claim)},
        ],
    }


def _actions(claim: Claim) -> Sequence[Mapping[str, Any]]:
    agent = {"name": claim.engine, "version": claim.engine_version}
    by_engine: dict[str, Any] = {"softwareAgent": agent, "when": claim.made_at}
    roles = [ingredient.role for ingredient in claim.ingredients]
    placed = [_naming("c2pa.placed", role) for role in roles if INGREDIENT.get(role) == "componentOf"]
    if AssetRole.OUTPUT not in roles:
        created = {"action": "c2pa.created", **by_engine, "digitalSourceType": _source_type(claim)}
        return [created, *placed]
    edited = {"action": "c2pa.edited", **by_engine}
    if claim.generative:
        edited["digitalSourceType"] = f"{_SOURCE_TYPES}compositeWithTrainedAlgorithmicMedia"
    return [_naming("c2pa.opened", AssetRole.OUTPUT), edited, *placed]


def _naming(action: str, role: AssetRole) -> Mapping[str, Any]:
    return {"action": action, "parameters": {"ingredientIds": [role.value]}}


def _source_type(claim: Claim) -> str:
    if claim.generative:
        return f"{_SOURCE_TYPES}trainedAlgorithmicMedia"
    return _SOURCE_TYPES + ("compositeSynthetic" if claim.ingredients else "algorithmicMedia")


def _job(claim: Claim) -> Mapping[str, Any]:
    return {
        **claim.about,
        "engine": claim.engine,
        "engine_version": claim.engine_version,
        "generative": claim.generative,
        "inputs": {each.role.value: {"sha256": _digest(each.path)} for each in claim.ingredients},
    }


def _add(builder: c2pa.Builder, ingredient: Ingredient) -> None:
    relationship = INGREDIENT.get(ingredient.role, "inputTo")
    named = {"title": ingredient.role, "label": ingredient.role, "relationship": relationship}
    try:
        with ingredient.path.open("rb") as content:
            builder.add_ingredient(json.dumps(named), ingredient.media_type, content)
    except c2pa.C2paError:
        # What c2pa cannot read is named all the same; its digest is in the assertion of the job.
        builder.add_ingredient(json.dumps(named), "application/octet-stream", BytesIO())


def _digest(path: Path) -> str:
    with path.open("rb") as content:
        return file_digest(content, "sha256").hexdigest()
