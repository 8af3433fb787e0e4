"""The work of one attempt: fetch its inputs, have its engine run, store what it made."""

import asyncio
from collections.abc import Coroutine, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from uuid_utils.compat import uuid7

from rushes.dispatch.listening import EngineListener
from rushes.dispatch.running import RunningAttempt
from rushes.domain.endings import Output
from rushes.domain.ids import AssetId
from rushes.domain.jobs import Attempt
from rushes.domain.media import EXTENSIONS, Asset, AssetRole, Bucket, StoredOutput, output_name
from rushes.domain.options import seed_of
from rushes.engines.base import Artifact, Input, Product, Request, Runner
from rushes.errors import EngineError, EngineRefused
from rushes.storage.store import Storage


async def make(storage: Storage, runner: Runner, listener: EngineListener, folder: Path) -> Output:
    """Make the job's output and store it under this attempt's own names.

    Whatever is written on the way lies in `folder`, which need not be there before.

    Raises:
        EngineError: The output could not be made.
        Unavailable: The store is away.
    """
    running = listener.running
    inputs = await _fetch_inputs(storage, running.inputs, folder)
    request = _request(running, inputs, folder)
    product = await runner.run(running.attempt.engine, request, on_event=listener.hear)
    output = await _store(storage, running.attempt, product, listener.metrics)
    # What works on an output leaves the mark that is in its pictures.
    return replace(output, watermarked=product.watermarked or running.parent_watermarked)


async def discard(storage: Storage, files: Iterable[StoredOutput]) -> None:
    """Remove stored files that no job will point to."""
    for file in files:
        await storage.delete(Bucket.OUTPUTS, file.key)


async def _fetch_inputs(
    storage: Storage, assets: Mapping[AssetRole, Asset], folder: Path
) -> dict[AssetRole, Input]:
    inputs: dict[AssetRole, Input] = {}
    if assets:
        await asyncio.to_thread(folder.mkdir, parents=True)
    for role, asset in assets.items():
        if asset.probe is None:
            raise EngineRefused(f"The {role} file is no longer there.")
        path = folder / f"{role}.{EXTENSIONS[asset.media_type]}"
        await storage.fetch(asset.bucket, asset.key, path)
        inputs[role] = Input(path=path, probe=asset.probe)
    return inputs


def _request(running: RunningAttempt, inputs: dict[AssetRole, Input], folder: Path) -> Request:
    attempt, job = running.attempt, running.attempt.job
    seed = seed_of(job.options)
    return Request(
        job_type=job.job_type,
        prompt=job.given_prompt,
        negative_prompt=job.negative_prompt,
        compel_weights=job.compel_weights,
        orientation=job.orientation,
        quality=job.quality,
        format=job.format,
        options=job.options,
        config=attempt.config,
        inputs=inputs,
        workdir=folder / "work",
        # Not chosen anew: a retry makes the same picture.
        seed=job.id.int % 2**32 if seed is None else seed,
        deadline_seconds=float(attempt.time_limit_seconds),
        checkpoint=running.checkpoint,
        callback=running.callback,
        watermark=job.watermark_applied and not running.parent_watermarked,
        provenance={"job_id": str(job.id), "model": job.model},
    )


async def _store(
    storage: Storage, attempt: Attempt, product: Product, metrics: Mapping[str, float]
) -> Output:
    if AssetRole.OUTPUT not in {artifact.role for artifact in product.artifacts}:
        raise EngineError("The engine ended without an output.")
    keys = {artifact.role: _key(attempt, artifact) for artifact in product.artifacts}
    try:
        stored = await _finish(
            _store_file(storage, artifact, keys[artifact.role]) for artifact in product.artifacts
        )
    except BaseException:
        for key in keys.values():
            await storage.delete(Bucket.OUTPUTS, key)
        raise
    made_by = {
        "engine": product.engine,
        "engine_version": product.engine_version,
        "generative": product.generative,
        "signed": product.signed,
    }
    return Output(files={file.role: file for file in stored}, made_by=made_by, metrics=metrics)


async def _finish(storing: Iterable[Coroutine[Any, Any, StoredOutput]]) -> list[StoredOutput]:
    """Store all at once, each to its end, even when cancelled: the store goes on with what it has begun."""
    tasks = [asyncio.create_task(each) for each in storing]
    try:
        return await asyncio.shield(asyncio.gather(*tasks))
    finally:
        await asyncio.wait(tasks)


def _key(attempt: Attempt, artifact: Artifact) -> str:
    name = output_name(artifact.role, attempt.number)
    return f"{attempt.job.user_id}/{attempt.job.id}/{name}.{EXTENSIONS[artifact.probe.media_type]}"


async def _store_file(storage: Storage, artifact: Artifact, key: str) -> StoredOutput:
    digest = await storage.write_file(Bucket.OUTPUTS, key, artifact.path)
    return StoredOutput(
        asset_id=AssetId(uuid7()),
        role=artifact.role,
        key=key,
        bytes=digest.bytes,
        sha256=digest.sha256,
        probe=artifact.probe,
    )
