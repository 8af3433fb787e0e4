from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from rushes.domain.media import AssetRole, Probe
from rushes.engines.base import Artifact, Input, Maker, Product, Request
from rushes.engines.child.limits import Limits
from rushes.engines.child.runner import ChildRunner
from rushes.engines.provenance.authority import keep_identity, read_anchors
from rushes.engines.provenance.findings import Signatory, Verdict
from rushes.engines.provenance.identity import Identity
from rushes.engines.provenance.signer import SIGN_LIMITS, OutputSigner
from rushes.engines.provenance.verifier import verify
from rushes.engines.provenance.verifying import verify_file
from rushes.errors import SettingsError
from tests.engines import hostile
from tests.engines.driving import Watcher, processes_in, request_in
from tests.engines.fakes import ENGINES
from tests.engines.finish.test_marking import has_mark, pictures_in
from tests.engines.motion.media import flat, shifting, write_video

PROVENANCE = {"job_id": "a-job", "model": "motion-fast"}
MAKER = Maker(engine="motion", engine_version="2", generative=False)
FILM = Probe(media_type="video/mp4", width=320, height=240, duration_seconds=0.4, fps=25.0, frames=10)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Where the instance keeps its certificates."""
    home = tmp_path / "credentials"
    home.mkdir()
    return home


@pytest.fixture
def workdir(tmp_path: Path) -> Path:
    workdir = tmp_path / "work"
    workdir.mkdir()
    return workdir


def signer(home: Path, *, limits: Limits = SIGN_LIMITS) -> OutputSigner:
    return OutputSigner(lambda: keep_identity(home), limits=limits)


def asked(workdir: Path, **changes: object) -> Request:
    return replace(request_in(workdir), provenance=PROVENANCE, **changes)


def film_in(workdir: Path) -> Artifact:
    path = write_video(workdir / "film.mp4", [flat(128, width=320, height=240)] * 10)
    return Artifact(role=AssetRole.OUTPUT, path=path, probe=FILM)


async def finish(workdir: Path, path: Path, signer: OutputSigner | None = None, **changes: object) -> Product:
    return await ChildRunner(signer=signer).finish(path, asked(workdir, **changes), MAKER, Watcher())


async def test_run_ends_with_a_signed_output(home: Path, workdir: Path) -> None:
    runner = ChildRunner(engines=ENGINES, signer=signer(home))

    product = await runner.run("Good", asked(workdir), on_event=Watcher())

    found = verify_file(product.artifacts[0].path, anchors=read_anchors(home))
    assert product.signed
    assert (found.verdict, found.signatory) == (Verdict.VALID, Signatory.THIS_INSTANCE)
    assert found.job == {**PROVENANCE, "engine": "Good", "engine_version": "1", "generative": False}


async def test_run_names_its_inputs(home: Path, workdir: Path, tmp_path: Path) -> None:
    picture = hostile.picture(tmp_path / "a.png")
    given = Input(path=picture, probe=Probe(media_type="image/png", width=64, height=48))
    runner = ChildRunner(engines=ENGINES, signer=signer(home))

    product = await runner.run(
        "Good", asked(workdir, inputs={AssetRole.REFERENCE: given}), on_event=Watcher()
    )

    found = verify_file(product.artifacts[0].path, anchors="")
    assert [origin.title for origin in found.origins] == ["reference"]


async def test_without_a_signer_nothing_is_signed(workdir: Path) -> None:
    product = await finish(workdir, film_in(workdir).path)

    assert not product.signed
    assert verify_file(product.artifacts[0].path, anchors="").verdict is Verdict.MISSING


async def test_webm_is_left_unsigned(home: Path, workdir: Path) -> None:
    product = await finish(workdir, hostile.webm(workdir / "a.webm"), signer(home))

    assert not product.signed
    assert product.artifacts[0].path.name == "a.webm"


def _broken() -> Identity:
    raise SettingsError("The certificates are gone.")


def _forged() -> Identity:
    return Identity(chain="no certificate", key="no key")


@pytest.mark.parametrize("identity", [_broken, _forged])
async def test_failure_to_sign_costs_nobody_his_output(
    workdir: Path, identity: Callable[[], Identity]
) -> None:
    film = film_in(workdir)

    product = await finish(workdir, film.path, OutputSigner(identity))

    assert not product.signed
    assert product.artifacts[0].path == film.path


async def test_signing_that_takes_too_long_costs_nobody_his_output(home: Path, workdir: Path) -> None:
    film = film_in(workdir)

    product = await finish(workdir, film.path, signer(home, limits=replace(SIGN_LIMITS, wall_seconds=0.001)))

    assert not product.signed
    assert processes_in(workdir) == []


def _bytes_of(folder: Path) -> Sequence[bytes]:
    return [file.read_bytes() for file in folder.rglob("*") if file.is_file()]


async def test_key_is_nowhere_in_the_folder_that_was_worked_in(home: Path, workdir: Path) -> None:
    secret = keep_identity(home).key.splitlines()[1].encode()

    product = await finish(workdir, film_in(workdir).path, signer(home))

    assert product.signed
    assert [content for content in _bytes_of(workdir) if secret in content] == []


async def test_output_that_wants_the_mark_gets_it_before_it_is_signed(home: Path, workdir: Path) -> None:
    product = await finish(workdir, film_in(workdir).path, signer(home), watermark=True)

    output = product.artifacts[0]
    assert (product.watermarked, product.signed) == (True, True)
    assert has_mark(pictures_in(output.path)[0])
    assert verify_file(output.path, anchors="").verdict is Verdict.VALID


async def test_output_that_wants_no_mark_is_left_as_it_is(workdir: Path) -> None:
    film = film_in(workdir)

    product = await finish(workdir, film.path)

    assert not product.watermarked
    assert product.artifacts[0].path == film.path
    assert not has_mark(pictures_in(film.path)[0])


async def test_marked_webm_is_measured_as_the_mp4_that_it_became(workdir: Path) -> None:
    product = await finish(workdir, hostile.webm(workdir / "a.webm"), watermark=True)

    output = product.artifacts[0]
    assert (output.probe.media_type, output.probe.codec) == ("video/mp4", "h264")
    assert [artifact.role for artifact in product.artifacts] == ["output", "poster", "preview", "spritesheet"]


async def test_mark_is_drawn_with_the_encoding_that_the_job_asks_for(workdir: Path) -> None:
    path = write_video(workdir / "film.mp4", shifting(320, 240, frames=10, step=2))

    products = [
        await finish(workdir, path, watermark=True, options=options)
        for options in ({}, {"video_quality": "high"}, {"video_quality": "ultra"})
    ]

    plain, high, ultra = (product.artifacts[0].path.stat().st_size for product in products)
    assert plain == high
    assert ultra > 1.2 * high


async def test_verifier_tells_what_the_child_found(home: Path, workdir: Path, tmp_path: Path) -> None:
    product = await finish(workdir, film_in(workdir).path, signer(home))

    found = await verify(product.artifacts[0].path, anchors=read_anchors(home), scratch=tmp_path)

    assert found == verify_file(product.artifacts[0].path, anchors=read_anchors(home))
