import struct
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.ttLib import TTCollection

from rushes.engines.typesetting.coverage import faces_in

GLYPHS = [".notdef", "one", "two"]


def font(*codes: int) -> Any:
    """Return a font that is nothing but a list of which characters it has."""
    builder: Any = FontBuilder(1000)
    builder.setupGlyphOrder(GLYPHS)
    builder.setupCharacterMap({code: GLYPHS[1 + code % 2] for code in codes})
    builder.setupMaxp()
    return builder.font


def old_font(*codes: int) -> Any:
    """Return a font that lists its characters in an encoding older than Unicode."""
    made = font(*codes)
    table = made["cmap"].tables[0]
    table.platformID, table.platEncID = 1, 0
    made["cmap"].tables = [table]
    return made


def saved(made: Any) -> bytes:
    file = BytesIO()
    made.save(file)
    return file.getvalue()


def read(folder: Path, content: bytes) -> list[tuple[tuple[int, int], ...]]:
    path = folder / "font.ttf"
    path.write_bytes(content)
    return faces_in(path)


def test_neighbouring_characters_are_one_range(tmp_path: Path) -> None:
    assert read(tmp_path, saved(font(97, 65, 67, 66))) == [((65, 67), (97, 97))]


def test_ranges_reach_beyond_the_first_plane(tmp_path: Path) -> None:
    assert read(tmp_path, saved(font(65, 0x1F600, 0x1F601))) == [((65, 65), (0x1F600, 0x1F601))]


def test_a_collection_has_each_of_its_faces(tmp_path: Path) -> None:
    collection: Any = TTCollection()
    collection.fonts = [font(65), font(97, 98)]

    assert read(tmp_path, saved(collection)) == [((65, 65),), ((97, 98),)]


def test_a_range_without_an_end_stops_at_the_last_character_of_unicode(tmp_path: Path) -> None:
    honest = saved(font(0x1F600))
    group = honest.index(struct.pack(">III", 0x1F600, 0x1F600, 1))
    hostile = honest[:group] + struct.pack(">III", 0x1F600, 0xFFFFFFFF, 1) + honest[group + 12 :]

    (ranges,) = read(tmp_path, hostile)

    assert ranges == ((0x1F600, 0x10FFFF),)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no font at all, only words",
        saved(font(65))[:-40],
        saved(old_font(65)),
        b"ttcf" + struct.pack(">II", 0x00010000, 0xFFFFFFFF),
        struct.pack(">IHHHH", 0x00010000, 0, 0, 0, 0),
    ],
    ids=["empty", "text", "cut off", "not Unicode", "cut off collection", "without tables"],
)
def test_what_cannot_be_read_is_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(ValueError, match=r"font\.ttf is no font"):
        read(tmp_path, content)


def test_a_file_that_is_not_there_is_no_broken_font(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        faces_in(tmp_path / "absent.ttf")
