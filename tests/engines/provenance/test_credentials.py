import json
import shutil
from collections.abc import Sequence
from fractions import Fraction
from io import BytesIO
from pathlib import Path
from typing import Any

import av
import c2pa
import numpy as np
import pytest
from PIL import Image

from rushes.domain.media import AssetRole
from rushes.domain.options import VideoQuality
from rushes.engines.media.encoding import Encoder
from rushes.engines.media.sizes import Size
from rushes.engines.provenance.authority import keep_identity, read_anchors
from rushes.engines.provenance.credentials import Claim, Ingredient, context_with, manifest_of, sign_file
from rushes.engines.provenance.findings import Finding, Origin, Signatory, Verdict
from rushes.engines.provenance.identity import Identity
from rushes.engines.provenance.verifier import verify
from rushes.engines.provenance.verifying import verify_file
from rushes.errors import EngineError
from tests.engines import hostile
from tests.engines.motion.media import shifting

MADE_AT = "2026-07-01T12:00:00+00:00"
IPTC = "http://cv.iptc.org/newscodes/digitalsourcetype/"
V, M, BAD = Verdict.VALID, Verdict.MISSING, Verdict.INVALID


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where an instance keeps its certificates."""
    return tmp_path_factory.mktemp("credentials")


@pytest.fixture(scope="module")
def identity(home: Path) -> Identity:
    return keep_identity(home)


@pytest.fixture(scope="module")
def anchors(home: Path, identity: Identity) -> str:
    del identity
    return read_anchors(home)


@pytest.fixture
def film(tmp_path: Path) -> Path:
    """A film as engines make it."""
    path = tmp_path / "film.mp4"
    with Encoder(
        path, size=Size(width=64, height=48), rate=Fraction(12), quality=VideoQuality.HIGH
    ) as encoder:
        for picture in shifting(64, 48, frames=12, step=1):
            encoder.write(np.ascontiguousarray(picture))
    return path


def claim(*ingredients: Ingredient, generative: bool = False) -> Claim:
    return Claim(
        engine="motion",
        engine_version="2",
        generative=generative,
        made_at=MADE_AT,
        about={"job_id": "a-job", "model": "motion-fast"},
        ingredients=ingredients,
    )


def ingredient(path: Path, role: AssetRole, media_type: str) -> Ingredient:
    return Ingredient(role=role, path=path, media_type=media_type)


def signed(source: Path, identity: Identity, *ingredients: Ingredient, **changes: Any) -> Path:
    target = source.with_name(f"signed-{source.name}")
    media_type = {".mp4": "video/mp4", ".png": "image/png", ".jpg": "image/jpeg", ".webp": "image/webp"}
    sign_file(
        source,
        target,
        media_type=media_type[source.suffix],
        claim=claim(*ingredients, **changes),
        identity=identity,
    )
    return target


def manifest_in(path: Path, media_type: str = "video/mp4") -> dict[str, Any]:
    """The manifest as a reader that knows nothing of this software reads it."""
    with path.open("rb") as file, c2pa.Reader(media_type, file) as reader:
        store = json.loads(reader.json())
    return store["manifests"][store["active_manifest"]]


def actions_in(path: Path) -> Sequence[dict[str, Any]]:
    (found,) = (one for one in manifest_in(path)["assertions"] if one["label"] == "c2pa.actions.v2")
    return found["data"]["actions"]


def changed(path: Path, *, at: int) -> Path:
    """The file with one bit turned over."""
    content = bytearray(path.read_bytes())
    content[at] ^= 1
    path.write_bytes(content)
    return path


def test_signed_film_is_valid_and_from_this_instance(film: Path, identity: Identity, anchors: str) -> None:
    found = verify_file(signed(film, identity), anchors=anchors)

    assert found == Finding(
        verdict=V,
        problems=[],
        signatory=Signatory.THIS_INSTANCE,
        name="Rushes media signer, Self-hosted Rushes",
        made_at=MADE_AT,
        job={
            "job_id": "a-job",
            "model": "motion-fast",
            "engine": "motion",
            "engine_version": "2",
            "generative": False,
        },
        origins=[],
    )


@pytest.mark.parametrize("suffix", ["png", "jpg", "webp"])
def test_signed_picture_is_valid_and_shows_the_same(
    tmp_path: Path, identity: Identity, anchors: str, suffix: str
) -> None:
    picture = hostile.picture(tmp_path / f"a.{suffix}")

    made = signed(picture, identity)

    assert verify_file(made, anchors=anchors).verdict is V
    with Image.open(picture) as before, Image.open(made) as after:
        assert before.tobytes() == after.tobytes()


def test_signed_film_plays_as_before_with_its_index_first(film: Path, identity: Identity) -> None:
    made = signed(film, identity)

    content = made.read_bytes()
    assert content.index(b"ftyp") < content.index(b"moov") < content.rindex(b"mdat")
    with av.open(str(film)) as before, av.open(str(made)) as after:
        assert [bytes(packet) for packet in before.demux()] == [bytes(packet) for packet in after.demux()]


def test_credentials_add_a_few_kilobytes(film: Path, identity: Identity) -> None:
    added = signed(film, identity).stat().st_size - film.stat().st_size

    assert added < 8 * 1024


@pytest.mark.parametrize("share", [0.5, 0.75, 0.95])
def test_one_changed_bit_of_the_film_is_noticed(
    film: Path, identity: Identity, anchors: str, share: float
) -> None:
    made = signed(film, identity)
    # Where the pictures are: ahead of them are the credentials and the index.
    start = made.read_bytes().rindex(b"mdat") + 4
    at = start + int((made.stat().st_size - start) * share)

    found = verify_file(changed(made, at=at), anchors=anchors)

    assert (found.verdict, found.problems) == (BAD, ["assertion.bmffHash.mismatch"])


@pytest.mark.parametrize("suffix", ["png", "jpg", "webp"])
def test_one_changed_bit_of_a_picture_is_noticed(
    tmp_path: Path, identity: Identity, anchors: str, suffix: str
) -> None:
    made = signed(hostile.picture(tmp_path / f"a.{suffix}", size=(320, 240)), identity)

    found = verify_file(changed(made, at=-40 if suffix != "webp" else 200), anchors=anchors)

    assert found.verdict is BAD


def test_changed_word_of_the_credentials_is_noticed(film: Path, identity: Identity, anchors: str) -> None:
    made = signed(film, identity)
    at = made.read_bytes().index(b"motion-fast")

    assert verify_file(changed(made, at=at), anchors=anchors).verdict is BAD


def test_film_of_another_instance_is_valid_but_anothers(tmp_path: Path, film: Path, anchors: str) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()

    found = verify_file(signed(film, keep_identity(elsewhere)), anchors=anchors)

    assert (found.verdict, found.signatory, found.problems) == (V, Signatory.ANOTHER, [])


def test_without_certificates_nobody_is_known(film: Path, identity: Identity) -> None:
    found = verify_file(signed(film, identity), anchors="")

    assert (found.verdict, found.signatory) == (V, Signatory.UNKNOWN)


def test_unsigned_film_has_no_credentials(film: Path, anchors: str) -> None:
    assert verify_file(film, anchors=anchors) == Finding(verdict=M)


def test_inputs_are_named_with_how_they_were_used(
    tmp_path: Path, film: Path, identity: Identity, anchors: str
) -> None:
    reference = ingredient(hostile.picture(tmp_path / "a.png"), AssetRole.REFERENCE, "image/png")
    motion = ingredient(hostile.webm(tmp_path / "a.webm"), AssetRole.MOTION, "video/webm")

    found = verify_file(signed(film, identity, reference, motion), anchors=anchors)

    assert found.verdict is V
    assert found.origins == [
        Origin(title="reference", relationship="inputTo", verdict=M),
        Origin(title="motion", relationship="inputTo", verdict=M),
    ]


def test_chain_keeps_the_credentials_of_the_parent(
    tmp_path: Path, film: Path, identity: Identity, anchors: str
) -> None:
    parent = shutil.move(signed(film, identity), tmp_path / "parent.mp4")
    output = ingredient(parent, AssetRole.OUTPUT, "video/mp4")
    voice = ingredient(hostile.only_sound(tmp_path / "a.mp4"), AssetRole.AUDIO, "audio/mp4")

    made = signed(film, identity, output, voice)

    assert verify_file(made, anchors=anchors).origins == [
        Origin(title="output", relationship="parentOf", verdict=V),
        Origin(title="audio", relationship="componentOf", verdict=M),
    ]
    assert [each["action"] for each in actions_in(made)] == ["c2pa.opened", "c2pa.edited", "c2pa.placed"]


def test_parent_that_was_changed_after_its_signing_is_told(
    tmp_path: Path, film: Path, identity: Identity, anchors: str
) -> None:
    parent = changed(shutil.move(signed(film, identity), tmp_path / "parent.mp4"), at=-100)

    made = signed(film, identity, ingredient(parent, AssetRole.OUTPUT, "video/mp4"))

    found = verify_file(made, anchors=anchors)
    assert (found.verdict, found.origins[0].verdict) == (V, BAD)


@pytest.mark.parametrize(
    ("generative", "has_inputs", "word"),
    [
        (False, False, "algorithmicMedia"),
        (False, True, "compositeSynthetic"),
        (True, False, "trainedAlgorithmicMedia"),
        (True, True, "trainedAlgorithmicMedia"),
    ],
)
def test_source_type_says_whether_a_model_made_it(
    tmp_path: Path, film: Path, identity: Identity, *, generative: bool, has_inputs: bool, word: str
) -> None:
    reference = ingredient(hostile.picture(tmp_path / "a.png"), AssetRole.REFERENCE, "image/png")

    made = signed(film, identity, *[reference] * has_inputs, generative=generative)

    (created,) = actions_in(made)
    assert created["action"] == "c2pa.created"
    assert created["digitalSourceType"] == IPTC + word
    assert created["softwareAgent"] == {"name": "motion", "version": "2"}


def test_input_that_cannot_be_read_is_still_named_with_its_digest(
    tmp_path: Path, film: Path, identity: Identity, anchors: str
) -> None:
    broken = hostile.cut(hostile.picture(tmp_path / "a.png"), share=0.3)

    made = signed(film, identity, ingredient(broken, AssetRole.REFERENCE, "image/png"))

    assert [origin.title for origin in verify_file(made, anchors=anchors).origins] == ["reference"]
    (job,) = (one for one in manifest_in(made)["assertions"] if one["label"] == "dev.rushes.job")
    assert len(job["data"]["inputs"]["reference"]["sha256"]) == 64


def test_file_that_is_not_what_it_is_said_to_be_is_not_signed(tmp_path: Path, identity: Identity) -> None:
    text = tmp_path / "a.mp4"
    text.write_text("no film at all")

    with pytest.raises(EngineError, match="cannot be signed"):
        signed(text, identity)


@pytest.mark.parametrize("share", [0.02, 0.3, 0.6, 0.9])
def test_cut_off_file_is_not_valid(film: Path, identity: Identity, anchors: str, share: float) -> None:
    made = hostile.cut(signed(film, identity), share=share)

    assert verify_file(made, anchors=anchors).verdict is not V


def test_text_has_no_credentials(tmp_path: Path, anchors: str) -> None:
    text = tmp_path / "a.mp4"
    text.write_text("no film at all")

    assert verify_file(text, anchors=anchors).verdict is M


async def test_verdict_is_told_however_much_a_stranger_has_written(
    tmp_path: Path, film: Path, identity: Identity, anchors: str
) -> None:
    made = film.with_name("long.mp4")
    given = c2pa.C2paSignerInfo(identity.algorithm, identity.chain.encode(), identity.key.encode(), None)
    with (
        context_with(anchors=anchors) as context,
        c2pa.Signer.from_info(given) as signer,
        c2pa.Builder(manifest_of(claim()), context=context) as builder,
        film.open("rb") as plain,
        made.open("w+b") as signed_film,
    ):
        for number in range(50):
            named = {"title": "\N{CLAPPER BOARD}" * 200, "label": f"{number}", "relationship": "inputTo"}
            builder.add_ingredient(json.dumps(named), "application/octet-stream", BytesIO())
        builder.sign(signer, "video/mp4", plain, signed_film)

    found = await verify(made, anchors=anchors, scratch=tmp_path)

    assert found.verdict is V
    assert len(found.origins) == 20
