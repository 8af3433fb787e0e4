import shutil
from pathlib import Path

import pytest

from rushes.engines.typesetting.fonts import Weight, draws, face_for, faces_below, main_face

FONTS = main_face(Weight.REGULAR).path.parent


@pytest.mark.parametrize("character", "aßŁΩЖՀქשع€→🦊🚀")
@pytest.mark.parametrize("weight", Weight)
def test_the_fonts_that_ship_have_many_scripts(character: str, weight: Weight) -> None:
    face = face_for(character, weight)

    assert face is not None
    assert face.path.parent == FONTS
    assert draws(face, character)


def test_bold_letters_come_from_the_bold_font() -> None:
    face = face_for("a", Weight.BOLD)

    assert face is not None
    assert face.path.name == "DejaVuSans-Bold.ttf"


def test_a_heart_is_an_emoji_only_when_it_is_meant_as_one() -> None:
    heart, emoji = face_for("❤", Weight.BOLD), face_for("❤\ufe0f", Weight.BOLD)

    assert heart is not None
    assert emoji is not None
    assert (heart.path.name, emoji.path.name) == ("DejaVuSans-Bold.ttf", "NotoEmoji-Bold.ttf")


def test_a_character_of_no_script_has_no_font() -> None:
    assert face_for("\U0003fffd", Weight.REGULAR) is None


def test_every_font_has_its_licence_beside_it() -> None:
    licences = {path.name.removeprefix("LICENSE-")[:4] for path in FONTS.glob("LICENSE-*.txt")}

    assert {path.name[:4] for path in FONTS.glob("*.ttf")} == licences


def test_fonts_of_a_system_are_found_in_folders_and_broken_ones_are_left_out(tmp_path: Path) -> None:
    deep = tmp_path / "truetype" / "dejavu"
    deep.mkdir(parents=True)
    shutil.copy(FONTS / "DejaVuSans.ttf", deep / "Copy.ttf")
    (tmp_path / "Broken.otf").write_bytes(b"OTTO and nothing more")
    (tmp_path / "Gone.ttf").symlink_to(tmp_path / "nowhere.ttf")
    (tmp_path / "notes.txt").write_text("not a font")

    faces = faces_below((tmp_path, tmp_path / "absent"))

    assert [face.path.name for face in faces] == ["Copy.ttf"]
    assert faces[0].has("ж")
    assert not faces[0].has("日")


def test_plain_fonts_come_before_fancy_ones(tmp_path: Path) -> None:
    for name in ("A-LightItalic.ttf", "B-Mono.ttf", "C.ttf"):
        shutil.copy(FONTS / "DejaVuSans.ttf", tmp_path / name)

    assert [face.path.stem for face in faces_below((tmp_path,))] == ["C", "B-Mono", "A-LightItalic"]


def test_a_glyph_without_a_drawing_does_not_count_as_drawn() -> None:
    assert not draws(main_face(Weight.REGULAR), " ")
