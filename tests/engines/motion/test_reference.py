from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from rushes.engines.media.pictures import NEUTRAL
from rushes.engines.media.sizes import Size
from rushes.engines.motion.reference import read_mask, read_reference
from rushes.errors import MediaRejected

ORIENTATION = 0x0112
TURN_CLOCKWISE = 6


def read(path: Path, media_type: str = "image/png") -> np.ndarray:
    return read_reference(path, media_type=media_type, short_side=48).picture


def alpha(path: Path) -> np.ndarray | None:
    return read_reference(path, media_type="image/png", short_side=48).alpha


def mask(path: Path) -> np.ndarray:
    return read_mask(path, media_type="image/png", size=Size(width=64, height=48))


def test_picture_is_upright_when_exif_turns_it(tmp_path: Path) -> None:
    picture = Image.new("RGB", (96, 48), "white")
    picture.paste("black", (0, 0, 48, 48))
    exif = Image.Exif()
    exif[ORIENTATION] = TURN_CLOCKWISE
    picture.save(tmp_path / "turned.jpg", exif=exif, quality=95)

    result = read(tmp_path / "turned.jpg", "image/jpeg")

    assert result.shape == (96, 48, 3)
    assert result[10].mean() < 10
    assert result[-10].mean() > 245


def test_transparent_places_are_neutral_when_there_is_alpha(tmp_path: Path) -> None:
    picture = Image.new("RGBA", (48, 48), (255, 0, 0, 0))
    picture.paste((0, 255, 0, 255), (24, 0, 48, 48))
    picture.save(tmp_path / "alpha.png")

    result = read(tmp_path / "alpha.png")

    assert tuple(result[24, 4]) == NEUTRAL
    assert tuple(result[24, 44]) == (0, 255, 0)


def test_transparent_places_are_neutral_when_a_palette_has_them(tmp_path: Path) -> None:
    picture = Image.new("P", (48, 48), 1)
    picture.putpalette([0, 0, 255, 255, 255, 0])
    picture.paste(0, (0, 0, 24, 48))
    picture.save(tmp_path / "palette.png", transparency=0)

    result = read(tmp_path / "palette.png")

    assert tuple(result[24, 4]) == NEUTRAL
    assert tuple(result[24, 44]) == (255, 255, 0)


@pytest.mark.parametrize("mode", ["L", "1", "P", "LA"])
def test_picture_has_three_channels_when_its_mode_has_not(tmp_path: Path, mode: str) -> None:
    Image.new("L", (64, 48), 255).convert(mode).save(tmp_path / "mode.png")

    result = read(tmp_path / "mode.png")

    assert result.shape == (48, 64, 3)
    assert result.min() == 255


def test_brightness_is_kept_when_the_depth_is_16_bits(tmp_path: Path) -> None:
    Image.fromarray(np.full((48, 64), 0x8000, np.uint16)).save(tmp_path / "deep.png")

    result = read(tmp_path / "deep.png")

    assert np.unique(result).tolist() == [128]


def test_colours_are_kept_when_a_jpeg_is_of_printing_inks(tmp_path: Path) -> None:
    Image.new("RGB", (64, 48), (200, 40, 40)).convert("CMYK").save(tmp_path / "inks.jpg", quality=95)

    result = read(tmp_path / "inks.jpg", "image/jpeg")

    np.testing.assert_allclose(result[24, 24], (200, 40, 40), atol=6)


def test_sides_are_even_when_the_picture_s_are_odd(tmp_path: Path) -> None:
    Image.new("RGB", (333, 217)).save(tmp_path / "odd.webp")

    result = read(tmp_path / "odd.webp", "image/webp")

    assert result.shape == (48, 74, 3)


def test_picture_is_refused_when_it_is_cut_off(tmp_path: Path) -> None:
    path = tmp_path / "cut.png"
    Image.effect_noise((200, 200), 80).save(path)
    path.write_bytes(path.read_bytes()[:5000])

    with pytest.raises(MediaRejected):
        read(path)


def test_alpha_tells_what_of_the_picture_is_there(tmp_path: Path) -> None:
    picture = Image.new("RGBA", (96, 96), (255, 0, 0, 0))
    picture.paste((0, 255, 0, 255), (48, 0, 96, 96))
    picture.save(tmp_path / "alpha.png")

    found = alpha(tmp_path / "alpha.png")

    assert found is not None
    assert found.shape == (48, 48)
    assert (found[24, 4], found[24, 44]) == (0, 255)


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "LA", "P"])
def test_there_is_no_alpha_when_all_is_opaque(tmp_path: Path, mode: str) -> None:
    Image.new("RGB", (64, 48), (9, 8, 7)).convert(mode).save(tmp_path / "opaque.png")

    assert alpha(tmp_path / "opaque.png") is None


@pytest.mark.parametrize("size", [(640, 480), (32, 24), (100, 300)])
def test_mask_of_any_size_is_laid_over_the_whole_output(tmp_path: Path, size: tuple[int, int]) -> None:
    picture = Image.new("RGB", size, "black")
    picture.paste("white", (size[0] // 2, 0, *size))
    picture.save(tmp_path / "mask.png")

    found = mask(tmp_path / "mask.png")

    assert found.shape == (48, 64)
    assert found[:, :24].max() < 30
    assert found[:, -24:].min() > 225


def test_transparent_places_of_a_mask_are_black(tmp_path: Path) -> None:
    picture = Image.new("RGBA", (64, 48), (255, 255, 255, 0))
    picture.paste((255, 255, 255, 255), (32, 0, 64, 48))
    picture.save(tmp_path / "mask.png")

    assert (mask(tmp_path / "mask.png")[24, 4], mask(tmp_path / "mask.png")[24, 60]) == (0, 255)


def test_mask_of_16_bits_is_scaled(tmp_path: Path) -> None:
    Image.fromarray(np.full((48, 64), 0xC000, np.uint16)).save(tmp_path / "deep.png")

    assert np.unique(mask(tmp_path / "deep.png")).tolist() == [0xC0]


def test_mask_is_refused_when_it_is_cut_off(tmp_path: Path) -> None:
    path = tmp_path / "cut.png"
    Image.effect_noise((200, 200), 80).save(path)
    path.write_bytes(path.read_bytes()[:5000])

    with pytest.raises(MediaRejected):
        mask(path)
