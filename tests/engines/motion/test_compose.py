import numpy as np

from rushes.engines.media.sizes import size_of
from rushes.engines.motion import lattice
from rushes.engines.motion.compose import Cutout, Sheet
from rushes.engines.motion.lattice import Lattice
from rushes.engines.motion.splat import Landed
from tests.engines.motion.media import texture

PICTURE = texture(96, 64)
PITCH = 2


def landed(dx: float, dy: float, *, coverage: float = 1.0) -> Landed:
    frame = lattice.over_frame(size_of(PICTURE), PITCH)
    area = Lattice(pitch=PITCH, left=-1, top=-1, columns=frame.columns + 2, rows=frame.rows + 2)
    shift = np.tile(np.array([dx, dy], np.float32), (area.rows, area.columns, 1))
    return Landed(area=area, shift=shift, coverage=np.full((area.rows, area.columns), coverage, np.float32))


def figure() -> np.ndarray:
    mask = np.zeros((64, 96), np.uint8)
    mask[20:44, 30:60] = 255
    return mask


def test_sheet_at_rest_is_the_picture_to_the_last_bit() -> None:
    assert (Sheet(PICTURE).draw(landed(0, 0)) == PICTURE).all()


def test_sheet_is_shifted_by_whole_pixels_exactly() -> None:
    moved = Sheet(PICTURE).draw(landed(5, -3))

    assert (moved[:-3, 5:] == PICTURE[3:, :-5]).all()


def test_sheet_is_shifted_by_half_a_pixel_smoothly() -> None:
    slope = np.repeat(np.arange(0, 192, 2, np.uint8)[None, :, None], 64, axis=0).repeat(3, axis=2)

    moved = Sheet(slope).draw(landed(0.5, 0))

    assert np.abs(moved[10:-10, 10:-10].astype(int) - (slope[10:-10, 10:-10].astype(int) - 1)).max() <= 1


def test_sheet_stays_when_nothing_landed() -> None:
    assert (Sheet(PICTURE).draw(None) == PICTURE).all()


def test_figure_is_laid_over_the_background_where_it_landed() -> None:
    backdrop = np.full_like(PICTURE, 7)

    drawn = Cutout(PICTURE, figure(), backdrop).draw(landed(20, 4))

    assert np.abs(drawn[28:44, 54:76].astype(int) - PICTURE[24:40, 34:56]).max() <= 1
    assert (drawn[:20] == 7).all()
    assert (drawn[:, :44] == 7).all()


def test_figure_does_not_show_where_it_is_torn() -> None:
    backdrop = np.full_like(PICTURE, 7)

    drawn = Cutout(PICTURE, figure(), backdrop).draw(landed(0, 0, coverage=0.05))

    assert (drawn == 7).all()


def test_background_is_not_changed_by_drawing() -> None:
    backdrop = np.full_like(PICTURE, 7)
    cutout = Cutout(PICTURE, figure(), backdrop)

    cutout.draw(landed(0, 0))

    assert (cutout.draw(None) == 7).all()
