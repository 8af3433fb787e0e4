"""Opens picture files that nobody vouches for."""

# Pillow's types leave open what a colour profile is.
# pyright: reportUnknownMemberType=false
# Likewise where one is handed on.
# pyright: reportUnknownArgumentType=false

import contextlib
import io
import warnings
from collections.abc import Generator, Mapping
from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image, ImageCms, UnidentifiedImageError

from rushes.domain.media import MediaLimits, Probe, require_within
from rushes.errors import MediaRejected

FORMATS: Final[Mapping[str, str]] = {"image/png": "PNG", "image/jpeg": "JPEG", "image/webp": "WEBP"}
"""Pillow's name of each accepted type."""

MAX_DESCRIPTION_BYTES: Final = 8 * 1024 * 1024

Colour = tuple[int, int, int]
"""RGB, 0 to 255."""

NEUTRAL: Final[Colour] = (128, 128, 128)
"""What shows through transparent places."""

_ORIENTATION_TAG: Final = 0x0112
_TURNED_ORIENTATIONS: Final = frozenset({5, 6, 7, 8})
_RGB_MODES: Final = frozenset({"RGB", "RGBA", "RGBX", "P", "PA"})
"""Pillow's modes of which a colour profile speaks of red, green and blue."""


@contextlib.contextmanager
def open_picture(path: Path, *, media_type: str, limits: MediaLimits) -> Generator[Image.Image]:
    """Open a picture by the one decoder of its type, and check its size before a pixel is decoded.

    Decode inside the `with`: what the decoder then finds broken is refused too.

    Raises:
        MediaRejected: It is broken or outside the limits.
    """
    name = FORMATS[media_type]
    with _pixel_limit(limits.pixels), _refusing(name), Image.open(path, formats=[name]) as picture:
        width, height = picture.size
        require_within(Probe(media_type=media_type, width=width, height=height), limits)
        yield picture


def require_plain(picture: Image.Image) -> None:
    """Refuse a picture that moves, or carries more descriptions than a picture needs.

    Raises:
        MediaRejected: It does.
    """
    # A JPEG of several pictures is what some cameras make: its first is the photograph.
    if picture.format in {"PNG", "WEBP"} and getattr(picture, "is_animated", False):
        raise MediaRejected("The picture moves; upload a still one.")
    segments: list[tuple[str, bytes]] = getattr(picture, "applist", [])
    texts = [value for value in picture.info.values() if isinstance(value, bytes | str)]
    described = sum(len(body) for _, body in segments) + sum(map(len, texts))
    if described > MAX_DESCRIPTION_BYTES:
        raise MediaRejected(
            f"The picture carries more than {MAX_DESCRIPTION_BYTES // 2**20} MiB of descriptions; "
            "export it without them."
        )


def probe_of(picture: Image.Image, media_type: str) -> Probe:
    """Return what an opened picture says of itself, the size as displayed (Exif 2.32, Orientation)."""
    width, height = picture.size
    if picture.getexif().get(_ORIENTATION_TAG) in _TURNED_ORIENTATIONS:
        width, height = height, width
    codec = (picture.format or FORMATS[media_type]).lower()
    return Probe(media_type=media_type, width=width, height=height, codec=codec)


def eight_bits(picture: Image.Image) -> Image.Image:
    """Return a picture with eight bits a channel; Pillow would clip 16 of them instead of scaling them."""
    if not picture.mode.startswith("I"):
        return picture
    return Image.fromarray((np.asarray(picture) >> 8).astype(np.uint8))


def flattened(picture: Image.Image, *, backdrop: Colour = NEUTRAL) -> Image.Image:
    """Return a picture in RGB; where it is transparent, the backdrop shows through."""
    if not picture.has_transparency_data:
        return picture.convert("RGB")
    behind = Image.new("RGBA", picture.size, (*backdrop, 255))
    return Image.alpha_composite(behind, picture.convert("RGBA")).convert("RGB")


def in_colour(picture: Image.Image) -> tuple[Image.Image, bytes | None]:
    """Return a picture in RGB or RGBA, and the colour profile by which its colours are to be read.

    A profile stays with the values that it was made for; by one for grey or for inks they become sRGB.
    """
    profile: bytes | None = picture.info.get("icc_profile")
    mode = "RGBA" if picture.has_transparency_data else "RGB"
    if profile is None or picture.mode in _RGB_MODES:
        return eight_bits(picture).convert(mode), profile
    return _in_srgb(eight_bits(picture), profile, mode), None


def _in_srgb(picture: Image.Image, profile: bytes, mode: str) -> Image.Image:
    shown = picture.convert(mode)
    plain = picture.convert("L") if picture.mode == "LA" else picture
    try:
        own = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        converted = ImageCms.profileToProfile(plain, own, ImageCms.createProfile("sRGB"), outputMode="RGB")
    except (ImageCms.PyCMSError, OSError):
        # A profile that is broken, or for another kind of picture, is as good as none.
        return shown
    if converted is None:
        return shown
    if mode == "RGBA":
        converted.putalpha(shown.getchannel("A"))
    return converted


@contextlib.contextmanager
def _pixel_limit(pixels: int) -> Generator[None]:
    before = Image.MAX_IMAGE_PIXELS
    Image.MAX_IMAGE_PIXELS = pixels
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            yield
    finally:
        Image.MAX_IMAGE_PIXELS = before


@contextlib.contextmanager
def _refusing(name: str) -> Generator[None]:
    try:
        yield
    except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
        raise MediaRejected("The picture has too many pixels; make it smaller.") from error
    except UnidentifiedImageError as error:
        raise MediaRejected(f"The file is not a readable {name} picture.") from error
    # Pillow's decoders raise these three, and no class of their own, on broken files.
    except (OSError, SyntaxError, ValueError) as error:
        raise MediaRejected(f"The {name} picture is cut off or broken; export it again.") from error
